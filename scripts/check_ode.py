# SPDX-License-Identifier: Apache-2.0
"""Checks the shipped ODE systems (kernels/problems/systems/) and `metasolve integrate` against SciPy's Radau method.

Usage: check_ode.py [BINARY] [--only NAME]     BINARY: build/metasolve

The right-hand sides below are written from the published definitions and share nothing with the C++ ones. For each
system: Radau's end values against the published ones; then implicit Euler with N, 2 N and 4 N steps, whose error
against Radau must halve as the steps do, and whose extrapolations 2 y(2 N) - y(N) and 2 y(4 N) - y(2 N) must agree
with Radau. Exit status: 0 passed, 1 a check failed, 77 SciPy is missing.
"""
import argparse
import csv
import dataclasses
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

try:
    import numpy as np
    from scipy.integrate import solve_ivp
except ImportError as error:
    print(f"skipped: {error}; NumPy and SciPy are needed (Debian: apt-get install python3-scipy)")
    sys.exit(77)

RTOL, ATOL = 1e-10, 1e-14
PUBLISHED_TOLERANCE = 1e-8
RATIO = (1.7, 2.4)  # of the errors with N and 2 N steps; 2 for a first-order method, as N grows
PARTS = 4  # states after 1/4, 2/4, 3/4 and all of the steps are compared


def robertson(t, y):
    """Hairer and Wanner, Solving ODEs II, eq. IV.1.4."""
    a, b, c = y
    return [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2]


def van_der_pol(t, y):
    """Hairer and Wanner, sect. IV.1, not scaled; mu = 1000."""
    return [y[1], 1000 * (1 - y[0] ** 2) * y[1] - y[0]]


def orego(t, y):
    """Mazzia and Magherini, Test Set for IVP Solvers, problem OREGO."""
    a, b, c = y
    return [77.27 * (b + a * (1 - 8.375e-6 * a - b)), (c - (1 + a) * b) / 77.27, 0.161 * (a - c)]


def hires(t, y):
    """Test Set for IVP Solvers, problem HIRES, from its reaction scheme."""
    k1, k2, k3, k4, k5, k6, k_plus, k_minus, k_star, oks = 1.71, 0.43, 8.32, 0.69, 0.035, 8.32, 280, 0.69, 0.69, 0.0007
    pr, pfr, prx, pfrx, prx1, pfrx1, pfrx1e, e = y
    binding = k_plus * pfrx1 * e
    return [-k1 * pr + k2 * pfr + k6 * prx + oks,
            k1 * pr - (k2 + k3) * pfr,
            -(k6 + k1) * prx + k2 * pfrx + k5 * prx1,
            k3 * pfr + k1 * prx - (k4 + k2) * pfrx,
            -(k5 + k1) * prx1 + k2 * (pfrx1 + pfrx1e),
            -binding + k4 * pfrx + k1 * prx1 - k2 * pfrx1 + k_minus * pfrx1e,
            binding - (k2 + k_minus + k_star) * pfrx1e,
            -binding + (k2 + k_minus + k_star) * pfrx1e]


POLLUTION = """
1  0.35     NO2       -> NO O3P
2  26.6     NO O3     -> NO2
3  1.23e4   HO2 NO    -> NO2 OH
4  8.6e-4   HCHO      -> HO2 HO2 CO
5  8.2e-4   HCHO      -> CO
6  1.5e4    HCHO OH   -> HO2 CO
7  1.3e-4   ALD       -> MEO2 HO2 CO
8  2.4e4    ALD OH    -> C2O3
9  1.65e4   C2O3 NO   -> NO2 MEO2 CO2
10 9e3      C2O3 NO2  -> PAN
11 0.022    PAN       -> C2O3 NO2
12 1.2e4    MEO2 NO   -> CH3O NO2
13 1.88     CH3O      -> HCHO HO2
14 1.63e4   NO2 OH    -> HNO3
15 4.8e6    O3P       -> O3
16 3.5e-4   O3        -> O1D
17 0.0175   O3        -> O3P
18 1e8      O1D       -> OH OH
19 4.44e11  O1D       -> O3P
20 1.24e3   SO2 OH    -> SO4 HO2
21 2.1      NO3       -> NO
22 5.78     NO3       -> NO2 O3P
23 0.0474   NO2 O3    -> NO3
24 1.78e3   NO3 NO2   -> N2O5
25 3.12     N2O5      -> NO3 NO2
"""
SPECIES = "NO2 NO O3P O3 HO2 OH HCHO CO ALD MEO2 C2O3 CO2 PAN CH3O HNO3 O1D SO2 SO4 NO3 N2O5".split()


