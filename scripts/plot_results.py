# SPDX-License-Identifier: Apache-2.0
"""Draws what `metasolve reproduce table3 | figure1 | figure2 | table1 | table2 | widths` wrote: ours beside the published figures.

Usage: plot_results.py RESULTS/NAME.json ...; writes RESULTS/NAME.png and .svg.
"""
import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt  # noqa: E402

OURS, PUBLISHED, BASE = "#1f6fb2", "#c4661f", "#777777"  # distinguishable by colour-blind readers, and in print
COLOUR_OF_P = {0.0: OURS, 0.01: PUBLISHED}


def label_of(name):
    return name.replace("surrogate, eps=", "surrogate\n").replace("L_m, ", "").replace("L_m", "")


def table3(document):
    """A panel a test tolerance and share of hard tasks: published and ours, row by row."""
    rows = [r for r in document["rows"] if r["published"] is not None]
    names = list(dict.fromkeys(r["name"] for r in rows))
    tolerances = sorted({r["tolerance"] for r in rows}, reverse=True)
    shares = sorted({r["p"] for r in rows})
    figure, grid = plt.subplots(len(shares), len(tolerances), figsize=(16, 7.5), sharey=True)
    for i, p in enumerate(shares):
        for j, tolerance in enumerate(tolerances):
            axes = grid[i][j]
            cells = {r["name"]: r for r in rows if r["p"] == p and r["tolerance"] == tolerance}
            y = range(len(names))
            axes.barh([k + 0.2 for k in y], [cells[n]["published"] for n in names], 0.36, color=PUBLISHED,
                      alpha=0.75, label="published")
            axes.barh([k - 0.2 for k in y], [cells[n]["mean"] for n in names], 0.36, color=OURS,
                      xerr=[[min(cells[n]["mean"], cells[n]["std"]) for n in names],
                            [cells[n]["std"] for n in names]],
                      error_kw={"elinewidth": 0.8}, label="ours")
            axes.set_xscale("symlog", linthresh=1)
            axes.set_yticks(list(y), names)
            axes.set_title(f"p = {p:g}, tested at {tolerance:g}", fontsize=10)
            if i + 1 == len(shares):
                axes.set_xlabel("mean iterations")
    grid[0][0].invert_yaxis()
    grid[0][-1].legend(loc="lower right")
    return figure


def figure1(document):
    """Means with the deviation over the tasks; the zero guess as a line."""
    bars = document["details"]["bars"]
    names = [n for n in dict.fromkeys(b["name"] for b in bars) if n != "base"]
    published = {(r["name"], r["p"]): r["published"] for r in document["rows"]}
    figure, axes = plt.subplots(figsize=(9, 4.6))
    shares = sorted({b["p"] for b in bars})
    for k, p in enumerate(shares):
        of_p = {b["name"]: b for b in bars if b["p"] == p}
        x = [i + 0.36 * (k - 0.5) for i in range(len(names))]
        colour = COLOUR_OF_P.get(p, BASE)
        axes.bar(x, [of_p[n]["mean"] for n in names], 0.34, color=colour, alpha=0.8,
                 yerr=[[min(of_p[n]["mean"], of_p[n]["std_over_tasks"]) for n in names],
                       [of_p[n]["std_over_tasks"] for n in names]],
                 error_kw={"elinewidth": 0.8, "capsize": 2}, label=f"p = {p:g}")
        axes.scatter(x, [published[n, p] for n in names], marker="_", s=260, color="black", zorder=3,
                     label="published" if k == 0 else None)
        axes.axhline(of_p["base"]["mean"], color=colour, linestyle=":", label=f"zero guess, p = {p:g}")
    axes.set_xticks(range(len(names)), [label_of(n) for n in names])
    axes.set_ylabel("iterations to 1e-6")
    axes.legend(fontsize=8)
    return figure


def figure2(document):
    """Histograms of the tasks' counts: zero guess, L_m with m = 25, surrogate; a row a share of hard tasks."""
    panels = document["details"]["panels"]
    names = list(dict.fromkeys(p["name"] for p in panels))
    shares = sorted({p["p"] for p in panels})
    figure, grid = plt.subplots(len(shares), len(names), figsize=(4 * len(names), 3 * len(shares)), sharey="row")
    end = max(max(p["counts"]) for p in panels) + 1
    edges = [end * i / 60 for i in range(61)]
    for panel in panels:
        axes = grid[shares.index(panel["p"])][names.index(panel["name"])]
        counts = panel["counts"]
        axes.hist(counts, bins=edges, color=COLOUR_OF_P.get(panel["p"], BASE), alpha=0.85)
        mean = sum(counts) / len(counts)
        axes.axvline(mean, color="black", linestyle="--", linewidth=1)
        axes.set_yscale("symlog", linthresh=1)
        axes.set_title(f"p = {panel['p']:g}, {panel['name']}: mean {mean:.1f}", fontsize=9)
        axes.set_xlabel("iterations to 1e-6")
    for row in grid:
        row[0].set_ylabel("tasks")
    return figure


