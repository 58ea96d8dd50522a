# SPDX-License-Identifier: Apache-2.0
"""Solvers whose parameters are learned in their calls."""

from __future__ import annotations

import gc
import threading
import tracemalloc

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems, jax_or_skip, named
from test_memory import GROWTH, grows_by, references
from test_threads import in_child

SIDE = 12
OMEGA = ms.Parameter("omega", 1, 1.95, constant=1.0)
DIFFUSION = ms.Feature("diffusion", 1, 1000, logarithmic=True)


class Heat:
    """Implicit steps of heat conduction on a square: I + d L, of which d is each system's feature."""

    def __init__(self, count: int, seed: int = 0) -> None:
        line = 2 * np.eye(SIDE) - np.eye(SIDE, k=1) - np.eye(SIDE, k=-1)
        laplace = np.kron(line, np.eye(SIDE)) + np.kron(np.eye(SIDE), line)
        rows, columns = np.nonzero(laplace)
        self.pattern = (np.concatenate([[0], np.cumsum(np.bincount(rows))]), columns)
        rng = np.random.default_rng(seed)
        self.diffusion = 10 ** rng.uniform(0, 3, count)
        self.dense = np.eye(SIDE**2) + self.diffusion[:, None, None] * laplace
        self.values = np.ascontiguousarray(self.dense[:, rows, columns])
        self.rhs = rng.standard_normal((count, SIDE**2))
        self.batch = (self.values, self.rhs)


@pytest.fixture(scope="module")
def heat() -> Heat:
    return Heat(40)


def new(**options) -> ms.OnlineMetaSolver:
    return ms.OnlineMetaSolver([OMEGA], [DIFFUSION], **options)


def solver_of(heat: Heat, kind=ms.CgSolver, **options):
    return kind(heat.pattern, preconditioner="ssor", **options)


@pytest.mark.parametrize("kind, options", [(ms.CgSolver, {}), (ms.LinearSolver, {"matrix": "positive_definite", "method": "cg"}),
                                           (ms.LinearSolver, {"method": "bicgstab"})])  # fmt: skip
def test_iterations_fall_and_solutions_are_right(heat, kind, options):
    solver, online = solver_of(heat, kind, **options), new()
    constant = solver.solve(*heat.batch, omega=1.0, tol=1e-9)
    for _ in range(60):
        learned = solver.solve(*heat.batch, omega=1.0, tol=1e-9, online=online, features=heat.diffusion)
        assert learned.converged.all()
    np.testing.assert_allclose(learned.x, np.linalg.solve(heat.dense, heat.rhs[..., None])[..., 0], rtol=1e-6, atol=1e-9)
    assert learned.iterations.mean() < 0.85 * constant.iterations.mean()
    best = min(solver.solve(*heat.batch, omega=omega, tol=1e-9).iterations.mean() for omega in np.linspace(1, 1.95, 16))
    assert learned.iterations.mean() < 1.1 * best
    report = online.report()
    assert report.tasks == 2400 and report.calls == 60 and report.saved > 0.1
    assert report.constant_cost == pytest.approx(constant.iterations.mean(), rel=0.05)


def test_origins_are_told(heat):
    assert ms.Origin.CONSTANT == 3
    solver, online = solver_of(heat), new()
    constant = solver.solve(*heat.batch, omega=1.0, tol=1e-9)
    seen = {origin: 0 for origin in ms.Origin}
    for _ in range(10):
        result = solver.solve(*heat.batch, omega=1.0, online=online, features=heat.diffusion, tol=1e-9)
        for origin in seen:
            tasks = result.origin == origin
            seen[origin] += int(tasks.sum())
            if origin in (ms.Origin.CONSTANT, ms.Origin.RETRIED):
                assert result.x[tasks].tobytes() == constant.x[tasks].tobytes()
            elif tasks.any():
                assert (result.x[tasks] != constant.x[tasks]).any(axis=1).all()
    report = online.report()
    assert sum(seen.values()) == 400 and seen[ms.Origin.CHOSEN] > 200 and seen[ms.Origin.CONSTANT] > 0
    assert (report.retried, report.replaced) == (seen[ms.Origin.RETRIED], 0)
    assert report.constants >= seen[ms.Origin.CONSTANT]


def same_learning(heat: Heat, *batch, features, rounds: int = 5) -> bytes:
    solver, online = solver_of(heat), new()
    for _ in range(rounds):
        result = solver.solve(*batch, online=online, features=features)
    return np.asarray(result.x).tobytes() + np.asarray(online.report().cells.cost).tobytes()


