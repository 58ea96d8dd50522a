# SPDX-License-Identifier: Apache-2.0
"""Options of solvers: errors for values of a wrong kind, which name the option."""

from __future__ import annotations

import operator
from typing import Any, Iterable

import numpy as np

from . import _core

most = 2**31 - 1


def integer(name: str, value: Any, least: int = -most, largest: int = most) -> int:
    """Of Python, NumPy or any other kind."""
    if isinstance(value, bool):
        raise _core.InputError(f"{name}: expected an integer, got bool")
    try:
        number = operator.index(value)
    except TypeError:
        raise _core.InputError(f"{name}: expected an integer, got {type(value).__name__}") from None
    if not least <= number <= largest:
        raise _core.InputError(f"{name}: is {number}, expected {least} to {largest}")
    return number


def number(name: str, value: Any) -> float:
    """Of Python, NumPy or any other kind."""
    if isinstance(value, (bool, str, bytes)):
        raise _core.InputError(f"{name}: expected a number, got {type(value).__name__}")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise _core.InputError(f"{name}: expected a number, got {value!r}") from None


def text(**options: Any) -> None:
    """Each must be a name."""
    for name, value in options.items():
        if not isinstance(value, str):
            raise _core.InputError(f"{name}: expected a name, got {type(value).__name__}")


def numbers(name: str, values: Any) -> list[float]:
    """A list of any kind."""
    try:
        return [number(name, value) for value in values]
    except TypeError:
        raise _core.InputError(f"{name}: expected a list of numbers, got {type(values).__name__}") from None


def real(dtype: Any, known: Iterable[str]) -> str:
    """The name of a dtype of NumPy, JAX or PyTorch, one of those known."""
    try:
        if type(dtype).__module__ == "torch":
            name = str(dtype).rpartition(".")[2]
        else:
            name = "" if dtype is None else np.dtype(dtype).name  # NumPy takes None for float64
    except TypeError:
        name = ""
    if name not in known:
        raise _core.InputError(f"dtype: {dtype} is neither float64 nor float32")
    return name


def meta_solver(given: Any, name: str = "meta_solver") -> Any:
    """Of the constructor's argument of that name."""
    if given is None or isinstance(given, _core.MetaSolver):
        return given
    raise _core.InputError(f"{name}: expected what MetaSolver.load returns, got {type(given).__name__}")


def device(given: Any) -> str | _core.Executor | None:
    """A name, an executor, or a device of PyTorch; None: the arrays'."""
    if given is None or isinstance(given, (str, _core.Executor)):
        return given
    if type(given).__module__ == "torch":
        return str(given)
    raise _core.InputError(f'device: expected a name such as "cpu", or an Executor; got {type(given).__name__}')


def device_of(given: str | _core.Executor) -> str:
    """The name of a device, or of that of an executor, as arrays give it."""
    if isinstance(given, _core.Executor):
        return f"cuda:{given.device_index}" if given.is_cuda else "cpu"
    return "cpu" if given == "serial" else given


def executor(of: Any, threads: int) -> _core.Executor:
    """That of a call or a training: the one given, or one opened by its name."""
    named = device(of)
    if named is None:
        raise _core.InputError('device: is None; name it, as "cpu", or give an Executor')
    return named if isinstance(named, _core.Executor) else _core.Executor.open(named, integer("threads", threads))


def bounds(name: str, given: Any) -> tuple[float, float] | None:
    """(low, high)."""
    if given is None:
        return None
    try:
        low, high = given
        return float(low), float(high)
    except (TypeError, ValueError, OverflowError):
        raise _core.InputError(f"{name}: expected (low, high), got {given!r}") from None
