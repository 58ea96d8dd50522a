# SPDX-License-Identifier: Apache-2.0
"""Random calls of all solvers: each returns results of the right shapes, or raises an error that names something.

test_fuzz.py runs this file in a process of its own, so that a crash is one failure. By hand: `python fuzz_calls.py
[NAME ...]`, with METASOLVE_FUZZ_EXAMPLES for the number of calls of each solver. Hypothesis chooses the seeds; a call
is made from its seed alone, which is much faster than to draw each number.
"""

from __future__ import annotations

import faulthandler
import os
import re
import sys
import warnings

import metasolve as ms
import numpy as np
from fuzz_arguments import ODD, Chance
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("METASOLVE_FUZZ_EXAMPLES", "500"))
PATTERN = ([0, 2, 5, 7], [0, 1, 0, 1, 2, 1, 2])
N, ENTRIES = 3, 7


def shape_of(given):
    return tuple(getattr(given, "shape", None) or np.shape(given))


def check(call, width: int) -> str:
    """The call's outcome."""
    try:
        result = call()
    except ms.Error as error:
        text = str(error)
        assert re.search(r"[a-z_]{2,}", text) and "incompatible function" not in text and "std::" not in text, text
        return "refused"
    except TypeError as error:
        assert "incompatible function" not in str(error) and "argument" in str(error), error
        return "refused"
    if isinstance(result, ms.LinearGradient):
        array = result.rhs_bar
    else:
        array = result.x
    tasks = () if array.ndim == 1 else (array.shape[0],)
    assert shape_of(array) == (*tasks, width)
    for name in ("status", "iterations", "measure"):
        assert shape_of(getattr(result, name)) == tasks, name
    status = np.asarray(result.status)
    assert ((0 <= status) & (status <= 6)).all()
    if not isinstance(result, ms.LinearGradient):
        numbers = np.asarray(array).reshape(-1, width)
        assert np.isfinite(numbers[status.reshape(-1) == 0]).all()
    return "solved"


def stopping(chance, count):
    return {
        "tol": chance.column(count, 1e-6, "f8"),
        "max_iterations": chance.column(count, 50, "i4"),
    }


def policy(chance):
    return {
        "meta_solver": chance.choice(ODD), "retry": chance.one_in(2),
        "first_max_iterations": chance.choice([0, 0, 3, -1, 2**40, None, 1.5]),
    } if chance.one_in(8) else {}  # fmt: skip


def output(chance, count, width):
    if not chance.one_in(5):
        return {}
    out = chance.array(width, count)
    return {} if isinstance(out, (list, tuple)) and not out else {"out": out}


CG = ms.CgSolver(PATTERN, threads=1)
LINEAR = [
    ms.LinearSolver(PATTERN, threads=1, keeps_factors=True),
    ms.LinearSolver(PATTERN, threads=1, method="gmres"),
    ms.LinearSolver(PATTERN, threads=1, method="cholesky", matrix="positive_definite", keeps_factors=True),
]
JACOBI = [
    ms.JacobiSolver(PATTERN, threads=1),
    ms.JacobiSolver(N, threads=1),
    ms.JacobiSolver(N, threads=1, dtype="float32"),
]
EULER = [ms.ImplicitEulerSolver(threads=1), ms.ImplicitEulerSolver(method="newton", threads=1)]

QP = ms.QpSolver(PATTERN, PATTERN, threads=1)
GRIDS = [
    ms.GridSolver((3, 3), threads=1, constant_stencils=True),
    ms.GridSolver((3, 3), threads=1, constant_stencils=True, smoother="jacobi", method="iteration", dtype="float32"),
]
PRESSURE = [ms.PressureSolver((3, 3), threads=1), ms.PressureSolver((3, 3), threads=1, preconditioner="modified_cholesky")]

