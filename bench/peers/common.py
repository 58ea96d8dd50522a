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
    """--folder --device --tasks --threads --repeats --work, and others by name and default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="tasks, as peers_ours wrote them")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--tasks", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", choices=("newton_sor", "training", "iccg"), default="newton_sor")
    for name, default in more.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default)
    chosen = parser.parse_args()
    if chosen.device == "cpu":  # before a library queries the number of cores
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:chosen.threads])
    return chosen


def timed(run, wait=lambda: None):
    """Seconds of one run, and its result. wait: until the device has done what it was asked for."""
    wait()
    start = time.perf_counter()
    result = run()
    wait()
    return time.perf_counter() - start, result


def report(chosen, peer, version, seconds, counts, ours, note, device_memory=0):
    """seconds: of each run that counts. counts [tasks] beside ours. device_memory: bytes of it at their most."""
    off = abs(counts - ours)
    print(json.dumps({
        "peer": peer, "version": version, "work": chosen.work, "tasks": len(counts), "threads": chosen.threads,
        "device": chosen.device, "seconds": statistics.median(seconds), "iterations_mean": float(counts.mean()),
        "counts_equal": float((off == 0).mean()), "counts_within_1": float((off <= 1).mean()),
        "counts_within_5_percent": float((off <= (0.05 * ours).clip(1)).mean()),
        "peak_memory_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "device_memory_bytes": device_memory, "note": note}), flush=True)
