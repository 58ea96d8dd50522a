# SPDX-License-Identifier: Apache-2.0
"""Solves that JAX differentiates, inside and outside of jit: implicit gradients of solutions, and the gradient of a
surrogate for the number of iterations.

They are callbacks (jax.pure_callback) with reverse-mode rules: JAX hands over its arrays on the CPU without copies, those
on a device through the host. Float64: jax.config.update("jax_enable_x64", True). Under vmap a call is made for each
entry; put the tasks into the first dimension instead.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, Callable, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from . import _core
from .implicit_euler_solver import ImplicitEulerSolver
from .iteration_loss import IterationLoss
from .linear_solver import LinearSolver
from .qp_solver import QpSolver

__all__ = ["QpSolution", "Solution", "implicit_euler_step", "iteration_loss", "linear_solve", "qp_solve"]


class Solution(NamedTuple):
    """x [count][unknowns], and for each task status (of Status), iterations and measure."""

    x: Any
    status: Any
    iterations: Any
    measure: Any


class QpSolution(NamedTuple):
    """x [count][n], the multipliers y [count][m], and for each task status (of Status), iterations and measure."""

    x: Any
    y: Any
    status: Any
    iterations: Any
    measure: Any


def _float64(*arrays: Any) -> None:
    for array in arrays:
        try:
            dtype = jnp.result_type(array)
        except TypeError:
            raise _core.InputError(f"expected arrays of float64, got {type(array).__name__}") from None
        if dtype != jnp.float64:
            raise _core.InputError(
                f"dtype is {dtype}, expected float64: jax.config.update('jax_enable_x64', True), and make the arrays "
                "after that"
            )


def _shapes(x: Any) -> Solution:
    each = x.shape[:-1]
    of = jax.ShapeDtypeStruct
    return Solution(of(x.shape, x.dtype), of(each, jnp.int32), of(each, jnp.int32), of(each, x.dtype))


@dataclasses.dataclass(frozen=True)
class _Callback:
    """Calls function(solver, options, arrays of NumPy ...). Outside of jit, JAX compiles each callback that does not equal
    one before, and keeps what it has compiled."""

    function: Callable[..., Any]
    solver: Any
    options: Any

    def __call__(self, *given: Any) -> Any:
        return self.function(self.solver, dict(self.options), *map(np.asarray, given))


def _call(function: Callable[..., Any], solver: Any, options: Any, shapes: Any, *arrays: Any) -> Any:
    return jax.pure_callback(_Callback(function, solver, options), shapes, *arrays, vmap_method="sequential")


def _parts(result: Any) -> Solution:
    return Solution(result.x, np.asarray(result.status), np.asarray(result.iterations), np.asarray(result.measure))


def _key(options: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Options as a constant of the compiled function."""
    try:
        hash(key := tuple(sorted(options.items())))
    except TypeError:
        raise _core.InputError("options: must be numbers here, the same for all tasks") from None
    return key


def _solve_systems(solver: LinearSolver, options: dict[str, Any], values: Any, rhs: Any) -> Any:
    return _parts(solver.solve(values, rhs, **options))


def _gradient_of_systems(solver: LinearSolver, options: dict[str, Any], values: Any, x: Any, x_bar: Any) -> Any:
    kept = {key: value for key, value in options.items() if key in ("tol", "max_iterations", "shift", "omega")}
    found = solver.gradient(values, x, x_bar, **kept)
    values_bar = found.values_bar
    return (values_bar.sum(0) if values_bar.ndim > values.ndim else values_bar), found.rhs_bar


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _linear_solve(solver: LinearSolver, options: Any, values: Any, rhs: Any) -> Solution:
    return _call(_solve_systems, solver, options, _shapes(rhs), values, rhs)


def _linear_forward(solver: LinearSolver, options: Any, values: Any, rhs: Any) -> Any:
    solution = _linear_solve(solver, options, values, rhs)
    return solution, (values, solution.x)


