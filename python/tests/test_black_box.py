# SPDX-License-Identifier: Apache-2.0
"""Meta-solvers for solvers that are Python functions."""

import numpy as np
import pytest

import metasolve

SETTINGS = {"training.epochs": 6, "training.batch_size": 100, "network.hidden": [8], "solver.max_iterations": 500,
            "optimizer.rate": 0.02}  # fmt: skip


def iterations_of(rows, theta):
    """Least where omega is the task's a, and the shift 10^b: of both the network must learn the map."""
    return np.round(20 + 150 * (theta[:, 0] - rows[:, 0]) ** 2 + 20 * np.abs(np.log10(theta[:, 1]) - rows[:, 1]))


def rows(count, seed):
    rng = np.random.default_rng(seed)
    return np.stack([rng.uniform(0.3, 1.7, count), rng.uniform(-3, -1, count)], 1)


def box(name, solve=iterations_of):
    return metasolve.BlackBox(name, columns=["a", "b"], parameters={"omega": (0.0, 2.0, 0.5), "shift": (1e-5, 1.0)},
                              solve=solve, logarithmic=["shift"])  # fmt: skip


@pytest.fixture(scope="module")
def tasks():
    return {"train": rows(1000, 1), "validation": rows(300, 2), "test": rows(300, 3)}


def test_learns_what_suits_each_task(tmp_path, tasks):
    mine = box("box_learns")
    run = mine.train(tasks, SETTINGS, out=tmp_path / "run", progress=False)
    report = run.report
    assert report["finished"] and report["iterations"] < 0.5 * report["constant_iterations"]
    model = run.meta_solver()
    theta = mine.predict(model, tasks["test"])
    assert iterations_of(tasks["test"], theta).mean() == pytest.approx(report["iterations"])
    assert mine.evaluate(run, tasks)["iterations"] == report["iterations"]
    assert np.corrcoef(theta[:, 0], tasks["test"][:, 0])[0, 1] > 0.9
    again = box("box_learns").train(tasks, SETTINGS, out=tmp_path / "again", progress=False)  # a new function, the same name
    assert again.report["iterations"] == report["iterations"]


def test_one_parameter_is_also_compared_with_its_best_constant(tmp_path, tasks):
    def solve(rows, theta):
        return np.round(20 + 150 * (theta[:, 0] - rows[:, 0]) ** 2)

    one = metasolve.BlackBox("box_of_one", columns=["a", "b"], parameters={"omega": (0.0, 2.0, 0.5)}, solve=solve)
    report = one.train(tasks, SETTINGS, out=tmp_path / "run", progress=False).report
    assert report["tuned"] == pytest.approx(1, abs=0.15)
    assert report["iterations"] < 0.8 * report["tuned_iterations"] < 0.8 * report["constant_iterations"]


def test_a_task_that_fails_counts_as_the_limit(tmp_path, tasks):
    def solve(rows, theta):
        return iterations_of(rows, theta), rows[:, 0] < 1

    report = box("box_fails", solve).train(tasks, SETTINGS, out=tmp_path / "run", progress=False).report
    assert report["failed"] == report["constant_failed"] == (tasks["test"][:, 0] >= 1).sum()


def test_what_solve_raises_is_raised(tmp_path, tasks):
    class Mine(Exception):
        pass

    def solve(rows, theta):
        raise Mine

    with pytest.raises(Mine):
        box("box_raises", solve).train(tasks, SETTINGS, out=tmp_path / "run", progress=False)


@pytest.mark.parametrize("answer", [lambda n: np.ones(n + 1), lambda n: -np.ones(n), lambda n: np.full(n, np.nan), lambda n: None,
                                    lambda n: (np.ones(n), np.ones(n)), lambda n: (np.ones(n), [True]), lambda n: (np.ones(n),) * 3,
                                    lambda n: {"converged": np.ones(n, bool)}, lambda n: {"iterations": np.ones(n), "time": 1},
                                    lambda n: {"iterations": np.ones(n), "status": np.full(n, 5)},
                                    lambda n: {"iterations": np.ones(n), "status": np.ones(n)}])
