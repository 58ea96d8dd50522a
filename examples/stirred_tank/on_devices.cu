// SPDX-License-Identifier: Apache-2.0
#include "stirred_tank.hpp"

/// main.cpp compiles the problem for CPUs; nvcc compiles this file for CUDA devices.
[[maybe_unused]] static bool const on_devices = metasolve::compile_training<TankProblem>();
