# SPDX-License-Identifier: Apache-2.0
"""Random calls, in a process of their own: a crash is a failure with a traceback."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
NAMES = ["cg", "linear", "linear_again", "gradient", "jacobi", "implicit_euler"]


@pytest.mark.parametrize("name", NAMES)
def test_random_calls(name):
    pytest.importorskip("hypothesis")
    done = subprocess.run(
        [sys.executable, str(HERE / "fuzz_calls.py"), name], capture_output=True, text=True, timeout=1300, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
