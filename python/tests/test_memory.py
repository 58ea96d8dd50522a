# SPDX-License-Identifier: Apache-2.0
"""Nothing is kept from call to call."""

from __future__ import annotations

import gc
import subprocess
import sys

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems, resident_bytes

SYSTEMS = Systems(unknowns=3, count=2)
GROWTH = 2_000_000


def grows_by(work, times: int) -> int:
    """Bytes of this process after that many runs, once a tenth of them has warmed up."""
    for _ in range(times // 10):
        work()
    gc.collect()
    before = resident_bytes()
    for _ in range(times):
        work()
    gc.collect()
    return resident_bytes() - before


def test_calls():
    solver = ms.CgSolver(SYSTEMS.pattern, threads=1)
    assert grows_by(lambda: solver.solve(SYSTEMS.values, SYSTEMS.rhs), 100_000) < GROWTH


def test_calls_that_fail():
    solver = ms.CgSolver(SYSTEMS.pattern, threads=1)
    read_only = np.zeros_like(SYSTEMS.rhs)
    read_only.flags.writeable = False

    def fail() -> None:
        for arguments in ({"tol": -1.0}, {"tol": None}, {"out": read_only}, {"x0": SYSTEMS.values}, {"retry": "x"}):
            with pytest.raises(ms.InputError):
                solver.solve(SYSTEMS.values, SYSTEMS.rhs, **arguments)

    assert grows_by(fail, 4000) < GROWTH


@pytest.mark.parametrize("kind", [ms.CgSolver, ms.LinearSolver, ms.JacobiSolver])
def test_solvers(kind):
    def make() -> None:
        kind(SYSTEMS.pattern, threads=1).solve(values=SYSTEMS.values, rhs=SYSTEMS.rhs)

    assert grows_by(make, 700) < GROWTH


def test_solvers_that_cannot_be_made():
    def fail() -> None:
        for wrong in ({"preconditioner": "x"}, {"block_size": 99}, {"capacity": 0}, {"device": "x"}):
            with pytest.raises(ms.InputError):
                ms.CgSolver(SYSTEMS.pattern, **wrong)

    assert grows_by(fail, 1000) < GROWTH


def test_solvers_that_grow():
    def grow() -> None:
        solver = ms.CgSolver(SYSTEMS.pattern, threads=1)
        for count in (1, 10, 100):
            solver.solve(np.resize(SYSTEMS.values, (count, SYSTEMS.entries)), np.ones((count, 3)))

    assert grows_by(grow, 300) < GROWTH


def references(*objects: object) -> list[int]:
    gc.collect()
    return [sys.getrefcount(of) for of in objects]


def test_references_are_given_back():
    values, rhs, out = SYSTEMS.values.copy(), SYSTEMS.rhs.copy(), np.zeros_like(SYSTEMS.rhs)
    x0, tol, limit = rhs.copy(), np.full(2, 1e-6), np.full(2, 100, np.int32)
    pattern = tuple(np.array(a) for a in SYSTEMS.pattern)
    everything = (values, rhs, out, x0, tol, limit, *pattern)
    before = references(*everything)
    solvers = [ms.CgSolver(pattern), ms.LinearSolver(pattern, keeps_factors=True)]
    for solver in solvers:
        arguments = {"values": values, "rhs": rhs, "x0": x0, "tol": tol, "max_iterations": limit}
        for _ in range(10):
            solver.solve(**arguments, out=out)
        for wrong in ({"out": rhs}, {"tol": None}, {"max_iterations": tol}, {"x0": values}, {"shift": "x"}):
            with pytest.raises(ms.InputError):
                solver.solve(**{**arguments, **wrong})
        if isinstance(solver, ms.LinearSolver):
            solver.gradient(values, x0, rhs)
            with pytest.raises(ms.InputError):
                solver.gradient(values, x0, rhs, tol=-1)
    del arguments, wrong
    assert references(*everything) == before


def test_tensors_are_given_back():
    torch = pytest.importorskip("torch")
    values, rhs = torch.tensor(SYSTEMS.values), torch.tensor(SYSTEMS.rhs)
    solver = ms.CgSolver(SYSTEMS.pattern, threads=1)
    before = references(values, rhs)
    for _ in range(10):
        solver.solve(values, rhs)
        with pytest.raises(ms.InputError):
            solver.solve(values, rhs, tol=-1)
        with pytest.raises(ms.InputError):
            solver.solve(rhs, values)
    assert references(values, rhs) == before
    assert grows_by(lambda: solver.solve(values, rhs), 20_000) < GROWTH


def test_a_result_outlives_its_solver():
    result = ms.CgSolver(SYSTEMS.pattern).solve(SYSTEMS.values, SYSTEMS.rhs)
    gc.collect()
    np.testing.assert_allclose(result.x, SYSTEMS.x, atol=1e-5)


def test_nothing_is_reported_as_leaked_at_the_end():
    program = "import metasolve as ms; s = ms.CgSolver(([0, 1], [0])); kept = s.solve([[2.0]], [[1.0]])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and done.stderr == ""
