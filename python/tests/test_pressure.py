# SPDX-License-Identifier: Apache-2.0
"""Pressure systems: solutions against a dense solve, shapes, options and errors."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest

ROWS, COLUMNS = SHAPE = (9, 14)


def systems(count: int = 3) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray], np.ndarray]:
    """(b, (weights along x, along y), s) with a solid block, jumping weights and one open side."""
    rng = np.random.default_rng(0)
    density = np.where(rng.uniform(size=(count, *SHAPE)) < 0.5, 1.0, 100.0)
    solid = np.zeros((count, *SHAPE), bool)
    solid[:, 3:6, 4:7] = True
    weights = []
    for axis in (2, 1):
        a, b = (np.take(density, range(k, density.shape[axis] - 1 + k), axis) for k in (0, 1))
        blocked = [np.take(solid, range(k, density.shape[axis] - 1 + k), axis) for k in (0, 1)]
        weights.append(np.where(blocked[0] | blocked[1], 0.0, 2 / (a + b)))
    s = np.zeros((count, *SHAPE))
    s[:, -1] = 2 / density[:, -1]
    b = np.where(solid, 0.0, rng.normal(size=(count, *SHAPE)))
    return b, (weights[0], weights[1]), s


def dense(along_x: np.ndarray, along_y: np.ndarray, s: np.ndarray) -> np.ndarray:
    a = np.diag(s.ravel())
    place = np.arange(s.size).reshape(s.shape)
    pairs = [(place[:, :-1], place[:, 1:], along_x), (place[:-1], place[1:], along_y)]
    for first, second, weights in pairs:
        for i, j, w in zip(first.ravel(), second.ravel(), weights.ravel()):
            a[i, i] += w
            a[j, j] += w
            a[i, j] -= w
            a[j, i] -= w
    return a


@pytest.mark.parametrize("preconditioner", ["none", "modified_cholesky", "multigrid"])
def test_solves(preconditioner):
    b, weights, s = systems()
    solver = ms.PressureSolver(SHAPE, preconditioner=preconditioner)
    assert (solver.shape, solver.unknowns) == (SHAPE, ROWS * COLUMNS)
    result = solver.solve(b, weights=weights, open=s, tol=1e-12)
    assert result.x.shape == b.shape and (result.status == ms.Status.CONVERGED).all()
    for t in range(len(b)):
        expected = np.linalg.lstsq(dense(weights[0][t], weights[1][t], s[t]), b[t].ravel(), rcond=None)[0]
        assert np.abs(result.x[t].ravel() - expected).max() <= 1e-8 * np.abs(expected).max()
        assert (result.x[t, 3:6, 4:7] == 0).all()
    again = solver.solve(b, weights=weights, open=s, x0=result.x, tol=1e-10)
    assert (again.iterations == 0).all() and np.array_equal(again.x, result.x)
    one = solver.solve(b[1], weights=(weights[0][1], weights[1][1]), open=s[1], tol=1e-12)
    assert np.array_equal(one.x, result.x[1])
    flat = solver.solve(b.reshape(3, -1), weights=weights, open=s, tol=1e-12)
    assert np.array_equal(flat.x, result.x.reshape(3, -1))


def test_shares_weights_and_writes_where_asked():
    b, (along_x, along_y), s = systems()
    shared = ms.PressureSolver(SHAPE).solve(b, weights=(along_x[0], along_y[0]), open=s[0])
    same = [np.broadcast_to(a[0], a.shape) for a in (along_x, along_y, s)]
    out = np.empty_like(b)
    each = ms.PressureSolver(SHAPE).solve(b, weights=same[:2], open=same[2], out=out)
    assert each.x is out and np.array_equal(out, shared.x)


def test_a_box_and_its_measures():
    b = np.random.default_rng(1).normal(size=SHAPE)
    for measure, scale in (("largest_residual", 1), ("residual", 1), ("relative_residual", 1)):
        result = ms.PressureSolver(SHAPE, measure=measure).solve(b, tol=1e-9 * scale)
        along_x, along_y = np.ones((ROWS, COLUMNS - 1)), np.ones((ROWS - 1, COLUMNS))
        r = (b - b.mean()).ravel() - dense(along_x, along_y, np.zeros(SHAPE)) @ result.x.ravel()
        of = {
            "largest_residual": np.abs(r).max(),
            "residual": np.linalg.norm(r),
            "relative_residual": np.linalg.norm(r) / np.linalg.norm(b - b.mean()),
        }[measure]
        assert of <= 1.01e-9 and result.measure == pytest.approx(of, rel=1e-4)


def test_errors_name_what_is_wrong():
    for wrong, name in (
        ({"preconditioner": "ilu"}, "preconditioner"), ({"measure": 3}, "measure"), ({"fill_share": 2}, "fill_share"),
    ):  # fmt: skip
        with pytest.raises(ms.InputError, match=name):
            ms.PressureSolver(SHAPE, **wrong)
    for shape in ((4,), 7, (0, 4), (4, 5000), "ab"):
        with pytest.raises(ms.InputError, match="shape|rows|columns"):
            ms.PressureSolver(shape)
    solver = ms.PressureSolver(SHAPE)
    b = np.ones(SHAPE)
    for weights in (np.ones(SHAPE), (np.ones(SHAPE), np.ones(SHAPE)), (np.ones((9, 13)), None), 1.0, (1.0,)):
        with pytest.raises(ms.InputError, match="weights"):
            solver.solve(b, weights=weights)
    with pytest.raises(ms.InputError, match="rhs"):
        solver.solve(np.ones((14, 9)))
