# SPDX-License-Identifier: Apache-2.0
"""The same beams solved directly: dense Cholesky factorisations of the whole batch by PyTorch (on a device by cuSOLVER
and MAGMA), which is what one does with many small systems without further thought. It has no iterations to compare; its
residuals are looked at instead. Making the matrices dense is not counted.
"""
import sys

import numpy as np
import common

CHOSEN = common.options(__doc__)
import torch  # noqa: E402  after the cores are chosen


def dense_systems():
    """Matrices [tasks][n][n] and right-hand sides [tasks][n][1]."""
    begin = np.load(CHOSEN.folder / "beam_row_ptrs.npy").astype(np.int64)
    column = torch.from_numpy(np.load(CHOSEN.folder / "beam_columns.npy").astype(np.int64)).to(CHOSEN.device)
    values = torch.from_numpy(np.load(CHOSEN.folder / "beam_values.npy")[:CHOSEN.tasks]).to(CHOSEN.device)
    rhs = torch.from_numpy(np.load(CHOSEN.folder / "beam_rhs.npy")[:CHOSEN.tasks]).to(CHOSEN.device)
    n = len(begin) - 1
    row = torch.from_numpy(np.repeat(np.arange(n), np.diff(begin))).to(CHOSEN.device)
    matrices = torch.zeros(CHOSEN.tasks, n, n, dtype=torch.float64, device=CHOSEN.device)
    matrices[:, row, column] = values
    return matrices, rhs[:, :, None]


def wait():
    if CHOSEN.device == "cuda":
        torch.cuda.synchronize()


def main():
    if CHOSEN.device == "cuda" and not torch.cuda.is_available():
        sys.exit("--device cuda: this PyTorch finds no CUDA device")
    torch.set_num_threads(CHOSEN.threads)
    matrices, rhs = dense_systems()
    ours = np.load(CHOSEN.folder / f"{CHOSEN.work}_counts.npy")[:CHOSEN.tasks].astype(np.int64)

    def solve():
        return torch.cholesky_solve(rhs, torch.linalg.cholesky_ex(matrices)[0])

    solution = solve()  # warms up
    residual = torch.linalg.vector_norm(rhs - matrices @ solution, dim=(1, 2)) / torch.linalg.vector_norm(rhs, dim=(1, 2))
    worst = float(residual.max())
    if not worst < 1e-6:
        sys.exit(f"a relative residual is {worst:.2g}")
    runs = [common.timed(solve, wait)[0] for _ in range(CHOSEN.repeats)]
    memory = torch.cuda.max_memory_allocated() if CHOSEN.device == "cuda" else 0
    common.report(CHOSEN, "PyTorch, dense Cholesky", torch.__version__, runs, ours, ours,
                  f"direct; largest relative residual {worst:.1e}", memory)


if __name__ == "__main__":
    main()
