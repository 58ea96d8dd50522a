# SPDX-License-Identifier: Apache-2.0
"""Kinds of a black box's parameters, and what its function may return."""

import inspect
import time

import metasolve
import numpy as np
import pytest

SETTINGS = {"training.epochs": 8, "training.batch_size": 50, "network.hidden": [8], "solver.max_iterations": 400,
            "solver.tolerance": 1e-3, "optimizer.rate": 0.02}  # fmt: skip


def rows(count, seed):
    return np.random.default_rng(seed).uniform(0, 1, (count, 1))


@pytest.fixture(scope="module")
def tasks():
    return {"train": rows(600, 1), "validation": rows(200, 2), "test": rows(200, 3)}


class Recorded:
    """A pretended solver that keeps all thetas it has seen."""

    def __init__(self, cost):
        self.cost, self.thetas = cost, []

    def __call__(self, rows, theta):
        self.thetas.append(theta)
        return np.round(self.cost(rows[:, 0], theta))

    @property
    def theta(self):
        return np.concatenate(self.thetas)


def trained(tmp_path, name, parameters, cost, tasks, settings=None, **options):
    solve = Recorded(cost)
    box = metasolve.BlackBox(name, columns=["a"], parameters=parameters, solve=solve, **options)
    return box, box.train(tasks, {**SETTINGS, **(settings or {})}, out=tmp_path / "run", progress=False), solve


def test_integers(tmp_path, tasks):
    box, run, solve = trained(tmp_path, "box_of_integers", {"restart": metasolve.Integer(5, 50, 30)},
                              lambda a, theta: 10 + 4 * np.abs(theta[:, 0] - 10 - 30 * a), tasks)  # fmt: skip
    assert np.array_equal(solve.theta, np.round(solve.theta)) and solve.theta.min() >= 5 and solve.theta.max() <= 50
    assert run.report["iterations"] < 0.6 * run.report["constant_iterations"]
    theta = box.predict(run.meta_solver(), [[0.0], [1.0]])
    assert np.array_equal(theta, np.round(theta)) and theta[0, 0] < 20 and theta[1, 0] > 30
    assert [type(each["restart"]) for each in box.named(theta)] == [int, int]


def test_choices(tmp_path, tasks):
    """One option suits small a, the other large ones."""
    kind = metasolve.Choice("icc", "jacobi", "none", constant="jacobi")
    box, run, solve = trained(tmp_path, "box_of_choices", {"pc": kind},
                              lambda a, theta: np.choose(theta[:, 0].astype(int), [10 + 90 * a, 100 - 90 * a, 120 + 0 * a]),
                              tasks, {"training.epochs": 15})  # fmt: skip
    assert set(np.unique(solve.theta)) == {0, 1, 2}
    assert box.own_parameters(2).tolist() == [[1], [1]]
    report = run.report
    assert report["tuned"] is None and report["constant_iterations"] == pytest.approx((100 - 90 * tasks["test"]).mean(), abs=0.5)
    assert report["iterations"] < 40 < 45 < report["constant_iterations"]  # the best of each task: 32.5
    chosen = [each["pc"] for each in box.named(box.predict(run.meta_solver(), [[0.1], [0.9]]))]
    assert chosen == ["icc", "jacobi"]


def test_real_numbers(tmp_path, tasks):
    """Beyond any range that one would have named."""
    box, run, _ = trained(tmp_path, "box_of_reals", {"guess": metasolve.Real(0.0, 10.0)},
                          lambda a, theta: 10 + 3 * np.abs(theta[:, 0] + 40 * a), tasks,
                          {"training.epochs": 15, "solver.difference": 0.1})  # fmt: skip
    assert run.report["iterations"] < 0.6 * run.report["constant_iterations"]
    assert box.predict(run.meta_solver(), [[0.9]])[0, 0] < -20


def test_parameters_by_logarithm(tmp_path, tasks):
    def cost(a, theta):
        return 10 + 50 * np.abs(np.log10(np.maximum(theta[:, 0], 1e-4)) + a)

    listed = [metasolve.Parameter("omega", 1e-3, 2.0, 0.01, logarithmic=True)]
    of_dict = trained(tmp_path / "dict", "box_by_decades", {"omega": (1e-3, 2.0)}, cost, tasks, logarithmic=["omega"])
    of_list = trained(tmp_path / "list", "box_by_decades_listed", listed, cost, tasks)
    for _, run, _ in (of_dict, of_list):
        (head,) = metasolve.inspect(run)["head"]
        assert (head["kind"], head["low"], head["high"]) == ("logarithmic", 1e-3, 2.0)
    assert of_dict[0].own_parameters(1)[0, 0] == pytest.approx((2 * 1e-3) ** 0.5)
    assert of_list[0].own_parameters(1)[0, 0] == 0.01


def test_columns_by_logarithm(tmp_path, tasks):
    _, run, _ = trained(tmp_path, "box_by_logarithm", {"omega": (0.0, 1.0)}, lambda a, theta: 10 + a, tasks,
                        {"training.epochs": 1}, logarithmic=["a"])  # fmt: skip
    assert "log10 of a" in str(metasolve.inspect(run))