SSOR = ms.CgSolver(PATTERN, threads=1, preconditioner="ssor")
ONLINE = [
    ms.OnlineMetaSolver([ms.Parameter("omega", 1, 1.9, 1.5)], [ms.Feature(name, 0, 1) for name in names])
    for names in ("", "a", "ab")
]


def cg(chance):
    count = chance.count()
    arguments = {
        "values": chance.array(ENTRIES, count), "rhs": chance.array(N, count),
        **stopping(chance, count), **policy(chance), **output(chance, count, N),
    }  # fmt: skip
    if chance.one_in(2):
        arguments |= {"x0": chance.array(N, count), "shift": chance.column(count, 0.1, "f8"),
                      "omega": chance.column(count, 1.0, "f8"), "history": chance.one_in(2)}  # fmt: skip
    return check(lambda: CG.solve(**arguments), N)


def linear(chance):
    count = chance.count()
    solver = chance.choice(LINEAR)
    values, rhs = chance.array(ENTRIES, count), chance.array(N, count)
    arguments = {**stopping(chance, count), **output(chance, count, N)}
    if chance.one_in(2):
        arguments |= {"x0": chance.array(N, count), "shift": chance.column(count, 0.1, "f8"),
                      "omega": chance.column(count, 1.0, "f8"), "history": chance.one_in(2)}  # fmt: skip
    return check(lambda: solver.solve(values, rhs, **arguments), N)


def linear_again(chance):
    count = chance.count()
    solver = chance.choice(LINEAR)
    if chance.one_in(2):
        solver.solve(np.ones((count or 1, ENTRIES)), np.ones((count or 1, N)))
    values, rhs = chance.array(ENTRIES, count), chance.array(N, count)
    arguments = {**stopping(chance, count), **output(chance, count, N)}
    return check(lambda: solver.solve_again(values, rhs, **arguments), N)


def gradient(chance):
    count = chance.count()
    solver = chance.choice(LINEAR)
    if chance.one_in(2):
        solver.solve(np.ones((count or 1, ENTRIES)), np.ones((count or 1, N)))
    values, x, x_bar = (chance.array(width, count) for width in (ENTRIES, N, N))
    arguments = {**stopping(chance, count), "with_values": chance.one_in(2)}
    return check(lambda: solver.gradient(values, x, x_bar, **arguments), N)


def grid(chance):
    count = chance.count()
    arguments = {
        "stencils": chance.array(5, count), "rhs": chance.array(9, count),
        "tol": chance.column(count, 1e-3, "f8"), "max_iterations": chance.column(count, 50, "i4"),
        **policy(chance), **output(chance, count, 9),
    }  # fmt: skip
    if chance.one_in(2):
        arguments |= {"x0": chance.array(9, count), "parameters": chance.array(1, count), "history": chance.one_in(2)}
    return check(lambda: chance.choice(GRIDS).solve(**arguments), 9)


def pressure(chance):
    count = chance.count()
    arguments = {
        "rhs": chance.array(9, count), "tol": chance.column(count, 1e-3, "f8"),
        "max_iterations": chance.column(count, 50, "i4"), **policy(chance), **output(chance, count, 9),
    }  # fmt: skip
    if chance.one_in(2):
        arguments |= {"x0": chance.array(9, count), "open": chance.array(9, count), "history": chance.one_in(2),
                      "weights": (chance.array(6, count), chance.array(6, count))}  # fmt: skip
    return check(lambda: chance.choice(PRESSURE).solve(**arguments), 9)


def qp(chance):
    count = chance.count()
    arguments = {
        "q": chance.array(N, count), "lower": chance.array(N, count), "upper": chance.array(N, count),
        "p_values": chance.array(ENTRIES, count), "a_values": chance.array(ENTRIES, count),
        "tol": chance.column(count, 1e-3, "f8"), "max_iterations": chance.column(count, 50, "i4"),
        **policy(chance), **output(chance, count, 2 * N),
    }  # fmt: skip
    if chance.one_in(2):
        arguments |= {"alpha": chance.column(count, 1.6, "f8"), "guess": chance.array(2 * N, count),
                      "rho": chance.column(count, 1.0, "f8"), "history": chance.one_in(2),
                      "polish": chance.one_in(2), "shift": chance.one_in(2)}  # fmt: skip
    return check(lambda: QP.solve(**arguments), N)


