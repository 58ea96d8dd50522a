# SPDX-License-Identifier: Apache-2.0
"""Systems on grids: solutions against a dense solve, shapes, options, half stencils and errors."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest
from metasolve import grid_stencils

from conftest import named

SHAPE = (7, 15)


def dense(stencil: np.ndarray) -> np.ndarray:
    """Of a field [5][ny][nx] between Dirichlet or Neumann sides."""
    _, ny, nx = stencil.shape
    a = np.zeros((ny, nx, ny, nx))
    for e, (dx, dy) in enumerate([(0, 0), (1, 0), (-1, 1), (0, 1), (1, 1)]):
        for y in range(ny):
            for x in range(nx):
                if 0 <= x + dx < nx and y + dy < ny:
                    a[y, x, y + dy, x + dx] = a[y + dy, x + dx, y, x] = stencil[e, y, x]
    return a.reshape(ny * nx, ny * nx)


def fields(count: int = 3, **options) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    cells = grid_stencils.cells(SHAPE, options.get("sides", "dirichlet"))
    a = np.array([grid_stencils.diffusion(SHAPE, 10 ** rng.uniform(-1, 1, cells), **options) for _ in range(count)])
    f = rng.normal(size=(count, *SHAPE))
    u = np.array([np.linalg.solve(dense(m), b.ravel()).reshape(SHAPE) for m, b in zip(a, f)])
    return a, f, u


@pytest.mark.parametrize("scheme", ["volumes", "elements"])
@pytest.mark.parametrize("options", [{}, {"smoother": "zebra", "cycle": "w"}, {"transfer": "operator", "before": 2, "after": 2},
                                     {"method": "iteration", "cycle": "f"}])  # fmt: skip
def test_solves(scheme, options):
    a, f, u = fields(scheme=scheme)
    solver = ms.GridSolver(SHAPE, **options)
    assert (solver.shape, solver.unknowns) == (SHAPE, 105)
    result = solver.solve(a, f, tol=1e-11)
    assert result.x.shape == f.shape
    assert (result.status == ms.Status.CONVERGED).all()
    assert np.abs(result.x - u).max() <= 1e-8 * np.abs(u).max()
    flat = solver.solve(a.reshape(3, -1), f.reshape(3, -1), tol=1e-11)
    assert np.array_equal(flat.x, result.x.reshape(3, -1))
    one = solver.solve(a[1], f[1], tol=1e-11)
    assert np.array_equal(one.x, result.x[1]) and one.status == ms.Status.CONVERGED
    out = np.empty_like(f)
    again = solver.solve(a, f, x0=result.x, tol=1e-10, out=out)
    assert again.x is out and (again.iterations == 0).all() and np.array_equal(out, result.x)


def test_constant_stencils_and_parameters():
    a = np.stack([grid_stencils.rotated_diffusion(0.01, angle) for angle in (0.2, 1.1)])
    f = np.ones((2, 31, 31))
    solver = ms.GridSolver((31, 31), constant_stencils=True, smoother="jacobi", parameters=[0.5])
    assert solver.levels == 4 and solver.parameters == {"damping": 0.5}
    other = solver.solve(a, f, parameters=[[0.7], [0.5]])
    own = solver.solve(a, f)
    assert np.array_equal(own.x[1], other.x[1]) and not np.array_equal(own.x[0], other.x[0])
    single = ms.GridSolver((31, 31), constant_stencils=True, dtype="float32")
    x = single.solve(a.astype("f4"), f.astype("f4"), tol=1e-5).x
    assert x.dtype == np.float32 and np.abs(x - own.x).max() <= 1e-2 * np.abs(own.x).max()


def test_sides_and_obstacles():
    sides = ["neumann", ("periodic", "periodic")]
    assert grid_stencils.cells((9, 8), sides) == (8, 8)
    a = grid_stencils.diffusion((9, 8), np.ones((8, 8)), sides=sides)
    result = ms.GridSolver((9, 8), sides=sides, is_singular=True).solve(a, np.random.default_rng(1).normal(size=(9, 8)))
    assert result.status == ms.Status.CONVERGED
    obstacle = np.zeros(SHAPE, bool)
    obstacle[2:4, 5:9] = True
    a = grid_stencils.diffusion(SHAPE, np.ones((8, 16)), obstacle=obstacle)
    x = ms.GridSolver(SHAPE).solve(a, np.ones(SHAPE)).x
    assert (x[obstacle] == 0).all() and (x[~obstacle] > 0).all()


def test_errors_name_the_argument():
    for argument, options in [
        ("smoother", {"smoother": "none"}), ("sides", {"sides": "open"}), ("coarsens", {"coarsens": [True]}),
        ("method", {"before": 2}), ("dtype", {"dtype": "int32"}), ("dtype", {"dtype": "x"}), ("dtype", {"dtype": None}),
        ("parameters", {"parameters": [1, 2]}), ("parameters", {"parameters": 1.0}), ("sides", {"sides": None}),
        ("sides", {"sides": [None, "dirichlet"]}), ("coarsens", {"coarsens": np.ones(3, bool)}),
    ]:  # fmt: skip
        with named(argument):
            ms.GridSolver(SHAPE, **options)
    with named("shape"):
        ms.GridSolver((7,))
    with pytest.raises(ms.InputError, match="cannot be halved"):
        ms.GridSolver((24, 24))
    solver = ms.GridSolver(SHAPE)
    with named("stencils"):
        solver.solve(np.ones((5, 3)), np.ones(SHAPE))
    of = {"stencils": grid_stencils.diffusion(SHAPE, np.ones((8, 16))), "rhs": np.ones(SHAPE)}
    for argument in ("stencils", "rhs", "x0", "parameters", "out"):
        with named(argument):
            solver.solve(**of | {argument: np.ndarray})  # a class, whose `shape` is no tuple
    with named("conductivity"):
        grid_stencils.diffusion(SHAPE, np.ones(SHAPE))
