# SPDX-License-Identifier: Apache-2.0
"""Problems of one's own for the tests, compiled once in a session. Skips where there is no compiler or no record of the
library's build."""

import numpy as np
import pytest

import metasolve
from metasolve import _toolchain

VAN_DER_POL = """
    f[0] = y[1];
    f[1] = p[0] * (1 - y[0] * y[0]) * y[1] - y[0];
"""


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """The folder of compiled libraries."""
    try:
        _toolchain.find()
    except metasolve.InputError as e:
        pytest.skip(str(e))
    folder = tmp_path_factory.getbasetemp() / "compiled"  # one for all modules
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METASOLVE_CACHE", str(folder))
        yield folder


def make_van_der_pol():
    return metasolve.OdeProblem("my_van_der_pol", size=2, parameters=1, rate=VAN_DER_POL, verbose=False)


@pytest.fixture(scope="module")
def van_der_pol(cache):
    return make_van_der_pol()


@pytest.fixture(scope="module")
def tank(cache):
    """Of examples/stirred_tank, without its members for a meta-solver."""
    return metasolve.NonlinearProblem(
        "my_tank", size=2, data=6, verbose=False,
        residual="""
            auto const rate = c[0] * (1 - y[0]) * exp(y[1] / (1 + y[1] * 0.05));
            g[0] = y[0] - c[4] - c[3] * (rate - y[0]);
            g[1] = y[1] - c[5] - c[3] * (c[1] * rate - (1 + c[2]) * y[1]);
        """,
        features="for (int i = 0; i < 6; ++i) x[i] = i == 0 || i == 3 ? log(c[i]) : c[i];",
        feature_names=["log Da", "B", "beta", "log h", 'x "old"', "y \\ ä"],
        head=[("interval", 0, 2, 1), ("interval", 0, 1), ("interval", 0, 5)],
    )  # fmt: skip


def steps(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-2, 2, (n, 2)), 10 ** rng.uniform(0, 2, (n, 1)), 10 ** rng.uniform(-4, -1.5, n)
