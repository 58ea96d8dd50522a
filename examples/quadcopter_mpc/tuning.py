# SPDX-License-Identifier: Apache-2.0
"""What is learned from plans of a flight: constants for plans that start from the one before; and early plans, for the
network's training.

Constants, penalties by step and alpha, are 31 numbers by a separable evolution strategy (Ros and Hansen, A simple
modification in CMA-ES, 2008): what counts are the iterations of a whole batch, and a batch of 1500 plans takes some
milliseconds.
"""
import time

import controllers
import numpy as np
import quadcopter
import simulation

import metasolve

STEPS = quadcopter.HORIZON
ROUGH = np.concatenate([np.log(np.repeat(controllers.ROUGH, [STEPS, 2 * STEPS])), [0.5]])  # alpha 1.6


def constants_of(numbers):
    """rho [70], alpha from 31 numbers: logarithms of the penalties of thrusts, tilts and heights at each step, and
    alpha by a sigmoid between 1 and 1.95."""
    thrusts, tilts, heights = np.exp(numbers[:-1]).reshape(3, STEPS)
    rho = np.concatenate([np.repeat(thrusts, quadcopter.INPUTS), np.stack([tilts, tilts, heights], axis=1).ravel()])
    return rho, 1 + 0.95 / (1 + np.exp(-numbers[-1]))


def rough_fleet(tolerance, threads):
    return controllers.Fleet("rough constants", tolerance, *constants_of(ROUGH), threads=threads)


def flown_plans(fleet, robots, seed, first=0, oldest=np.inf):
    """What `fleet` planned from step `first` on, up to that age, in random order: Fleet.recorded's arrays."""
    fleet.recorded, fleet.recorded_age = [], oldest
    simulation.fly(fleet, robots, steps=100, every=25, seed=seed)
    columns = [np.concatenate(parts) for parts in zip(*fleet.recorded[first:])]
    drawn = np.random.default_rng(0).permutation(len(columns[0]))
    return [column[drawn] for column in columns]


def write_early_plans(file, tolerance, threads, robots):
    """Programs for `problem.qp_folder`, and what the network sees. Returns the weights by which a training multiplies
    penalties: those of the first program's scaling."""
    fleet = rough_fleet(tolerance, threads)
    q, lower, upper, _, scales, sees = flown_plans(fleet, robots, seed=21, oldest=controllers.EARLY - 1)
    np.savez(file, P=fleet.form.p, A=fleet.form.a, q=q, l=lower, u=upper, scales=scales, features=sees)
    scaled = metasolve.QpSolver(*controllers.patterns(fleet.form), q[0], lower[0], upper[0],
                                **controllers.values(fleet.form))  # fmt: skip
    return scaled.row_weights


class Plans:
    """Programs and starts of a flight with the rough constants, drawn from all its steps but the first."""

    def __init__(self, tolerance, robots, count, threads):
        self.tolerance, self.fleet = tolerance, rough_fleet(tolerance, threads)
        plans = flown_plans(self.fleet, robots, seed=11, first=1)
        self.q, self.lower, self.upper, self.guess, self.scales = (column[:count] for column in plans[:5])

    def iterations(self, numbers):
        """Mean over the plans; one that takes 200 counts as that."""
        rho, alpha = constants_of(numbers)
        return self.fleet.solver.solve(
            self.q, self.lower, self.upper, rho=rho, alpha=alpha, guess=self.guess, shift=True, scales=self.scales,
            tol=self.tolerance, max_iterations=200,
        ).iterations.mean()  # fmt: skip


def tuned(tolerance, seconds, threads, robots=200, count=1500):
    """rho, alpha after that time; prints what was gained."""
    plans, rng = Plans(tolerance, robots, count, threads), np.random.default_rng(1)
    n, members, parents = len(ROUGH), 12, 6
    weights = np.log(parents + 0.5) - np.log(np.arange(1, parents + 1))
    weights /= weights.sum()
    effective = 1 / (weights**2).sum()
    of_path, of_size, faster = 4 / (n + 4), (effective + 2) / (n + effective + 5), (n + 2) / 3
    rank_one = faster * 2 / ((n + 1.3) ** 2 + effective)
    rank_many = min(1 - rank_one, faster * 2 * (effective - 2 + 1 / effective) / ((n + 2) ** 2 + effective))
    expected = np.sqrt(n) * (1 - 1 / (4 * n))
    mean, size, variances = ROUGH.copy(), 0.5, np.ones(n)
    path, path_of_size, end = np.zeros(n), np.zeros(n), time.monotonic() + seconds
    while time.monotonic() < end:
        steps = rng.standard_normal((members, n))
        costs = [plans.iterations(mean + size * np.sqrt(variances) * step) for step in steps]
        best = steps[np.argsort(costs)[:parents]]
        step = weights @ best
        mean = mean + size * np.sqrt(variances) * step
        path_of_size = (1 - of_size) * path_of_size + np.sqrt(of_size * (2 - of_size) * effective) * step
        path = (1 - of_path) * path + np.sqrt(of_path * (2 - of_path) * effective) * np.sqrt(variances) * step
        variances *= 1 - rank_one - rank_many + rank_many * (weights @ best**2)
        variances += rank_one * path**2
        size *= np.exp(of_size / (1 + of_size) * (np.linalg.norm(path_of_size) / expected - 1))
    print(f"tuned: {plans.iterations(ROUGH):.2f} iterations a plan with rough constants, "
          f"{plans.iterations(mean):.2f} with those found")  # fmt: skip
    return constants_of(mean)
