# SPDX-License-Identifier: Apache-2.0
"""Every wrong argument is an InputError that begins with, or contains, its name; nothing has run then."""

from __future__ import annotations

import array
import copy
import datetime
import mmap
import pickle

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems, named
from numpy.lib.stride_tricks import as_strided

SYSTEMS = Systems()
A, B = SYSTEMS.values, SYSTEMS.rhs


def read_only(given: np.ndarray) -> np.ndarray:
    copy = given.copy()
    copy.flags.writeable = False
    return copy


def field_of_struct(given: np.ndarray) -> np.ndarray:
    """Whose strides are no multiples of 8."""
    structs = np.zeros(given.shape, np.dtype([("number", "f8"), ("flag", "i4")]))
    structs["number"] = given
    return structs["number"]


def unaligned(given: np.ndarray) -> np.ndarray:
    return np.frombuffer(b"\0" + given.tobytes(), np.uint8)[1:].view(np.float64).reshape(given.shape)


# Made from an array that would be right.
WRONG_ARRAYS = {
    "float32": lambda a: a.astype("f4"),
    "float16": lambda a: a.astype("f2"),
    "long double": lambda a: a.astype("g"),
    "integers": lambda a: a.astype(int),
    "unsigned": lambda a: a.astype("u8"),
    "bool": lambda a: a.astype(bool),
    "complex": lambda a: a.astype(complex),
    "big endian": lambda a: a.astype(">f8"),
    "objects": lambda a: a.astype(object),
    "texts": lambda a: a.astype(str),
    "dates": lambda a: a.astype("M8[s]"),
    "structs": lambda a: np.zeros(a.shape, [("number", "f8")]),
    "a column too many": lambda a: np.pad(a, ((0, 0), (0, 1))),
    "a column too few": lambda a: a[:, 1:],
    "three dimensions": lambda a: a[None],
    "five dimensions": lambda a: a[None, None, None],
    "no dimension": lambda a: np.array(1.0),
    "no multiple of 8": field_of_struct,
    "unaligned": unaligned,
    "masked": lambda a: np.ma.masked_less(a, np.inf),
    "a number": lambda a: 1.0,
    "a text": lambda a: "abc",
    "bytes": lambda a: a.tobytes(),
    "a bytearray": lambda a: bytearray(a.tobytes()),
    "bytes in view": lambda a: memoryview(a.tobytes()).cast("B", (a.shape[0], a.shape[1] * 8)),
    "a dictionary": lambda a: {},
    "a set": lambda a: {1.0},
    "a generator": lambda a: iter(a),
    "an object": lambda a: object(),
    "a class": lambda a: np.ndarray,
    "a time": lambda a: datetime.datetime.now(),
    "ragged": lambda a: [[1.0], [1.0, 2.0]],
    "a list of texts": lambda a: a.astype(str).tolist(),
    "a list of None": lambda a: [[None] * a.shape[1]] * len(a),
    "a list of bool": lambda a: [[True] * a.shape[1]] * len(a),
    "a list of huge integers": lambda a: [[10**400] * a.shape[1]] * len(a),
    "an empty list": lambda a: [],
    "deep lists": lambda a: a[None, None, None].tolist(),
}


@pytest.mark.parametrize("what", WRONG_ARRAYS)
@pytest.mark.parametrize("name", ["values", "rhs", "x0"])
def test_arrays(name, what):
    arguments = {"values": A, "rhs": B, "x0": B.copy()}
    arguments[name] = WRONG_ARRAYS[what](arguments[name])
    # An argument that sets the number of tasks may make another one wrong.
    expected = r"(rhs|values|x0)" if what in ("no dimension", "an empty list") else rf"\b{name}\b"
    out = np.full_like(B, 7)
    linear = ms.LinearSolver(SYSTEMS.pattern, method="gmres")  # direct methods need no x0
    for solver in (ms.CgSolver(SYSTEMS.pattern), linear, ms.JacobiSolver(SYSTEMS.pattern)):
        with pytest.raises(ms.InputError, match=expected):
            solver.solve(**arguments, out=out)
        assert (out == 7).all()


@pytest.mark.parametrize("what", WRONG_ARRAYS)
@pytest.mark.parametrize("name", ["x", "x_bar", "values"])
def test_arrays_of_gradients(name, what):
    arguments = {"values": A, "x": B, "x_bar": B}
    arguments[name] = WRONG_ARRAYS[what](arguments[name])
    expected = r"(x_bar|values|x)" if what in ("no dimension", "an empty list") else rf"\b{name}\b"
    with pytest.raises(ms.InputError, match=expected):
        ms.LinearSolver(SYSTEMS.pattern).gradient(**arguments)


