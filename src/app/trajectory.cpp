// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/trajectory.hpp"

#include <iostream>
#include <utility>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/online_learning.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/shared_output.hpp"
#include "metasolve/detail/app/shared_sets.hpp"

namespace metasolve::app {

namespace {

using integrate::StepOutcome;

char const* name_of(Status status) { return status_names[static_cast<std::size_t>(status)]; }

/// The file's rows of this process' sets: a piece for each step.
class Rows {
 public:
  /// first: the number of the first set.
  Rows(int size, std::size_t sets, std::size_t first)
      : size_(static_cast<std::size_t>(size)), first_(first), has_ended_(sets, false) {
    if (!this_process().is_first()) return;
    text_ = "set,step,t";
    for (int i = 1; i <= size; ++i) text_ += ",y" + std::to_string(i);
    text_ += ",status,repair\n";
  }

  void add(std::size_t step, double t, std::vector<double> const& y, std::vector<StepOutcome> const& outcomes) {
    for (std::size_t set = 0; set < has_ended_.size(); ++set) {
      if (has_ended_[set]) continue;
      auto const& outcome = outcomes[set];
      text_ += std::to_string(first_ + set) + "," + std::to_string(step) + "," + number("%.17g", t);
      for (std::size_t i = 0; i < size_; ++i) {
        text_ += "," + (outcome.has_ended() ? std::string("nan") : number("%.17g", y[set * size_ + i]));
      }
      text_ += std::string(",") + name_of(outcome.status) + ",";
      if (outcome.remedy) text_ += integrate::remedy_names[static_cast<std::size_t>(*outcome.remedy)];
      text_ += '\n';
      if (!outcome.has_ended()) continue;
      has_ended_[set] = true;
      ended_.push_back({first_ + set, step, t, outcome.status});
    }
  }

  void end_piece() { pieces_.push_back(std::exchange(text_, {})); }
  [[nodiscard]] std::vector<std::string> const& pieces() const { return pieces_; }
  [[nodiscard]] std::vector<EndedSet> const& ended() const { return ended_; }
  [[nodiscard]] bool all_ended() const { return ended_.size() == has_ended_.size(); }

 private:
  std::size_t size_, first_;
  std::vector<bool> has_ended_;
  std::vector<EndedSet> ended_;
  std::string text_;
  std::vector<std::string> pieces_;
};

/// ": 2 by newton, 1 by smaller-steps"; empty: nothing was repaired.
std::string repaired_text(integrate::IntegrationTotals const& totals) {
  std::string text;
  for (std::size_t r = 0; r < totals.repaired.size(); ++r) {
    if (totals.repaired[r] == 0) continue;
    text += (text.empty() ? ": " : ", ") + std::to_string(totals.repaired[r]) + " by " + integrate::remedy_names[r];
  }
  return text;
}

}  // namespace

nlohmann::ordered_json repaired_document(integrate::IntegrationTotals const& totals) {
  nlohmann::ordered_json document;
  for (std::size_t r = 0; r < totals.repaired.size(); ++r) document[integrate::remedy_names[r]] = totals.repaired[r];
  return document;
}

int write_trajectory(IntegrateOptions const& o, Executor const& executor, integrate::IntegrationSetup const& all,
                     std::vector<double> const& t, int size) {
  auto const method = o.online          ? integrate::Method::online
                      : all.meta_solver ? integrate::Method::meta_solver
                                        : integrate::Method::newton_sor;
  auto const own = own_sets(all, static_cast<std::size_t>(size));
  auto const& setup = own.setup;
  integrate::Integration integration(executor, setup, method);
  Rows rows(size, setup.initial.size() / static_cast<std::size_t>(size), own.first);
  rows.add(0, t[0], setup.initial, integration.outcomes());
  rows.end_piece();
  for (std::size_t n = 0; n + 1 < t.size(); ++n) {
    if (!rows.all_ended()) {
      integration.step(t[n], t[n + 1] - t[n]);
      rows.add(n + 1, t[n + 1], integration.states(), integration.outcomes());
    }
    merge_online(integration, n);
    rows.end_piece();
  }
  write_pieces(o.trajectory, rows.pieces());
  auto const totals = summed(integration.totals());
  auto const ended_sets = collected(rows.ended());
  auto const repaired = totals.failures - totals.ended;
  human(o.common.json, o.trajectory) << o.trajectory << ": " << o.steps << " steps, " << totals.iterations
                                     << " iterations, " << totals.failures << " solves that did not converge, "
                                     << repaired << " of them repaired" << repaired_text(totals) << '\n';
  nlohmann::ordered_json learned;
  if (auto const* const online = integration.online(); online != nullptr) {
    auto const report = online->report();
    learned = online_document(report);
    human(o.common.json, o.trajectory) << online_text(report, "step");
    if (!o.online_state.empty() && this_process().is_first()) online->save(o.online_state);
  }
  if (auto const& ended = ended_sets; !ended.empty()) {
    auto const& first = ended.front();
    std::cerr << "metasolve: " << o.trajectory << ": " << ended.size()
              << (ended.size() == 1 ? " trajectory ends" : " trajectories end")
              << " at a step that could not be solved, the first of them set " << first.set << " at step " << first.step
              << ", t = " << number("%g", first.t) << " (" << name_of(first.status)
              << "); take more steps or iterations, or other remedies with --on-failure\n";
  }
  if (o.common.json) {
    auto ended = nlohmann::ordered_json::array();
    for (auto const& e : ended_sets) {
      ended.push_back({{"set", e.set}, {"step", e.step}, {"t", e.t}, {"status", name_of(e.status)}});
    }
    nlohmann::ordered_json document{{"trajectory", o.trajectory},
                                    {"steps", o.steps},
                                    {"iterations", totals.iterations},
                                    {"failures", totals.failures},
                                    {"repaired", repaired_document(totals)},
                                    {"ended", ended}};
    if (!learned.is_null()) document["online"] = learned;
    document["device"] = executor.description();
    print_document(document);
  }
  return totals.ended == 0 ? done : some_failed;
}

}  // namespace metasolve::app