def _linear_backward(solver: LinearSolver, options: Any, saved: Any, bars: Solution) -> Any:
    values, x = saved
    shapes = (jax.ShapeDtypeStruct(values.shape, values.dtype), jax.ShapeDtypeStruct(x.shape, x.dtype))
    return _call(_gradient_of_systems, solver, options, shapes, values, x, bars.x)


_linear_solve.defvjp(_linear_forward, _linear_backward)


def linear_solve(solver: LinearSolver, values: Any, rhs: Any, **options: Any) -> Solution:
    """LinearSolver.solve, differentiable with respect to values [count][entries] or [entries] and rhs [count][N] or [N].

    The solver must not keep factors: the order of callbacks is JAX's. options: numbers, as of LinearSolver.solve.
    """
    _float64(values, rhs)
    if solver.keeps_factors:
        raise _core.InputError("linear_solve: the solver keeps factors; make it without keeps_factors")
    return _linear_solve(solver, _key(options), values, rhs)


def _step_of(h: Any) -> Any:
    return float(h) if h.ndim == 0 else h


def _solve_steps(solver: ImplicitEulerSolver, options: dict[str, Any], y: Any, p: Any, h: Any) -> Any:
    return _parts(solver.solve(y, p, _step_of(h), **options))


def _gradient_of_steps(
    solver: ImplicitEulerSolver, options: dict[str, Any], y: Any, p: Any, h: Any, at: Any, y_bar: Any
) -> Any:
    found = solver.gradient(y, p, _step_of(h), at, y_bar, time=options.get("time", 0.0))
    p_bar, h_bar = found.parameters_bar, np.asarray(found.step_bar)
    return found.previous_bar, p_bar.sum(0) if p_bar.ndim > p.ndim else p_bar, h_bar.sum() if h.ndim == 0 else h_bar


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _euler_step(solver: ImplicitEulerSolver, options: Any, previous: Any, parameters: Any, step: Any) -> Solution:
    return _call(_solve_steps, solver, options, _shapes(previous), previous, parameters, step)


def _euler_forward(solver: ImplicitEulerSolver, options: Any, previous: Any, parameters: Any, step: Any) -> Any:
    solution = _euler_step(solver, options, previous, parameters, step)
    return solution, (previous, parameters, step, solution.x)


def _euler_backward(solver: ImplicitEulerSolver, options: Any, saved: Any, bars: Solution) -> Any:
    previous, parameters, step, x = saved
    shapes = tuple(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in (previous, parameters, step))
    return _call(_gradient_of_steps, solver, options, shapes, previous, parameters, step, x, bars.x)


_euler_step.defvjp(_euler_forward, _euler_backward)


def implicit_euler_step(
    solver: ImplicitEulerSolver, previous: Any, parameters: Any, step: Any, **options: Any
) -> Solution:
    """ImplicitEulerSolver.solve, differentiable with respect to previous [count][n], parameters [count][size] or [size]
    and step, a number or [count]. options: numbers, as of ImplicitEulerSolver.solve."""
    _float64(previous, parameters)
    step = jnp.asarray(step, jnp.float64)
    return _euler_step(solver, _key(options), previous, parameters, step)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _iteration_loss(loss: IterationLoss, theta: Any, tasks: Any) -> Any:
    return _iteration_forward(loss, theta, tasks)[0]


def _evaluate(loss: IterationLoss, _options: Any, theta: Any, tasks: Any) -> Any:
    found = loss.evaluate(theta, tasks)
    return found.loss, found.iterations, found.gradient


def _iteration_forward(loss: IterationLoss, theta: Any, tasks: Any) -> Any:
    of, count = jax.ShapeDtypeStruct, theta.shape[0]
    shapes = (of((count,), theta.dtype), of((count,), jnp.int32), of(theta.shape, theta.dtype))
    value, iterations, gradient = _call(_evaluate, loss, (), shapes, theta, tasks)
    return (value, iterations), gradient


