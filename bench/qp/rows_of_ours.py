# SPDX-License-Identifier: Apache-2.0
"""Rows of ours: constants by gradient and networks, trained and evaluated by the command line, five seeds each.

A seed draws its own tasks, weights and order. Times and true errors of constants are those of the first seed's test
tasks, solved by the Python package where that is installed; times of networks are `evaluate`'s, elapsed.
"""
import functools
import json
import pathlib
import subprocess
import tempfile
import tomllib

import families
import numpy as np
import peers

FORMS = {"quadcopter": "quadcopter", "condensed quadcopter": "quadcopter_condensed"}
REPEATS = 9
CLASSES = ("control", "lasso", "huber", "svm", "portfolio", "random", "equality")
# Constants by search (rows_of_peers.py, which finds the same): what a user without learning would take.
SEARCHED = {("quadcopter", 1e-3): [1.7], ("quadcopter", 1e-5): [1.1], ("quadcopter_condensed", 1e-3): [1.0, 10.0],
            ("quadcopter_condensed", 1e-5): [1.0, 3.0]}
COMMON = {"problem.name": "qp", "problem.validation_tasks": 1000, "problem.test_tasks": 1000, "loss.scale": "log",
          "schedule.kind": "cosine", "training.batch_size": 128, "training.selection": "iterations"}
NETWORK = {"network.hidden": [64, 64], "network.activation": "relu", "network.precision": "float",
           "network.feature_scaling": "standard", "problem.train_tasks": 32768, "optimizer.rate": 2e-3}
EPOCHS = {("quadcopter", 1e-3): 15, ("quadcopter", 1e-5): 16, ("quadcopter_condensed", 1e-3): 40,
          ("quadcopter_condensed", 1e-5): 24}
OF_CLASSES = {"problem.train_tasks": 4096, "training.epochs": 8, "problem.validation_tasks": 300,
              "problem.test_tasks": 300}
FIRST_LIMIT = {1e-3: 25, 1e-5: 60}
CONSTANTS = {"problem.train_tasks": 8192, "optimizer.rate": 1e-2, "loss.gain": 2.0, "training.epochs": 12}
LEARNED = {
    "learned rho and guess": {},
    "learned rho and guess, 256 wide": {"network.hidden": [256, 256], "optimizer.rate": 1e-3},
    "learned guess": {"network.chooses": "guess"},
    "learned rho": {"network.chooses": "penalties"},
    "learned rho and guess, L_5": {"loss.kind": "measure", "loss.iterations": 5},
    "learned rho and guess, L_15": {"loss.kind": "measure", "loss.iterations": 15},
    "learned rho and guess, L_30": {"loss.kind": "measure", "loss.iterations": 30},
}


def call(program, *arguments):
    run = subprocess.run([program, *map(str, arguments), "--json"], capture_output=True, text=True)
    if run.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(map(str, arguments))}: {run.stderr[-2000:]}")
    return json.loads(run.stdout)


def flags(settings):
    return [part for key, value in settings.items() for part in ("--set", f"{key}={json.dumps(value)}")]


