# SPDX-License-Identifier: Apache-2.0
"""Whose arrays the caller's are: where they lie, on which stream they are used, and how more of them are made."""

from __future__ import annotations

import array
import math
import sys
from typing import Any

import numpy as np

from . import _core

nan = math.nan
float64, float32, int32 = "float64", "float32", "int32"

_dtypes = {float64: np.dtype(np.float64), float32: np.dtype(np.float32), int32: np.dtype(np.int32)}
_empty = np.empty
_allocators: dict[str, _core.Executor] = {}


def on_device(device: str, shape: tuple[int, ...], dtype: str, stream: int = 0) -> _core.DeviceArray:
    """Memory of a CUDA device for frameworks that cannot be asked for it. stream: the caller's."""
    executor = _allocators.get(device)
    if executor is None:
        executor = _allocators.setdefault(device, _core.Executor.open(device))
    return _core.DeviceArray(executor, shape, dtype, stream)


def aligned(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Memory that JAX takes over: it copies what does not begin at a multiple of 64 bytes."""
    of = _dtypes[dtype]
    size = math.prod(shape) * of.itemsize
    memory = np.empty(size + 64, np.uint8)
    first = -memory.ctypes.data % 64
    return memory[first : first + size].view(of).reshape(shape)


class NumPy:
    """Arrays of NumPy, and results for arrays on the CPU that no framework below made."""

    waits = False  # whether results must be computed before the caller gets them

    @staticmethod
    def device(_array: Any, _name: str) -> str:
        return "cpu"

    @staticmethod
    def stream(_array: Any) -> int | None:
        """The address of the CUDA stream on which the caller uses the array now. None: the CPU."""
        return None

    @staticmethod
    def prepare(arrays: list[Any]) -> None:
        """Raises where an array cannot be passed on, and waits for those that are still computed."""

    @staticmethod
    def empty(shape: tuple[int, ...], dtype: str, _like: Any) -> Any:
        return _empty(shape, _dtypes[dtype])

    @staticmethod
    def unset(array: Any) -> Any:
        """The array filled with NaN: what a solver leaves as it is must not look like a result."""
        array.fill(nan)
        return array

    @staticmethod
    def strides(array: Any) -> tuple[int, ...] | None:
        """In any unit; None: unknown."""
        return getattr(array, "strides", None)

    @staticmethod
    def finished(array: Any) -> Any:
        """An array that `empty` made, as the caller gets it."""
        return array

    @staticmethod
    def first(array: Any) -> Any:
        """The number of one task's array."""
        return array[0]

    @staticmethod
    def joined(first: Any, second: Any) -> Any:
        """Along the last dimension."""
        return np.concatenate((first, second), -1)


class Torch:
    """Tensors of PyTorch."""

    waits = False

    @staticmethod
    def device(array: Any, name: str) -> str:
        if array.is_cuda:
            return f"cuda:{array.get_device()}"
        if array.device.type != "cpu":
            raise _core.InputError(f"{name}: is on {array.device}; metasolve runs on CPUs and CUDA devices")
        return "cpu"

    @staticmethod
    def stream(array: Any) -> int | None:
        if not array.is_cuda:
            return None
        return sys.modules["torch"].cuda.current_stream(array.device).cuda_stream

    prepare = staticmethod(NumPy.prepare)

    @staticmethod
    def empty(shape: tuple[int, ...], dtype: str, like: Any) -> Any:
        torch = sys.modules["torch"]
        if not like.is_cuda:  # a fourth of the time of torch.empty
            return torch.from_numpy(_empty(shape, _dtypes[dtype]))
        return torch.empty(shape, dtype=getattr(torch, dtype), device=like.device)

    @staticmethod
    def unset(array: Any) -> Any:
        return array.fill_(nan)

    @staticmethod
    def strides(array: Any) -> tuple[int, ...] | None:
        return array.stride()

    finished = staticmethod(NumPy.finished)
    first = staticmethod(NumPy.first)

    @staticmethod
    def joined(first: Any, second: Any) -> Any:
        return sys.modules["torch"].cat((first, second), -1)


class CuPy:
    """Arrays of CuPy."""

    waits = False

    @staticmethod
    def device(array: Any, _name: str) -> str:
        return f"cuda:{array.device.id}"

    @staticmethod
    def stream(_array: Any) -> int | None:
        return sys.modules["cupy"].cuda.get_current_stream().ptr

    prepare = staticmethod(NumPy.prepare)

    @staticmethod
    def empty(shape: tuple[int, ...], dtype: str, like: Any) -> Any:
        cupy = sys.modules["cupy"]
        with like.device:
            return cupy.empty(shape, dtype)

    unset = staticmethod(NumPy.unset)

    strides = staticmethod(NumPy.strides)
    finished = staticmethod(NumPy.finished)
    first = staticmethod(NumPy.first)

    @staticmethod
    def joined(first: Any, second: Any) -> Any:
        return sys.modules["cupy"].concatenate((first, second), -1)


class OnDevice:
    """Arrays on a CUDA device of a framework not named here. Results are metasolve.DeviceArray."""

    waits = False

    @staticmethod
    def device(array: Any, _name: str) -> str:
        if hasattr(array, "__dlpack_device__"):
            return f"cuda:{array.__dlpack_device__()[1]}"
        return "cuda:0"

    @staticmethod
    def stream(array: Any) -> int | None:
        return getattr(array, "__cuda_array_interface__", {}).get("stream") or 0

    prepare = staticmethod(NumPy.prepare)

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: str, like: Any) -> Any:
        return on_device(cls.device(like, ""), shape, dtype, cls.stream(like))

    unset = staticmethod(NumPy.unset)

    strides = staticmethod(NumPy.strides)
    finished = staticmethod(NumPy.finished)
    first = staticmethod(NumPy.finished)  # its numbers are on the device

    @staticmethod
    def joined(_first: Any, _second: Any) -> Any:
        raise _core.InputError("y_bar: arrays of this framework cannot be joined; give None, or arrays of another")


