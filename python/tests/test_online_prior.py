# SPDX-License-Identifier: Apache-2.0
"""Meta-solvers that were trained, and go on learning in their calls."""

from __future__ import annotations

import metasolve as ms
import numpy as np
import pytest
from conftest import named
from own_problems import cache  # noqa: F401

NOISE = 0.3  # on the network's output (docs/online.md)
SETTINGS = {"training.batch_size": 100, "network.hidden": [8], "solver.max_iterations": 500, "optimizer.rate": 0.02}


def output_of(parameter: np.ndarray, low: float, high: float) -> np.ndarray:
    """Of the network, before the sigmoid."""
    return np.log((parameter - low) / (high - parameter))


def require_near(chosen: np.ndarray, predicted: np.ndarray, parameter: ms.Parameter) -> None:
    """But for the tasks with the constants, which are many until costs are known, they are the model's with normal noise on its output."""
    is_own = chosen != parameter.constant
    assert is_own.sum() > 50
    noise = (output_of(chosen, parameter.low, parameter.high) - output_of(predicted, parameter.low, parameter.high))[is_own]
    of_mean = NOISE / np.sqrt(len(noise))
    assert abs(noise.mean()) < 4 * of_mean and noise.std() == pytest.approx(NOISE, rel=4 / np.sqrt(2 * len(noise)))


# ---- a function


OMEGA = ms.Parameter("omega", 1, 1.95, constant=1.5)


