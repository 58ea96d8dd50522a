// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/ode_solver.hpp"
#include "src/api/problem_calls.hpp"

namespace metasolve::api {

/// For a system that is known by name. An executor each, in instantiate_cpu.cpp and instantiate_cuda.cu.
std::unique_ptr<ProblemCalls> make_ode_calls_cpu(Executor const& executor, OdeSolver::System const& system,
                                                 Setup const& setup);
std::unique_ptr<ProblemCalls> make_ode_calls_cuda(Executor const& executor, OdeSolver::System const& system,
                                                  Setup const& setup);

}  // namespace metasolve::api
