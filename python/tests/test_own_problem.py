# SPDX-License-Identifier: Apache-2.0
"""A problem of one's own: the same numbers as the library's, and training."""

import json
import signal
import threading
import time

import numpy as np
import pytest
from own_problems import cache, steps, tank, van_der_pol  # noqa: F401

import metasolve

SETTINGS = {"training.epochs": 3, "network.hidden": [8], "training.batch_size": 128, "problem.train_tasks": 1000}


def rows_of(problem):
    sets = {"train": 1, "validation": 2, "test": 3}
    whole = {name: problem.rows(*steps(1000, seed)) for name, seed in sets.items()}
    return lambda name, first, n: whole[name][first : first + n]


# ---- solving


def test_equals_the_librarys_own(van_der_pol):
    previous, p, h = steps(1003)
    options = dict(time=0.5, relaxation=np.linspace(0.8, 1.2, 1003), tol=1e-9, max_iterations=300)
    for clamp in (None, (-2.5, 2.5)):
        own = van_der_pol.solver(clamp=clamp).solve(previous, p, h, **options)
        library = metasolve.ImplicitEulerSolver("van_der_pol", clamp=clamp).solve(previous, p, h, **options)
        assert own.converged.mean() > 0.9
        for name in ("status", "iterations", "origin"):
            np.testing.assert_array_equal(getattr(own, name), getattr(library, name))
        done = own.converged
        np.testing.assert_array_equal(own.x[done], library.x[done])
        np.testing.assert_array_equal(own.measure[done], library.measure[done])


def test_a_task_alone_has_the_bits_that_it_has_in_a_batch(van_der_pol, tank):
    previous, p, h = steps(37)
    solver = van_der_pol.solver()
    batch = solver.solve(previous, p, h, tol=1e-9)
    for i in range(37):
        alone = solver.solve(previous[i], p[i], h[i], tol=1e-9)
        assert (alone.status, alone.iterations) == (batch.status[i], batch.iterations[i])
        assert batch.status[i] != 0 or alone.x.tobytes() == batch.x[i].tobytes()


def test_in_place_shared_parameters_and_history(van_der_pol):
    previous, _, h = steps(50)
    solver = van_der_pol.solver()
    expected = solver.solve(previous, np.full((50, 1), 3.0), h, tol=1e-9, history=True)
    assert (expected.history[np.arange(50), expected.iterations] == expected.measure).all()
    y = previous.copy()
    result = solver.solve(y, [3.0], h, tol=1e-9, out=y)
    assert result.x is y
    np.testing.assert_array_equal(y, expected.x)
    assert solver.parameters == 1 and solver.unknowns == 2


def test_a_nonlinear_problem(tank):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0.1, 0.5, 200), rng.uniform(0.5, 2, 200)
    c = np.column_stack([np.full(200, 0.08), np.full(200, 4.0), np.full(200, 0.3), np.full(200, 0.05), x, y])
    result = tank.solver().solve(c, c[:, 4:], tol=1e-10)
    assert result.converged.all()
    a, b = result.x.T
    rate = 0.08 * (1 - a) * np.exp(b / (1 + b / 20))
    np.testing.assert_allclose(a - x - 0.05 * (rate - a), 0, atol=1e-10)
    np.testing.assert_allclose(b - y - 0.05 * (4 * rate - 1.3 * b), 0, atol=1e-10)
    assert tank.columns == [*(f"c[{i}]" for i in range(6)), "relaxation factor", "guess y_0[0]", "guess y_0[1]"]
    assert tank.features == ["log Da", "B", "beta", "log h", 'x "old"', "y \\ ä"]
    rows = tank.rows(c, c[:, 4:], relaxation=0.9)
    assert rows.shape == (200, 9) and (rows[:, 6] == 0.9).all() and (rows[:, 7:] == c[:, 4:]).all()


