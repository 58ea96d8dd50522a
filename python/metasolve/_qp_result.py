# SPDX-License-Identifier: Apache-2.0
"""What a solve of quadratic programs returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._result import Result


class QpResult(Result):
    """The results of a batch of quadratic programs, as Result. For a task that is certified to have no solution, y (or x)
    is the certificate."""

    __slots__ = ("solution", "y", "polished")

    solution: Any
    """[count][n + m]: x, then y, which are views of it."""
    y: Any
    """[count][m]: multipliers, below 0 where the lower bound is active, above 0 where the upper one is."""
    polished: Any
    """int32 [count]: 1 where polishing improved the solution; None: not asked for."""

    def __init__(
        self,
        variables: int,
        solution: Any,
        status: Any,
        iterations: Any,
        measure: Any,
        origin: Any,
        history: Any = None,
        polished: Any = None,
    ) -> None:
        x = y = None  # of a framework that metasolve does not know: `solution` can be taken over by DLPack
        parts = np.asarray(solution) if isinstance(solution, memoryview) else solution
        if hasattr(parts, "__getitem__"):
            x, y = parts[..., :variables], parts[..., variables:]
        super().__init__(x, status, iterations, measure, origin, history)
        self.solution, self.y, self.polished = solution, y, polished


class QpGradient:
    """The implicit gradient of solutions of quadratic programs; NaN for a task without one."""

    __slots__ = ("q_bar", "lower_bar", "upper_bar", "p_bar", "a_bar", "status")

    q_bar: Any
    """[count][n]."""
    lower_bar: Any
    """[count][m]; of an equality row the sum of both counts."""
    upper_bar: Any
    """[count][m]."""
    p_bar: Any
    """[count][entries of P], or None; an entry that is read for p_ij and p_ji holds the sum of both, one not read 0."""
    a_bar: Any
    """[count][entries of A], or None."""
    status: Any
    """int32 [count]: Status.CONVERGED; BREAKDOWN: a singular system; NOT_FINITE."""

    def __init__(self, q_bar: Any, lower_bar: Any, upper_bar: Any, p_bar: Any, a_bar: Any, status: Any) -> None:
        self.q_bar, self.lower_bar, self.upper_bar = q_bar, lower_bar, upper_bar
        self.p_bar, self.a_bar, self.status = p_bar, a_bar, status
