# SPDX-License-Identifier: Apache-2.0
"""scripts/compare on the device: what others than us take for the same tasks, those that are installed here."""
import json

from check import Skip, left
from report import FAILED, PASSED

_KEPT = ("version", "tasks", "seconds", "iterations_mean", "counts_equal", "same_counts", "task_iterations_per_second",
         "ratio", "peak_memory_bytes", "device_memory_bytes", "note")


def peers(check, deadline):
    if not check.built(check.our_side_of_peers):
        raise Skip("our side of it was not built")
    out = check.work / "peers.json"
    out.unlink(missing_ok=True)
    sizes = ["--tasks", 1000, "--repeats", 1] if check.cpu else []
    seconds = left(deadline)
    result = check.run([check.root / "scripts" / "compare", "--device", check.device, "--no-build", "--build", check.build,
                        "--seconds", max(int(seconds) - 2, 1), "--out", out, *sizes], seconds)
    if check.dry_run:
        return {PASSED: 0, FAILED: 0}
    try:
        rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    except (OSError, json.JSONDecodeError, KeyError):
        rows = []
    answer = {PASSED: 0, FAILED: 0, "failures": {}, "not_installed": [], "figures": {}}
    unmeasured = []
    for row in rows:
        name = f"{row['work']}: {row['peer']}"
        status = row.get("status", "measured")
        if status == "not installed":
            answer["not_installed"].append(name)
        elif status == "no time left":
            unmeasured.append(name)
        elif status == "failed":
            answer["failures"][name] = row["missing"]
        else:
            answer["figures"][name] = {key: row[key] for key in _KEPT if row.get(key) not in (None, "")}
            if row["same_counts"] is False:
                answer["failures"][name] = "its counts are not ours"
    if result.ending and not answer["failures"] and not result.timed_out:
        answer["failures"]["compare"] = result.problem
    answer[FAILED] = len(answer["failures"])
    answer[PASSED] = len(answer["figures"]) - sum(name in answer["figures"] for name in answer["failures"])
    if unmeasured or result.timed_out:
        answer["reason"] = "no time left for " + (", ".join(unmeasured) or "all of it")
    return answer
