# SPDX-License-Identifier: Apache-2.0
"""Random calls of all solvers: each returns results of the right shapes, or raises an error that names something.

test_fuzz.py runs this file in a process of its own, so that a crash is one failure. By hand, `python fuzz_calls.py NAME`
with METASOLVE_FUZZ_EXAMPLES for the number of calls.
"""

from __future__ import annotations

import faulthandler
import os
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

sizes = st.integers(0, 5)
good_dtypes = st.sampled_from(["f8"] * 8 + ["f4"])
dtypes = good_dtypes | st.sampled_from(["f2", "g", "i4", "i8", "u1", "?", "c16", "c8", ">f8", "O", "U3", "S8", "M8[s]", "m8[s]", "V8"])


def fill(draw, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    kind = draw(st.sampled_from(["good", "good", "good", "odd", "any"]))
    seed = draw(st.integers(0, 9))
    array = np.random.default_rng(seed).uniform(0.5, 1, shape)
    if kind != "good" and array.size > 0:
        array.flat[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from(NUMBERS))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return array.astype(dtype)
    except (TypeError, ValueError, OverflowError):
        return np.zeros(shape, dtype)


def laid_out(draw, array: np.ndarray) -> np.ndarray:
    """The same numbers in another layout, or numbers of the same shape."""
    how = draw(st.sampled_from(["C", "C", "F", "step", "backwards", "broadcast", "offset", "unaligned", "read-only", "mmap"]))
    if array.ndim == 0 or array.dtype.hasobject:
        return array
    if how == "F":
        return np.asfortranarray(array)
    if how == "step":
        axis = draw(st.integers(0, array.ndim - 1))
        return np.repeat(array, 2, axis)[(slice(None),) * axis + (slice(None, None, 2),)]
    if how == "backwards":
        return np.ascontiguousarray(array[::-1])[::-1]
    if how == "broadcast" and array.shape[0] > 0:
        return np.broadcast_to(array[:1], array.shape)
    if how in ("offset", "unaligned"):
        raw = np.zeros(array.nbytes + 64, np.uint8)
        first = 8 if how == "offset" else draw(st.integers(1, 7))
        view = raw[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
        view[...] = array
        return view
    if how == "read-only":
        array.flags.writeable = False
    return array


def wrapped(draw, array: np.ndarray):
    how = draw(st.sampled_from(["numpy"] * 8 + ["list", "tuple", "torch", "memoryview", "matrix", "masked"]))
    if how == "list":
        return array.tolist()
    if how == "tuple":
        return tuple(array.tolist()) if array.ndim > 0 else array.tolist()
    if how == "torch" and torch is not None:
        try:
            if not array.flags.writeable:
                return array
            tensor = torch.from_numpy(array)
        except (TypeError, ValueError):
            return array
        if draw(st.booleans()) and tensor.is_floating_point():
            tensor.requires_grad_(draw(st.booleans()))
        return tensor
    if how == "memoryview":
        try:
            return memoryview(array)
        except (ValueError, BufferError):
            return array
    if how == "masked":
        return np.ma.masked_array(array, mask=draw(st.booleans())) if array.dtype.kind == "f" else array
    return array


odd_objects = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=16), st.complex_numbers(),
    st.lists(st.integers() | st.floats() | st.none() | st.text(max_size=1), max_size=4),
    st.lists(st.lists(st.floats(), max_size=4), max_size=4), st.dictionaries(st.text(max_size=1), st.integers(), max_size=1),
    st.sampled_from([object(), np.float64(1), np.float32(1), np.int64(1), np.bool_(True), np.array(1.0), np.array(None), np.nan,
                     np.ndarray, ms.Status.CONVERGED, 10**400, -(10**400), 2**31, 2**63, slice(None), ..., NotImplemented]),
)  # fmt: skip


@st.composite
def arrays(draw, width: int, count: int | None):
    """Of the tasks: mostly right."""
    luck = draw(st.integers(0, 59))
    if luck == 0:
        return draw(odd_objects)
    if luck == 1:
        shape = tuple(draw(st.lists(sizes, max_size=5)))
    elif luck == 2:
        shape = (draw(sizes), draw(sizes))
    else:
        shape = (width,) if count is None else (count, width)
    dtype = draw(dtypes if luck < 5 else st.just("f8"))
    array = fill(draw, shape, dtype)
    if luck >= 45:
        return array
    return wrapped(draw, laid_out(draw, array))


