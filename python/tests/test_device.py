# SPDX-License-Identifier: Apache-2.0
"""Solves on a CUDA device, real or emulated; arrays are passed by __cuda_array_interface__ and DLPack. Skipped without
one."""

import os

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems
from metasolve import _core


@pytest.fixture(scope="module")
def cuda():
    try:
        return ms.Executor("cuda")
    except ms.DeviceError as error:
        pytest.skip(str(error))


class Theirs:
    """Another framework's array: nothing but the interface."""

    def __init__(self, memory, shape, strides=None, stream=None):
        self.memory = memory
        self.shape = shape
        self.__cuda_array_interface__ = dict(memory.__cuda_array_interface__, shape=shape, strides=strides, stream=stream)


@pytest.fixture
def upload(cuda):
    def made(array, by_columns=False):
        array = np.asarray(array)
        memory = _core.DeviceArray(cuda, array.shape, str(array.dtype))
        memory._upload(np.ascontiguousarray(array.T if by_columns else array))
        size = array.dtype.itemsize
        strides = (size, size * array.shape[0]) if by_columns else None
        return Theirs(memory, array.shape, strides)

    return made


def fetched(array):
    return array.numpy()


def compared(result, expected, **tolerances):
    assert type(result.x).__name__ == "DeviceArray"
    np.testing.assert_allclose(fetched(result.x), expected.x, **tolerances)
    np.testing.assert_array_equal(fetched(result.status), expected.status)
    assert abs(fetched(result.iterations) - expected.iterations).max() <= 1


@pytest.mark.parametrize("by_columns", [False, True])
def test_solves_as_the_cpu_does(upload, by_columns):
    systems = Systems()
    values, rhs = upload(systems.values), upload(systems.rhs, by_columns)
    for kind in (ms.CgSolver, ms.LinearSolver, ms.JacobiSolver):
        expected = kind(systems.pattern).solve(values=systems.values, rhs=systems.rhs, tol=1e-10)
        solver = kind(systems.pattern)
        compared(solver.solve(values=values, rhs=rhs, tol=1e-10), expected, rtol=1e-8)
        assert solver.device == "cuda:0"


def test_steps_and_their_gradients(upload):
    steps = np.tile([1.0, 0.0, 0.0], (5, 1)), np.tile([0.04, 3e7, 1e4], (5, 1)), np.geomspace(1e-4, 1, 5)
    on_device = [upload(array) for array in steps]
    here, there = ms.ImplicitEulerSolver(method="newton"), ms.ImplicitEulerSolver(method="newton")
    expected, result = here.solve(*steps, tol=1e-13), there.solve(*on_device, tol=1e-13)
    compared(result, expected, rtol=1e-9, atol=1e-15)
    bars = np.ones((5, 3))
    wanted, found = here.gradient(*steps, expected.x, bars), there.gradient(*on_device, result.x, upload(bars))
    for name in ("previous_bar", "parameters_bar", "step_bar"):
        np.testing.assert_allclose(fetched(getattr(found, name)), getattr(wanted, name), rtol=1e-6, atol=1e-14)


def test_one_system_and_an_array_for_x(upload, cuda):
    rhs = np.random.default_rng(0).standard_normal((3, 8))
    solver = ms.JacobiSolver(8, device=cuda)
    one = solver.solve(upload(rhs[0]))
    np.testing.assert_allclose(fetched(one.x), ms.JacobiSolver(8).solve(rhs[0]).x, rtol=1e-9)
    out = _core.DeviceArray(cuda, (3, 8), "float64")
    assert solver.solve(upload(rhs), out=out).x is out
    cuda.synchronize()
    np.testing.assert_allclose(fetched(out), ms.JacobiSolver(8).solve(rhs).x, rtol=1e-9)


def test_what_is_left_unset_is_nan(upload):
    systems = Systems()
    values = systems.values.copy()
    values[1] = np.nan
    result = ms.LinearSolver(systems.pattern).solve(upload(values), upload(systems.rhs))
    assert np.isnan(fetched(result.x)[1]).all() and np.isfinite(fetched(result.x)[0]).all()


