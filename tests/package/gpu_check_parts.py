# SPDX-License-Identifier: Apache-2.0
"""The parts of scripts/gpu-check with stand-ins for the programs: what is run in which process and order, and what becomes
of crashes, timeouts and tools that do not work."""
import sys
import time
import unittest

sys.dont_write_bytecode = True
from stand_ins import ROOT, InAFolder, executable, peer  # noqa: E402  which finds the modules below

import gtests  # noqa: E402
import runner  # noqa: E402
from report import FAILED, PASSED, SKIPPED  # noqa: E402

# A test executable that records which cases each of its processes runs.
NOTING = r"""#!/bin/bash
echo "${1#--gtest_filter=}" >> NOTES
IFS=:
for name in ${1#--gtest_filter=}; do echo "[ RUN      ] $name"; echo "[       OK ] $name (1 ms)"; done
"""

# Google Benchmark's: cases in sequence, each written when it ends. The second behaves as instructed.
BENCH = r"""#!/usr/bin/env python3
import os, re, sys, time
given = dict(word.split("=", 1) for word in sys.argv[1:])
cases = ["f/cuda/tasks:10000000", "f/cuda/tasks:1", "f/cuda/tasks:2", "f/cuda/tasks:3", "f/cpu:1/tasks:1"]
if "--benchmark_list_tests" in given:
    print("\n".join(cases))
    sys.exit()
with open(given["--benchmark_out"], "w") as out:
    out.write('{\n  "benchmarks": [\n')
    for case in cases:
        if not re.search(given["--benchmark_filter"], case):
            continue
        if case.endswith(":2"):
            SECOND
        out.write('    {"name": "%s",\n "real_time": 1\n    },\n' % case)
        out.flush()
    out.seek(out.tell() - 2)
    out.write("\n  ]\n}\n")
"""

# The command line: trains and evaluates immediately, except for one configuration.
COMMAND_LINE = r"""#!/bin/bash
case $1 in
  train) for ((i = 2; i <= $#; ++i)); do [ "${!i}" != --out ] || { j=$((i + 1)); folder=${!j}; }; done
         case $2 in *CONFIG.toml) mkdir -p "$folder"; echo '{"epoch": 6, "seconds": 1}' > "$folder/metrics.jsonl"
                                  INSTEAD ;; esac
         echo '{"finished": true, "seconds": 1}'; mkdir -p "$folder"; echo '{"epoch": 9}' > "$folder/metrics.jsonl" ;;
  evaluate) echo '{"tolerances": [{"tolerance": 1e-6, "meta": {"mean": 2, "converged_share": 1},
                                   "baseline": {"mean": 3, "converged_share": 1}}]}' ;;
esac
"""


