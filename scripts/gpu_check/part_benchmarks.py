# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: those cases that run on a device; at the end, as far as the time goes, those of the CPU beside it, since it
is the ratio within one run that counts."""
import json
import re

from check import Skip, left
from report import FAILED, PASSED

_ON_DEVICE = re.compile("cuda|gpu|device", re.IGNORECASE)
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


def run_benches(check, deadline, choose, minimum_seconds):
    """choose(names of cases): those to run."""
    answer = {PASSED: 0, FAILED: 0, "failures": {}, "without": [], "figures": {}}
    benches = [name for name in check.benches() if check.built(check.build / "bench" / name)]
    if not benches:
        raise Skip("no benchmark was built")
    stopped = []
    for index, name in enumerate(benches):
        executable = check.build / "bench" / name
        seconds = left(deadline) / (len(benches) - index)
        listed = check.run([executable, "--benchmark_list_tests=true"], min(seconds, 30))
        chosen = ["..."] if check.dry_run else choose(listed.out.split())
        if not chosen:
            answer["without"].append(name)
            continue
        out = check.work / f"{name}.json"
        out.unlink(missing_ok=True)
        pattern = "|".join(re.escape(case).replace("\\-", "-") for case in chosen)
        result = check.run([executable, f"--benchmark_filter=^({pattern})$", f"--benchmark_min_time={minimum_seconds}",
                            f"--benchmark_out={out}", "--benchmark_out_format=json"], seconds)
        measured = entries(out.read_text(encoding="utf-8")) if out.exists() else []
        for entry in measured:
            if entry.get("error_occurred"):
                answer["failures"][f"{name}: {entry['name']}"] = entry.get("error_message", "failed")
            else:
                answer["figures"][f"{name}: {entry['name']}"] = figures(entry)
        if result.timed_out:
            stopped.append(name)
        elif result.ending:
            answer["failures"][name] = result.problem
    answer[PASSED], answer[FAILED] = len(answer["figures"]), len(answer["failures"])
    if stopped:
        answer["reason"] = "no time left for all of " + ", ".join(stopped)
    elif answer["without"] and not answer["figures"] and not answer["failures"] and not check.dry_run:
        raise Skip("no benchmark has such cases")
    return answer


def benchmarks(check, deadline):
    if check.cpu:  # one of each, to see that it runs
        return run_benches(check, deadline, lambda cases: cases[:1], 0.01)
    return run_benches(check, deadline, lambda cases: [case for case in cases if _ON_DEVICE.search(case)], 0.2)


def cpu_benchmarks(check, deadline):
    if check.cpu:
        raise Skip("the CPU's have run")
    return run_benches(check, deadline, lambda cases: [case for case in cases if not _ON_DEVICE.search(case)], 0.2)
