// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/executor.hpp"

/// Chooses a network by time to solution, inference included, in a given time.
namespace metasolve::train {

/// A network that was tried.
struct BudgetCandidate {
  std::vector<int> hidden;     ///< network.hidden
  bool is_configured = false;  ///< the configuration's own
  int rounds = 0;              ///< that it was trained in
  double seconds = 0;          ///< of the budget that it took
  // Of its last round:
  int epochs = 0;
  double iterations = 0;        ///< mean on the validation tasks, of its best epoch, or of the constant
  bool beats_constant = false;  ///< whether an epoch took fewer iterations than the best constant
  double time_ratio = 0;        ///< time to solution of its best epoch / of the best constant; 0: not measured
  std::string problem = {};     ///< why it cannot be trained; empty: it can
};

struct BudgetSearch {
  std::vector<BudgetCandidate> candidates;  ///< smallest network first
  std::size_t taken = 0;                    ///< index of the fastest in the last round
  config::RunConfig config;                 ///< to train in what is left of the budget: an ordinary configuration
  double seconds = 0;                       ///< that the search took
  bool stopped = false;                     ///< by hooks.stop: nothing was chosen

  [[nodiscard]] BudgetCandidate const& choice() const { return candidates[taken]; }
  /// Whether the chosen network took less time than the best constant.
  [[nodiscard]] bool pays() const { return choice().beats_constant && choice().time_ratio < 1; }
};

struct BudgetHooks {
  std::function<void(std::string const&)> say;  ///< receives one line per training; may be empty
  std::atomic<bool> const* stop = nullptr;      ///< true: ends the search
};

/// Trains networks of several widths and depths, and the configured one, by the rest of the configuration, in rounds of
/// equal time: each round trains those that are left from the start, for equal shares of its time, with schedules that
/// end with the share, and keeps the half with the least time to solution on the validation tasks. The search takes
/// half of the budget; the chosen configuration has as many epochs as fit into the rest. Where not even a few epochs
/// over all training tasks fit into a share, the search uses fewer tasks. The choice depends on times, and so on the
/// machine. budget: in seconds. @throws InputError no network can be trained; DeviceError, std::bad_alloc
BudgetSearch search_within(Executor const& executor, config::RunConfig const& config, double budget,
                           BudgetHooks const& hooks);

/// Epochs of a training that take about so many seconds, at least one, by a short one in a scratch folder; empty:
/// hooks.stop. @throws as train
std::optional<int> epochs_within(Executor const& executor, config::RunConfig const& config, double seconds,
                                 BudgetHooks const& hooks);

/// The candidates as a table for people, and the reason for the choice.
std::string budget_text(BudgetSearch const& search);
nlohmann::ordered_json budget_document(BudgetSearch const& search);

/// "120", "120s", "5min", "1.5h" of --budget in seconds. @throws InputError
double seconds_in(std::string const& text);

}  // namespace metasolve::train
