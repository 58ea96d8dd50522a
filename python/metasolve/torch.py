# SPDX-License-Identifier: Apache-2.0
"""Solves that PyTorch differentiates: implicit gradients of solutions, and the gradient of a surrogate for the number of
iterations, with which a network of your own becomes the meta-solver.

Each function is the call of the same name of its solver, on tensors that may require a gradient. Gradients are exact up
to the tolerance of the solves; they cannot be differentiated again.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.function import once_differentiable

from . import _core
from ._result import Result
from .implicit_euler_solver import ImplicitEulerSolver
from .iteration_loss import IterationLoss, LossResult
from .linear_solver import LinearSolver
from .qp_solver import QpResult, QpSolver

__all__ = ["implicit_euler_step", "iteration_loss", "linear_solve", "qp_solve"]


def _summed_to(gradient: Any, like: torch.Tensor) -> torch.Tensor:
    """Of an argument that all tasks share: the sum over them."""
    while gradient.dim() > like.dim():
        gradient = gradient.sum(0)
    return gradient


def _check(options: dict[str, Any], **tensors: Any) -> None:
    for name, given in tensors.items():
        if not isinstance(given, torch.Tensor):
            raise _core.InputError(f"{name}: expected a tensor, got {type(given).__name__}")
    if options.get("out") is not None:
        raise _core.InputError("out: what is differentiated must not be overwritten by a later call; leave it out")
    for name, given in options.items():
        if isinstance(given, torch.Tensor) and given.requires_grad:
            raise _core.InputError(f"{name}: has no gradient here; pass {name}.detach()")


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """Its numbers as they lie in memory: a lazily negated view has the other sign there."""
    return tensor.detach().resolve_neg()


class _LinearSolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, solver: LinearSolver, options: dict[str, Any], values: Any, rhs: Any) -> Any:
        result = solver.solve(_plain(values), _plain(rhs), **options)
        ctx.solver, ctx.options, ctx.solves = solver, options, solver.solves
        ctx.save_for_backward(values, result.x)
        ctx.mark_non_differentiable(result.status, result.iterations, result.measure, result.origin)
        return result.x, result.status, result.iterations, result.measure, result.origin

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, x_bar: Any, *_others: Any) -> Any:
        values, x = (_plain(a) for a in ctx.saved_tensors)
        if ctx.solver.keeps_factors and ctx.solver.solves != ctx.solves:
            raise _core.InputError(
                "linear_solve: the solver has solved other tasks since, and keeps their factors; make it without "
                "keeps_factors, or call backward before the next solve"
            )
        kept = {key: ctx.options[key] for key in ("tol", "max_iterations", "shift", "omega") if key in ctx.options}
        wants_values = ctx.needs_input_grad[2]
        gradient = ctx.solver.gradient(values, x, _plain(x_bar), with_values=wants_values, **kept)
        values_bar = _summed_to(gradient.values_bar, values) if wants_values else None
        return None, None, values_bar, gradient.rhs_bar


def linear_solve(solver: LinearSolver, values: torch.Tensor, rhs: torch.Tensor, **options: Any) -> Result:
    """LinearSolver.solve, differentiable with respect to values and rhs by one solve with the transposed matrices (with
    keeps_factors by the same factors).

    values [count][entries] or [entries], rhs [count][N] or [N]: float64. options: as of LinearSolver.solve, but `out`.
    The gradient of a task that failed is NaN.
    """
    _check(options, values=values, rhs=rhs)
    return _result(_LinearSolve.apply(solver, options, values, rhs))


class _ImplicitEulerStep(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, solver: ImplicitEulerSolver, options: dict[str, Any], previous: Any, parameters: Any, step: Any
    ) -> Any:
        given = [_plain(a) if isinstance(a, torch.Tensor) else a for a in (previous, parameters, step)]
        if isinstance(step, torch.Tensor) and step.dim() == 0:
            given[2] = float(step)
        result = solver.solve(*given, **options)
        ctx.solver, ctx.time = solver, options.get("time", 0.0)
        ctx.step = step if not isinstance(step, torch.Tensor) else None
        tensors = (previous, parameters, result.x) + (() if ctx.step is not None else (step,))
        ctx.save_for_backward(*tensors)
        ctx.mark_non_differentiable(result.status, result.iterations, result.measure, result.origin)
        return result.x, result.status, result.iterations, result.measure, result.origin

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, y_bar: Any, *_others: Any) -> Any:
        previous, parameters, y, *rest = (_plain(a) for a in ctx.saved_tensors)
        step = rest[0] if rest else ctx.step
        _, _, _, wants_parameters, wants_step = ctx.needs_input_grad
        given = float(step) if rest and step.dim() == 0 else step
        gradient = ctx.solver.gradient(
            previous, parameters, given, y, _plain(y_bar), time=ctx.time, with_parameters=wants_parameters
        )
        return (
            None,
            None,
            gradient.previous_bar,
            _summed_to(gradient.parameters_bar, parameters) if wants_parameters else None,
            _summed_to(gradient.step_bar, step).reshape(step.shape) if wants_step else None,
        )


def implicit_euler_step(
    solver: ImplicitEulerSolver, previous: torch.Tensor, parameters: torch.Tensor, step: Any, **options: Any
) -> Result:
    """ImplicitEulerSolver.solve, differentiable with respect to previous, parameters and step by the implicit function
    theorem: one elimination with the transposed Jacobian per task, whatever the number of iterations was.

    previous [count][n] or [n], parameters [count][size] or [size], step: a number, or a tensor [count]. options: as of
    ImplicitEulerSolver.solve, but `out`. The gradient of a task that failed is NaN where its Jacobian is singular, and
    otherwise that at its last iterate.
    """
    _check(options, previous=previous, parameters=parameters)
    return _result(_ImplicitEulerStep.apply(solver, options, previous, parameters, step))


class _IterationLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loss: IterationLoss, tasks: Any, theta: Any) -> Any:
        result = loss.evaluate(_plain(theta), tasks, gradient=ctx.needs_input_grad[2])
        ctx.gradient = result.gradient
        ctx.mark_non_differentiable(result.iterations, result.status, result.measure)
        return result.loss, result.iterations, result.status, result.measure

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, loss_bar: Any, *_others: Any) -> Any:
        return None, None, loss_bar[:, None] * ctx.gradient


def iteration_loss(loss: IterationLoss, theta: torch.Tensor, tasks: Any = None) -> LossResult:
    """IterationLoss.evaluate, whose `loss` [count] is differentiable with respect to theta [count][parameters]."""
    _check({}, theta=theta)
    values, iterations, status, measure = _IterationLoss.apply(loss, tasks, theta)
    return LossResult(values, iterations, status, measure, None)


class _QpSolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, solver: QpSolver, options: dict[str, Any], *given: Any) -> Any:
        q, lower, upper, p_values, a_values = (None if a is None else _plain(a) for a in given)
        result = solver.solve(q, lower, upper, p_values=p_values, a_values=a_values, **options)
        ctx.solver = solver
        ctx.save_for_backward(*given, result.solution)
        ctx.mark_non_differentiable(result.status, result.iterations, result.measure, result.origin)
        return result.solution, result.status, result.iterations, result.measure, result.origin

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, bar: Any, *_others: Any) -> Any:
        given = ctx.saved_tensors
        q, lower, upper, p_values, a_values, solution = (None if a is None else _plain(a) for a in given)
        wants = ctx.needs_input_grad[2:]
        found = ctx.solver._gradient(
            (p_values, a_values, q, lower, upper, None), solution, _plain(bar), False, wants[3] or wants[4]
        )
        bars = (found.q_bar, found.lower_bar, found.upper_bar, found.p_bar, found.a_bar)
        return (None, None, *(_summed_to(b, a) if w else None for b, a, w in zip(bars, given, wants)))


def qp_solve(
    solver: QpSolver,
    q: torch.Tensor,
    lower: torch.Tensor | None = None,
    upper: torch.Tensor | None = None,
    p_values: torch.Tensor | None = None,
    a_values: torch.Tensor | None = None,
    *,
    polish: bool = True,
    **options: Any,
) -> QpResult:
    """QpSolver.solve, whose x and y are differentiable with respect to all tensors, by one solve with the equations of
    the active rows for each task (Amos and Kolter, OptNet, 2017).

    q [count][n] or [n], lower, upper [count][m] or [m], p_values, a_values [count][entries] or [entries]: float64, or
    None, as of QpSolver.solve; options likewise, but `out`. An infinite bound has the gradient 0. The gradient of a task
    without one is NaN: where the active rows are dependent, or P is singular on their null space.
    """
    tensors = {"q": q, "lower": lower, "upper": upper, "p_values": p_values, "a_values": a_values}
    _check(options, **{name: given for name, given in tensors.items() if given is not None})
    solution, *each = _QpSolve.apply(solver, {**options, "polish": polish}, *tensors.values())
    return QpResult(solver.variables, solution, *each)


def _result(outputs: tuple[Any, ...]) -> Result:
    return Result(*outputs)
