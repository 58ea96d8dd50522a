# SPDX-License-Identifier: Apache-2.0
"""metasolve from Python, on the same tasks: what the way through Python costs beside our C++ programs.

Newton-SOR on arrays of NumPy. The training step is that of torch_newton_sor.py, PyTorch's network, autograd and Adam
included; only the solve and its gradient are metasolve's (metasolve.torch.iteration_loss).
"""
import numpy as np
import common

CHOSEN = common.options(__doc__)
import metasolve  # noqa: E402  after the cores are chosen


def forward(tasks, ours):
    solver = metasolve.ImplicitEulerSolver("robertson", clamp=(-1.0, 2.0), device=CHOSEN.device,
                                           threads=CHOSEN.threads, capacity=len(tasks))

    def solve(out=None):
        result = solver.solve(tasks[:, 4:7], tasks[:, :3], tasks[:, 3], relaxation=1.37, tol=1e-9, out=out)
        solver.synchronize()
        return result

    kept = solve()  # as a time loop does, the memory of the results is used again
    runs = [common.timed(lambda: solve(kept)) for _ in range(CHOSEN.repeats)]
    common.report(CHOSEN, "metasolve, Python", metasolve.__version__, [seconds for seconds, _ in runs],
                  np.asarray(runs[-1][1].iterations), ours, "NumPy")


def training(tasks, ours):
    import torch
    import torch_newton_sor as peer
    from metasolve.torch import iteration_loss

    torch.set_num_threads(CHOSEN.threads)
    loss = metasolve.IterationLoss(
        "robertson", {"solver.learn": "both", "solver.tolerance": 1e-9, "solver.max_iterations": 2000,
                      "loss.scale": "log", "loss.value": "count"}, device=CHOSEN.device, threads=CHOSEN.threads)
    # Time, step, the three constants, r, the state: ours; the peers': constants, step, state.
    rows = np.zeros((len(tasks), loss.columns))
    rows[:, 1], rows[:, 2:5], rows[:, 5], rows[:, 6:9] = tasks[:, 3], tasks[:, :3], 1.37, tasks[:, 4:7]
    loss.set_tasks(rows)
    net = peer.PEER.MetaSolver(64).to(torch.float64)
    peer.set_weights(net, np.load(CHOSEN.folder / "training_weights.npy"))
    net.to(CHOSEN.device)
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-5)
    batch = torch.from_numpy(tasks).to(CHOSEN.device)

    def step():
        result = iteration_loss(loss, torch.cat(net(batch), 1))
        optimiser.zero_grad()
        result.loss.mean().backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        return result.iterations

    runs = [common.timed(step, peer.wait) for _ in range(CHOSEN.repeats + 1)]
    # The weights change from step to step: the counts are those of the first.
    common.report(CHOSEN, "metasolve, PyTorch", metasolve.__version__, [seconds for seconds, _ in runs[1:]],
                  runs[0][1].cpu().numpy(), ours, "network, autograd and Adam by PyTorch")


def main():
    name = "training" if CHOSEN.work == "training" else "robertson"
    tasks = np.load(CHOSEN.folder / f"{name}.npy")[:CHOSEN.tasks]
    if CHOSEN.device == "cuda" and CHOSEN.work != "training":
        import torch

        tasks = torch.from_numpy(tasks).to(CHOSEN.device)
    ours = np.load(CHOSEN.folder / f"{CHOSEN.work}_counts.npy")[:CHOSEN.tasks].astype(np.int64)
    (training if CHOSEN.work == "training" else forward)(tasks, ours)


if __name__ == "__main__":
    main()
