# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/qp: quadratic programs and their solutions by osqp, which the interior point method piqp confirms.

    python3 -m venv VENV && VENV/bin/pip install numpy scipy osqp==1.1.3 piqp==0.7.0
    VENV/bin/python tests/data/tools/qp_solutions.py

NAME.npz: P_data, P_indices, P_indptr, P_shape (both triangles) and the same of A, in compressed rows, indices rising;
q [tasks][n], l, u [tasks][m] (inf: no bound); status [tasks]: 0 solved, 1 primal, 2 dual infeasible; x [tasks][n],
y [tasks][m]: solutions, or 0. `problem.qp_folder` of the problem "qp" reads the same files.
"""
import pathlib
import sys

import numpy as np
import osqp
import scipy.sparse as sparse

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / folder) for folder in ("bench/qp", "examples/quadcopter_mpc")]

import peers  # noqa: E402
import qp_families  # noqa: E402
import quadcopter  # noqa: E402

STATUS = {"solved": 0, "primal infeasible": 1, "dual infeasible": 2}


def accurately(p, a, q, l, u):
    """Status and solution of one task by osqp: to 1e-10, then polished."""
    solver = osqp.OSQP()
    solver.setup(sparse.triu(p).tocsc(), q, a.tocsc(), l, u, eps_abs=1e-10, eps_rel=1e-10, polishing=True, verbose=False,
                 max_iter=1000000, polish_refine_iter=20, eps_prim_inf=1e-9, eps_dual_inf=1e-9)
    result = solver.solve(raise_error=False)
    return STATUS[result.info.status], np.array(result.x), np.array(result.y)


def defect(p, a, q, l, u, x, y):
    """How far x, y are from the optimality conditions: the largest of all violations, relative to the terms."""
    ax, bound = a @ x, np.where(y > 0, u, l)
    gap = np.where(y != 0, y * (ax - np.where(np.isfinite(bound), bound, 0)), 0)
    wrong = np.where((y != 0) & ~np.isfinite(bound), np.abs(y), 0)
    outside = np.maximum(np.maximum(l - ax, ax - u), 0)
    size = 1 + max(np.abs(v).max() for v in (q, p @ x, a.T @ y, ax))
    return max(np.abs(p @ x + q + a.T @ y).max(), outside.max(), np.abs(gap).max(), wrong.max()) / size


def write(name, p, a, q, l, u):
    p, a = (sparse.csr_matrix(matrix) for matrix in (p, a))
    p.sort_indices(), a.sort_indices()
    status, x, y = map(np.array, zip(*(accurately(p, a, q[i], l[i], u[i]) for i in range(len(q)))))
    if status.any():
        x, y = np.zeros_like(x), np.zeros_like(y)
        print(f"{name}: status {sorted(set(status))} of {len(q)} tasks")
    else:
        # Multipliers may not be unique; x is, up to directions without curvature, which cost nothing.
        other = peers.piqp(p.tocsc(), a.tocsc(), q, l, u, 1e-12, gap=True)
        value = lambda x: 0.5 * ((x @ p) * x).sum(1) + (q * x).sum(1)
        worst = max(defect(p, a, q[i], l[i], u[i], x[i], y[i]) for i in range(len(q)))
        apart = np.abs(x - other.x).max() / (1 + np.abs(x).max())
        between = (np.abs(value(x) - value(other.x)) / (1 + np.abs(value(x)))).max()
        print(f"{name}: {a.shape[0]} x {a.shape[1]}, {len(q)} tasks, optimality {worst:.1e}, x apart {apart:.1e}, "
              f"objective apart {between:.1e}")
        assert worst < 1e-9 and apart < 1e-7 and between < 1e-9, name
    np.savez_compressed(HERE.parent / "qp" / f"{name}.npz", P_data=p.data, P_indices=p.indices, P_indptr=p.indptr, P_shape=p.shape,
                        A_data=a.data, A_indices=a.indices, A_indptr=a.indptr,
                        A_shape=a.shape, q=q, l=l, u=u,
                        status=status.astype(np.int32), x=x, y=y)


def main():
    (HERE.parent / "qp").mkdir(exist_ok=True)
    write("quadcopter", *quadcopter.full_matrices(), *quadcopter.full_vectors(*quadcopter.tasks(12, 26)))
    for number, (name, family) in enumerate(qp_families.FAMILIES.items()):
        write(name, *family(np.random.default_rng([26, number]), 8))


if __name__ == "__main__":
    main()
