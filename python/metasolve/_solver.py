# SPDX-License-Identifier: Apache-2.0
"""Common to all solvers: arrays in and out, the device, the capacity."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from . import _core
from ._arrays import as_array, float64, int32, kind_of
from ._result import Result


class Solver:
    """Makes the library's solver for the arrays of a call, and larger ones when needed.

    One thread at a time uses a solver; others wait for it. Give each thread its own to run in parallel.
    """

    _x_is: str  # the argument whose shape and framework the results have

    def __init__(
        self,
        make: Callable[[_core.Executor, int], Any],
        device: str | _core.Executor | None,
        threads: int,
        capacity: int | None,
        dtype: str = float64,
    ) -> None:
        if capacity is not None and capacity < 1:
            raise _core.InputError(f"capacity: is {capacity}, expected at least 1")
        self._make = make
        self._given = device
        self._threads = threads
        self._least = capacity or 1
        self._dtype = dtype
        self._device: str | None = None
        self._capacity = 0
        self._core: Any = None
        self._unknowns = 0
        self._executor: _core.Executor | None = device if isinstance(device, _core.Executor) else None
        # Wrong options are an error here, not at the first call.
        self._prepare("cpu" if device is None else self._device_of(self._executor or device), 1)

    @staticmethod
    def _device_of(given: Any) -> str:
        if isinstance(given, _core.Executor):
            return f"cuda:{given.device_index}" if given.is_cuda else "cpu"
        return "cpu" if given == "serial" else given

    def _prepare(self, device: str, count: int) -> Any:
        """The library's solver for that many tasks."""
        if self._device != device:
            if self._given is None:
                self._executor = _core.Executor.open(device, self._threads)
            elif self._executor is None:
                self._executor = _core.Executor.open(self._given, self._threads)
            elif self._device is not None:
                raise _core.InputError(
                    f"{self._x_is}: is on {device}, the solver on {self._device}; make another solver for it, or one "
                    "without `device`, which follows the arrays"
                )
            self._device = self._device_of(self._executor)
            if device not in (self._device, "auto", "cuda"):
                raise _core.InputError(f"{self._x_is}: is on {device}, the solver on {self._device}")
            self._capacity = 0
        if count > self._capacity:
            capacity = max(count, self._least, self._capacity * 3 // 2)
            self._core = self._make(self._executor, capacity)
            self._capacity = capacity
            self._unknowns = self._core.unknowns
        return self._core

    @property
    def unknowns(self) -> int:
        """Unknowns of each task."""
        return self._unknowns

    @property
    def device(self) -> str:
        """Where the last call ran, such as "cpu" or "cuda:0"."""
        return self._device or "cpu"

    def synchronize(self) -> None:
        """Waits until the work of all calls is done: on a CUDA device, where calls return before."""
        if self._executor is not None:
            self._executor.synchronize()

    def _begin(self, tasks: tuple[Any, ...], like: Any, keep: bool = False) -> tuple[Any, ...]:
        """(core, kind, like, tasks, count, single). keep: with the factors of the call before."""
        if isinstance(like, (list, tuple)) or any(isinstance(a, (list, tuple)) for a in tasks):
            like, tasks = as_array(like), tuple(as_array(a) for a in tasks)
        kind = kind_of(like, self._x_is)
        kind.prepare(tasks)
        shape = like.shape
        single = len(shape) == 1
        if not single and len(shape) != 2:
            raise _core.InputError(
                f"{self._x_is}: shape is {tuple(shape)}, expected (tasks, {self._unknowns}), or ({self._unknowns},) for one"
            )
        count = 1 if single else shape[0]
        if keep:
            core = self._core
        else:
            device = kind.device(like)
            fits = device == self._device and count <= self._capacity
            core = self._core if fits else self._prepare(device, count)
        return core, kind, like, tasks, count, single

    def _outputs(self, kind: Any, like: Any, count: int, single: bool, history: Any, out: Any) -> tuple[Any, ...]:
        n, dtype = self._unknowns, self._dtype
        if out is not None:
            x = out
        elif single:
            x = kind.empty((n,), dtype, like)
        else:
            x = empty_as(kind, (count, n), dtype, like)
        return (
            x,
            kind.empty((count,), int32, like),
            kind.empty((count,), int32, like),
            kind.empty((count,), dtype, like),
            kind.empty((count,), int32, like),
            history,
        )

    def _solve(
        self,
        tasks: tuple[Any, ...],
        like: Any,
        stopping: tuple[Any, Any],
        *rest: Any,
        call: str = "solve",
        history: bool = False,
        out: Any = None,
    ) -> Result:
        core, kind, like, tasks, count, single = self._begin(tasks, like, call == "solve_again")
        measures = self._history(kind, like, count, single, stopping[1]) if history else None
        outputs = self._outputs(kind, like, count, single, measures, out)
        getattr(core, call)(count, single, tasks, stopping, outputs, *rest, kind.stream(like))
        return self._result(kind, outputs, single)

    def _result(self, kind: Any, outputs: tuple[Any, ...], single: bool) -> Result:
        if kind.waits:
            self.synchronize()
            outputs = tuple(None if a is None else kind.finished(a) for a in outputs)
        if single:
            x, status, iterations, measure, origin, history = outputs
            return Result(x, status[0], iterations[0], measure[0], origin[0], history)
        return Result(*outputs)

    def _history(self, kind: Any, like: Any, count: int, single: bool, max_iterations: Any) -> Any:
        if not isinstance(max_iterations, (int, np.integer)) or max_iterations < 0:
            raise _core.InputError("history: needs one max_iterations for all tasks, an integer of 0 or more")
        width = int(max_iterations) + 1
        measures = kind.empty((width,) if single else (count, width), self._dtype, like)
        if hasattr(measures, "fill"):
            measures.fill(float("nan"))
        elif hasattr(measures, "fill_"):
            measures.fill_(float("nan"))
        return measures


def empty_as(kind: Any, shape: tuple[int, int], dtype: str, like: Any) -> Any:
    """An array of that shape, whose first dimension is the fastest where it is that of `like`."""
    strides = getattr(like, "strides", None)
    if strides is None:
        strides = like.stride() if hasattr(like, "stride") else None
    if strides is not None and strides[0] < strides[1] and shape[0] > 1 and hasattr(kind.empty((0,), dtype, like), "T"):
        return kind.empty((shape[1], shape[0]), dtype, like).T
    return kind.empty(shape, dtype, like)


def pattern_of(pattern: Any) -> tuple[Any, Any]:
    """(row pointers, column indices) as int32 arrays of NumPy, from a pair of arrays or a sparse matrix of SciPy in
    compressed rows."""
    if hasattr(pattern, "indptr") and hasattr(pattern, "indices"):
        if getattr(pattern, "format", "csr") != "csr":
            raise _core.InputError(f"pattern: the matrix is in format {pattern.format}; give matrix.tocsr()")
        if hasattr(pattern, "sort_indices") and not pattern.has_sorted_indices:
            raise _core.InputError("pattern: the column indices of a row do not ascend; call matrix.sort_indices()")
        pattern = (pattern.indptr, pattern.indices)
    try:
        row_ptrs, col_idxs = pattern
    except (TypeError, ValueError):
        raise _core.InputError(
            "pattern: expected (row pointers, column indices) or a SciPy matrix in compressed rows, got "
            + type(pattern).__name__
        ) from None
    arrays = []
    for given, name in ((row_ptrs, "row pointers"), (col_idxs, "column indices")):
        if hasattr(given, "get"):  # of CuPy
            given = given.get()
        elif hasattr(given, "cpu"):  # of PyTorch
            given = given.cpu()
        array = np.asarray(given)
        if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
            raise _core.InputError(f"pattern: the {name} must be integers in one dimension")
        if array.size > 0 and (array.max() > np.iinfo(np.int32).max or array.min() < 0):
            raise _core.InputError(f"pattern: the {name} contain a number that is negative or exceeds 32 bits")
        # The caller may change theirs, and larger solvers are made later from these.
        arrays.append(np.array(array, np.int32))
    return arrays[0], arrays[1]
