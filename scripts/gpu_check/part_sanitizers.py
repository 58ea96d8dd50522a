# SPDX-License-Identifier: Apache-2.0
"""compute-sanitizer over small sizes: the short cases of the tests, and two epochs of a small training of each table.

The learner's kernels run in trainings alone, so those come first."""
import dataclasses
import re

import gtests
import machine
import part_tests
from check import CONFIGS, Skip, left, small
from report import FAILED, PASSED, SKIPPED

JOBS = 4
LONGEST_CASE = 2.0  # s without the sanitizer, which makes it ten to a hundred times slower
PROCESS_SECONDS = 120
PROBE_SECONDS = 40

# The sanitizer changes what such a case tests: under it a launch waits.
_NOT_UNDER_IT = re.compile("WithoutWaiting")

_SUMMARY = re.compile(r"^=+ (?:ERROR|RACECHECK) SUMMARY: (\d+) (?:error|hazard)", re.MULTILINE)
_FINDING = re.compile(r"^=+ ((?:Invalid|Error|Warning|Race|Barrier|Divergent|Uninitialized|Program hit|Device not)[^\n]*)"
                      r"(?:\n=+ +at ([^\n]*))?", re.MULTILINE)


def findings(text):
    """How many errors the sanitizer counts (None: it never came to a summary), and what it says of the first ones."""
    counted = [int(count) for count in _SUMMARY.findall(text)]
    # The line is enough of the location: the name of a template kernel fills the screen.
    said = [what + (" in " + place.rsplit(" in ", 1)[-1][-120:] if place else "") for what, place in _FINDING.findall(text)]
    return (sum(counted) if counted else None), list(dict.fromkeys(said))[:3]


def probed(check, program, deadline):
    """Why the sanitizer cannot look at this machine's device (a driver or container may forbid it), empty if it can:
    tried on the shortest program that asks for the device, before much time goes into those that would all fail."""
    if not check.built(check.command_line):
        return ""
    result = check.run([program, "--tool", "memcheck", check.command_line, "doctor", "--device", check.device],
                       min(left(deadline), PROBE_SECONDS))
    if check.dry_run or _SUMMARY.search(result.out + result.err):
        return ""
    said = re.findall(r"^=+ (?!COMPUTE-SANITIZER)(\S[^\n]*)", result.out + result.err, re.MULTILINE)
    return (said[0] if said else result.problem or "it says nothing")[:300]


def sanitizer(check, tool, deadline):
    program = machine.tool("compute-sanitizer")
    if check.cpu:
        raise Skip("looks at devices alone")
    if not program and not check.dry_run:
        raise Skip("no compute-sanitizer here")
    if check.sanitizer_problem is None:
        check.sanitizer_problem = probed(check, program or "compute-sanitizer", deadline)
        if check.sanitizer_problem:
            raise Skip("compute-sanitizer does not work here: " + check.sanitizer_problem)
    if check.sanitizer_problem:
        raise Skip("compute-sanitizer does not work here")
    # Tests include calls that must fail: API return values are not findings.
    wrap = [program or "compute-sanitizer", "--tool", tool, "--print-limit", "5"]
    if tool == "memcheck":
        wrap += ["--report-api-errors", "no"]

    def training(config):
        folder = check.work / f"{tool}-{config}"
        command = [*wrap, check.command_line, "train", check.root / "configs" / f"{config}.toml", "--device", check.device,
                   "--out", folder, "--json", *small(config)]
        if left(deadline) < 1:
            return Looked(f"small training, {config}")
        result = check.run(command, min(left(deadline), PROCESS_SECONDS))
        wrong = "" if result.timed_out else result.problem
        return Looked(f"small training, {config}", 1, result.out + result.err, result.timed_out, wrong)

    def test(item):
        (program, suite), cases = item
        name = f"{program}: {suite}"
        before = check.cases.get((program, suite), {})  # failed tests are the ones to examine, unless they hang
        if (program, suite) in check.cases:
            cases = [case for case, outcome in before.items() if outcome.outcome != SKIPPED and
                     outcome.seconds <= LONGEST_CASE and not outcome.why.startswith("stopped after")]
        cases = [case for case in cases if not _NOT_UNDER_IT.search(case)]
        if not cases or left(deadline) < 1:
            return Looked(name)
        found, output = gtests.run_cases(check.run, [*wrap, check.test_executable(program)], cases, deadline,
                                         part_tests.TWO_THREADS, PROCESS_SECONDS)
        slow = [case for case, outcome in found.items() if outcome.why.startswith("stopped after")]
        wrong = [f"{case}: {outcome.why}" for case, outcome in found.items() if outcome.outcome == FAILED and
                 case not in slow and (case not in before or before[case].outcome == PASSED)]
        return Looked(name, len(found) - len(slow), output, bool(slow) or len(found) < len(cases), "; ".join(wrong[:1]))

    def seconds(item):
        return sum(outcome.seconds for outcome in check.cases.get(item[0], {}).values())

    work = [(training, config) for config in CONFIGS if check.built(check.command_line)]
    work += [(test, item) for item in sorted(part_tests.suites(check, deadline), key=seconds)]  # the shortest first
    return judged(check.side_by_side(JOBS, lambda item: item[0](item[1]), work))


@dataclasses.dataclass
class Looked:
    """What one program did under the sanitizer."""
    name: str
    cases: int = 0
    output: str = ""
    stopped: bool = False  # the time ran out
    wrong: str = ""        # it behaves differently than without the sanitizer


def judged(all_looked):
    answer = {PASSED: 0, FAILED: 0, "cases": 0, "failures": {}, "not_finished": [], "not_begun": []}
    for looked in all_looked:
        errors, what = findings(looked.output)
        answer["cases"] += looked.cases
        if errors:
            answer["failures"][looked.name] = f"{errors} errors: " + "; ".join(what)
        elif looked.wrong:
            answer["failures"][looked.name] = ("" if errors == 0 else "no summary: ") + ("; ".join(what) or looked.wrong)
        elif errors is None:  # no time left, or no case is short enough
            answer["not_finished" if looked.output or looked.stopped else "not_begun"].append(looked.name)
        else:
            answer[PASSED] += 1
            if looked.stopped:
                answer["not_finished"].append(looked.name)
    answer[FAILED] = len(answer["failures"])
    return answer


def memcheck(check, deadline):
    return sanitizer(check, "memcheck", deadline)


def racecheck(check, deadline):
    return sanitizer(check, "racecheck", deadline)


def synccheck(check, deadline):
    return sanitizer(check, "synccheck", deadline)
