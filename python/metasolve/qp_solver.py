# SPDX-License-Identifier: Apache-2.0
"""Quadratic programs by ADMM."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core, _options
from ._arrays import as_array, float64, int32, kind_of, on_device, shape_of
from ._qp_input import numbers, pattern
from ._qp_result import QpGradient, QpResult
from ._solver import Solver
from .online_meta_solver import OnlineMetaSolver, learning


class QpSolver(Solver):
    """Batches of convex quadratic programs: minimise x'P x / 2 + q'x subject to lower <= A x <= upper, by the alternating
    direction method of multipliers as OSQP iterates (Stellato et al., Math. Prog. Comp. 12, 2020). All tasks share the
    patterns of P and A; a task's bits are the same alone and in any batch. A meta-solver predicts penalties, alpha and
    the start.

    p, a
        SciPy matrices in compressed rows, or (row pointers, column indices): P [n][n], its lower triangle, all entries or
        its upper triangle; A [m][n], or None. The values of SciPy matrices are those of all tasks where a call has none.
    q, lower, upper
        [n], [m], [m] of a typical task, as OSQP's setup takes them: rows with the same bounds are equalities, those
        without bounds have a small fixed penalty, and the scaling uses P, q and A. None: inequalities, no scaling by q.
    p_values, a_values
        [entries]: the values where p and a are patterns.
    rho
        the penalty of calls without one; 0: of 13 values from 0.001 to 1000 the one that takes the typical task to 1e-5 in
        the fewest iterations, 1 where that is not known.
    scaling, equality, unbounded, row_weights
        what rho is multiplied by: a Ruiz equilibration, 1e3 on equality rows; or [m] weights of your own, a negative one
        being minus the row's penalty; with a meta-solver those of its training. `unbounded`: the penalty of rows without
        bounds.
    penalty_group
        int32 [m]: which entry of rho a row uses, from 0 on; None: one rho for all rows, or the groups of the training.
    sigma, absolute, certificate_tolerance
        the proximal term; OSQP's eps_abs / eps_rel; the tolerance of certificates that a task has no solution, 0: none.
    codebook
        how many vectors of penalties `set_codebook` factors once; 0: each task's system is factored, or one for all.
    shift_x, shift_y
        int32 [n], [m]: where x_j and y_i of the next step are in a solution of this one, -1: 0. For shift=True.
    guess_rho
        by which a predicted start is split into z and y; 0: that of the meta-solver's training.
    meta_solver, device, threads, capacity
        as for CgSolver.

    >>> import numpy as np
    >>> p, a = ([0, 1, 2], [0, 1]), ([0, 2, 3], [0, 1, 0])            # P = diag(2, 2), A = [1 1; 1 0]
    >>> solver = QpSolver(p, a, p_values=[2.0, 2.0], a_values=[1.0, 1.0, 1.0], lower=[1.0, 0.0], upper=[1.0, 0.7])
    >>> result = solver.solve(np.array([[-2.0, 0.0]]), np.array([[1.0, 0.0]]), np.array([[1.0, 0.7]]), tol=1e-9)
    >>> result.x.round(6).tolist(), result.counts()
    ([[0.7, 0.3]], {'converged': 1})
    """

    _x_is = "q"
    _task_names = (
        "p_values", "a_values", "q", "lower", "upper", "scales", "rho", "alpha", "guess", "entry", "features"
    )  # fmt: skip

    def __init__(
        self,
        p: Any,
        a: Any = None,
        q: Any = None,
        lower: Any = None,
        upper: Any = None,
        *,
        p_values: Any = None,
        a_values: Any = None,
        rho: float = 0.0,
        scaling: bool = True,
        equality: float = 1e3,
        unbounded: float = 1e-6,
        row_weights: Any = None,
        penalty_group: Any = None,
        sigma: float = 1e-6,
        absolute: float = 1.0,
        certificate_tolerance: float = 1e-4,
        codebook: int = 0,
        shift_x: Any = None,
        shift_y: Any = None,
        guess_rho: float = 0.0,
        meta_solver: _core.MetaSolver | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> None:
        patterns = (*pattern(p, "p", True), *pattern([[0], []] if a is None else a, "a", False))
        typical = (
            numbers(getattr(p, "data", None) if p_values is None else p_values, "p_values", len(patterns[1])),
            numbers(q, "q"),
            numbers(getattr(a, "data", None) if a_values is None else a_values, "a_values", len(patterns[3])),
            numbers(lower, "lower"),
            numbers(upper, "upper"),
        )
        options = [
            _options.number(name, value)
            for name, value in (
                ("sigma", sigma), ("absolute", absolute), ("equality", equality), ("unbounded", unbounded),
                ("certificate_tolerance", certificate_tolerance), ("guess_rho", guess_rho), ("rho", rho),
            )
        ]  # fmt: skip
        settings = (*options[:2], bool(scaling), *options[2:])
        arrays = (
            numbers(row_weights, "row_weights"),
            numbers(penalty_group, "penalty_group", dtype=int32),
            numbers(shift_x, "shift_x", dtype=int32),
            numbers(shift_y, "shift_y", dtype=int32),
        )
        codebook = _options.integer("codebook", codebook, 0)
        meta_solver = _options.meta_solver(meta_solver)
        self._values = {"p_values": typical[0], "a_values": typical[2]}
        self._on_device: dict[tuple[str, str], Any] = {}
        self._entries = (len(patterns[1]), len(patterns[3]))
        self._codebook: tuple[Any, ...] | None = None
        self._has_codebook: Any = None  # the library's solver that has it

        def make(executor: _core.Executor, size: int) -> Any:
            return _core.QpSolver(executor, patterns, typical, settings, arrays, codebook, size, meta_solver)

        super().__init__(make, device, threads, capacity)

    @property
    def variables(self) -> int:
        """n."""
        return self._core.variables

    @property
    def rows(self) -> int:
        """m."""
        return self._core.rows

    @property
    def groups(self) -> int:
        """Entries of rho."""
        return self._core.groups

    @property
    def rho(self) -> float:
        """The penalty of calls without one."""
        return self._core.rho

    @property
    def factor_entries(self) -> int:
        """Numbers in the factor of a task's system."""
        return self._core.factor_entries

    @property
    def row_weights(self) -> np.ndarray:
        """[m]: what a row's rho is multiplied by; where negative, minus its penalty."""
        return np.array(self._core.row_weights)

    def set_codebook(self, rho: Any, p_values: Any = None, a_values: Any = None) -> None:
        """Factors the systems of rho [codebook][groups], for tasks that all have these values of P and A; None: those of
        the constructor. Tasks then use the entry nearest to their rho, by logarithms, or that of `entry`."""
        rho = as_array(rho, "rho")
        self._codebook = (rho, as_array(p_values, "p_values"), as_array(a_values, "a_values"))
        self._has_codebook = None
        kind = kind_of(rho, "rho")
        self._apply_codebook(self._prepare(kind.device(rho, "rho"), 1), kind)

    def solve(
        self,
        q: Any,
        lower: Any = None,
        upper: Any = None,
        *,
        p_values: Any = None,
        a_values: Any = None,
        rho: Any = None,
        alpha: Any = None,
        guess: Any = None,
        shift: bool = False,
        entry: Any = -1,
        scales: Any = None,
        tol: Any = 1e-6,
        max_iterations: Any = 10000,
        polish: bool = False,
        features: Any = None,
        meta_solver: bool = True,
        retry: bool = False,
        first_max_iterations: int = 0,
        online: OnlineMetaSolver | None = None,
        history: bool = False,
        out: Any = None,
    ) -> QpResult:
        """Solves a batch. Arrays are float64, of any strides, and are read in place.

        q
            [count][n], or [n]: one task.
        lower, upper
            [count][m], or [m]: the same for all; infinite: no bound; None: none has.
        p_values, a_values
            [count][entries] in the pattern's order, or [entries]: the same for all; None: those of the constructor, or of
            set_codebook, with which none are given.
        rho
            penalties > 0: a number, [groups], or [count][groups]; None: `self.rho`, or the constants of the meta-solver's
            training. With a codebook the nearest entry is used.
        alpha
            over-relaxation, in (0, 2): a number or [count]; None: 1.6, or the constant of the meta-solver's training.
        guess
            [count][n + m], a `solution` of another call, or a QpResult; None: zeros. shift: it is that of the step before.
        entry
            int32 [count] or a number: of the codebook; -1: the nearest.
        scales
            [count][2] or [2]: what primal and dual residuals are measured in; None: OSQP's rule.
        polish
            solve the equations of the active rows of converged tasks: nearly exact solutions.
        features
            [count][features]: of the meta-solver, or of `online`.
        tol, max_iterations, meta_solver, retry, first_max_iterations, online, history
            as for CgSolver.solve, with its errors. `online` may choose "rho", a factor on a task's penalties, and "alpha".
        out
            [count][n + m]: where to write the solution; may be `guess`. Or a QpResult of a call with as many tasks.

        A task that is certified to have no solution ends as Status.PRIMAL_INFEASIBLE or DUAL_INFEASIBLE, and its y or x is
        the certificate. One with lower > upper, or with a P that is clearly not positive semidefinite, breaks down.
        """
        guess = guess.solution if isinstance(guess, QpResult) else guess
        if self._codebook is not None and (p_values is not None or a_values is not None):
            raise _core.InputError("p_values, a_values: those of set_codebook are used; leave them out")
        given = (p_values, a_values, q, lower, upper, scales, rho, alpha, guess, entry, features if online is None else None)
        core, kind, q, tasks, count, single = self._begin_qp(given, q)
        stopping = self._stopping(tol, max_iterations)
        measures = self._history(kind, q, count, single, stopping[1]) if history else None
        outputs = self._qp_outputs(kind, q, count, single, measures, out)
        policy = (meta_solver, retry, first_max_iterations)
        stream = kind.stream(q)
        if online is None:
            core.solve(count, single, (*tasks, bool(shift)), stopping, outputs, policy, stream)
        else:
            with learning(online, self._executor, count, features, single) as chooses:
                core.solve(count, single, (*tasks, bool(shift)), stopping, outputs, (*policy, *chooses), stream)
        polished = None
        if polish:
            polished = kind.empty((count,), int32, q)
            core.polish(count, single, tasks[:6], (outputs[0], outputs[1], outputs[3], polished), stream)
        return self._qp_result(kind, (*outputs, polished), single, out)

    def gradient(
        self,
        q: Any,
        lower: Any,
        upper: Any,
        solution: Any,
        x_bar: Any,
        y_bar: Any = None,
        *,
        p_values: Any = None,
        a_values: Any = None,
        with_matrices: bool = True,
    ) -> QpGradient:
        """From x_bar = dF/dx [count][n], and y_bar = dF/dy [count][m], at solutions [count][n + m], or a QpResult: the
        implicit gradient (Amos and Kolter, OptNet, 2017), by the equations of the active rows. q, lower, upper, p_values,
        a_values: as for `solve`. It exists where active rows are linearly independent, their multipliers are not 0, and P
        is positive definite on their null space; it is as accurate as the solutions: polish them."""
        bar, of_x = as_array(x_bar, "x_bar"), y_bar is None
        if not of_x:
            kind = kind_of(bar, "x_bar")
            bar = kind.joined(bar, as_array(y_bar, "y_bar"))
        return self._gradient((p_values, a_values, q, lower, upper, None), solution, bar, of_x, with_matrices)

    def _gradient(self, given: tuple[Any, ...], solution: Any, bar: Any, of_x: bool, with_matrices: bool) -> QpGradient:
        """bar: dF/dx, or dF/d(x, y)."""
        solution = as_array(solution.solution if isinstance(solution, QpResult) else solution, "solution")
        core, kind, q, tasks, count, single = self._begin_qp(given, given[2])
        kind.prepare((solution, bar))
        n, m, stream = self.variables, self.rows, kind.stream(q)
        of_task = () if single else (count,)
        shapes = [n, m, m, *(self._entries if with_matrices else ())]
        outputs = [kind.empty((*of_task, size), float64, q) for size in shapes]
        outputs += [None] * (5 - len(outputs))
        status = kind.empty((count,), int32, q)
        core.gradient(count, single, tasks[:6], (solution, bar, of_x, *outputs, status), stream)
        if kind.waits:
            self.synchronize()
            outputs = [None if a is None else kind.finished(a) for a in outputs]
            status = kind.finished(status)
        return QpGradient(*outputs, kind.first(status) if single else status)

    def _begin_qp(self, given: tuple[Any, ...], q: Any) -> tuple[Any, ...]:
        core, kind, q, tasks, count, single = self._begin(given, q, "q")
        device = kind.device(q, "q")
        tasks = list(tasks)
        for i, name in enumerate(("p_values", "a_values")):
            if tasks[i] is None:
                tasks[i] = self._own_values(name, i, device)
        if len(tasks) > 6:
            tasks[6] = self._rho(tasks[6], kind, q, count, single)
        if self._codebook is not None and self._has_codebook is not core:
            self._apply_codebook(core, kind)
        return core, kind, q, tuple(tasks), count, single

    def _own_values(self, name: str, index: int, device: str) -> Any:
        """The constructor's values on the device of a call."""
        values = self._values[name]
        if values.size != self._entries[index]:
            raise _core.InputError(f"{name}: is None, and the solver was made without values")
        if device == "cpu":
            return values
        key = (name, device)
        if key not in self._on_device:
            memory = on_device(device, values.shape, float64)
            memory._upload(values)
            self._on_device[key] = memory
        return self._on_device[key]

    def _rho(self, rho: Any, kind: Any, like: Any, count: int, single: bool) -> Any:
        """A number as [groups]; of one group also [count]."""
        if rho is None:
            return None
        groups = self.groups
        shape = shape_of(rho)
        if len(shape) == 0:
            memory = kind.empty((groups,), float64, like)
            fill = memory.fill_ if hasattr(memory, "fill_") else memory.fill
            value = _options.number("rho", rho)
            if not value > 0:
                raise _core.InputError(f"rho: is {value}, expected above 0")
            fill(value)
            return memory
        if not single and groups == 1 and shape == (count,) and count != 1:
            return (np.asarray(rho) if isinstance(rho, memoryview) else rho)[:, None]
        return rho

    def _apply_codebook(self, core: Any, kind: Any) -> None:
        rho, p_values, a_values = self._codebook  # type: ignore[misc]
        device = kind.device(rho, "rho")
        values = [
            self._own_values(name, i, device) if of is None else of
            for i, (name, of) in enumerate((("p_values", p_values), ("a_values", a_values)))
        ]
        kind.prepare((rho, *values))
        core.set_codebook(rho, *values, kind.stream(rho))
        self._has_codebook = core

    def _qp_outputs(self, kind: Any, q: Any, count: int, single: bool, history: Any, out: Any) -> tuple[Any, ...]:
        if isinstance(out, QpResult):
            if single:
                raise _core.InputError("out: a QpResult of one task has numbers, which cannot be written; give out.solution")
            return out.solution, out.status, out.iterations, out.measure, out.origin, history
        return self._outputs(kind, q, count, single, history, out)

    def _qp_result(self, kind: Any, outputs: tuple[Any, ...], single: bool, out: Any) -> QpResult:
        if kind.waits:
            self.synchronize()
            given = (out.solution, out.status, out.iterations, out.measure, out.origin) if isinstance(out, QpResult) else (out,)
            outputs = tuple([
                a if a is None or any(a is g for g in given) else kind.finished(a) for a in outputs
            ])  # fmt: skip
        solution, *each, history, polished = outputs
        if single:
            each = [kind.first(a) for a in each]
            polished = None if polished is None else kind.first(polished)
        return QpResult(self.variables, solution, *each, history, polished)
