# SPDX-License-Identifier: Apache-2.0
"""Arrays are read and written where they are."""

from __future__ import annotations

import array
import tracemalloc

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems, address, jax_or_skip, resident_bytes


class Interface:
    """An array that has only __array_interface__."""

    def __init__(self, of: np.ndarray) -> None:
        self.__array_interface__ = of.__array_interface__
        self.kept = of


class Dlpack:
    """An array that has only DLPack and its shape, and of which nobody knows the framework."""

    def __init__(self, of: np.ndarray) -> None:
        self.of = of
        self.shape = of.shape
        self.exports = 0

    def __dlpack__(self, **options):
        self.exports += 1
        return self.of.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.of.__dlpack_device__()


@pytest.fixture
def expected(systems) -> bytes:
    return ms.CgSolver(systems.pattern).solve(systems.values, systems.rhs).x.tobytes()


def test_memory_is_flat_for_large_arrays():
    """200 MB of values, contiguous or not: a call needs none of its own but for the results."""
    small = Systems(unknowns=64, count=1)
    count = 200_000_000 // (8 * small.entries * 2)
    whole = np.empty((count, 2 * small.entries))
    whole[:, : small.entries] = small.values
    whole[:, small.entries :] = small.values
    rhs = np.broadcast_to(small.rhs, (count, small.unknowns))
    solver = ms.CgSolver(small.pattern, threads=1, capacity=count)
    layouts = [whole[:, : small.entries], whole[:, small.entries :][:, ::-1][:, ::-1]]
    out = np.ones((count, small.unknowns))  # all of it is in memory now
    solver.solve(layouts[0][:10], rhs[:10], out=out[:10], max_iterations=2)
    before = resident_bytes()
    tracemalloc.start()
    for values in layouts:
        result = solver.solve(values, rhs, out=out, max_iterations=2)
        del result
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * count + 100_000, "more than the four numbers that each task ends with"
    assert resident_bytes() - before < 20_000_000


def test_results_are_written_into_out(systems, expected):
    solver = ms.CgSolver(systems.pattern)
    out = np.zeros_like(systems.rhs)
    result = solver.solve(systems.values, systems.rhs, out=out)
    assert result.x is out and out.tobytes() == expected
    raw = array.array("d", [0.0] * systems.unknowns)
    assert solver.solve(systems.values[0], systems.rhs[0], out=raw).x is raw
    assert raw.tobytes() == expected[: raw.itemsize * len(raw)]
    buffer = bytearray(out.nbytes)
    view = memoryview(buffer).cast("d", out.shape)
    assert solver.solve(systems.values, systems.rhs, out=view).x is view and bytes(buffer) == expected
    torch = pytest.importorskip("torch")
    tensor = torch.zeros(out.shape, dtype=torch.float64)
    where = tensor.data_ptr()
    mixed = solver.solve(systems.values, systems.rhs, out=tensor)
    assert mixed.x is tensor and tensor.data_ptr() == where and tensor.numpy().tobytes() == expected
    assert type(mixed.status) is np.ndarray


def test_objects_with_one_interface_only(systems, expected):
    solver, zeros = ms.CgSolver(systems.pattern), np.zeros_like(systems.rhs)
    from_zeros = solver.solve(systems.values, systems.rhs, x0=zeros).x.tobytes()
    for kind in (Interface, Dlpack, memoryview):
        result = solver.solve(kind(systems.values), kind(systems.rhs), x0=kind(zeros))
        assert type(result.x) is np.ndarray and result.x.tobytes() == from_zeros
    exporter = Dlpack(systems.rhs)
    solver.solve(systems.values, exporter)
    assert exporter.exports == 1
    flat = (array.array("d", systems.values[0]), array.array("d", systems.rhs[0]))
    one = solver.solve(*flat, tol=array.array("d", [1e-6]), max_iterations=array.array("i", [100]))
    assert one.x.tobytes() == expected[: one.x.nbytes]
    strided = Interface(np.asfortranarray(systems.values)[::-1])
    assert solver.solve(strided, systems.rhs[::-1]).x[::-1].tobytes() == expected
    target = Dlpack(np.zeros_like(systems.rhs))
    assert solver.solve(systems.values, systems.rhs, out=target).x is target
    assert target.of.tobytes() == expected
    with pytest.raises(ms.InputError, match=r"^out: "):  # NumPy would read it, perhaps from a copy
        solver.solve(systems.values, systems.rhs, out=Interface(np.zeros_like(systems.rhs)))


