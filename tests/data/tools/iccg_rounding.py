#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How far rounding alone moves the counts of beam/iccg_counts.csv: the same dense NumPy iterations with b times 1, 1.1,
0.77 and 1.7, which changes nothing but rounding. Levels of fill as Saad defines them (the program that made
iccg_counts.csv leaves out some entries of level 2: fill that comes by an entry which is fill itself).

Usage: iccg_rounding.py BEAM_FOLDER OUT.csv
"""
import csv
import pathlib
import re
import sys

import numpy as np
import scipy.io

program = {}
source = open(pathlib.Path(__file__).with_name("iccg_counts.py")).read()
exec(re.sub(r"\nmain\(sys\.argv\[1\]\)\s*$", "\n", source), program)  # its functions, not its run
factor, cg = program["factor"], program["cg"]


def level_pattern(mask, level):
    n = len(mask)
    lev = np.where(mask | np.eye(n, dtype=bool), 0, 10**6)
    for i in range(n):
        for k in range(i):
            if lev[i, k] <= level:
                lev[i, k + 1 :] = np.minimum(lev[i, k + 1 :], lev[i, k] + lev[k, k + 1 :] + 1)
    return np.tril(lev <= level)


folder = sys.argv[1]
A = [scipy.io.mmread(f"{folder}/A_{k}.mtx").toarray() for k in range(8)]
b = [np.loadtxt(f"{folder}/b_{k}.txt") for k in range(8)]
mask = np.any([a != 0 for a in A], axis=0)
rcm = np.loadtxt(f"{folder}/rcm.txt", dtype=int)
scales = (1, 1.1, 0.77, 1.7)
out = csv.writer(open(sys.argv[2], "w"), lineterminator="\n")
out.writerow(("task", "ordering", "rule", "alpha") + tuple(f"scale_{s}" for s in scales))
for name, order in (("file", np.arange(len(mask))), ("rcm", rcm)):
    ordered = mask[np.ix_(order, order)]
    for rule in ("level 0", "level 1", "level 2", "fill 5"):
        pattern = level_pattern(ordered, int(rule[-1])) if rule[0] == "l" else None
        for k in range(8):
            Ak, bk = A[k][np.ix_(order, order)], b[k][order]
            for alpha in (0.01, 0.036, 0.1, 0.3):
                L = factor(Ak, alpha, pattern=pattern) if pattern is not None else factor(Ak, alpha, fill=5, mask=ordered)
                out.writerow((k, name, rule, alpha) + tuple(-1 if L is None else cg(Ak, bk * s, L) for s in scales))
