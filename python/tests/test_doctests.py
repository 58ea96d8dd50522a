# SPDX-License-Identifier: Apache-2.0
"""The examples in the docstrings are right."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import metasolve
import pytest

MODULES = [name for _, name, _ in pkgutil.iter_modules(metasolve.__path__) if name not in ("_core", "__main__")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    if name in ("torch", "jax"):
        pytest.importorskip(name)
    module = importlib.import_module(f"metasolve.{name}")
    assert doctest.testmod(module).failed == 0


def test_every_solver_has_an_example():
    finder = doctest.DocTestFinder()
    for name in metasolve.__all__:
        # Own problems' solvers have theirs at OdeProblem and NonlinearProblem.
        if name.endswith("Solver") and name not in ("MetaSolver", "OdeSolver", "NonlinearSolver"):
            assert any(found.examples for found in finder.find(getattr(metasolve, name))), name
