# SPDX-License-Identifier: Apache-2.0
"""The test tasks of our families of quadratic programs, as `qp_tasks` writes them."""
import dataclasses
import json
import pathlib
import subprocess

import numpy as np
import scipy.sparse as sparse


@dataclasses.dataclass
class Family:
    """Tasks: minimise x'P x / 2 + q'x, l <= A x <= u. p (all entries), a: of all tasks, or lists of one a task."""

    name: str
    p: object
    a: object
    q: np.ndarray
    l: np.ndarray
    u: np.ndarray
    features: np.ndarray  #: [task][features]
    scales: np.ndarray | None  #: [task][2], where residuals are measured in them
    lower_p: tuple  #: row pointers, columns and values of P's lower triangle, as in training
    rows_a: tuple  #: the same of A
    weights: np.ndarray  #: [m][2] in training: weight and penalty of a row
    values: dict  #: of `QpSolver.solve`, where matrices differ: p_values, a_values [task][entries]

    def __len__(self):
        return len(self.q)


def matrix(pointers, columns, values, width):
    return sparse.csr_matrix((values, columns, pointers), (len(pointers) - 1, width)).tocsc()


def whole(lower):
    return (lower + sparse.tril(lower, -1).T).tocsc()


def read(folder):
    folder = pathlib.Path(folder)
    layout = json.loads((folder / "family.json").read_text())
    rows = np.load(folder / "rows.npy")
    n, m = layout["variables"], layout["rows"]
    widths = [len(layout["features"]), n, m, m, 2 * layout["has_scales"]]
    features, q, l, u, scales, values = np.split(rows, np.cumsum(widths), axis=1)
    parts = {}
    for name, size, entries in (("p", n, layout["p_entries"]), ("a", m, layout["a_entries"])):
        numbers = np.load(folder / f"{name}.npy")
        parts[name] = (numbers[: size + 1].astype(int), numbers[size + 1: size + 1 + entries].astype(int),
                       numbers[size + 1 + entries:])
    make_p = lambda values: whole(matrix(*parts["p"][:2], values, n))
    make_a = lambda values: matrix(*parts["a"][:2], values, n)
    if layout["matrices_differ"]:
        split = layout["p_entries"]
        own = {"p_values": np.ascontiguousarray(values[:, :split]), "a_values": np.ascontiguousarray(values[:, split:])}
        p, a = [make_p(row[:split]) for row in values], [make_a(row[split:]) for row in values]
    else:
        own = {}
        p, a = make_p(parts["p"][2]), make_a(parts["a"][2])
    return Family(layout["family"], p, a, q, l, u, features, scales if layout["has_scales"] else None,
                  parts["p"], parts["a"], np.load(folder / "weights.npy"), own)


def tasks(program, name, count, seed, folder, size=0):
    """Of a family by name. program: qp_tasks."""
    subprocess.run([str(program), name, str(size), str(count), str(seed), str(folder)], check=True)
    return read(folder)
