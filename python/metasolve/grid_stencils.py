# SPDX-License-Identifier: Apache-2.0
"""Half stencils for GridSolver, arrays of NumPy.

Rows are integrated over a point's share of the domain: with steps of length 1 an interior row of Poisson's equation is 4
(6) on the diagonal and -1 beside it, and f is the source times the volume of that share, half of a step at a Neumann side.
For a term c u add c times that volume to entry 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core, _options


def sides_of(shape: Any, sides: Any) -> tuple[list[int], list[tuple[str, str]]]:
    """Points along x, y, ..., and their sides."""
    try:
        points = [_options.integer("shape", n) for n in shape][::-1]
    except TypeError:
        raise _core.InputError(f"shape: is {shape!r}, expected (ny, nx) or (nz, ny, nx)") from None
    if len(points) not in (2, 3):
        raise _core.InputError(f"shape: has {len(points)} axes, expected (ny, nx) or (nz, ny, nx)")
    for n in points:
        if not 1 <= n < 2**31:
            raise _core.InputError(f"shape: has {n} points along an axis, expected at least 1")
    try:
        axes = [sides] * len(points) if isinstance(sides, str) else list(sides)[::-1]
        pairs = [(axis, axis) if isinstance(axis, str) else tuple(axis) for axis in axes]
    except TypeError:
        pairs = []
    if len(pairs) != len(points) or any(len(p) != 2 or not all(isinstance(s, str) for s in p) for p in pairs):
        raise _core.InputError("sides: expected one name for all axes, or for each axis of shape one name or (low, high)")
    return points, pairs


def poisson(points: int) -> np.ndarray:
    """[5] or [14]: Poisson's equation with 5, 9 (two dimensions), 7 or 27 points (three), for constant_stencils.

    >>> poisson(5).tolist()
    [4.0, -1.0, 0.0, -1.0, 0.0]
    """
    return np.array(_core.grid_poisson(_options.integer("points", points)))


def rotated_diffusion(epsilon: float, angle: float) -> np.ndarray:
    """[5]: diffusion by 1 along the direction (cos angle, sin angle) of (x, y), by epsilon across it; 9 points."""
    return np.array(_core.grid_rotated_diffusion(_options.number("epsilon", epsilon), _options.number("angle", angle)))


def cells(shape: Any, sides: Any = "dirichlet") -> tuple[int, ...]:
    """The shape of an array over the cells between the points, and up to Dirichlet boundaries.

    >>> cells((31, 63))
    (32, 64)
    """
    points, pairs = sides_of(shape, sides)
    return tuple(_core.grid_cells(points, pairs)[: len(points)][::-1])


def diffusion(
    shape: Any,
    conductivity: Any,
    *,
    sides: Any = "dirichlet",
    scheme: str = "volumes",
    step: Any = 1.0,
    obstacle: Any = None,
) -> np.ndarray:
    """[entries][shape] of -div(k grad u).

    conductivity
        k >= 0, an array over the cells; 0: a cell that nothing enters.
    sides
        as for GridSolver.
    scheme
        "volumes": 5 or 7 points; "elements": 9 or 27.
    step
        the length of a cell, for all axes or for each axis of shape.
    obstacle
        an array over the points: u is 0 where it is true.
    """
    points, pairs = sides_of(shape, sides)
    of_cells = cells(shape, sides)
    k = np.asarray(conductivity, np.float64)
    if k.shape != of_cells:
        raise _core.InputError(f"conductivity: shape is {k.shape}, expected {of_cells}, the cells of this grid")
    steps = [float(step)] * len(points) if np.ndim(step) == 0 else [float(s) for s in step][::-1]
    if len(steps) != len(points):
        raise _core.InputError(f"step: has {len(steps)} axes, expected {len(points)}")
    mask = np.zeros(0, bool) if obstacle is None else np.asarray(obstacle) != 0
    if obstacle is not None and mask.shape != tuple(points[::-1]):
        raise _core.InputError(f"obstacle: shape is {mask.shape}, expected {tuple(points[::-1])}")
    _options.text(scheme=scheme)
    made = _core.grid_diffusion(points, pairs, k.ravel().tolist(), scheme, steps, mask.ravel().astype(int).tolist())
    return np.array(made).reshape((-1, *points[::-1]))
