# SPDX-License-Identifier: Apache-2.0
"""Batched iterative solves in lockstep, and meta-solvers that choose their parameters."""

from . import _core, grid_stencils
from ._core import DeviceArray, DeviceError, Error, Executor, InputError, MetaSolver, OutputError
from ._result import Origin, Result, Status
from .black_box import BlackBox
from .black_box_parameters import Choice, Integer, Real
from .cg_solver import CgSolver
from .grid_solver import GridSolver
from .implicit_euler_solver import ImplicitEulerSolver, StepGradient
from .iteration_loss import IterationLoss, LossResult
from .jacobi_solver import JacobiSolver
from .linear_solver import LinearGradient, LinearSolver
from .nonlinear_problem import NonlinearProblem, NonlinearSolver
from .ode_problem import OdeProblem, OdeSolver
from .online_meta_solver import OnlineMetaSolver
from .online_options import Feature, Parameter
from .online_report import OnlineReport
from .pressure_solver import PressureSolver
from .qp_solver import QpGradient, QpResult, QpSolver
from .training import Evaluation, Run, evaluate, inspect, train, tune

__version__: str = _core.version

__all__ = [
    "BlackBox",
    "CgSolver",
    "Choice",
    "DeviceArray",
    "DeviceError",
    "Error",
    "Evaluation",
    "Executor",
    "Feature",
    "GridSolver",
    "ImplicitEulerSolver",
    "InputError",
    "Integer",
    "IterationLoss",
    "JacobiSolver",
    "LinearGradient",
    "LinearSolver",
    "LossResult",
    "MetaSolver",
    "NonlinearProblem",
    "NonlinearSolver",
    "OdeProblem",
    "OdeSolver",
    "OnlineMetaSolver",
    "OnlineReport",
    "Origin",
    "OutputError",
    "Parameter",
    "PressureSolver",
    "QpGradient",
    "QpResult",
    "QpSolver",
    "Real",
    "Result",
    "Run",
    "Status",
    "StepGradient",
    "evaluate",
    "grid_stencils",
    "inspect",
    "train",
    "tune",
]