@st.composite
def columns(draw, count: int | None, usual, dtype: str):
    luck = draw(st.integers(0, 29))
    if luck == 0:
        return draw(odd_objects)
    if luck > 5:
        return usual
    shape = (count or 1,) if luck < 5 else tuple(draw(st.lists(sizes, max_size=3)))
    array = np.full(shape, usual).astype(draw(st.sampled_from([dtype, dtype, dtype, "f8", "i8", "O"])))
    return wrapped(draw, laid_out(draw, array))


def shape_of(given):
    return tuple(getattr(given, "shape", None) or np.shape(given))


def check(call, count: int, single: bool, width: int, note: str) -> str:
    """The call's outcome."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = call()
    except ms.Error as error:
        text = str(error)
        assert re.search(r"[a-z_]{2,}", text) and "incompatible function" not in text and "std::" not in text, text
        return "refused"
    except TypeError as error:
        assert "incompatible function" not in str(error) and "argument" in str(error), (note, error)
        return "refused"
    if isinstance(result, ms.LinearGradient):
        array = result.rhs_bar
    else:
        array = result.x
    tasks = () if array.ndim == 1 else (array.shape[0],)
    assert shape_of(array) == (*tasks, width), note
    for name in ("status", "iterations", "measure"):
        assert shape_of(getattr(result, name)) == tasks, name
    status = np.asarray(result.status)
    assert ((0 <= status) & (status <= 4)).all()
    if not isinstance(result, ms.LinearGradient):
        numbers = np.asarray(array).reshape(-1, width)
        assert np.isfinite(numbers[status.reshape(-1) == 0]).all(), note
    return "solved"


def stopping(data, count):
    return {
        "tol": data.draw(columns(count, 1e-6, "f8")),
        "max_iterations": data.draw(columns(count, 50, "i4")),
    }


def policy(data):
    return {
        "meta_solver": data.draw(st.booleans() | odd_objects), "retry": data.draw(st.booleans()),
        "first_max_iterations": data.draw(st.sampled_from([0, 0, 3, -1, 2**40, None, 1.5])),
    } if data.draw(st.integers(0, 7)) == 0 else {}  # fmt: skip


def output(data, count, width):
    if data.draw(st.integers(0, 4)):
        return {}
    out = data.draw(arrays(width, count))
    return {} if isinstance(out, (list, tuple)) and not out else {"out": out}


def counts(data):
    return data.draw(st.none() | sizes)


CG = ms.CgSolver(PATTERN, threads=1)
LINEAR = [
    ms.LinearSolver(PATTERN, threads=1, keeps_factors=True),
    ms.LinearSolver(PATTERN, threads=1, method="gmres"),
    ms.LinearSolver(PATTERN, threads=1, method="cholesky", matrix="positive_definite", keeps_factors=True),
]
JACOBI = [ms.JacobiSolver(PATTERN, threads=1), ms.JacobiSolver(N, threads=1), ms.JacobiSolver(N, threads=1, dtype="float32")]
EULER = [ms.ImplicitEulerSolver(threads=1), ms.ImplicitEulerSolver(method="newton", threads=1)]


def cg(data):
    count = counts(data)
    arguments = {
        "values": data.draw(arrays(ENTRIES, count)), "rhs": data.draw(arrays(N, count)),
        **stopping(data, count), **policy(data), **output(data, count, N),
    }  # fmt: skip
    if data.draw(st.booleans()):
        arguments |= {"x0": data.draw(st.none() | arrays(N, count)), "shift": data.draw(columns(count, 0.1, "f8")),
                      "omega": data.draw(columns(count, 1.0, "f8")), "history": data.draw(st.booleans())}  # fmt: skip
    return check(lambda: CG.solve(**arguments), count or 1, count is None, N, repr(arguments))


def linear(data):
    count = counts(data)
    solver = data.draw(st.sampled_from(LINEAR))
    values, rhs = data.draw(arrays(ENTRIES, count)), data.draw(arrays(N, count))
    arguments = {**stopping(data, count), **output(data, count, N)}
    if data.draw(st.booleans()):
        arguments |= {"x0": data.draw(st.none() | arrays(N, count)), "shift": data.draw(columns(count, 0.1, "f8")),
                      "omega": data.draw(columns(count, 1.0, "f8")), "history": data.draw(st.booleans())}  # fmt: skip
    return check(lambda: solver.solve(values, rhs, **arguments), count or 1, count is None, N, repr((values, rhs, arguments)))


def linear_again(data):
    count = counts(data)
    solver = data.draw(st.sampled_from(LINEAR))
    if data.draw(st.booleans()):
        solver.solve(np.ones((count or 1, ENTRIES)), np.ones((count or 1, N)))
    values, rhs = data.draw(arrays(ENTRIES, count)), data.draw(arrays(N, count))
    arguments = {**stopping(data, count), **output(data, count, N)}
    return check(lambda: solver.solve_again(values, rhs, **arguments), count or 1, count is None, N, repr((values, rhs, arguments)))


def gradient(data):
    count = counts(data)
    solver = data.draw(st.sampled_from(LINEAR))
    if data.draw(st.booleans()):
        solver.solve(np.ones((count or 1, ENTRIES)), np.ones((count or 1, N)))
    values, x, x_bar = (data.draw(arrays(width, count)) for width in (ENTRIES, N, N))
    arguments = {**stopping(data, count), "with_values": data.draw(st.booleans())}
    return check(lambda: solver.gradient(values, x, x_bar, **arguments), count or 1, count is None, N, repr((values, x, x_bar, arguments)))


def jacobi(data):
    count = counts(data)
    solver = data.draw(st.sampled_from(JACOBI))
    rhs = data.draw(arrays(N, count))
    if solver is JACOBI[2] and isinstance(rhs, np.ndarray) and rhs.dtype == "f8":
        rhs = rhs.astype("f4")
    arguments = {**stopping(data, count), **policy(data), **output(data, count, N)}
    if solver is JACOBI[0] or data.draw(st.integers(0, 9)) == 0:
        arguments["values"] = data.draw(arrays(ENTRIES, count))
    if data.draw(st.integers(0, 9)) == 0:
        arguments["solution"] = data.draw(arrays(N, count))
    if data.draw(st.integers(0, 3)) == 0:
        arguments["x0"] = data.draw(st.none() | arrays(N, count))
        arguments["history"] = data.draw(st.booleans())
    return check(lambda: solver.solve(rhs, **arguments), count or 1, count is None, N, repr((rhs, arguments)))


def implicit_euler(data):
    count = counts(data)
    solver = data.draw(st.sampled_from(EULER))
    arguments = {
        "previous": data.draw(arrays(3, count)), "parameters": data.draw(arrays(3, count)),
        "step": data.draw(columns(count, 1e-3, "f8")), "time": data.draw(columns(count, 0.0, "f8")),
        "relaxation": data.draw(columns(count, 1.0, "f8")),
        **stopping(data, count), **policy(data), **output(data, count, 3),
    }  # fmt: skip
    if data.draw(st.booleans()):
        arguments |= {"x0": data.draw(st.none() | arrays(3, count)), "history": data.draw(st.booleans())}
    return check(lambda: solver.solve(**arguments), count or 1, count is None, 3, repr(arguments))


FUZZED = {f.__name__: f for f in (cg, linear, linear_again, gradient, jacobi, implicit_euler)}


def fuzz(name: str) -> None:
    outcomes = {"refused": 0, "solved": 0}

    @settings(max_examples=EXAMPLES, deadline=2000, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data) -> None:
        outcomes[FUZZED[name](data)] += 1

    run()
    print(name, outcomes)
    assert outcomes["solved"] > 0 and outcomes["refused"] > 0


if __name__ == "__main__":
    faulthandler.enable()
    faulthandler.dump_traceback_later(1200, exit=True)
    fuzz(sys.argv[1])
