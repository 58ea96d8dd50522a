// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "src/config/run_config.hpp"
#include "src/engine/make_learner.hpp"

namespace metasolve::bench {

/// A solve alone, or with the surrogate's gradient by one of these.
enum class Way { forward, adjoint, tangent, difference };

/// Tasks of one kind, and what solving them costs by count.
struct Case {
  std::string name;          ///< "poisson_16", "robertson", ...
  config::RunConfig config;  ///< its distribution; the constant parameters are its defaults
  engine::SolveLimits limits;
  double flops = 0;          ///< of an iteration of a task, its measure included
  double back_flops = 0;     ///< of an iteration of a task in reverse
  double tangent_flops = 0;  ///< of an iteration of a task with its tangent by one parameter; 0: not counted
  double start_flops = 0;    ///< of a task before it: a factorisation
  double bytes = 0;          ///< of a task, from main memory and to it: what is read once
  double bytes_drawn = 0;    ///< of a task on the host
  double tape_bytes = 0;     ///< of an iteration of a task that is to be reversed: a slot written, and read
  bool single = false;       ///< precision

  [[nodiscard]] double flops_of(Way way) const;
  [[nodiscard]] double bytes_of(Way way, double iterations) const;  ///< of so many iterations of a task
};

/// Jacobi from zero to 1e-6 on `unknowns` unknowns: 6 operations an unknown, 8 in reverse (docs/performance.md).
Case poisson(int unknowns, bool single = false);
/// Newton-SOR, r = 1.37, to 1e-9: 43 operations, 98 in reverse (docs/adjoints/newton_sor.md: what has to be done).
Case robertson();
/// ICCG(0.05) to 1e-6 on clamped beams of so many boxes, fill by level, or by magnitude where entries >= 0.
Case beams(std::vector<int> const& cells, int fill_level, int fill_entries);

/// Tasks 0 ... count - 1 of the test stream.
engine::Tasks tasks_of(Case const& of, std::int64_t count);

/// A network of two hidden layers for these tasks; drawn, not trained.
engine::LearnerOptions options_of(Case const& of, int hidden, std::int64_t batch);

}  // namespace metasolve::bench
