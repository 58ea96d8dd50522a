# SPDX-License-Identifier: Apache-2.0
"""Every solver against NumPy and SciPy, in every layout of arrays."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems, address

LINEAR_METHODS = {
    "cholesky": "positive_definite",
    "ldl": "symmetric",
    "lu": "general",
    "dense_lu": "general",
    "cg": "positive_definite",
    "bicgstab": "general",
    "gmres": "general",
}


def linear_calls(systems: Systems, **options):
    """(name, solve(values, rhs, **of the call)) of all solvers of A x = b."""
    yield "CgSolver", ms.CgSolver(systems.pattern, **options).solve
    for method, matrix in LINEAR_METHODS.items():
        yield method, ms.LinearSolver(systems.pattern, method=method, matrix=matrix, **options).solve
    jacobi = ms.JacobiSolver(systems.pattern, **options)
    yield "JacobiSolver", lambda values, rhs, **of: jacobi.solve(rhs, values=values, **of)


NAMES = [name for name, _ in linear_calls(Systems())]


@pytest.fixture(params=NAMES)
def solve(request, systems):
    return dict(linear_calls(systems))[request.param]


def test_solves_what_numpy_solves(solve, systems):
    result = solve(systems.values, systems.rhs, tol=1e-12)
    np.testing.assert_allclose(result.x, systems.x, rtol=0, atol=1e-10)
    assert result.status.tolist() == [ms.Status.CONVERGED] * systems.count
    assert result.converged.all() and result.counts() == {"converged": systems.count}
    assert (result.measure <= 1e-12).all()
    residual = systems.rhs - np.einsum("tij,tj->ti", systems.dense, result.x)
    relative = np.linalg.norm(residual, axis=1) / np.linalg.norm(systems.rhs, axis=1)
    np.testing.assert_allclose(result.measure, relative, rtol=1e-6, atol=1e-14)


def test_results_have_the_documented_types(solve, systems):
    result = solve(systems.values, systems.rhs)
    n = systems.count
    for name, dtype in (("status", "i4"), ("iterations", "i4"), ("measure", "f8"), ("origin", "i4")):
        array = getattr(result, name)
        assert type(array) is np.ndarray and array.shape == (n,) and array.dtype == dtype, name
    assert result.x.shape == systems.rhs.shape and result.x.dtype == "f8" and result.x.flags.c_contiguous
    assert result.history is None and (result.origin == ms.Origin.CHOSEN).all()


def test_a_single_system_needs_no_first_dimension(solve, systems):
    batch = solve(systems.values, systems.rhs)
    one = solve(systems.values[2], systems.rhs[2])
    assert one.x.shape == (systems.unknowns,)
    assert one.x.tobytes() == batch.x[2].tobytes()
    assert int(one.status) == 0 and int(one.iterations) == batch.iterations[2]
    assert float(one.measure) == batch.measure[2]
    assert one.counts() == {"converged": 1}


def test_a_task_has_the_same_bits_in_any_batch_and_layout(solve, systems):
    a, b = systems.values, systems.rhs
    expected = solve(a, b).x

    def is_same(values, rhs):
        assert solve(values, rhs).x.tobytes() == expected.tobytes()

    is_same(np.asfortranarray(a), np.asfortranarray(b))
    is_same(np.repeat(a, 2, 0)[::2], np.repeat(b, 2, 0)[::2])
    is_same(np.repeat(a, 3, 1)[:, ::3], np.repeat(b, 3, 1)[:, ::3])
    is_same(np.ascontiguousarray(a[::-1])[::-1], np.ascontiguousarray(b[::-1])[::-1])
    is_same(np.ascontiguousarray(a[:, ::-1])[:, ::-1], np.ascontiguousarray(b[::-1, ::-1])[::-1, ::-1])
    is_same(np.ascontiguousarray(a.T).T, b)
    is_same(np.pad(a, 2)[2:-2, 2:-2], np.pad(b, 1)[1:-1, 1:-1])
    for i in range(systems.count):
        assert solve(a[i : i + 1], b[i : i + 1]).x.tobytes() == expected[i].tobytes()
    order = [3, 1, 4, 0, 2, 3]
    assert solve(a[order], b[order]).x.tobytes() == expected[order].tobytes()


def test_rows_for_all_tasks(solve, systems):
    a, b = systems.values[0], systems.rhs
    expected = solve(np.tile(a, (systems.count, 1)), b).x
    assert solve(a, b).x.tobytes() == expected.tobytes()
    assert solve(np.broadcast_to(a, (systems.count, systems.entries)), b).x.tobytes() == expected.tobytes()
    same = solve(systems.values, np.broadcast_to(b[0], b.shape))
    assert same.x.flags.c_contiguous
    assert same.x[0].tobytes() == solve(systems.values[0], b[0]).x.tobytes()


def test_results_have_the_layout_of_the_right_hand_sides(solve, systems):
    assert solve(systems.values, np.asfortranarray(systems.rhs)).x.flags.f_contiguous
    assert solve(systems.values, systems.rhs[::-1]).x.flags.c_contiguous
    assert solve(systems.values, np.asfortranarray(systems.rhs)[::-1]).x.flags.f_contiguous


def test_lists_become_arrays(solve, systems):
    result = solve(systems.values.tolist(), systems.rhs.tolist(), tol=[1e-12] * 5, max_iterations=[500] * 5)
    np.testing.assert_allclose(result.x, systems.x, rtol=0, atol=1e-10)
    one = solve(tuple(systems.values[0]), list(systems.rhs[0]))
    assert one.x.shape == (systems.unknowns,)


def test_no_task_is_no_work(solve, systems):
    result = solve(systems.values[:0], systems.rhs[:0])
    assert result.x.shape == (0, systems.unknowns) and result.status.shape == (0,) and result.counts() == {}
    assert solve(systems.values[:0], systems.rhs[:0], history=True, max_iterations=3).history.shape == (0, 4)


def test_the_capacity_grows(systems):
    for _, solve in linear_calls(systems):
        for count in (1, 7, 3, 40, 41, 200):
            result = solve(np.resize(systems.values, (count, systems.entries)), np.ones((count, systems.unknowns)))
            assert result.converged.all() and result.x.shape == (count, systems.unknowns)


@pytest.mark.parametrize("name", NAMES)
def test_initial_guesses(name, systems):
    solve = dict(linear_calls(systems))[name]
    result = solve(systems.values, systems.rhs, x0=systems.x, tol=1e-8)
    assert (result.iterations == 0).all()
    assert np.allclose(result.x, systems.x)
    if name in ("CgSolver", "cg", "JacobiSolver"):
        assert (solve(systems.values, systems.rhs, tol=1e-8).iterations > 0).any()


@pytest.mark.parametrize("name", ["CgSolver", "JacobiSolver", "gmres", "bicgstab", "cg"])
def test_a_tolerance_and_a_limit_for_each_task(name, systems):
    options = {"preconditioner": "jacobi"} if name != "JacobiSolver" else {}
    calls = {"CgSolver": ms.CgSolver, "JacobiSolver": ms.JacobiSolver}
    if name in calls:
        solver = calls[name](systems.pattern, **options)
    else:
        solver = ms.LinearSolver(systems.pattern, method=name, matrix=LINEAR_METHODS[name], **options)

    def solve(values, rhs, **of):
        return solver.solve(rhs, values=values, **of) if name == "JacobiSolver" else solver.solve(values, rhs, **of)

    tol = np.array([1e-2, 1e-12, 1e-4, 1e-6, 1e-12])
    limit = np.array([100, 0, 100, 100, 1], np.int32)
    result = solve(systems.values, systems.rhs, tol=tol, max_iterations=limit)
    assert result.status.tolist() == [0, 1, 0, 0, 1]
    assert (result.measure <= tol)[[0, 2, 3]].all() and result.iterations[1] == 0 and result.iterations[4] <= 1
    for i in range(systems.count):
        one = solve(systems.values[i], systems.rhs[i], tol=tol[i], max_iterations=int(limit[i]))
        assert one.x.tobytes() == result.x[i].tobytes()
    strided = solve(systems.values, systems.rhs, tol=np.repeat(tol, 2)[::2], max_iterations=np.repeat(limit, 3)[::3])
    assert strided.x.tobytes() == result.x.tobytes()
    backwards = solve(systems.values, systems.rhs, tol=tol[::-1].copy()[::-1], max_iterations=limit)
    assert backwards.x.tobytes() == result.x.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_history(name, systems):
    solve = dict(linear_calls(systems))[name]
    result = solve(systems.values, systems.rhs, history=True, max_iterations=60, tol=1e-9)
    assert result.history.shape == (systems.count, 61)
    for row, iterations, measure in zip(result.history, result.iterations, result.measure):
        assert np.isfinite(row[: iterations + 1]).all() and np.isnan(row[iterations + 1 :]).all()
        assert row[iterations] == pytest.approx(measure, rel=1e-6, abs=1e-15)
    one = solve(systems.values[0], systems.rhs[0], history=True, max_iterations=np.int64(60), tol=1e-9)
    assert one.history.shape == (61,) and one.history.tobytes() == result.history[0].tobytes()


@pytest.mark.parametrize("layout", ["C", "F", "slice", "backwards"])
def test_out(layout, solve, systems):
    whole = np.zeros((2 * systems.count, systems.unknowns), order="F" if layout == "F" else "C")
    out = {"C": whole[:5], "F": whole[:5], "slice": whole[::2], "backwards": whole[4::-1]}[layout]
    result = solve(systems.values, systems.rhs, out=out)
    assert result.x is out and address(result.x) == address(out)
    assert out.tobytes() == solve(systems.values, systems.rhs).x.tobytes()


def test_one_bad_system_is_alone_in_it(solve, systems):
    values, rhs = systems.values.copy(), systems.rhs.copy()
    values[1], rhs[3, 2] = np.nan, np.inf
    result = solve(values, rhs)
    assert (result.status[[0, 2, 4]] == 0).all() and (result.status[[1, 3]] >= 2).all()
    good = solve(systems.values, systems.rhs)
    assert result.x[[0, 2, 4]].tobytes() == good.x[[0, 2, 4]].tobytes()
    assert result.counts()["converged"] == 3


@pytest.mark.parametrize("method", LINEAR_METHODS)
def test_singular_and_indefinite_matrices_do_not_converge(method, systems):
    solver = ms.LinearSolver(systems.pattern, method=method, matrix=LINEAR_METHODS[method])
    zero = solver.solve(np.zeros((1, systems.entries)), systems.rhs[:1], max_iterations=50)
    assert zero.status[0] != ms.Status.CONVERGED
    if LINEAR_METHODS[method] == "positive_definite":
        assert solver.solve(-systems.values, systems.rhs, max_iterations=50).counts() == {"breakdown": systems.count}


@pytest.mark.parametrize("matrix, method", [("positive_definite", "cholesky"), ("general", "lu"), ("symmetric", "ldl")])
@pytest.mark.parametrize("keeps", [False, True])
def test_solve_again_and_gradient(matrix, method, keeps, systems):
    solver = ms.LinearSolver(systems.pattern, matrix=matrix, method=method, keeps_factors=keeps)
    solution = solver.solve(systems.values, systems.rhs, tol=1e-13)
    if keeps:
        other = systems.rhs[::-1]
        again = solver.solve_again(systems.values, other, tol=1e-13)
        assert again.x.tobytes() == ms.LinearSolver(systems.pattern, matrix=matrix, method=method).solve(
            systems.values, other, tol=1e-13
        ).x.tobytes()
    else:
        with pytest.raises(ms.InputError, match="factors"):
            solver.solve_again(systems.values, systems.rhs)
    if keeps:
        solver.solve(systems.values, systems.rhs)
    x_bar = np.cos(np.arange(systems.rhs.size)).reshape(systems.rhs.shape)
    gradient = solver.gradient(systems.values, solution.x, x_bar, tol=1e-13)
    rhs_bar = np.linalg.solve(systems.dense.transpose(0, 2, 1), x_bar[..., None])[..., 0]
    np.testing.assert_allclose(gradient.rhs_bar, rhs_bar, atol=1e-10)
    outer = -rhs_bar[:, :, None] * systems.x[:, None, :]
    if matrix == "general":
        np.testing.assert_allclose(gradient.values_bar, outer[:, systems.rows, systems.columns], atol=1e-10)
    assert (gradient.status == 0).all() and gradient.iterations.shape == (systems.count,)
    bare = solver.gradient(systems.values, None, x_bar, tol=1e-13, with_values=False)
    assert bare.values_bar is None and bare.rhs_bar.tobytes() == gradient.rhs_bar.tobytes()
    if not keeps:
        one = solver.gradient(systems.values[0], solution.x[0], x_bar[0], tol=1e-13)
        assert one.rhs_bar.tobytes() == gradient.rhs_bar[0].tobytes() and one.values_bar.shape == (systems.entries,)
        lists = solver.gradient(systems.values.tolist(), solution.x.tolist(), x_bar.tolist(), tol=1e-13)
        assert lists.values_bar.tobytes() == gradient.values_bar.tobytes()


def test_options_have_their_effect(systems):
    for preconditioner in ("incomplete_cholesky", "jacobi", "block_jacobi", "ssor", "none"):
        solver = ms.CgSolver(systems.pattern, preconditioner=preconditioner, block_size=2)
        result = solver.solve(systems.values, systems.rhs, omega=1.2, tol=1e-12)
        np.testing.assert_allclose(result.x, systems.x, atol=1e-10)
    solver = ms.LinearSolver(systems.pattern)
    assert solver.method == "dense_lu" and solver.ordering in ("natural", "rcm", "amd") and solver.unknowns == 6
    assert ms.LinearSolver(systems.pattern, matrix="positive_definite").factor_entries > 0
    mixed = ms.LinearSolver(systems.pattern, matrix="positive_definite", precision="mixed")
    np.testing.assert_allclose(mixed.solve(systems.values, systems.rhs, tol=1e-12).x, systems.x, atol=1e-10)
    shifted = ms.CgSolver(systems.pattern).solve(systems.values, systems.rhs, shift=np.linspace(0, 1, 5))
    assert shifted.converged.all()
    for device in ("serial", "auto", ms.Executor("cpu", 1)):
        other = ms.CgSolver(systems.pattern, device=device)
        assert other.device == "cpu" and other.solve(systems.values, systems.rhs).converged.all()
        other.synchronize()