class Parts(InAFolder):
    def parts(self, build, only, *options, sanitizer="", status=0):
        done = self.check("--build", build, "--tests", "^exec_tests$", "--only", only, *options,
                          environment=self.fake_machine(sanitizer))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return self.report()["parts"]

    def log(self):
        return (self.out / "log.txt").read_text()

    def test_first_calls_have_a_process_each(self):
        notes = self.folder / "notes"
        program = executable(self.folder / "noting_test", NOTING.replace("NOTES", str(notes)))
        run = runner.Runner(self.folder / "log.txt", ROOT).run
        names = ["Widths/FirstCall.IsCaptured/0", "A.B", "Widths/FirstCall.IsCaptured/1", "A.C"]
        outcomes, _ = gtests.run_cases(run, [program], names, time.monotonic() + 60)
        self.assertEqual({name: case.outcome for name, case in outcomes.items()}, dict.fromkeys(names, PASSED))
        self.assertEqual(notes.read_text().splitlines(), ["A.B:A.C", names[0], names[2]])

    def benchmarks(self, second, *options, status=0):
        build = self.fake_build(bench__forward_bench=BENCH.replace("SECOND", second))
        return self.parts(build, "benchmarks", *options, status=status)[0]

    def test_the_largest_benchmark_is_the_last(self):
        part = self.benchmarks("pass")
        self.assertEqual((part["status"], part[PASSED]), (PASSED, 4))
        self.assertEqual(list(part["figures"])[-1], "forward_bench: f/cuda/tasks:10000000")

    def test_benchmarks_after_one_that_crashes_are_run(self):
        part = self.benchmarks("os.abort()", status=1)
        self.assertEqual(part["failures"], {"forward_bench: f/cuda/tasks:2": "killed by SIGABRT"})
        self.assertEqual([name.rsplit(":", 1)[1] for name in part["figures"]], ["1", "3", "10000000"])

    def test_a_benchmark_that_hangs_leaves_time_for_others(self):
        start = time.monotonic()
        part = self.benchmarks("time.sleep(600)", "--minutes", "0.5")
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual(part["reason"], "no time left for all of forward_bench")
        self.assertEqual([name.rsplit(":", 1)[1] for name in part["figures"]], ["1", "10000000"])

    def test_where_all_hangs_it_ends_in_time(self):
        hangs = "#!/bin/bash\ntrap '' TERM\nsleep 600 & wait; sleep 600\n"
        build = self.fake_build("trap '' TERM; sleep 600", metasolve=hangs, bench__forward_bench=hangs,
                                bench__gradient_bench=BENCH.replace("SECOND", "time.sleep(600)"), bench__peers__ours=hangs)
        start = time.monotonic()
        done = self.check("--build", build, "--tests", "^exec_tests$", "--minutes", "0.4",
                          environment=self.fake_machine("sleep 600\n"))
        self.assertLess(time.monotonic() - start, 45)  # with a margin for a busy machine
        self.assertEqual(done.returncode, 1)
        self.assertTrue(self.report()["finished"])

    def test_a_sanitizer_that_does_not_work_is_tried_once(self):
        build = self.fake_build(metasolve="#!/bin/bash\n")
        tests, *sanitizers = self.parts(build, "device tests,memcheck,racecheck,synccheck",
                                        sanitizer='echo "========= Error: Device not supported"; exit 1\n')
        self.assertEqual(tests[PASSED], 3)
        self.assertEqual([part["status"] for part in sanitizers], [SKIPPED] * 3)
        self.assertEqual([part["reason"] for part in sanitizers],
                         ["compute-sanitizer does not work here: Error: Device not supported"] +
                         ["compute-sanitizer does not work here"] * 2)
        self.assertEqual(self.log().count("compute-sanitizer --tool"), 1)

    def trainings(self, instead, *options, status=0):
        build = self.fake_build(metasolve=COMMAND_LINE.replace("CONFIG", "elasticity").replace("INSTEAD", instead))
        part, = self.parts(build, "trainings", *options, status=status)
        self.assertEqual(part[PASSED], 2)
        return part

    def test_a_training_without_enough_time_is_no_failure(self):
        part = self.trainings("exec sleep 600", "--minutes", "0.25")
        self.assertEqual((part["status"], part[FAILED], part["failures"]), (PASSED, 0, {}))
        self.assertRegex(part["timeouts"]["elasticity"], r"^stopped after \d+ s, in epoch 7$")
        self.assertEqual(part["reason"], "the time did not suffice for elasticity")

    def test_a_training_that_fails_is_one(self):
        part = self.trainings("echo 'metasolve: it broke' >&2; exit 3", status=1)
        self.assertEqual((part["status"], part[FAILED]), (FAILED, 1))
        self.assertEqual(part["failures"], {"elasticity": "exit status 3: metasolve: it broke, in epoch 7"})

    def peers(self, status=0, **programs):
        names = {f"bench__peers__{name}": text for name, text in programs.items()}
        return self.parts(self.fake_build(**names), "peers", status=status)[0]

    def test_peers_are_compared_on_the_device(self):
        part = self.peers(ours=peer("metasolve"), ginkgo_cg=peer("Ginkgo", "jacobi_cg", 3.0))
        self.assertEqual((part["status"], part["figures"]["jacobi_cg: Ginkgo"]["ratio"]), (PASSED, 3.0))
        part = self.peers(status=1, ours=peer("metasolve"), ginkgo_cg=peer("Ginkgo", "jacobi_cg", near=0.5))
        self.assertEqual((part["status"], part["failures"]), (FAILED, {"jacobi_cg: Ginkgo": "its counts are not ours"}))

    def test_our_side_that_fails_is_a_failure(self):
        part = self.peers(status=1, ours=peer("metasolve", before="sys.exit('peers_ours: built without CUDA')"))
        self.assertIn("peers_ours: built without CUDA", part["failures"]["compare"])

    def test_without_our_side_there_is_nothing_to_compare(self):
        self.assertEqual(self.peers()["reason"], "our side of it was not built")


if __name__ == "__main__":
    unittest.main()
