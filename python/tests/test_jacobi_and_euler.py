# SPDX-License-Identifier: Apache-2.0
"""Jacobi's method and implicit Euler steps against NumPy and SciPy."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest


def poisson(unknowns: int) -> np.ndarray:
    return 2 * np.eye(unknowns) - np.eye(unknowns, k=1) - np.eye(unknowns, k=-1)


@pytest.mark.parametrize("dtype, tol, error", [("float64", 1e-12, 1e-10), (np.float32, 1e-5, 1e-4)])
@pytest.mark.parametrize("unknowns", [1, 3, 8, np.int64(8)])
def test_poisson(unknowns, dtype, tol, error):
    rhs = np.random.default_rng(1).uniform(-1, 1, (4, unknowns)).astype(dtype)
    solver = ms.JacobiSolver(unknowns, dtype=dtype)
    result = solver.solve(rhs, tol=tol)
    x = np.linalg.solve(poisson(int(unknowns)), rhs.T).T
    np.testing.assert_allclose(result.x, x, atol=error)
    assert result.x.dtype == rhs.dtype and result.measure.dtype == rhs.dtype
    assert result.converged.all() and solver.unknowns == unknowns
    exact = ms.JacobiSolver(unknowns, dtype=dtype, measure="relative_error")
    assert exact.solve(rhs, solution=x.astype(dtype), tol=tol).converged.all()


def test_the_iterations_are_jacobis():
    rhs = np.array([[1.0, -2.0, 0.5]])
    result = ms.JacobiSolver(3).solve(rhs, max_iterations=7, tol=1e-30, history=True)
    x = np.zeros(3)
    for k in range(8):
        residual = rhs[0] - poisson(3) @ x
        assert result.history[0, k] == pytest.approx(np.linalg.norm(residual) / np.linalg.norm(rhs))
        if k < 7:
            x += residual / 2
    np.testing.assert_allclose(result.x[0], x)
    assert result.status[0] == ms.Status.ITERATION_LIMIT and result.iterations[0] == 7


@pytest.mark.parametrize("dtype", ["float32", "f8", float, np.dtype("f4"), np.float64])
def test_names_of_dtypes(dtype):
    rhs = np.ones((2, 3), dtype)
    assert ms.JacobiSolver(3, dtype=dtype).solve(rhs, tol=1e-5).x.dtype == rhs.dtype
    assert ms.JacobiSolver(3, dtype=dtype).solve([[1, 1, 1]], tol=1e-5).x.dtype == rhs.dtype


def test_a_task_without_a_right_hand_side_breaks_down():
    rhs = np.array([[0.0, 0, 0], [1, 0, 1]])
    result = ms.JacobiSolver(3).solve(rhs)
    assert result.status.tolist() == [ms.Status.BREAKDOWN, ms.Status.CONVERGED]
    assert result.counts() == {"converged": 1, "breakdown": 1}


SYSTEMS = {"robertson": (3, 3), "van_der_pol": (2, 1), "orego": (3, None), "hires": (8, None), "pollution": (20, None)}


@pytest.mark.parametrize("system", SYSTEMS)
def test_systems(system):
    solver = ms.ImplicitEulerSolver(system, method="newton")
    unknowns, parameters = SYSTEMS[system]
    assert solver.unknowns == unknowns
    if parameters is not None:
        assert solver.parameters == parameters
    y = np.full((2, unknowns), 0.5)
    p = np.full(solver.parameters, 0.1)
    step = solver.solve(y, p, 1e-15, tol=1e-9)
    assert step.converged.all() and np.allclose(step.x, y, atol=1e-2)


def robertson(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    slow, fast, middle = p
    first = -slow * y[0] + middle * y[1] * y[2]
    third = fast * y[1] ** 2
    return np.array([first, -first - third, third])


@pytest.mark.parametrize("method", ["newton", "newton_sor"])
def test_robertson_is_what_scipy_finds(method):
    optimize = pytest.importorskip("scipy.optimize")
    p = np.array([0.04, 3e7, 1e4])
    y = np.array([[1.0, 0.0, 0.0], [0.9, 2e-5, 0.1], [0.5, 1e-5, 0.5]])
    step = np.array([1e-3, 1e-2, 1e-4])
    result = ms.ImplicitEulerSolver("robertson", method=method).solve(y, p, step, tol=1e-11)
    assert result.converged.all()
    for row, h, x in zip(y, step, result.x):
        root = optimize.root(lambda z: z - h * robertson(z, p) - row, row, tol=1e-13)
        np.testing.assert_allclose(x, root.x, atol=1e-9)


@pytest.fixture
def steps():
    y = np.tile([1.0, 0.0, 0.0], (4, 1))
    p = np.tile([0.04, 3e7, 1e4], (4, 1)) * np.linspace(0.5, 2, 4)[:, None]
    return y, p


def test_a_number_or_one_for_each_step(steps):
    y, p = steps
    solver = ms.ImplicitEulerSolver()
    h = np.array([1e-4, 1e-3, 1e-2, 1e-3])
    batch = solver.solve(y, p, h, relaxation=np.full(4, 0.9), time=np.zeros(4), tol=1e-9)
    for i in range(4):
        one = solver.solve(y[i], p[i], h[i], relaxation=0.9, tol=1e-9)
        assert one.x.tobytes() == batch.x[i].tobytes() and one.iterations == batch.iterations[i]
    listed = solver.solve(y.tolist(), p.tolist(), h.tolist(), relaxation=[0.9] * 4, tol=1e-9)
    assert listed.x.tobytes() == batch.x.tobytes()
    assert solver.solve(np.asfortranarray(y), p[:, ::-1].copy()[:, ::-1], h, relaxation=0.9, tol=1e-9).x.tobytes(
        "C"
    ) == batch.x.tobytes("C")


def test_steps_in_place(steps):
    y, p = steps
    solver = ms.ImplicitEulerSolver()
    expected = solver.solve(y, p, 1e-3).x
    state = y.copy()
    result = solver.solve(state, p, 1e-3, out=state)
    assert result.x is state and state.tobytes() == expected.tobytes()
    kept = state.copy()
    bad = solver.solve(state, p, np.array([1e-3, -1.0, 1e-3, np.nan]), out=state)
    assert bad.status.tolist() == [0, 3, 0, 3]
    assert state[[1, 3]].tobytes() == kept[[1, 3]].tobytes()
    with pytest.raises(ms.InputError, match="out"):
        solver.solve(state, p, 1e-3, out=state[::-1])


def test_clamps(steps):
    y, p = steps
    solver = ms.ImplicitEulerSolver(clamp=(0, 1))
    assert solver.solve(y, p, 1e-3).converged.all()
