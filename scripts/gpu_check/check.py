# SPDX-License-Identifier: Apache-2.0
"""What all parts of the check share: folders, the device, the commands' runner and what earlier parts have found out."""
import concurrent.futures
import dataclasses
import pathlib
import re
import time

import gtests
import runner


class Skip(Exception):
    """Says why a part has nothing to do."""


@dataclasses.dataclass
class Check:
    root: pathlib.Path
    build: pathlib.Path
    work: pathlib.Path          # for runs and other temporary files
    deps: pathlib.Path | None
    existing_build: bool
    device: str                 # cuda or cpu
    architecture: str
    cores: int
    tests: str                  # pattern of the test programs' names
    runner: runner.Runner
    cases: dict = dataclasses.field(default_factory=dict)  # by (program, suite): outcomes on the device
    listed: dict = dataclasses.field(default_factory=dict)  # by program: its cases on the device
    sanitizer_problem: str | None = None  # why compute-sanitizer does not work on this device; None: not tried yet

    @property
    def dry_run(self):
        return self.runner.dry_run

    @property
    def cpu(self):
        """The CPU stands in for a device, to try the check itself: small sizes."""
        return self.device == "cpu"

    @property
    def command_line(self):
        return self.build / "metasolve"

    @property
    def our_side_of_peers(self):
        return self.build / "bench" / "peers" / "ours"

    def run(self, command, seconds, environment=None):
        return self.runner.run(command, seconds, environment)

    def device_tests(self):
        return [name for name in gtests.programs(self.root, self.device) if re.search(self.tests, name)]

    def built_tests(self):
        return [name for name in self.device_tests() if self.built(self.test_executable(name))]

    def benches(self):
        """Without the one that needs another library."""
        return [path.stem for path in sorted(self.root.glob("bench/*_bench.cpp")) if "petsc" not in path.stem]

    def test_executable(self, name):
        return self.build / "tests" / name

    def built(self, executable):
        return self.dry_run or executable.exists()

    def side_by_side(self, jobs, work, items):
        """Results of work(item), of so many items at a time. One GPU serves several processes, and most of a short
        test's time is the start of its process."""
        with concurrent.futures.ThreadPoolExecutor(1 if self.dry_run else jobs) as pool:
            return list(pool.map(work, items))


def left(deadline):
    return max(deadline - time.monotonic(), 0.0)


# Settings that make a training small, by configuration.
CONFIGS = ("poisson", "robertson", "elasticity")
_SMALL = {"poisson": (200, 100, 100), "robertson": (200, 100, 100), "elasticity": (32, 16, 16)}


def small(config):
    settings = zip(("train_tasks", "validation_tasks", "test_tasks"), _SMALL[config])
    return [word for key, value in settings for word in ("--set", f"problem.{key}={value}")] + \
        ["--set", "training.epochs=2"]
