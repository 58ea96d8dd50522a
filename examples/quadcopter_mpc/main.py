# SPDX-License-Identifier: Apache-2.0
"""1000 quadcopters fly from way point to way point, each by a quadratic program a step, all of a step in one batch.

    python main.py [--robots 1000] [--steps 100] [--tolerance 1e-3] [--runs runs] [--picture quadcopter_mpc.png]

Learned before the flight, and kept in --runs: constant penalties a row; a network that chooses penalties and start of
the first plans for a new way point.
Prints a row for each controller: iterations a plan, and after step 4; plans at their limit or failed; the largest
violation of a bound by a state or a planned thrust; microseconds a plan; how far the robots are from their way points
when these change. Exit status 1: a plan was not solved.
"""
import argparse
import json
import pathlib
import sys

import controllers
import numpy as np
import simulation
import tuning

import metasolve

NETWORK = {"problem.train_tasks": 32768, "problem.validation_tasks": 1000, "problem.test_tasks": 1000,
           "solver.max_iterations": 300, "schedule.kind": "cosine", "training.batch_size": 128,
           "training.selection": "iterations", "network.hidden": [64, 64], "network.activation": "relu",
           "network.precision": "float", "network.feature_scaling": "standard", "optimizer.rate": 2e-3}  # fmt: skip
TRAINING_ROBOTS = 5000  # each makes 4 * EARLY plans, for the tasks above


def constants_of(options, tolerance):
    """A penalty a row and alpha, for plans of a flight."""
    file = options.runs / f"constants_{tolerance:.0e}.json"
    if not file.exists():
        rho, alpha = tuning.tuned(tolerance, options.seconds, options.threads)
        file.write_text(json.dumps([*rho, alpha]))
    *rho, alpha = json.loads(file.read_text())
    return np.array(rho), alpha


def model_of(options, tolerance):
    """A network that chooses penalties and start of early plans, trained on those of a flight with rough constants."""
    folder = options.runs / f"network_{tolerance:.0e}"
    if not (folder / "model.safetensors").exists():
        plans = options.runs / f"early_plans_{tolerance:.0e}.npz"
        weights = tuning.write_early_plans(plans, tolerance, options.threads, TRAINING_ROBOTS)
        rho, alpha = tuning.constants_of(tuning.ROUGH)
        settings = {**NETWORK, "problem.qp_folder": str(plans.resolve()), "solver.tolerance": tolerance,
                    "solver.rho": (rho / weights).tolist(), "solver.alpha": alpha,
                    "training.epochs": options.epochs}  # fmt: skip
        metasolve.train("qp", settings, out=folder, threads=options.threads)
    return metasolve.MetaSolver.load(str(folder))


def online_of(alpha):
    return metasolve.OnlineMetaSolver(
        [metasolve.Parameter("rho", 0.2, 5, constant=1), metasolve.Parameter("alpha", 1, 1.9, constant=alpha)],
        [metasolve.Feature("iterations before", 1, 100, logarithmic=True), metasolve.Feature("distance", 0.001, 2)],
    )


def flights(options, tolerance):
    rho, alpha = constants_of(options, tolerance)
    fleet = lambda name, **more: controllers.Fleet(name, tolerance, rho, alpha, threads=options.threads, **more)
    makers = {"osqp": lambda: controllers.Osqp(tolerance, options.osqp_robots),
              "constants": lambda: fleet("constant rows"),
              "network": lambda: fleet("meta-solver", model=model_of(options, tolerance)),
              "online": lambda: fleet("online meta-solver", online=online_of(alpha)),
              "both": lambda: fleet("meta-solver, online", model=model_of(options, tolerance), online=online_of(alpha))}  # fmt: skip
    for name in options.controllers:
        try:
            controller = makers[name]()
        except ImportError as missing:
            print(f"without {name}: {missing}", file=sys.stderr)
            continue
        robots = options.osqp_robots if name == "osqp" else options.robots
        yield simulation.fly(controller, robots, options.steps, options.every, options.seed)


def report(flight, tolerance, every):
    robots, plans = flight.iterations.shape[1], flight.iterations.size
    ends = flight.states[every::every, :, 3:6] - flight.references[every - 1::every, :, 3:6]
    print(f"{tolerance:7.0e}  {flight.name:20} {robots:6} {flight.iterations.mean():8.2f} "
          f"{flight.mean_iterations():8.2f} {np.quantile(flight.iterations, 0.99):6.0f} {flight.iterations.max():6} "
          f"{flight.unsolved:8} {flight.violation:9.1e} {1e6 * flight.seconds / plans:8.1f} "
          f"{np.abs(ends).max(2).mean():8.3f}", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robots", type=int, default=1000)
    parser.add_argument("--osqp-robots", type=int, default=100, help="osqp takes them one by one")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--every", type=int, default=25, help="steps between way points")
    parser.add_argument("--tolerance", type=float, nargs="+", default=[1e-3])
    parser.add_argument("--controllers", nargs="+", default=["osqp", "constants", "network", "online", "both"])
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60, help="to tune the constants")
    parser.add_argument("--epochs", type=int, default=40, help="of the network's training")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs"))
    parser.add_argument("--picture", type=pathlib.Path, help="PNG of the first tolerance")
    options = parser.parse_args()
    options.runs.mkdir(parents=True, exist_ok=True)
    print(f"{'tol':>7}  {'controller':20} {'robots':>6} {'a plan':>8} {'after 4':>8} {'99 %':>6} {'most':>6} "
          f"{'unsolved':>8} {'violation':>9} {'us':>8} {'distance':>8}")  # fmt: skip
    unsolved = 0
    for tolerance in options.tolerance:
        flown = []
        for flight in flights(options, tolerance):
            report(flight, tolerance, options.every)
            flown.append(flight)
            unsolved += flight.unsolved
        if options.picture and flown and tolerance == options.tolerance[0]:
            import picture

            picture.draw(flown, options.picture)
    return 1 if unsolved else 0


if __name__ == "__main__":
    sys.exit(main())
