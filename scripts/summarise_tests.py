# SPDX-License-Identifier: Apache-2.0
"""Sums up the JUnit files that ctest wrote into a folder; scripts/test ends with it.

Files named *.failed stand for a step without a JUnit file, say a build, that failed. The folder python/ holds those that
pytest wrote: ctest's test Python.NAME is the cases of python/NAME.xml. The folder gtest-REPORT/ holds those of REPORT's suites:
ctest's test SUITE is the cases of gtest-REPORT/SUITE.xml, `-` for `/`.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
NO_DEVICE = "no CUDA device"


def left_out():
    """Cases that are too much for the emulated device, and why."""
    file = pathlib.Path(__file__).parent.parent / "tests/emulated_device/left_out"
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


LEFT_OUT = left_out()


def outcome(case):
    """ctest also reports as skipped what it could not run at all; that counts as failed here."""
    status = case.get("status")
    if status == "run":
        return PASSED, ""
    if status == "disabled":
        return SKIPPED, "disabled"
    skipped = case.find("skipped")
    reason = skipped.get("message", "") if skipped is not None else ""
    if status == "notrun" and reason.startswith("SKIP_"):
        return SKIPPED, reason
    return FAILED, reason


def outcome_in_pytest(case):
    for result, tag in ((FAILED, "failure"), (FAILED, "error"), (SKIPPED, "skipped")):
        found = case.find(tag)
        if found is not None:
            reason = " ".join(found.get("message", "").split())
            if reason == "collection skipped":  # a whole file; the reason is in the text, behind file and line
                reason = (found.text or reason).partition("Skipped: ")[2].rstrip("')\"") or reason
            return result, reason
    return PASSED, ""


def cases_of_pytest(folder):
    """By file: the name, result and reason of each case. A file that is no XML is that of a run cut short."""
    files = {}
    for report in sorted(folder.glob("*.xml")):
        try:
            root = xml.parse(report).getroot()
        except xml.ParseError:
            continue
        files[report.stem] = [(case.get("name"), *outcome_in_pytest(case)) for case in root.iter("testcase")]
    return files


def counts_as_its_cases(result, cases):
    """Not a test of ctest that failed outside its cases, say at exit."""
    return bool(cases) and (result != FAILED or any(one == FAILED for _, one, _ in cases))


def outcome_in_gtest(case):
    if case.find("failure") is not None:
        return FAILED, ""
    skipped = case.find("skipped")
    if skipped is not None:
        said = (skipped.get("message") or skipped.text or "").strip().splitlines()
        reason = " ".join(said[1:])  # behind file and line
        return SKIPPED, NO_DEVICE if NO_DEVICE in reason else reason
    return (PASSED, "") if case.get("status") == "run" else (SKIPPED, "disabled")


def cases_of_suite(folder, name):
    """Name, result and reason of each case; none of a suite that did not end."""
    try:
        root = xml.parse(folder / f"{name.replace('/', '-')}.xml").getroot()
    except (OSError, xml.ParseError):
        return []
    return [(f"{case.get('classname')}.{case.get('name')}", *outcome_in_gtest(case)) for case in root.iter("testcase")]


def cases_of_test(case, report):
    """Those that a test of ctest stands for, else itself."""
    result, reason = outcome(case)
    cases = cases_of_suite(report.parent / f"gtest-{report.stem}", case.get("name"))
    if counts_as_its_cases(result, cases):
        return cases
    if result == SKIPPED and any(NO_DEVICE in (part.text or "") for part in case.iter("system-out")):
        reason = NO_DEVICE
    return [(case.get("name"), result, reason)]


def name_of(name):
    """Of a case: ctest writes its parameter behind it."""
    return name.removeprefix("Emulated.").split("  # GetParam()")[0]


def main(folder):
    totals = dict.fromkeys((PASSED, FAILED, SKIPPED), 0)
    waiting, emulated = set(), set()  # cases that need a device, and those that ran on an emulated one
    python = cases_of_pytest(folder / "python")
    for report in sorted(folder.glob("*.xml")):
        counts = dict.fromkeys(totals, 0)
        tests = list(xml.parse(report).getroot().iter("testcase"))
        names = [test.get("name") for test in tests]
        for name in {name for name in names if names.count(name) > 1}:  # suites of one name share a file
            counts[FAILED] += 1
            print(f"{FAILED:>8}: {report.stem}: two tests have the name {name}")
        for test in tests:
            in_python = python.get(test.get("name").removeprefix("Python."), [])
            if test.get("name").startswith("Python.") and counts_as_its_cases(outcome(test)[0], in_python):
                continue
            for name, result, reason in cases_of_test(test, report):
                waits = result == SKIPPED and reason == NO_DEVICE
                if report.stem == "emulated" and not waits:
                    emulated.add(name_of(name))
                elif report.stem == "ci" and waits:
                    waiting.add(name_of(name))
                counts[result] += 1
                if result != PASSED:
                    print(f"{result:>8}: {report.stem}: {name}" + (f" ({reason})" if reason else ""))
        for result, count in counts.items():
            totals[result] += count
        print(f"{report.stem}: " + ", ".join(f"{count} {result}" for result, count in counts.items()))
    if python:
        counts = dict.fromkeys(totals, 0)
        for file, cases in python.items():
            for name, result, reason in cases:
                counts[result] += 1
                if result != PASSED:
                    print(f"{result:>8}: python: {file}: {name}" + (f" ({reason})" if reason else ""))
        for result, count in counts.items():
            totals[result] += count
        print("python: " + ", ".join(f"{count} {result}" for result, count in counts.items()))
    if emulated:
        for case in sorted(waiting - emulated):
            result = SKIPPED if case in LEFT_OUT else FAILED
            totals[result] += 1
            why = LEFT_OUT.get(case, "it wants a device, and is not among the tests on the emulated one")
            print(f"{result:>8}: emulated: {case} ({why})")
    for step in sorted(folder.glob("*.failed")):
        totals[FAILED] += 1
        print(f"{FAILED:>8}: {step.stem}: {step.read_text().strip()}")
    print(", ".join(f"{count} {result}" for result, count in totals.items()))
    return 0 if totals[FAILED] == 0 and totals[PASSED] > 0 else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