class Trainings:
    """Runs of one form and tolerance, in folders that may be kept."""

    def __init__(self, options, family, tolerance):
        self.options, self.family, self.tolerance = options, family, tolerance
        self.kept = options.runs or pathlib.Path(tempfile.mkdtemp(prefix="qp_table"))
        self.common = {**COMMON, "problem.family": family, "solver.tolerance": tolerance,
                       "solver.rho": SEARCHED.get((family, tolerance), [0.1]),
                       "solver.max_iterations": 300 if tolerance > 1e-4 else 200,  # longer orbits upset the training
                       "evaluation.tolerances": [tolerance], "evaluation.max_iterations": 4000}
        self.network_settings = {**NETWORK, "training.epochs": EPOCHS.get((family, tolerance))}
        if family in CLASSES:
            self.common.update(OF_CLASSES)
            self.network_settings.update(OF_CLASSES)
        if options.quick:
            self.common.update({"problem.test_tasks": 200, "problem.validation_tasks": 200})

    def folder(self, name, seed):
        tidy = name.replace(",", "").replace(" ", "_")
        return self.kept / f"{self.family}_{self.tolerance:.0e}_{tidy}_{seed}"

    def constants(self, seed):
        """The run of constants by gradient; its constants.toml begins the others."""
        folder = self.folder("constant rows", seed)
        if not (folder / "constants.toml").exists():
            shorter = OF_CLASSES if self.family in CLASSES else {}
            settings = {**self.common, **CONSTANTS, **shorter, **self.shortened(), "training.seed": seed}
            empty = self.kept / "empty.toml"
            empty.parent.mkdir(parents=True, exist_ok=True)
            empty.write_text("")
            call(self.options.program, "tune", empty, "--out", folder, "--threads", 1, "--budget", "600",
                 *flags(settings))
        return folder

    def network(self, name, settings, seed):
        folder = self.folder(name, seed)
        if not (folder / "model.safetensors").exists():
            begun = self.constants(seed) / "constants.toml"
            settings = {**self.network_settings, **settings, **self.shortened(), "training.seed": seed}
            call(self.options.program, "train", begun, "--out", folder, "--threads", 1, *flags(settings))
        return folder

    def shortened(self):
        return {"problem.train_tasks": 4096, "training.epochs": 4} if self.options.quick else {}

    def evaluated(self, folder, settings=None):
        return call(self.options.program, "evaluate", folder, "--threads", 1, *flags(settings or {}))


def merged(sides, seconds):
    """Of seeds: figures of all their tasks."""
    mean = lambda values: float(np.mean(values))
    return {"mean": round(mean([s["mean"] for s in sides]), 3),
            "median": mean([s["quantiles"]["0.5"] for s in sides]),
            "q99": round(mean([s["quantiles"]["0.99"] for s in sides]), 1),
            "max": int(max(s["maximum"] for s in sides)), "by_seed": [round(s["mean"], 3) for s in sides],
            "solved_share": mean([s["converged_share"] for s in sides]),
            "elapsed_microseconds_per_task": round(1e6 * mean(seconds), 2), "program": "metasolve"}


def learned_row(options, family, tolerance, name, settings):
    runs = Trainings(options, family, tolerance)
    sides, seconds = [], []
    for seed in range(options.seeds):
        run = runs.network(name, settings, seed)
        document = runs.evaluated(run)
        sides.append(document["tolerances"][0]["meta"])
        seconds.append(document["timing"]["meta_seconds_per_task"])
    first = runs.network(name, settings, 0), found_in(runs.constants(0))
    return {**merged(sides, seconds), "seeds": list(range(options.seeds)), "settings": settings,
            **solved(options, family, tolerance, first[1], first[0])}


def found_in(run):
    found = tomllib.loads((run / "constants.toml").read_text())["solver"]
    return {"solver.rho": found["rho"], "solver.alpha": found["alpha"]}


def constants_row(options, family, tolerance, searched):
    """Constants by search or by gradient, as the baseline of an evaluation: their factor is common to all tasks."""
    runs = Trainings(options, family, tolerance)
    sides, seconds = [], []
    for seed in range(options.seeds):
        run = runs.constants(seed)
        chosen = {"solver.rho": runs.common["solver.rho"], "solver.alpha": 1.6}
        if not searched:
            chosen = found_in(run)
        document = runs.evaluated(run, chosen)
        sides.append(document["tolerances"][0]["baseline"])
        seconds.append(document["timing"]["baseline_seconds_per_task"])
        if seed == 0:
            first = solved(options, family, tolerance, chosen)
    return {**merged(sides, seconds), "seeds": list(range(options.seeds)), **first,
            "settings": {"solver.rho": runs.common["solver.rho"]} if searched else CONSTANTS}


