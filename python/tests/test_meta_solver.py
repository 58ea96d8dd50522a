# SPDX-License-Identifier: Apache-2.0
"""Solvers with a trained model."""

from __future__ import annotations

import pathlib
import threading

import metasolve as ms
import numpy as np
import pytest


@pytest.fixture
def rhs() -> np.ndarray:
    return np.random.default_rng(2).uniform(-1, 1, (20, 8))


def test_what_a_model_says_of_itself(model, run_folder):
    assert (model.problem, model.features, model.tolerance) == ("poisson", 8, 1e-6)
    assert ms.MetaSolver.load(str(run_folder)).features == 8
    assert ms.MetaSolver.load(pathlib.Path(run_folder) / "model.safetensors").features == 8


def test_predictions_start_the_iteration(model, rhs):
    solver = ms.JacobiSolver(8, meta_solver=model)
    with_model = solver.solve(rhs, tol=1e-8, history=True, max_iterations=2000)
    without = solver.solve(rhs, tol=1e-8, history=True, max_iterations=2000, meta_solver=False)
    plain = ms.JacobiSolver(8).solve(rhs, tol=1e-8, history=True, max_iterations=2000)
    assert with_model.converged.all() and (with_model.origin == ms.Origin.CHOSEN).all()
    np.testing.assert_allclose(with_model.x, plain.x, rtol=1e-6, atol=1e-7)
    assert without.x.tobytes() == plain.x.tobytes()
    np.testing.assert_allclose(plain.history[:, 0], 1)
    assert (abs(with_model.history[:, 0] - 1) > 1e-3).all()
    for i in range(len(rhs)):
        assert solver.solve(rhs[i], tol=1e-8).x.tobytes() == with_model.x[i].tobytes()


def test_failed_tasks_are_solved_again(model, rhs):
    solver = ms.JacobiSolver(8, meta_solver=model)
    result = solver.solve(rhs, tol=1e-10, retry=True, first_max_iterations=1)
    assert result.converged.all() and (result.origin == ms.Origin.RETRIED).all()
    plain = ms.JacobiSolver(8).solve(rhs, tol=1e-10)
    assert result.x.tobytes() == plain.x.tobytes()
    assert (result.iterations == plain.iterations + 1).all()
    assert (solver.solve(rhs, tol=1e-10, retry=True).origin == ms.Origin.CHOSEN).all()


def test_what_does_not_fit_the_model_is_named(model, run_folder):
    with pytest.raises(ms.InputError, match="meta-solver|meta_solver|model"):
        ms.JacobiSolver(9, meta_solver=model)
    with pytest.raises(ms.InputError, match="poisson"):
        ms.ImplicitEulerSolver(meta_solver=model)
    for wrong in (str(run_folder), 3, object()):
        with pytest.raises(ms.InputError, match=r"^meta_solver: "):
            ms.JacobiSolver(8, meta_solver=wrong)
    with pytest.raises(ms.InputError, match="nowhere"):
        ms.MetaSolver.load("/nowhere")


def test_a_model_outlives_its_name_and_is_shared_by_threads(run_folder, rhs):
    model = ms.MetaSolver.load(run_folder)
    expected = ms.JacobiSolver(8, meta_solver=model, threads=1).solve(rhs).x.tobytes()
    solvers = [ms.JacobiSolver(8, meta_solver=model, threads=1) for _ in range(4)]
    del model
    results = []
    threads = [threading.Thread(target=lambda s=s: results.append(s.solve(rhs).x.tobytes())) for s in solvers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4
