// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>

#include "figures.hpp"
#include "metasolve/linear_solver.hpp"

namespace metasolve::bench::online {

namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Contender {
  std::string name;
  double omega = 0;  ///< 0: no preconditioner
  bool is_ours = false, is_direct = false, is_tsallis = false;
};

/// A simulation of its own; only the solver's part is timed.
class Timed {
 public:
  Timed(heat::HeatEquation const& heat, Contender const& who)
      : heat_(heat),
        who_(who),
        u_(static_cast<std::size_t>(heat.unknowns())),
        next_(u_.size()),
        b_(u_.size()),
        a_(static_cast<std::size_t>(heat.entries())) {
    heat.start(u_.data());
    auto const executor = Executor::cpu(1);
    auto const start = Clock::now();
    if (who.is_direct) {
      direct_.emplace(executor, heat.pattern(),
                      LinearSolver::Options{.matrix = LinearSolver::Matrix::positive_definite,
                                            .method = LinearSolver::Method::cholesky},
                      Setup{.capacity = 1});
    } else {
      auto const kind = who.omega > 0 ? PreconditionerKind::ssor : PreconditionerKind::none;
      cg_.emplace(executor, heat.pattern(),
                  CgSolver::Options{.preconditioner = kind, .ordering = CgSolver::Ordering::natural},
                  Setup{.capacity = 1});
    }
    if (who.is_ours) {
      online_.emplace(executor,
                      learner_options(heat.most_coupling(), who.omega, OnlineMetaSolver::Exploration::confidence, 1));
    }
    if (who.is_tsallis) tsallis_.emplace(1);
    setup_ = since(start);
  }

  /// Seconds.
  double advance(double time) {
    heat_.assemble(time, u_.data(), a_.data(), b_.data());
    double const feature = 1 + heat_.coupling(time);
    std::int32_t status = 0, iterations = 0;
    Results<double> const results{.status = &status, .iterations = &iterations, .solution = {next_.data(), 0}};
    double const processor = processor_seconds();
    auto const start = Clock::now();
    if (direct_) {
      direct_->solve({.count = 1, .values = {a_.data(), 0}, .rhs = {b_.data(), 0}}, {.tolerance = tolerance}, results);
    } else {
      double omega = who_.omega > 0 ? who_.omega : 1;
      Policy policy;
      if (online_) policy.online = {&*online_, {&feature, 1}};
      if (tsallis_) omega = tsallis_->choose(feature).omega;
      cg_->solve({.count = 1, .values = {a_.data(), 0}, .rhs = {b_.data(), 0}, .omega = omega, .guess = {u_.data(), 0}},
                 {.tolerance = tolerance}, results, policy);
      if (tsallis_) tsallis_->learn(iterations, false);
    }
    double const seconds = since(start);
    processor_ += processor_seconds() - processor;
    if (status != 0) throw std::runtime_error(who_.name + ": a step was not solved");
    counts_.push_back(iterations);
    std::swap(u_, next_);
    return seconds;
  }

  [[nodiscard]] double setup() const { return setup_; }
  [[nodiscard]] double processor() const { return processor_; }  ///< seconds of all steps
  [[nodiscard]] Counts const& counts() const { return counts_; }

 private:
  heat::HeatEquation const& heat_;
  Contender who_;
  std::vector<double> u_, next_, b_, a_;
  Counts counts_;
  std::optional<CgSolver> cg_;
  std::optional<LinearSolver> direct_;
  std::optional<OnlineMetaSolver> online_;
  std::optional<Tsallis> tsallis_;
  double setup_ = 0, processor_ = 0;
};

/// The timed calls must have done what the trajectories count.
void check_counts(Course const& course, Timed const& ours, double constant) {
  std::vector<std::unique_ptr<Chooser>> one;
  one.push_back(std::make_unique<Ours>(
      learner_options(course.heat->most_coupling(), constant, OnlineMetaSolver::Exploration::confidence, 1)));
  if (with_choosers(course, one)[0] != ours.counts()) {
    throw std::runtime_error("calls with policy.online and by choose and learn need different iterations");
  }
}

}  // namespace

Json seconds(heat::HeatEquation const& heat, double best_omega, int steps, int rounds) {
  std::vector<Contender> const contenders{{.name = "CG"},
                                          {.name = "omega 1", .omega = 1},
                                          {.name = "omega 1.5", .omega = 1.5},
                                          {.name = "best fixed", .omega = best_omega},
                                          {.name = "Tsallis-INF", .omega = 1, .is_tsallis = true},
                                          {.name = "online", .omega = best_omega, .is_ours = true},
                                          {.name = "cholesky", .is_direct = true}};
  auto const course = reference(heat, steps);
  // [contenders][steps][rounds]: what is solved in a step is the same in all rounds.
  std::vector<std::vector<std::vector<double>>> times(contenders.size(),
                                                      std::vector<std::vector<double>>(course.times.size()));
  std::vector<std::vector<double>> setups(contenders.size()), processors(contenders.size());
  std::vector<double> means(contenders.size());
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::unique_ptr<Timed>> all;
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      all.push_back(std::make_unique<Timed>(heat, contenders[c]));
      setups[c].push_back(all[c]->setup());
    }
    for (std::size_t s = 0; s < course.times.size(); ++s) {
      for (std::size_t c = 0; c < all.size(); ++c) times[c][s].push_back(all[c]->advance(course.times[s]));
    }
    for (std::size_t c = 0; c < all.size(); ++c) {
      means[c] = mean(all[c]->counts());
      processors[c].push_back(all[c]->setup() + all[c]->processor());
      if (round == 0 && contenders[c].is_ours) check_counts(course, *all[c], best_omega);
    }
  }
  Json out{{"steps", steps}, {"rounds", rounds}, {"threads", 1}, {"rows", Json::array()}};
  for (std::size_t c = 0; c < contenders.size(); ++c) {
    std::vector<double> of_step;
    double total = median(setups[c]), least = total;
    for (auto& rounds_of_step : times[c]) {
      of_step.push_back(median(rounds_of_step));
      total += of_step.back();
      least += *std::min_element(rounds_of_step.begin(), rounds_of_step.end());
    }
    out["rows"].push_back({{"method", contenders[c].name},
                           {"seconds_per_solve", total / static_cast<double>(steps)},
                           {"least_seconds_per_solve", least / static_cast<double>(steps)},
                           {"processor_seconds_per_solve", median(processors[c]) / static_cast<double>(steps)},
                           {"p99_seconds", percentile99(of_step)},
                           {"setup_seconds", median(setups[c])},
                           {"iterations", means[c]}});
  }
  return out;
}

}  // namespace metasolve::bench::online