def test_numpy_reads_what_it_converts_in_place(systems):
    from metasolve._arrays import as_array

    assert address(as_array(Interface(systems.rhs), "rhs")) == address(systems.rhs)
    raw = array.array("d", [1.0, 2.0])
    assert address(as_array(raw, "rhs")) == raw.buffer_info()[0]
    assert as_array(systems.rhs, "rhs") is systems.rhs
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(systems.rhs)
    assert np.shares_memory(as_array(frame, "rhs"), frame.to_numpy())


def test_torch(systems, expected):
    torch = pytest.importorskip("torch")
    solver = ms.CgSolver(systems.pattern)
    a, b = torch.tensor(systems.values), torch.tensor(systems.rhs)
    result = solver.solve(a, b, history=True, max_iterations=30)
    for name, dtype in (("x", torch.float64), ("status", torch.int32), ("iterations", torch.int32),
                        ("measure", torch.float64), ("origin", torch.int32), ("history", torch.float64)):  # fmt: skip
        tensor = getattr(result, name)
        assert type(tensor) is torch.Tensor and tensor.dtype == dtype and tensor.device.type == "cpu", name
    assert result.x.numpy().tobytes() == expected and result.converged.dtype == torch.bool
    assert result.counts() == {"converged": systems.count}
    for layout in (lambda t: t.T.contiguous().T, lambda t: t.repeat_interleave(2, 0)[::2], torch.nn.Parameter):
        given = layout(b).detach()
        assert solver.solve(a, given).x.contiguous().numpy().tobytes() == expected
    assert solver.solve(a, b.T.contiguous().T).x.stride() == (1, systems.count)
    out = torch.zeros(2 * systems.count, systems.unknowns, dtype=torch.float64)[::2]
    assert solver.solve(a, b, out=out).x is out and out.contiguous().numpy().tobytes() == expected
    one = solver.solve(a[0], b[0])
    assert one.x.shape == (systems.unknowns,) and int(one.status) == 0
    gradient = ms.LinearSolver(systems.pattern).gradient(a, result.x, b)
    assert type(gradient.values_bar) is torch.Tensor and type(gradient.status) is torch.Tensor
    single = ms.JacobiSolver(3, dtype=torch.float32).solve(torch.ones(2, 3), tol=1e-4)
    assert single.x.dtype == torch.float32 and single.converged.all()


def test_jax(systems, expected):
    jax = jax_or_skip()
    solver = ms.CgSolver(systems.pattern)
    a, b = jax.numpy.array(systems.values), jax.numpy.array(systems.rhs)
    result = solver.solve(a, b, history=True, max_iterations=30)
    for name in ("x", "status", "iterations", "measure", "origin", "history"):
        assert isinstance(getattr(result, name), jax.Array), name
    assert np.asarray(result.x).tobytes() == expected
    lazy = solver.solve(a * 2, b + b)  # still being computed when the call begins
    np.testing.assert_allclose(np.asarray(lazy.x), np.frombuffer(expected).reshape(b.shape))
    out = np.zeros_like(systems.rhs)
    assert solver.solve(a, b, out=out).x is out and out.tobytes() == expected
    one = solver.solve(a[0], b[0])
    assert one.x.shape == (systems.unknowns,) and int(one.status) == 0
    gradient = ms.LinearSolver(systems.pattern).gradient(a, result.x, b)
    assert isinstance(gradient.rhs_bar, jax.Array) and isinstance(gradient.values_bar, jax.Array)


def test_jax_takes_results_over_without_a_copy(monkeypatch):
    jax = jax_or_skip()
    from metasolve import _arrays

    made = []
    original = _arrays.aligned
    monkeypatch.setattr(_arrays, "aligned", lambda *of: made.append(original(*of)) or made[-1])
    for count in (1, 3, 1000, 30001):
        made.clear()
        result = ms.JacobiSolver(3).solve(jax.numpy.ones((count, 3)))
        assert result.x.unsafe_buffer_pointer() == address(made[0])
        assert result.status.unsafe_buffer_pointer() == address(made[1])


def test_a_read_only_array_can_be_read(systems, expected):
    values, rhs = systems.values.copy(), systems.rhs.copy()
    values.flags.writeable = rhs.flags.writeable = False
    assert ms.CgSolver(systems.pattern).solve(values, rhs).x.tobytes() == expected


def test_inputs_are_not_changed(systems):
    values, rhs, x0 = systems.values.copy(), systems.rhs.copy(), np.zeros_like(systems.rhs)
    for method in ("cholesky", "cg"):
        ms.LinearSolver(systems.pattern, matrix="positive_definite", method=method).solve(values, rhs, x0=x0)
    ms.JacobiSolver(systems.pattern).solve(rhs, values=values, x0=x0)
    assert values.tobytes() == systems.values.tobytes() and rhs.tobytes() == systems.rhs.tobytes() and not x0.any()