@pytest.mark.parametrize("what", WRONG_ARRAYS)
@pytest.mark.parametrize("name", ["previous", "parameters", "x0"])
def test_arrays_of_steps(name, what):
    y = np.tile([1.0, 0.0, 0.0], (4, 1))
    arguments = {"previous": y, "parameters": np.ones((4, 3)), "x0": y.copy()}
    arguments[name] = WRONG_ARRAYS[what](arguments[name])
    expected = r"(previous|parameters|x0)" if what in ("no dimension", "an empty list") else rf"\b{name}\b"
    with pytest.raises(ms.InputError, match=expected):
        ms.ImplicitEulerSolver().solve(step=1e-3, **arguments)


@pytest.mark.parametrize("name", ["values", "rhs"])
def test_missing_arrays(name):
    arguments = {"values": A, "rhs": B, name: None}
    with named(name):
        ms.CgSolver(SYSTEMS.pattern).solve(**arguments)
    with named("x"):
        ms.LinearSolver(SYSTEMS.pattern).gradient(A, None, B)
    with named("x_bar"):
        ms.LinearSolver(SYSTEMS.pattern).gradient(A, B, None)
    with named("values"):
        ms.JacobiSolver(SYSTEMS.pattern).solve(B)
    with named("values"):
        ms.JacobiSolver(6).solve(B, values=A)
    with named("solution"):
        ms.JacobiSolver(6, measure="relative_error").solve(B)


WRONG_NUMBERS = [None, "1e-6", True, np.True_, np.array(True), 1j, np.complex128(1), np.array("1"), [None], [[1.0]], {}]


WRONG_TOLERANCES = [
    float("nan"), float("inf"), -1.0, 0.0, 10**400, np.ones(3), np.ones((5, 1)), np.ones(5, "f4"), np.ones(5, ">f8"),
    ["a"] * 5, b"abcde",
]  # fmt: skip


@pytest.mark.parametrize("number", WRONG_NUMBERS + WRONG_TOLERANCES, ids=repr)
def test_tolerances(number):
    with named("tol"):
        ms.CgSolver(SYSTEMS.pattern).solve(A, B, tol=number)


WRONG_LIMITS = [
    1.0, float("nan"), -1, 2**31, -(2**31) - 1, 10**400, np.float64(3), np.array(5.5), np.ones(5, int),
    np.ones(4, "i4"), [1.5] * 5, [2**31] * 5,
]  # fmt: skip


@pytest.mark.parametrize("number", WRONG_NUMBERS + WRONG_LIMITS, ids=repr)
def test_iteration_limits(number):
    with named("max_iterations"):
        ms.CgSolver(SYSTEMS.pattern).solve(A, B, max_iterations=number)
    with named("max_iterations"):
        ms.LinearSolver(SYSTEMS.pattern, keeps_factors=True).solve(A, B, max_iterations=number)
    with pytest.raises(ms.InputError, match="history.*max_iterations"):
        ms.CgSolver(SYSTEMS.pattern).solve(A, B, max_iterations=np.ones(5, "i4"), history=True)


@pytest.mark.parametrize("number", [*WRONG_NUMBERS, 10**400, np.ones(3), np.ones(5, "f4")], ids=repr)
@pytest.mark.parametrize("name", ["shift", "omega"])
def test_other_numbers(name, number):
    with named(name):
        ms.CgSolver(SYSTEMS.pattern).solve(A, B, **{name: number})


@pytest.mark.parametrize("number", WRONG_NUMBERS, ids=repr)
@pytest.mark.parametrize("name", ["step", "time", "relaxation"])
def test_numbers_of_steps(name, number):
    with named(name):
        ms.ImplicitEulerSolver().solve([[1.0, 0, 0]], [0.04, 3e7, 1e4], **{"step": 1e-3, name: number})


def test_policies():
    solver = ms.CgSolver(SYSTEMS.pattern)
    for name in ("meta_solver", "retry"):
        for wrong in (None, 1, "True", np.ones(1)):
            with named(name):
                solver.solve(A, B, **{name: wrong})
    for wrong in (None, 1.5, "1", 2**31, -1, [1]):
        with named("first_max_iterations"):
            solver.solve(A, B, first_max_iterations=wrong)


