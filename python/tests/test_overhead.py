# SPDX-License-Identifier: Apache-2.0
"""What the Python side of a call costs: the time of a call less that of the same call of the extension."""

from __future__ import annotations

import time
import timeit

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems, jax_or_skip

SYSTEMS = Systems(unknowns=3, count=1)
BOUND = 20e-6  # a quiet machine: about 5


def seconds(call, number: int = 2000) -> float:
    """Of this thread on a processor, the best of several: other programs only add."""
    return min(timeit.repeat(call, number=number, repeat=9, timer=time.thread_time)) / number


def extension_seconds(solver: ms.CgSolver) -> float:
    """With the tuples and the results made beforehand."""
    core = solver._core
    x, measure = np.empty((1, 3)), np.empty(1)
    counts = [np.empty(1, np.int32) for _ in range(3)]
    outputs = (x, counts[0], counts[1], measure, counts[2], None)
    tasks, stopping, policy = (SYSTEMS.values, SYSTEMS.rhs, None, 0.0, 1.0), (1e-6, 10000), (True, False, 0)
    return seconds(lambda: core.solve(1, False, tasks, stopping, outputs, policy, None))


def report(capsys: pytest.CaptureFixture, text: str) -> None:
    with capsys.disabled():
        print(f"\n  {text}", end="")


def test_numpy(capsys):
    solver = ms.CgSolver(SYSTEMS.pattern, threads=1)
    extension = extension_seconds(solver)
    whole = seconds(lambda: solver.solve(SYSTEMS.values, SYSTEMS.rhs))
    report(capsys, f"NumPy: {1e6 * whole:.1f} us a call, of which the extension {1e6 * extension:.1f} us")
    assert whole - extension < BOUND


def test_torch(capsys):
    torch = pytest.importorskip("torch")
    solver = ms.CgSolver(SYSTEMS.pattern, threads=1)
    values, rhs = torch.tensor(SYSTEMS.values), torch.tensor(SYSTEMS.rhs)
    whole = seconds(lambda: solver.solve(values, rhs))
    report(capsys, f"PyTorch: {1e6 * whole:.1f} us a call")
    assert whole < extension_seconds(solver) + 5 * BOUND


def test_jax(capsys):
    jax = jax_or_skip()
    solver = ms.CgSolver(SYSTEMS.pattern, threads=1)
    values, rhs = jax.numpy.array(SYSTEMS.values), jax.numpy.array(SYSTEMS.rhs)
    whole = seconds(lambda: solver.solve(values, rhs), 100)
    report(capsys, f"JAX: {1e6 * whole:.1f} us a call")
    assert whole < 5e-3