def test_features_of_all_kinds_are_the_same(heat):
    expected = same_learning(heat, *heat.batch, features=heat.diffusion)
    wide = np.zeros((40, 3))
    wide[:, 1] = heat.diffusion
    for features in (heat.diffusion[:, None], wide[:, 1], wide[:, 1:2], heat.diffusion.tolist()):
        assert same_learning(heat, *heat.batch, features=features) == expected
    jax = jax_or_skip()
    batch = [jax.numpy.array(a) for a in heat.batch]
    assert same_learning(heat, *batch, features=jax.numpy.array(heat.diffusion)) == expected
    assert same_learning(heat, *batch, features=heat.diffusion) == expected


def test_tensors(heat):
    torch = pytest.importorskip("torch")
    expected = same_learning(heat, *heat.batch, features=heat.diffusion)
    batch = [torch.tensor(a) for a in heat.batch]
    assert same_learning(heat, *batch, features=torch.tensor(heat.diffusion)) == expected


def test_single_systems(heat):
    solver, batched = solver_of(heat), solver_of(heat)
    one, two = new(), new()
    for features in (heat.diffusion[0], [heat.diffusion[0]], heat.diffusion[:1], 7):
        single = solver.solve(heat.values[0], heat.rhs[0], online=one, features=features)
        whole = batched.solve(heat.values[:1], heat.rhs[:1], online=two, features=np.array([features], float).reshape(1))
        assert single.x.tobytes() == whole.x.tobytes() and int(single.iterations) == whole.iterations[0]
    assert one.report().tasks == 4


def test_jacobi_scales_guesses():
    """Guesses that are half of solutions that are known to a hundredth."""
    rng = np.random.default_rng(0)
    rhs = rng.standard_normal((50, 8))
    exact = np.linalg.solve(2 * np.eye(8) - np.eye(8, k=1) - np.eye(8, k=-1), rhs.T).T
    guess = exact * rng.uniform(0.99, 1.01, exact.shape) / 2
    solver = ms.JacobiSolver(8)
    online = ms.OnlineMetaSolver([ms.Parameter("guess_scale", 0, 3, constant=1, values=7)])
    for _ in range(40):
        result = solver.solve(rhs, x0=guess, online=online)
        assert result.converged.all()
    constant, best = (solver.solve(rhs, x0=scale * guess).iterations.mean() for scale in (1, 2))
    report = online.report()
    assert report.bins.best.tolist() == [[2.0]] and report.constant_cost == pytest.approx(constant, rel=0.05)
    assert result.iterations.mean() < best + 0.2 * (constant - best)
    np.testing.assert_allclose(result.x, exact, atol=1e-4)


def test_implicit_euler_learns_its_relaxation():
    rng = np.random.default_rng(0)
    y, p = rng.uniform(-2, 2, (100, 2)), 10 ** rng.uniform(0, 1, (100, 1))
    solver = ms.ImplicitEulerSolver("van_der_pol")
    online = ms.OnlineMetaSolver([ms.Parameter("relaxation", 0.5, 1.5, constant=0.6, values=11)], [ms.Feature("p", 1, 10)])
    constant = solver.solve(y, p, 0.01, relaxation=0.6, tol=1e-8)
    for _ in range(40):
        result = solver.solve(y, p, 0.01, relaxation=0.6, tol=1e-8, online=online, features=p)
        assert result.converged.all()
    assert result.iterations.mean() < 0.7 * constant.iterations.mean()
    np.testing.assert_allclose(result.x, constant.x, atol=1e-6)


def test_it_follows_its_solvers(heat):
    """Given to solvers in turn it learns as with one; the executors need not be thought of."""
    expected, alone = new(), solver_of(heat)
    shared, solvers = new(), [solver_of(heat), solver_of(heat), solver_of(heat, device="cpu"), solver_of(heat, threads=1)]
    for i in range(12):
        a = alone.solve(*heat.batch, online=expected, features=heat.diffusion)
        b = solvers[i % 4].solve(*heat.batch, online=shared, features=heat.diffusion)
        assert a.iterations.tobytes() == b.iterations.tobytes()
    assert (shared.report().cells.cost == expected.report().cells.cost).all()
    executor = ms.Executor("cpu", 1)
    fixed = new(device=executor)
    assert solver_of(heat, device=executor).solve(*heat.batch, online=fixed, features=heat.diffusion).converged.all()
    with pytest.raises(ms.InputError, match=r"^online: .*another executor.*`device`"):
        alone.solve(*heat.batch, online=fixed, features=heat.diffusion)
    assert fixed.report().tasks == 40


def test_a_saved_one_goes_on_in_a_solver(heat, tmp_path):
    solver, online = solver_of(heat), new()
    for _ in range(10):
        solver.solve(*heat.batch, online=online, features=heat.diffusion)
    online.save(tmp_path / "learned")
    again = ms.OnlineMetaSolver.load(tmp_path / "learned")
    other = solver_of(heat)
    for _ in range(10):
        a = solver.solve(*heat.batch, online=online, features=heat.diffusion)
        b = other.solve(*heat.batch, online=again, features=heat.diffusion)
        assert a.x.tobytes() == b.x.tobytes() and a.origin.tobytes() == b.origin.tobytes()


