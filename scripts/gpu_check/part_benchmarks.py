# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: those cases that run on a device; at the end, as far as the time goes, those of the CPU beside it, since it
is the ratio within one run that counts."""
import dataclasses
import json
import re
import time

from check import Skip, left
from report import FAILED, PASSED

_ON_DEVICE = re.compile("cuda|gpu|device", re.IGNORECASE)
_LARGE = re.compile(r"tasks:\d{8,}")
MOST_CRASHES = 5  # of an executable, which then gets no further process
_BOOKKEEPING = {"name", "run_name", "run_type", "repetitions", "repetition_index", "threads", "family_index",
                "per_family_instance_index", "aggregate_name", "aggregate_unit"}


def entries(text):
    """Those of Google Benchmark's JSON file that were written before somebody stopped it."""
    try:
        return json.loads(text).get("benchmarks", [])
    except json.JSONDecodeError:
        pass
    ends = [found.start() for found in re.finditer(r"^    \}", text, re.MULTILINE)]
    try:
        return json.loads(text[:ends[-1]] + "}]}").get("benchmarks", [])
    except (IndexError, json.JSONDecodeError):
        return []


def figures(entry):
    return {key: value for key, value in entry.items() if key not in _BOOKKEEPING}


@dataclasses.dataclass
class Measured:
    """What became of the cases of one executable."""
    entries: list = dataclasses.field(default_factory=list)
    failures: dict = dataclasses.field(default_factory=dict)  # by case; those of the executable itself under ""
    stopped: bool = False


def measure(check, name, cases, seconds, minimum_seconds):
    """Cases after one that ends the process are run in a new one. Google Benchmark keeps the order of its list."""
    found, waiting, until = Measured(), list(cases), time.monotonic() + seconds
    out = check.work / f"{name}.json"
    while waiting:
        if left(until) < 0.5:
            found.stopped = True
            break
        out.unlink(missing_ok=True)
        pattern = "|".join(re.escape(case).replace("\\-", "-") for case in waiting)
        result = check.run([check.build / "bench" / name, f"--benchmark_filter=^({pattern})$",
                            f"--benchmark_min_time={minimum_seconds}", f"--benchmark_out={out}",
                            "--benchmark_out_format=json"], left(until))
        measured = entries(out.read_text(encoding="utf-8")) if out.exists() else []
        found.entries += measured
        found.stopped = result.timed_out
        if result.timed_out or not result.ending:
            break
        done = {entry["name"] for entry in measured}
        waiting = [case for case in waiting if case not in done]
        if not waiting or len(found.failures) == MOST_CRASHES:
            found.failures[""] = result.problem
            break
        found.failures[waiting.pop(0)] = result.problem
    return found


def chosen_cases(check, benches, deadline, choose):
    """By executable: those to run."""
    chosen = {}
    for name in benches:
        listed = check.run([check.build / "bench" / name, "--benchmark_list_tests=true"], min(left(deadline), 30))
        chosen[name] = ["..."] if check.dry_run else choose(listed.out.split())
    return chosen


def run_benches(check, deadline, choose, minimum_seconds):
    """choose(names of cases): those to run. An executable has its share of the time at most."""
    answer = {PASSED: 0, FAILED: 0, "failures": {}, "without": [], "figures": {}}
    benches = [name for name in check.benches() if check.built(check.build / "bench" / name)]
    if not benches:
        raise Skip("no benchmark was built")
    chosen = chosen_cases(check, benches, deadline, choose)
    answer["without"] = [name for name, cases in chosen.items() if not cases]
    # The largest last, after all others.
    runs = [(name, [case for case in cases if not _LARGE.search(case)]) for name, cases in chosen.items()]
    runs += [(name, [case for case in cases if _LARGE.search(case)]) for name, cases in chosen.items()]
    runs = [(name, cases) for name, cases in runs if cases]
    stopped = []
    for index, (name, cases) in enumerate(runs):
        found = measure(check, name, cases, left(deadline) / (len(runs) - index), minimum_seconds)
        for entry in found.entries:
            if entry.get("error_occurred"):
                answer["failures"][f"{name}: {entry['name']}"] = entry.get("error_message", "failed")
            else:
                answer["figures"][f"{name}: {entry['name']}"] = figures(entry)
        answer["failures"] |= {f"{name}: {case}" if case else name: why for case, why in found.failures.items()}
        stopped += [name] * found.stopped
    answer[PASSED], answer[FAILED] = len(answer["figures"]), len(answer["failures"])
    if stopped:
        answer["reason"] = "no time left for all of " + ", ".join(dict.fromkeys(stopped))
    elif answer["without"] and not answer["figures"] and not answer["failures"] and not check.dry_run:
        raise Skip("no benchmark has such cases")
    return answer


def benchmarks(check, deadline):
    if check.cpu:  # one of each, to test that it runs
        return run_benches(check, deadline, lambda cases: cases[:1], 0.01)
    return run_benches(check, deadline, lambda cases: [case for case in cases if _ON_DEVICE.search(case)], 0.2)


def cpu_benchmarks(check, deadline):
    if check.cpu:
        raise Skip("the CPU's have run")
    return run_benches(check, deadline, lambda cases: [case for case in cases if not _ON_DEVICE.search(case)], 0.2)
