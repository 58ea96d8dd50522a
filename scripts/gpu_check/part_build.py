# SPDX-License-Identifier: Apache-2.0
"""Builds: first what the parts on the device need, at the end the rest."""
import re

from check import Skip, left
from report import FAILED, PASSED


def configure(check):
    command = ["cmake", "-S", ".", "-B", check.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
               # Tests of the installed package would compile the library again.
               "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=4", "-DMETASOLVE_INSTALL=OFF", "-DMETASOLVE_PEERS=ON"]
    if check.cpu:
        command += ["-DMETASOLVE_CUDA=OFF"]
    else:
        command += ["-DMETASOLVE_CUDA=ON", f"-DCMAKE_CUDA_ARCHITECTURES={check.architecture}",
                    "-DCMAKE_CUDA_FLAGS=-lineinfo"]  # the same code, but the sanitizer then reports lines
    if check.deps:
        command.append(f"-DCMAKE_PREFIX_PATH={check.deps}")
    return command


def targets(check):
    """By target the executable that it makes."""
    made = {"metasolve-cli": check.command_line}
    made |= {name: check.test_executable(name) for name in check.device_tests()}
    made |= {"bench_" + name: check.build / "bench" / name for name in check.benches()}
    if not check.existing_build:  # which need not have one
        made["peers"] = check.our_side_of_peers
    return made


def failures(result):
    """What ninja says that it could not make."""
    failed = dict.fromkeys(re.findall(r"^FAILED: (?:\[\S+\] )?(\S+)", result.out, re.MULTILINE), "does not compile or link")
    if result.timed_out:
        failed["build"] = result.ending
    elif result.ending and not failed:
        failed["build"] = result.problem
    return failed


def build(check, deadline):
    made = targets(check)
    if not check.existing_build:
        result = check.run(configure(check), left(deadline))
        if result.ending:
            problem = re.search(r"CMake Error[^\n]*\n+((?:.+\n){1,3})", result.err)
            why = " ".join(problem[1].split()) if problem else result.ending
            return {PASSED: 0, FAILED: 1, "failures": {"configure": why[:300]}}
        # A failed compilation must not prevent the others.
        result = check.run(["cmake", "--build", check.build, "--parallel", check.cores, "--target", *made, "--", "-k", 0],
                           left(deadline))
        failed = failures(result)
    else:
        failed = {}
    missing = [name for name, executable in made.items() if not check.built(executable)]
    failed |= {name: "was not built" for name in missing}
    answer = {PASSED: len(made) - len(missing), FAILED: len(missing), "failures": failed}
    if not check.cpu:
        answer["architecture"] = "sm_" + check.architecture
    return answer


def build_rest(check, deadline):
    if check.existing_build:
        raise Skip("an existing build is used as it is")
    result = check.run(["cmake", "--build", check.build, "--parallel", check.cores, "--", "-k", 0], left(deadline))
    failed = failures(result)
    return {PASSED: int(not failed), FAILED: len(failed), "failures": failed}
