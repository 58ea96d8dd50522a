// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/engine/make_learner.hpp"
#include "src/train/evaluate.hpp"
#include "tests/support/beam_problem.hpp"

/// The beams solved the way the command line does.
namespace metasolve::test {

inline problems::SpdTasks tasks_of(Beams const& beams, problems::IccgSettings const& settings) {
  problems::SpdTasks t;
  t.count = Beams::count;
  t.structure = std::make_shared<sparse::SymmetricStructure const>(beams.structure);
  t.iccg = settings;
  auto const size = beams.structure.entries() + Beams::unknowns;
  t.fill = [&beams, size](std::int64_t first, std::int64_t n, double* values, double* right) {
    std::copy_n(beams.values.begin() + first * size, n * size, values);
    std::copy_n(beams.right.begin() + first * Beams::unknowns, n * Beams::unknowns, right);
  };
  return t;
}

inline engine::Outcomes outcomes(Executor const& executor, problems::SpdTasks const& tasks,
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
