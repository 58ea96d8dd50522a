# SPDX-License-Identifier: Apache-2.0
"""A family of small nonlinear systems of one's own."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from . import _core, _options
from . import _own_source as source
from ._own_problem import OwnProblem
from ._result import Result
from ._solver import Solver
from .online_meta_solver import OnlineMetaSolver


class NonlinearSolver(Solver):
    """Solves g(y; c) = 0 of a NonlinearProblem by the one-step Newton-SOR method, until ||g(y)||_2 <= tol. Made by
    NonlinearProblem.solver."""

    _x_is = "x0"
    _task_names = ("data", "relaxation", "x0")

    def __init__(
        self, problem: NonlinearProblem, meta_solver: Any, clamp: Any, device: Any, threads: int, capacity: int | None
    ) -> None:
        clamp, meta_solver = _options.bounds("clamp", clamp), _options.meta_solver(meta_solver)

        def make(executor: _core.Executor, size: int) -> Any:
            return _core.OwnSolver(executor, problem._on(executor), problem.data, clamp, size, meta_solver)

        super().__init__(make, device, threads, capacity)

    def solve(
        self,
        data: Any,
        x0: Any,
        *,
        relaxation: Any = 1.0,
        tol: Any = 1e-6,
        max_iterations: Any = 10000,
        meta_solver: bool = True,
        retry: bool = False,
        first_max_iterations: int = 0,
        online: OnlineMetaSolver | None = None,
        features: Any = None,
        history: bool = False,
        out: Any = None,
    ) -> Result:
        """Solves a batch. Arrays are float64, of any strides, and are read in place.

        data
            c [count][data], or [data]: the same for all.
        x0
            [count][n]: initial guesses of y, or [n]: one system.
        relaxation
            r in (0, 2): a number or [count]. The fallback of a meta-solver.
        out
            [count][n]: where to write y; may be `x0`: tasks that do not converge then keep it.
        tol, max_iterations, meta_solver, retry, first_max_iterations, online, features, history
            as for CgSolver.solve, with its errors.
        """
        return self._solve(
            (data, relaxation, x0), x0, (tol, max_iterations), (meta_solver, retry, first_max_iterations),
            online=online, features=features, call="solve_systems", history=history, out=out,
        )  # fmt: skip


class NonlinearProblem(OwnProblem):
    """A family of small systems g(y; c) = 0, from the text of g. Compiled once, as OdeProblem.

    name
        an identifier; in models and files.
    size
        unknowns n, 1 to 32.
    data
        numbers c that define a task.
    residual
        C++ statements that assign g[0] ... g[n-1] from c and y, as OdeProblem's rate.
    features
        C++ statements that assign x[0], x[1], ... from c: what the network sees, with a name of each in feature_names.
        None: c itself.
    feature_names
        for messages and models.
    head
        how r and each entry of the guess are computed from the network: "given", "factor" (the caller's times a number
        between 1/e and e), ("interval", low, high) or ("logarithmic", low, high), n + 1 entries; a fourth number is where
        failed tasks are pulled to. None: r in relaxation_range, and a factor for each guess.
    nonnegative, lower, upper, relaxation_range, members, verbose
        as for OdeProblem.

    >>> root = NonlinearProblem("root", size=1, data=1, residual="g[0] = y[0] * y[0] - c[0];")   # doctest: +SKIP
    >>> root.solver().solve([2.0], [1.0], tol=1e-12).x                                           # doctest: +SKIP
    array([1.41421356])
    """

    def __init__(
        self,
        name: str,
        *,
        size: int,
        data: int,
        residual: str,
        features: str | None = None,
        feature_names: Sequence[str] | None = None,
        head: Sequence[Any] | None = None,
        nonnegative: bool = False,
        lower: float | Sequence[float | None] | None = None,
        upper: float | Sequence[float | None] | None = None,
        relaxation_range: tuple[float, float] | None = None,
        members: str | None = None,
        verbose: bool | None = None,
    ) -> None:
        name = source.checked_name(name)
        size = source.checked_count(size, "size", 1, source.most_unknowns)
        self._data = source.checked_count(data, "data", 1, source.most_numbers)
        texts = {"residual": source.checked_text(residual, "residual")}
        source.check_indices(texts["residual"], "residual", {"y": size, "c": self._data, "g": size}, "g")
        if members is not None:
            texts["members"] = source.checked_text(members, "members")
        if features is not None and feature_names is None:
            raise _core.InputError("feature_names: is missing; name each of the numbers x that `features` assigns")
        count = self._data if features is None else len(list(feature_names or ()))
        source.checked_count(count, "the number of feature_names", 1, source.most_numbers)
        names = source.checked_names(feature_names, "feature_names", count)
        declared = [f"static constexpr int size = {size}, data = {self._data}, features = {count};"]
        declared += source.bounds(nonnegative, lower, upper, size) + source.relaxation_range(relaxation_range)
        if head is not None:
            declared += source.head(head, size)
        if names is not None:
            literals = ", ".join(source.string(n) for n in names)
            declared.append(
                "static std::string feature_name(int f) {\n"
                f"    static constexpr char const* names[] = {{{literals}}};\n    return names[f];\n  }}"
            )
        signature = (
            "template <class C, class Y, class G>\n  METASOLVE_HD static void residual(C const& c, Y const& y, G& g)"
        )
        declared.append(source.function(signature, texts["residual"], "residual"))
        signature = (
            "template <class Number>\n"
            "  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features])"
        )
        if features is None:
            declared.append(signature + " {\n    for (int i = 0; i < features; ++i) x[i] = c[i];\n  }")
        else:
            texts["features"] = source.checked_text(features, "features")
            source.check_indices(texts["features"], "features", {"c": self._data, "x": count}, "x")
            declared.append(source.function(signature, texts["features"], "features"))
        super().__init__(name, "NonlinearProblem", size, declared, texts, verbose)

    @property
    def data(self) -> int:
        """The size of c."""
        return self._data

    def solver(
        self,
        *,
        meta_solver: _core.MetaSolver | None = None,
        clamp: tuple[float, float] | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> NonlinearSolver:
        """A solver of batches. clamp: (low, high) of every entry of y after each iteration; None: none. Other arguments
        as for CgSolver."""
        return NonlinearSolver(self, meta_solver, clamp, device, threads, capacity)

    def rows(self, data: Any, x0: Any, relaxation: Any = 1.0) -> np.ndarray:
        """Tasks for training, [count][columns], from the arguments of `solve`.

        data
            c [count][data], or [data]: the same for all.
        x0
            [count][n]: initial guesses.
        relaxation
            r: a number or [count].
        """
        return self._stacked([("data", data, self._data), ("relaxation", relaxation, -1), ("x0", x0, self._size)])
