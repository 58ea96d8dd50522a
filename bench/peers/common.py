# SPDX-License-Identifier: Apache-2.0
"""What every peer in Python is asked for and answers: one line of JSON on standard output (figures.hpp is the same)."""
import argparse
import json
import os
import pathlib
import resource
import statistics
import time


def options(description, **more):
    """--folder --tasks --threads --repeats, and whole numbers by name and default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="tasks, as peers_ours wrote them")
    parser.add_argument("--tasks", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", choices=("newton_sor", "training"), default="newton_sor")
    for name, default in more.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
    chosen = parser.parse_args()
    # Before a library asks how many cores there are.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:chosen.threads])
    return chosen


def timed(run):
    """Seconds of one run, and its result."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def report(chosen, peer, version, seconds, counts, ours, note, device="cpu"):
    """seconds: of each run that counts. counts [tasks] beside ours."""
    off = abs(counts - ours)
    print(json.dumps({
        "peer": peer, "version": version, "work": chosen.work, "tasks": len(counts), "threads": chosen.threads,
        "device": device, "seconds": statistics.median(seconds), "iterations_mean": float(counts.mean()),
        "counts_equal": float((off == 0).mean()), "counts_within_1": float((off <= 1).mean()),
        "counts_within_5_percent": float((off <= (0.05 * ours).clip(1)).mean()),
        "peak_memory_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "note": note}), flush=True)
