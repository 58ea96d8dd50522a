# SPDX-License-Identifier: Apache-2.0
"""l <= A x <= u as interior point methods want it."""
import numpy as np
import scipy.sparse as sparse


class Split:
    """Rows as equations, bounds on variables (a single 1, the first for its variable), and inequalities; rows without
    bounds are left out. A row's kind is that of the task given here."""

    def __init__(self, a, l, u):
        a = sparse.csr_matrix(a)
        a.eliminate_zeros()
        self.rows, self.variables = a.shape
        equal = l == u
        rest = (np.isfinite(l) | np.isfinite(u)) & ~equal
        alone = np.flatnonzero(rest & (np.diff(a.indptr) == 1))
        alone = alone[a.data[a.indptr[alone]] == 1]
        self.bounded, first = np.unique(a.indices[a.indptr[alone]], return_index=True)
        self.boxes = alone[first]
        rest[self.boxes] = False
        self.equal, self.rest = np.flatnonzero(equal), np.flatnonzero(rest)
        self.equations, self.inequalities = a[self.equal].tocsc(), a[self.rest].tocsc()

    def bounds(self, l, u):
        """What changes from task to task, by the names of piqp's `update`."""
        low, high = np.full(self.variables, -np.inf), np.full(self.variables, np.inf)
        low[self.bounded], high[self.bounded] = l[self.boxes], u[self.boxes]
        sides = {"x_l": low, "x_u": high}
        if len(self.equal):
            sides["b"] = l[self.equal]
        if len(self.rest):
            sides.update(h_l=l[self.rest], h_u=u[self.rest])
        return sides

    def arguments(self, l, u, dense):
        """A, b, G, h_l, h_u, x_l, x_u of piqp's `setup`."""
        form = (lambda m: np.asarray(m.todense())) if dense else (lambda m: m)
        sides = self.bounds(l, u)
        return (form(self.equations) if len(self.equal) else None, sides.get("b"),
                form(self.inequalities) if len(self.rest) else None, sides.get("h_l"), sides.get("h_u"), sides["x_l"],
                sides["x_u"])

    def multipliers(self, result):
        """y [rows] in OSQP's signs: positive where the upper bound is active."""
        y = np.zeros(self.rows)
        if len(self.equal):
            y[self.equal] = result.y
        if len(self.rest):
            y[self.rest] = np.asarray(result.z_u) - np.asarray(result.z_l)
        y[self.boxes] = (np.asarray(result.z_bu) - np.asarray(result.z_bl))[self.bounded]
        return y