def test_wrong_answers_are_named(tmp_path, tasks, answer):
    with pytest.raises(metasolve.InputError, match="solve"):
        box("box_answers", lambda rows, theta: answer(len(rows))).train(tasks, SETTINGS, out=tmp_path / "r", progress=False)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"parameters": {}}, "parameters"),
        ({"parameters": {"omega": (2.0, 0.0)}}, "omega"),
        ({"parameters": {"omega": (0.0, 2.0, 3.0)}}, "omega"),
        ({"parameters": {"omega": 3}}, "omega"),
        ({"parameters": {"s": (0.0, 1.0)}, "logarithmic": ["s"]}, "parameters: s: .*positive"),
        ({"columns": []}, "columns"),
        ({"columns": "ab"}, "columns"),
        ({"columns": ["a", "a"]}, '"a"'),
        ({"logarithmic": ["c"]}, "'c'"),
        ({"hidden": ["c"]}, '"c"'),
        ({"hidden": "a"}, "hidden: .*'a'"),
        ({"hidden": ["a"]}, "hidden"),
        ({"reference": ["a", "a"]}, "reference"),
        ({"cost": "energy"}, '"energy" is none of "iterations", "history", "seconds"'),
        ({"cost": 1}, "cost"),
        ({"solve": 3}, "solve: expected a function"),
        ({"parameters": {"n": metasolve.Integer(9, 2)}}, '"n"'),
        ({"parameters": {"n": metasolve.Integer(2, 9)}, "logarithmic": ["n"]}, "logarithmic: 'n'"),
        ({"parameters": {"x": metasolve.Real(0.0, 0.0)}}, '"x".*scale'),
        ({"parameters": {"x": metasolve.Real("much")}}, "parameters: x: constant"),
        ({"parameters": [metasolve.Parameter("omega", 0.0, 2.0, 3.0)]}, "omega"),
    ],
)
def test_wrong_descriptions_are_named(options, named):
    with pytest.raises(metasolve.InputError, match=named):
        metasolve.BlackBox("box_wrong", **{"columns": ["a"], "parameters": {"omega": (0.0, 2.0)}, "solve": len, **options})


def test_another_box_of_that_name_is_refused(tmp_path, tasks):
    box("box_twice").train(tasks, SETTINGS, out=tmp_path / "run", progress=False)
    other = metasolve.BlackBox("box_twice", columns=["a", "c"], parameters={"omega": (0.0, 2.0)},
                               solve=lambda rows, theta: np.ones(len(rows)))  # fmt: skip
    with pytest.raises(metasolve.InputError, match="box_twice"):
        other.train(tasks, SETTINGS, out=tmp_path / "other", progress=False)
    with pytest.raises(metasolve.InputError, match="box_twice|problem"):
        other.predict(metasolve.MetaSolver.load(tmp_path / "run"), tasks["test"])


def test_the_arrays_of_a_call_may_be_kept(tasks, tmp_path):
    kept = []

    def solve(rows, theta):
        kept.append((rows, theta, rows.copy(), theta.copy()))
        return iterations_of(rows, theta)

    box("kept", solve).train(tasks, {**SETTINGS, "training.epochs": 1}, out=tmp_path / "run", progress=False)
    for rows, theta, rows_then, theta_then in kept:
        assert rows.base is None or rows.base.flags.owndata
        np.testing.assert_array_equal(rows, rows_then)
        np.testing.assert_array_equal(theta, theta_then)


@pytest.mark.parametrize("parameters", [[("omega", 0, 1)], {5: (0, 1)}, {"shift": (-1, 1)}, {"shift": 3}])
def test_parameters_of_the_wrong_kind(parameters):
    with pytest.raises(metasolve.InputError, match="^parameters: "):
        metasolve.BlackBox("wrong", columns=["a"], parameters=parameters, solve=iterations_of, logarithmic=["shift"] if
                           "shift" in parameters else [])  # fmt: skip