class Jax:
    """Arrays of JAX, which cannot be written: results are made beside it and handed over without a copy."""

    waits = True

    @staticmethod
    def device(array: Any, name: str) -> str:
        try:
            (of,) = array.devices()
        except Exception as error:
            raise _core.InputError(
                f"{name}: is traced by JAX, deleted, or on several devices; in a traced function use metasolve.jax"
            ) from error
        return "cpu" if of.platform == "cpu" else f"cuda:{of.id}"

    @classmethod
    def stream(cls, array: Any) -> int | None:
        return None

    @staticmethod
    def prepare(arrays: list[Any]) -> None:
        for array in arrays:
            if hasattr(array, "block_until_ready") and not array.is_deleted():
                array.block_until_ready()

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: str, like: Any) -> Any:
        device = cls.device(like, "")
        return aligned(shape, dtype) if device == "cpu" else on_device(device, shape, dtype)

    unset = staticmethod(NumPy.unset)

    @staticmethod
    def strides(_array: Any) -> tuple[int, ...] | None:
        return None

    @staticmethod
    def finished(array: Any) -> Any:
        return sys.modules["jax"].numpy.from_dlpack(array)

    first = staticmethod(NumPy.first)

    @staticmethod
    def joined(first: Any, second: Any) -> Any:
        return sys.modules["jax"].numpy.concatenate((first, second), -1).block_until_ready()


_frameworks = {"torch": Torch, "cupy": CuPy, "jax": Jax, "jaxlib": Jax, "numpy": NumPy}
_kinds: dict[type, type] = {np.ndarray: NumPy}


def shape_of(given: Any) -> tuple[int, ...]:
    """(): of a number, and of what is no array, among them classes of arrays, whose `shape` is no tuple."""
    shape = getattr(given, "shape", ())
    return tuple(shape) if isinstance(shape, tuple) else ()


def kind_of(given: Any, name: str) -> Any:
    """Of an array argument. @name: for the error."""
    kind = _kinds.get(type(given))
    if kind is not None:
        return kind
    if not isinstance(getattr(given, "shape", None), tuple):
        raise _core.InputError(f"{name}: expected an array, got {type(given).__name__}")
    for base in type(given).__mro__:
        kind = _frameworks.get(base.__module__.partition(".")[0])
        if kind is not None:
            _kinds[type(given)] = kind
            return kind
    # Not remembered: such a type may have arrays on any device.
    on_device = hasattr(given, "__cuda_array_interface__") or (
        hasattr(given, "__dlpack_device__") and given.__dlpack_device__()[0] == 2
    )
    return OnDevice if on_device else NumPy


# Passed on as they are. Others have a look at them first.
plain = {np.ndarray, float, int, type(None)}


def as_array(given: Any, name: str, dtype: str = float64) -> Any:
    """Lists and tuples become arrays of NumPy. What only NumPy can read, such as pandas' data, is read by it. Everything
    else stays what it is."""
    if type(given) in plain:
        return given
    if isinstance(given, (list, tuple)):
        return _of_numbers(given, name, dtype)
    if isinstance(given, np.ma.MaskedArray):
        if np.ma.is_masked(given):
            raise _core.InputError(f"{name}: has masked entries, which cannot be left out; fill or remove them")
        return given.data
    if isinstance(given, np.ndarray) or hasattr(given, "__dlpack__"):
        plain.add(type(given))
        return given
    if hasattr(given, "__cuda_array_interface__"):
        return given
    of_numpy = ("__array__", "__array_interface__", "__array_struct__")
    if isinstance(given, array.array) or any(hasattr(given, attribute) for attribute in of_numpy):
        return _read(given, name)
    return given


def _read(given: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(given)
    except Exception as error:  # whatever the caller's objects raise
        raise _core.InputError(f"{name}: NumPy makes no array of it: {error}") from error


def _of_numbers(given: Any, name: str, dtype: str) -> np.ndarray:
    numbers = _read(given, name)
    if numbers.size > 0 and numbers.dtype.kind not in ("iu" if dtype == int32 else "iuf"):
        raise _core.InputError(f"{name}: a list of {numbers.dtype}, expected {dtype}")
    converted = numbers.astype(dtype)
    if dtype == int32 and (converted != numbers).any():
        raise _core.InputError(f"{name}: a number exceeds 32 bits")
    return converted
