# SPDX-License-Identifier: Apache-2.0
"""scripts/fit_growth.py on reports that are made up, of known exponents."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

import fit_growth  # noqa: E402


def entry(name, seconds, iterations=0, **more):
    """As Google Benchmark writes it; iterations: of all tasks together."""
    found = {"name": name, "run_name": name, "run_type": "iteration", "real_time": seconds * 1e3, "time_unit": "ms"}
    return found | ({"task_iterations/s": iterations / seconds} if iterations else {}) | more


class FitGrowth(unittest.TestCase):
    def families(self, *reports):
        paths = []
        for index, benchmarks in enumerate(reports):
            path = pathlib.Path(self.folder.name) / f"{index}.json"
            path.write_text(json.dumps({"benchmarks": benchmarks}))
            paths.append(path)
        return fit_growth.read_families(paths)

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def fitted(self, points):
        return (fit_growth.fit({size: point.seconds for size, point in points.items()}),
                fit_growth.fit({size: point.per_iteration for size, point in points.items()}))

    def test_a_known_exponent(self):
        name = "forward/cpu:2/tasks:{}/iterations:9/repeats:3/manual_time"
        family = self.families([entry(name.format(n), 3e-8 * n**1.25, 70 * n)
                                for n in (10, 100, 1000)])["forward/cpu:2/tasks"]
        time, each = self.fitted(family)
        self.assertAlmostEqual(time.exponent, 1.25)
        self.assertAlmostEqual(each.exponent, 0.25)
        self.assertAlmostEqual(time.off, 0)

    def test_more_iterations_are_no_cost_of_an_iteration(self):
        # Twice the unknowns, four times the iterations: time grows by size^3, that of an iteration by size.
        family = self.families([entry(f"unknowns/N:{n}", 1e-9 * n**3, n**2) for n in (16, 32, 64)])["unknowns/N"]
        time, each = self.fitted(family)
        self.assertAlmostEqual(time.exponent, 3)
        self.assertAlmostEqual(each.exponent, 1)

    def test_how_far_a_point_lies_off(self):
        # In logarithms (0, 0), (1, d), (2, 0): the line is d / 3, the middle point lies 2 d / 3 above it.
        found = fit_growth.fit({1: 1.0, 10: 1.331, 100: 1.0})
        self.assertAlmostEqual(found.exponent, 0)
        self.assertAlmostEqual(found.off, 0.21)
        self.assertIsNone(fit_growth.fit({10: 1.0}))

    def test_of_repetitions_the_median_counts(self):
        repeated = [entry("a/m:1", seconds) for seconds in (2, 3, 50)]
        aggregates = [entry("a/m:1_mean", 18, run_name="a/m:1", run_type="aggregate", aggregate_name="mean"),
                      entry("a/m:1_median", 3, run_name="a/m:1", run_type="aggregate", aggregate_name="median")]
        failed = entry("a/m:1", 0, error_occurred=True)
        for report in (repeated, repeated + aggregates + [failed], aggregates):
            self.assertEqual(self.families(report)["a/m"][1].seconds, 3)

    def test_several_reports_and_what_is_printed(self):
        self.families([entry("a/tasks:1000/real_time", 2, 10), entry("no size", 1)], [entry("a/tasks:2000/real_time", 4, 20),
                                                                                      entry("a/tasks:10", 7)])
        paths = [f"{self.folder.name}/{index}.json" for index in (0, 1)]
        done = subprocess.run([ROOT / "scripts" / "fit_growth.py", *paths, "--from", "1000"], capture_output=True, text=True,
                              check=True)
        self.assertRegex(done.stdout, r"a/tasks +1\.00 +0\.0 % +0\.00 +0\.0 %   1000: 2 s, 2000: 4 s\n")

    def test_a_report_without_sizes_is_refused(self):
        self.families([entry("no size", 1)])
        done = subprocess.run([ROOT / "scripts" / "fit_growth.py", f"{self.folder.name}/0.json"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("has a size in its name", done.stderr)


if __name__ == "__main__":
    unittest.main()
