# SPDX-License-Identifier: Apache-2.0
"""Does an installed wheel work, with libraries of its own beside NumPy's? scripts/wheel runs this."""
import json
import os
import pathlib

import numpy as np

import metasolve

package = pathlib.Path(metasolve.__file__).parent
a = np.random.default_rng(0).standard_normal((300, 300))
before = a @ a  # NumPy's OpenBLAS is in use before ours is loaded
x = metasolve.JacobiSolver(3).solve(np.array([1.0, 0.0, 1.0]), tol=1e-12).x
assert np.allclose(x, 1.0), x
assert np.array_equal(a @ a, before)  # and computes the same after it, with as many threads

record = json.loads((package / "_build.json").read_text())
for path in record["include"] + record["libraries"]:
    assert (package / path).exists(), path
for file in ["py.typed", "_core.pyi", "include/metasolve/problem_solver.hpp", "include/metasolve/kernels/problems/ode_problem.hpp",
             "include/metasolve/detail/api/compiled_problem.hpp", "include/metasolve/compiled/executor_list.hpp"]:
    assert (package / file).exists(), file
links = [path for path in package.rglob("*") if path.is_symlink()]
assert not links, links

# Nothing but the C and C++ runtimes comes from the system.
maps = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}
names = {os.path.basename(path): path for path in maps}
for name, path in sorted(names.items()):
    if "blas" in name or "gomp" in name or "metasolve" in name:
        print(path.removeprefix(str(package.parent) + "/"))
        assert path.startswith(str(package.parent)), path
print(f"metasolve {metasolve.__version__} works")
