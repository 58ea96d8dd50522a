# SPDX-License-Identifier: Apache-2.0
"""A problem of one's own: the same numbers as the library's, training, and what a user does wrong.

Compiles; skipped where there is no compiler or no record of the library's build."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import metasolve
from metasolve import _compile, _toolchain

VAN_DER_POL = """
    f[0] = y[1];
    f[1] = p[0] * (1 - y[0] * y[0]) * y[1] - y[0];
"""
SETTINGS = {"training.epochs": 3, "network.hidden": [8], "training.batch_size": 128, "problem.train_tasks": 1000}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    try:
        _toolchain.find()
    except metasolve.InputError as e:
        pytest.skip(str(e))
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METASOLVE_CACHE", str(folder))
        yield folder


def make_van_der_pol():
    return metasolve.OdeProblem("my_van_der_pol", size=2, parameters=1, rate=VAN_DER_POL, verbose=False)


@pytest.fixture(scope="module")
def van_der_pol(cache):
    return make_van_der_pol()


@pytest.fixture(scope="module")
def tank(cache):
    """Of examples/stirred_tank, without its members for a meta-solver."""
    return metasolve.NonlinearProblem(
        "my_tank", size=2, data=6, verbose=False,
        residual="""
            auto const rate = c[0] * (1 - y[0]) * exp(y[1] / (1 + y[1] * 0.05));
            g[0] = y[0] - c[4] - c[3] * (rate - y[0]);
            g[1] = y[1] - c[5] - c[3] * (c[1] * rate - (1 + c[2]) * y[1]);
        """,
        features="for (int i = 0; i < 6; ++i) x[i] = i == 0 || i == 3 ? log(c[i]) : c[i];",
        feature_names=["log Da", "B", "beta", "log h", 'x "old"', "y \\ ä"],
        head=[("interval", 0, 2, 1), ("interval", 0, 1), ("interval", 0, 5)],
    )  # fmt: skip


def steps(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-2, 2, (n, 2)), 10 ** rng.uniform(0, 2, (n, 1)), 10 ** rng.uniform(-4, -1.5, n)


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
    """Of the last checkpoint, without its header, which holds the time."""
    file = (run / "last.safetensors").read_bytes()
    return file[8 + int.from_bytes(file[:8], "little") :]


def test_trains_resumes_and_serves(van_der_pol, tmp_path):
    rows = rows_of(van_der_pol)
    settings = {**SETTINGS, "problem.validation_tasks": 300, "problem.test_tasks": 400}
    report = van_der_pol.train(rows, tmp_path / "whole", settings=settings)
    assert report.finished and report.tasks == 400 and 0 < report.iterations < 2000
    assert set(report.as_dict()) == set(report.__slots__) and "400 tasks" in repr(report)

    again = van_der_pol.train(rows, tmp_path / "whole", settings=settings, resume=True)
    assert again.was_finished and again.iterations == report.iterations
    with pytest.raises(metasolve.InputError, match="resume=True"):
        van_der_pol.train(rows, tmp_path / "whole", settings=settings)

    # Arrays of the same rows make the same run.
    arrays = {name: rows(name, 0, n) for name, n in (("train", 1000), ("validation", 300), ("test", 400))}
    van_der_pol.train(arrays, tmp_path / "arrays", settings=SETTINGS)
    assert numbers_of(tmp_path / "whole") == numbers_of(tmp_path / "arrays")

    evaluated = van_der_pol.evaluate(tmp_path / "whole", {"test": arrays["test"]})
    assert evaluated.iterations == report.iterations and evaluated.tasks == 400
    fewer = van_der_pol.evaluate(tmp_path / "whole", rows, {"problem.test_tasks": 10})
    assert fewer.tasks == 10

    solver = van_der_pol.solver(meta_solver=metasolve.MetaSolver.load(str(tmp_path / "whole")))
    solved = solver.solve(*steps(400, 3), tol=1e-9, max_iterations=2000)
    counts = np.where(solved.converged, solved.iterations, 2000)
    assert counts.mean() == pytest.approx(report.iterations, rel=1e-12)


def test_a_stopped_training_goes_on_to_the_same_bits(van_der_pol, tmp_path):
    rows = rows_of(van_der_pol)
    settings = {**SETTINGS, "problem.validation_tasks": 300, "problem.test_tasks": 400}
    van_der_pol.train(rows, tmp_path / "whole", settings=settings)
    stop = metasolve.StopFlag()
    stop.set()
    report = van_der_pol.train(rows, tmp_path / "run", settings=settings, stop=stop)
    assert not report.finished and "stopped" in repr(report) and np.isnan(report.iterations)
    assert van_der_pol.train(rows, tmp_path / "run", settings=settings, resume=True).finished
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
        van_der_pol.train(rows, tmp_path / "run", settings=settings)
    assert metasolve.MetaSolver.load(str(tmp_path / "run")).problem == "my_van_der_pol"


def test_errors_of_the_tasks_are_raised_as_they_are(van_der_pol, tmp_path):
    class Mine(Exception):
        pass

    def fails(name, first, n):
        raise Mine("no such file")

    with pytest.raises(Mine, match="no such file"):
        van_der_pol.train(fails, tmp_path / "run", settings=SETTINGS)
    with pytest.raises(metasolve.InputError, match=r"shape is \(\d+, 7\), expected \(\d+, 8\)"):
        van_der_pol.train(lambda name, first, n: np.ones((n, 7)), tmp_path / "run", settings=SETTINGS)
    with pytest.raises(metasolve.InputError, match="guess y_0"):
        rows = np.ones((20, 8))
        rows[:, 7] = np.nan
        van_der_pol.train({"train": rows, "validation": rows, "test": rows}, tmp_path / "run")
    rows = np.ones((20, 8))
    for tasks, settings, text in [
        ({"train": rows}, {}, "validation"),
        ({"tests": rows}, {}, "expected a dict"),
        (3, {}, "expected a dict"),
        ({"train": [["a"] * 8]}, {}, "train"),
        ({"train": rows, "validation": rows, "test": rows}, {"problem.test_tasks": 21}, "has 20 rows"),
        ({"train": rows, "validation": rows, "test": rows}, {"training.epoch": 21}, "training.epoch"),
    ]:
        with pytest.raises(metasolve.InputError, match=text):
            van_der_pol.train(tasks, tmp_path / "run", settings=settings)


# ---- compiling


def test_compiles_once(van_der_pol, cache):
    before = sorted(path.name for path in cache.iterdir())
    began = time.monotonic()
    again = make_van_der_pol()
    assert again.compile_seconds == 0 and time.monotonic() - began < 2
    assert sorted(path.name for path in cache.iterdir()) == before
    assert not [path for path in cache.iterdir() if path.is_dir()], "nothing of a compilation is left"


def test_a_damaged_library_is_compiled_again(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("METASOLVE_CACHE", str(tmp_path))
    program = textwrap.dedent(
        """
        import metasolve
        problem = metasolve.OdeProblem("one", size=1, parameters=0, rate="f[0] = -y[0];", verbose=False)
        print(problem.compile_seconds > 0, problem.solver().solve([1.0], None, 1.0, tol=1e-12).x)
        """
    )

    def run():
        processes = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in "ab"]
        return sorted(process.communicate()[0].strip() for process in processes)

    # Two processes at once: one compiles, the other waits for it.
    assert run() == ["False [0.5]", "True [0.5]"]
    (library,) = tmp_path.glob("*.so")
    library.write_bytes(b"")
    assert run() == ["False [0.5]", "True [0.5]"]


def message(function=metasolve.OdeProblem, **changes):
    given = {"name": "wrong", "size": 2, "verbose": False}
    if function is metasolve.OdeProblem:
        given.update(parameters=1, rate="f[0] = y[1]; f[1] = p[0];")
    else:
        given.update(data=2, residual="g[0] = y[1]; g[1] = c[0];")
    with pytest.raises(metasolve.InputError) as raised:
        function(**{**given, **changes})
    return str(raised.value)


def test_the_compilers_errors_show_the_users_lines():
    text = message(rate="\n    f[0] = y[1];\n    f[1] = q * y[0];\n")
    assert "rate, line 2" in text and "'q'" in text and "f[1] = q * y[0];\n" in text + "\n"
    assert text.splitlines()[-1].index("^") == text.splitlines()[-2].index("q")
    text = message(rate="f[0] = std::exp(y[0]);\nif (y[1] > 0) f[1] = 1; else f[1] = 2;")
    assert "rate, line 1" in text and "rate, line 2" in text
    assert "without std::" in text and "select(condition, a, b)" in text
    assert len(text) < 2500 and "/" not in text.replace("else", "").split("rate")[0]
    assert "members, line 2" in message(members="\n// a\nstatic constexpr int size = 3;")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rate": "f[0] = y[1]; } f[1] = 1;"}, "rate, line 1: the '}' closes nothing"),
        ({"rate": "f[0] = y[1];\n{ f[1] = 1;"}, "rate, line 2: the '{' is never closed"),
        ({"rate": "f[0] = (y[1]]; f[1] = 1;"}, "the last one open is the '('"),
        ({"rate": "f[0] = y[1];\n f[1] = 1; */"}, "line 2: the */ closes no comment"),
        ({"rate": "f[0] = y[1];\n\n/* f[1] = 1;"}, "line 3: the comment begun by /*"),
        ({"rate": "f[0] = y[2]; f[1] = 1;"}, "uses y[2]"),
        ({"rate": "f[0] = y[1]; // f[1] = 1;"}, "never assigns f[1]"),
        ({"rate": " \n"}, "is empty"),
        ({"rate": None}, "rate: is NoneType"),
        ({"name": "two words"}, "name: is 'two words'"),
        ({"name": "../up"}, "name: is '../up'"),
        ({"size": 0}, "size: is 0, expected an integer from 1 to 32"),
        ({"size": 33}, "size: is 33"),
        ({"size": 2.0}, "size: is 2.0"),
        ({"parameters": -1}, "parameters: is -1"),
        ({"lower": [0]}, "lower: has 1 entries, expected 2"),
        ({"lower": 1, "upper": 0}, "upper[0]: is 0"),
        ({"lower": 0, "nonnegative": True}, "lower: is given"),
        ({"relaxation_range": (1, 3)}, "relaxation_range: is (1, 3)"),
        ({"parameter_names": ["a", "b"]}, "parameter_names: has 2 entries, expected 1"),
    ],
)
def test_what_is_found_before_compiling(changes, expected, monkeypatch):
    monkeypatch.setattr(_compile, "_run", lambda *_: pytest.fail("compiled"))
    assert expected in message(**changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"features": "x[0] = c[0];"}, "feature_names: is missing"),
        ({"features": "x[0] = c[0];", "feature_names": ["a", "b"]}, "never assigns x[1]"),
        ({"residual": "g[0] = c[2]; g[1] = y[0];"}, "uses c[2]"),
        ({"head": ["factor"]}, "head: has 1 entries, expected 3"),
        ({"head": ["given"] * 3}, "nothing to choose"),
        ({"head": [("interval", 2, 1), "factor", "factor"]}, "head[0]"),
        ({"head": [("interval", 1), "factor", "factor"]}, "head[0]"),
        ({"data": 0}, "data: is 0"),
    ],
)
def test_what_is_found_before_compiling_systems(changes, expected, monkeypatch):
    monkeypatch.setattr(_compile, "_run", lambda *_: pytest.fail("compiled"))
    assert expected in message(metasolve.NonlinearProblem, **changes)


def test_comments_and_strings_may_hold_brackets():
    text = "f[0] = y[1]; // ) } */ \n/* ( { */ auto const a = 1'000; f[1] = a * sizeof(\"*/ }\") * ')';"
    from metasolve import _own_source

    assert _own_source.checked_text(text, "rate") == text


def test_a_wrong_compiler(monkeypatch, tmp_path):
    monkeypatch.setenv("METASOLVE_CACHE", str(tmp_path))
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "CXX=no-such-compiler: there is no such compiler" in message()
    monkeypatch.setenv("CXX", "false")
    assert "the compiler false does not run" in message()
    old = tmp_path / "old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "error: unrecognized -std=c++20" >&2\nexit 1\n')
    old.chmod(0o755)
    monkeypatch.setenv("CXX", str(old))
    assert "unrecognized -std=c++20" in message()
    assert not list(tmp_path.glob("*.so"))


def test_without_a_record_of_the_build(monkeypatch, tmp_path):
    monkeypatch.setenv("METASOLVE_BUILD_RECORD", str(tmp_path / "none.json"))
    assert "none.json" in message()


def test_a_folder_that_cannot_be_written_is_no_obstacle(monkeypatch, tmp_path):
    monkeypatch.setenv("METASOLVE_CACHE", os.devnull)
    assert _compile._usable(_compile.cache_folder()) == _compile._of_this_process()


def test_two_texts_of_one_name(tmp_path):
    """Both solve; a process trains one of them."""
    one, two = (
        metasolve.OdeProblem("same", size=1, parameters=0, rate=f"f[0] = {rate} * y[0];", verbose=False)
        for rate in (-1, -3)
    )
    assert one.solver().solve([1.0], None, 1.0, tol=1e-12).x == pytest.approx(0.5)
    assert two.solver().solve([1.0], None, 1.0, tol=1e-12).x == pytest.approx(0.25)
    rows = one.rows(np.linspace(1, 2, 50)[:, None], None, np.linspace(0.1, 1, 50))
    tasks = {"train": rows, "validation": rows, "test": rows}
    settings = {"training.epochs": 1, "training.batch_size": 10, "network.hidden": [4]}
    assert one.train(tasks, tmp_path / "one", settings=settings).finished
    with pytest.raises(metasolve.InputError, match="same"):
        two.train(tasks, tmp_path / "two", settings=settings)
