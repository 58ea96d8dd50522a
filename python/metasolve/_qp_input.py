# SPDX-License-Identifier: Apache-2.0
"""Arguments of QpSolver that stay on the host."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core
from ._arrays import float64
from ._solver import pattern_of


def numbers(given: Any, name: str, length: int | None = None, dtype: str = float64) -> np.ndarray:
    """A contiguous copy; empty: not given."""
    if given is None or isinstance(given, memoryview):
        return np.empty(0, dtype)
    if hasattr(given, "detach"):
        given = given.detach().cpu()
    try:
        array = np.array(given, dtype)
    except (TypeError, ValueError) as error:
        raise _core.InputError(f"{name}: NumPy makes no array of {dtype} of it: {error}") from None
    if array.ndim != 1 or (length is not None and array.size != length):
        expected = "one dimension" if length is None else f"({length},)"
        raise _core.InputError(f"{name}: shape is {array.shape}, expected {expected}")
    return array


def pattern(given: Any, name: str, is_square: bool) -> tuple[np.ndarray, np.ndarray]:
    try:
        return pattern_of(given, is_square)
    except _core.InputError as error:
        raise _core.InputError(str(error).replace("pattern", name, 1)) from None
