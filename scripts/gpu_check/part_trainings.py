# SPDX-License-Identifier: Apache-2.0
"""One full training of each table of the paper's, and what its meta-solver then does: seconds and final figures."""
import json
import shutil

from check import CONFIGS, Skip, left, small
from report import FAILED, PASSED


def document(text):
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return {}


def last_epoch(folder):
    """What metrics.jsonl says of the last epoch that ended: of a training for which the time did not suffice."""
    try:
        lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return next((entry for entry in map(document, reversed(lines)) if entry), {})


def evaluated(evaluation):
    """Means against the baseline's by tolerance, and seconds a task."""
    rows = [{"tolerance": row["tolerance"], "iterations": row["meta"]["mean"], "converged": row["meta"]["converged_share"],
             "baseline_iterations": row["baseline"]["mean"], "baseline_converged": row["baseline"]["converged_share"]}
            for row in evaluation.get("tolerances", [])]
    return {"tasks": evaluation.get("tasks"), "baseline": evaluation.get("baseline"), "tolerances": rows,
            "timing": evaluation.get("timing")}


def trainings(check, deadline):
    if not check.built(check.command_line):
        raise Skip("the command line was not built")
    answer = {PASSED: 0, FAILED: 0, "failures": {}, "timeouts": {}, "figures": {}, "in_short": {}}
    failed = set()
    for index, config in enumerate(CONFIGS):
        share = left(deadline) / (len(CONFIGS) - index)
        folder = check.work / f"train-{config}"
        if not check.dry_run:
            shutil.rmtree(folder, ignore_errors=True)
        sizes = small(config) if check.cpu else []
        trained = check.run([check.command_line, "train", check.root / "configs" / f"{config}.toml", "--device",
                             check.device, "--out", folder, "--json", *sizes], share * 0.75)
        if check.dry_run:
            check.run([check.command_line, "evaluate", folder, "--device", check.device, "--json"], share)
            continue
        found, epoch = document(trained.out), last_epoch(folder)
        figures = {"finished": bool(found.get("finished")), "seconds": found.get("seconds", epoch.get("seconds")),
                   "wall_seconds": trained.seconds, "epochs": epoch.get("epoch"), "best": found.get("best"),
                   "device": found.get("device"), "peak_memory_bytes": found.get("peak_memory_bytes"),
                   "last_epoch": epoch}
        if epoch:  # a checkpoint may exist although the training has not ended
            result = check.run([check.command_line, "evaluate", folder, "--device", check.device, "--json"],
                               min(left(deadline), share * 0.5))
            figures["evaluation_seconds"] = result.seconds
            if not result.ending:
                figures |= evaluated(document(result.out))
            elif result.timed_out:
                answer["timeouts"][f"evaluate {config}"] = result.ending
            else:
                failed.add(config)
                answer["failures"][f"evaluate {config}"] = result.problem
        reached = f", in epoch {epoch['epoch'] + 1}" if epoch else ""
        if trained.timed_out:  # indicates the machine's speed, not an error
            answer["timeouts"][config] = trained.ending + reached
        elif trained.ending:
            failed.add(config)
            answer["failures"][config] = trained.problem + reached
        elif not found.get("finished"):
            failed.add(config)
            answer["failures"][config] = "ended well, without a result"
        answer["figures"][config] = figures
        answer[PASSED] += figures["finished"] and "tolerances" in figures
        if figures.get("tolerances"):
            row = min(figures["tolerances"], key=lambda row: abs(row["tolerance"] - 1e-6))
            answer["in_short"][config] = (f"{figures['seconds']:.1f} s, {row['iterations']:.2f} iterations at "
                                          f"{row['tolerance']:g}, baseline {row['baseline_iterations']:.2f}")
    answer[FAILED] = len(failed)
    if answer["timeouts"]:
        answer["reason"] = "the time did not suffice for " + ", ".join(answer["timeouts"])
    return answer