def reactions(table):
    """Rate constants [r], stoichiometric matrix [species][r], and the one or two species that a rate multiplies."""
    lines = [line.split() for line in table.strip().splitlines()]
    change = np.zeros((len(SPECIES), len(lines)))
    first, second = [], []  # second: one past the last species stands for 1
    for r, words in enumerate(lines):
        arrow = words.index("->")
        used = [SPECIES.index(s) for s in words[2:arrow]]
        for i in used:
            change[i, r] -= 1
        for s in words[arrow + 1:]:
            change[SPECIES.index(s), r] += 1
        first.append(used[0])
        second.append(used[1] if len(used) == 2 else len(SPECIES))
    return np.array([float(words[1]) for words in lines]), change, first, second


RATE_CONSTANTS, CHANGE, FIRST, SECOND = reactions(POLLUTION)


def pollution(t, y):
    """Verwer, SIAM J. Sci. Comput. 15 (1994); Test Set for IVP Solvers, problem POLLUTION, from its reaction table."""
    with_one = np.append(y, 1.0)
    return CHANGE @ (RATE_CONSTANTS * with_one[FIRST] * with_one[SECOND])


@dataclasses.dataclass
class Problem:
    rate: Callable
    start: list
    published_at: float
    published: list  # Test Set for IVP Solvers, release 2.4
    end_time: float  # of the comparison with implicit Euler
    spacing: str
    steps: int  # the smallest of the three counts
    residual: float  # ||g|| at which a step's solve stops: far below the step's own error, above rounding
    tolerance: float  # of the extrapolation from the most steps, relative to the largest |y_i| compared


PROBLEMS = {
    "robertson": Problem(
        robertson, [1, 0, 0],
        1e11, [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050],
        1e4, "log", 1000, 1e-13, 1e-6),
    # Before the first jump at t = 807: after it a small error in its time would dominate.
    "van_der_pol": Problem(
        van_der_pol, [2, 0],
        2000, [0.1706167732170483e1, -0.8928097010247975e-3],
        500, "linear", 1000, 1e-13, 1e-7),
    # Through the first pulse, at t of about 20, and well into the slow part after it.
    "orego": Problem(
        orego, [1, 2, 3],
        360, [0.1000814870318523e1, 0.1228178521549917e4, 0.1320554942846706e3],
        120, "linear", 12000, 1e-9, 1.5e-4),
    "hires": Problem(
        hires, [1, 0, 0, 0, 0, 0, 0, 0.0057],
        321.8122, [0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
                   0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2],
        321.8122, "linear", 5000, 1e-13, 2e-4),
    "pollution": Problem(
        pollution, [0, 0.2, 0, 0.04, 0, 0, 0.1, 0.3, 0.01, 0, 0, 0, 0, 0, 0, 0, 0.007, 0, 0, 0],
        60, [0.5646255480022769e-1, 0.1342484130422339, 0.4139734331099427e-8, 0.5523140207484359e-2,
             0.2018977262302196e-6, 0.1464541863493966e-6, 0.7784249118997964e-1, 0.3245075353396018,
             0.7494013383880406e-2, 0.1622293157301561e-7, 0.1135863833257075e-7, 0.2230505975721359e-2,
             0.2087162882798630e-3, 0.1396921016840158e-4, 0.8964884856898295e-2, 0.4352846369330103e-17,
             0.6899219696263405e-2, 0.1007803037365946e-3, 0.1772146513969984e-5, 0.5682943292316392e-4],
        60, "log", 1000, 1e-14, 1e-5),
}


class Checks:
    def __init__(self):
        self.failed = 0

    def check(self, name, what, passed):
        # `passed` is a comparison that NaN fails.
        print(f"{'passed' if passed else 'FAILED'}  {name}: {what}", flush=True)
        self.failed += not passed


def radau(problem, times):
    """States at ascending times, each the end of a step: the method's dense output is less accurate than its steps."""
    states, y, t = [], np.array(problem.start, dtype=float), 0.0
    for end in times:
        if end > t:
            solution = solve_ivp(problem.rate, (t, end), y, method="Radau", rtol=RTOL, atol=ATOL)
            if not solution.success:
                raise RuntimeError(f"Radau: {solution.message}")
            y, t = solution.y[:, -1], end
        states.append(y)
    return states