def test_errors_name_their_argument(heat):
    solver, online = solver_of(heat), new()
    out = np.full_like(heat.rhs, 7)
    given = {"values": heat.values, "rhs": heat.rhs, "out": out}
    for wrong in (1, "x", object(), ms.OnlineMetaSolver):
        with named("online"):
            solver.solve(**given, online=wrong, features=heat.diffusion)
    with named("online"):
        solver.solve(**given, features=heat.diffusion)
    d = heat.diffusion
    for wrong in (None, d[:-1], d[:, None][:, [0, 0]], d.astype("f4"), d.astype(int), 3.0, "x", object(), d[None, None]):
        with named("features"):
            solver.solve(**given, online=online, features=wrong)
    none = ms.OnlineMetaSolver([OMEGA])
    with named("features"):
        solver.solve(**given, online=none, features=d)
    with pytest.raises(ms.InputError, match='"omega", only the preconditioner ssor has it'):
        ms.CgSolver(heat.pattern).solve(**given, online=none)
    with pytest.raises(ms.InputError, match='"relaxation", which this solver has not; it has: omega'):
        solver.solve(**given, online=ms.OnlineMetaSolver([ms.Parameter("relaxation", 0.5, 1.5, 1)]))
    with pytest.raises(ms.InputError, match='"omega" from 1.*to 2.5'):
        solver.solve(**given, online=ms.OnlineMetaSolver([ms.Parameter("omega", 1, 2.5, 1.5)]))
    with pytest.raises(ms.InputError, match="online: a direct method has no parameters"):
        ms.LinearSolver(heat.pattern, matrix="positive_definite").solve(**given, online=none)
    with named("tol"):
        solver.solve(**given, online=online, features=d, tol=-1)
    assert (out == 7).all() and online.report().tasks == 0
    assert solver.solve(**given, online=online, features=d).converged.all() and online.report().tasks == 40
    with named("choose"):  # what a solver learned from is not learned from twice
        online.learn(1.0)


def test_threads_share_one(heat):
    """Each call is whole: what all learned is in it, and solutions are right."""
    online, expected = new(), solver_of(heat).solve(*heat.batch, tol=1e-10).x
    solvers = [solver_of(heat, threads=1) for _ in range(4)]
    wrong: list[object] = []

    def work(i: int) -> None:
        try:
            for _ in range(10):
                result = solvers[i // 2].solve(*heat.batch, tol=1e-10, online=online, features=heat.diffusion)
                np.testing.assert_allclose(result.x, expected, rtol=1e-6, atol=1e-9)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    assert wrong == [] and online.report().calls == 80 and online.report().tasks == 3200


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_child_goes_on_after_a_fork(heat, tmp_path):
    solver, online = solver_of(heat), new()
    for _ in range(5):
        solver.solve(*heat.batch, online=online, features=heat.diffusion)

    def go_on() -> bytes:
        result = solver.solve(*heat.batch, online=online, features=heat.diffusion)
        return result.x.tobytes() + online.report().cells.cost.tobytes()

    assert in_child(lambda: (tmp_path / "childs").write_bytes(go_on()) > 0) == 0
    assert (tmp_path / "childs").read_bytes() == go_on()


def test_features_are_read_in_place():
    """A million of them, with a stride: no memory but for what is chosen."""
    count = 1_000_000
    features, cost = np.ones((count, 4))[:, 1], np.ones((count, 2))[:, 1]
    online = new(capacity=count)
    tracemalloc.start()
    theta = online.choose(features)
    online.learn(cost)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert theta.nbytes <= peak < theta.nbytes + 100_000 and online.report().tasks == count


def test_nothing_is_kept_from_call_to_call():
    systems = Systems(unknowns=3, count=2)
    values, rhs, features = systems.values.copy(), systems.rhs.copy(), np.array([1.0, 10.0])
    solver = ms.CgSolver(systems.pattern, preconditioner="ssor", threads=1)
    online = new(capacity=2)
    before = references(values, rhs, features)
    assert grows_by(lambda: solver.solve(values, rhs, online=online, features=features), 5000) < GROWTH
    other = new(capacity=2)  # costs are of one kind
    assert grows_by(lambda: other.learn(other.choose(features)[:, 0]), 5000) < GROWTH

    def fail() -> None:
        with pytest.raises(ms.InputError):
            solver.solve(values, rhs, online=online, features=rhs)
        with pytest.raises(ms.InputError):
            online.choose(rhs)

    assert grows_by(fail, 2000) < GROWTH

    def make() -> None:
        made = new()
        for count in (1, 10, 100):
            made.learn(made.choose(np.ones(count))[:, 0])
        made.report()

    assert grows_by(make, 200) < GROWTH
    assert references(values, rhs, features) == before
    gc.collect()
