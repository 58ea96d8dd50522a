# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # Learning while the program runs
#
# A heat source moves over a plate that conducts better the warmer it is: one linear system per time step, by conjugate
# gradients with SSOR, whose best omega depends on the step and the conductivity. `OnlineMetaSolver` learns that in the
# run itself, from the iterations of each step; there is no training set and no training.
# `python online.py FOLDER` writes the picture into the folder.

# %%
import pathlib
import sys

import numpy as np

import metasolve

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
side, steps, constant = 24, 1500, 1.0  # the last: omega where nobody has tuned it

# %% [markdown]
# ## The problem
#
# An implicit Euler step of u' = div(k grad u) + source on a square whose border is at 0: (I + dt A) u_new = u + dt source,
# where A has five entries a row, in the order of a matrix in compressed rows. The largest entry of dt A is what a program
# knows before it solves, and what omega depends on.

# %%
unknowns = side * side
place = np.arange(unknowns).reshape(side, side)
pairs = [(place[:, :-1], place[:, 1:]), (place[:-1], place[1:])]
ends = [(a.ravel(), b.ravel()) for a, b in pairs]
rows = np.concatenate([place.ravel()] + [np.concatenate(pair) for pair in ends])
columns = np.concatenate([place.ravel()] + [np.concatenate(pair[::-1]) for pair in ends])
order = np.lexsort((columns, rows))
row_ptrs = np.concatenate([[0], np.cumsum(np.bincount(rows))])
pattern = (row_ptrs, columns[order])


def matrix_of(conductivity: np.ndarray) -> np.ndarray:
    """The entries of A for a conductivity [side][side]; of two neighbours its mean counts."""
    border = np.pad(conductivity, 1, mode="edge")
    inner = border[1:-1, 1:-1]
    around = [(inner + other) / 2 for other in (border[:-2, 1:-1], border[2:, 1:-1], border[1:-1, :-2], border[1:-1, 2:])]
    flat = conductivity.ravel()
    between = [-(flat[a] + flat[b]) / 2 for a, b in ends]
    entries = np.concatenate([sum(around).ravel()] + [np.concatenate([c, c]) for c in between])
    return side**2 * entries[order]


diagonal = np.flatnonzero((rows == columns)[order])
x, y = np.meshgrid(*[(np.arange(side) + 1) / (side + 1)] * 2)


def run(omega: float, online: metasolve.OnlineMetaSolver | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Iterations of all steps, and the last temperatures. omega: without `online`."""
    solver = metasolve.CgSolver(pattern, preconditioner="ssor", threads=1)
    rng = np.random.default_rng(0)
    u, iterations = np.zeros(unknowns), []
    for step in range(steps):
        dt = 10 ** rng.uniform(-4, -1)  # an integrator chooses it; here it is drawn
        entries = dt * matrix_of(0.1 + np.abs(u.reshape(side, side)))
        stiffness = entries[diagonal].max()
        entries[diagonal] += 1
        source = 40 * np.exp(-30 * ((x - 0.5) ** 2 + (y - 0.5 - 0.3 * np.sin(step / 50)) ** 2))
        result = solver.solve(
            entries, u + dt * source.ravel(), x0=u, omega=omega, tol=1e-8,
            online=online, features=None if online is None else stiffness,
        )  # fmt: skip
        assert result.converged
        u = result.x
        iterations.append(int(result.iterations))
    return np.array(iterations), u


# %% [markdown]
# ## With a constant omega, and with a learned one
#
# Beside them the best of some constants, which one would find by solving the whole problem several times.

# %%
online = metasolve.OnlineMetaSolver(
    [metasolve.Parameter("omega", 0.8, 1.95, constant=constant)],
    [metasolve.Feature("stiffness", 0.1, 400, logarithmic=True)],
)
before, expected = run(constant)
after, found = run(constant, online)
assert np.allclose(found, expected, atol=1e-6)
print(f"omega = {constant}: {before.mean():.2f} iterations a step; learned: {after.mean():.2f}, "
      f"in the last third {after[-steps // 3:].mean():.2f} instead of {before[-steps // 3:].mean():.2f}")  # fmt: skip
tried = {omega: run(omega)[0].mean() for omega in (1.2, 1.4, 1.6)}
best = min(tried, key=tried.get)
print(f"the best of some constants: omega = {best}, {tried[best]:.2f} iterations")
report = online.report()
print(report)

# %% [markdown]
# ## What it knows now
#
# `report.bins` has a row for each part of the feature's range.

# %%
bins = report.bins
for low, high, omega, cost, old in zip(bins.low[:, 0], bins.high[:, 0], bins.best[:, 0], bins.cost, bins.constant_cost):
    print(f"stiffness {low:7.3g} to {high:7.3g}: omega {omega:.3f}, {cost:5.1f} iterations instead of {old:5.1f}")

# %%
try:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("no picture: matplotlib is not installed")
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
width = 100
for counts, label in ((before, f"omega = {constant}"), (after, "learned")):
    axes.plot(np.convolve(counts, np.ones(width) / width, "valid"), label=label)
axes.set(xlabel="time step", ylabel=f"iterations, mean of {width} steps", ylim=(0, None))
axes.legend()
figure.savefig(folder / "online.png", dpi=120)
