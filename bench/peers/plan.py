# SPDX-License-Identifier: Apache-2.0
"""What scripts/compare runs: which work by whom, on which device, and when counts are the same."""
import collections

ALL = 1 << 40
PYTHON = "pip install . (docs/python.md)"
JAX, TORCH, PETSC = "pip install jax numpy", "pip install torch numpy", "apt-get install petsc-dev"
SUNDIALS, GINKGO = "apt-get install libsundials-dev", "from source, version 1.8 or newer"
JAX_CUDA, TORCH_CUDA = 'pip install "jax[cuda13]" numpy', "pip install torch numpy, with CUDA"
GINKGO_CUDA = "from source with CUDA, version 1.8 or newer"


def torch_batch():
    """A whole batch where its graph of all iterations has room: some 13 GiB."""
    try:
        lines = open("/proc/meminfo", encoding="ascii").read().splitlines()
        available = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        available = 0
    return 16384 if available > 18 << 30 else 4096


TORCH_BATCH = torch_batch()

# tasks: the maximum; fewer where the run would take hours. single: one thread. PyTorch uses one: two took two to eight
# times as long on a busy machine, since joins cost more than they save for such small arrays. PETSc solves one system
# at a time.
Peer = collections.namedtuple("Peer", "name work program arguments tasks single install")
PARTS = ["--parts", "1,2,4,8,16,64"]
ON_CPU = [
    Peer("metasolve, Python", "newton_sor", "metasolve_newton_sor.py", [], ALL, False, PYTHON),
    Peer("JAX, in parts", "newton_sor", "jax_newton_sor.py", PARTS, ALL, False, JAX),
    Peer("JAX, one batch", "newton_sor", "jax_newton_sor.py", [], 20000, False, JAX),
    Peer("PyTorch", "newton_sor", "torch_newton_sor.py", [], 20000, True, TORCH),
    Peer("JAX, in parts", "training", "jax_newton_sor.py", PARTS, ALL, False, JAX),
    Peer("JAX, one batch", "training", "jax_newton_sor.py", [], 4096, False, JAX),
    Peer("PyTorch", "training", "torch_newton_sor.py", [], TORCH_BATCH, True, TORCH),
    Peer("metasolve, PyTorch", "training", "metasolve_newton_sor.py", [], ALL, False, PYTHON + "; " + TORCH),
    Peer("SUNDIALS", "newton", "sundials_newton", [], ALL, False, SUNDIALS),
    Peer("PETSc", "iccg", "petsc_iccg", [], ALL, True, PETSC),
    Peer("PyTorch, dense Cholesky", "iccg", "torch_cholesky.py", [], ALL, False, TORCH),
    Peer("Ginkgo", "jacobi_cg", "ginkgo_cg", [], ALL, False, GINKGO),
]
# A device computes all tasks in parallel, so a batch costs as much as its slowest task, and parts would add up such
# waits. Debian's SUNDIALS and PETSc have no CUDA.
ON_CUDA = [
    Peer("metasolve, Python", "newton_sor", "metasolve_newton_sor.py", [], ALL, False, PYTHON),
    Peer("metasolve, PyTorch", "training", "metasolve_newton_sor.py", [], ALL, False, PYTHON + "; " + TORCH_CUDA),
    Peer("JAX, one batch", "newton_sor", "jax_newton_sor.py", [], ALL, False, JAX_CUDA),
    Peer("PyTorch", "newton_sor", "torch_newton_sor.py", [], ALL, False, TORCH_CUDA),
    Peer("JAX, one batch", "training", "jax_newton_sor.py", [], ALL, False, JAX_CUDA),
    Peer("PyTorch", "training", "torch_newton_sor.py", [], ALL, False, TORCH_CUDA),
    Peer("PyTorch, dense Cholesky", "iccg", "torch_cholesky.py", [], ALL, False, TORCH_CUDA),
    Peer("Ginkgo", "jacobi_cg", "ginkgo_cg", [], ALL, False, GINKGO_CUDA),
]
PEERS = {"cpu": ON_CPU, "cuda": ON_CUDA}

WORKS = {
    "newton_sor": "Newton-SOR on Robertson steps, r = 1.37, to 1e-9",
    "training": "a training step: network 7-64-64-4, solve, surrogate, gradient, Adam",
    "newton": "Newton's method on the same steps, to 1e-9",
    "iccg": "ICCG(0.05) on beams of 243 unknowns, fill of level 1, to 1e-6",
    "jacobi_cg": "conjugate gradients with the diagonal on the same beams, to 1e-6",
}
WORKS_ON = {"cpu": tuple(WORKS), "cuda": ("newton_sor", "training", "iccg", "jacobi_cg")}


def tasks_of(work, device, robertson_steps):
    if work in ("newton_sor", "newton"):
        return robertson_steps
    if work == "training":
        return 16384
    return 256 if work == "jacobi_cg" and device == "cpu" else 1024


def judged(row, ours):
    """Whether counts are the same, as far as rounding lets them; None: nothing to compare."""
    if "Cholesky" in row["peer"]:  # a direct solver
        return None
    off = abs(row["iterations_mean"] / ours["iterations_mean"] - 1)
    if row["work"] in ("newton_sor", "training"):
        return row["counts_within_1"] == 1 and row["counts_equal"] >= 0.99
    if row["work"] == "newton":  # another norm; and cells of one system wait for each other
        return row["counts_within_1"] == 1 if "cells a system" not in row["peer"] else None
    return row["counts_within_5_percent"] >= 0.9 and off <= 0.02  # stiff beams amplify rounding: docs/elasticity.md
