# SPDX-License-Identifier: Apache-2.0
"""Solves with the package that was compiled for the library installed in the folder given, and with no other."""
import json
import pathlib
import sys

import numpy as np

import metasolve

record = json.loads((pathlib.Path(metasolve.__file__).parent / "_build.json").read_text())
prefix = pathlib.Path(sys.argv[1]).resolve()
for path in record["include"] + record["libraries"]:
    assert pathlib.Path(path).resolve().is_relative_to(prefix) and pathlib.Path(path).exists(), path
loaded = {line.split()[-1] for line in open("/proc/self/maps") if "libmetasolve" in line}
assert loaded and all(pathlib.Path(path).is_relative_to(prefix) for path in loaded), loaded
assert metasolve.__version__ == record["version"]

x = metasolve.JacobiSolver(3).solve(np.array([1.0, 0.0, 1.0]), tol=1e-12).x
assert np.allclose(x, 1.0), x
print("solved", x.tolist())
