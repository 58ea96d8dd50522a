# SPDX-License-Identifier: Apache-2.0
"""Batched iterative solves in lockstep, and meta-solvers that choose their parameters."""

from . import _core
from ._core import DeviceError, Error, Executor, InputError, MetaSolver, OutputError, StopFlag
from ._result import Origin, Result, Status
from ._training import TrainingReport
from .cg_solver import CgSolver
from .implicit_euler_solver import ImplicitEulerSolver
from .jacobi_solver import JacobiSolver
from .linear_solver import LinearGradient, LinearSolver
from .nonlinear_problem import NonlinearProblem, NonlinearSolver
from .ode_problem import OdeProblem, OdeSolver

__version__: str = _core.version

__all__ = [
    "CgSolver",
    "DeviceError",
    "Error",
    "Executor",
    "ImplicitEulerSolver",
    "InputError",
    "JacobiSolver",
    "LinearGradient",
    "LinearSolver",
    "MetaSolver",
    "NonlinearProblem",
    "NonlinearSolver",
    "OdeProblem",
    "OdeSolver",
    "Origin",
    "OutputError",
    "Result",
    "Status",
    "StopFlag",
    "TrainingReport",
]
