#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cost as work grows: the exponents of time against size in reports of Google Benchmark, and a picture of the times.

Usage: scripts/fit_growth.py REPORT.json... [--from SIZE] [--picture FILE.png]

Benchmarks whose names differ only in the number after their last ':' are one family (forward/robertson/cpu:2/tasks:100).
Least squares on logarithms over sizes of at least --from (0): time = c size^exponent; `off` is by how much the farthest
point lies beside that line. Where a report counts task-iterations, the time of one is fitted too: larger problems may take
more iterations, and that is no cost of an iteration. Of repetitions the median counts.
"""
import argparse
import collections
import json
import math
import re
import statistics
import sys

NANOSECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
# Google Benchmark appends its timing mode.
NAME = re.compile(r"^(?P<family>.*[/:](?!(?:min_time|min_warmup_time|iterations|repeats):)\w+):(?P<size>\d+)"
                  r"(/(real_time|process_time|manual_time|min_(warmup_)?time:[\d.]+|iterations:\d+|repeats:\d+))*$")
Point = collections.namedtuple("Point", "seconds per_iteration")  # per_iteration: of a task; None: not counted
Fit = collections.namedtuple("Fit", "exponent off")


def read_families(paths):
    """Family -> size -> Point."""
    single, medians = (collections.defaultdict(lambda: collections.defaultdict(list)) for _ in range(2))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        for benchmark in report["benchmarks"]:
            match = NAME.match(benchmark.get("run_name", benchmark["name"]))
            if match is None or benchmark.get("error_occurred"):
                continue
            if benchmark.get("aggregate_name", "median") != "median":
                continue
            rate = benchmark.get("task_iterations/s")
            point = Point(benchmark["real_time"] * NANOSECONDS[benchmark["time_unit"]], 1 / rate if rate else None)
            into = medians if "aggregate_name" in benchmark else single
            into[match["family"]][int(match["size"])].append(point)
    # Aggregates alone (--benchmark_report_aggregates_only) are equivalent to their repetitions.
    for family, sizes in medians.items():
        for size, points in sizes.items():
            if size not in single[family]:
                single[family][size] = points
    return {family: {size: median(points) for size, points in sorted(sizes.items())}
            for family, sizes in single.items()}


def median(points):
    rates = [point.per_iteration for point in points]
    return Point(statistics.median(point.seconds for point in points),
                 None if None in rates else statistics.median(rates))


def fit(values):
    """Of size -> value, least squares on logarithms; None for fewer than two sizes."""
    points = [(math.log(size), math.log(value)) for size, value in values.items()]
    if len(points) < 2:
        return None
    x_mean = statistics.fmean(x for x, _ in points)
    y_mean = statistics.fmean(y for _, y in points)
    exponent = sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)
    return Fit(exponent, math.expm1(max(abs(y - y_mean - exponent * (x - x_mean)) for x, y in points)))


def line(family, points, width):
    """Of the table; None where there is nothing to fit."""
    time = fit({size: point.seconds for size, point in points.items()})
    if time is None:
        return None
    cells = f"{time.exponent:6.2f} {100 * time.off:6.1f} %"
    if all(point.per_iteration for point in points.values()):
        each = fit({size: point.per_iteration for size, point in points.items()})
        cells += f" {each.exponent:9.2f} {100 * each.off:6.1f} %"
    else:
        cells += f" {'-':>9} {'-':>6}  "
    return f"{family:{width}} {cells}   " + ", ".join(f"{size}: {point.seconds:.3g} s" for size, point in points.items())


def draw(families, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 6))
    for family, points in families.items():
        if len(points) > 1:
            seconds = [point.seconds for point in points.values()]
            axes.loglog(list(points), seconds, marker="o", markersize=3, label=family)
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
    print(f"{'':{width}} {'time':>6} {'off':>8} {'per task':>9} {'off':>8}\n"
          f"{'':{width}} {'':>6} {'':>8} {'iteration':>9}")
    for family, points in families.items():
        used = {size: point for size, point in points.items() if size >= max(options.least, 1)}
        found = line(family, used, width)
        if found is not None:
            print(found)
    if options.picture:
        draw(families, options.picture)


if __name__ == "__main__":
    main()
