// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/online/online_options.hpp"
#include "metasolve/detail/online/policy_network.hpp"
#include "metasolve/kernels/online/online_state.hpp"
#include "metasolve/types.hpp"

namespace metasolve::online {

/// All of an online meta-solver's state, on the host.
struct Snapshot {
  std::vector<double> sums, estimates, values, limits, proposer;
  std::vector<std::int64_t> counters;
  std::vector<std::int32_t> arms, best;
  kernels::OnlineClock clock;
};

/// The contextual bandit of docs/online.md on an executor. Calls are ordered on its stream; choose and learn neither
/// allocate nor wait.
class Learner {
 public:
  /// options: checked. policy: of Estimator::network, saved earlier.
  Learner(Executor executor, Options options, std::optional<PolicyShape> policy = {});

  [[nodiscard]] Options const& options() const { return options_; }
  [[nodiscard]] exec::Backend& backend() const { return executor_.backend(); }
  [[nodiscard]] int features() const { return grid_.features; }
  /// Of Estimator::network.
  [[nodiscard]] std::optional<PolicyShape> const& policy() const { return policy_; }

  /// For 0 to capacity tasks.
  void choose(std::int64_t count, kernels::BatchView<double const> features);
  /// theta [count][parameters] of the last choose.
  [[nodiscard]] double const* chosen() const { return chosen_.data(); }
  [[nodiscard]] std::int32_t const* limits() const { return limits_.data(); }  ///< LockstepArguments::attempt_limits
  [[nodiscard]] bool has_chosen() const { return has_chosen_; }                ///< and not yet learned

  /// Memory for results that a caller did not request, each [capacity].
  [[nodiscard]] std::int32_t* status() { return status_.data(); }
  [[nodiscard]] std::int32_t* iterations() { return iterations_.data(); }
  [[nodiscard]] Origin* origin() { return origin_.data(); }

  /// From a solver's results for the tasks of the last choose.
  void learn_counts(std::int32_t const* iterations, std::int32_t const* status, Origin const* origin);
  void learn_costs(Column<double> const& cost);
  /// Whether it may: costs are summed in one unit, that of the first ones.
  [[nodiscard]] bool can_learn_counts() const { return unit_ == 0 || unit_ == unit_of_counts(); }
  [[nodiscard]] bool can_learn_costs() const { return unit_ == 0 || unit_ == options_.cost_unit; }

  // These wait.
  [[nodiscard]] Snapshot snapshot() const;
  /// The same with all costs so far in the sums and estimates, which otherwise happens in the next choose.
  [[nodiscard]] Snapshot up_to_date() const;
  void restore(Snapshot const& snapshot);
  /// All that `other`, of the same options, has learned.
  void copy(Learner const& other);
  [[nodiscard]] std::vector<double> learned() const;
  void merge(std::span<double const> sum);
  [[nodiscard]] OnlineReport report() const;
  /// The unit in which costs are counted; 0: none has been.
  [[nodiscard]] double unit() const { return unit_; }
  void set_unit(double unit) { unit_ = unit; }
  [[nodiscard]] std::vector<double> const& base() const { return base_; }
  void set_base(std::vector<double> base) { base_ = std::move(base); }

 private:
  [[nodiscard]] kernels::OnlineCounters counters() const;
  [[nodiscard]] kernels::OnlineSums sums() const;
  [[nodiscard]] kernels::OnlineEstimates estimates() const;
  [[nodiscard]] kernels::OnlineDraws draws() const;
  struct SumKind;
  [[nodiscard]] SumKind kind_of(std::size_t i) const;
  void update(std::int64_t count);
  void learn(kernels::OnlineCosts costs, double unit);
  [[nodiscard]] Choice choice() const;
  [[nodiscard]] double unit_of_counts() const;

  Executor executor_;  ///< keeps the backend alive
  Options options_;
  kernels::OnlineGrid grid_;
  kernels::OnlineSettings settings_;
  std::optional<PolicyShape> policy_;
  std::int64_t count_ = 0;  ///< of the last choose
  bool has_chosen_ = false;
  kernels::BatchView<double const> last_features_;  ///< of the last choose
  double unit_ = 0;                                 ///< of costs; 0: there was none
  std::vector<double> base_;                        ///< the sums after the last merge; empty: there was none

  exec::Buffer<double> values_, sums_, estimates_, drawn_, drawn_limits_, chosen_, units_;
  exec::Buffer<std::int64_t> counters_;
  exec::Buffer<std::int32_t> drawn_arms_, best_arms_;
  exec::Buffer<std::int32_t> limits_, cell_, status_, iterations_;
  exec::Buffer<Origin> origin_;
  exec::Buffer<kernels::OnlineClock> clock_;
  exec::Buffer<std::byte> workspace_;
  std::unique_ptr<Proposer> proposer_;  ///< null: the bins
};

}  // namespace metasolve::online
