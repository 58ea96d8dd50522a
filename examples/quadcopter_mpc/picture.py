# SPDX-License-Identifier: Apache-2.0
"""The picture of the example: paths, heights, tilt, iterations."""
import matplotlib
import numpy as np
import quadcopter

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib import ticker  # noqa: E402

COLOURS = ("#8c8c8c", "#c4661f", "#1f6fb2", "#2e8b57")
DARK, ROBOTS = "#333333", 4


def draw(flights, file):
    """The paths are of the last flight."""

    figure = plt.figure(figsize=(11, 6.2))
    grid = figure.add_gridspec(3, 2, width_ratios=[1.25, 1], left=0, right=0.985, top=0.95, bottom=0.09,
                               hspace=0.36, wspace=0.2)
    paths(figure.add_subplot(grid[:, 0], projection="3d"), flights[-1])
    height, tilt, counts = (figure.add_subplot(grid[row, 1]) for row in range(3))
    over_time(height, flights[-1].states[:, :, 5], "height", [quadcopter.LOW_STATE[5]])
    over_time(tilt, flights[-1].states[:, :, 0], "roll, radians", [quadcopter.LOW_STATE[0], quadcopter.HIGH_STATE[0]])
    for flight, colour in zip(flights, COLOURS):
        counts.plot(flight.iterations.mean(1), color=colour, label=flight.name)
    counts.set(yscale="log", xlabel="step", ylabel="iterations a step")
    counts.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    counts.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    counts.yaxis.set_minor_formatter(ticker.NullFormatter())
    counts.legend(fontsize=8, ncols=4, frameon=False, loc="lower right", bbox_to_anchor=(1, 0.97),
                  columnspacing=1, handlelength=1.2)
    for axes in (height, tilt, counts):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)


def paths(axes, flight):
    """Of some robots, with their way points."""
    places = flight.states[:, :, 3:6]
    for robot in range(ROBOTS):
        path, colour = places[:, robot], f"C{robot}"
        axes.plot(*path.T, color=colour, linewidth=1.4)
        axes.scatter(*path[0], color=colour, marker="o", s=18)
        targets = np.unique(flight.references[:, robot, 3:6], axis=0)
        axes.scatter(*targets.T, color=colour, marker="x", s=34)
    axes.set(xlabel="x", ylabel="y", zlabel="height")
    axes.set_title(f"{ROBOTS} of {places.shape[1]} robots: start (dot), way points (crosses)", fontsize=10)
    axes.view_init(elev=24, azim=-58)
    axes.set_box_aspect((1, 1, 0.8), zoom=0.98)


def over_time(axes, values, label, bounds):
    """Spread over all robots, and some of them."""
    low, high = values.min(1), values.max(1)
    axes.fill_between(range(len(values)), low, high, color="#cfdcea", linewidth=0, label="all robots")
    for robot in range(ROBOTS):
        axes.plot(values[:, robot], color=f"C{robot}", linewidth=1)
    for bound in bounds:
        axes.axhline(bound, color=DARK, linestyle="--", linewidth=1)
    axes.set(ylabel=label)
