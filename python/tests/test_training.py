# SPDX-License-Identifier: Apache-2.0
"""Runs: trained, stopped, resumed, evaluated; the iteration loss."""

import json
import threading

import numpy as np
import pytest

import metasolve

SMALL = {
    "problem.train_tasks": 2000, "problem.validation_tasks": 1000, "problem.test_tasks": 1000, "training.epochs": 4,
    "training.batch_size": 200, "network.hidden": [8],
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return metasolve.train("robertson", SMALL, out=tmp_path_factory.mktemp("runs") / "chemistry", progress=False)


def test_a_run_reports_what_the_command_line_does(run):
    assert run.report["finished"] and run.report["epochs"] == 4
    assert len(run.metrics()) == 4 and run.metrics()[-1]["epoch"] == 4
    assert json.loads((run.folder / "manifest.json").read_text())


def test_its_meta_solver_solves(run):
    model = run.meta_solver()
    assert (model.problem, model.features) == ("robertson", 7)
    solver = metasolve.ImplicitEulerSolver("robertson", meta_solver=model, clamp=(-1.0, 2.0))
    previous = np.tile([1.0, 0.0, 0.0], (20, 1))
    result = solver.solve(previous, np.array([0.04, 3e7, 1e4]), 1e-3, tol=1e-9, retry=True)
    assert result.converged.all()
    without = solver.solve(previous, np.array([0.04, 3e7, 1e4]), 1e-3, tol=1e-9, meta_solver=False)
    np.testing.assert_allclose(result.x, without.x, atol=1e-8)


def test_evaluation_is_a_table(run):
    evaluation = run.evaluate({"evaluation.tolerances": [1e-6, 1e-9]})
    lengths = {len(column) for column in evaluation.values()}
    assert lengths == {2 * len(set(evaluation["parameters"]))}
    assert evaluation.document["tasks"] == 1000
    pandas = pytest.importorskip("pandas")
    assert pandas.DataFrame(evaluation)["mean"].min() > 0


def test_inspect_describes_the_model(run):
    model = metasolve.inspect(run)
    assert model["problem"] == "robertson"
    assert sum(feature["count"] for feature in model["features"]) == 7


def test_callbacks_see_each_epoch_and_stop(tmp_path):
    seen = []
    watch = lambda epoch: seen.append(epoch["epoch"]) or epoch["epoch"] < 2  # noqa: E731
    stopped = metasolve.train("robertson", SMALL, out=tmp_path / "run", callbacks=[watch], progress=False)
    assert not stopped.report["finished"] and seen == [1, 2]
    whole = metasolve.train("robertson", SMALL, out=tmp_path / "run", resume=True, callbacks=[seen.append], progress=False)
    assert whole.report["finished"] and [e if isinstance(e, int) else e["epoch"] for e in seen] == [1, 2, 3, 4]


def test_a_resumed_run_has_the_bits_of_an_undisturbed_one(run, tmp_path):
    metasolve.train("robertson", SMALL, out=tmp_path / "run", callbacks=[lambda e: e["epoch"] != 2], progress=False)
    metasolve.train("robertson", SMALL, out=tmp_path / "run", resume=True, progress=False)
    loss = lambda folder: [(m["loss"], m["validation_iterations"]) for m in metasolve.Run(folder).metrics()]  # noqa: E731
    assert loss(tmp_path / "run") == loss(run.folder)


def test_what_a_callback_raises_is_raised(tmp_path):
    class Mine(Exception):
        pass

    def watch(epoch):
        raise Mine

    with pytest.raises(Mine):
        metasolve.train("robertson", SMALL, out=tmp_path / "run", callbacks=[watch], progress=False)
    assert metasolve.train("robertson", SMALL, out=tmp_path / "run", resume=True, progress=False).report["finished"]


def test_interrupts_are_raised_after_the_run_is_saved(tmp_path):
    import _thread

    def watch(epoch):
        if epoch["epoch"] == 1:
            _thread.interrupt_main()

    many = dict(SMALL, **{"training.epochs": 5000})
    with pytest.raises(KeyboardInterrupt):
        metasolve.train("robertson", many, out=tmp_path / "run", callbacks=[watch], progress=False)
    assert (tmp_path / "run" / "last.safetensors").exists()
    assert "metasolve training" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"training.epoch": 3}, "training.epochs"),
        ({"training.epochs": -1}, "training.epochs"),
        ({"training": {"epochs": "many"}}, "epochs"),
        ({"training.epochs": object()}, "training.epochs"),
    ],
)
def test_wrong_settings_are_named(tmp_path, settings, named):
    with pytest.raises(metasolve.InputError, match=named):
        metasolve.train("robertson", settings, out=tmp_path / "run")
    assert not (tmp_path / "run" / "last.safetensors").exists()


