# SPDX-License-Identifier: Apache-2.0
"""Small quadratic programs: the classes of OSQP's paper (Stellato et al. 2020, appendix A), and infeasible ones.

A family is P (n x n), A (m x n), compressed rows, and for each task q, l, u. Tasks differ in these alone.
"""
import numpy as np
import scipy.sparse as sparse


def normal(rng, rows, columns, density):
    return sparse.random(rows, columns, density, format="csr", random_state=rng, data_rvs=rng.standard_normal)


def lasso(rng, tasks, unknowns=10, samples=30):
    """min y'y + w sum(t), y = D x - b, -t <= x <= t; variables x, y, t. w differs."""
    data, eye = normal(rng, samples, unknowns, 0.4), sparse.eye(unknowns)
    truth = rng.standard_normal(unknowns) * (rng.random(unknowns) < 0.5) / np.sqrt(unknowns)
    b = data @ truth + rng.standard_normal(samples)
    p = sparse.block_diag([sparse.csr_matrix((unknowns, unknowns)), 2 * sparse.eye(samples),
                           sparse.csr_matrix((unknowns, unknowns))])
    a = sparse.bmat([[data, -sparse.eye(samples), None], [eye, None, -eye], [eye, None, eye]])
    largest = np.abs(data.T @ b).max()
    weights = np.geomspace(0.05, 0.8, tasks) * largest
    q = np.array([np.r_[np.zeros(unknowns + samples), np.full(unknowns, w)] for w in weights])
    l = np.r_[b, np.full(unknowns, -np.inf), np.zeros(unknowns)]
    u = np.r_[b, np.zeros(unknowns), np.full(unknowns, np.inf)]
    return p, a, q, np.tile(l, (tasks, 1)), np.tile(u, (tasks, 1))


def huber(rng, tasks, unknowns=8, samples=40):
    """min u'u + 2 sum(r + s), D x - u - r + s = b, r, s >= 0; variables x, u, r, s. b differs."""
    data, eye = normal(rng, samples, unknowns, 0.4), sparse.eye(samples)
    zero = sparse.csr_matrix((unknowns, unknowns))
    p = sparse.block_diag([zero, 2 * eye, sparse.csr_matrix((2 * samples, 2 * samples))])
    a = sparse.bmat([[data, -eye, -eye, eye], [None, None, eye, None], [None, None, None, eye]])
    truth = rng.standard_normal((tasks, unknowns)) / np.sqrt(unknowns)
    outliers = rng.random((tasks, samples)) < 0.1
    b = truth @ data.T.toarray() + np.where(outliers, rng.uniform(0, 10, (tasks, samples)),
                                            rng.standard_normal((tasks, samples)) / 4)
    q = np.r_[np.zeros(unknowns + samples), np.full(2 * samples, 2.0)]
    rest = np.zeros((tasks, 2 * samples))
    return p, a, np.tile(q, (tasks, 1)), np.hstack([b, rest]), np.hstack([b, rest + np.inf])


