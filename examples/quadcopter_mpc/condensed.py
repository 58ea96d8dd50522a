# SPDX-License-Identifier: Apache-2.0
"""The quadcopter's quadratic program without its states: the thrusts alone."""
import numpy as np
from quadcopter import (A_D, B_D, BOUNDED, DYNAMICS, HIGH_INPUT, HIGH_STATE, HORIZON, INPUTS, LOW_INPUT, LOW_STATE, Q,
                        R, STATES)


class Condensed:
    """Minimise u'H u / 2 + g'u with bounds on [u (40) | bounded states of steps 1 to 10 (30)]."""

    def __init__(self):
        free = np.zeros((DYNAMICS, STATES))
        forced = np.zeros((DYNAMICS, HORIZON * INPUTS))
        free[:STATES] = np.eye(STATES)
        for k in range(HORIZON):
            now, after = slice(k * STATES, (k + 1) * STATES), slice((k + 1) * STATES, (k + 2) * STATES)
            free[after], forced[after] = A_D @ free[now], A_D @ forced[now]
            forced[after, k * INPUTS:(k + 1) * INPUTS] += B_D
        self.free, self.forced, self.weights = free, forced, np.tile(Q, HORIZON + 1)
        self.p = forced.T @ (self.weights[:, None] * forced) + np.diag(np.tile(R, HORIZON))
        self.states = np.array([k * STATES + s for k in range(1, HORIZON + 1) for s in BOUNDED])
        self.a = np.vstack([np.eye(HORIZON * INPUTS), forced[self.states]])
        everywhere = np.tile(np.eye(STATES), HORIZON + 1)
        gains = [-np.linalg.solve(self.p, (forced * self.weights[:, None]).T @ by).T[:, :INPUTS]
                 for by in (free, -everywhere.T)]
        self.gain_of_state, self.gain_of_reference = gains

    def states_at(self, start, u):
        """States of all steps, the first included [count][132]."""
        return start @ self.free.T + u @ self.forced.T

    def vectors(self, start, reference):
        """q [count][40], l and u [count][70]."""
        states = start @ self.free.T
        q = ((states - np.tile(reference, HORIZON + 1)) * self.weights) @ self.forced
        bounds = [np.hstack([np.tile(np.tile(control, HORIZON), (len(start), 1)),
                             np.tile(state[BOUNDED], HORIZON) - states[:, self.states]])
                  for state, control in ((LOW_STATE, LOW_INPUT), (HIGH_STATE, HIGH_INPUT))]
        return q, *bounds

    def scales(self, start, reference, u):
        """What the full form's stopping rule compares residuals with: s_p, s_d [count], at inputs u [count][40]."""
        states = self.states_at(start, u)
        target = np.tile(reference, HORIZON + 1) * self.weights
        largest = lambda *arrays: np.max([np.abs(a).max(1) for a in arrays], axis=0)
        return largest(states, u), largest(states * self.weights, target, R[0] * u)

    def estimated_scales(self, start, reference):
        """1 + `scales`, known before: along the trajectory that takes at each step the first thrusts of the plan
        without bounds, clipped. [count][2] for `QpSolver.solve(scales=...)`, as the problem "qp" has them."""
        state, inputs = start, []
        for _ in range(HORIZON):
            thrust = state @ self.gain_of_state + reference @ self.gain_of_reference
            inputs.append(np.clip(thrust, LOW_INPUT, HIGH_INPUT))
            state = state @ A_D.T + inputs[-1] @ B_D.T
        return 1 + np.stack(self.scales(start, reference, np.hstack(inputs)), axis=1)

    def shift_x(self):
        """Where each input of the next plan is in this one: a step later, the last step twice."""
        return later(HORIZON, INPUTS)

    def shift_y(self):
        inputs = later(HORIZON, INPUTS)
        return np.concatenate([inputs, len(inputs) + later(HORIZON, len(BOUNDED))]).astype(np.int32)


def later(steps, width):
    place = np.arange(steps * width, dtype=np.int32)
    return np.minimum(place + width, (steps - 1) * width + place % width).astype(np.int32)
