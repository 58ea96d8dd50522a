# SPDX-License-Identifier: Apache-2.0
"""Patterns in every form."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest
from conftest import jax_or_skip

MAKERS = [ms.CgSolver, ms.JacobiSolver, ms.LinearSolver]


@pytest.fixture(params=MAKERS)
def make(request):
    return request.param


@pytest.mark.parametrize("dtype", ["i1", "i4", "i8", "u2", "u8", ">i4"])
def test_integers_of_any_kind(make, systems, dtype):
    row_ptrs, columns = systems.pattern
    assert make((row_ptrs.astype(dtype), columns.astype(dtype))).unknowns == systems.unknowns
    assert make((row_ptrs.tolist(), columns.tolist())).unknowns == systems.unknowns
    assert make([np.repeat(row_ptrs, 2)[::2], tuple(columns)]).unknowns == systems.unknowns


def test_a_change_after_construction_changes_nothing(systems):
    row_ptrs, columns = (np.array(a, np.int32) for a in systems.pattern)
    solver = ms.CgSolver((row_ptrs, columns))
    columns[:] = 0
    row_ptrs[:] = 7
    many = np.resize(systems.values, (50, systems.entries))
    assert solver.solve(many, np.ones((50, systems.unknowns))).converged.all()


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("kind", ["csr_matrix", "csr_array"])
def test_scipy(make, systems, index, kind):
    sparse = pytest.importorskip("scipy.sparse")
    matrix = getattr(sparse, kind)((systems.values[0], systems.columns.astype(index), systems.row_ptrs.astype(index)))
    solver = make(matrix)
    result = solver.solve(values=matrix.data, rhs=systems.rhs[0], tol=1e-12)
    np.testing.assert_allclose(result.x, systems.x[0], atol=1e-10)


@pytest.mark.parametrize("form", ["csc", "coo", "bsr", "dia", "lil", "dok"])
def test_scipys_other_formats_are_named(make, form):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(ms.InputError, match=f"^pattern: .*{form}.*tocsr"):
        make(sparse.eye_array(3, format=form))


def test_columns_out_of_order(make):
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_array((np.array([1.0, 4, 1, 4]), np.array([1, 0, 0, 1]), np.array([0, 2, 4])))
    with pytest.raises(ms.InputError, match=r"^pattern: .*sort_indices"):
        make(matrix)
    matrix.sort_indices()
    assert make(matrix).unknowns == 2


def test_the_lower_triangle_is_enough(systems):
    lower = systems.columns <= systems.rows
    columns = systems.columns[lower]
    row_ptrs = np.concatenate([[0], np.cumsum(np.bincount(systems.rows[lower], minlength=systems.unknowns))])
    values = systems.values[:, lower]
    makers = {"cholesky": "positive_definite", "ldl": "symmetric", "cg": "positive_definite"}
    solvers = [ms.LinearSolver((row_ptrs, columns), matrix=m, method=method) for method, m in makers.items()]
    for solver in [ms.CgSolver((row_ptrs, columns)), *solvers]:
        np.testing.assert_allclose(solver.solve(values, systems.rhs, tol=1e-12).x, systems.x, atol=1e-10)


MALFORMED = {
    "nothing": None,
    "a number": 1.5,
    "a name": "ab",
    "one array": ([0, 1],),
    "three arrays": ([0, 1], [0], [1.0]),
    "scalars": (1, 2),
    "dictionaries": ({}, {}),
    "no row": ([0], []),
    "empty": ([], []),
    "floats": ([0.0, 1.0], [0]),
    "booleans": ([False, True], [False]),
    "texts": (["0", "1"], ["0"]),
    "ragged": ([[0], [1, 2]], [0]),
    "two dimensions": ([[0, 1]], [0]),
    "too few columns": ([0, 2], [0]),
    "too many columns": ([0, 1], [0, 1]),
    "a start above 0": ([1, 2], [0, 0]),
    "decreasing rows": ([0, 2, 1], [0, 1]),
    "a column too large": ([0, 1], [1]),
    "a negative column": ([0, 1], [-1]),
    "beyond 32 bits": ([0, 2**31], [0]),
    "beyond 64 bits": ([0, 10**30], [0]),
    "twice the same": ([0, 3, 4], [0, 0, 1, 1]),
    "descending": ([0, 2, 4], [1, 0, 0, 1]),
    "no diagonal": ([0, 1, 2], [1, 0]),
    "a matrix": np.eye(3),
    "a class": dict,
}


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_patterns_are_named(make, what):
    with pytest.raises(ms.InputError, match="pattern|unknowns"):
        make(MALFORMED[what])


def test_a_matrix_that_is_not_square(make):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(ms.InputError, match=r"^pattern: .*\(2, 3\)"):
        make(sparse.csr_array(np.eye(2, 3)))


def test_patterns_of_other_frameworks(make, systems):
    torch = pytest.importorskip("torch")
    assert make(tuple(torch.tensor(a) for a in systems.pattern)).unknowns == systems.unknowns
    jax = jax_or_skip()
    assert make(tuple(jax.numpy.array(a) for a in systems.pattern)).unknowns == systems.unknowns
