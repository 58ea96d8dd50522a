# SPDX-License-Identifier: Apache-2.0
"""The paper's tables at their full size, as fast as the device does them: Table 1's `both` (1024 wide, 200 epochs, batches of
16,384, validation at each epoch) and Table 3 with five seeds."""
from check import Skip, left, small
from part_trainings import document, last_epoch
from report import FAILED, PASSED

WIDE = ["network.hidden=[1024, 1024]", "training.epochs=200", "training.batch_size=16384", "resources.memory=16GiB"]


def wide_training(check, seconds):
    folder = check.work / "train-wide"
    settings = [word for setting in WIDE for word in ("--set", setting)] if not check.cpu else small("robertson")
    result = check.run([check.command_line, "train", check.root / "configs" / "robertson.toml", "--device", check.device, "--out",
                        folder, "--json", *settings], seconds)
    epoch = last_epoch(folder)
    return result, {"seconds": document(result.out).get("seconds", epoch.get("seconds")), "epochs": epoch.get("epoch"),
                    "best_iterations": epoch.get("best_iterations"), "constant_iterations": epoch.get("constant_iterations")}


def table3(check, seconds):
    folder = check.work / "table3"
    result = check.run([check.command_line, "reproduce", "table3", "--device", check.device, "--out", folder, "--json",
                        *(("--scale", "smoke") if check.cpu else ())], seconds)
    return result, {"seconds": result.seconds}


def tables(check, deadline):
    if not check.built(check.command_line):
        raise Skip("the command line was not built")
    answer = {PASSED: 0, FAILED: 0, "failures": {}, "timeouts": {}, "figures": {}, "in_short": {}}
    for name, work, share in (("Table 1, both, 1024 wide", wide_training, 0.3), ("Table 3, five seeds", table3, 1.0)):
        result, figures = work(check, left(deadline) * share)
        if check.dry_run:
            continue
        answer["figures"][name] = {**figures, "finished": not result.ending}
        if result.timed_out:
            answer["timeouts"][name] = result.ending
        elif result.ending:
            answer["failures"][name] = result.problem
        else:
            answer[PASSED] += 1
            answer["in_short"][name] = ", ".join(f"{key} {value:.4g}" for key, value in figures.items() if value is not None)
    answer[FAILED] = len(answer["failures"])
    if answer["timeouts"]:
        answer["reason"] = "the time did not suffice for " + ", ".join(answer["timeouts"])
    return answer