def euler(binary, name, problem, steps, folder):
    """[(t, y)] after 0, 1/4, ... and all of the steps."""
    file = pathlib.Path(folder) / f"{name}_{steps}.csv"
    command = [str(binary), "integrate", "--problem", name, "--steps", str(steps), "--spacing", problem.spacing,
               "--end-time", repr(float(problem.end_time)), "--relaxation", "1.0",
               "--tolerance", repr(problem.residual), "--on-failure", "newton", "--trajectory", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    with open(file, encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        header = next(rows)
        size = len(problem.start)
        expected = ["set", "step", "t"] + [f"y{i + 1}" for i in range(size)] + ["status", "repair"]
        if header != expected:
            raise RuntimeError(f"{file.name}: columns {header}, expected {expected}")
        wanted = {str(steps * part // PARTS) for part in range(PARTS + 1)}
        found = [row for row in rows if row[1] in wanted]
    if [int(row[1]) for row in found] != [steps * part // PARTS for part in range(PARTS + 1)]:
        raise RuntimeError(f"{file.name}: steps {[row[1] for row in found]}, expected one set with {steps} steps")
    return [(float(row[2]), np.array([float(x) for x in row[3:3 + size]])) for row in found]


def check_problem(checks, name, problem, binary, folder):
    begin = time.monotonic()
    counts = [problem.steps, 2 * problem.steps, 4 * problem.steps]
    runs = [euler(binary, name, problem, steps, folder) for steps in counts]
    took = time.monotonic() - begin
    for steps, run in zip(counts, runs):
        checks.check(name, f"{steps} steps begin at the published initial state and end at t = {problem.end_time:g}",
                     run[0][0] == 0 and np.array_equal(run[0][1], problem.start)
                     and abs(run[-1][0] - problem.end_time) <= 2e-6 * max(1, problem.end_time))

    # Each run is compared with Radau at its own times: grids need not share points.
    times = sorted({t for run in runs for t, _ in run[1:]} | {problem.published_at})
    reference = dict(zip(times, radau(problem, times)))
    off = np.max(np.abs(reference[problem.published_at] / problem.published - 1))
    checks.check(name, f"Radau's state at t = {problem.published_at:g} is off the published one by {off:.1e}, at most "
                 f"{PUBLISHED_TOLERANCE:.0e} (relative)", off <= PUBLISHED_TOLERANCE)

    scale = np.max(np.abs([reference[t] for t, _ in runs[-1][1:]]), axis=0)
    errors = [[(y - reference[t]) / scale for t, y in run[1:]] for run in runs]
    for part in range(PARTS):
        at = f"t = {runs[-1][part + 1][0]:.4g}"
        sizes = [np.max(np.abs(error[part])) for error in errors]
        ratios = [sizes[0] / sizes[1], sizes[1] / sizes[2]]
        checks.check(name, f"{at}: errors {', '.join(f'{s:.2e}' for s in sizes)} with {counts[0]}, {counts[1]}, "
                     f"{counts[2]} steps fall by {ratios[0]:.2f} and {ratios[1]:.2f}, from {RATIO[0]} to {RATIO[1]}",
                     all(RATIO[0] <= ratio <= RATIO[1] for ratio in ratios))
        # The remainder is of second order: with half the steps, four times as large.
        coarse, fine = (np.max(np.abs(2 * errors[k + 1][part] - errors[k][part])) for k in range(2))
        checks.check(name, f"{at}: extrapolated, off Radau by {coarse:.1e} and {fine:.1e}, at most "
                     f"{4 * problem.tolerance:.1e} and {problem.tolerance:.1e}",
                     coarse <= 4 * problem.tolerance and fine <= problem.tolerance)
    print(f"        {name}: {time.monotonic() - begin:.1f} s, {took:.1f} s of them in integrate")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default=root / "build" / "metasolve", type=pathlib.Path)
    parser.add_argument("--only", choices=PROBLEMS, help="one system")
    arguments = parser.parse_args()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for name, problem in PROBLEMS.items():
            if arguments.only in (None, name):
                try:
                    check_problem(checks, name, problem, arguments.binary, folder)
                except (OSError, RuntimeError, ValueError, IndexError, StopIteration,
                        subprocess.SubprocessError) as error:
                    checks.check(name, str(error), False)
    print(f"{checks.failed} failed" if checks.failed else "all passed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