def svm(rng, tasks, features=8, samples=30):
    """min x'x + w sum(t), t >= diag(s) D x + 1, t >= 0; variables x, t. w differs."""
    signs = np.where(np.arange(samples) < samples // 2, 1.0, -1.0)
    data = normal(rng, samples, features, 0.5)
    data.data = data.data / np.sqrt(features) + np.repeat(signs, np.diff(data.indptr)) / features
    p = sparse.block_diag([2 * sparse.eye(features), sparse.csr_matrix((samples, samples))])
    a = sparse.bmat([[sparse.diags(signs) @ data, -sparse.eye(samples)], [None, sparse.eye(samples)]])
    q = np.array([np.r_[np.zeros(features), np.full(samples, w)] for w in np.geomspace(0.1, 4, tasks)])
    l = np.r_[np.full(samples, -np.inf), np.zeros(samples)]
    u = np.r_[np.full(samples, -1.0), np.full(samples, np.inf)]
    return p, a, q, np.tile(l, (tasks, 1)), np.tile(u, (tasks, 1))


def portfolio(rng, tasks, assets=30, factors=4):
    """min x'D x + y'y - r'x, y = F'x, sum(x) = 1, x >= 0; variables x, y. The returns r differ."""
    exposures = normal(rng, assets, factors, 0.6)
    p = 2 * sparse.block_diag([sparse.diags(rng.random(assets) * np.sqrt(factors)), sparse.eye(factors)])
    a = sparse.bmat([[exposures.T, -sparse.eye(factors)], [np.ones((1, assets)), None], [sparse.eye(assets), None]])
    q = np.hstack([-rng.standard_normal((tasks, assets)), np.zeros((tasks, factors))])
    l = np.r_[np.zeros(factors), 1, np.zeros(assets)]
    u = np.r_[np.zeros(factors), 1, np.full(assets, np.inf)]
    return p, a, q, np.tile(l, (tasks, 1)), np.tile(u, (tasks, 1))


def control(rng, tasks, states=4, inputs=2, horizon=8):
    """A linear system driven to 0 over a horizon, states and inputs bounded; variables [x_0 ... x_T | u_0 ...]. The
    first state differs."""
    dynamics = np.eye(states) + 0.1 * rng.standard_normal((states, states))
    dynamics /= max(1, np.abs(np.linalg.eigvals(dynamics)).max())
    drive = rng.standard_normal((states, inputs))
    weights = 10 * rng.random(states) * (rng.random(states) < 0.7)
    steps = horizon + 1
    p = sparse.diags(np.r_[np.tile(weights, steps), np.full(horizon * inputs, 0.1)])
    x = sparse.kron(sparse.eye(steps), -sparse.eye(states)) + sparse.kron(sparse.eye(steps, k=-1), dynamics)
    u = sparse.kron(sparse.vstack([sparse.csr_matrix((1, horizon)), sparse.eye(horizon)]), drive)
    a = sparse.vstack([sparse.hstack([x, u]), sparse.eye(p.shape[0])])
    start = rng.uniform(-0.5, 0.5, (tasks, states))
    fixed = np.hstack([-start, np.zeros((tasks, horizon * states))])
    bound = np.r_[np.full(steps * states, 1.5), np.full(horizon * inputs, 0.1)]
    return p, a, np.zeros((tasks, p.shape[0])), np.hstack([fixed, np.tile(-bound, (tasks, 1))]), np.hstack(
        [fixed, np.tile(bound, (tasks, 1))])


def spread(rng, n, density=0.15, shift=1e-2):
    """A positive definite matrix M M' + shift I."""
    m = normal(rng, n, n, density)
    return m @ m.T + shift * sparse.eye(n)


def random_qp(rng, tasks, n=15, m=40):
    a = normal(rng, m, n, 0.3)
    inside = rng.standard_normal((tasks, n)) @ a.T.toarray()
    return (spread(rng, n), a, rng.standard_normal((tasks, n)), inside - rng.random((tasks, m)),
            inside + rng.random((tasks, m)))


def equality_qp(rng, tasks, n=20, m=8):
    a = normal(rng, m, n, 0.4)
    side = rng.standard_normal((tasks, n)) @ a.T.toarray()
    return spread(rng, n), a, rng.standard_normal((tasks, n)), side, side.copy()


def primal_infeasible(rng, tasks, n=12, m=24):
    """The last two rows are equal, and no x satisfies both of their bounds."""
    p, a, q, l, u = random_qp(rng, tasks, n, m)
    a = sparse.vstack([a, a[-1]])
    return p, a, q, np.hstack([l, u[:, -1:] + rng.uniform(0.5, 2, (tasks, 1))]), np.hstack([u, u[:, -1:] + 5])


def dual_infeasible(rng, tasks, n=12, m=10):
    """No curvature, no lower bound and a falling objective along x_n."""
    p, a, q, l, u = random_qp(rng, tasks, n - 1, m)
    p = sparse.block_diag([p, sparse.csr_matrix((1, 1))])
    last = sparse.csr_matrix((rng.uniform(0.5, 1, 1), ([0], [n - 1])), (1, n))
    a = sparse.vstack([sparse.hstack([a, sparse.csr_matrix((m, 1))]), last])
    ends = np.zeros((tasks, 1))
    return (p, a, np.hstack([q, rng.uniform(0.5, 2, (tasks, 1))]), np.hstack([l, ends - np.inf]),
            np.hstack([u, ends + 1]))


FAMILIES = {"lasso": lasso, "huber": huber, "svm": svm, "portfolio": portfolio, "control": control, "random": random_qp,
            "equality": equality_qp, "primal_infeasible": primal_infeasible, "dual_infeasible": dual_infeasible}