OUTS = {
    "read-only": lambda: read_only(B),
    "overlapping rhs": lambda: B,
    "within values": lambda: A[:, :6],
    "backwards in rhs": lambda: B[::-1],
    "one row for all": lambda: as_strided(np.zeros(6), B.shape, (0, 8)),
    "overlapping itself": lambda: as_strided(np.zeros(40), B.shape, (8, 8)),
    "float32": lambda: np.zeros(B.shape, "f4"),
    "big endian": lambda: np.zeros(B.shape, ">f8"),
    "another shape": lambda: np.zeros((5, 7)),
    "one dimension": lambda: np.zeros(6),
    "a list": lambda: B.tolist(),
    "a number": lambda: 0.0,
    "masked": lambda: np.ma.zeros(B.shape),
    "no multiple of 8": lambda: field_of_struct(B),
    "bytes": lambda: B.tobytes(),
}


@pytest.mark.parametrize("what", OUTS)
def test_outs(what):
    for solver in (ms.CgSolver(SYSTEMS.pattern), ms.LinearSolver(SYSTEMS.pattern)):
        with named("out"):
            solver.solve(A, B, out=OUTS[what]())
    np.testing.assert_array_equal(B, Systems().rhs)


def test_options():
    p = SYSTEMS.pattern
    wrong = {
        "preconditioner": ("x", None, 3), "ordering": ("amd", None), "shift_scale": ("x", 1),
        "fill_level": ("a", 1.5, 2**40), "fill_entries": (None, [1]), "block_size": (0, 17, True),
        "meta_solver": ("path", 1), "capacity": (0, -1, "1", 1.5, 2**80),
        "threads": (-1, 5000, "2", 2**40, None), "device": ("gpu", "", 3, "cuda:x", "CPU", b"cpu"),
    }  # fmt: skip
    for name, values in wrong.items():
        for value in values:
            with named(name):
                ms.CgSolver(p, **{name: value})
    for name, value in {"matrix": "spd", "method": "qr", "precision": "half", "restart": 0, "fill_level": -2}.items():
        with named(name):
            ms.LinearSolver(p, **{"method": "gmres", name: value} if name != "precision" else {name: value})
    clamps = (1, (1,), "ab", (2, 1), (None, 1), (0, float("nan")))
    for name, values in {"clamp": clamps, "system": ("x", 1), "method": ("qr",)}.items():
        for value in values:
            with named(name):
                ms.ImplicitEulerSolver(**{name: value})
    for name, values in {"dtype": (int, "x", None, "float16", 3), "measure": ("x", None)}.items():
        for value in values:
            with named(name):
                ms.JacobiSolver(3, **{name: value})
    for value in (0, -1, 1025, 10**12, True):
        with pytest.raises(ms.InputError, match="unknowns|pattern"):
            ms.JacobiSolver(value)


def test_the_kinds_of_errors():
    assert issubclass(ms.InputError, (ms.Error, ValueError)) and issubclass(ms.InputError, ValueError)
    assert issubclass(ms.DeviceError, ms.Error) and issubclass(ms.DeviceError, RuntimeError)
    assert issubclass(ms.OutputError, ms.Error) and issubclass(ms.OutputError, OSError)


def test_a_solver_that_failed_solves_the_next_call():
    solver = ms.CgSolver(SYSTEMS.pattern)
    for _ in range(3):
        with named("tol"):
            solver.solve(A, B, tol=-1)
        assert solver.solve(A, B).converged.all()


def test_memory_is_let_go_of():
    """A call holds an array's memory only while it runs: it can be resized and unmapped."""
    solver = ms.CgSolver(SYSTEMS.pattern)
    rhs = array.array("d", B[0])
    solver.solve(A[0], rhs)
    rhs.append(1.0)
    with named("rhs"):
        solver.solve(A[0], rhs)
    owned = B.copy()
    solver.solve(A, owned)
    owned.resize((5, 7), refcheck=False)
    with named("rhs"):
        solver.solve(A, owned)
    with mmap.mmap(-1, B.nbytes) as mapped:
        inside = memoryview(mapped).cast("d", B.shape)
        solver.solve(A, inside)
        inside.release()
        with pytest.raises((ms.InputError, ValueError)):
            solver.solve(A, inside)


def test_factors_that_are_not_there():
    with named("keeps_factors"):
        ms.LinearSolver(SYSTEMS.pattern).solve_again(A, B)
    solver = ms.LinearSolver(SYSTEMS.pattern, keeps_factors=True)
    with named("factors"):
        solver.solve_again(A, B)
    solver.solve(A, B)
    with named("factors"):
        solver.solve_again(A[:2], B[:2])


def test_solvers_are_not_pickled():
    for of in (ms.JacobiSolver(4), ms.IterationLoss("poisson", {"problem.unknowns": 4})):
        for copied in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=f"{type(of).__name__} cannot be pickled or copied"):
                copied(of)
