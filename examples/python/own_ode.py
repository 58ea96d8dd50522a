# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # Your own ODE
#
# Implicit Euler steps of an enzyme's reaction, E + S <-> ES -> E + P by mass action, of which only the right-hand side is
# written. It is compiled once; then a meta-solver is trained on steps that an integration really makes, and compared
# with constants. `python own_ode.py FOLDER` writes the picture into the folder.

# %%
import pathlib
import sys
import time

import numpy as np

import metasolve

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")

# %%
enzyme = metasolve.OdeProblem(
    "enzyme", size=4, parameters=3, nonnegative=True,
    rate="""                                  // y = (E, S, ES, P), p = (k1, k-1, k2)
        auto const binding = p[0] * y[0] * y[1] - p[1] * y[2];
        auto const product = p[2] * y[2];
        f[0] = product - binding;
        f[1] = -binding;
        f[2] = binding - product;
        f[3] = product;
    """,
)  # fmt: skip
print(enzyme.columns, f"compiled in {enzyme.compile_seconds:.1f} s")

# %% [markdown]
# ## Training tasks
#
# Whole trajectories of reactions with random constants: what the simulation will meet, and nothing else.

# %%
solver = enzyme.solver()
times = np.geomspace(1e-4, 1e2, 41)


def trajectories(count: int, seed: int) -> np.ndarray:
    """Rows of tasks: 40 steps of each of so many reactions."""
    rng = np.random.default_rng(seed)
    p = 10 ** rng.uniform([0, -2, -2], [4, 2, 2], (count, 3))
    y = np.tile([0.1, 1.0, 0.0, 0.0], (count, 1))
    rows = []
    for step in np.diff(times):
        rows.append(enzyme.rows(y, p, step))
        result = solver.solve(y, p, step, relaxation=1.0, tol=1e-11, max_iterations=20000)
        y = np.where(result.converged[:, None], result.x, y)
    return np.concatenate(rows)


tasks = {"train": trajectories(1000, 1), "validation": trajectories(200, 2), "test": trajectories(200, 3)}

# %%
run = enzyme.train(tasks, {"training.epochs": 10, "solver.tolerance": 1e-9, "solver.max_iterations": 1000},
                   out=folder / "enzyme_run")  # fmt: skip
report = run.report
print(f"mean iterations: {report['constant_iterations']:.2f} with r = 1, {report['tuned_iterations']:.2f} with the best constant, "
      f"r = {report['tuned']}, {report['iterations']:.2f} with the meta-solver")  # fmt: skip

# %% [markdown]
# ## Iterations are not time
#
# The same test steps, timed with the network included.

# %%
learned = enzyme.solver(meta_solver=run.meta_solver())
test = tasks["test"]
given = dict(previous=test[:, 6:10], parameters=test[:, 2:5], step=test[:, 1], tol=1e-9, max_iterations=1000)
ways = {
    "r = 1": lambda: solver.solve(**given, relaxation=1.0),
    "best constant": lambda: solver.solve(**given, relaxation=report["tuned"] or 1.0),
    "meta-solver": lambda: learned.solve(**given),
}
results, microseconds = {}, {}
for name, way in ways.items():
    results[name] = way()
    start = time.perf_counter()
    for _ in range(5):
        way()
    microseconds[name] = (time.perf_counter() - start) / 5 / len(test) * 1e6
    print(f"{name:14} {results[name].iterations.mean():7.2f} iterations  {microseconds[name]:6.3f} us a step  {results[name].counts()}")
same = results["r = 1"].converged & results["meta-solver"].converged
assert np.allclose(results["r = 1"].x[same], results["meta-solver"].x[same], atol=1e-5)

# %%
try:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("no picture: matplotlib is not installed")
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, result in results.items():
    by_step = result.iterations.reshape(len(times) - 1, -1).mean(1)
    axes.plot(times[1:], by_step, label=name)
axes.set(xscale="log", xlabel="time", ylabel="mean iterations of a step", ylim=(0, None))
axes.legend()
figure.savefig(folder / "own_ode.png", dpi=120)
