# SPDX-License-Identifier: Apache-2.0
"""Random calls, in a process of their own: a crash is a failure with a traceback."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest


def test_random_calls():
    pytest.importorskip("hypothesis")
    program = pathlib.Path(__file__).with_name("fuzz_calls.py")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=1300, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    print(done.stdout)
