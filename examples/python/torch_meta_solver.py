# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # A network of PyTorch as the meta-solver
#
# The solver gives the gradient of a surrogate for its number of iterations; PyTorch does the rest: any module, any
# optimiser. Here for implicit Euler steps of Robertson's reaction by Newton-SOR, whose relaxation factor and initial
# guess the network chooses. `python torch_meta_solver.py FOLDER` writes the picture into the folder.

# %%
import pathlib
import sys
import time

import numpy as np
import torch

import metasolve
from metasolve.torch import iteration_loss

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
torch.manual_seed(0)
torch.set_num_threads(1)  # the network is tiny

# %% [markdown]
# ## Tasks
#
# `loss` knows the problem: its tasks, what a network sees of each, and the parameters that the solver takes.

# %%
settings = {
    "solver.learn": "both", "solver.tolerance": 1e-9, "solver.max_iterations": 2000, "loss.scale": "log",
    "problem.train_tasks": 100_000, "problem.test_tasks": 50_000,
}  # fmt: skip
loss = metasolve.IterationLoss("robertson", settings)
print([f"{p['name']} in ({p['low']}, {p['high']})" for p in loss.description["parameters"]])
train_rows, test_rows = loss.rows("train"), loss.rows("test")


def inputs_of(rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network sees, scaled, and the states from which the steps start."""
    features = torch.from_numpy(loss.features_of(rows))
    return (features - features.mean(0)) / features.std(0), features[:, :3]


# %% [markdown]
# ## The network
#
# It must keep to the parameters' ranges: r in (1, 2), and a guess within a factor of e of the previous state. Long solves
# of hard tasks would dominate the mean, so each task's gradient with respect to the network's outputs is clipped.

# %%
class Network(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(loss.features, 32), torch.nn.ReLU(), torch.nn.Linear(32, 32), torch.nn.ReLU(),
            torch.nn.Linear(32, loss.parameters),
        ).double()  # fmt: skip

    def forward(self, x: torch.Tensor, previous: torch.Tensor) -> torch.Tensor:
        z = self.layers(x)
        if z.requires_grad:
            largest = 30 / len(z)
            z.register_hook(lambda g: g * (largest / g.norm(dim=1, keepdim=True).clamp(min=largest)))
        return torch.cat((1 + torch.sigmoid(z[:, :1]), previous * torch.exp(torch.tanh(z[:, 1:]))), 1)


network = Network()
optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)

# %% [markdown]
# ## Training

# %%
x, previous = inputs_of(train_rows)
loss.set_tasks(train_rows)
start, history = time.perf_counter(), []
for epoch in range(epochs):
    total = 0
    for tasks in torch.randperm(len(x)).to(torch.int32).split(1024):
        result = iteration_loss(loss, network(x[tasks], previous[tasks]), tasks)
        optimiser.zero_grad()
        result.loss.mean().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        total += int(result.iterations.sum())
    schedule.step()
    history.append(total / len(x))
    print(f"epoch {epoch + 1}: {history[-1]:.2f} iterations, {time.perf_counter() - start:.1f} s")

# %% [markdown]
# ## Beside constants
#
# On other tasks. The rival is the best constant relaxation factor, found by search, with the previous state as guess.

# %%
x, previous = inputs_of(test_rows)
loss.set_tasks(test_rows)
with torch.no_grad():
    learned = loss.evaluate(network(x, previous), gradient=False)
constants = {}
for r in np.arange(1.0, 1.9, 0.05):
    theta = torch.cat((torch.full((len(x), 1), float(r), dtype=torch.float64), previous), 1)
    constants[round(float(r), 2)] = loss.evaluate(theta, gradient=False)
best = min(constants, key=lambda r: float(constants[r].iterations.double().mean()))


def mean(result: metasolve.LossResult) -> float:
    return float(result.iterations.double().mean())


print(f"network: {mean(learned):.2f} iterations; best constant, r = {best}: {mean(constants[best]):.2f}")
assert mean(learned) < mean(constants[best])

# %%
try:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("no picture: matplotlib is not installed")
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
axes[0].plot(range(1, epochs + 1), history)
axes[0].set(xlabel="epoch", ylabel="mean iterations, training tasks", ylim=(0, None))
axes[1].plot(list(constants), [mean(c) for c in constants.values()], "o-", label="constant r")
axes[1].axhline(mean(learned), color="C1", label="network")
axes[1].set(xlabel="relaxation factor r", ylabel="mean iterations, test tasks", ylim=(0, None))
axes[1].legend()
figure.savefig(folder / "torch_meta_solver.png", dpi=120)
