# SPDX-License-Identifier: Apache-2.0
"""Meta-solvers that learn while the program runs."""

from __future__ import annotations

import copy
import pickle

import metasolve as ms
import numpy as np
import pytest
from conftest import jax_or_skip, named

OMEGA = ms.Parameter("omega", 1, 1.95, constant=1.5)
DIFFUSION = ms.Feature("diffusion", 1, 1000, logarithmic=True)


def best_at(diffusion: np.ndarray) -> np.ndarray:
    return 1.1 + 0.8 * np.log10(diffusion) / 3


def taught(calls: int = 400, online: ms.OnlineMetaSolver | None = None, seed: int = 0, **options) -> ms.OnlineMetaSolver:
    """By costs that are 20 at the best omega, and grow by its distance squared."""
    online = online or ms.OnlineMetaSolver([OMEGA], [DIFFUSION], **options)
    rng = np.random.default_rng(seed)
    for _ in range(calls):
        diffusion = 10 ** rng.uniform(0, 3, 10)
        online.learn(20 + 100 * (online.choose(diffusion)[:, 0] - best_at(diffusion)) ** 2)
    return online


@pytest.mark.parametrize("exploration", ["confidence", "thompson"])
def test_it_finds_the_best_values(exploration):
    report = taught(exploration=exploration).report()
    middles = np.sqrt(report.bins.low * report.bins.high)[:, 0]
    step = 0.95 / 15  # of the grid
    assert report.bins.best.shape == (10, 1) and (abs(report.bins.best[:, 0] - best_at(middles)) < 1.01 * step).all()
    np.testing.assert_allclose(report.bins.cost, 20, rtol=0.05)
    constant = 20 + 100 * (1.5 - best_at(middles)) ** 2
    np.testing.assert_allclose(report.bins.constant_cost, constant, rtol=0.15)
    assert report.tasks == 4000 and report.calls == 400
    assert report.constant_cost == pytest.approx(20 + 100 * 0.8**2 / 12, rel=0.05)
    assert report.saved == pytest.approx(1 - report.cost / report.constant_cost) and report.saved > 0.12
    assert report.debt < 0.05 * 250 and 0 < report.explored < 1200 and report.constants >= 20
    assert report.cells.parameters.shape == (16, 1) and report.cells.tasks.shape == report.cells.cost.shape == (10, 16)
    np.testing.assert_allclose(report.cells.tasks.sum(1), report.bins.tasks)


def test_reports_are_read():
    online = ms.OnlineMetaSolver([OMEGA], [DIFFUSION])
    assert repr(online) == "<metasolve.OnlineMetaSolver of omega: nothing learned yet>"
    report = taught(online=online).report()
    text = str(report)
    for part in (f"cost {report.cost:.4g} a task", f"{report.saved:.0%} less", f"{report.constant_cost:.4g}", "4000 tasks",
                 f"best omega {report.bins.best[0, 0]:.4g} at diffusion 1 to {report.bins.best[-1, 0]:.4g} at 1000"):  # fmt: skip
        assert part in text
    assert "\n" not in text and text in repr(report) and text in repr(online)
    again = pickle.loads(pickle.dumps(report))
    assert str(again) == text and (again.cells.cost == report.cells.cost).all()


def test_parameters_of_all_kinds_are_described():
    shift, restart = ms.Parameter("shift", 1e-4, 1, 1e-2, logarithmic=True, values=8), ms.Parameter("restart", 5, 40, 30, values=8)
    online = ms.OnlineMetaSolver([shift, restart], {"step": (0, 1), "time": (0, 9)}, capacity=7)
    assert online.parameters == (shift, restart)
    assert online.features == (ms.Feature("step", 0, 1, bins=8), ms.Feature("time", 0, 9, bins=8))
    theta = online.choose(np.random.default_rng(0).uniform(0, 1, (300, 2)))  # more than the capacity
    low, high = [1e-4, 5], [1, 40]
    assert theta.shape == (300, 2) and ((low <= theta) & (theta <= high)).all()
    alone = ms.OnlineMetaSolver({"omega": (1, 1.95, 1.5)})
    assert alone.parameters == (OMEGA,) and alone.features == ()
    assert alone.choose(count=3).shape == (3, 1)
    alone.learn([1.0, 2.0, 3.0])
    assert alone.report().tasks == 3


