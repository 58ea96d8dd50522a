# SPDX-License-Identifier: Apache-2.0
"""scripts/gpu-check without a GPU: what it would run, a small run on the CPU, and, with stand-ins for the programs, what it
makes of crashes, hanging tests, findings and of being stopped.

Usage: gpu_check.py BUILD_FOLDER
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from stand_ins import ROOT, InAFolder  # noqa: E402  which finds the modules below

import gtests  # noqa: E402
import main as gpu_check  # noqa: E402
import part_benchmarks  # noqa: E402
import part_sanitizers  # noqa: E402
import part_tests  # noqa: E402
import runner  # noqa: E402
from report import FAILED, PASSED, SKIPPED, scrubbed  # noqa: E402

BUILD = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else "build").resolve()

PARTS = [part.name for part in gpu_check.PARTS]

class Commands(InAFolder):
    def test_dry_run_shows_each_parts_commands(self):
        done = self.check("--dry-run", "--minutes", "9")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(re.findall(r"^== (.*), at most", done.stdout, re.MULTILINE), PARTS)
        for text in ("-DMETASOLVE_CUDA=ON", "tests/exec_tests '--gtest_filter=*/cuda'", "--tool memcheck",
                     "--tool racecheck", "configs/poisson.toml", "configs/robertson.toml", "configs/elasticity.toml",
                     "bench/forward_bench", "scripts/compare --device cuda --no-build", "ctest"):
            self.assertIn(text, done.stdout)
        self.assertEqual([part["status"] for part in self.report()["parts"]], [SKIPPED] * len(PARTS))

    def test_without_a_device_it_says_so(self):
        if gpu_check.machine.gpu():
            self.skipTest("there is a GPU")
        done = self.check()
        self.assertEqual(done.returncode, 77)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertIn("no CUDA device", done.stdout)

    def test_wrong_arguments_are_refused(self):
        for options in (["--only", "tea"], ["--minutes", "0"], ["--build", self.folder], ["--deps", self.folder / "none"]):
            self.assertEqual(self.check(*options).returncode, 2, options)


class OnTheCpu(InAFolder):
    def test_small_parts_run(self):
        if not (BUILD / "tests" / "exec_tests").exists():
            self.skipTest("no exec_tests in the build")
        done = self.check("--device", "cpu", "--build", BUILD, "--only", "device tests,memcheck,trainings", "--tests",
                          "^exec_tests$", "--minutes", "1.5")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = self.report()
        self.assertTrue(report["finished"])
        tests, memcheck, trainings = report["parts"]
        self.assertGreater(tests[PASSED], 5)
        self.assertEqual(memcheck["status"], SKIPPED)
        self.assertEqual(trainings[PASSED], 3)
        for figures in trainings["figures"].values():
            self.assertGreater(figures["tolerances"][0]["baseline_iterations"], 0)


class WithStandIns(InAFolder):
    def run_cases(self, second, process_seconds=60):
        build = self.fake_build(second)
        run = runner.Runner(self.folder / "log.txt", ROOT).run
        listed = run([build / "tests" / "exec_tests", "--gtest_list_tests"], 9).out
        names = gtests.on_device(ROOT, "exec_tests", gtests.listed(listed), "cuda")
        self.assertEqual(names, [f"Executors/Things.{test}/cuda" for test in ("Add", "Break", "Carry")])
        outcomes, _ = gtests.run_cases(run, [build / "tests" / "exec_tests"], names, time.monotonic() + 60,
                                       process_seconds=process_seconds)
        return [outcomes[name] for name in names]

    def test_cases_after_one_that_crashes_are_run(self):
        add, crash, carry = self.run_cases("kill -ABRT $$")
        self.assertEqual((add.outcome, crash.outcome, carry.outcome), (PASSED, FAILED, PASSED))
        self.assertEqual(crash.why, "killed by SIGABRT")
        self.assertEqual(add.seconds, 0.007)

    def test_cases_after_one_that_hangs_are_run(self):
        add, hang, carry = self.run_cases("sleep 60", process_seconds=2)
        self.assertEqual((add.outcome, hang.outcome, carry.outcome), (PASSED, FAILED, PASSED))
        self.assertIn("stopped after ", hang.why)

    def test_failures_have_their_message(self):
        fails = ("printf 'a.cpp:9: Failure\\nExpected: x\\n  which is 3\\n'; "
                 "echo \"[  FAILED  ] $name, where GetParam() = \\\"cuda\\\" (2 ms)\"; continue")
        failed = self.run_cases(fails)[1]
        self.assertEqual((failed.outcome, failed.why), (FAILED, "Expected: x which is 3"))

    def test_findings_of_the_sanitizer_are_failures(self):
        says = ('while [ "${1:0:2}" = -- ]; do shift 2; done\n"$@"\n'
                'echo "========= Invalid __global__ write of size 8 bytes"\necho "========= ERROR SUMMARY: 2 errors"\n')
        done = self.check("--build", self.fake_build("true"), "--tests", "^exec_tests$",
                          "--only", "device tests,memcheck,benchmarks", environment=self.fake_machine(says))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        report = self.report()
        self.assertEqual(report["machine"]["gpu"], "NVIDIA Pretence")
        tests, memcheck, benchmarks = report["parts"]
        self.assertEqual((tests["status"], tests[PASSED]), (PASSED, 3))
        self.assertEqual((memcheck["status"], memcheck[FAILED], memcheck["cases"]), (FAILED, 1, 3))
        self.assertEqual(memcheck["failures"], {"exec_tests: Executors/Things": "2 errors: Invalid __global__ write of size 8 bytes"})
        self.assertEqual((benchmarks["status"], benchmarks["reason"]), (SKIPPED, "no benchmark was built"))

    def test_stopped_from_outside_it_leaves_what_it_has(self):
        environment = {**os.environ, **self.fake_machine("")}
        check = subprocess.Popen([ROOT / "scripts" / "gpu-check", self.out, "--build", self.fake_build("sleep 300"),
                                  "--tests", "^exec_tests$", "--only", "build,device tests"], stdout=subprocess.PIPE,
                                 env=environment)
        limit = time.monotonic() + 30
        while not (self.out / "report.json").exists() or not json.loads((self.out / "report.json").read_text())["parts"]:
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.05)
        time.sleep(0.3)
        check.send_signal(signal.SIGTERM)
        check.communicate(timeout=30)
        report = self.report()
        self.assertFalse(report["finished"])
        self.assertEqual(report["reason"], "stopped from outside, in the part device tests")
        self.assertEqual([part["name"] for part in report["parts"]], ["build"])


class Reading(unittest.TestCase):
    def test_summaries_of_the_sanitizer(self):
        write = ("========= Invalid __global__ write of size 8 bytes\n"
                 "=========     at void run<a, b>(c)+0x90 in /x/jacobi.hpp:12\n========= ERROR SUMMARY: 1 error\n")
        self.assertEqual(part_sanitizers.findings(write),
                         (1, ["Invalid __global__ write of size 8 bytes in /x/jacobi.hpp:12"]))
        race = ("========= Error: Race reported between Write access\n"
                "========= RACECHECK SUMMARY: 3 hazards displayed (1 error)\n")
        self.assertEqual(part_sanitizers.findings(race), (3, ["Error: Race reported between Write access"]))
        self.assertEqual(part_sanitizers.findings("========= ERROR SUMMARY: 0 errors\n"), (0, []))
        self.assertEqual(part_sanitizers.findings("nothing"), (None, []))

    def test_lines_of_ctest(self):
        lines = (" 9/12 Test  #9: Executors/Sums.CarryNaN/cpu ....   Passed    0.01 sec\n"
                 "10/12 Test #10: A.B ............***Failed    0.00 sec\n11/12 Test #11: A.C ....***Skipped   0.00 sec\n"
                 "      Start 12: A.D\n12/12 Test #12: A.D ....***Exception: SegFault  0.00 sec\n")
        self.assertEqual(part_tests.ctest_ends(lines), [("Executors/Sums.CarryNaN/cpu", "Passed"), ("A.B", "Failed"),
                                                        ("A.C", "Skipped"), ("A.D", "Exception")])

    def test_benchmarks_that_were_stopped(self):
        whole = json.dumps({"benchmarks": [{"name": "a", "real_time": 1.5}, {"name": "b", "real_time": 2}]}, indent=2)
        self.assertEqual(len(part_benchmarks.entries(whole)), 2)
        self.assertEqual(part_benchmarks.entries(whole[:whole.index('"b"')]), [{"name": "a", "real_time": 1.5}])
        self.assertEqual(part_benchmarks.entries(whole[:30]), [])

    def test_folders_are_left_out(self):
        self.assertEqual(scrubbed({"a": ["/home/me/x/y.cpp:7: no", "see ~/x/z", "Executors/Sums.A/cuda", "3 tasks/s"]}),
                         {"a": ["y.cpp:7: no", "see z", "Executors/Sums.A/cuda", "3 tasks/s"]})

    def test_each_part_keeps_time_for_those_after_it(self):
        left = 540.0
        for index, part in enumerate(gpu_check.PARTS):
            limit = gpu_check.limit_of(index, gpu_check.PARTS, 540, left)
            self.assertGreaterEqual(limit + 1e-6, part.at_least * 540, part.name)
            left -= limit
        self.assertGreaterEqual(left, -1e-6)


if __name__ == "__main__":
    unittest.main()