def cost_of(a: np.ndarray, omega: np.ndarray) -> np.ndarray:
    return np.round(50 + 400 * (omega - a) ** 2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    box = ms.BlackBox("box_of_prior", columns=["a"], parameters={"omega": (1.0, 1.95, 1.5)},
                      solve=lambda rows, theta: cost_of(rows[:, 0], theta[:, 0]))  # fmt: skip
    tasks = {name: np.random.default_rng(seed).uniform(1.1, 1.85, (count, 1))
             for name, seed, count in (("train", 1, 1000), ("validation", 2, 200), ("test", 3, 200))}  # fmt: skip
    settings = {**SETTINGS, "training.epochs": 8}
    run = box.train(tasks, settings, out=tmp_path_factory.mktemp("prior") / "run", progress=False)
    return box, run.meta_solver()


def with_prior(model: ms.MetaSolver, **options) -> ms.OnlineMetaSolver:
    given = {"parameters": [OMEGA], "features": {"a": (1.1, 1.85)}, "estimator": "network", "prior": model, **options}
    return ms.OnlineMetaSolver(given.pop("parameters"), given.pop("features"), **given)


def test_it_begins_with_the_models_choices(trained):
    box, model = trained
    a = np.random.default_rng(4).uniform(1.1, 1.85, 2000)
    predicted = box.predict(model, a[:, None])[:, 0]
    assert np.corrcoef(predicted, a)[0, 1] > 0.9
    require_near(with_prior(model).choose(a)[:, 0], predicted, OMEGA)
    require_near(with_prior(model, seed=7).choose(a)[:, 0], predicted, OMEGA)
    without = ms.OnlineMetaSolver([OMEGA], {"a": (1.1, 1.85)}, estimator="network").choose(a)[:, 0]
    assert abs(np.corrcoef(without, a)[0, 1]) < 0.1  # 16 hidden units that choose the constants


def test_it_goes_on_to_the_same_bits_elsewhere(trained, tmp_path):
    """Grown, on another executor, and from a file."""
    a = np.random.default_rng(5).uniform(1.1, 1.85, (8, 200))
    reserved, grown = with_prior(trained[1], capacity=500), with_prior(trained[1], capacity=200)
    moved = with_prior(trained[1], device=ms.Executor.open("cpu", 1))
    for features in a[:4]:
        for online in (reserved, grown, moved):
            online.learn(cost_of(features, online.choose(features)[:, 0]))
    reserved.save(tmp_path / "learned")
    loaded = ms.OnlineMetaSolver.load(tmp_path / "learned")
    many = a[4:6].ravel()
    expected = reserved.choose(many).tobytes()
    assert [online.choose(many).tobytes() for online in (grown, moved, loaded)] == [expected] * 3


def test_merged_networks_choose_the_same(trained):
    a = np.random.default_rng(6).uniform(1.1, 1.85, (4, 300))
    one, two = with_prior(trained[1]), with_prior(trained[1])
    for online, mine in ((one, a[:1]), (two, a[1:3])):
        for features in mine:
            online.learn(cost_of(features, online.choose(features)[:, 0]))
    weights = [online.learned()[-20:-1] for online in (one, two)]
    both = one.learned() + two.learned()
    for online in (one, two):
        online.merge(both)
    assert (weights[0] != weights[1]).all()
    for online in (one, two):
        np.testing.assert_allclose(online.learned()[-20:-1], (weights[0] + weights[1]) / 2, rtol=1e-12)


def test_a_task_without_a_feature_does_not_keep_the_others_from_learning(trained):
    online, a = with_prior(trained[1]), np.random.default_rng(8).uniform(1.1, 1.85, (20, 300))
    a[:, 7] = np.nan
    weights = slice(-26, -1)  # 1 input, 8 hidden, 1 output
    before = online.learned()[weights]
    for features in a:
        chosen = online.choose(features)[:, 0]
        assert chosen[7] == OMEGA.constant
        online.learn(np.where(np.isnan(features), 1.0, cost_of(features, chosen)))
    assert (online.learned()[weights] != before).all()


def test_priors_that_do_not_fit_are_refused(trained, tmp_path):
    model = trained[1]
    with pytest.raises(ms.InputError, match="prior.*network"):
        with_prior(model, estimator="bins")
    with pytest.raises(ms.InputError, match=r"the prior has 1 features \(a\), and 2 are given"):
        with_prior(model, features={"a": (1, 2), "b": (1, 2)})
    with pytest.raises(ms.InputError, match="the prior has 1 features .*, and 0 are given"):
        with_prior(model, features=())
    with pytest.raises(ms.InputError, match="the prior chooses 1 parameters.*exactly the 2 that are given"):
        with_prior(model, parameters=[OMEGA, ms.Parameter("shift", 0, 1, 0.5)])
    for low, high in ((1, 1.9), (1.1, 1.95)):
        text = rf'the prior has "omega" in a range from 1 to 1.95, and "omega" is given from {low} to {high}'
        with pytest.raises(ms.InputError, match=text):
            with_prior(model, parameters={"omega": (low, high, 1.5)})
    for prior in (str(tmp_path), 1, OMEGA):
        with named("prior"):
            with_prior(prior)


# ---- a solver


RELAXATION = ms.Parameter("relaxation", 0.5, 1.95, constant=1.5)


@pytest.fixture(scope="module")
def pairs(cache):  # noqa: F811
    """Two coupled equations. What they converge by depends on the coupling, c[0] - c[1], of which the network sees c[0]."""
    return ms.NonlinearProblem(
        "pairs", size=2, data=2, verbose=False, features="x[0] = c[0];", feature_names=["coupling"],
        residual="g[0] = y[0] - (c[0] - c[1]) * y[1] - 1; g[1] = y[1] - (c[0] - c[1]) * y[0] - 1;",
        head=[("interval", 0.5, 1.95), "given", "given"],
    )  # fmt: skip


def data_of(count: int, seed: int, drift: float = 0.0) -> np.ndarray:
    return np.column_stack([np.random.default_rng(seed).uniform(0.8, 0.99, count), np.full(count, drift)])


def test_a_drift_is_followed_where_the_model_stays(pairs, tmp_path):
    guess = np.zeros((1000, 2))
    sets = {name: pairs.rows(data_of(count, seed), np.zeros((count, 2)), relaxation=1.5)
            for name, seed, count in (("train", 1, 1000), ("validation", 2, 200), ("test", 3, 200))}  # fmt: skip
    model = pairs.train(sets, {**SETTINGS, "training.epochs": 10}, out=tmp_path / "run", progress=False).meta_solver()
    unchanged, solver = pairs.solver(meta_solver=model), pairs.solver()
    options = {"tol": 1e-9, "max_iterations": 500}

    before = data_of(1000, 4)
    cost = unchanged.solve(before, guess, **options).iterations.mean()
    assert cost < 0.9 * solver.solve(before, guess, relaxation=1.5, **options).iterations.mean()
    # From zeros, the first iteration sets y[0] to the relaxation factor.
    predicted = unchanged.solve(before, guess, tol=1e-9, max_iterations=1).x[:, 0]
    online = ms.OnlineMetaSolver([RELAXATION], {"coupling": (0.8, 0.99)}, estimator="network", prior=model)
    require_near(online.choose(before[:, :1])[:, 0], predicted, RELAXATION)

    def solved(data: np.ndarray) -> ms.Result:
        return solver.solve(data, guess, relaxation=1.5, online=online, features=data[:, :1], **options)

    for call in range(10):
        solved(data_of(1000, 100 + call))
    for call in range(60):
        solved(data_of(1000, 200 + call, drift=0.5))
    after = data_of(1000, 5, drift=0.5)
    learned, stays = solved(after), unchanged.solve(after, guess, **options)
    constant = solver.solve(after, guess, relaxation=1.5, **options)
    for other in (stays, constant):
        assert learned.iterations.mean() < 0.6 * other.iterations.mean()
    assert online.choose(after[:, :1]).mean() < predicted.mean() - 0.2  # the best is 1.01 to 1.07 now, and was 1.25 to 1.75
    assert learned.converged.all()
    np.testing.assert_allclose(learned.x, np.tile(1 / (1 - after[:, :1] + 0.5), 2), rtol=1e-7)
