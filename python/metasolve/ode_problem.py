# SPDX-License-Identifier: Apache-2.0
"""An ordinary differential equation of one's own."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from . import _core, _options
from . import _own_source as source
from ._own_problem import OwnProblem
from ._solver import Solver
from .implicit_euler_solver import ImplicitEulerSolver


class OdeSolver(ImplicitEulerSolver):
    """Implicit Euler steps of an OdeProblem, by the method of ImplicitEulerSolver. Made by OdeProblem.solver."""

    def __init__(
        self, problem: OdeProblem, meta_solver: Any, clamp: Any, device: Any, threads: int, capacity: int | None
    ) -> None:
        clamp, meta_solver = _options.bounds("clamp", clamp), _options.meta_solver(meta_solver)

        def make(executor: _core.Executor, size: int) -> Any:
            return _core.OwnSolver(executor, problem._on(executor), problem.parameters, clamp, size, meta_solver)

        Solver.__init__(self, make, device, threads, capacity)

    def _solve(self, *arguments: Any, **options: Any) -> Any:
        return super()._solve(*arguments, call="solve_steps", **options)


class OdeProblem(OwnProblem):
    """An ODE y' = f(t, y; p) for implicit Euler steps y = y_prev + h f(t + h, y; p), from the text of f. It is compiled
    once, for seconds, by the C++ compiler of this machine; the library is kept for later processes in ~/.cache/metasolve
    (METASOLVE_CACHE, XDG_CACHE_HOME). CXX names a compiler.

    name
        an identifier; in models and files.
    size
        unknowns n, 1 to 32.
    parameters
        numbers p of each task.
    rate
        C++ statements that assign f[0] ... f[n-1] from t, y and p. They run for numbers, vectors and derivatives:
        sqrt, exp, log, tanh and abs without std::, and select(condition, a, b) in place of an `if` on an unknown.
    nonnegative, lower, upper
        bounds of the unknowns, such as of concentrations: a number, or one of each unknown, None for no bound. A root
        outside is not reported as converged.
    relaxation_range
        (low, high): where a meta-solver may choose the relaxation factor; None: (0, 2).
    parameters_by_logarithm
        whether the network sees log10 p; False: p itself, which may then be 0 or negative.
    parameter_names
        of p, for messages and models.
    members
        further members of the C++ struct (kernels/problems/ode.hpp), such as a Jacobian written by hand.
    verbose
        None: a compilation of more than 2 s is reported on stderr; True: with its commands; False: nothing.

    >>> decay = OdeProblem("decay", size=1, parameters=1, rate="f[0] = -p[0] * y[0];")     # doctest: +SKIP
    >>> decay.solver().solve([1.0], [2.0], 0.5, tol=1e-12).x                               # doctest: +SKIP
    array([0.5])
    """

    def __init__(
        self,
        name: str,
        *,
        size: int,
        parameters: int,
        rate: str,
        nonnegative: bool = False,
        lower: float | Sequence[float | None] | None = None,
        upper: float | Sequence[float | None] | None = None,
        relaxation_range: tuple[float, float] | None = None,
        parameters_by_logarithm: bool = True,
        parameter_names: Sequence[str] | None = None,
        members: str | None = None,
        verbose: bool | None = None,
    ) -> None:
        name = source.checked_name(name)
        size = source.checked_count(size, "size", 1, source.most_unknowns)
        self._parameters = source.checked_count(parameters, "parameters", 0, source.most_numbers)
        texts = {"rate": source.checked_text(rate, "rate")}
        source.check_indices(texts["rate"], "rate", {"y": size, "p": self._parameters, "f": size}, "f")
        if members is not None:
            texts["members"] = source.checked_text(members, "members")
        declared = [f"static constexpr int size = {size}, parameters = {self._parameters};"]
        declared += source.bounds(nonnegative, lower, upper, size) + source.relaxation_range(relaxation_range)
        if not parameters_by_logarithm:
            declared.append("static constexpr bool parameters_by_logarithm = false;")
        names = source.checked_names(parameter_names, "parameter_names", self._parameters)
        if names:
            literals = ", ".join(source.string(n) for n in names)
            declared.append(f"static constexpr char const* parameter_names[] = {{{literals}}};")
        signature = (
            "template <class T, class Y, class P, class F>\n"
            "  METASOLVE_HD static void rate(T const& t, Y const& y, P const& p, F& f)"
        )
        declared.append(source.function(signature, texts["rate"], "rate"))
        super().__init__(name, "OdeProblem", size, declared, texts, verbose)

    @property
    def parameters(self) -> int:
        """The size of p."""
        return self._parameters

    def solver(
        self,
        *,
        meta_solver: _core.MetaSolver | None = None,
        clamp: tuple[float, float] | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> OdeSolver:
        """A solver of steps, whose `solve` is that of ImplicitEulerSolver. Arguments as there."""
        return OdeSolver(self, meta_solver, clamp, device, threads, capacity)

    def rows(
        self, previous: Any, parameters: Any, step: Any, time: Any = 0.0, relaxation: Any = 1.0, x0: Any = None
    ) -> np.ndarray:
        """Tasks for training, [count][columns], from the arguments of `solve`.

        previous
            y_prev [count][n].
        parameters
            p [count][parameters], or [parameters]: the same for all.
        step, time, relaxation
            h, t, r: a number or [count].
        x0
            [count][n]: initial guesses; None: y_prev.
        """
        n = self._size
        guess = previous if x0 is None else x0
        p = np.zeros(0) if self._parameters == 0 else parameters
        return self._stacked(
            [
                ("time", time, -1), ("step", step, -1), ("parameters", p, self._parameters),
                ("relaxation", relaxation, -1), ("previous", previous, n), ("x0", guess, n),
            ]
        )  # fmt: skip