def test_estimators_by_settings(tmp_path, tasks):
    for gradient in ("spsa", "evolution", "control_variate"):
        _, run, _ = trained(tmp_path / gradient, f"box_by_{gradient}", {"omega": (0.0, 2.0, 0.2)},
                            lambda a, theta: 10 + 100 * (theta[:, 0] - 0.5 - a) ** 2, tasks,
                            {"solver.gradient": gradient})  # fmt: skip
        assert run.report["iterations"] < 0.7 * run.report["constant_iterations"], gradient
    with pytest.raises(metasolve.InputError, match="solver.gradient"):
        trained(tmp_path / "none", "box_by_adjoint", {"omega": (0.0, 2.0)}, lambda a, theta: 10 + a, tasks,
                {"solver.gradient": "adjoint"})  # fmt: skip


def history_of(rows, theta, tolerance):
    """Measures that fall to the tolerance in 10 to 110 steps."""
    cost = 10 + 100 * np.abs(theta[:, 0] - rows[:, 0])
    return [tolerance ** (np.arange(int(k) + 1) / k) for k in cost]


def test_histories(tmp_path, tasks):
    """Ragged ones; without iterations they count themselves."""
    seen = []

    def solve(rows, theta, tolerance, max_iterations):
        seen.append((tolerance, max_iterations))
        history = history_of(rows, theta, tolerance)
        return {"history": history, **({"iterations": [len(h) - 1 for h in history]} if len(seen) % 2 else {})}

    box = metasolve.BlackBox("box_of_histories", columns=["a"], parameters={"omega": (0.0, 1.0, 0.1)}, solve=solve,
                             cost="history")  # fmt: skip
    report = box.train(tasks, SETTINGS, out=tmp_path / "run", progress=False).report
    assert (1e-3, 400) in seen
    assert report["constant_iterations"] == np.floor(10 + 100 * np.abs(0.1 - tasks["test"])).mean()
    assert report["iterations"] < 0.7 * report["tuned_iterations"]

    def without(rows, theta):
        return np.ones(len(rows))

    def counting_itself(rows, theta, tolerance):
        return {"history": history_of(rows, theta, tolerance)}

    itself = metasolve.BlackBox("box_counting_itself", columns=["a"], parameters={"omega": (0.0, 1.0, 0.1)},
                                solve=counting_itself, cost="history")  # fmt: skip
    assert itself.train(tasks, SETTINGS, out=tmp_path / "itself", progress=False).report["iterations"] == report["iterations"]

    bad = metasolve.BlackBox("box_without_histories", columns=["a"], parameters={"omega": (0.0, 1.0)}, solve=without,
                             cost="history")  # fmt: skip
    with pytest.raises(metasolve.InputError, match='solve: returned no history, which cost "history" needs'):
        bad.train(tasks, SETTINGS, out=tmp_path / "without", progress=False)


@pytest.mark.parametrize(("history", "named"), [(lambda n: [[1.0]] * (n + 1), "history of"), (lambda n: np.ones(n), "L_1"),
                                                (lambda n: [[1.0, 0.1]] * n, "L_2"), (lambda n: [[1.0, -1, 1]] * n, "L_1")])
def test_wrong_histories_are_named(tmp_path, tasks, history, named):
    def solve(rows, theta):
        return {"history": history(len(rows)), "iterations": np.full(len(rows), 2)}

    box = metasolve.BlackBox("box_of_wrong_histories", columns=["a"], parameters={"omega": (0.0, 1.0)}, solve=solve,
                             cost="history")  # fmt: skip
    with pytest.raises(metasolve.InputError, match=named):
        box.train(tasks, SETTINGS, out=tmp_path / "run", progress=False)


def test_seconds(tmp_path, tasks):
    """Reports count microseconds. The limit is not of iterations."""

    def solve(rows, theta, max_iterations):
        assert max_iterations == 400
        return {"iterations": np.full(len(rows), 5000), "seconds": 1e-6 * (20 + 200 * np.abs(theta[:, 0] - rows[:, 0]))}

    box = metasolve.BlackBox("box_of_seconds", columns=["a"], parameters={"omega": (0.0, 1.0, 0.1)}, solve=solve,
                             cost="seconds")  # fmt: skip
    run = box.train(tasks, SETTINGS, out=tmp_path / "run", progress=False)
    expected = np.round(20 + 200 * np.abs(0.1 - tasks["test"])).mean()
    assert run.report["constant_iterations"] == pytest.approx(expected, abs=0.5) and run.report["converged"] == 1
    assert run.report["iterations"] < 0.6 * run.report["constant_iterations"]

    def untimed(rows, theta):
        time.sleep(0.01)
        return {"converged": rows[:, 0] < 2}

    other = metasolve.BlackBox("box_untimed", columns=["a"], parameters={"omega": (0.0, 1.0)}, solve=untimed, cost="seconds")
    settings = {**SETTINGS, "training.epochs": 1, "solver.max_iterations": 10**7}
    assert other.train(tasks, settings, out=tmp_path / "untimed", progress=False).report["constant_iterations"] > 0


