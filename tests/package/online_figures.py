#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench/online's program measures one cycle of the smallest simulation, and scripts/online-figures shows it.

Usage: online_figures.py PROGRAM FOLDER     a folder for the files
"""
import json
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])


class OnlineFigures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        FOLDER.mkdir(parents=True, exist_ok=True)
        out = FOLDER / "25.json"
        out.unlink(missing_ok=True)
        done = subprocess.run([PROGRAM, "--steps", "1000", "--seeds", "2", "--rounds", "1", "--timed-steps", "300", "--members",
                               "64", "--drift-steps", "500", "--without-overhead", "--out", out], capture_output=True, text=True)
        # It compares the iterations of calls with policy.online with those of the trajectories, and fails if they differ.
        assert done.returncode == 0, done.stderr
        cls.figures = json.loads(out.read_text(encoding="utf-8"))
        cls.rows = {row["method"]: row for row in cls.figures["rows"]}

    def test_constants_need_what_an_independent_program_needs(self):
        # Of 5000 steps, the same cycle five times, that needs 17.08 and 6.46.
        self.assertAlmostEqual(self.rows["CG"]["mean"], 17.08, delta=0.15)
        self.assertAlmostEqual(self.rows["omega 1.5"]["mean"], 6.46, delta=0.05)

    def test_the_bound_is_below_everything(self):
        bound = self.rows["per-step best"]["mean"]
        for row in self.rows.values():
            self.assertGreaterEqual(row["worst_seed"], bound - 1e-9, row["name"])
            self.assertLessEqual(row["mean"], row["worst_seed"] + 1e-9, row["name"])

    def test_learning_pays(self):
        online = self.rows["online"]
        self.assertLess(online["worst_seed"], self.rows["best fixed"]["mean"])
        self.assertLess(online["of_per_step_best"], 1.08)
        self.assertLess(online["worst_window_of_constant"], 1.05)
        self.assertEqual(online["seeds"], 2)
        for run in self.figures["batches"][0]["runs"]:
            self.assertLess(run["of_constant_so_far"][-1], 0.95)

    def test_nothing_is_lost_where_features_lie(self):
        self.assertEqual(len(self.figures["drift"]), 16)
        for each in self.figures["drift"]:
            self.assertLess(each["worst_of_constant"], 1.1, each["name"])

    def test_times_are_those_of_solves(self):
        times = {row["method"]: row for row in self.figures["seconds"]["rows"]}
        self.assertEqual(len(times), 7)
        for row in times.values():
            self.assertTrue(1e-7 < row["seconds_per_solve"] < 1, row)

    def test_the_script_prints_a_table(self):
        merged = FOLDER / "online.json"
        rows = self.figures["rows"]
        merged.write_text(json.dumps({"rows": rows, "sizes": {"576": self.figures}}), encoding="utf-8")
        done = subprocess.run([sys.executable, ROOT / "scripts" / "online-figures", "--print", merged, "--image",
                               FOLDER / "online.png"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for row in rows:
            self.assertRegex(done.stdout, rf"{row['name']} +{row['mean']:.3f} ")

    def test_wrong_options_are_named(self):
        for options in (["--seeds", "0", "--out", "x"], ["--fast", "1"], ["--seeds", "2"]):
            done = subprocess.run([PROGRAM, *options], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(options[0] if len(options) != 2 or options[0] == "--fast" else "--out", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