def jacobi(chance):
    count = chance.count()
    solver = chance.choice(JACOBI)
    rhs = chance.array(N, count)
    if solver is JACOBI[2] and isinstance(rhs, np.ndarray) and rhs.dtype == "f8":
        rhs = rhs.astype("f4")
    arguments = {**stopping(chance, count), **policy(chance), **output(chance, count, N)}
    if solver is JACOBI[0] or chance.one_in(10):
        arguments["values"] = chance.array(ENTRIES, count)
    if chance.one_in(10):
        arguments["solution"] = chance.array(N, count)
    if chance.one_in(4):
        arguments["x0"] = chance.array(N, count)
        arguments["history"] = chance.one_in(2)
    return check(lambda: solver.solve(rhs, **arguments), N)


def implicit_euler(chance):
    count = chance.count()
    solver = chance.choice(EULER)
    arguments = {
        "previous": chance.array(3, count), "parameters": chance.array(3, count),
        "step": chance.column(count, 1e-3, "f8"), "time": chance.column(count, 0.0, "f8"),
        "relaxation": chance.column(count, 1.0, "f8"),
        **stopping(chance, count), **policy(chance), **output(chance, count, 3),
    }  # fmt: skip
    if chance.one_in(2):
        arguments |= {"x0": chance.array(3, count), "history": chance.one_in(2)}
    return check(lambda: solver.solve(**arguments), 3)


def features(chance, online, count):
    """Of one feature in either form."""
    width = len(online.features)
    if width == 0 and not chance.one_in(20):
        return None
    if width == 1 and chance.one_in(2):
        return chance.column(count, 0.5, "f8")
    return chance.array(max(width, 1), count)


def online(chance):
    count, online = chance.count(), chance.choice(ONLINE)
    arguments = {
        "values": chance.array(ENTRIES, count), "rhs": chance.array(N, count), "features": features(chance, online, count),
        "online": chance.choice(ODD) if chance.one_in(20) else online,
        **stopping(chance, count), **policy(chance), **output(chance, count, N),
    }  # fmt: skip
    return check(lambda: SSOR.solve(**arguments), N)


def choose_and_learn(chance):
    count, online = chance.size(), chance.choice(ONLINE)
    of = features(chance, online, count)
    cost = chance.column(count, 3.0, "f8")

    def call():
        theta = online.choose(of) if of is not None else online.choose(count=chance.choice(ODD) if chance.one_in(9) else count)
        assert ((1 <= np.asarray(theta)) & (np.asarray(theta) <= 1.9)).all()
        online.learn(cost)
        return ms.Result(theta, *[np.zeros(len(theta), np.int32)] * 4)

    return check(call, 1)


FUZZED = {
    f.__name__: f
    for f in (cg, linear, linear_again, gradient, qp, grid, pressure, jacobi, implicit_euler, online, choose_and_learn)
}  # fmt: skip


def fuzz(name: str) -> None:
    outcomes = {"refused": 0, "solved": 0}

    @settings(max_examples=EXAMPLES, deadline=2000, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**63))
    def run(seed: int) -> None:
        outcomes[FUZZED[name](Chance(seed))] += 1

    run()
    print(name, outcomes)
    # An eighth of choose_and_learn's are solved, more of the others: far from chance's reach.
    assert min(outcomes.values()) > EXAMPLES // 25


if __name__ == "__main__":
    faulthandler.enable()
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # of the casts that make the arguments
    faulthandler.dump_traceback_later(1200, exit=True)  # a hang
    for solver in sys.argv[1:] or FUZZED:
        fuzz(solver)