def test_wrong_problems_and_folders_are_named(run, tmp_path):
    with pytest.raises(metasolve.InputError, match="robertsen"):
        metasolve.train("robertsen", out=tmp_path / "a")
    with pytest.raises(metasolve.InputError, match="missing.toml"):
        metasolve.train(tmp_path / "missing.toml", out=tmp_path / "a")
    with pytest.raises(metasolve.InputError, match="resume"):
        metasolve.train("robertson", SMALL, out=run.folder)
    with pytest.raises(metasolve.InputError):
        metasolve.evaluate(tmp_path / "nothing")
    with pytest.raises(metasolve.InputError):
        metasolve.MetaSolver.load(str(tmp_path))


def test_a_dict_and_a_file_are_configurations(tmp_path):
    small = {"problem": {"name": "poisson", "train_tasks": 50}, "training": {"epochs": 2}}
    assert metasolve.train(small, out=tmp_path / "a", progress=False).report["epochs"] == 2
    (tmp_path / "mine.toml").write_text('[problem]\nname = "poisson"\ntrain_tasks = 50\n[training]\nepochs = 2\n')
    assert metasolve.train(tmp_path / "mine.toml", out=tmp_path / "b", progress=False).report["epochs"] == 2


def test_tune_finds_the_best_constant():
    found = metasolve.tune("robertson", {"problem.train_tasks": 1000}, low=1.2, high=1.6, spacing=0.1)
    assert found


def test_progress_of_a_terminal(capsys, tmp_path):
    metasolve.train("robertson", SMALL, out=tmp_path / "run", progress=True)
    shown = capsys.readouterr().err
    assert "epoch 4/4" in shown and shown.endswith("\n")


@pytest.fixture(scope="module")
def loss():
    loss = metasolve.IterationLoss("robertson", {"solver.learn": "both", "loss.scale": "log", "loss.value": "soft"})
    loss.set_tasks(loss.rows("train", 0, 50))
    return loss


