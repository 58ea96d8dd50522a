# SPDX-License-Identifier: Apache-2.0
"""Solvers on grids: a task's points in several dimensions or in one."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from . import _core
from ._arrays import as_array, float64, shape_of
from ._result import Result
from ._solver import Solver


class OnGrid(Solver):
    """With an array over the points of a grid as right-hand side, guess and solution of each task."""

    def __init__(
        self,
        make: Callable[[_core.Executor, int], Any],
        shape: tuple[int, ...],
        device: str | _core.Executor | None,
        threads: int,
        capacity: int | None,
        dtype: str = float64,
    ) -> None:
        self._shape = shape
        super().__init__(make, device, threads, capacity, dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array over the points."""
        return self._shape

    def _solve_flat(
        self,
        rhs: Any,
        tasks_of: Callable[[Any], tuple[Any, ...]],
        stopping: tuple[Any, Any],
        policy: tuple[Any, ...],
        *,
        out: Any,
        **options: Any,
    ) -> Result:
        """tasks_of: the tasks of _solve, from rhs in one dimension."""
        rhs = as_array(rhs, "rhs", self._dtype)
        flat = self._flat(rhs, "rhs", self._shape)
        result = self._solve(tasks_of(flat), flat, stopping, policy, out=self._flat_out(out), **options)
        if isinstance(out, Result):
            return out
        if out is not None:
            result.x = out
        elif flat is not rhs:
            result.x = result.x.reshape(tuple(rhs.shape))
        return result

    def _flat(self, given: Any, name: str, of_task: tuple[int, ...]) -> Any:
        """[count][...] or [...] with the items of a task in one dimension."""
        array = as_array(given, name, self._dtype)
        shape, d = shape_of(array), len(of_task)
        if shape[-d:] != of_task or len(shape) > d + 1 or not hasattr(array, "reshape"):
            return array
        return array.reshape((*shape[:-d], int(np.prod(of_task))))

    def _flat_out(self, out: Any) -> Any:
        if isinstance(out, Result):
            x = self._flat_out(out.x)
            return out if x is out.x else Result(x, out.status, out.iterations, out.measure, out.origin, out.history)
        flat = self._flat(out, "out", self._shape)
        if flat is out or out is None:
            return out
        same = out.data_ptr() == flat.data_ptr() if hasattr(out, "data_ptr") else np.shares_memory(flat, out)
        if not same:
            raise _core.InputError("out: is not contiguous, and its points are in several dimensions; give [count][unknowns]")
        return flat
