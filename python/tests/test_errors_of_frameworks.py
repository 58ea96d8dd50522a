# SPDX-License-Identifier: Apache-2.0
"""Arrays of other frameworks and NumPy's subclasses: read, or refused by name."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems, jax_or_skip, named

SYSTEMS = Systems()
A, B = SYSTEMS.values, SYSTEMS.rhs


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_numpys_subclasses():
    solver = ms.CgSolver(SYSTEMS.pattern)
    expected = solver.solve(A, B).x.tobytes()
    assert solver.solve(np.asmatrix(A), np.asmatrix(B)).x.tobytes() == expected
    assert solver.solve(A, np.ma.array(B)).x.tobytes() == expected
    assert solver.solve(A.view(np.recarray), B.view(np.recarray)).x.tobytes() == expected


def test_pandas():
    pandas = pytest.importorskip("pandas")
    solver = ms.CgSolver(SYSTEMS.pattern)
    expected = solver.solve(A, B).x
    assert solver.solve(pandas.DataFrame(A), pandas.DataFrame(B)).x.tobytes() == expected.tobytes()
    assert solver.solve(pandas.Series(A[0]), pandas.Series(B[0])).x.tobytes() == expected[0].tobytes()
    assert solver.solve(A, B, tol=pandas.Series(np.full(5, 1e-6))).x.tobytes() == expected.tobytes()
    with named("rhs"):
        solver.solve(A, pandas.DataFrame(B).astype(str))
    with named("out"):
        solver.solve(A, B, out=pandas.DataFrame(B.copy()))


def test_tensors():
    torch = pytest.importorskip("torch")
    solver = ms.CgSolver(SYSTEMS.pattern)
    a, b = torch.tensor(A), torch.tensor(B)
    grad = b.clone().requires_grad_()
    for name, arguments in {"rhs": (a, grad), "values": (a.clone().requires_grad_(), b)}.items():
        with pytest.raises(ms.InputError, match=f"^{name}: .*gradient.*detach"):
            solver.solve(*arguments)
    for name in ("x0", "out"):
        with pytest.raises(ms.InputError, match=f"^{name}: .*gradient"):
            solver.solve(a, b, **{name: grad})
    with torch.no_grad():
        assert solver.solve(a, grad.detach()).converged.all()
    dtypes = (torch.float32, torch.bfloat16, torch.int32, torch.bool, torch.complex128)
    for wrong in (*[b.to(dtype) for dtype in dtypes], b.to("meta"), b.to_sparse(), b[None]):
        with pytest.raises(ms.InputError, match="^rhs: "):
            solver.solve(a, wrong)
        with named("x0"):
            solver.solve(a, b, x0=wrong)
    with named("tol"):
        solver.solve(a, b, tol=torch.tensor(1e-6, dtype=torch.complex128))


def test_jaxs_arrays():
    jax = jax_or_skip()
    solver = ms.CgSolver(SYSTEMS.pattern)
    b = jax.numpy.array(B)
    with named("out"):
        solver.solve(A, B, out=b)
    for wrong in (b.astype("float32"), b.astype("bfloat16"), b.astype(int)):
        with named("rhs"):
            solver.solve(jax.numpy.array(A), wrong)
    with named("rhs"):
        jax.jit(lambda rhs: solver.solve(A, rhs).x)(b)
    b.delete()
    with named("rhs"):
        solver.solve(A, b)


def test_arrays_of_a_device():
    class OnDevice:
        shape = B.shape

        def __init__(self, **changes):
            self.__cuda_array_interface__ = {
                "shape": B.shape, "typestr": "<f8", "data": (4096, False), "version": 3, "strides": None, **changes,
            }  # fmt: skip

    for device in ("cpu", "serial"):
        with pytest.raises(ms.InputError, match=r"^rhs: .*cuda:0"):
            ms.CgSolver(SYSTEMS.pattern, device=device).solve(A, OnDevice())
    solver = ms.CgSolver(SYSTEMS.pattern)
    with pytest.raises(ms.InputError, match=r"^x0: is on cuda:0"):
        solver.solve(A, B, x0=OnDevice())
    malformed = {"typestr": ("<f", 3), "data": (None,), "shape": (3,), "strides": ((1, 8), "ab"), "mask": (B,)}
    for changes in [{key: value} for key, values in malformed.items() for value in values]:
        with named("x0"):
            solver.solve(A, B, x0=OnDevice(**changes))
    empty = OnDevice()
    empty.__cuda_array_interface__ = 3
    with named("x0"):
        solver.solve(A, B, x0=empty)
