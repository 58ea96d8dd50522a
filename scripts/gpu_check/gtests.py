# SPDX-License-Identifier: Apache-2.0
"""GoogleTest's executables: which of their cases run on a device, and what became of each, also where one crashes."""
import dataclasses
import re
import time

from report import FAILED, PASSED, SKIPPED

_END = re.compile(r"\[ +(OK|FAILED|SKIPPED) +\] (\S+?)(?:, where .*)? \((\d+) ms\)$", re.MULTILINE)
_START = re.compile(r"\[ RUN +\] (\S+)$", re.MULTILINE)
_OUTCOME = {"OK": PASSED, "FAILED": FAILED, "SKIPPED": SKIPPED}

# A case that runs longer has hung, or the preceding tests were slow: those after it get a new process.
PROCESS_SECONDS = 60
# Such a case tests what happens once per process.
_FIRST_CALL = re.compile("FirstCall")


@dataclasses.dataclass
class Case:
    outcome: str
    seconds: float = 0.0
    why: str = ""


def programs(root, device):
    """Names of the test programs (cmake/MetasolveTests.cmake) of which cases may run on the device."""
    paths = [path for path in sorted(root.glob("tests/*/*_test.c*")) if path.parent.name != "emulated_device"]
    of_devices = [path.stem for path in paths if is_of_devices(root, path.stem)]
    pattern = r'METASOLVE_ON_EXECUTORS|"cuda"' if device == "cuda" else r"METASOLVE_ON_EXECUTORS"
    folders = [path.parent.name + "_tests" for path in paths
               if path.stem not in of_devices and re.search(pattern, path.read_text(encoding="utf-8"))]
    return (of_devices if device == "cuda" else []) + list(dict.fromkeys(folders))


def is_of_devices(root, name):
    """Whether all cases of the program need a device."""
    return name.endswith("_cuda_test") or any(root.glob(f"tests/*/{name}.cu"))


def listed(text):
    """Full names out of --gtest_list_tests."""
    names, suite = [], ""
    for line in text.splitlines():
        name = line.split("#")[0].rstrip()
        if re.fullmatch(r"\S+\.", name):
            suite = name
        elif suite and re.fullmatch(r"  \S+", name) and not name.strip().startswith("DISABLED_"):
            names.append(suite + name.strip())
    return names


def on_device(root, name, cases, device):
    """Those that run on the device: all of a program of devices, of another those that say so."""
    if is_of_devices(root, name):
        return cases if device == "cuda" else []
    pattern = re.compile("cuda|device" if device == "cuda" else "/cpu$", re.IGNORECASE)
    return [case for case in cases if pattern.search(case)]


def by_suite(cases):
    suites = {}
    for case in cases:
        suites.setdefault(case.rsplit(".", 1)[0], []).append(case)
    return suites


def parsed(text, ending):
    """Cases that ended, and as failed the one that was running when the process did: `ending` says why."""
    cases = {name: Case(_OUTCOME[word], int(milliseconds) / 1000)
             for word, name, milliseconds in _END.findall(text)}
    begun = _START.findall(text)
    if begun and begun[-1] not in cases:
        cases[begun[-1]] = Case(FAILED, 0.0, ending or "the process ended in it")
    for name, case in cases.items():
        if case.outcome == FAILED and not case.why:
            case.why = _first_message(text, name)
    return cases


def _first_message(text, name):
    """The line after the first `Failure` of the case, which says what was expected or thrown."""
    body = text.split(f"[ RUN      ] {name}\n", 1)[-1].split("[  FAILED  ]", 1)[0]
    found = re.search(r"(?:Failure|error:.*|unknown file.*)\n((?:.*\n?){1,2})", body)
    return " ".join((found[1] if found else body).split())[:200] or "failed"


def run_cases(run, command, names, deadline, environment=None, process_seconds=PROCESS_SECONDS):
    """Outcomes by name, and the output. Cases after one that crashed or hung are run in a new process, those of a first
    call in one each; those that the time did not suffice for are missing."""
    together = [name for name in names if not _FIRST_CALL.search(name)]
    batches = [together] * bool(together) + [[name] for name in names if _FIRST_CALL.search(name)]
    outcomes, output = {}, ""
    while batches and deadline - time.monotonic() > 0.5:
        waiting, left = batches.pop(0), deadline - time.monotonic()
        result = run([*command, "--gtest_filter=" + ":".join(waiting), "--gtest_color=no"],
                     min(left, process_seconds), environment)
        output += result.out + result.err
        seen = parsed(result.out, result.ending)
        if result.timed_out and left <= process_seconds:  # the total time ran out, not the test's
            seen = {name: case for name, case in seen.items() if case.why != result.ending}
            outcomes.update(seen)
            break
        if not any(name in seen for name in waiting):
            why = result.problem or "no case was run"
            unseen = waiting + sum(batches, [])
            outcomes.update({name: Case(FAILED, 0.0, "did not start: " + why) for name in unseen})
            break
        outcomes.update(seen)
        rest = [name for name in waiting if name not in seen]
        batches = [rest] * bool(rest) + batches
    return outcomes, output


def counts(outcomes):
    return {key: sum(case.outcome == key for case in outcomes.values()) for key in (PASSED, FAILED, SKIPPED)}