class TestIterationLoss:
    def test_describes_the_problem(self, loss):
        assert (loss.columns, loss.features, loss.parameters) == (9, 7, 4)
        assert loss.description["problem"] == "robertson"
        assert loss.features_of(loss.rows("test", 0, 3)).shape == (3, 7)

    def test_gradient_is_that_of_differences(self, loss):
        theta = loss.own_parameters()
        theta[:, 1:] = np.maximum(theta[:, 1:], 1e-3)
        at = loss.evaluate(theta)
        step = 1e-6
        up, down = theta.copy(), theta.copy()
        up[:, 0] += step
        down[:, 0] -= step
        above, below = loss.evaluate(up, gradient=False), loss.evaluate(down, gradient=False)
        smooth = (above.iterations == below.iterations) & (at.status == 0)
        assert smooth.sum() > 30 and above.gradient is None
        slopes = (above.loss - below.loss) / (2 * step)
        np.testing.assert_allclose(at.gradient[smooth, 0], slopes[smooth], rtol=1e-3, atol=1e-4)

    def test_counts_are_those_of_the_solver(self, loss):
        rows = loss.rows("train", 0, 50)
        solver = metasolve.ImplicitEulerSolver("robertson", clamp=(-1.0, 2.0))
        result = solver.solve(rows[:, 6:], rows[:, 2:5], rows[:, 1], relaxation=rows[:, 5], tol=loss.tolerance,
                              max_iterations=loss.description["max_iterations"])  # fmt: skip
        np.testing.assert_array_equal(loss.evaluate(None).iterations, result.iterations)

    def test_tasks_are_chosen_by_number(self, loss):
        theta = loss.own_parameters()
        chosen = np.array([7, 3, 7], np.int32)
        np.testing.assert_array_equal(loss.evaluate(theta[chosen], chosen).loss, loss.evaluate(theta).loss[chosen])

    def test_wrong_arguments_are_named(self, loss):
        theta = loss.own_parameters()
        for wrong, named in [
            (lambda: loss.evaluate(theta[:, :2]), "theta"),
            (lambda: loss.evaluate(theta.astype("f")), "theta"),
            (lambda: loss.evaluate(theta[:2], np.array([0, 99], np.int32)), "99|tasks"),
            (lambda: loss.evaluate(theta[:2], np.array([0, 1])), "tasks"),
            (lambda: loss.set_tasks(np.zeros((3, 2))), "rows"),
            (lambda: loss.rows("training"), "task_set"),
            (lambda: loss.rows("train", 10**9, 3), "1000000000"),
        ]:
            with pytest.raises(metasolve.InputError, match=named):
                wrong()


def test_a_callback_may_train_on_the_same_executor(tmp_path):
    executor, inner = metasolve.Executor("cpu"), []

    def train(epoch):
        folder = tmp_path / f"inner {epoch['epoch']}"
        inner.append(metasolve.train("robertson", {**SMALL, "training.epochs": 1}, out=folder, device=executor))

    settings = {**SMALL, "training.epochs": 2}
    run = metasolve.train("robertson", settings, out=tmp_path / "outer", device=executor, callbacks=[train])
    assert run.report["finished"] and [each.report["finished"] for each in inner] == [True, True]


def test_false_of_numpy_stops(tmp_path):
    run = metasolve.train("robertson", SMALL, out=tmp_path / "run", callbacks=[lambda _: np.bool_(False)], progress=False)
    assert not run.report["finished"]


def test_without_stderr(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    assert metasolve.train("robertson", {**SMALL, "training.epochs": 1}, out=tmp_path / "run").report["finished"]


@pytest.mark.parametrize("settings", [[1], "x", {"solver.tolerance": None}, {"solver": {"x": {}}}])
def test_settings_of_the_wrong_kind(settings):
    with pytest.raises(metasolve.InputError, match="expected a"):
        metasolve.IterationLoss("poisson", settings)


def test_settings_are_strings_of_toml():
    from metasolve._settings import overrides_of

    assert overrides_of({"a.b": "\U0001f600\x7f", "c": np.array(2.5)}) == ['a.b="\U0001f600\\u007f"', "c=2.5"]


def test_the_loss_keeps_its_tasks_where_others_are_wrong():
    loss = metasolve.IterationLoss("poisson", {"problem.unknowns": 4})
    rows = loss.rows("train", 0, 3)
    loss.set_tasks(rows)
    expected = loss.evaluate(None).loss
    for wrong in (rows[:0], rows * np.nan, np.tile(rows * np.nan, (5, 1))):
        with pytest.raises(metasolve.InputError):
            loss.set_tasks(wrong)
    assert loss.count == 3
    np.testing.assert_array_equal(loss.evaluate(None).loss, expected)
    np.testing.assert_array_equal(loss.evaluate(None, [2, 2]).loss, expected[[2, 2]])


def test_a_device_of_a_wrong_kind_is_named(tmp_path):
    for wrong in (5, None, "tpu"):
        with pytest.raises(metasolve.InputError, match="device"):
            metasolve.train("poisson", out=tmp_path / "run", device=wrong)
        with pytest.raises(metasolve.InputError, match="device"):
            metasolve.IterationLoss("poisson", device=wrong)
