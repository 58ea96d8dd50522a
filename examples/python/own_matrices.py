# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # Your own matrices
#
# Diffusion with a different conductivity in every system: 500 sparse systems of one pattern, as SciPy makes them. Which
# method is fastest for them? `python own_matrices.py FOLDER` writes the picture into the folder.

# %%
import pathlib
import sys
import time

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

import metasolve

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
side, count = 20, 500
rng = np.random.default_rng(0)


# %%
def diffusion(conductivity: np.ndarray) -> scipy.sparse.csr_array:
    """Five points on a square with conductivity [side + 1][side + 1] at the cells' corners."""
    horizontal = (conductivity[:-1, :] + conductivity[1:, :]) / 2
    vertical = (conductivity[:, :-1] + conductivity[:, 1:]) / 2
    west, east, south, north = horizontal[:, :-1], horizontal[:, 1:], vertical[:-1, :], vertical[1:, :]
    diagonal = (west + east + south + north).ravel()
    right = np.where(np.arange(side) < side - 1, -east, 0).ravel()[:-1]
    up = -north.ravel()[:-side]
    matrix = scipy.sparse.diags_array([up, right, diagonal, right, up], offsets=[-side, -1, 0, 1, side], format="csr")
    matrix.sort_indices()
    return matrix


matrices = [diffusion(10 ** rng.uniform(-1, 1, (side + 1, side + 1))) for _ in range(count)]
values = np.stack([matrix.data for matrix in matrices])
rhs = rng.standard_normal((count, side * side))

# %% [markdown]
# ## Solve all at once
#
# The pattern is analysed once; `values` has a row of the matrix's entries per system.

# %%
solvers = {
    "Cholesky": metasolve.LinearSolver(matrices[0], matrix="positive_definite"),
    "CG, incomplete Cholesky": metasolve.CgSolver(matrices[0], fill_level=1),
    "CG, Jacobi": metasolve.CgSolver(matrices[0], preconditioner="jacobi"),
    "BiCGSTAB, ILU": metasolve.LinearSolver(matrices[0], method="bicgstab"),
}
microseconds = {}
for name, solver in solvers.items():
    result = solver.solve(values, rhs, tol=1e-8)
    start = time.perf_counter()
    result = solver.solve(values, rhs, tol=1e-8)
    microseconds[name] = (time.perf_counter() - start) / count * 1e6
    residuals = [np.linalg.norm(b - a @ x) / np.linalg.norm(b) for a, b, x in zip(matrices, rhs, result.x)]
    assert result.converged.all() and max(residuals) <= 1e-8
    print(f"{name:24} {result.iterations.mean():6.1f} iterations  {microseconds[name]:7.1f} us a system")

# %% [markdown]
# ## What one would do instead

# %%
start = time.perf_counter()
direct = [scipy.sparse.linalg.spsolve(matrix.tocsc(), b) for matrix, b in zip(matrices, rhs)]
microseconds["SciPy, spsolve"] = (time.perf_counter() - start) / count * 1e6
print(f"{'SciPy, spsolve':24} {'':17}  {microseconds['SciPy, spsolve']:7.1f} us a system")
assert np.allclose(direct, solvers["Cholesky"].solve(values, rhs, tol=1e-10).x)

# %%
try:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("no picture: matplotlib is not installed")
figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
axes.barh(list(microseconds), list(microseconds.values()))
axes.invert_yaxis()
axes.set(xscale="log", xlabel=f"microseconds per system of {side * side} unknowns, all cores")
figure.savefig(folder / "own_matrices.png", dpi=120)
