# SPDX-License-Identifier: Apache-2.0
"""What random calls are made of: arguments that are mostly right."""

from __future__ import annotations

import random

import metasolve as ms
import numpy as np

try:
    import torch
except ImportError:
    torch = None

NUMBERS = [0.0, 1.0, -1.0, 4.0, 1e-300, 1e300, np.nan, np.inf, -np.inf]

DTYPES = ["f8", "f4", "f2", "g", "i4", "i8", "u1", "?", "c16", "c8", ">f8", "O", "U3", "S8", "M8[s]", "m8[s]", "V8"]
LAYOUTS = ["C", "F", "step", "backwards", "broadcast", "offset", "unaligned", "read-only"]
WRAPPERS = ["numpy", "list", "tuple", "torch", "memoryview", "masked"]
ODD = [
    None, True, False, 0, -1, 1, 5, 0.0, 1.5, -2.0, np.nan, np.inf, "", "abc", b"", b"12345678", bytearray(24),
    1j, object(),
    [], [1], [1.0, 2.0, 3.0], [None], ["a"], [[1.0], [1.0, 2.0]], [[1.0, 2.0, 3.0]], [[[1.0]]], {}, {"shape": 1}, {1.0},
    (), (1.0,),
    np.float64(1), np.float32(1), np.int64(1), np.bool_(True), np.array(1.0), np.array(None), np.array([]), np.ndarray,
    ms.Status.CONVERGED,
    10**400, -(10**400), 2**31, 2**63, slice(None), ..., NotImplemented, range(3), iter([1.0]), ms.CgSolver,
]  # fmt: skip


class Chance(random.Random):
    """What a call is made of."""

    def one_in(self, number: int) -> bool:
        return self.randrange(number) == 0

    def size(self) -> int:
        return self.randrange(6)

    def count(self) -> int | None:
        return self.choice([None, *range(6)])

    def shape(self) -> tuple[int, ...]:
        return tuple(self.size() for _ in range(self.randrange(6)))

    def filled(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        array = np.random.default_rng(self.randrange(1000)).uniform(0.5, 1, shape)
        if self.one_in(3) and array.size > 0:
            array.flat[self.randrange(array.size)] = self.choice(NUMBERS)
        try:
            return array.astype(dtype)
        except (TypeError, ValueError, OverflowError):
            return np.zeros(shape, dtype)

    def laid_out(self, array: np.ndarray) -> np.ndarray:
        """The same numbers in another layout, or numbers of the same shape."""
        how = self.choice(LAYOUTS)
        if array.ndim == 0 or array.dtype.hasobject:
            return array
        if how == "F":
            return np.asfortranarray(array)
        if how == "step":
            axis = self.randrange(array.ndim)
            return np.repeat(array, 2, axis)[(slice(None),) * axis + (slice(None, None, 2),)]
        if how == "backwards":
            return np.ascontiguousarray(array[::-1])[::-1]
        if how == "broadcast" and array.shape[0] > 0:
            return np.broadcast_to(array[:1], array.shape)
        if how in ("offset", "unaligned"):
            raw = np.zeros(array.nbytes + 64, np.uint8)
            first = 8 if how == "offset" else self.randrange(1, 8)
            view = raw[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
            view[...] = array
            return view
        if how == "read-only":
            array.flags.writeable = False
        return array

    def wrapped(self, array: np.ndarray):
        how = self.choice(WRAPPERS)
        try:
            if how == "list":
                return array.tolist()
            if how == "tuple":
                return tuple(array.tolist())
            if how == "torch" and torch is not None and array.flags.writeable:
                tensor = torch.from_numpy(array)
                return tensor.requires_grad_() if self.one_in(9) else tensor
            if how == "memoryview":
                return memoryview(array)
            if how == "masked":
                return np.ma.masked_array(array, mask=self.one_in(2))
        except (TypeError, ValueError, BufferError, RuntimeError):  # of numbers that it does not take
            pass
        return array

    def array(self, width: int, count: int | None):
        """Of the tasks: mostly right."""
        luck = self.randrange(60)
        if luck == 0:
            return self.choice(ODD)
        shape = (width,) if count is None else (count, width)
        if luck == 1:
            shape = self.shape()
        elif luck == 2:
            shape = (self.size(), self.size())
        array = self.filled(shape, self.choice(DTYPES) if luck < 6 else "f8")
        if luck < 30:
            array = self.laid_out(array)
        return self.wrapped(array) if luck % 5 == 0 else array

    def column(self, count: int | None, usual: float, dtype: str):
        luck = self.randrange(30)
        if luck == 0:
            return self.choice(ODD)
        if luck > 6:
            return usual
        shape = self.shape() if luck == 1 else (1 if count is None else count,)
        array = np.full(shape, usual).astype(dtype if luck > 2 else self.choice(["f8", "f4", "i8", "O"]))
        return self.wrapped(self.laid_out(array)) if luck < 5 else self.laid_out(array)
