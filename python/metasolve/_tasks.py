# SPDX-License-Identifier: Apache-2.0
"""Tasks for training, from arrays or a function."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Union

import numpy as np

from . import _core

Tasks = Union[Mapping[str, Any], Callable[[str, int, int], Any]]
"""Rows [n][columns] of the sets "train", "validation" and "test" in a dict; or a function (set, first, n) that returns
rows first ... first + n - 1 of a set, the same ones whenever it is asked."""

_sets = ("train", "validation", "test")


def rows_function(tasks: Tasks, columns: int) -> tuple[Callable[[str, int, np.ndarray], None], dict[str, int]]:
    """(what the library calls: a function of (set, first, memory) that fills the memory; the sizes of sets that are
    arrays, as settings)."""
    if callable(tasks):

        def fill(name: str, first: int, memory: np.ndarray) -> None:
            n = len(memory)
            memory[:] = checked_rows(tasks(name, first, n), f"tasks({name!r}, {first}, {n})", columns, n)

        return fill, {}
    if not isinstance(tasks, Mapping) or not tasks or not set(tasks) <= set(_sets):
        raise _core.InputError(
            'tasks: expected a dict {"train": rows, "validation": rows, "test": rows} with arrays [n][columns], or a '
            "function (set, first, n) that returns such rows"
        )
    arrays = {name: checked_rows(rows, f'tasks["{name}"]', columns) for name, rows in tasks.items()}

    def read(name: str, first: int, memory: np.ndarray) -> None:
        of = arrays.get(name)
        if of is None:
            raise _core.InputError(f'tasks["{name}"]: is missing')
        if first + len(memory) > len(of):
            raise _core.InputError(
                f'tasks["{name}"]: has {len(of)} rows, and problem.{name}_tasks asks for at least {first + len(memory)}'
            )
        memory[:] = of[first : first + len(memory)]

    return read, {f"problem.{name}_tasks": len(rows) for name, rows in arrays.items()}


def checked_rows(rows: Any, name: str, columns: int, n: int | None = None) -> np.ndarray:
    try:
        array = np.ascontiguousarray(rows, np.float64)
    except (TypeError, ValueError, RuntimeError) as e:
        raise _core.InputError(f"{name}: {e}; expected an array of numbers [n][{columns}]") from None
    if array.ndim != 2 or array.shape[1] != columns or (n is not None and array.shape[0] != n):
        expected = f"({'n' if n is None else n}, {columns})"
        raise _core.InputError(f"{name}: shape is {array.shape}, expected {expected}: the problem's `columns`")
    return array
