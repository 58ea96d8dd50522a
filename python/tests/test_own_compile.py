# SPDX-License-Identifier: Apache-2.0
"""How a problem of one's own is compiled, and what a user does wrong."""

import os
import shutil
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from own_problems import cache, make_van_der_pol, steps, van_der_pol  # noqa: F401

import metasolve
from metasolve import _compile, _own_source



def test_compiles_once(van_der_pol, cache):
    before = sorted(path.name for path in cache.iterdir())
    began = time.monotonic()
    again = make_van_der_pol()
    assert again.compile_seconds == 0 and time.monotonic() - began < 2
    assert sorted(path.name for path in cache.iterdir()) == before
    assert not [path for path in cache.iterdir() if path.is_dir()], "nothing of a compilation is left"


@pytest.mark.parametrize(
    "content",
    [lambda _: b"", lambda _: b"damaged", lambda whole: whole[: len(whole) // 2],
     lambda whole: whole[: len(whole) // 2] + bytes(len(whole) // 2)],
    ids=["empty", "another file", "cut off", "zeros"],
)  # fmt: skip
def test_a_damaged_library_is_compiled_again(content, van_der_pol, cache, tmp_path, monkeypatch):
    (good,) = cache.glob("my_van_der_pol-*.so")
    (tmp_path / good.name).write_bytes(content(good.read_bytes()))
    builds = []

    def build(_toolchain, scratch, *_):
        builds.append(scratch)
        return shutil.copy(good, os.path.join(scratch, "built.so"))

    monkeypatch.setattr(_compile, "_build", build)
    monkeypatch.setenv("METASOLVE_CACHE", str(tmp_path))
    assert make_van_der_pol().compile_seconds > 0 and len(builds) == 1
    assert make_van_der_pol().compile_seconds == 0 and len(builds) == 1
    assert (tmp_path / good.name).read_bytes().startswith(good.read_bytes())


def test_of_two_processes_at_once_one_compiles(cache):
    program = textwrap.dedent(
        """
        import metasolve
        problem = metasolve.OdeProblem("one", size=1, parameters=0, rate="f[0] = -y[0];", verbose=False)
        print(problem.compile_seconds > 0, problem.solver().solve([1.0], None, 1.0, tol=1e-12).x)
        """
    )
    processes = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in "ab"]
    assert sorted(process.communicate()[0].strip() for process in processes) == ["False [0.5]", "True [0.5]"]


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
    assert _own_source.checked_text(text, "rate") == text


def test_entries_may_be_assigned_elsewhere():
    for text in ("f[0] = 1; rest(f);", "for (int i = 0; i < 2; ++i) f[i] = y[1];", "rest(y, f);", "f[0] = f[1] = y[ 0 ];"):
        _own_source.check_indices(text, "rate", {"y": 2, "f": 2}, "f")


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


def test_two_texts_of_one_name(van_der_pol, tmp_path):
    """Both solve; a process trains the first."""
    other = metasolve.OdeProblem("my_van_der_pol", size=1, parameters=0, rate="f[0] = -3 * y[0];", verbose=False)
    assert other.solver().solve([1.0], None, 1.0, tol=1e-12).x == pytest.approx(0.25)
    assert van_der_pol.solver().unknowns == 2
    settings = {"training.epochs": 1, "training.batch_size": 10, "network.hidden": [4]}

    def train(problem, rows):
        tasks = {"train": rows, "validation": rows, "test": rows}
        return problem.train(tasks, settings, out=tmp_path / str(problem.unknowns))

    assert train(van_der_pol, van_der_pol.rows(*steps(50))).report["finished"]
    with pytest.raises(metasolve.InputError, match="two problems of this program are named"):
        train(other, other.rows(np.linspace(1, 2, 50)[:, None], None, np.linspace(0.1, 1, 50)))


def test_the_cache_may_be_the_current_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METASOLVE_CACHE", ".")
    assert _compile.cache_folder() == tmp_path


def test_half_a_surrogate_pair_is_no_text():
    with pytest.raises(metasolve.InputError, match="rate: contains half of a surrogate pair"):
        metasolve.OdeProblem("halved", size=1, parameters=1, rate="f[0] = p[0]; // \ud800")
