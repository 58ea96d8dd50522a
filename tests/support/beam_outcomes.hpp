// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/make_learner.hpp"
#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "tests/support/beam_problem.hpp"

/// The beams solved as by the command line.
namespace metasolve::test {

/// Systems of one pattern. fill: values [n][entries + unknowns], right-hand sides [n][unknowns] of systems first ...
/// first + n - 1.
inline engine::Tasks spd_tasks(
    sparse::SymmetricStructure const& structure, problems::IccgSettings const& settings, std::int64_t count,
    std::function<void(std::int64_t first, std::int64_t n, double* values, double* rhs)> fill) {
  auto const kind =
      std::make_shared<problems::SpdKind>(std::make_shared<sparse::SymmetricStructure const>(structure), settings);
  return {count, kind,
          [fill = std::move(fill), values = kind->values(), width = kind->width()](std::int64_t first, std::int64_t n,
                                                                                   double* rows) {
            for (std::int64_t t = first; t < first + n; ++t, rows += width) fill(t, 1, rows, rows + values);
          }};
}

inline engine::Tasks tasks_of(Beams const& beams, problems::IccgSettings const& settings) {
  auto const size = beams.structure.entries() + Beams::unknowns;
  return spd_tasks(beams.structure, settings, Beams::count,
                   [&beams, size](std::int64_t first, std::int64_t n, double* values, double* rhs) {
                     std::copy_n(beams.values.begin() + first * size, n * size, values);
                     std::copy_n(beams.rhs.begin() + first * Beams::unknowns, n * Beams::unknowns, rhs);
                   });
}

inline engine::Outcomes outcomes(Executor const& executor, engine::Tasks const& tasks,
                                 engine::SolveLimits const& limits = {1e-6, 600}) {
  config::RunConfig c;
  c.problem.name = "spd";
  c.network.hidden = {1};
  train::FeatureScale const unused{std::vector<double>(6), std::vector<double>(6)};
  auto const evaluator = engine::make_evaluator(executor, train::learner_options(c, unused), tasks);
  train::solve_all(*evaluator, engine::Parameters::given, limits, tasks.count);
  return evaluator->outcomes();
}

}  // namespace metasolve::test
