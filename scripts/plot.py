# SPDX-License-Identifier: Apache-2.0
"""Draws how many iterations the tasks of an evaluation took: the meta-solver against the baseline, by tolerance.

Reads what `metasolve evaluate RUN --json` wrote; writes iterations.png and iterations.svg beside it.
"""
import argparse
import json
import math
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt  # noqa: E402

META_COLOUR = "#1f6fb2"
BASELINE_COLOUR = "#c4661f"  # distinguishable from blue by colour-blind readers, and by lightness in print
PANEL_WIDTH, PANEL_HEIGHT, PANELS_A_ROW = 4.3, 3.4, 4
LOG_FROM_RATIO = 10  # of the two means: from here on a linear axis compresses one histogram into a line


def die(text):
    sys.exit(f"plot.py: {text}")


def power_of_ten(x):
    """1e-6 as 10^-6, 2.5e-4 as 2.5 x 10^-4."""
    if not x > 0:
        return f"{x:g}"
    exponent = math.floor(math.log10(x) + 1e-12)
    mantissa = x / 10.0**exponent
    power = rf"10^{{{exponent}}}"
    return f"${power}$" if abs(mantissa - 1) < 1e-6 else rf"${mantissa:.3g}\times {power}$"


def count(x):
    return f"{x:.1f}" if x < 100 else f"{x:,.0f}"


def occupied(histogram):
    """The edges around all bins that are not empty: (lowest, highest), or None where all are."""
    edges, counts = histogram["edges"], histogram["counts"]
    if len(edges) != len(counts) + 1:
        die(f"a histogram has {len(edges)} edges and {len(counts)} counts; expected one edge more than counts")
    filled = [i for i, c in enumerate(counts) if c > 0]
    return (edges[filled[0]], edges[filled[-1] + 1]) if filled else None


def draw_histogram(axes, statistics, colour, label):
    """Shares rather than counts, so that runs of different size compare. Returns the highest share."""
    edges, counts = statistics["histogram"]["edges"], statistics["histogram"]["counts"]
    total = sum(counts)
    share = [100.0 * c / total for c in counts] if total else counts
    axes.stairs(share, edges, fill=True, color=colour, alpha=0.35, linewidth=0)
    axes.stairs(share, edges, color=colour, linewidth=1.2)
    peak = max(share, default=0.0)
    mean = statistics.get("mean")
    if mean is not None and math.isfinite(mean):
        axes.vlines(mean, 0, 1.06 * peak, color=colour, linestyle="--", linewidth=1.6)
        label += f": mean {count(mean)}"
    converged = statistics.get("converged_share")
    if converged is not None and converged < 1:
        label += f", {100 * converged:.4g} % converged"
    axes.plot([], [], color=colour, linewidth=6, alpha=0.6, label=label)  # the legend's patch
    return peak


def is_geometric(edges):
    """Bins of a constant ratio, made for a logarithmic axis."""
    ratios = [b / a for a, b in zip(edges, edges[1:]) if a > 0]
    return len(ratios) >= 3 and ratios[0] > 1.01 and abs(ratios[0] / ratios[-1] - 1) < 0.01


def wants_log(sides):
    means = [side.get("mean") or 0 for side in sides]
    return all(is_geometric(side["histogram"]["edges"]) for side in sides) or (
        min(means) > 0 and max(means) / min(means) >= LOG_FROM_RATIO)


def draw_panel(axes, entry, baseline_name, trained):
    sides = [entry["baseline"], entry["meta"]]
    ranges = [r for r in (occupied(side["histogram"]) for side in sides) if r]
    peak = max(draw_histogram(axes, entry["baseline"], BASELINE_COLOUR, baseline_name),
               draw_histogram(axes, entry["meta"], META_COLOUR, "meta-solver"))

    if ranges:
        low, high = min(r[0] for r in ranges), max(r[1] for r in ranges)
        if low > 0 and wants_log(sides):
            axes.set_xscale("log")
            axes.set_xlim(low / 1.15, high * 1.15)
        else:
            margin = 0.03 * (high - low) or 0.5
            axes.set_xlim(max(0.0, low - margin), high + margin)
    axes.set_ylim(0, 1.38 * peak or 1)  # room for the legend above the bars

    title = f"{'trained ' if trained else ''}tolerance {power_of_ten(entry['tolerance'])}"
    meta, baseline = entry["meta"].get("mean"), entry["baseline"].get("mean")
    if meta and baseline:
        title += f": {meta / baseline:.2f} × baseline"
    axes.set_title(title, fontsize=10, fontweight="bold" if trained else "normal")
    if trained:
        axes.set_facecolor("#fff8e1")
        for spine in axes.spines.values():
            spine.set(linewidth=1.8, color="#b58900")
    else:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    axes.set_xlabel("iterations of a task", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)
    axes.legend(fontsize=8, loc="upper right", frameon=False, handlelength=1.0)


def draw(evaluation):
    entries = evaluation.get("tolerances") or die("the evaluation names no tolerance")
    trained = evaluation.get("trained_tolerance")
    columns = min(len(entries), PANELS_A_ROW)
    rows = math.ceil(len(entries) / columns)
    figure, panels = plt.subplots(rows, columns, squeeze=False, constrained_layout=True,
                                  figsize=(max(PANEL_WIDTH * columns, 5.5), PANEL_HEIGHT * rows + 0.5))
    for panel in panels.flat[len(entries):]:
        panel.set_visible(False)
    for i, (panel, entry) in enumerate(zip(panels.flat, entries)):
        is_trained = trained is not None and math.isclose(entry["tolerance"], trained, rel_tol=1e-9)
        draw_panel(panel, entry, evaluation.get("baseline", "baseline"), is_trained)
        if i % columns == 0:
            panel.set_ylabel("share of tasks (%)", fontsize=9)
    problem = evaluation.get("problem", "")
    figure.suptitle(f"Iteration counts{': ' + problem if problem else ''}", fontsize=12)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("evaluation", type=pathlib.Path, help="JSON file from `metasolve evaluate RUN --json`")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the plots (default: that of the JSON file)")
    arguments = parser.parse_args()
    try:
        evaluation = json.loads(arguments.evaluation.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        die(f"{arguments.evaluation}: {error}")
    try:
        figure = draw(evaluation)
    except (KeyError, TypeError) as error:
        die(f"{arguments.evaluation}: not an evaluation as metasolve writes it ({type(error).__name__}: {error})")
    folder = arguments.out or arguments.evaluation.parent
    for name in ("iterations.png", "iterations.svg"):
        # A fixed date and salt: the same evaluation gives the same bytes.
        metadata = {"Date": None} if name.endswith(".svg") else None
        figure.savefig(folder / name, dpi=160, metadata=metadata)


plt.rcParams["svg.hashsalt"] = "metasolve"

if __name__ == "__main__":
    main()
