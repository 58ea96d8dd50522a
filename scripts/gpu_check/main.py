# SPDX-License-Identifier: Apache-2.0
"""scripts/gpu-check: the parts in the order of their value, each within its share of the time, and the report on them."""
import argparse
import dataclasses
import datetime
import json
import pathlib
import re
import signal
import sys
import tempfile
import time
import traceback

import machine
import part_benchmarks
import part_build
import part_peers
import part_sanitizers
import part_tables
import part_tests
import part_trainings
from check import Check, Skip
from report import FAILED, PASSED, SKIPPED, Report, part_line, scrubbed, summary
from runner import Runner

NO_DEVICE = 77


@dataclasses.dataclass(frozen=True)
class Part:
    name: str
    work: object
    at_most: float   # share of the total time
    at_least: float  # reserved for it by the parts before it


PARTS = (
    Part("build", part_build.build, 0.6, 0.0),
    Part("device tests", part_tests.device_tests, 0.25, 0.08),
    Part("memcheck", part_sanitizers.memcheck, 0.15, 0.06),
    Part("racecheck", part_sanitizers.racecheck, 0.12, 0.04),
    Part("benchmarks", part_benchmarks.benchmarks, 0.2, 0.06),
    Part("trainings", part_trainings.trainings, 0.35, 0.15),
    Part("peers", part_peers.peers, 0.2, 0.05),
    Part("tables", part_tables.tables, 0.5, 0.0),
    Part("synccheck", part_sanitizers.synccheck, 0.1, 0.0),
    Part("benchmarks of the CPU", part_benchmarks.cpu_benchmarks, 0.15, 0.0),
    Part("build of the rest", part_build.build_rest, 0.4, 0.0),
    Part("other tests", part_tests.other_tests, 1.0, 0.0),
)
SHORTEST = 3.0  # s: a part with less time is skipped
RESERVE = 5.0   # s: for stopping processes


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/gpu-check", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Builds, tests and measures on a machine with a GPU and without network.")
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("out", type=pathlib.Path, metavar="OUT_FOLDER", help="for report.json and log.txt")
    parser.add_argument("--deps", type=pathlib.Path, default=None, metavar="FOLDER",
                        help="what scripts/stage-deps has filled; build-deps if it is there")
    parser.add_argument("--minutes", type=float, default=9, help="for everything")
    parser.add_argument("--build", type=pathlib.Path, default=None, metavar="FOLDER",
                        help="an existing build, used as it is; else build-gpu is built")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda",
                        help="cpu: small, to try the check itself where there is no GPU")
    parser.add_argument("--only", default="", metavar="PART,...",
                        help="parts to do, of: " + ", ".join(part.name for part in PARTS))
    parser.add_argument("--tests", default="", metavar="PATTERN", help="test programs to run, all if empty")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run none; needs no GPU")
    given = parser.parse_args()
    only = [name.strip() for name in given.only.split(",") if name.strip()]
    unknown = set(only) - {part.name for part in PARTS}
    if unknown:
        parser.error("--only: no such part: " + ", ".join(sorted(unknown)))
    if given.minutes <= 0:
        parser.error("--minutes must be above 0")
    if given.build and not (given.build / "CMakeCache.txt").exists():
        parser.error("--build: no build in that folder")
    if given.deps and not given.deps.is_dir():
        parser.error("--deps: no such folder; scripts/stage-deps fills one")
    deps = given.deps or (root / "build-deps" if (root / "build-deps").is_dir() else None)
    given.deps, given.root, given.only = deps and deps.resolve(), root, only
    return given


def limit_of(index, parts, seconds, left):
    """Seconds for a part: its share at most, and no more than leaves those after it what is kept for them."""
    kept = sum(part.at_least for part in parts[index + 1:]) * seconds
    return max(min(parts[index].at_most * seconds, left - kept), 0.0)


def do(part, check, limit):
    start = time.monotonic()
    entry = {"name": part.name, "status": SKIPPED, "seconds": 0.0, "limit_seconds": limit}
    check.runner.note(f"\n== {part.name}, at most {limit:.0f} s")
    if limit < SHORTEST and not check.dry_run:
        return {**entry, "reason": "no time left"}
    try:
        found = part.work(check, start + limit)
        bad = found.get(FAILED, 0) or found.get("failures")
        if check.dry_run:
            return {"name": part.name, "status": SKIPPED, "seconds": 0.0, "limit_seconds": limit, "reason": "dry run"}
        entry |= {"status": FAILED if bad else PASSED if found.get(PASSED) else SKIPPED, **found}
        if not bad and not found.get(PASSED):
            entry.setdefault("reason", "nothing of it ran to its end")
    except Skip as why:
        entry["reason"] = str(why)
    except Exception as problem:  # an error of the check itself must not end it
        check.runner.note(traceback.format_exc())
        entry |= {"status": FAILED, FAILED: 1, "reason": f"the check itself: {type(problem).__name__}: {problem}"}
    entry["seconds"] = time.monotonic() - start
    return entry


def built_facts(check):
    """What the build says of itself; None: there is none yet."""
    if check.dry_run or not check.command_line.exists():
        return None
    try:
        return json.loads(check.run([check.command_line, "doctor", "--json"], 5).out).get("build", {})
    except json.JSONDecodeError:
        return {}


def main():
    given = arguments()
    start = time.monotonic()
    facts = machine.facts()
    if given.device == "cuda" and "compute_capability" not in facts and not given.dry_run:
        print("gpu-check: no CUDA device here, nothing done (--device cpu tries the check, --dry-run prints its commands)")
        return NO_DEVICE
    given.out.mkdir(parents=True, exist_ok=True)
    build = (given.build or given.root / ("build-gpu" if given.device == "cuda" else "build-check")).resolve()
    runner = Runner(given.out / "log.txt", given.root, given.dry_run)
    temporary = tempfile.TemporaryDirectory(prefix="gpu-check-")
    check = Check(given.root, build, pathlib.Path(temporary.name), given.deps, given.build is not None, given.device,
                  re.sub(r"\D", "", facts.get("compute_capability", "9.0")), machine.cores(), given.tests, runner)
    seconds = max(given.minutes * 60 - RESERVE, SHORTEST)
    report = Report(given.out / "report.json",
                    {"date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(), "device": given.device,
                     "minutes": given.minutes, "dry_run": given.dry_run, "machine": facts, "build": None})
    parts = [part for part in PARTS if not given.only or part.name in given.only]

    def interrupt(*_):
        runner.stop_all()
        raise KeyboardInterrupt

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, interrupt)
    try:
        for index, part in enumerate(parts):
            if given.dry_run:
                print(f"\n== {part.name}, at most {part.at_most * seconds:.0f} s")
            entry = do(part, check, limit_of(index, parts, seconds, start + seconds - time.monotonic()))
            if report.document["build"] is None:
                report.document["build"] = built_facts(check)
            report.add(entry)
            if not given.dry_run:
                print(scrubbed(part_line(entry)), flush=True)
    except KeyboardInterrupt:
        report.document["reason"] = f"stopped from outside, in the part {part.name}"
    finally:
        temporary.cleanup()
    report.document["seconds"] = time.monotonic() - start
    if "reason" not in report.document:
        report.finish()
    report.save()
    if not given.dry_run:
        print("\n".join(summary(report.document)))
    return 1 if report.failed or not report.document["finished"] else 0


if __name__ == "__main__":
    sys.exit(main())
