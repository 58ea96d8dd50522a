# SPDX-License-Identifier: Apache-2.0
"""Model predictive control of a quadcopter: OSQP's published example, with random states and references.

Minimise half the sum of (x - x_r)'Q(x - x_r) + u'R u over 10 steps of x+ = A_D x + B_D u, with bounds on inputs and on
states 1, 2 and 6. States: roll, pitch and yaw, three coordinates, and their six rates; inputs: thrusts of the four
rotors, less that of hovering. Variables [x_0 ... x_10 | u_0 ... u_9] (172); rows [dynamics (132) | variables (172)].
"""
import numpy as np
import scipy.sparse as sparse

STATES, INPUTS, HORIZON = 12, 4, 10
DYNAMICS = (HORIZON + 1) * STATES

A_D = np.diag([1.0] * 9 + [0.9846] * 3)
for row, column, value in ((1, 7, .1), (2, 8, .1), (3, 9, .1), (4, 1, .0488), (4, 7, .0016), (4, 10, .0992),
                           (5, 2, -.0488), (5, 8, -.0016), (5, 11, .0992), (6, 12, .0992), (10, 1, .9734),
                           (10, 7, .0488), (11, 2, -.9734), (11, 8, -.0488)):
    A_D[row - 1, column - 1] = value
B_D = np.array([[0, -.0726, 0, .0726], [-.0726, 0, .0726, 0], [-.0152, .0152, -.0152, .0152], [0, -.0006, 0, .0006],
                [.0006, 0, -.0006, 0], [.0106] * 4, [0, -1.4512, 0, 1.4512], [-1.4512, 0, 1.4512, 0],
                [-.3049, .3049, -.3049, .3049], [0, -.0236, 0, .0236], [.0236, 0, -.0236, 0], [.2107] * 4])
HOVER = 10.5916
LOW_INPUT, HIGH_INPUT = np.full(INPUTS, 9.6 - HOVER), np.full(INPUTS, 13 - HOVER)
LOW_STATE, HIGH_STATE = np.full(STATES, -np.inf), np.full(STATES, np.inf)
LOW_STATE[[0, 1, 5]], HIGH_STATE[[0, 1]] = (-np.pi / 6, -np.pi / 6, -1), np.pi / 6
Q = np.array([0, 0, 10, 10, 10, 10, 0, 0, 0, 5, 5, 5.0])
R = np.full(INPUTS, 0.1)
BOUNDED = [0, 1, 5]  # states


def tasks(count, seed):
    """Start states [count][12] and references [count][12]."""
    rng = np.random.default_rng(seed)
    spread = np.array([.3, .3, 1] + [.5] * 9)
    reference = np.zeros((count, STATES))
    start = rng.uniform(-spread, spread, (count, STATES))
    reference[:, 2:6] = rng.uniform(-1, 1, (count, 4))
    return start, reference


def full_matrices():
    """P (diagonal, 172) and A (304 x 172), compressed columns."""
    p = sparse.diags(np.concatenate([np.tile(Q, HORIZON + 1), np.tile(R, HORIZON)])).tocsc()
    x = sparse.kron(sparse.eye(HORIZON + 1), -sparse.eye(STATES)) + sparse.kron(sparse.eye(HORIZON + 1, k=-1), A_D)
    u = sparse.kron(sparse.vstack([sparse.csc_matrix((1, HORIZON)), sparse.eye(HORIZON)]), B_D)
    a = sparse.vstack([sparse.hstack([x, u]), sparse.eye(DYNAMICS + HORIZON * INPUTS)]).tocsc()
    return p, a


def full_vectors(start, reference):
    """q [count][172], l and u [count][304] of tasks."""
    count, controls = len(start), HORIZON * INPUTS
    q = np.hstack([np.tile(-reference * Q, HORIZON + 1), np.zeros((count, controls))])
    fixed = np.hstack([-start, np.zeros((count, DYNAMICS - STATES))])
    bounds = [np.concatenate([np.tile(state, HORIZON + 1), np.tile(control, HORIZON)])
              for state, control in ((LOW_STATE, LOW_INPUT), (HIGH_STATE, HIGH_INPUT))]
    return q, *(np.hstack([fixed, np.tile(bound, (count, 1))]) for bound in bounds)
