# SPDX-License-Identifier: Apache-2.0
"""newton_sor_torch.py, which stays as it is, on the tasks of scripts/compare instead of its own.

All tasks go as one batch, until the slowest is done: what its batched, masked loop does. The training step is that of
its main(), from our initial weights.
"""
import importlib.util
import pathlib
import sys

import numpy as np
import common

CHOSEN = common.options(__doc__)
import torch  # noqa: E402  after the cores are chosen

HERE = pathlib.Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("newton_sor_torch", HERE / "newton_sor_torch.py")
PEER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PEER)


def wait():
    PEER.sync(CHOSEN.device)


def report(runs, first, ours, note):
    """first: the run whose counts are compared."""
    memory = torch.cuda.max_memory_allocated() if CHOSEN.device == "cuda" else 0
    common.report(CHOSEN, "PyTorch", torch.__version__, [seconds for seconds, _ in runs], first[1].cpu().numpy(), ours,
                  note, memory)


def forward(tasks, ours):
    def solve(some):
        relax = torch.full((len(some), 1), 1.37, dtype=torch.float64, device=some.device)
        with torch.no_grad():
            return PEER.solve(some[:, 4:7].clone(), some, relax, 1e-9, 10000, False)[1]

    # Warms up; on a device with the same amount of memory as the timed runs.
    solve(tasks if CHOSEN.device == "cuda" else tasks[:64])
    runs = [common.timed(lambda: solve(tasks), wait) for _ in range(CHOSEN.repeats)]
    report(runs, runs[-1], ours, "warm-up excluded")


def set_weights(net, flat):
    """Ours, [out][in] and biases a layer after the other; our network sees y, log10 h, log10 c, theirs h after c."""
    ours, at = [], 0
    hidden = net.body[0].out_features
    for rows, columns in ((hidden, 7), (hidden, hidden), (4, hidden)):
        weight = flat[at:at + rows * columns].reshape(rows, columns)
        at += rows * columns
        ours.append((weight, flat[at:at + rows]))
        at += rows
    (first, b1), (second, b2), (last, b3) = ours
    parts = {net.body[0]: (first[:, [0, 1, 2, 4, 5, 6, 3]], b1), net.body[2]: (second, b2),
             net.relax: (last[:1], b3[:1]), net.guess: (last[1:], b3[1:])}
    with torch.no_grad():
        for layer, (weight, bias) in parts.items():
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
            layer.bias.copy_(torch.from_numpy(bias))


def training(tasks, ours):
    net = PEER.MetaSolver(64).to(torch.float64)
    set_weights(net, np.load(CHOSEN.folder / "training_weights.npy"))
    net.to(CHOSEN.device)
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-5)

    def step(batch):
        relax, guess = net(batch)
        _, count, _ = PEER.solve(guess, batch, relax, 1e-9, 2000, True)
        optimiser.zero_grad()
        count.mean().backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        return count.detach()

    runs = [common.timed(lambda: step(tasks), wait) for _ in range(CHOSEN.repeats + 1)]
    # The weights change from step to step: the counts are those of the first.
    report(runs[1:], runs[0], ours, "autograd; first step excluded")


def main():
    if CHOSEN.device == "cuda" and not torch.cuda.is_available():
        sys.exit("--device cuda: this PyTorch finds no CUDA device")
    torch.set_num_threads(CHOSEN.threads)
    name = "training" if CHOSEN.work == "training" else "robertson"
    tasks = torch.from_numpy(np.load(CHOSEN.folder / f"{name}.npy")[:CHOSEN.tasks]).to(CHOSEN.device)
    ours = np.load(CHOSEN.folder / f"{CHOSEN.work}_counts.npy")[:CHOSEN.tasks].astype(np.int64)
    (training if CHOSEN.work == "training" else forward)(tasks, ours)


if __name__ == "__main__":
    main()
