# SPDX-License-Identifier: Apache-2.0
"""Draws what `metasolve reproduce theory` measured beside the closed forms: one picture a claim.

Reads RESULTS/theory.json; writes theory_loss_minimisers, theory_count_minimisers, theory_critical_probability,
theory_training and theory_adverse_tasks beside it, each as .png and .svg.
"""
import argparse
import json
import math
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt  # noqa: E402

# Distinguishable by colour-blind readers, and by lightness in print.
COLOURS = ["#1f6fb2", "#c4661f", "#2a7a4b", "#7a3f9d"]
CLOSED_FORM = {"linewidth": 1.2}
MEASURED = {"linestyle": "none", "marker": "o", "markersize": 4, "markerfacecolor": "none"}


def die(text):
    sys.exit(f"plot_theory.py: {text}")


def power_of_ten(x):
    return rf"10^{{{round(math.log10(x))}}}"


def panels(rows, columns, width=4.8, height=3.6, **options):
    figure, axes = plt.subplots(rows, columns, squeeze=False, constrained_layout=True,
                                figsize=(width * columns, height * rows), **options)
    for panel in axes.flat:
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
        panel.tick_params(labelsize=8)
        panel.grid(linewidth=0.4, alpha=0.5)
        panel.set_axisbelow(True)
    return figure, axes


def label(axes, title, x, y):
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)


def legend(axes, **options):
    axes.legend(fontsize=8, frameon=False, **options)


def mark_solutions(axes, solutions, horizontal):
    """1 / mu_1 and 1 / mu_2: the guesses that solve one of the tasks."""
    for i, at in enumerate(solutions):
        name = rf"$1/\mu_{i + 1}$"
        if horizontal:
            axes.axhline(at, color="0.6", linewidth=0.8, linestyle=":")
            axes.annotate(name, (1, at), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8)
        else:
            axes.axvline(at, color="0.6", linewidth=0.8, linestyle=":")
            axes.annotate(name, (at, 1), xycoords=("data", "axes fraction"), ha="left", va="top", fontsize=8)


def draw_loss_minimisers(part):
    """Equations 19 and 20."""
    figure, ((left, right),) = panels(1, 2)
    for colour, curve in zip(COLOURS, part["minimisers"]):
        left.plot(curve["m"], curve["closed_form"], color=colour, label=f"p = {curve['p']:g}", **CLOSED_FORM)
        left.plot(curve["m"][::8], curve["w"][::8], color=colour, **MEASURED)
    left.plot([], [], color="0.3", label="measured", **MEASURED)
    left.set_xlim(0, 250)
    mark_solutions(left, part["solutions"], horizontal=True)
    label(left, r"Minimiser of $E[L_m]$ tends to the difficult task's solution", "m", r"$w_m$")
    legend(left, loc="center right")

    for colour, curve in zip(COLOURS, part["losses"]):
        right.semilogy(curve["w"], curve["closed_form"], color=colour, label=f"m = {curve['m']}", **CLOSED_FORM)
        right.semilogy(curve["w"][::8], curve["loss"][::8], color=colour, **MEASURED)
        least = min(range(len(curve["w"])), key=lambda i: curve["loss"][i])
        right.semilogy(curve["w"][least], curve["loss"][least], color=colour, marker="*", markersize=10)
    mark_solutions(right, part["solutions"], horizontal=False)
    label(right, f"Expected loss, p = {part['losses'][0]['p']:g} (star: least)", "w", r"$E[L_m](w)$")
    legend(right, loc="lower left")
    return figure


