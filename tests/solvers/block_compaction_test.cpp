// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numeric>

#include "metasolve/detail/problems/iccg_settings.hpp"
#include "tests/support/beam_outcomes.hpp"
#include "tests/support/bound_tasks.hpp"
#include "tests/support/executors.hpp"

/// Blocks that are removed from a part after stopping, and the remaining ones.
namespace metasolve::block_compaction_test {
namespace {

using namespace test;
using problems::Batching;
using problems::IccgSettings;

/// Chains whose counts range from a few to the number of unknowns: blocks leave the part one by one, some of them
/// confirmed more than once.
struct Chains {
  static constexpr int n = 60, count = 24;
  sparse::SymmetricStructure structure;

  Chains() {
    std::vector<std::pair<std::int32_t, std::int32_t>> places;
    for (int j = 0; j + 1 < n; ++j) places.emplace_back(j + 1, j);
    structure = sparse::structure_of(n, places);
  }
  /// Task i is chain of[i].
  [[nodiscard]] engine::Tasks tasks(IccgSettings const& settings, std::vector<int> const& of) const {
    auto const entries = structure.entries();
    return spd_tasks(structure, settings, static_cast<std::int64_t>(of.size()),
                     [=](std::int64_t first, std::int64_t many, double* values, double* rhs) {
                       for (auto task = first; task < first + many; ++task) {
                         int const t = of[static_cast<std::size_t>(task)], order = t * 7 % count;
                         std::fill_n(values, entries, -1.0);
                         for (int i = 0; i < n; ++i) {
                           values[entries + i] = 2 + 0.003 * order * order + 0.1 * (i % 3);
                           rhs[i] = 1.0 / (1 + (i + t) % 11);
                         }
                         values += entries + n;
                         rhs += n;
                       }
                     });
  }
};

class BlocksOn : public OnExecutors {};
METASOLVE_ON_EXECUTORS(BlocksOn);

/// Which tasks are computed along, for how long, and where a task is moved in the part does not affect it.
TEST_P(BlocksOn, ATaskDependsOnItselfAlone) {
  Chains const chains;
  std::vector<int> everyone(Chains::count);
  std::iota(everyone.begin(), everyone.end(), 0);
  for (auto const& settings :
       {IccgSettings{PreconditionerKind::none, {}, 0, Batching::block_diagonal},
        IccgSettings{PreconditionerKind::jacobi, {}, 0, Batching::block_diagonal},
        IccgSettings{PreconditionerKind::incomplete_cholesky, {0, {}}, 0.5, Batching::block_diagonal},
        IccgSettings{PreconditionerKind::incomplete_cholesky, {0, 0}, 0.5, Batching::block_diagonal}}) {
    for (double const tolerance : {1e-6, 1e-15, 1e-16}) {
      engine::SolveLimits const limits{tolerance, 300};
      auto const together = outcomes(executor(), chains.tasks(settings, everyone), limits);
      auto const [least, most] = std::ranges::minmax(together.iterations);
      EXPECT_GT(most, 2 * least) << "the test is of tasks that stop at different times";
      for (int const t : everyone) {
        auto const alone = outcomes(executor(), chains.tasks(settings, {t}), limits);
        auto const i = static_cast<std::size_t>(t);
        auto const label = "task " + std::to_string(t) + ", preconditioner " +
                           std::to_string(static_cast<int>(settings.preconditioner)) + ", log10 of the tolerance " +
                           std::to_string(std::log10(tolerance));
        EXPECT_EQ(together.status[i], alone.status[0]) << label;
        EXPECT_EQ(together.iterations[i], alone.iterations[0]) << label;
        EXPECT_EQ(together.measure[i], alone.measure[0]) << label;
      }
    }
  }
}

/// The limit of a first attempt, the only one for some tasks, with and without confirmations.
TEST(Blocks, RespectTheLimitOfAnAttempt) {
  Chains const chains;
  std::vector<int> everyone(Chains::count);
  std::iota(everyone.begin(), everyone.end(), 0);
  constexpr int limit = 200, first_max_iterations = 12;
  std::vector<Origin> origin(Chains::count, Origin::chosen);
  for (std::size_t t = 0; t < origin.size(); t += 3) origin[t] = Origin::replaced;
  for (bool const confirms : {false, true}) {
    auto const run_by = [&](Batching batching) {
      IccgSettings const settings{PreconditionerKind::jacobi, {}, 0, batching};
      auto bound = std::make_unique<BoundTasks>(chains.tasks(settings, everyone),
                                                engine::StageLimits{.capacity = Chains::count, .confirms = confirms},
                                                Chains::n, limit);
      bound->run.confirms = confirms;
      bound->run.attempt_max_iterations = first_max_iterations;
      bound->run.origin = origin.data();
      bound->run.solution = {bound->solution.data(), Chains::n, 1};
      bound->group.solver->solve(bound->run);
      return bound;
    };
    auto const blocks = run_by(Batching::block_diagonal), lockstep = run_by(Batching::lockstep);
    EXPECT_EQ(blocks->status, lockstep->status);
    EXPECT_EQ(blocks->iterations, lockstep->iterations);
    int stopped = 0;
    for (std::size_t t = 0; t < origin.size(); ++t) {
      if (origin[t] == Origin::chosen) {
        EXPECT_LE(blocks->iterations[t], first_max_iterations);
      }
      bool const at_limit = blocks->status[t] == static_cast<int>(Status::iteration_limit);
      stopped += at_limit ? 1 : 0;
      EXPECT_FALSE(at_limit && origin[t] == Origin::replaced);
      for (std::size_t i = t * Chains::n; i < (t + 1) * Chains::n; ++i) {
        ASSERT_NEAR(blocks->solution[i], lockstep->solution[i], 1e-9 * std::abs(lockstep->solution[i]));
      }
    }
    EXPECT_GT(stopped, 0);
  }
}

}  // namespace
}  // namespace metasolve::block_compaction_test
