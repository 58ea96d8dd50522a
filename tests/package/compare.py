# SPDX-License-Identifier: Apache-2.0
"""scripts/compare with stand-ins for the programs: what it makes of counts, failures, missing peers and too little time."""
import json
import os
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
from stand_ins import ROOT, InAFolder, executable, peer  # noqa: E402

NO_JAX_OR_TORCH = "#!/bin/bash\nexit 1\n"


class Compare(InAFolder):
    def compare(self, *options, environment=None):
        return subprocess.run([ROOT / "scripts" / "compare", *map(str, options)], capture_output=True, text=True,
                              env={**os.environ, **(environment or {})}, check=False)

    def compared(self, *options, status=0, device="cpu", **programs):
        """Its output and its report."""
        names = {f"bench__peers__{name}": text for name, text in {"ours": peer("metasolve"), **programs}.items()}
        python = executable(self.folder / "python", NO_JAX_OR_TORCH)
        done = self.compare("--build", self.fake_build(**names), "--no-build", "--python", python, "--threads", 1, "--out",
                            self.folder / "report.json", "--device", device, *options,
                            environment=self.fake_machine("") if device == "cuda" else None)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, json.loads((self.folder / "report.json").read_text())

    def test_wrong_options_are_refused(self):
        for options, says in ((["--tasks", "3"], "--tasks: at least 64"), (["--tasks", "x"], "--tasks: invalid int"),
                              (["--threads", "0"], "--threads: 1 to "), (["--repeats", "0"], "--repeats: at least 1"),
                              (["--seconds", "0"], "--seconds: above 0"), (["--work", "tea"], "--work: invalid choice"),
                              (["--device", "tpu"], "--device: invalid choice"),
                              (["--out", self.folder / "none" / "x.json"], "--out: "),
                              (["--python", "no-such-python"], "--python: no-such-python is no interpreter"),
                              (["--device", "cuda", "--work", "newton"], "--work: newton has nothing to compare with"),
                              (["--no-build", "--build", self.folder], "--no-build: our side is not in")):
            done = self.compare(*options)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(says, done.stderr)

    def test_without_a_device_it_says_so(self):
        executable(self.folder / "bin" / "nvidia-smi", "#!/bin/bash\nexit 9\n")
        done = self.compare("--device", "cuda", environment={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"})
        self.assertEqual((done.returncode, done.stdout), (77, ""))
        self.assertIn("no CUDA device here", done.stderr)

    def test_a_peer_beside_ours(self):
        text, report = self.compared("--work", "iccg", "--work", "training", petsc_iccg=peer("PETSc", "iccg", 4.0))
        petsc = report["rows"][1]
        self.assertEqual((petsc["peer"], petsc["ratio"], petsc["same_counts"]), ("PETSc", 4.0, True))
        self.assertEqual(petsc["task_iterations_per_second"], 1024 * 50 / 4.0)
        self.assertRegex(text, r"PETSc +1\.2 +1024 +1 +same +100\.00 % +50\.00 +4 +0\.0128 +4 x +1\n")
        self.assertEqual([row["peer"] for row in report["rows"] if "status" not in row], ["metasolve", "PETSc", "metasolve"])
        self.assertEqual({row["status"] for row in report["rows"] if "status" in row}, {"not installed"})
        self.assertEqual(report["versions"], {"metasolve": "1.2", "PETSc": "1.2"})
        self.assertIn("cpu", report["machine"])
        self.assertNotIn(str(ROOT), json.dumps(report))

    def test_counts_that_are_not_ours(self):
        text, report = self.compared("--work", "iccg", status=1, petsc_iccg=peer("PETSc", "iccg", near=0.8))
        self.assertIs(report["rows"][1]["same_counts"], False)
        self.assertIn("DIFFER", text)

    def test_a_program_that_fails_does_not_stop_the_others(self):
        fails = peer("PETSc", "iccg", before="sys.exit('petsc_iccg: it broke')")
        text, report = self.compared("--work", "iccg", "--work", "jacobi_cg", status=1, petsc_iccg=fails,
                                     ginkgo_cg=peer("Ginkgo", "jacobi_cg"))
        self.assertEqual(report["rows"][1]["missing"], "failed: petsc_iccg: it broke")
        self.assertEqual(report["rows"][-1]["peer"], "Ginkgo")
        self.assertNotIn("status", report["rows"][-1])

    def test_what_the_time_does_not_suffice_for_is_left_out(self):
        start = time.monotonic()
        slow = peer("PETSc", "iccg", before="import time; time.sleep(600)")
        _, report = self.compared("--work", "iccg", "--work", "jacobi_cg", "--seconds", 3, petsc_iccg=slow,
                                  ginkgo_cg=peer("Ginkgo", "jacobi_cg"))
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual([row.get("status") for row in report["rows"]], [None, "no time left", "not installed", "no time left"])

    def test_on_a_device(self):
        text, report = self.compared("--work", "iccg", "--work", "jacobi_cg", device="cuda",
                                     ginkgo_cg=peer("Ginkgo", "jacobi_cg", 3.0))
        measured = [row for row in report["rows"] if "status" not in row]
        self.assertEqual([row["peer"] for row in measured], ["metasolve", "metasolve", "Ginkgo"])
        self.assertEqual({row["device"] for row in measured}, {"cuda"})
        self.assertEqual({row["tasks"] for row in measured}, {1024})
        self.assertEqual(report["machine"]["gpu"], "NVIDIA Pretence")
        self.assertRegex(text, r"by Ginkgo: 3 x\n")
        self.assertRegex(text, r"Ginkgo .* 2\n")  # MiB of the device's memory


if __name__ == "__main__":
    unittest.main()