def draw_count_minimisers(part):
    """Equations 29 to 31."""
    curves = part["counts"]
    figure, axes = panels(2, (len(curves) + 1) // 2)
    for panel, curve in zip(axes.T.flat, curves):
        panel.plot(curve["w"], curve["whole"], color=COLOURS[1], linewidth=0.8, alpha=0.7, label="whole iterations")
        panel.plot(curve["w"], curve["relaxed"], color=COLOURS[0], label="relaxed", **CLOSED_FORM)
        for at in curve["candidates"]:
            nearest = min(range(len(curve["w"])), key=lambda i: abs(curve["w"][i] - at))
            panel.plot(at, curve["relaxed"][nearest], color="0.3", marker="o", markerfacecolor="none", linestyle="none")
        least = min(range(len(curve["w"])), key=lambda i: abs(curve["w"][i] - curve["minimiser"]))
        panel.plot(curve["minimiser"], curve["relaxed"][least], color="#b02020", marker="*", markersize=11,
                   linestyle="none", label="minimiser found")
        panel.plot([], [], color="0.3", marker="o", markerfacecolor="none", linestyle="none",
                   label=r"$w_{\epsilon,1}$, $w_{\epsilon,2}$ (eq. 31)")
        panel.set_ylim(0, 1.25 * max(curve["relaxed"]))
        mark_solutions(panel, part["solutions"], horizontal=False)
        label(panel, rf"p = {curve['p']:g}, $\epsilon = {power_of_ten(curve['tolerance'])}$", "w",
              r"$E[L_\epsilon](w)$ (iterations)")
    legend(axes[0][0], loc="lower center")
    figure.suptitle("The expected count has a dip at each task's solution; p decides which is deeper", fontsize=11)
    return figure


def draw_critical_probability(part):
    """Equations 32 and 34."""
    figure, ((axes,),) = panels(1, 1, width=6.4, height=4.2)
    for colour, curve in zip(COLOURS, part["critical_probabilities"]):
        c = curve["tasks"]["amplitudes"]
        axes.semilogx(curve["tolerance"], curve["closed_form"], color=colour,
                      label=rf"$c_1 = {c[0]:g}$, $c_2 = {c[1]:g}$", **CLOSED_FORM)
        axes.semilogx(curve["tolerance"], curve["measured"], color=colour, **MEASURED)
        if c[0] != c[1]:
            printed = [p if 0 <= p <= 1 else math.nan for p in curve["as_printed"]]  # it need not be a probability
            axes.semilogx(curve["tolerance"], printed, color=colour, linestyle="--", linewidth=0.9)
    axes.plot([], [], color="0.3", label="measured", **MEASURED)
    axes.plot([], [], color="0.3", linestyle="--", linewidth=0.9, label="eq. 32 as printed")
    limit = part["critical_probabilities"][0]["limit"]
    axes.axhline(limit, color="0.5", linewidth=0.8, linestyle=":")
    axes.annotate("$p_0$", (0, limit), xycoords=("axes fraction", "data"), va="bottom", fontsize=9)
    axes.set_ylim(0, 1)
    label(axes, r"Where both candidates are equally good; lines: eq. 32 with $c_1$ and $c_2$ exchanged",
          r"$\epsilon$", r"$p_\epsilon$")
    legend(axes, loc="upper left")
    return figure


def draw_training(part):
    """Inequalities 4 and 7."""
    figure, axes = panels(1, 2)
    left, right = axes[0]
    for colour, curve in zip(COLOURS, part["training"]):
        name = f"p = {curve['p']:g}"
        left.plot(curve["m"], curve["relaxed_by_m"], color=colour, label=name, **CLOSED_FORM)
        right.semilogx(curve["delta"], curve["relaxed_by_delta"], color=colour, label=name, **CLOSED_FORM)
    top = 1.05 * max(max(curve["relaxed_by_m"]) for curve in part["training"])
    for panel in (left, right):
        panel.set_ylim(0, top)
    right.invert_xaxis()
    tolerance = power_of_ten(part["training"][0]["tolerance"])
    label(left, rf"Trained with $E[L_m]$, used at $\epsilon = {tolerance}$", "m",
          r"$E[L_\epsilon(w_m)]$ (iterations)")
    label(right, rf"Trained with $E[L_\delta]$, used at $\epsilon = {tolerance}$", r"$\delta$",
          r"$E[L_\epsilon(w_\delta)]$ (iterations)")
    legend(left, loc="upper right")
    legend(right, loc="upper right")
    return figure


def draw_adverse_tasks(part):
    """Inequality 8."""
    figure, ((axes,),) = panels(1, 1, width=6.4, height=4.6)
    for colour, family in zip(COLOURS, part["families"]):
        factor = "" if family["delta_over_eps"] == 1 else rf"{family['delta_over_eps']:g}\,"
        name = rf"N = {family['unknowns']}, $\delta = {factor}\epsilon$"
        step = max(1, len(family["p"]) // 20)
        axes.loglog(family["p"], family["closed_form"], color=colour, label=name, **CLOSED_FORM)
        axes.loglog(family["p"][::step], family["relaxed"][::step], color=colour, **MEASURED)
        axes.loglog(family["p"][::step], family["whole"][::step], color=colour, linestyle="none", marker="x",
                    markersize=4)
    axes.plot([], [], color="0.3", label="measured, relaxed", **MEASURED)
    axes.plot([], [], color="0.3", linestyle="none", marker="x", markersize=4, label="measured, whole iterations")
    for target in (10, 100, 1000):
        axes.axhline(target, color="0.6", linewidth=0.8, linestyle=":")
    axes.invert_xaxis()
    label(axes, "Training with any m can be worse by any factor", "p",
          r"least $E[L_\epsilon(w_m)]$ over $E[L_\epsilon(w_\delta)]$")
    legend(axes, loc="upper left")
    return figure


PICTURES = {
    "theory_loss_minimisers": ("loss_minimisers", draw_loss_minimisers),
    "theory_count_minimisers": ("count_minimisers", draw_count_minimisers),
    "theory_critical_probability": ("count_minimisers", draw_critical_probability),
    "theory_training": ("inequalities", draw_training),
    "theory_adverse_tasks": ("adverse_tasks", draw_adverse_tasks),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=pathlib.Path, help="theory.json from `metasolve reproduce theory`")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the plots (default: that of the JSON file)")
    arguments = parser.parse_args()
    try:
        details = json.loads(arguments.report.read_text(encoding="utf-8"))["details"]
    except (OSError, ValueError, KeyError) as error:
        die(f"{arguments.report}: {error}")
    folder = arguments.out or arguments.report.parent
    for name, (part, draw) in PICTURES.items():
        try:
            figure = draw(details[part])
        except (KeyError, TypeError, IndexError) as error:
            die(f"{arguments.report}: not a report of `reproduce theory` ({type(error).__name__}: {error})")
        for suffix in (".png", ".svg"):
            # A fixed date and salt: the same report gives the same bytes.
            figure.savefig(folder / (name + suffix), dpi=160, metadata={"Date": None} if suffix == ".svg" else None)
        plt.close(figure)


plt.rcParams["svg.hashsalt"] = "metasolve"

if __name__ == "__main__":
    main()