def test_arrays_of_two_devices_are_named(upload):
    systems = Systems()
    with pytest.raises(ms.InputError, match="^rhs: is on the CPU|^values: is on cuda"):
        ms.CgSolver(systems.pattern).solve(upload(systems.values), systems.rhs)
    with pytest.raises(ms.InputError, match="^x0: is on the CPU"):
        ms.CgSolver(systems.pattern).solve(upload(systems.values), upload(systems.rhs), x0=systems.rhs)
    with pytest.raises(ms.InputError, match="^rhs: is on cuda"):
        ms.CgSolver(systems.pattern, device="cpu").solve(upload(systems.values), upload(systems.rhs))


def test_a_solver_follows_its_arrays(upload):
    systems = Systems()
    solver = ms.CgSolver(systems.pattern)
    first = solver.solve(systems.values, systems.rhs, tol=1e-10)
    compared(solver.solve(upload(systems.values), upload(systems.rhs), tol=1e-10), first, rtol=1e-8)
    np.testing.assert_array_equal(solver.solve(systems.values, systems.rhs, tol=1e-10).x, first.x)


def test_the_iteration_loss(upload, cuda):
    settings = {"problem.unknowns": 6}
    here, there = ms.IterationLoss("poisson", settings), ms.IterationLoss("poisson", settings, device=cuda)
    rows = here.rows("train", 0, 4)
    here.set_tasks(rows)
    there.set_tasks(rows)
    theta = here.own_parameters() + 0.1
    wanted, found = here.evaluate(theta), there.evaluate(upload(theta))
    np.testing.assert_allclose(fetched(found.loss), wanted.loss, rtol=1e-9)
    np.testing.assert_allclose(fetched(found.gradient), wanted.gradient, rtol=1e-6, atol=1e-9)


def test_a_forked_child_is_told(cuda, upload):
    if "emulated" in cuda.description:
        pytest.skip("the emulated device survives a fork")
    ms.JacobiSolver(4, device=cuda).solve(upload(np.ones((1, 4))))
    child = os.fork()
    if child == 0:
        try:
            ms.JacobiSolver(4, device="cuda")
            os._exit(1)
        except ms.DeviceError as error:
            os._exit(0 if "fork" in str(error) else 2)
        except BaseException:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_gradients_of_one_task(upload):
    systems = Systems()
    values, rhs, x_bar = systems.values[0], systems.rhs[0], np.ones(systems.unknowns)
    expected = ms.LinearSolver(systems.pattern).gradient(values, systems.x[0], x_bar, tol=1e-10)
    found = ms.LinearSolver(systems.pattern).gradient(upload(values), upload(systems.x[0]), upload(x_bar), tol=1e-10)
    np.testing.assert_allclose(fetched(found.rhs_bar), expected.rhs_bar, rtol=1e-8)
    np.testing.assert_allclose(fetched(found.values_bar), expected.values_bar, rtol=1e-8)


def test_parameters_are_learned_online(upload, cuda):
    systems = Systems()
    features = np.array([1.0, 5.0, 20.0, 80.0, 300.0])
    here, costs, there = (ms.OnlineMetaSolver([ms.Parameter("omega", 1, 1.9, 1.5)], {"d": (1, 500)}) for _ in range(3))
    theta = costs.choose(upload(features))
    assert type(theta).__name__ == "DeviceArray" and costs.device == "cuda:0"
    np.testing.assert_allclose(fetched(theta), here.choose(features), rtol=1e-12)
    costs.learn(upload(np.ones(5)))
    costs.choose(upload(features))
    costs.learn(1.0)
    assert costs.report().tasks == 10
    expected = ms.CgSolver(systems.pattern).solve(systems.values, systems.rhs, tol=1e-10).x
    values, rhs = upload(systems.values), upload(systems.rhs)
    for device in (None, cuda):
        solver = ms.CgSolver(systems.pattern, preconditioner="ssor", device=device)
        result = solver.solve(values, rhs, tol=1e-10, online=there, features=upload(features))
        np.testing.assert_allclose(fetched(result.x), expected, rtol=1e-8)
        assert set(fetched(result.origin).tolist()) <= {0, 2, 3}
    with pytest.raises(ms.InputError, match="^features: is on the CPU"):
        solver.solve(values, rhs, online=there, features=features)
    back = ms.CgSolver(systems.pattern, preconditioner="ssor")
    back.solve(systems.values, systems.rhs, online=there, features=features)
    assert there.device == "cpu" and there.report().tasks == 15