def test_relaxation_is_learned_online(van_der_pol, tank):
    """As in the library's own solver, to the bit."""
    relaxation = metasolve.Parameter("relaxation", 0.5, 1.5, constant=0.6, values=11)
    previous, p, _ = steps(60)
    solvers = van_der_pol.solver(), metasolve.ImplicitEulerSolver("van_der_pol")
    learners = [metasolve.OnlineMetaSolver([relaxation], {"p": (1, 100)}) for _ in solvers]
    for _ in range(30):
        own, library = (
            s.solve(previous, p, 1e-3, relaxation=0.6, tol=1e-9, online=o, features=p) for s, o in zip(solvers, learners)
        )
        assert own.x.tobytes() == library.x.tobytes() and own.origin.tobytes() == library.origin.tobytes()
    constant = solvers[0].solve(previous, p, 1e-3, relaxation=0.6, tol=1e-9)
    assert own.converged.all() and own.iterations.mean() < 0.7 * constant.iterations.mean()
    data = np.tile([0.1, 1.0, 0.5, 0.1, 0.2, 0.3], (20, 1))
    online = metasolve.OnlineMetaSolver([relaxation])
    guess = np.full((20, 2), 0.5)
    for _ in range(20):
        result = tank.solver().solve(data, guess, relaxation=0.6, online=online, tol=1e-10)
    constant = tank.solver().solve(data, guess, relaxation=0.6, tol=1e-10)
    assert result.converged.all() and result.iterations.mean() < 0.7 * constant.iterations.mean()
    np.testing.assert_allclose(result.x, constant.x, atol=1e-8)


def test_arguments_of_solve_are_named(van_der_pol, tank):
    solver = van_der_pol.solver()
    previous, p, h = steps(4)
    for arguments, options, text in [
        ((previous, None, h), {}, "parameters is missing"),
        ((previous, p, -1.0), {}, "step"),
        ((previous, p, h), {"x0": previous[:3]}, "x0"),
        ((previous, p, h), {"time": float("nan")}, "time"),
        ((previous, p, h), {"tol": -1.0}, "tol"),
        ((previous[:, :1], p, h), {}, "previous"),
    ]:
        with pytest.raises(metasolve.InputError, match=text):
            solver.solve(*arguments, **options)
    with pytest.raises(metasolve.InputError, match="x0"):
        tank.solver().solve(np.ones((3, 6)), np.ones((3, 1)))
    with pytest.raises(metasolve.InputError, match="data is missing"):
        tank.solver().solve(None, np.ones((3, 2)))
    with pytest.raises(metasolve.InputError, match="clamp"):
        van_der_pol.solver(clamp=(1, 1))


def test_bounds_no_parameters_and_members():
    problem = metasolve.OdeProblem(
        "decay", size=2, parameters=0, rate="f[0] = -square(y[0]); f[1] = y[0] + 0 * t;", lower=[0, None], upper=[2, 1e9],
        relaxation_range=(0.5, 1.5), parameters_by_logarithm=False, verbose=False,
        members="template <class N> METASOLVE_HD static N square(N const& a) { return a * a; }",
    )  # fmt: skip
    result = problem.solver().solve(np.array([[1.0, 0.0]]), None, 0.5, tol=1e-12)
    assert result.converged.all()
    root = np.sqrt(3) - 1  # of y + 0.5 y^2 = 1; the other one is negative
    np.testing.assert_allclose(result.x, [[root, 0.5 * root]], rtol=1e-10)
    assert problem.rows([[1.0, 0.0]], None, 0.5).tolist() == [[0, 0.5, 1, 1, 0, 1, 0]]


# ---- training


def numbers_of(run):
    """Weights and Adam's state of the last checkpoint; other entries of it hold the time."""
    file = (run / "last.safetensors").read_bytes()
    data = 8 + int.from_bytes(file[:8], "little")
    entries = json.loads(file[8:data])
    kept = {name: entries[name]["data_offsets"] for name in entries if name.startswith(("layers.", "adam."))}
    assert len(kept) >= 6
    return {name: file[data + begin : data + end] for name, (begin, end) in kept.items()}