@pytest.mark.parametrize("estimator", ["bins", "least_squares", "network"])
def test_values_lie_in_their_range(estimator):
    """Also near its low end, where the network's logarithmic output would go on to 0."""
    shift = ms.Parameter("shift", 1e-3, 1, constant=2e-3, logarithmic=True)
    online, chosen = ms.OnlineMetaSolver([shift], {"a": (0, 1)}, estimator=estimator), []
    for seed in range(50):
        theta = online.choose(np.random.default_rng(seed).uniform(0, 1, 100))
        online.learn(np.round(100 * (1 + theta[:, 0])))
        chosen.append(theta)
    assert np.min(chosen) == 1e-3 and np.max(chosen) <= 1


def test_tasks_that_fail_are_avoided():
    online = ms.OnlineMetaSolver([OMEGA])
    for _ in range(300):
        omega = online.choose(count=10)[:, 0]
        online.learn(np.where(omega > 1.7, np.nan, 40 - 10 * omega))
    report = online.report()
    assert 1.6 < report.bins.best[0, 0] <= 1.7
    assert (online.choose(count=1000)[:, 0] > 1.7).sum() < 100


def test_features_that_are_no_numbers_get_the_constants():
    online = ms.OnlineMetaSolver([OMEGA], [DIFFUSION])
    assert online.choose([np.nan, 1.0, np.inf])[[0, 2], 0].tolist() == [1.5, 1.5]
    online.learn([7.0, 5.0, 9.0])
    assert online.report().tasks == 1 and online.report().cost == pytest.approx(5, rel=1e-3)


def test_arrays_are_of_the_framework_and_the_callers():
    one, two = (ms.OnlineMetaSolver([OMEGA], [DIFFUSION]) for _ in range(2))
    diffusion = 10 ** np.random.default_rng(1).uniform(0, 3, 50)
    expected = one.choose(diffusion)
    kept = expected.copy()
    one.learn(np.ones(100)[::2])
    two.choose(diffusion[:, None])
    two.learn(1.0)
    wide = np.zeros((3, 50))
    wide[1] = diffusion
    second = one.choose(wide.T[:, 1])
    assert two.choose(np.asfortranarray(diffusion[:, None])).tobytes() == second.tobytes()
    assert kept.tobytes() == expected.tobytes()  # not overwritten by the later call
    jax = jax_or_skip()
    three = ms.OnlineMetaSolver([OMEGA], [DIFFUSION])
    theta = three.choose(jax.numpy.array(diffusion))
    assert isinstance(theta, jax.Array) and np.asarray(theta).tobytes() == kept.tobytes()
    three.learn(jax.numpy.ones(50))
    assert np.asarray(three.choose(jax.numpy.array(diffusion))).tobytes() == second.tobytes()


def test_tensors():
    torch = pytest.importorskip("torch")
    online = ms.OnlineMetaSolver([OMEGA], [DIFFUSION])
    theta = online.choose(torch.full((4,), 10.0, dtype=torch.float64))
    assert type(theta) is torch.Tensor and theta.shape == (4, 1)
    online.learn(torch.ones(4, dtype=torch.float64))
    assert online.report().tasks == 4


def test_a_saved_one_goes_on_to_the_same_bits(tmp_path):
    first = taught(100)
    first.save(tmp_path / "learned")
    assert (tmp_path / "learned").stat().st_size < 100_000
    second = ms.OnlineMetaSolver.load(str(tmp_path / "learned"))
    larger = ms.OnlineMetaSolver.load(tmp_path / "learned", capacity=1000)
    assert second.parameters == first.parameters and second.features == first.features
    untaught = taught(0)
    features = 10 ** np.random.default_rng(9).uniform(0, 3, 10)
    assert untaught.choose(features).tobytes() != ms.OnlineMetaSolver.load(tmp_path / "learned").choose(features).tobytes()
    for online in (first, second, larger):
        taught(50, online, seed=5)
    chosen = [online.choose(features).tobytes() for online in (first, second, larger)]
    assert chosen[0] == chosen[1] == chosen[2]
    for online in (second, larger):
        assert (online.report().cells.cost == first.report().cells.cost).all() and online.report().tasks == 1500


def test_growing_changes_no_bit():
    features = 10 ** np.random.default_rng(3).uniform(0, 3, 1000)
    reserved, grown = ms.OnlineMetaSolver([OMEGA], [DIFFUSION], capacity=1000), ms.OnlineMetaSolver([OMEGA], [DIFFUSION])
    for first, last in ((0, 1), (1, 10), (10, 200), (200, 1000), (0, 300)):
        of = features[first:last]
        a, b = reserved.choose(of), grown.choose(of)
        assert a.tobytes() == b.tobytes()
        for online, theta in ((reserved, a), (grown, b)):
            online.learn(1 + (theta[:, 0] - 1.2) ** 2)


