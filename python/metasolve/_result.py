# SPDX-License-Identifier: Apache-2.0
"""What a solve returns."""

from __future__ import annotations

import enum
from typing import Any

from . import _core
from ._arrays import shape_of


class Status(enum.IntEnum):
    """How the solve of a task ended."""

    CONVERGED = 0  #: measure <= tol
    ITERATION_LIMIT = 1  #: not converged within max_iterations
    NOT_FINITE = 2  #: the measure became NaN or infinite
    BREAKDOWN = 3  #: set-up or iteration impossible, such as a zero pivot
    STAGNATED = 4  #: rounding prevents further progress
    PRIMAL_INFEASIBLE = 5  #: certified: no x satisfies the constraints
    DUAL_INFEASIBLE = 6  #: certified: the objective has no lower bound


class Origin(enum.IntEnum):
    """Where the parameters of a task came from."""

    CHOSEN = 0  #: predicted by the meta-solver; the caller's if there is none
    REPLACED = 1  #: the prediction was not usable: the caller's constant
    RETRIED = 2  #: failed with the prediction, solved again with the caller's constant
    CONSTANT = 3  #: an OnlineMetaSolver chose the caller's constant, as the best or to compare with it


def on_host(array: Any) -> Any:
    """DeviceArray cannot compare its entries; frameworks' arrays can."""
    return array.numpy() if isinstance(array, _core.DeviceArray) else array


class Result:
    """The results of a batch of `count` tasks, arrays of the caller's kind. On a CUDA device they are computed in the
    order of the caller's current stream, like every other work on it.

    For a call with a single task (arrays without the first dimension), `x` is [unknowns] and the others are numbers.
    """

    __slots__ = ("x", "status", "iterations", "measure", "origin", "history")

    x: Any
    """[count][unknowns]: the last iterate. NaN for a task that broke down or is not finite; with `out` what was there."""
    status: Any
    """int32 [count]: values of Status."""
    iterations: Any
    """int32 [count]."""
    measure: Any
    """[count]: what was compared with tol, such as the relative residual; dimensionless."""
    origin: Any
    """int32 [count]: values of Origin."""
    history: Any
    """[count][max_iterations + 1]: the measure after each iteration, NaN after the last one; None: not asked for."""

    def __init__(self, x: Any, status: Any, iterations: Any, measure: Any, origin: Any, history: Any = None) -> None:
        self.x = x
        self.status = status
        self.iterations = iterations
        self.measure = measure
        self.origin = origin
        self.history = history

    @property
    def converged(self) -> Any:
        """bool [count]: whether each task converged."""
        return on_host(self.status) == 0

    def counts(self) -> dict[str, int]:
        """How many tasks ended in each way; waits for them.

        >>> import numpy as np
        >>> Result(None, np.array([0, 0, 3], np.int32), None, None, None).counts()
        {'converged': 2, 'breakdown': 1}
        """
        of_tasks = on_host(self.status)
        ended = {status.name.lower(): int((of_tasks == int(status)).sum()) for status in Status}
        return {name: number for name, number in ended.items() if number > 0}

    def __repr__(self) -> str:
        return f"<metasolve.Result of shape {shape_of(self.x)}; see x, status, iterations, measure, origin>"
