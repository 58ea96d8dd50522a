# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # Quickstart
#
# A batch of small systems is solved by Jacobi's method; then a small network, the meta-solver, learns to predict each
# system's initial guess, and the same systems are solved again.
#
# This file is a notebook in text form: Jupyter (with jupytext), VS Code and PyCharm open it as one, and Python runs it:
# `python quickstart.py FOLDER` writes its picture into the folder.

# %%
import pathlib
import sys

import numpy as np

import metasolve

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
unknowns = 16

# %% [markdown]
# ## Solve
#
# One row per system: A u = f with A = tridiag(-1, 2, -1). Each system stops for itself.

# %%
rng = np.random.default_rng(0)
rhs = rng.standard_normal((1000, unknowns))
solver = metasolve.JacobiSolver(unknowns)
result = solver.solve(rhs, tol=1e-6)
print(result.counts(), "mean iterations:", result.iterations.mean())

# %% [markdown]
# ## Train
#
# The problem "poisson" draws systems of which one in a hundred contains slow modes; their distribution is what the
# network learns, and no other. This takes some seconds.

# %%
run = metasolve.train("poisson", {"training.epochs": 150}, out=folder / "poisson_run")
print(run)

# %% [markdown]
# ## Compare
#
# On the problem's test systems, at several tolerances: `evaluation` is a table, ready for pandas.

# %%
evaluation = run.evaluate()
for row in zip(*(evaluation[key] for key in ("tolerance", "parameters", "mean", "converged_share"))):
    print("tolerance {:.0e}  {:12} mean iterations {:8.2f}  converged {:.2%}".format(*row))

# %% [markdown]
# ## Use it
#
# The same solver class with the model; here with the problem's own test systems.

# %%
systems = metasolve.IterationLoss("poisson").rows("test")[:, :unknowns]
learned = metasolve.JacobiSolver(unknowns, meta_solver=run.meta_solver())
before, after = solver.solve(systems), learned.solve(systems)
print("zero guess:", before.iterations.mean(), "iterations; predicted guess:", after.iterations.mean())
assert after.converged.all()

# %%
try:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("no picture: matplotlib is not installed")
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
bins = np.geomspace(1, max(before.iterations.max(), 2), 40)
axes.hist(before.iterations, bins, alpha=0.6, label="zero guess")
axes.hist(after.iterations, bins, alpha=0.6, label="predicted guess")
axes.set(xscale="log", xlabel="Jacobi iterations to 1e-6", ylabel="systems")
axes.legend()
figure.savefig(folder / "quickstart.png", dpi=120)
