# SPDX-License-Identifier: Apache-2.0
"""What the function of a BlackBox returns, checked and in the library's form."""

from __future__ import annotations

import inspect
from typing import Any, Callable

import numpy as np

from . import _core
from ._result import Status

_keys = {"iterations", "converged", "status", "history", "seconds"}


def answering(solve: Callable[..., Any], cost: str) -> Callable[..., Any]:
    """What the library calls: writes iterations, status and seconds, and returns the histories, if the cost needs
    them."""
    takes = _keywords(solve)

    def call(
        rows: Any, theta: Any, tolerance: float, limit: int, iterations: Any, status: Any, seconds: Any
    ) -> list[np.ndarray] | None:
        given = {"tolerance": tolerance, "max_iterations": limit}
        answer = _as_dict(solve(rows, theta, **{key: given[key] for key in takes}))
        n = len(rows)
        history = _histories(answer.get("history"), n, cost)
        counts = answer.get("iterations")
        if counts is None and history is not None:
            counts = np.array([len(each) - 1 for each in history])
        if counts is None and cost == "seconds":
            counts = np.zeros(n)
        counts = _numbers("iterations", counts, n)
        if not np.isfinite(counts).all():
            raise _core.InputError("solve: returned iterations that are negative or not finite")
        iterations[:] = np.minimum(np.ceil(counts), limit)
        status[:] = _status(answer, n)
        if cost != "seconds":
            status[:] = np.where((status == Status.CONVERGED) & (counts > limit), Status.ITERATION_LIMIT, status)
        elif answer.get("seconds") is not None:
            seconds[:] = _numbers("seconds", answer["seconds"], n)
        return history

    return call


def _keywords(solve: Callable[..., Any]) -> list[str]:
    """Of "tolerance" and "max_iterations" those that the function takes."""
    if not callable(solve):
        raise _core.InputError(f"solve: expected a function, got {type(solve).__name__}")
    try:
        parameters = inspect.signature(solve).parameters
    except (TypeError, ValueError):  # some functions of C have no signature
        return []
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    return [name for name in ("tolerance", "max_iterations") if takes_all or name in parameters]


def _as_dict(answer: Any) -> dict[str, Any]:
    if isinstance(answer, dict):
        if unknown := set(answer) - _keys:
            raise _core.InputError(f"solve: returned {sorted(map(str, unknown))[0]!r}, expected of {', '.join(sorted(_keys))}")
        return answer
    if isinstance(answer, tuple):
        if len(answer) != 2:
            raise _core.InputError(f"solve: returned {len(answer)} values, expected iterations or (iterations, converged)")
        return {"iterations": answer[0], "converged": answer[1]}
    return {"iterations": answer}


def _numbers(name: str, given: Any, n: int) -> np.ndarray:
    """[n], not negative."""
    array = np.asarray(given)
    if array.shape != (n,) or array.dtype.kind not in "iuf":
        raise _core.InputError(
            f"solve: returned {name} of {array.dtype}, shape {array.shape}, expected a number for each of {n} tasks"
        )
    if (array < 0).any():
        raise _core.InputError(f"solve: returned {name} that are negative or not finite")
    return array


def _status(answer: dict[str, Any], n: int) -> np.ndarray:
    converged, status = answer.get("converged"), answer.get("status")
    if status is not None:
        array = np.asarray(status)
        if converged is not None or array.shape != (n,) or array.dtype.kind not in "iu":
            raise _core.InputError(
                f"solve: returned `status` of {array.dtype}, shape {array.shape}; expected a metasolve.Status for each of "
                f"{n} tasks, without `converged`"
            )
        return array
    if converged is None:
        return np.full(n, Status.CONVERGED)
    array = np.asarray(converged)
    if array.shape != (n,) or array.dtype.kind != "b":
        raise _core.InputError(
            f"solve: returned `converged` of {array.dtype}, shape {array.shape}, expected a bool for each of {n} tasks"
        )
    return np.where(array, Status.CONVERGED, Status.ITERATION_LIMIT)


def _histories(given: Any, n: int, cost: str) -> list[np.ndarray] | None:
    """The measures L_0 ... L_K of each task."""
    if cost != "history":
        return None
    if given is None:
        raise _core.InputError('solve: returned no history, which cost "history" needs: the measures L_0 ... L_K of each task')
    histories = [np.ascontiguousarray(each, np.float64) for each in given]
    if len(histories) != n or not all(each.ndim == 1 and each.size for each in histories):
        raise _core.InputError(f"solve: returned a history of {len(histories)} arrays, expected L_0 ... L_K for each of {n} tasks")
    return histories