def table1(document):
    """Published and ours, row by row."""
    rows = document["rows"]
    figure, axes = plt.subplots(figsize=(8, 4.5))
    y = range(len(rows))
    axes.barh([k + 0.2 for k in y], [r["published"] or 0 for r in rows], 0.36, color=PUBLISHED, alpha=0.75,
              label="published")
    axes.barh([k - 0.2 for k in y], [r["mean"] for r in rows], 0.36, color=OURS, xerr=[r["std"] for r in rows],
              error_kw={"elinewidth": 0.8}, label=f"ours, hidden {document['details']['hidden']}")
    axes.set_xscale("log")
    axes.set_yticks(list(y), [r["name"] for r in rows])
    axes.invert_yaxis()
    axes.set_xlabel("mean Newton-SOR sweeps to 1e-9")
    axes.legend(loc="lower right")
    return figure


def table2(document):
    """A panel a fill rule: published and ours, row by row, with the share that converged."""
    rules = list(dict.fromkeys(r["preconditioner"] for r in document["rows"]))
    figure, grid = plt.subplots(1, len(rules), figsize=(6.5 * len(rules), 4.2), sharey=True)
    for axes, rule in zip(grid, rules):
        rows = [r for r in document["rows"] if r["preconditioner"] == rule]
        y = range(len(rows))
        axes.barh([k + 0.2 for k in y], [r["published"] for r in rows], 0.36, color=PUBLISHED, alpha=0.75,
                  label="published (its fill rule is not known)")
        axes.barh([k - 0.2 for k in y], [r["mean"] for r in rows], 0.36, color=OURS, xerr=[r["std"] for r in rows],
                  error_kw={"elinewidth": 0.8}, label="ours")
        for k, r in enumerate(rows):
            axes.text(r["mean"] + r["std"] + 3, k - 0.2, f"{100 * r['converged']:.1f} %", va="center", fontsize=8)
        axes.set_yticks(list(y), [r["name"] for r in rows])
        axes.set_xlim(0, 270)
        axes.set_title(rule, fontsize=10)
        axes.set_xlabel("mean iterations to 1e-6 (and the share that converged)")
    grid[0].invert_yaxis()
    grid[-1].legend(loc="upper right", fontsize=8)
    figure.tight_layout()
    return figure


def widths(document):
    """Iterations, and time to solution over the constant factor's, by the network's width."""
    rows = document["details"]["widths"]
    x = [r["width"] for r in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    left.plot(x, [r["mean_iterations"] for r in rows], "o-", color=OURS)
    left.set_ylabel("mean sweeps to 1e-9")
    right.plot(x, [r["time_over_constant"] for r in rows], "o-", color=OURS)
    right.axhline(1, color=BASE, linestyle=":", label="constant factor")
    right.axvline(90, color=BASE, linewidth=0.8)
    right.text(88, right.get_ylim()[1], "within the solve ", ha="right", va="top", fontsize=8)
    right.text(92, right.get_ylim()[1], " before it", ha="left", va="top", fontsize=8)
    right.set_ylabel("time to solution / constant factor's")
    right.set_yscale("log")
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.set_xscale("log", base=2)
        axes.set_xticks(x, [str(w) for w in x], rotation=60)
        axes.set_xlabel("units of each of two hidden layers")
    return figure


DRAWINGS = {"table3": table3, "figure1": figure1, "figure2": figure2, "table1": table1, "table2": table2,
            "widths": widths}


def main(files):
    if not files:
        sys.exit(f"usage: {pathlib.Path(sys.argv[0]).name} RESULTS/NAME.json ...")
    for name in files:
        path = pathlib.Path(name)
        try:
            document = json.loads(path.read_text())
            drawing = DRAWINGS[document["name"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            sys.exit(f"{name}: is no report of {', '.join(DRAWINGS)}: {error}")
        figure = drawing(document)
        if document["scale"] == "smoke":
            figure.suptitle("scale smoke: figures void", color="red")
        elif document["scale"] == "small":
            of_table = {"table2": "fewer trainings of the slow rows"}
            figure.suptitle(f"scale small: the published data, {of_table.get(document['name'], 'a narrower network')}")
        figure.tight_layout()
        for suffix in (".png", ".svg"):
            figure.savefig(path.with_suffix(suffix), dpi=110)
            print(path.with_suffix(suffix))
        plt.close(figure)


if __name__ == "__main__":
    main(sys.argv[1:])
