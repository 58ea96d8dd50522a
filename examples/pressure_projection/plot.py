# SPDX-License-Identifier: Apache-2.0
"""Draws frames of one scene, written by `pressure_projection frames FILE`: density, velocity, obstacles."""
import argparse
import json

import matplotlib
import numpy as np

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib import colors  # noqa: E402

FLUIDS = colors.LinearSegmentedColormap.from_list("fluids", ["#eef4f8", "#9cc3dd", "#1f5a8c"])
SOLID, ARROWS = "#b5532a", "#20303c"


def read(file):
    """The arrays of a safetensors file of float64."""
    with open(file, "rb") as source:
        header = json.loads(source.read(int.from_bytes(source.read(8), "little")))
        data = source.read()
    return {name: np.frombuffer(data, "<f8", offset=entry["data_offsets"][0],
                                count=int(np.prod(entry["shape"]))).reshape(entry["shape"])
            for name, entry in header.items()}


def draw(axes, density, fluid, u, v, time, heavy, fastest):
    n = len(density)
    # The share of the heavy fluid: densities themselves would show little of a layer between.
    share = (density - 1) / max(heavy - 1, 1e-9)
    axes.imshow(share, origin="lower", extent=(0, 1, 0, 1), cmap=FLUIDS, vmin=0, vmax=1, interpolation="bilinear")
    solid = np.where(fluid == 0, 1.0, np.nan)
    axes.imshow(solid, origin="lower", extent=(0, 1, 0, 1), cmap=colors.ListedColormap([SOLID]), interpolation="nearest")
    every = max(n // 20, 1)
    at = np.arange(every // 2, n, every)
    x, y = np.meshgrid((at + 0.5) / n, (at + 0.5) / n)
    across, up = (u[:, 1:] + u[:, :-1]) / 2, (v[1:] + v[:-1]) / 2
    hidden = fluid[np.ix_(at, at)] == 0
    across, up = (np.ma.array(f[np.ix_(at, at)], mask=hidden) for f in (across, up))
    axes.quiver(x, y, across, up, color=ARROWS, alpha=0.75, width=0.0035, scale=14 * fastest, pivot="mid",
                headwidth=4, headlength=4.5)
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    axes.set_title(f"t = {time:.2f}", fontsize=10, pad=4)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("frames")
    parser.add_argument("picture")
    parser.add_argument("--count", type=int, default=8, help="frames drawn, evenly spread")
    parser.add_argument("--columns", type=int, default=4)
    options = parser.parse_args()
    data = read(options.frames)
    count = min(options.count, len(data["time"]))
    chosen = np.linspace(0, len(data["time"]) - 1, count).round().astype(int)
    rows = -(-count // options.columns)
    figure, axes = plt.subplots(rows, options.columns, figsize=(2.9 * options.columns, 3.15 * rows + 0.3),
                                squeeze=False, layout="constrained")
    heavy = data["density"].max()
    fastest = max(np.abs(data["u"]).max((1, 2)).mean(), 1e-9)
    for k, frame in enumerate(chosen):
        draw(axes.flat[k], *(data[name][frame] for name in ("density", "fluid", "u", "v", "time")), heavy, fastest)
    for unused in axes.flat[count:]:
        unused.remove()
    figure.suptitle(f"density ratio {heavy:.3g}", fontsize=11)
    figure.savefig(options.picture, dpi=110)


if __name__ == "__main__":
    main()
