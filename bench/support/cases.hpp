// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/engine/training/make_learner.hpp"

namespace metasolve::bench {

/// Only a solve, or also the surrogate's gradient by one of these methods.
enum class Way { forward, adjoint, tangent, difference };

/// Tasks of one kind, and the counted cost of solving them.
struct Case {
  std::string name;          ///< "poisson_16", "robertson", ...
  config::RunConfig config;  ///< its distribution; its defaults are the constant parameters
  engine::SolveLimits limits;
  double flops = 0;          ///< per iteration and task, measure included
  double back_flops = 0;     ///< per iteration and task in reverse
  double tangent_flops = 0;  ///< per iteration and task with its tangent by one parameter; 0: not counted
  double start_flops = 0;    ///< per task before the iterations: a factorisation
  double bytes = 0;          ///< per task, from and to main memory, reads counted once
  double bytes_drawn = 0;    ///< per task on the host
  double tape_bytes = 0;     ///< per iteration and task for the reverse: one slot, written and read
  bool single = false;       ///< precision

  [[nodiscard]] double flops_of(Way way) const;
  [[nodiscard]] double bytes_of(Way way, double iterations) const;  ///< for this many iterations of a task
};

/// Jacobi from zero to 1e-6 on `unknowns` unknowns: 6 operations per unknown, 8 in reverse (docs/performance.md).
Case poisson(int unknowns, bool single = false);
/// Newton-SOR, r = 1.37, to 1e-9: 43 operations, 98 in reverse (the minimum: docs/adjoints/newton_sor.md).
Case robertson();
/// ICCG(0.05) to 1e-6 on clamped beams of `cells` boxes; fill by level, or by magnitude if fill_entries >= 0.
Case beams(std::vector<int> const& cells, int fill_level, int fill_entries);

/// Tasks 0 ... count - 1 of the test stream.
engine::Tasks tasks_of(Case const& of, std::int64_t count);

/// A network of two hidden layers for these tasks; random, not trained.
engine::LearnerOptions options_of(Case const& of, int hidden, std::int64_t batch);

}  // namespace metasolve::bench
