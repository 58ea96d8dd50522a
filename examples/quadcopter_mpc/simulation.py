# SPDX-License-Identifier: Apache-2.0
"""The closed loop: each robot plans 10 steps, applies the first thrusts, moves, and plans again."""
import dataclasses
import time

import numpy as np
import quadcopter


@dataclasses.dataclass
class Flight:
    """What a controller did with all robots; steps first."""

    name: str
    states: np.ndarray  #: [steps + 1][robots][12]
    references: np.ndarray  #: [steps][robots][12]
    iterations: np.ndarray  #: [steps][robots]
    unsolved: int  #: plans that ended at their limit or failed
    violation: float  #: largest violation of a bound by a state or a thrust
    seconds: float  #: in the controller

    def mean_iterations(self, after=4):
        """A plan's, after that step: the first ones begin at no earlier plan that fits."""
        return self.iterations[after + 1:].mean()


def waypoints(robots, steps, every, seed):
    """References [steps][robots][12]: a new random place and yaw at each `every`-th step."""
    _, places = quadcopter.tasks(robots * -(-steps // every), seed)
    return np.repeat(places.reshape(-1, robots, quadcopter.STATES), every, axis=0)[:steps]


def fly(controller, robots, steps, every, seed):
    """controller.plan(states, references): first thrusts [robots][4], iterations [robots], unsolved plans."""
    state, _ = quadcopter.tasks(robots, seed)
    references = waypoints(robots, steps, every, seed + 1)
    states, counts, unsolved, worst, seconds = [state], [], 0, 0.0, 0.0
    for reference in references:
        begin = time.perf_counter()
        thrust, iterations, failed = controller.plan(state, reference)
        seconds += time.perf_counter() - begin
        # What the rotors do, whatever was planned.
        applied = np.clip(thrust, quadcopter.LOW_INPUT, quadcopter.HIGH_INPUT)
        state = state @ quadcopter.A_D.T + applied @ quadcopter.B_D.T
        beyond = np.maximum(quadcopter.LOW_STATE - state, state - quadcopter.HIGH_STATE)
        worst = max(worst, np.abs(thrust - applied).max(), beyond.max())
        unsolved += int(failed)
        states.append(state)
        counts.append(iterations)
    return Flight(controller.name, np.array(states), references, np.array(counts), unsolved, float(worst), seconds)
