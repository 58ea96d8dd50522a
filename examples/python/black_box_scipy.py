# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # A solver of SciPy's as a black box
#
# metasolve trains a network to choose the parameters of a solver that it only calls. Here: steps of heat conduction in
# a plate with a strip of another material. First the parameter of the alternating direction method, for fewer
# iterations; then which of two solvers, for less time. `python black_box_scipy.py FOLDER` writes its runs and the
# picture into the folder.

# %%
import pathlib
import sys
import time

import numpy as np
import scipy.sparse
import scipy.sparse.linalg as linalg

import metasolve

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
limit = 150


def draw(low, high) -> dict[str, np.ndarray]:
    """Rows of time step and contrast between these powers of 10."""
    rng = np.random.default_rng(1)
    return {name: 10 ** rng.uniform(low, high, (count, 2)) for name, count in (("train", 100), ("validation", 40), ("test", 60))}


# %%
def half(faces: np.ndarray, stride: int) -> scipy.sparse.csc_array:
    """I / 2 + the flow through faces between neighbours, which are `stride` unknowns apart."""
    flow = faces.ravel()
    beside = np.concatenate([np.zeros(stride), flow[:-stride]])
    return scipy.sparse.diags_array(
        [-flow[:-stride], 0.5 + flow + beside, -flow[:-stride]], offsets=[-stride, 0, stride], format="csc"
    )


def halves(row: np.ndarray, side: int) -> tuple[scipy.sparse.csc_array, scipy.sparse.csc_array]:
    """The matrix of an implicit step, H + V, by directions."""
    step, contrast = row
    conductivity = np.ones((side, side))
    conductivity[:, side // 3 : 2 * side // 3] = contrast
    faces = np.zeros((2, side, side))
    for direction, inner in ((0, np.s_[:, :-1]), (1, np.s_[:-1, :])):
        other = np.roll(conductivity, -1, axis=1 - direction)
        faces[direction][inner] = (2 * step * conductivity * other / (conductivity + other))[inner]
    return half(faces[0], 1), half(faces[1], side)


# %% [markdown]
# ## Fewer iterations
#
# Peaceman and Rachford's method solves in one direction, then in the other, with a shift r. For equal conductivities a
# formula gives the best r; for these, none is known. The function below is all that metasolve learns of it.

# %%
side = 16
rhs = np.random.default_rng(0).standard_normal(side * side)


def alternating(row: np.ndarray, r: float, tolerance: float, limit: int) -> list[float]:
    """The relative residuals of all iterates."""
    h, v = halves(row, side)
    shift = r * scipy.sparse.eye_array(side * side, format="csc")
    solve_h, solve_v = linalg.factorized(h + shift), linalg.factorized(v + shift)
    x, residuals = np.zeros_like(rhs), [1.0]
    while residuals[-1] > tolerance and len(residuals) <= limit:
        y = solve_h(rhs - v @ x + r * x)
        x = solve_v(rhs - h @ y + r * y)
        residuals.append(float(np.linalg.norm(rhs - h @ x - v @ x) / np.linalg.norm(rhs)))
    return residuals


def solve(rows, theta, tolerance, max_iterations):
    history = [alternating(row, max(r, 1e-3), tolerance, max_iterations) for row, (r,) in zip(rows, theta)]
    return {"history": history, "converged": np.array([each[-1] <= tolerance for each in history])}


tasks = draw([-1, -1], [1.5, 1.5])
settings = {"training.epochs": 10, "training.batch_size": 10, "network.hidden": [16], "optimizer.rate": 0.03,
            "solver.tolerance": 1e-6, "solver.max_iterations": limit}  # fmt: skip
box = metasolve.BlackBox("alternating_directions", columns=["step", "contrast"], parameters={"r": (0.3, 60.0, 2.0)},
                         solve=solve, logarithmic=["step", "contrast", "r"], cost="history")  # fmt: skip
report = box.train(tasks, settings, out=folder / "alternating", progress=False).report
print(f"iterations: {report['constant_iterations']:.1f} with r = 2, {report['tuned_iterations']:.1f} with the best constant, "
      f"{report['tuned']:.2g}, {report['iterations']:.1f} with the network's r")  # fmt: skip
assert report["iterations"] < report["tuned_iterations"] < report["constant_iterations"]

# %% [markdown]
# ## Less time
#
# Which solver is fastest depends on the task: conjugate gradients for short steps, a direct method for long ones. The
# processor's time is what counts, because it is repeatable; `theta` holds the index of the option.

# %%
size = 40
load = np.random.default_rng(0).standard_normal(size * size)
methods = metasolve.Choice("conjugate gradients", "direct", constant="direct")


def seconds_of(row: np.ndarray, method: str) -> float:
    h, v = halves(row, size)
    matrix = (h + v).tocsc()
    start = time.thread_time()
    if method == "direct":
        linalg.splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(load)
    else:
        linalg.cg(matrix, load, rtol=1e-8, M=scipy.sparse.diags_array(1 / matrix.diagonal()))
    return time.thread_time() - start


def timed(rows, theta):
    return {"seconds": [seconds_of(row, methods.options[int(choice)]) for row, (choice,) in zip(rows, theta)]}


wider = draw([-1, 0], [3, 4])
chooser = metasolve.BlackBox("method", columns=["step", "contrast"], parameters={"method": methods}, solve=timed,
                             logarithmic=["step", "contrast"], cost="seconds")  # fmt: skip
run = chooser.train(wider, {**settings, "solver.max_iterations": 10**6, "training.epochs": 8},
                    out=folder / "method", progress=False)  # fmt: skip

# %% [markdown]
# The constants by search: each option on all test tasks. The best option of each task bounds what choosing can reach.

# %%
times = np.array([[np.median([seconds_of(row, option) for _ in range(3)]) for option in methods.options] for row in wider["test"]])
chosen = chooser.predict(run.meta_solver(), wider["test"])[:, 0].astype(int)
means = {option: mean * 1e3 for option, mean in zip(methods.options, times.mean(0))}
means["the network's"] = times[np.arange(len(times)), chosen].mean() * 1e3
means["the best of each task"] = times.min(1).mean() * 1e3
for name, mean in means.items():
    print(f"{name:24} {mean:6.2f} ms a task")
print(f"chosen: {dict(zip(methods.options, np.bincount(chosen, minlength=2).tolist()))}")

# %%
try:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("no picture: matplotlib is not installed")
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
values = box.predict(metasolve.MetaSolver.load(folder / "alternating"), tasks["test"])[:, 0]
dots = left.scatter(*tasks["test"].T, c=np.log10(values), s=14)
left.set(xscale="log", yscale="log", xlabel="time step", ylabel="contrast", title="log10 of the network's r")
figure.colorbar(dots)
right.barh(list(means), list(means.values()))
right.invert_yaxis()
right.set(xlabel=f"ms per system of {size * size} unknowns")
figure.savefig(folder / "black_box_scipy.png", dpi=120)
