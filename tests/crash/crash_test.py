# SPDX-License-Identifier: Apache-2.0
"""Kills trainings and fails their system calls, goes on with them, and compares what comes out with a run that was left
alone: weights, best and metrics, bit for bit. See CONTRIBUTING.md; started by scripts/crash-test."""
import argparse
import collections
import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import runs

HERE = Path(__file__).resolve().parent
SKIPPED = 77
FAILURES = {name: str(getattr(errno, name)) for name in ("ENOSPC", "EIO", "EACCES", "EINTR")}


class Program:
    """The command line, with and without faults."""

    def __init__(self, binary, work):
        self.binary, self.work = str(binary), work
        self.shim = work / "fault.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", self.shim, HERE / "fault.c"], check=True)
        self.plain = dict(os.environ, METASOLVE_CACHE="", OMP_WAIT_POLICY="passive")

    def run(self, arguments, faults=None, kill_after=None):
        """faults: settings of fault.c. kill_after: seconds. Returns exit status (negative: signal) and stderr."""
        environment = self.plain
        if faults is not None:
            environment = dict(environment, LD_PRELOAD=str(self.shim), **faults)
        process = subprocess.Popen([self.binary, *arguments], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            message = process.communicate(timeout=kill_after)[1]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            message = process.communicate()[1]
        return process.returncode, message.decode(errors="replace")

    def can_be_preloaded(self):
        return self.run(["--version"], faults={})[0] == 0


class Training:
    """One training: its undisturbed run, and what is done to others like it."""

    def __init__(self, name, program, work, source, epochs=None):
        self.name, self.program = name, program
        stem = name.replace(", ", "_").replace(" ", "_")
        self.reference, self.folder, self.log = work / f"{stem}_alone", work / stem, work / f"{stem}.log"
        self.arguments = runs.arguments(name, source, work, epochs)
        started = time.monotonic()
        status, message = program.run([*self.arguments, "--out", str(self.reference)])
        self.seconds = time.monotonic() - started
        if status != 0:
            raise SystemExit(f"crash-test: {name}: the undisturbed run ends with {status}: {message}")

    def begin(self, **how):
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.program.run([*self.arguments, "--out", str(self.folder)], **how)

    def go_on(self, **how):
        """By what there is: --resume once a manifest is there; before it, the command as it was given."""
        if (self.folder / "manifest.json").exists() or (self.folder / "last.safetensors").exists():
            return self.program.run(["train", "--resume", "--out", str(self.folder), "--device", "cpu",
                                     "--threads", "1"], **how)
        return self.program.run([*self.arguments, "--out", str(self.folder)], **how)

    def calls(self):
        """Names of the calls that the run makes on its folder, in order."""
        self.log.unlink(missing_ok=True)
        status, message = self.begin(faults={"CRASH_FOLDER": str(self.folder), "CRASH_LOG": str(self.log)})
        if status != 0:
            raise SystemExit(f"crash-test: {self.name}: with counted calls it ends with {status}: {message}")
        return self.log.read_text().split()

    def finish(self, **lost):
        """Goes on undisturbed; what is wrong with what comes out."""
        status, message = self.go_on()
        if status != 0:
            return [f"going on ends with {status}: {message.strip()[-300:]}"]
        left = [path.name for path in self.folder.iterdir() if path.name.endswith(".tmp")]
        return ([f"left over: {left}"] if left else []) + runs.differences(self.folder, self.reference, **lost)


class Tally:
    def __init__(self):
        self.counts, self.wrong = collections.Counter(), []

    def add(self, kind, what, wrong):
        self.counts[kind] += 1
        if wrong:
            self.wrong.append(f"{what}: {'; '.join(wrong)}")
            print("  WRONG", self.wrong[-1], flush=True)


def at_call(training, tally, number, name, action):
    """A fault at one call of a whole training, and going on."""
    status, message = training.begin(faults={"CRASH_FOLDER": str(training.folder), "CRASH_AT": str(number),
                                             "CRASH_ACTION": FAILURES.get(action, action)})
    what = f"{training.name}: {action} at call {number} ({name})"
    wrong = []
    if action in FAILURES:
        if status not in (0, 2) or (status == 2 and "metasolve: " not in message):
            wrong.append(f"it ends with {status}: {message.strip()[-300:]}")
    elif action != "short" and status != -signal.SIGKILL:
        wrong.append(f"it was not killed, and ended with {status}")
    tally.add("kill at a call" if action not in FAILURES else "failed call", what, wrong + training.finish())


def actions_at(name):
    kills = ["before", "after"] + (["half", "short"] if name == "write" else [])
    return kills + (["ENOSPC", "EIO", "EINTR"] if name == "write" else ["EIO", "EACCES"])


def in_time(training, tally, draw):
    """Kills at random moments until the training has ended."""
    status, kills = -1, 0
    for attempt in range(6):
        step = training.begin if attempt == 0 else training.go_on
        status, message = step(kill_after=draw.uniform(0.01, training.seconds))
        if status >= 0:
            break
        kills += 1
    wrong = [] if status <= 0 else [f"ended with {status}: {message.strip()[-300:]}"]
    tally.add("chain of kills", f"{training.name}: {kills} kills", wrong + training.finish())
    tally.counts["kill at a moment"] += kills


DAMAGED = ("manifest.json", "metrics.jsonl", "best.safetensors", "last.safetensors")


def damage(training, tally, draw, calls, file, way):
    """Kills a training somewhere behind its first best, spoils one of its files, and goes on."""
    best, log = file == "best.safetensors", file == "metrics.jsonl"
    number = draw.randint(len(calls) * 2 // 3, len(calls))
    training.begin(faults={"CRASH_FOLDER": str(training.folder), "CRASH_AT": str(number), "CRASH_ACTION": "before"})
    path = training.folder / file
    content = bytearray(path.read_bytes())
    if way == "removed":
        path.unlink()
    elif way == "cut":
        path.write_bytes(content[:draw.randrange(len(content))])
    else:
        # For a log the first line: the end may be later than the checkpoint.
        end = content.index(b"\n") if log else len(content)
        content[draw.randrange(end)] ^= 1 << draw.randrange(8)
        path.write_bytes(content)
    status, message = training.go_on()
    wrong = []
    if status != 0:
        wrong.append(f"going on ends with {status}: {message.strip()[-300:]}")
    elif f"{file}: " not in message and not (log and way == "cut"):
        # A truncated log may still contain everything that the checkpoint refers to.
        wrong.append("it goes on without a word")
    wrong += training.finish(best_lost=best, log_lost=log)
    tally.add("damaged file", f"{training.name}: {file} {way} after call {number}", wrong)


def short(trainings, tally):
    """The same each time: every training with a few faults at calls spread over it, and each kind of damage once."""
    draw = random.Random(1)
    damages = [(file, way) for file in DAMAGED for way in ("removed", "cut", "flipped")]
    for i, training in enumerate(trainings):
        calls = training.calls()
        print(f"{training.name}: {len(calls)} calls", flush=True)
        for _ in range(8):
            number = draw.randint(1, len(calls))
            at_call(training, tally, number, calls[number - 1], draw.choice(actions_at(calls[number - 1])))
        for file, way in damages[i::len(trainings)]:
            damage(training, tally, draw, calls, file, way)
        in_time(training, tally, draw)


def exhaustive(trainings, tally, deadline, draw):
    """Every action at every call, each damage, and chains of kills, in random order until time is up."""
    jobs = []
    for training in trainings:
        calls = training.calls()
        print(f"{training.name}: {len(calls)} calls", flush=True)
        jobs += [(at_call, training, (number, name, action)) for number, name in enumerate(calls, 1)
                 for action in actions_at(name)]
        jobs += [(damage, training, (draw, calls, file, way)) for file in DAMAGED
                 for way in ("removed", "cut", "flipped") for _ in range(4)]
        jobs += [(in_time, training, (draw,)) for _ in range(20)]
    draw.shuffle(jobs)
    done = 0
    while time.monotonic() < deadline:
        job, training, arguments = jobs[done % len(jobs)]
        job(training, tally, *arguments)
        done += 1
        if deadline == float("inf") and done == len(jobs):
            break
    print(f"{done} of {len(jobs)} kinds of faults tried")


def main():
    parser = argparse.ArgumentParser(prog="scripts/crash-test", description=__doc__)
    parser.add_argument("--build", type=Path, help="folder of the program; default: build, else build-cpu")
    parser.add_argument("--seconds", type=float, help="as many faults as fit, at random, in place of the short list")
    parser.add_argument("--long", action="store_true", help="every fault at every call of larger trainings")
    parser.add_argument("--seed", type=int, help="of --seconds and --long; default: another each time")
    given = parser.parse_args()
    source = HERE.parent.parent
    found = [given.build] if given.build else [source / "build", source / "build-cpu"]
    binaries = [folder / "metasolve" for folder in found if (folder / "metasolve").exists()]
    if not binaries:
        parser.error(f"no program in {', '.join(map(str, found))}: build it first, or give --build")

    tally, started = Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="metasolve-crash-") as folder:
        work = Path(folder).resolve()
        program = Program(binaries[0].resolve(), work)
        if not program.can_be_preloaded():
            print("skipped: the program does not start with a preloaded library, as under sanitizers")
            return SKIPPED
        trainings = [Training(name, program, work, source, 3 if given.long else None) for name in runs.TRAININGS]
        if given.long or given.seconds:
            seed = given.seed if given.seed is not None else random.randrange(2**32)
            print(f"seed {seed}")
            deadline = started + given.seconds if given.seconds else float("inf")
            exhaustive(trainings, tally, deadline, random.Random(seed))
        else:
            short(trainings, tally)
    counted = ", ".join(f"{count} x {kind}" for kind, count in sorted(tally.counts.items()))
    print(f"crash-test: {counted}; {len(tally.wrong)} wrong; {time.monotonic() - started:.0f} s")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