@functools.cache
def test_tasks(options_program, family):
    with tempfile.TemporaryDirectory() as folder:
        tasks = families.tasks(options_program, family, 200 if family in CLASSES else 1000, 0, folder)
    exact = peers.piqp(tasks.p, tasks.a, tasks.q, tasks.l, tasks.u, 1e-11, gap=True).x
    return tasks, exact


def penalties(tasks, rho):
    """One for each group of rows in training, from one, two (thrusts, states) or all."""
    if len(rho) == 2:
        return np.repeat(rho, [40, len(tasks.weights) - 40])
    return np.array(rho) if len(rho) > 1 else np.full(int(tasks.weights[:, 1].max()) + 1, rho[0])


def solved(options, family, tolerance, constants, model=None):
    """Of the first seed's test tasks, by the Python package. microseconds_per_task: of the processor, inference and
    factors included, the least of some repeats. true_error when the iteration stops: the largest error of a thrust, or
    of x relative to 1 + max|x|, mean and 99 %."""
    try:
        import metasolve
    except ImportError:
        return {}
    tasks, exact = test_tasks(str(options.tasks_program), family)
    solver = metasolve.QpSolver(tasks.lower_p[:2], tasks.rows_a[:2], tasks.q[0], tasks.l[0], tasks.u[0],
                                p_values=tasks.lower_p[2], a_values=tasks.rows_a[2], row_weights=tasks.weights[:, 0],
                                penalty_group=tasks.weights[:, 1].astype(np.int32), threads=1,
                                meta_solver=model and metasolve.MetaSolver.load(str(model)))
    given = {"features": tasks.features} if model else {}
    given |= {"rho": penalties(tasks, constants["solver.rho"]), "alpha": constants["solver.alpha"]}

    def measured(**policy):
        solve = lambda: solver.solve(tasks.q, tasks.l, tasks.u, scales=tasks.scales, tol=tolerance, **given,
                                     **tasks.values, **policy)
        runs = [peers.clocked(solve) for _ in range(REPEATS)]
        found = runs[0][1]
        if family in CLASSES:
            apart = np.abs(found.x - exact).max(1) / (1 + np.abs(exact).max(1))
        else:
            apart = np.abs(found.x - exact)[:, -40:].max(1)
        error = {"mean": float(f"{apart.mean():.3g}"), "q99": float(f"{np.quantile(apart, 0.99):.3g}")}
        return found.iterations, {
            "true_error": error,
            "microseconds_per_task": round(min(spent for spent, _ in runs) / len(found.iterations), 2)}

    iterations, figures = measured()
    figures["first_seed_mean"] = round(float(iterations.mean()), 3)
    if model:  # stragglers are solved again, with the constants
        limit = FIRST_LIMIT[tolerance]
        iterations, again = measured(retry=True, first_max_iterations=limit)
        figures["with_retry"] = {"first_max_iterations": limit, "mean": round(float(iterations.mean()), 3),
                                 "q99": float(np.quantile(iterations, 0.99)), "max": int(iterations.max()), **again}
    return figures


def rows(options):
    """(name, function) of all rows."""
    for family in CLASSES:
        yield f"{family} 1e-3, constant rows", functools.partial(constants_row, options, family, 1e-3, False)
        yield (f"{family} 1e-3, learned rho and guess",
               functools.partial(learned_row, options, family, 1e-3, "learned rho and guess", {}))
    for tolerance in (1e-3, 1e-5):
        for form, family in FORMS.items():
            start = f"{form} {tolerance:.0e}".replace("e-0", "e-")
            constants = functools.partial(constants_row, options, family, tolerance)
            yield f"{start}, constants by search", functools.partial(constants, True)
            yield f"{start}, constant rows", functools.partial(constants, False)
            learned = functools.partial(learned_row, options, family, tolerance)
            for name, settings in LEARNED.items():
                yield f"{start}, {name}", functools.partial(learned, name, settings)
