// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "bench/black_box/figures.hpp"

namespace metasolve::bench::black_box {

/// Counts, and which tasks failed.
struct BeamCounts {
  std::vector<std::int32_t> iterations, status;

  explicit BeamCounts(std::int64_t tasks) : iterations(static_cast<std::size_t>(tasks)), status(iterations.size()) {}
  [[nodiscard]] bool converged(std::size_t t) const { return status[t] == 0; }
  /// A failure counts as the limit.
  [[nodiscard]] double mean() const;
};

/// Both with a shift for each task.
BeamCounts counts_of_ours(engine::Tasks const& tasks, std::vector<double> const& shifts);
BeamCounts counts_of_petsc(::black_box::PetscIcc& solver, engine::Tasks const& tasks,
                           std::vector<double> const& shifts);

}  // namespace metasolve::bench::black_box
