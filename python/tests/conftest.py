# SPDX-License-Identifier: Apache-2.0
"""Systems and models that the tests share."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess

import metasolve
import numpy as np
import pytest

def jax_or_skip():
    """JAX with numbers of 64 bits."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


class Systems:
    """Random symmetric positive definite matrices of the pattern of a 1-D chain with one far entry."""

    def __init__(self, unknowns: int = 6, count: int = 5, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        near = np.abs(np.subtract.outer(np.arange(unknowns), np.arange(unknowns))) <= 1
        near[0, -1] = near[-1, 0] = True
        rows, self.columns = np.nonzero(near)
        self.row_ptrs = np.concatenate([[0], np.cumsum(near.sum(1))])
        dense = np.where(near, rng.uniform(-1, 1, (count, unknowns, unknowns)), 0)
        self.dense = (dense + dense.transpose(0, 2, 1)) / 2 + 4 * np.eye(unknowns)
        self.values = np.ascontiguousarray(self.dense[:, rows, self.columns])
        self.rhs = rng.uniform(-1, 1, (count, unknowns))
        self.x = np.linalg.solve(self.dense, self.rhs[..., None])[..., 0]
        self.pattern = (self.row_ptrs, self.columns)
        self.rows = rows
        self.unknowns, self.count, self.entries = unknowns, count, len(rows)


@pytest.fixture
def systems() -> Systems:
    return Systems()


def program() -> str:
    """The command line, which trains models."""
    given = os.environ.get("METASOLVE_CLI")
    if given:
        return given
    source = pathlib.Path(__file__).parents[2]
    for build in sorted(source.glob("build*/metasolve")):
        if build.is_file():
            return str(build)
    found = shutil.which("metasolve")
    if not found:
        pytest.skip("no program metasolve: set METASOLVE_CLI to one")
    return found


CONFIGURATION = """
[problem]
name = "poisson"
unknowns = 8
train_tasks = 100
validation_tasks = 50
test_tasks = 20
[solver]
tolerance = 1e-6
max_iterations = 1000
basis = "sine"
[network]
hidden = [8]
activation = "silu"
initial_bias = 50
[loss]
kind = "surrogate"
scale = "log"
tolerance_start = 1.0
[optimizer]
kind = "levenberg_marquardt"
[training]
epochs = 30
selection = "iterations"
"""


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A run that trained a small model for Poisson systems of 8 unknowns."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "tiny.toml").write_text(CONFIGURATION)
    done = subprocess.run(
        [program(), "train", "tiny.toml", "--out", "run", "--device", "cpu"],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.fixture(scope="session")
def model(run_folder: pathlib.Path) -> metasolve.MetaSolver:
    return metasolve.MetaSolver.load(run_folder)


def named(argument: str):
    """An InputError that contains the argument's name."""
    return pytest.raises(metasolve.InputError, match=rf"\b{re.escape(argument)}\b")


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def resident_bytes() -> int:
    """Of this process, now."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