def test_merged_ones_know_what_both_learned():
    one, two = taught(100, seed=1), taught(60, seed=2)
    both = one.learned() + two.learned()
    tasks = one.report().cells.tasks + two.report().cells.tasks
    for online in (one, two):
        online.merge(both)
    np.testing.assert_allclose(one.report().cells.tasks, tasks, rtol=1e-12)
    assert (one.report().cells.tasks == two.report().cells.tasks).all()
    assert (one.report().bins.best == two.report().bins.best).all()
    assert one.learned()[:-1] == pytest.approx(0, abs=1e-9)  # since the merge


def test_options_are_checked_by_name():
    good = {"parameters": [OMEGA], "features": [DIFFUSION]}
    wrong = {
        "estimator": ("x", 1), "exploration": ("greedy", None), "memory": (-1, 1.5, "x"), "capacity": (0, -1, 1.5, "x"),
        "constant_share": (-0.1, 2, "x", None), "first_limit": (0.5, "x", float("nan")), "most_loss": (0, -1, None),
        "seed": (-1, 2**64, 0.5), "device": ("gpu", 3), "threads": (-1, "x"),
        "parameters": ([], [1], 1, "omega", None, [OMEGA] * 2, [DIFFUSION], {"omega": (1, 2)}, {"omega": 1}),
        "features": ([1], "x", None, [DIFFUSION] * 2, [OMEGA], {"a": (1, 2, 3)}),
    }  # fmt: skip
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(ms.InputError, match=rf"\b({name}|{name.rstrip('s')})\b"):
                ms.OnlineMetaSolver(**{**good, name: value})
    for field, value in {"low": "x", "high": 0.5, "constant": 3, "logarithmic": 1, "values": 1, "iteration_cost": None}.items():
        with pytest.raises(ms.InputError, match=f"omega.*{'range' if field == 'high' else field}"):
            ms.OnlineMetaSolver([ms.Parameter(**{**vars(OMEGA), field: value})])
    for field, value in {"low": -1, "high": None, "logarithmic": "yes", "bins": 1000}.items():
        with pytest.raises(ms.InputError, match=f"diffusion.*{field}"):
            ms.OnlineMetaSolver([OMEGA], [ms.Feature(**{**vars(DIFFUSION), field: value})])


def test_wrong_calls_are_named(tmp_path):
    online = ms.OnlineMetaSolver([OMEGA], [DIFFUSION])
    with named("choose"):
        online.learn([1.0])
    for features in (None, 1.0, "x", np.ones((2, 2)), np.ones((2, 1, 1)), np.ones(3, int), np.ones(3, "f4"), np.ndarray):
        with named("features"):
            online.choose(features)
    with named("count"):
        online.choose(np.ones(3), count=3)
    for count in (None, -1, 1.5):
        with named("count"):
            ms.OnlineMetaSolver([OMEGA]).choose(count=count)
    with named("features"):
        ms.OnlineMetaSolver([OMEGA]).choose(np.ones(3))
    assert online.choose(np.ones(0)).shape == (0, 1)
    online.learn(np.ones(0))
    assert online.report().tasks == 0
    online.choose(np.ones(3))
    for cost in (np.ones(2), np.ones((3, 1)), np.ones(3, int), "x", None, np.ndarray):
        with named("cost"):
            online.learn(cost)
    online.learn(np.ones(3))
    with named("choose"):  # not twice
        online.learn(np.ones(3))
    for sums in (np.ones(3), np.ones((2, 2)), np.full(len(online.learned()), np.nan), np.ones(3, "f4")):
        with pytest.raises(ms.InputError, match="sum|merge"):
            online.merge(sums)
    with pytest.raises(ms.OutputError, match="nowhere"):
        online.save("/nowhere/at/all")
    (tmp_path / "other").write_text("x")
    for file in (tmp_path / "other", tmp_path / "missing"):
        with pytest.raises(ms.InputError, match=file.name):
            ms.OnlineMetaSolver.load(file)
    with named("file"):
        ms.OnlineMetaSolver.load(3)
    assert online.report().tasks == 3
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="OnlineMetaSolver cannot be pickled or copied"):
            copied(online)
