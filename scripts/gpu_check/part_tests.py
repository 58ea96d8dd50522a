# SPDX-License-Identifier: Apache-2.0
"""Tests: all cases on the device; at the end, as far as the time goes, those of ctest that need none."""
import json
import re
import time

import gtests
from check import Skip, left
from report import FAILED, PASSED, SKIPPED

JOBS = 4
SUITE_SECONDS = 100  # for all processes of a suite, so that several hanging cases leave time for the others
TWO_THREADS = {"OMP_NUM_THREADS": "2"}  # as in scripts/test: several tests run at a time


def cases_of(check, name, deadline):
    """The program's cases on the device; as a pattern where it has not been built."""
    result = check.run([check.test_executable(name), "--gtest_list_tests"], min(left(deadline), 20))
    if check.dry_run:
        return ["*"] if gtests.is_of_devices(check.root, name) else [f"*/{check.device}"]
    return gtests.on_device(check.root, name, gtests.listed(result.out), check.device)


def suites(check, deadline):
    """((program, suite), its cases on the device): what is run side by side. A program that listed none is asked again."""
    names = check.built_tests()
    asked = [name for name in names if not check.listed.get(name)]
    check.listed |= zip(asked, check.side_by_side(JOBS, lambda name: cases_of(check, name, deadline), asked))
    return [((name, suite), cases) for name in names for suite, cases in gtests.by_suite(check.listed[name]).items()]


def device(check, deadline):
    """What the library finds: where it finds no device, the tests would be skipped, and so be no failure."""
    if not check.built(check.command_line):
        return {}, {}
    result = check.run([check.command_line, "doctor", "--device", check.device, "--json"],
                       min(0.3 * left(deadline), 20))
    try:
        found = json.loads(result.out)
    except json.JSONDecodeError:
        found = {}
    problem = found.get("device", {}).get("problem") or result.ending
    return {"uses": found.get("device", {}).get("use"), "devices": found.get("cuda", {}).get("devices")}, \
        {"doctor": problem} if problem else {}


def device_tests(check, deadline):
    if not check.built_tests():
        raise Skip("no test was built")
    library, no_device = device(check, deadline)

    def work(item):
        (name, suite), cases = item
        until = min(deadline, time.monotonic() + SUITE_SECONDS)
        command = [check.test_executable(name)]
        outcomes, _ = gtests.run_cases(check.run, command, cases, until, TWO_THREADS)
        if check.dry_run:
            return (name, suite), cases, {}, {}
        # After a kernel writes out of bounds, all later ones of the process fail: find those that fail alone.
        failed = [case for case, outcome in outcomes.items() if outcome.outcome == FAILED][1:11]
        alone = {}
        for case in failed:
            again, _ = gtests.run_cases(check.run, command, [case], until, TWO_THREADS)
            alone |= {case: outcome.outcome for case, outcome in again.items()}
        return (name, suite), cases, outcomes, alone

    outcomes, with_cases, unrun, alone = {}, set(), 0, {}
    for (name, suite), cases, found, by_itself in check.side_by_side(JOBS, work, suites(check, deadline)):
        if not check.dry_run:
            check.cases[name, suite] = found
        outcomes |= {f"{name}: {case}": outcome for case, outcome in found.items()}
        alone |= {f"{name}: {case}": outcome for case, outcome in by_itself.items()}
        unrun += sum(case not in found for case in cases)
        with_cases.add(name)
    slowest = sorted(outcomes, key=lambda case: -outcomes[case].seconds)[:5]
    failures = no_device | {case: outcome.why for case, outcome in outcomes.items() if outcome.outcome == FAILED}
    answer = {**gtests.counts(outcomes), "executables": len(with_cases), **library,
              FAILED: len(failures), "failures": failures,
              "slowest_seconds": {case: outcomes[case].seconds for case in slowest}}
    if alone:
        answer["failures_run_alone"] = alone
    if unrun and not check.dry_run:
        answer["reason"] = f"no time left for {unrun} cases"
    return answer


_CTEST = re.compile(r"^ *\d+/\d+ Test +#\d+: (.+?) \.* *(?:\*\*\*)?(Passed|Skipped|Failed|Timeout|Exception|Not Run)[^\n]*$",
                    re.MULTILINE)


def ctest_ends(text):
    """(name, how it ended) of the tests that ended before somebody stopped ctest, which then writes no report."""
    return _CTEST.findall(text)


def other_tests(check, deadline):
    # The labels `tree` and `package` concern the sources and the packages, which are independent of the device.
    which = ["-L", "^exec/"] if check.cpu else ["-E", "/cuda$", "-LE", "^(tree|package|trajectories)$"]
    result = check.run(["ctest", "--test-dir", check.build, "-j", check.cores, "--timeout", "120", *which], left(deadline),
                       TWO_THREADS)
    ends = ctest_ends(result.out)
    outcomes = {name: {"Passed": PASSED, "Skipped": SKIPPED}.get(word, FAILED) for name, word in ends}
    answer = {key: list(outcomes.values()).count(key) for key in (PASSED, FAILED, SKIPPED)}
    answer["failures"] = {name: word for name, word in ends if outcomes[name] == FAILED}
    if result.timed_out:
        answer["reason"] = "no time left for all of them"
    elif not ends and not check.dry_run:
        raise Skip("ctest ran nothing")
    return answer
