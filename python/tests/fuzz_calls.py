# SPDX-License-Identifier: Apache-2.0
"""Random calls of all solvers: each returns results of the right shapes, or raises an error that names something.

test_fuzz.py runs this file in a process of its own, so that a crash is one failure. By hand: `python fuzz_calls.py
[NAME ...]`, with METASOLVE_FUZZ_EXAMPLES for the number of calls of each solver. Hypothesis chooses the seeds; a call
is made from its seed alone, which is much faster than to draw each number.
"""

from __future__ import annotations

import faulthandler
import os
import random
import re
import sys
import warnings

import metasolve as ms
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

try:
    import torch
except ImportError:
    torch = None

EXAMPLES = int(os.environ.get("METASOLVE_FUZZ_EXAMPLES", "500"))
PATTERN = ([0, 2, 5, 7], [0, 1, 0, 1, 2, 1, 2])
N, ENTRIES = 3, 7
NUMBERS = [0.0, 1.0, -1.0, 4.0, 1e-300, 1e300, np.nan, np.inf, -np.inf]

DTYPES = ["f8", "f4", "f2", "g", "i4", "i8", "u1", "?", "c16", "c8", ">f8", "O", "U3", "S8", "M8[s]", "m8[s]", "V8"]
LAYOUTS = ["C", "F", "step", "backwards", "broadcast", "offset", "unaligned", "read-only"]
WRAPPERS = ["numpy", "list", "tuple", "torch", "memoryview", "masked"]
ODD = [
    None, True, False, 0, -1, 1, 5, 0.0, 1.5, -2.0, np.nan, np.inf, "", "abc", b"", b"12345678", bytearray(24),
    1j, object(),
    [], [1], [1.0, 2.0, 3.0], [None], ["a"], [[1.0], [1.0, 2.0]], [[1.0, 2.0, 3.0]], [[[1.0]]], {}, {"shape": 1}, {1.0},
    (), (1.0,),
    np.float64(1), np.float32(1), np.int64(1), np.bool_(True), np.array(1.0), np.array(None), np.array([]), np.ndarray,
    ms.Status.CONVERGED,
    10**400, -(10**400), 2**31, 2**63, slice(None), ..., NotImplemented, range(3), iter([1.0]), ms.CgSolver,
]  # fmt: skip


class Chance(random.Random):
    """What a call is made of."""

    def one_in(self, number: int) -> bool:
        return self.randrange(number) == 0

    def size(self) -> int:
        return self.randrange(6)

    def count(self) -> int | None:
        return self.choice([None, *range(6)])

    def shape(self) -> tuple[int, ...]:
        return tuple(self.size() for _ in range(self.randrange(6)))

    def filled(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        array = np.random.default_rng(self.randrange(1000)).uniform(0.5, 1, shape)
        if self.one_in(3) and array.size > 0:
            array.flat[self.randrange(array.size)] = self.choice(NUMBERS)
        try:
            return array.astype(dtype)
        except (TypeError, ValueError, OverflowError):
            return np.zeros(shape, dtype)

    def laid_out(self, array: np.ndarray) -> np.ndarray:
        """The same numbers in another layout, or numbers of the same shape."""
        how = self.choice(LAYOUTS)
        if array.ndim == 0 or array.dtype.hasobject:
            return array
        if how == "F":
            return np.asfortranarray(array)
        if how == "step":
            axis = self.randrange(array.ndim)
            return np.repeat(array, 2, axis)[(slice(None),) * axis + (slice(None, None, 2),)]
        if how == "backwards":
            return np.ascontiguousarray(array[::-1])[::-1]
        if how == "broadcast" and array.shape[0] > 0:
            return np.broadcast_to(array[:1], array.shape)
        if how in ("offset", "unaligned"):
            raw = np.zeros(array.nbytes + 64, np.uint8)
            first = 8 if how == "offset" else self.randrange(1, 8)
            view = raw[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
            view[...] = array
            return view
        if how == "read-only":
            array.flags.writeable = False
        return array

    def wrapped(self, array: np.ndarray):
        how = self.choice(WRAPPERS)
        try:
            if how == "list":
                return array.tolist()
            if how == "tuple":
                return tuple(array.tolist())
            if how == "torch" and torch is not None and array.flags.writeable:
                tensor = torch.from_numpy(array)
                return tensor.requires_grad_() if self.one_in(9) else tensor
            if how == "memoryview":
                return memoryview(array)
            if how == "masked":
                return np.ma.masked_array(array, mask=self.one_in(2))
        except (TypeError, ValueError, BufferError, RuntimeError):  # of numbers that it does not take
            pass
        return array

    def array(self, width: int, count: int | None):
        """Of the tasks: mostly right."""
        luck = self.randrange(60)
        if luck == 0:
            return self.choice(ODD)
        shape = (width,) if count is None else (count, width)
        if luck == 1:
            shape = self.shape()
        elif luck == 2:
            shape = (self.size(), self.size())
        array = self.filled(shape, self.choice(DTYPES) if luck < 6 else "f8")
        if luck < 30:
            array = self.laid_out(array)
        return self.wrapped(array) if luck % 5 == 0 else array

    def column(self, count: int | None, usual: float, dtype: str):
        luck = self.randrange(30)
        if luck == 0:
            return self.choice(ODD)
        if luck > 6:
            return usual
        shape = self.shape() if luck == 1 else (1 if count is None else count,)
        array = np.full(shape, usual).astype(dtype if luck > 2 else self.choice(["f8", "f4", "i8", "O"]))
        return self.wrapped(self.laid_out(array)) if luck < 5 else self.laid_out(array)


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
    assert ((0 <= status) & (status <= 4)).all()
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
    for f in (cg, linear, linear_again, gradient, jacobi, implicit_euler, online, choose_and_learn)
}  # fmt: skip


def fuzz(name: str) -> None:
    outcomes = {"refused": 0, "solved": 0}

    @settings(max_examples=EXAMPLES, deadline=2000, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**63))
    def run(seed: int) -> None:
        outcomes[FUZZED[name](Chance(seed))] += 1

    run()
    print(name, outcomes)
    assert min(outcomes.values()) > EXAMPLES // 10


if __name__ == "__main__":
    faulthandler.enable()
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # of the casts that make the arguments
    faulthandler.dump_traceback_later(1200, exit=True)  # a hang
    for solver in sys.argv[1:] or FUZZED:
        fuzz(solver)
