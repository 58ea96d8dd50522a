#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cost as work grows: the exponents of time against size in reports of Google Benchmark, and a picture of the times.

Usage: scripts/fit_growth.py REPORT.json... [--from SIZE] [--picture FILE.png]

Benchmarks whose names differ only in the number after their last ':' are one family (forward/robertson/cpu:2/tasks:100).
Least squares on logarithms over sizes of at least --from (0): time = c size^exponent. Of repetitions the median counts.
"""
import argparse
import json
import math
import re
import statistics
import sys
from collections import defaultdict

NANOSECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
# Google Benchmark adds how it has timed.
NAME = re.compile(r"^(?P<family>.*[/:](?P<axis>\w+)):(?P<size>\d+)(/(real_time|manual_time|min_time:[\d.]+))*$")


def read_families(paths):
    """Family -> size -> median seconds."""
    times = defaultdict(lambda: defaultdict(list))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        for benchmark in report["benchmarks"]:
            match = NAME.match(benchmark.get("run_name", benchmark["name"]))
            if match is None or benchmark.get("run_type") == "aggregate" or "error_occurred" in benchmark:
                continue
            seconds = benchmark["real_time"] * NANOSECONDS[benchmark["time_unit"]]
            times[match["family"]][int(match["size"])].append(seconds)
    return {family: {size: statistics.median(t) for size, t in sorted(of.items())} for family, of in times.items()}


def exponent(times):
    """Least squares on logarithms; None for fewer than two sizes."""
    points = [(math.log(size), math.log(seconds)) for size, seconds in times.items()]
    if len(points) < 2:
        return None
    x_mean = statistics.fmean(x for x, _ in points)
    y_mean = statistics.fmean(y for _, y in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)


def draw(families, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 6))
    for family, times in families.items():
        if len(times) > 1:
            axes.loglog(list(times), list(times.values()), marker="o", markersize=3, label=family)
    axes.set_xlabel("size")
    axes.set_ylabel("seconds")
    axes.grid(True, which="both", alpha=0.2)
    axes.legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+")
    parser.add_argument("--from", dest="least", type=int, default=0, metavar="SIZE")
    parser.add_argument("--picture", metavar="FILE.png")
    options = parser.parse_args()
    families = read_families(options.reports)
    if not families:
        sys.exit("no benchmark in these reports has a size in its name")
    width = max(len(family) for family in families)
    for family, times in families.items():
        used = {size: seconds for size, seconds in times.items() if size >= options.least and size > 0}
        found = exponent(used)
        if found is not None:
            sizes = ", ".join(f"{size}: {seconds:.3g} s" for size, seconds in used.items())
            print(f"{family:{width}}  {found:5.2f}   {sizes}")
    if options.picture:
        draw(families, options.picture)


if __name__ == "__main__":
    main()