def test_status(tmp_path, tasks):
    def solve(rows, theta):
        status = np.where(rows[:, 0] < 0.5, metasolve.Status.CONVERGED, metasolve.Status.BREAKDOWN)
        return {"iterations": np.full(len(rows), 7), "status": status}

    box = metasolve.BlackBox("box_of_status", columns=["a"], parameters={"omega": (0.0, 1.0)}, solve=solve)
    report = box.train(tasks, {**SETTINGS, "training.epochs": 1}, out=tmp_path / "run", progress=False).report
    failed = (tasks["test"] >= 0.5).sum()
    assert report["failed"] == failed and report["iterations"] == pytest.approx(7 + 393 * failed / 200)


def test_hidden_columns(tmp_path, tasks):
    """A network that does not see what matters learns a constant at most."""
    hides = metasolve.BlackBox("box_that_hides", columns=["a", "b"], parameters={"omega": (0.0, 1.0, 0.5)}, hidden=["a"],
                               solve=lambda rows, theta: np.round(10 + 100 * np.abs(theta[:, 0] - rows[:, 0])))  # fmt: skip
    both = {name: np.concatenate([of, of[::-1]], 1) for name, of in tasks.items()}
    run = hides.train(both, SETTINGS, out=tmp_path / "run", progress=False)
    assert run.meta_solver().features == 1
    assert run.report["iterations"] > 0.9 * run.report["tuned_iterations"]


def test_the_cache_survives(tmp_path, tasks):
    def box_and_count(name):
        solve = Recorded(lambda a, theta: 10 + 100 * np.abs(theta[:, 0] - a))
        return metasolve.BlackBox(name, columns=["a"], parameters={"omega": (0.0, 1.0, 0.1)}, solve=solve,
                                  cache=tmp_path / "costs"), solve  # fmt: skip

    short, reports = {**SETTINGS, "training.epochs": 2}, []
    for out in ("first", "second"):
        box, solve = box_and_count("box_with_cache")
        reports.append(box.train(tasks, short, out=tmp_path / out, progress=False).report)
        assert (out == "first") == bool(solve.thetas)
    assert reports[0]["iterations"] == reports[1]["iterations"]
    box, solve = box_and_count("box_with_cache")
    box.train(tasks, {**short, "optimizer.rate": 0.01}, out=tmp_path / "third", progress=False)
    assert 0 < len(solve.theta)


def test_a_training_is_resumed_after_an_exception(tmp_path, tasks):
    class Mine(Exception):
        pass

    left = [40]

    def solve(rows, theta):
        left[0] -= 1
        if left[0] == 0:
            raise Mine
        return np.round(10 + 100 * np.abs(theta[:, 0] - rows[:, 0]))

    def box():
        return metasolve.BlackBox("box_resumed", columns=["a"], parameters={"omega": (0.0, 1.0, 0.1)}, solve=solve)

    with pytest.raises(Mine):
        box().train(tasks, SETTINGS, out=tmp_path / "run", progress=False)
    resumed = box().train(tasks, SETTINGS, out=tmp_path / "run", resume=True, progress=False)
    whole = box().train(tasks, SETTINGS, out=tmp_path / "whole", progress=False)
    assert resumed.report["finished"] and resumed.report["iterations"] == whole.report["iterations"]


def test_keywords_go_to_functions_that_take_them(tmp_path, tasks):
    seen = []

    def takes_all(rows, theta, **given):
        seen.append(set(given))
        return np.ones(len(rows))

    def takes_one(rows, theta, *, tolerance=None):
        seen.append({"tolerance"} if tolerance == 1e-3 else set())
        return np.ones(len(rows))

    for solve, expected in ((takes_all, {"tolerance", "max_iterations"}), (takes_one, {"tolerance"})):
        box = metasolve.BlackBox(f"box_{solve.__name__}", columns=["a"], parameters={"omega": (0.0, 1.0)}, solve=solve)
        box.train(tasks, {**SETTINGS, "training.epochs": 1}, out=tmp_path / solve.__name__, progress=False)
        assert seen and all(each == expected for each in seen)
        seen.clear()


@pytest.mark.parametrize(("make", "named"), [
    (lambda: metasolve.Choice("one"), "Choice: expected 2 or more names"),
    (lambda: metasolve.Choice("one", 2), "Choice: expected 2 or more names"),
    (lambda: metasolve.Choice("one", "two", constant="three"), "Choice: constant: 'three'"),
    (lambda: metasolve.Integer(1.5, 3), "Integer: low"),
    (lambda: metasolve.Integer(1, 3, 2.5), "Integer: constant"),
])  # fmt: skip
def test_wrong_kinds_are_named(make, named):
    with pytest.raises(metasolve.InputError, match=named):
        make()


def test_signatures_are_documented():
    assert list(inspect.signature(metasolve.BlackBox).parameters) == [
        "name", "columns", "parameters", "solve", "logarithmic", "hidden", "cost", "reference", "cache"]  # fmt: skip
    assert repr(metasolve.Choice("a", "b", constant="b")) == "Choice('a', 'b', constant='b')"
