// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/adam.hpp"
#include "kernels/surrogate.hpp"
#include "metasolve/executor.hpp"
#include "src/network/meta_network.hpp"

namespace metasolve::engine {

/// What changes from epoch to epoch.
struct EpochSettings {
  double rate = 0;
  double tolerance = 0;
};

/// Sums over tasks.
struct Totals {
  std::int64_t tasks = 0;
  double loss = 0;
  double iterations = 0;
};

/// Everything that the next step depends on, beside the tasks.
struct LearnerState {
  std::vector<double> weights, first_moment, second_moment;  ///< in doubles whatever the network's precision: exact
  kernels::StepClock clock;
};

/// How each task of a group was solved.
struct Outcomes {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure;
};

struct SolveLimits {
  double tolerance = 0;
  std::int32_t iterations = 0;
};

enum class Guess { meta_solver, zero };

/// A meta-solver with its tasks on an executor: the stages of the data flow behind one interface, whatever the
/// device and the precisions. Made by make_learner; used by the trainer, by evaluation and by the library.
class Learner {
 public:
  virtual ~Learner() = default;

  /// order: the epoch's permutation of the training tasks. Ordered on the stream, as all below.
  virtual void begin_epoch(std::span<std::int32_t const> order, EpochSettings const& settings) = 0;
  /// One update from the next `tasks` tasks of the order. Does not wait.
  virtual void step(std::int64_t tasks) = 0;
  /// Of the epoch so far. Waits.
  virtual Totals epoch_totals() = 0;
  /// Iterations and, if wanted, loss over the validation tasks; nothing is learned. Waits.
  virtual Totals validate(SolveLimits const& limits, bool with_loss) = 0;

  /// Solves tasks [first, first + count) of the evaluation group, inference included; the results stay on the
  /// device until `outcomes`. Does not wait.
  virtual void solve(Guess guess, SolveLimits const& limits, std::int64_t first, std::int64_t count) = 0;
  virtual Outcomes outcomes() = 0;                          ///< of all tasks of the evaluation group. Waits.
  [[nodiscard]] virtual std::int64_t capacity() const = 0;  ///< tasks that one `solve` takes at most

  virtual LearnerState save() = 0;                      ///< Waits.
  virtual void restore(LearnerState const& state) = 0;  ///< sizes must agree
  virtual void synchronize() = 0;
};

}  // namespace metasolve::engine
