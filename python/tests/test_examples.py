# SPDX-License-Identifier: Apache-2.0
"""The examples and README's lines, as users run them."""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys

import metasolve
import pytest
from metasolve import _toolchain

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples" / "python").glob("*.py"))


def run(arguments, folder):
    package = pathlib.Path(importlib.util.find_spec("metasolve").origin).parent
    paths = [str(package.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(paths)))  # fmt: skip
    picture_is_missing = "matplotlib is not installed" in done.stderr
    assert done.returncode == 0 or picture_is_missing, done.stderr
    return done.stdout, not picture_is_missing


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.stem for example in EXAMPLES])
def test_example(example, tmp_path, monkeypatch):
    if example.stem.startswith("torch"):
        pytest.importorskip("torch")
    if "scipy" in example.read_text():
        pytest.importorskip("scipy")
    if "OdeProblem" in example.read_text():
        monkeypatch.setenv("METASOLVE_CACHE", str(tmp_path))
        try:
            _toolchain.find()
        except metasolve.InputError as error:
            pytest.skip(str(error))
    _, has_picture = run([str(example), "."], tmp_path)
    if has_picture:
        assert (tmp_path / f"{example.stem}.png").stat().st_size > 10_000


def test_readme(tmp_path):
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    printed, _ = run(["-c", block], tmp_path)
    assert "'converged': 100000" in printed