def _iteration_backward(loss: IterationLoss, gradient: Any, bars: Any) -> Any:
    tasks_bar = np.zeros(gradient.shape[:1], jax.dtypes.float0)  # indices have no gradient
    return bars[0][:, None] * gradient, tasks_bar


_iteration_loss.defvjp(_iteration_forward, _iteration_backward)


def iteration_loss(loss: IterationLoss, theta: Any, tasks: Any = None) -> tuple[Any, Any]:
    """IterationLoss.evaluate: (loss [count], iterations [count]); loss is differentiable with respect to theta
    [count][parameters]. tasks: int32 [count], which of the tasks set; None: the first ones."""
    _float64(theta)
    if tasks is None:
        tasks = jnp.arange(theta.shape[0], dtype=jnp.int32)
    tasks = jnp.asarray(tasks)
    if not jnp.issubdtype(tasks.dtype, jnp.integer):
        raise _core.InputError(f"tasks: dtype is {tasks.dtype}, expected int32")
    return _iteration_loss(loss, theta, jnp.asarray(tasks, jnp.int32))


def _solve_programs(solver: QpSolver, options: dict[str, Any], q: Any, lower: Any, upper: Any, p: Any, a: Any) -> Any:
    found = solver.solve(q, lower, upper, p_values=p, a_values=a, **options)
    return QpSolution(found.x, found.y, *map(np.asarray, (found.status, found.iterations, found.measure)))


def _gradient_of_programs(solver: QpSolver, _options: Any, *given: Any) -> Any:
    *tensors, x, y, x_bar, y_bar = given
    q, lower, upper, p, a = tensors
    solution, bar = np.concatenate((x, y), -1), np.concatenate((x_bar, y_bar), -1)
    found = solver._gradient((p, a, q, lower, upper, None), solution, bar, False, True)
    bars = (found.q_bar, found.lower_bar, found.upper_bar, found.p_bar, found.a_bar)
    return tuple(b.sum(0) if b.ndim > of.ndim else b for b, of in zip(bars, tensors))


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _qp_solve(solver: QpSolver, options: Any, *given: Any) -> QpSolution:
    of, q = jax.ShapeDtypeStruct, given[0]
    each = q.shape[:-1]
    shapes = QpSolution(
        of(q.shape, q.dtype), of((*each, solver.rows), q.dtype), of(each, jnp.int32), of(each, jnp.int32), of(each, q.dtype)
    )
    return _call(_solve_programs, solver, options, shapes, *given)


def _qp_forward(solver: QpSolver, options: Any, *given: Any) -> Any:
    solution = _qp_solve(solver, options, *given)
    return solution, (*given, solution.x, solution.y)


def _qp_backward(solver: QpSolver, _options: Any, saved: Any, bars: QpSolution) -> Any:
    shapes = tuple(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in saved[:5])
    return _call(_gradient_of_programs, solver, (), shapes, *saved, bars.x, bars.y)


_qp_solve.defvjp(_qp_forward, _qp_backward)


def qp_solve(
    solver: QpSolver, q: Any, lower: Any, upper: Any, p_values: Any = None, a_values: Any = None, **options: Any
) -> QpSolution:
    """QpSolver.solve, polished, differentiable with respect to q [count][n], lower and upper [count][m] or [m], and
    p_values and a_values [count][entries] or [entries], None being the constructor's. options: numbers, as of
    QpSolver.solve."""
    values = [
        jnp.asarray(solver._own_values(name, i, "cpu") if given is None else given)
        for i, (name, given) in enumerate((("p_values", p_values), ("a_values", a_values)))
    ]
    _float64(q, lower, upper, *values)
    options = {"polish": True, **options}
    return _qp_solve(solver, _key(options), *map(jnp.asarray, (q, lower, upper)), *values)
