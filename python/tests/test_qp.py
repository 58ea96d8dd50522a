# SPDX-License-Identifier: Apache-2.0
"""Quadratic programs: solutions, certificates, the start, codebooks, polish and gradients, with NumPy, SciPy, PyTorch and
JAX."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest

from conftest import jax_or_skip, named

N, M, COUNT = 5, 7, 6


class Programs:
    """Random feasible programs with one pattern, dense for simplicity; row 0 is an equality, row 1 has no bounds."""

    def __init__(self, count: int = COUNT, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        root = rng.normal(size=(N, N))
        self.p = root @ root.T / N + np.eye(N)
        self.a = rng.normal(size=(M, N))
        self.a[np.abs(self.a) < 0.3] = 0
        self.q = rng.normal(size=(count, N))
        ax = rng.normal(size=(count, N)) @ self.a.T
        self.lower, self.upper = ax - 0.3, ax + 0.2
        self.lower[:, 0] = self.upper[:, 0] = ax[:, 0]
        self.lower[:, 1], self.upper[:, 1] = -np.inf, np.inf
        rows, columns = np.tril_indices(N)
        self.p_pattern = (np.cumsum([0, *range(1, N + 1)]), columns)
        self.p_values = self.p[rows, columns]
        rows, columns = np.nonzero(self.a)
        self.a_pattern = (np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=M))]), columns)
        self.a_values = self.a[rows, columns]

    def solver(self, **options) -> ms.QpSolver:
        return ms.QpSolver(
            self.p_pattern, self.a_pattern, self.q[0], self.lower[0], self.upper[0], p_values=self.p_values,
            a_values=self.a_values, **options,
        )  # fmt: skip

    def error(self, x, y) -> float:
        """The worst of the optimality conditions."""
        ax = x @ self.a.T
        worst = [np.abs(x @ self.p + self.q + y @ self.a).max(), (self.lower - ax).max(), (ax - self.upper).max()]
        worst.append(np.minimum(np.maximum(y, 0), np.abs(self.upper - ax)).max())
        worst.append(np.minimum(np.maximum(-y, 0), np.abs(ax - self.lower)).max())
        return max(worst)


@pytest.fixture
def programs() -> Programs:
    return Programs()


def test_solutions_are_optimal(programs):
    result = programs.solver().solve(programs.q, programs.lower, programs.upper, tol=1e-10, max_iterations=50000)
    assert result.counts() == {"converged": COUNT}
    assert result.x.shape == (COUNT, N) and result.y.shape == (COUNT, M) and result.solution.shape == (COUNT, N + M)
    assert np.shares_memory(result.x, result.solution)
    assert programs.error(result.x, result.y) < 1e-8
    one = programs.solver().solve(
        programs.q[0], programs.lower[0], programs.upper[0], tol=1e-10, max_iterations=50000
    )
    assert one.status == ms.Status.CONVERGED and one.x.tolist() == result.x[0].tolist()


def test_scipys_matrices(programs):
    sparse = pytest.importorskip("scipy.sparse")
    for p in (sparse.csr_matrix(programs.p), sparse.csr_matrix(np.triu(programs.p))):
        solver = ms.QpSolver(p, sparse.csr_matrix(programs.a), programs.q[0], programs.lower[0], programs.upper[0])
        result = solver.solve(programs.q, programs.lower, programs.upper, tol=1e-10, max_iterations=50000)
        assert programs.error(result.x, result.y) < 1e-8
        # The same with the values as arguments of the call, shared and each task's own.
        for repeat in (1, COUNT):
            p_values, a_values = (np.tile(v, (repeat, 1)) if repeat > 1 else v for v in (p.data, programs.a_values))
            again = solver.solve(
                programs.q, programs.lower, programs.upper, p_values=p_values, a_values=a_values, tol=1e-10,
                max_iterations=50000,
            )  # fmt: skip
            assert again.x.tolist() == result.x.tolist()
    with named("p"):
        ms.QpSolver(sparse.csc_matrix(programs.p), sparse.csr_matrix(programs.a))


def test_bounds_of_all_and_none(programs):
    solver = programs.solver()
    given = solver.solve(programs.q, programs.lower[0], programs.upper[0], tol=1e-9)
    assert given.x.shape == (COUNT, N)
    free = solver.solve(programs.q, rho=1e-4, tol=1e-10)  # small, for rows that are bounded in the typical task
    np.testing.assert_allclose(free.x, np.linalg.solve(programs.p, -programs.q.T).T, atol=1e-8)
    rowless = ms.QpSolver(programs.p_pattern, p_values=programs.p_values)
    assert rowless.rows == 0
    np.testing.assert_allclose(rowless.solve(programs.q, tol=1e-10).x, free.x, atol=1e-8)


def test_certificates():
    solver = ms.QpSolver(([0, 1, 1], [0]), ([0, 1, 2], [0, 0]), p_values=[1.0], a_values=[1.0, 2.0])
    q = np.array([[0.0, 0.0], [0.0, -1.0]])
    lower, upper = np.array([[1, -np.inf], [-1.0, -2.0]]), np.array([[np.inf, -2.0], [1.0, 2.0]])
    result = solver.solve(q, lower, upper)
    assert result.counts() == {"primal_infeasible": 1, "dual_infeasible": 1}
    assert abs(result.y[0] @ [1, 2]) < 1e-3 and np.abs(result.y[0]).max() == 1
    np.testing.assert_allclose(result.x[1], [0, 1], atol=1e-3)


def test_a_guess_and_its_shift(programs):
    shift_x, shift_y = [*range(1, N), N - 1], [*range(1, M), -1]
    solver = programs.solver(shift_x=shift_x, shift_y=shift_y)
    bounds = (programs.lower, programs.upper)
    cold = solver.solve(programs.q, *bounds, tol=1e-6)
    warm = solver.solve(programs.q, *bounds, tol=1.0001e-6, guess=cold)
    assert warm.iterations.tolist() == [0] * COUNT
    shifted = np.concatenate([cold.x[:, shift_x], cold.y[:, [*range(1, M)]], np.zeros((COUNT, 1))], axis=1)
    few = {"tol": 1e-12, "max_iterations": 3}
    expected = solver.solve(programs.q, *bounds, guess=shifted, **few)
    assert solver.solve(programs.q, *bounds, guess=cold, shift=True, **few).x.tolist() == expected.x.tolist()
    # In place of the guess.
    written = solver.solve(programs.q, *bounds, tol=1e-9, guess=cold, out=cold)
    assert written.solution is cold.solution
    assert programs.error(written.x, written.y) < 1e-6


def test_penalties_and_a_codebook(programs):
    group = [0] * 4 + [1] * 3
    solver = programs.solver(penalty_group=group, codebook=2)
    assert solver.groups == 2
    bounds = (programs.lower, programs.upper)
    with pytest.raises(ms.InputError, match="set_codebook"):
        solver.solve(programs.q, *bounds)
    penalties = np.array([[0.1, 0.5], [2.0, 1.0]])
    solver.set_codebook(penalties)
    own = programs.solver(penalty_group=group)
    for entry in (0, 1):
        expected = own.solve(programs.q, *bounds, rho=penalties[entry])
        by_number = solver.solve(programs.q, *bounds, entry=entry)
        nearest = solver.solve(programs.q, *bounds, rho=np.tile(1.1 * penalties[entry], (COUNT, 1)))
        assert by_number.iterations.tolist() == expected.iterations.tolist() == nearest.iterations.tolist()
        assert by_number.x.tolist() == nearest.x.tolist()
    # A larger call makes a larger solver, which has the codebook too.
    many = Programs(100)
    assert solver.solve(many.q, many.lower, many.upper, entry=1).counts() == {"converged": 100}
    for rho in (0.5, np.full(COUNT, 0.5)):
        assert programs.solver().solve(programs.q, *bounds, rho=rho).counts() == {"converged": COUNT}


def test_polish(programs):
    result = programs.solver().solve(programs.q, programs.lower, programs.upper, tol=1e-6, polish=True)
    assert result.polished.tolist() == [1] * COUNT
    assert programs.error(result.x, result.y) < 1e-12
    one = programs.solver().solve(programs.q[0], programs.lower[0], programs.upper[0], tol=1e-6, polish=True)
    assert one.polished == 1 and one.measure < 1e-13


def test_gradients_of_differences(programs):
    solver = programs.solver()
    weights = np.cos(np.arange(COUNT * (N + M))).reshape(COUNT, N + M)

    def loss() -> np.ndarray:
        result = solver.solve(
            programs.q, programs.lower, programs.upper, p_values=programs.p_values, a_values=programs.a_values, tol=1e-9,
            max_iterations=50000, polish=True,
        )  # fmt: skip
        loss.solution = result.solution
        return (result.solution * weights).sum(1)

    loss()
    solution = loss.solution.copy()
    gradient = solver.gradient(
        programs.q, programs.lower, programs.upper, solution, weights[:, :N], weights[:, N:],
    )  # fmt: skip
    assert gradient.status.tolist() == [0] * COUNT

    def difference(array: np.ndarray, index) -> np.ndarray:
        h, before = 1e-6, np.array(array[index])
        array[index] = before + h
        up = loss()
        array[index] = before - h
        down = loss()
        array[index] = before
        return (up - down) / (2 * h)

    for j in range(N):
        np.testing.assert_allclose(difference(programs.q, (slice(None), j)), gradient.q_bar[:, j], atol=1e-5)
    for i in range(2, M):
        index = (slice(None), i)
        np.testing.assert_allclose(difference(programs.lower, index), gradient.lower_bar[:, i], atol=1e-5)
        np.testing.assert_allclose(difference(programs.upper, index), gradient.upper_bar[:, i], atol=1e-5)
    for values, bars in ((programs.p_values, gradient.p_bar), (programs.a_values, gradient.a_bar)):
        for e in range(len(values)):
            np.testing.assert_allclose(difference(values, e), bars[:, e], atol=1e-5)
    of_x = solver.gradient(programs.q, programs.lower, programs.upper, solution, weights[:, :N], with_matrices=False)
    zeros = np.zeros((COUNT, M))
    both = solver.gradient(programs.q, programs.lower, programs.upper, solution, weights[:, :N], zeros)
    assert of_x.q_bar.tolist() == both.q_bar.tolist() and of_x.p_bar is None


def test_torch(programs):
    torch = pytest.importorskip("torch")
    from metasolve.torch import qp_solve

    solver = programs.solver()
    arrays = (programs.q, programs.lower, programs.upper, programs.p_values, programs.a_values)
    tensors = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
    result = qp_solve(solver, *tensors, tol=1e-9, max_iterations=50000)
    (result.x**2).sum().backward()
    x = result.x.detach().numpy()
    expected = solver.gradient(programs.q, programs.lower, programs.upper, result.solution.detach().numpy(), 2 * x)
    np.testing.assert_allclose(tensors[0].grad, expected.q_bar, rtol=1e-9)
    np.testing.assert_allclose(tensors[1].grad, expected.lower_bar, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tensors[3].grad, expected.p_bar.sum(0), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tensors[4].grad, expected.a_bar.sum(0), rtol=1e-9, atol=1e-12)


def test_jax(programs):
    jax = jax_or_skip()
    from metasolve.jax import qp_solve

    solver = programs.solver()

    def loss(q, lower, upper, p_values, a_values):
        found = qp_solve(solver, q, lower, upper, p_values, a_values, tol=1e-9, max_iterations=50000)
        return (found.x**2).sum() + found.y.sum()

    arrays = (programs.q, programs.lower, programs.upper, programs.p_values, programs.a_values)
    bars = jax.jit(jax.grad(loss, argnums=(0, 1, 2, 3, 4)))(*arrays)
    result = solver.solve(programs.q, programs.lower, programs.upper, tol=1e-9, max_iterations=50000, polish=True)
    expected = solver.gradient(
        programs.q, programs.lower, programs.upper, result, 2 * result.x, np.ones((COUNT, M))
    )
    for bar, of in zip(bars, (expected.q_bar, expected.lower_bar, expected.upper_bar, expected.p_bar.sum(0), expected.a_bar.sum(0))):
        np.testing.assert_allclose(bar, of, rtol=1e-9, atol=1e-12)
    direct = solver.solve(jax.numpy.asarray(programs.q), programs.lower, programs.upper, tol=1e-9, max_iterations=50000)
    assert programs.error(np.asarray(direct.x), np.asarray(direct.y)) < 1e-6


def test_online(programs):
    online = ms.OnlineMetaSolver([ms.Parameter("rho", 0.1, 10, 1.0, logarithmic=True)])
    for _ in range(3):
        result = programs.solver().solve(programs.q, programs.lower, programs.upper, online=online)
        assert result.counts() == {"converged": COUNT}


def test_errors_name_the_argument(programs):
    q, lower, upper = programs.q, programs.lower, programs.upper
    solver = programs.solver()
    for name, arguments in {
        "q": (q[:, :2], lower, upper),
        "lower": (q, lower[:2], upper),
        "upper": (q, lower, upper[:, :3]),
    }.items():
        with named(name):
            solver.solve(*arguments)
    for name, value in {
        "rho": np.ones((COUNT, 2)), "alpha": 2.5, "guess": q, "scales": q, "p_values": q, "a_values": q, "entry": 1,
        "tol": 0.0,
    }.items():  # fmt: skip
        with named(name):
            solver.solve(q, lower, upper, **{name: value})
        with named(name):
            solver.solve(q, lower, upper, **{name: np.ndarray})
    for name, value in {
        "sigma": -1.0, "absolute": -1.0, "equality": 0.0, "penalty_group": [0] * (M + 1), "shift_x": [0] * (N - 1),
        "codebook": -1, "row_weights": [0.0] * M, "capacity": 0, "guess_rho": -1.0,
    }.items():  # fmt: skip
        with named(name):
            programs.solver(**{name: value})
    for name, value in {"q": q[0, :2], "lower": lower[0, :2]}.items():
        arguments = {"q": q[0], "lower": lower[0], "upper": upper[0], name: value}
        with pytest.raises(ms.InputError, match=f"^{name}[ :]"):
            ms.QpSolver(programs.p_pattern, programs.a_pattern, **arguments)
    with named("p_values"):
        ms.QpSolver(programs.p_pattern, programs.a_pattern).solve(q, lower, upper)
    with named("p_values"):
        ms.QpSolver(programs.p_pattern, programs.a_pattern, p_values=[1.0])


def test_a_meta_solver_takes_the_features_of_its_training(tmp_path):
    programs = Programs(60)
    np.savez(tmp_path / "programs.npz", q=programs.q, l=programs.lower, u=programs.upper, P=programs.p, A=programs.a)
    settings = {
        "problem.qp_folder": str(tmp_path / "programs.npz"), "problem.train_tasks": 40, "problem.validation_tasks": 10,
        "problem.test_tasks": 10, "network.chooses": "penalties", "network.hidden": [8], "training.epochs": 2,
        "training.batch_size": 10,
    }  # fmt: skip
    model = ms.train("qp", settings, out=tmp_path / "run", threads=1, progress=False).meta_solver()
    solver = programs.solver(meta_solver=model)
    tasks = programs.q, programs.lower, programs.upper
    features = np.zeros((60, model.features))
    assert solver.solve(*tasks, features=features, tol=1e-6).converged.all()
    for wrong in (features[:, 1:], features[1:], np.zeros((60, model.features + 1))):
        with named("features"):
            solver.solve(*tasks, features=wrong)
    with named("features"):
        solver.solve(*tasks)
