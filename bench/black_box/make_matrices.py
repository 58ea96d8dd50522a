#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the matrices and loads of bench/black_box/data: two settings of Arisaka and Li (NI-GBMS, ICML 2024), assembled
by code of our own. Needs NumPy; checks itself first. Usage: make_matrices.py [FOLDER]

biharmonic: Laplace(Laplace u) = f on the unit square, u = Laplace u = 0 on its edge; P2 on n x n squares of two
triangles, C0 interior penalty (Brenner and Sung, J. Sci. Comput. 2005) with penalty 8 / h, h the mean of the cells'
circumscribed diameters.
Line 4 (i - 1) + j of its loads is that of f = sin(i pi x) sin(j pi y), i and j from 1 to 4.

elasticity: a cube of width 1, lambda = mu = 1, clamped at x = 0, P1 on boxes of six tetrahedra; the load is 0.4 against
z, for the density 1.

Clamped and zero unknowns stay in the systems, as rows of the identity."""
import itertools
import math
import pathlib
import sys

import numpy as np

# Exact for polynomials of degree 5 on a triangle (Radon's seven points): barycentric coordinates, weights of sum 1.
R = math.sqrt(15)
A, B = (6 - R) / 21, (6 + R) / 21
POINTS = np.array([[1 / 3] * 3] + [list(p) for t in (A, B) for p in ((t, t, 1 - 2 * t), (t, 1 - 2 * t, t), (1 - 2 * t, t, t))])
WEIGHTS = np.array([9 / 40] + [(155 - R) / 1200] * 3 + [(155 + R) / 1200] * 3)
# On the unit interval, exact for degree 5.
LINE = [(0.5 - math.sqrt(0.15), 5 / 18), (0.5, 8 / 18), (0.5 + math.sqrt(0.15), 5 / 18)]
EDGES = ((0, 1), (1, 2), (2, 0))


class Triangle:
    """P2 functions: of the three corners, then of the middles of the edges 01, 12 and 20."""

    def __init__(self, corners):
        self.corners = np.array(corners, float)
        m = np.vstack([self.corners.T, np.ones(3)])
        self.grad = np.linalg.inv(m)[:, :2]  # of the barycentric coordinates
        self.area = abs(np.linalg.det(m)) / 2
        sides = [np.linalg.norm(self.corners[a] - self.corners[b]) for a, b in EDGES]
        self.diameter = sides[0] * sides[1] * sides[2] / (2 * self.area)  # of the circumscribed circle
        g = self.grad
        self.laplacian = np.array([4 * g[v] @ g[v] for v in range(3)] + [8 * g[a] @ g[b] for a, b in EDGES])

    def barycentric(self, point):
        return np.linalg.solve(np.vstack([self.corners.T, np.ones(3)]), np.append(point, 1))

    def values(self, l):
        return np.array([l[v] * (2 * l[v] - 1) for v in range(3)] + [4 * l[a] * l[b] for a, b in EDGES])

    def gradients(self, l):
        g = self.grad
        return np.array([(4 * l[v] - 1) * g[v] for v in range(3)] + [4 * (l[a] * g[b] + l[b] * g[a]) for a, b in EDGES])


class Plate:
    """The biharmonic problem on n x n squares."""

    def __init__(self, n, penalty=8):
        self.n, self.side = n, 2 * n + 1
        size = self.side**2
        self.matrix = np.zeros((size, size))
        self.cells = []
        for i, j in itertools.product(range(n), repeat=2):
            for corners in (((0, 0), (1, 0), (1, 1)), ((0, 0), (0, 1), (1, 1))):
                at = [(2 * (i + a), 2 * (j + b)) for a, b in corners]
                nodes = at + [((at[a][0] + at[b][0]) // 2, (at[a][1] + at[b][1]) // 2) for a, b in EDGES]
                cell = Triangle([(x / (2 * n), y / (2 * n)) for x, y in at])
                self.cells.append((cell, [x + self.side * y for x, y in nodes]))
        for cell, at in self.cells:
            self.matrix[np.ix_(at, at)] += cell.area * np.outer(cell.laplacian, cell.laplacian)
        neighbours = {}
        for cell, at in self.cells:
            for e, (a, b) in enumerate(EDGES):
                neighbours.setdefault(at[3 + e], []).append((cell, at, cell.corners[a], cell.corners[b]))
        for sides in neighbours.values():
            if len(sides) == 2:
                self.add_edge(sides, penalty)
        edge = {0, self.side - 1}
        self.fixed = [k for k in range(size) if k % self.side in edge or k // self.side in edge]
        self.matrix[self.fixed, :] = 0
        self.matrix[:, self.fixed] = 0
        self.matrix[self.fixed, self.fixed] = 1

    def add_edge(self, sides, penalty):
        (first, at, p, q), (second, other, _, _) = sides
        length = np.linalg.norm(q - p)
        normal = np.array([q[1] - p[1], p[0] - q[0]]) / length
        if normal @ (p - first.corners.mean(axis=0)) < 0:  # out of the first cell
            normal = -normal
        both = at + other
        mean = np.concatenate([first.laplacian, second.laplacian]) / 2
        h = (first.diameter + second.diameter) / 2
        for t, weight in LINE:
            point = p + t * (q - p)
            jump = np.concatenate([first.gradients(first.barycentric(point)) @ normal,
                                   -second.gradients(second.barycentric(point)) @ normal])
            added = penalty / h * np.outer(jump, jump) - np.outer(mean, jump) - np.outer(jump, mean)
            for k, row in zip(both, added):  # the cells share nodes
                np.add.at(self.matrix[k], both, weight * length * row)

    def load(self, f):
        b = np.zeros(self.side**2)
        for cell, at in self.cells:
            for l, weight in zip(POINTS, WEIGHTS):
                b[at] += weight * cell.area * f(*(l @ cell.corners)) * cell.values(l)
        b[self.fixed] = 0
        return b

    def error(self, u, exact):
        """In the norm of L2."""
        total = 0
        for cell, at in self.cells:
            for l, weight in zip(POINTS, WEIGHTS):
                total += weight * cell.area * (cell.values(l) @ u[at] - exact(*(l @ cell.corners))) ** 2
        return math.sqrt(total)


def wave(i, j):
    return lambda x, y: math.sin(i * math.pi * x) * math.sin(j * math.pi * y)


class Block:
    """The unit cube of n x n x n boxes; unknown 3 node + component, x is the fastest node index. The force is a vector
    at each point."""

    def __init__(self, n, force, clamped, lame=1.0, mu=1.0):
        side = n + 1
        self.points = np.array([(x, y, z) for z in range(side) for y in range(side) for x in range(side)]) / n
        size = 3 * len(self.points)
        self.matrix, self.load = np.zeros((size, size)), np.zeros(size)
        elements = np.zeros(len(self.points))
        for z, y, x in itertools.product(range(n), repeat=3):
            for path in itertools.permutations(range(3)):
                corner = np.array([x, y, z])
                at = []
                for axis in (None, *path):
                    if axis is not None:
                        corner[axis] += 1
                    at.append(corner[0] + side * (corner[1] + side * corner[2]))
                self.add_element(at, force, lame, mu)
                elements[at] += 1
        self.fixed = [3 * k + a for k, p in enumerate(self.points) if clamped(p) for a in range(3)]
        self.matrix[self.fixed, :] = 0
        self.matrix[:, self.fixed] = 0
        self.matrix[self.fixed, self.fixed] = np.repeat(elements, 3)[self.fixed]
        self.load[self.fixed] = 0

    def add_element(self, at, force, lame, mu):
        corners = self.points[at]
        m = np.vstack([corners.T, np.ones(4)])
        grad, volume = np.linalg.inv(m)[:, :3], abs(np.linalg.det(m)) / 6
        # lambda (d_a v_a)(d_b u_b) + 2 mu strain(v) : strain(u), by components
        for v, w in itertools.product(range(4), repeat=2):
            g, h = grad[v], grad[w]
            block = lame * np.outer(g, h) + mu * (np.outer(h, g) + (g @ h) * np.eye(3))
            self.matrix[3 * at[v]:3 * at[v] + 3, 3 * at[w]:3 * at[w] + 3] += volume * block
        s, t = 0.1381966011250105, 0.5854101966249685  # four points, exact for degree 2
        for v in range(4):
            l = np.full(4, s)
            l[v] = t
            f = np.asarray(force(l @ corners))
            for w in range(4):
                self.load[3 * at[w]:3 * at[w] + 3] += volume / 4 * l[w] * f


def check():
    """Manufactured solutions: errors fall by the methods' orders."""
    errors = []
    for n in (4, 8, 16):
        plate = Plate(n)
        b = plate.load(lambda x, y: 4 * math.pi**4 * wave(1, 1)(x, y))
        errors.append(plate.error(np.linalg.solve(plate.matrix, b), wave(1, 1)))
        assert np.abs(plate.matrix - plate.matrix.T).max() < 1e-9 * np.abs(plate.matrix).max()
        assert np.linalg.eigvalsh(plate.matrix).min() > 0
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    print("biharmonic: errors", errors, "orders", orders)
    assert orders[-1] > 1.7

    def exact(p):
        s = math.sin(math.pi * p[0]) * math.sin(math.pi * p[1]) * math.sin(math.pi * p[2])
        return np.array([s, 0, 0])

    def force(p):  # -div sigma for lambda = mu = 1
        s, c = np.sin(math.pi * p), np.cos(math.pi * p)
        pp = math.pi**2
        return np.array([5 * pp * s[0] * s[1] * s[2], -2 * pp * c[0] * c[1] * s[2], -2 * pp * c[0] * s[1] * c[2]])

    errors = []
    for n in (4, 8):
        block = Block(n, force, lambda p: min(*p, *(1 - p)) < 1e-9)
        u = np.linalg.solve(block.matrix, block.load).reshape(-1, 3)
        errors.append(max(np.abs(u - np.array([exact(p) for p in block.points])).max(axis=1)))
    print("elasticity: errors at nodes", errors)
    assert errors[0] / errors[1] > 3


def write_matrix(path, matrix):
    kept = np.abs(matrix) > 1e-12 * np.abs(matrix).max()
    lower = [(i, j) for j in range(len(matrix)) for i in range(j, len(matrix)) if kept[i, j]]
    with open(path, "w") as out:
        out.write("%%MatrixMarket matrix coordinate real symmetric\n")
        out.write(f"{len(matrix)} {len(matrix)} {len(lower)}\n")
        for i, j in lower:
            out.write(f"{i + 1} {j + 1} {matrix[i, j]:.17g}\n")


def write_loads(path, loads):
    with open(path, "w") as out:
        for load in loads:
            out.write(" ".join(f"{x:.17g}" for x in load) + "\n")


def main():
    check()
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "data")
    plate = Plate(3)
    write_matrix(folder / "biharmonic.mtx", plate.matrix)
    write_loads(folder / "biharmonic_loads.txt", [plate.load(wave(i, j)) for i in range(1, 5) for j in range(1, 5)])
    block = Block(3, lambda p: (0, 0, -0.4), lambda p: p[0] == 0)
    write_matrix(folder / "elasticity.mtx", block.matrix)
    write_loads(folder / "elasticity_loads.txt", [block.load])


if __name__ == "__main__":
    main()
