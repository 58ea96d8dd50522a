# SPDX-License-Identifier: Apache-2.0
"""Gradients through PyTorch and JAX, against differences."""

import importlib

import numpy as np
import pytest

import metasolve

sparse = pytest.importorskip("scipy.sparse")
COUNT, N = 6, 12


def optional(name):
    """A module, or None: the classes of the others still run."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def systems():
    rng = np.random.default_rng(1)
    matrix = sparse.random(N, N, 0.2, format="csr", random_state=2) + 4 * sparse.eye(N, format="csr")
    matrix = matrix.tocsr()
    matrix.sort_indices()
    values = matrix.data * rng.uniform(0.9, 1.1, (COUNT, matrix.nnz))
    return matrix, values, rng.standard_normal((COUNT, N))


STEPS = (np.tile([1.0, 1e-5, 0.0], (COUNT, 1)), np.array([0.04, 3e7, 1e4]) * np.linspace(0.5, 2, COUNT)[:, None],
         np.geomspace(1e-4, 1, COUNT))  # fmt: skip


class TestTorch:
    torch = optional("torch")
    pytestmark = pytest.mark.skipif(torch is None, reason="could not import 'torch'")

    def leaf(self, array):
        return self.torch.tensor(array, requires_grad=True)

    @pytest.mark.parametrize("options", [{}, {"method": "lu", "keeps_factors": True}, {"method": "gmres"}])
    def test_linear_solve(self, options):
        from metasolve.torch import linear_solve

        matrix, values, rhs = systems()
        solver = metasolve.LinearSolver(matrix, **options)
        solve = lambda a, b: linear_solve(solver, a, b, tol=1e-13).x  # noqa: E731
        if not options.get("keeps_factors"):  # gradcheck solves other tasks in between
            assert self.torch.autograd.gradcheck(solve, (self.leaf(values[:2]), self.leaf(rhs[:2])), eps=1e-6, atol=1e-6)
        a, b = self.leaf(values), self.leaf(rhs)
        result = linear_solve(solver, a, b, tol=1e-13)
        assert result.converged.all() and not result.measure.requires_grad
        result.x.square().sum().backward()
        plain = metasolve.LinearSolver(matrix).gradient(values, result.x.detach().numpy(), 2 * result.x.detach().numpy())
        np.testing.assert_allclose(a.grad, plain.values_bar, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(b.grad, plain.rhs_bar, rtol=1e-6, atol=1e-9)

    def test_kept_factors_of_other_tasks_are_refused(self):
        from metasolve.torch import linear_solve

        matrix, values, rhs = systems()
        solver = metasolve.LinearSolver(matrix, method="lu", keeps_factors=True)
        first = linear_solve(solver, self.leaf(values), self.leaf(rhs))
        linear_solve(solver, self.leaf(values * 2), self.leaf(rhs))
        with pytest.raises(metasolve.InputError, match="keeps"):
            first.x.sum().backward()

    def test_a_matrix_that_all_share_gets_the_sum(self):
        from metasolve.torch import linear_solve

        matrix, values, rhs = systems()
        solver = metasolve.LinearSolver(matrix)
        shared = self.leaf(values[0])
        linear_solve(solver, shared, self.leaf(rhs), tol=1e-13).x.sum().backward()
        each = self.leaf(np.tile(values[0], (COUNT, 1)))
        linear_solve(solver, each, self.leaf(rhs), tol=1e-13).x.sum().backward()
        np.testing.assert_allclose(shared.grad, each.grad.sum(0), rtol=1e-10)

    def test_implicit_euler_step(self):
        from metasolve.torch import implicit_euler_step

        solver = metasolve.ImplicitEulerSolver("robertson", method="newton")
        inputs = [self.leaf(a) for a in STEPS]
        y = implicit_euler_step(solver, *inputs, tol=1e-14, max_iterations=50).x
        weights = self.torch.linspace(1, 2, y.numel(), dtype=self.torch.float64).reshape(y.shape) * 1e3
        (y * weights).sum().backward()
        for k, array in enumerate(STEPS):
            for at in [(0, 0), (2, 1), (5, 2)] if array.ndim == 2 else [(1,), (4,)]:
                step = 1e-5 * max(abs(array[at]), 1e-3)
                sums = []
                for sign in (1, -1):
                    moved = [a.copy() for a in STEPS]
                    moved[k][at] += sign * step
                    x = solver.solve(*moved, tol=1e-15, max_iterations=50).x
                    sums.append((x * weights.numpy())[at[0]].sum())
                assert float(inputs[k].grad[at]) == pytest.approx((sums[0] - sums[1]) / (2 * step), rel=1e-4, abs=1e-9)

    def test_iteration_loss(self):
        from metasolve.torch import iteration_loss

        loss = metasolve.IterationLoss("poisson", {"problem.unknowns": 6})
        loss.set_tasks(loss.rows("train", 0, 5))
        theta = self.leaf(loss.own_parameters() + 0.1)
        tasks = self.torch.tensor([4, 0, 2, 1, 3], dtype=self.torch.int32)
        result = iteration_loss(loss, theta, tasks)
        (result.loss * self.torch.arange(5)).sum().backward()
        plain = loss.evaluate(theta.detach(), tasks)
        np.testing.assert_allclose(theta.grad.numpy(), plain.gradient.numpy() * np.arange(5)[:, None])

    def test_a_tensor_with_gradient_is_refused_by_the_plain_call(self):
        with pytest.raises(metasolve.InputError, match="metasolve.torch"):
            metasolve.JacobiSolver(4).solve(self.leaf(np.ones((1, 4))))


class TestJax:
    jax = optional("jax")
    pytestmark = pytest.mark.skipif(jax is None, reason="could not import 'jax'")

    @pytest.fixture(autouse=True)
    def in_double(self):
        self.jax.config.update("jax_enable_x64", True)

    def test_linear_solve_also_compiled(self):
        from metasolve.jax import linear_solve

        matrix, values, rhs = systems()
        solver = metasolve.LinearSolver(matrix)
        loss = lambda a, b: (linear_solve(solver, a, b, tol=1e-13).x ** 2).sum()  # noqa: E731
        x = solver.solve(values, rhs, tol=1e-13).x
        plain = solver.gradient(values, x, 2 * x)
        for gradient in (self.jax.grad(loss, (0, 1)), self.jax.jit(self.jax.grad(loss, (0, 1)))):
            a_bar, b_bar = gradient(values, rhs)
            np.testing.assert_allclose(a_bar, plain.values_bar, rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(b_bar, plain.rhs_bar, rtol=1e-6, atol=1e-9)

    def test_implicit_euler_step(self):
        from metasolve.jax import implicit_euler_step

        solver = metasolve.ImplicitEulerSolver("robertson", method="newton")
        total = lambda *a: (implicit_euler_step(solver, *a, tol=1e-14, max_iterations=50).x * 1e3).sum()  # noqa: E731
        bars = self.jax.grad(total, (0, 1, 2))(*STEPS)
        y = solver.solve(*STEPS, tol=1e-14, max_iterations=50).x
        plain = solver.gradient(*STEPS, y, np.full_like(y, 1e3))
        for found, expected in zip(bars, (plain.previous_bar, plain.parameters_bar, plain.step_bar)):
            np.testing.assert_allclose(found, expected, rtol=1e-8)

    def test_iteration_loss(self):
        from metasolve.jax import iteration_loss

        loss = metasolve.IterationLoss("poisson", {"problem.unknowns": 6})
        loss.set_tasks(loss.rows("train", 0, 5))
        theta = loss.own_parameters() + 0.1
        gradient, iterations = self.jax.grad(lambda t: ((v := iteration_loss(loss, t))[0].sum(), v[1]), has_aux=True)(theta)
        plain = loss.evaluate(theta)
        np.testing.assert_allclose(gradient, plain.gradient)
        np.testing.assert_array_equal(iterations, plain.iterations)

    def test_wrong_arguments_are_named(self):
        from metasolve.jax import linear_solve

        matrix, values, rhs = systems()
        with pytest.raises(metasolve.InputError, match="float32"):
            linear_solve(metasolve.LinearSolver(matrix), values.astype("f"), rhs)
        with pytest.raises(metasolve.InputError, match="keeps"):
            linear_solve(metasolve.LinearSolver(matrix, method="lu", keeps_factors=True), values, rhs)


class TestArgumentsOfTorch:
    torch = optional("torch")
    pytestmark = pytest.mark.skipif(torch is None, reason="could not import 'torch'")

    def test_a_negated_view(self):
        from metasolve.torch import linear_solve

        matrix, values, rhs = systems()
        solver = metasolve.LinearSolver(matrix)
        values, rhs = self.torch.tensor(values), self.torch.tensor(rhs)
        negated = (rhs * 1j).conj().imag  # its memory is that of rhs
        with pytest.raises(metasolve.InputError, match="rhs.resolve_neg"):
            solver.solve(values, negated)
        self.torch.testing.assert_close(linear_solve(solver, values, negated).x, linear_solve(solver, values, -rhs).x)
        given = rhs.clone().requires_grad_()
        x = linear_solve(solver, values, given, tol=1e-13).x
        (x * 1j).conj().imag.sum().backward()
        expected = rhs.clone().requires_grad_()
        linear_solve(solver, values, expected, tol=1e-13).x.neg().sum().backward()
        self.torch.testing.assert_close(given.grad, expected.grad)

    def test_what_has_no_gradient(self):
        from metasolve.torch import implicit_euler_step, linear_solve

        matrix, values, rhs = (self.torch.tensor(a) if isinstance(a, np.ndarray) else a for a in systems())
        solver, step = metasolve.LinearSolver(matrix), metasolve.ImplicitEulerSolver("robertson")
        y, p, h = (self.torch.tensor(a) for a in STEPS)
        with pytest.raises(metasolve.InputError, match="^values: expected a tensor"):
            linear_solve(solver, values.numpy(), rhs)
        with pytest.raises(metasolve.InputError, match="^parameters: expected a tensor"):
            implicit_euler_step(step, y, p.tolist(), h)
        with pytest.raises(metasolve.InputError, match="^out: "):
            linear_solve(solver, values, rhs, out=rhs.clone())
        with pytest.raises(metasolve.InputError, match="^time: has no gradient"):
            implicit_euler_step(step, y, p, h, time=self.torch.tensor(0.0, requires_grad=True))

    def test_one_step_in_an_array(self):
        from metasolve.torch import implicit_euler_step

        y, p, h = (self.torch.tensor(a[0]) for a in STEPS)
        size = h.reshape(1).clone().requires_grad_()
        implicit_euler_step(metasolve.ImplicitEulerSolver("robertson"), y, p, size).x[0].backward()
        assert size.grad.shape == (1,)


def test_jax_compiles_a_callback_once():
    jax = optional("jax")
    pytestmark = pytest.mark.skipif(jax is None, reason="could not import 'jax'")
    from metasolve import jax as with_jax

    solver = metasolve.LinearSolver(systems()[0])
    one, two = (with_jax._Callback(with_jax._solve_systems, solver, (("tol", 1e-9),)) for _ in range(2))
    other = with_jax._Callback(with_jax._solve_systems, metasolve.LinearSolver(systems()[0]), (("tol", 1e-9),))
    assert jax and one == two and hash(one) == hash(two) and one != other