def test_trains_resumes_and_serves(van_der_pol, tmp_path):
    rows = rows_of(van_der_pol)
    settings = {**SETTINGS, "problem.validation_tasks": 300, "problem.test_tasks": 400}
    run = van_der_pol.train(rows, settings, out=tmp_path / "whole")
    report = run.report
    assert report["finished"] and report["tasks"] == 400 and 0 < report["iterations"] < 2000
    assert len(run.metrics()) == 3

    again = van_der_pol.train(rows, settings, out=tmp_path / "whole", resume=True).report
    assert again["was_finished"] and again["iterations"] == report["iterations"]
    with pytest.raises(metasolve.InputError, match="resume=True"):
        van_der_pol.train(rows, settings, out=tmp_path / "whole")

    # Arrays of the same rows make the same run.
    arrays = {name: rows(name, 0, n) for name, n in (("train", 1000), ("validation", 300), ("test", 400))}
    van_der_pol.train(arrays, SETTINGS, out=tmp_path / "arrays")
    assert numbers_of(tmp_path / "whole") == numbers_of(tmp_path / "arrays")

    evaluated = van_der_pol.evaluate(run, {"test": arrays["test"]})
    assert evaluated["iterations"] == report["iterations"] and evaluated["tasks"] == 400
    assert van_der_pol.evaluate(run, rows, {"problem.test_tasks": 10})["tasks"] == 10

    solver = van_der_pol.solver(meta_solver=run.meta_solver())
    solved = solver.solve(*(a[:400] for a in steps(1000, 3)), tol=1e-9, max_iterations=2000)
    counts = np.where(solved.converged, solved.iterations, 2000)
    assert counts.mean() == pytest.approx(report["iterations"], rel=1e-12)


def test_a_stopped_training_goes_on_to_the_same_bits(van_der_pol, tmp_path):
    rows = rows_of(van_der_pol)
    settings = {**SETTINGS, "problem.validation_tasks": 300, "problem.test_tasks": 400}
    van_der_pol.train(rows, settings, out=tmp_path / "whole")
    epochs = []

    def one_epoch(epoch):
        epochs.append(epoch["epoch"])
        return False

    run = van_der_pol.train(rows, settings, out=tmp_path / "run", callbacks=[one_epoch])
    assert epochs == [1] and not run.report["finished"] and np.isnan(run.report["iterations"])
    assert van_der_pol.train(rows, settings, out=tmp_path / "run", resume=True).report["finished"]
    assert numbers_of(tmp_path / "whole") == numbers_of(tmp_path / "run")


def test_ctrl_c_saves_the_run(van_der_pol, tmp_path):
    rows = rows_of(van_der_pol)
    settings = {**SETTINGS, "training.epochs": 100000, "problem.validation_tasks": 300, "problem.test_tasks": 10}
    main = threading.get_ident()

    def press():
        while not (tmp_path / "run" / "last.safetensors").exists():
            time.sleep(0.05)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        van_der_pol.train(rows, settings, out=tmp_path / "run")
    assert metasolve.MetaSolver.load(str(tmp_path / "run")).problem == "my_van_der_pol"


def test_errors_of_the_tasks_are_raised_as_they_are(van_der_pol, tmp_path):
    class Mine(Exception):
        pass

    def fails(name, first, n):
        raise Mine("no such file")

    with pytest.raises(Mine, match="no such file"):
        van_der_pol.train(fails, SETTINGS, out=tmp_path / "run")
    with pytest.raises(metasolve.InputError, match=r"shape is \(\d+, 7\), expected \(\d+, 8\)"):
        van_der_pol.train(lambda name, first, n: np.ones((n, 7)), SETTINGS, out=tmp_path / "run")
    with pytest.raises(metasolve.InputError, match="guess y_0"):
        rows = np.ones((20, 8))
        rows[:, 7] = np.nan
        van_der_pol.train({"train": rows, "validation": rows, "test": rows}, out=tmp_path / "run")
    rows = np.ones((20, 8))
    for tasks, settings, text in [
        ({"train": rows}, {}, "validation"),
        ({"tests": rows}, {}, "expected a dict"),
        (3, {}, "expected a dict"),
        ({"train": [["a"] * 8]}, {}, "train"),
        ({"train": rows, "validation": rows, "test": rows}, {"problem.train_tasks": 21}, "has 20 rows"),
        ({"train": rows, "validation": rows, "test": rows}, {"training.epoch": 21}, "training.epoch"),
    ]:
        with pytest.raises(metasolve.InputError, match=text):
            van_der_pol.train(tasks, settings, out=tmp_path / "run")
