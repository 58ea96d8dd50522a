// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/trainer.hpp"
#include "metasolve/detail/engine/training/shared_tasks.hpp"
#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/random/philox.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "metasolve/detail/train/constant.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/detail/train/members.hpp"
#include "metasolve/detail/train/prices.hpp"
#include "metasolve/detail/train/stop_vote.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

using io::Clock, io::seconds_since;

class Trainer {
 public:
  Trainer(Executor const& executor, config::RunConfig const& config, RunFiles const& files, std::string const& run,
          StartingPoint const* start, TrainerHooks const& hooks)
      : executor_(executor),
        config_(config),
        files_(files),
        hooks_(hooks),
        order_(static_cast<std::size_t>(config.problem.train_tasks)),
        resumes_(start != nullptr),
        stop_(executor.ranks()) {
    auto const* const from = start != nullptr ? &start->from : nullptr;
    if (exec::is_first(executor)) metrics_.emplace(files.metrics(), start != nullptr ? start->log : KeptLog{});
    // What is measured, or searched for, is rank 0's; what follows from the configuration, every rank finds itself.
    auto const here = exec::alone(executor);
    auto splits = problems::problem_of(config).tasks(config);
    splits.train = engine::shared_tasks(executor, splits.train);
    splits.validation = engine::shared_tasks(executor, splits.validation);
    validation_ = splits.validation;
    state_.config = config;
    state_.features = from != nullptr ? from->features : feature_scale(config, splits.train);
    auto const tuned = from == nullptr ? firsts_constant(here, splits.train) : std::nullopt;
    state_.prices = from != nullptr ? from->prices : firsts_prices(here, splits.train);
    batch_ = learner_options(config, state_.features).batch;
    members_.emplace(executor, config, state_.features, splits, state_.prices);
    if (from != nullptr) {
      state_ = *from;
      state_.config = config;
      best_ = start->best;
    } else {
      state_.run = run;
      members_->start(here, state_, tuned, splits.train, hooks.notice);
      take_constant(tuned);
    }
    seconds_before_ = state_.seconds;
    members_->restore(state_);
  }

  TrainResult run() {
    start_ = saved_at_ = Clock::now();
    if (state_.has_best && !best_) find_best_again();
    if (!resumes_) save_last();  // from here on the run can be killed at any time
    for (; state_.epoch < config_.training.epochs; ++state_.epoch) {
      if (!run_epoch()) {
        save_last();
        return result(false);
      }
    }
    save_last();
    members_->free_learner();
    auto finished = result(true);
    if (state_.has_best && metrics_) finished.time_ratio = time_of_best();
    return finished;
  }

 private:
  [[nodiscard]] std::optional<double> firsts_constant(Executor const& here, engine::Tasks const& train) const {
    auto const found = exec::numbers_from_first(executor_.ranks(), [&] {
      auto const constant = tuned_constant(here, config_, train);
      return constant ? std::vector<double>{*constant} : std::vector<double>{};
    });
    return found.empty() ? std::nullopt : std::optional(found.front());
  }
  [[nodiscard]] std::vector<engine::Price> firsts_prices(Executor const& here, engine::Tasks const& train) const {
    auto const numbers = exec::numbers_from_first(executor_.ranks(), [&] {
      std::vector<double> pairs;
      for (auto const& price : prices_of(here, config_, train)) pairs.insert(pairs.end(), {price.start, price.step});
      return pairs;
    });
    std::vector<engine::Price> prices;
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) prices.push_back({numbers[i], numbers[i + 1]});
    return prices;
  }

  /// 0 if the best weights cannot be read back: `evaluate` reports their quality then.
  [[nodiscard]] double time_of_best() const {
    try {
      return time_beside_constant(exec::alone(executor_), read_checkpoint(files_.best()), validation_);
    } catch (InputError const&) {
      return 0;
    }
  }

  /// Returns false if stopped within the epoch.
  bool run_epoch() {
    auto const tasks = config_.problem.train_tasks;
    random::shuffle(order_, config_.training.seed, static_cast<std::uint64_t>(state_.epoch));
    std::int64_t position = state_.learner.clock.position;
    if (position == tasks) position = 0;
    auto const settings = members_->begin_epoch(order_, state_.epoch);
    if (position > 0) members_->restore(state_);  // resumed within the epoch
    while (position < tasks) {
      if (stop_.asked(hooks_.stop)) return false;
      // With 0 seconds checkpoints are written after each epoch, not after each step.
      if (position > 0 && config_.training.checkpoint_seconds > 0 && save_is_due()) save_last();
      std::int64_t const here = std::min(batch_, tasks - position);
      members_->learner().step(here);
      position += here;
      tasks_done_ += here;
    }
    state_.learner.clock.position = 0;
    finish_epoch(settings);
    return true;
  }

  void finish_epoch(std::vector<engine::EpochSettings> const& settings) {
    auto const totals = members_->learner().epoch_totals();
    auto const mean = [](double sum, std::int64_t n) { return sum / static_cast<double>(n); };
    auto const validations = members_->validated();
    std::size_t const shown = members_->best_of(validations);
    auto const& trained = totals[shown];
    auto const& validation = validations[shown];

    TrainingProgress p;
    p.epoch = state_.epoch + 1;
    p.epochs = config_.training.epochs;
    p.members = config_.training.members;
    p.loss = mean(trained.loss, trained.tasks);
    p.validation_loss = mean(validation.loss, validation.tasks);
    p.validation_iterations = mean(validation.iterations, validation.tasks);
    p.rate = settings[shown].rate;
    p.tolerance = settings[shown].tolerance / config_.loss.margin;

    members_->observe(validations);
    bool const better = one_becomes_best(validations, p.epoch);
    p.member = static_cast<int>(shown);
    p.best_member = state_.member;
    p.best_iterations = state_.best_iterations;
    p.constant_iterations = state_.constants.known ? state_.constants.iterations() : std::nan("");
    p.seconds = seconds_before_ + seconds_since(start_);
    double const pace = seconds_since(start_) / static_cast<double>(tasks_done_);
    p.tasks_per_second = p.members / pace;
    p.seconds_left = pace * static_cast<double>(p.epochs - p.epoch) * static_cast<double>(trained.tasks);
    if (metrics_) write_metrics(p, mean(trained.iterations, trained.tasks));

    // A checkpoint now resumes at the next epoch.
    ++state_.epoch;
    if (better) keep_best();
    if (save_is_due()) save_last();
    --state_.epoch;
    if (hooks_.progress && metrics_) hooks_.progress(p);
  }

  /// Whether these are the best weights so far. Weights that need as many iterations as the constants never are.
  bool becomes_best(engine::Totals const& validation, int epoch, std::size_t member) {
    double const figure = selection_figure(config_, validation);
    double const iterations = validation.iterations / static_cast<double>(validation.tasks);
    auto const& constants = state_.constants;
    if (!std::isfinite(figure) || (constants.known && !(iterations < constants.iterations()))) return false;
    bool const is_first = !state_.has_best || (constants.known && state_.best_epoch == 0);
    if (!is_first && !(figure < state_.best_figure)) return false;
    state_.has_best = true;
    state_.best_figure = figure;
    state_.best_iterations = iterations;
    state_.best_epoch = epoch;
    choose_member(state_, member);
    return true;
  }

  bool one_becomes_best(std::vector<engine::Totals> const& validations, int epoch) {
    bool any = false;
    for (std::size_t m = 0; m < members_->count(); ++m) any = becomes_best(validations[m], epoch, m) || any;
    return any;
  }

  void keep_best() {
    best_ = snapshot();
    best_written_ = false;
  }

  /// Makes a constant the best so far. Overwrites the learner's weights.
  void take_constant(std::optional<double> tuned) {
    best_ = best_constant(members_->learner(), tuned, state_);
    best_written_ = false;
  }

  /// The best on disk is lost: the best known are these weights, if they end an epoch, or the constant; else the next
  /// ones.
  void find_best_again() {
    state_.has_best = false;
    state_.best_epoch = 0;
    state_.best_figure = state_.best_iterations = 0;
    if (auto const constants = state_.constants; constants.known) {
      take_constant(constants.is_tuned ? std::optional(constants.value) : std::nullopt);
      members_->restore(state_);
    }
    bool const at_end_of_epoch = state_.learner.clock.position == 0 && state_.epoch > 0;
    if (at_end_of_epoch && one_becomes_best(members_->validated(), state_.epoch)) keep_best();
    if (best_) save_last();
  }

  void write_metrics(TrainingProgress const& p, double train_iterations) {
    nlohmann::ordered_json line{{"epoch", p.epoch},
                                {"loss", p.loss},
                                {"iterations", train_iterations},
                                {"validation_loss", p.validation_loss},
                                {"validation_iterations", p.validation_iterations},
                                {"best_iterations", p.best_iterations},
                                {"best_epoch", state_.best_epoch},
                                {"constant_iterations", p.constant_iterations},
                                {"rate", p.rate},
                                {"tolerance", p.tolerance},
                                {"seconds", p.seconds}};
    if (p.members > 1) {
      line["member"] = p.member;
      line["best_member"] = p.best_member;
    }
    metrics_->append(line.dump());
  }

  /// Of rank 0, which alone saves.
  [[nodiscard]] bool save_is_due() const {
    return metrics_ && seconds_since(saved_at_) >= config_.training.checkpoint_seconds;
  }

  Checkpoint const& snapshot() {
    members_->save(state_);
    if (metrics_) {
      state_.metrics_bytes = metrics_->bytes();
      state_.metrics_hash = metrics_->hash();
    }
    state_.seconds = seconds_before_ + seconds_since(start_);
    return state_;
  }

  /// Writes the best first: the best that `last` records is on disk before `last` is.
  void save_last() {
    if (!metrics_) {
      snapshot();
      return;
    }
    tell(metrics_->sync());
    if (best_ && best_written_ && (is_gone(files_.best()) || is_gone(files_.model()))) best_written_ = false;
    if (best_ && !best_written_) {
      model::write_model(files_.model(), model_of(*best_));
      write_checkpoint(files_.best(), *best_);
    }
    best_written_ = true;
    if (last_written_) is_gone(files_.last());
    write_checkpoint(files_.last(), snapshot());
    last_written_ = true;
    if (hooks_.saved) hooks_.saved();
    saved_at_ = Clock::now();
  }

  void tell(std::string const& notice) const {
    if (!notice.empty() && hooks_.notice) hooks_.notice(notice);
  }
  /// Whether a written file was removed. Reports it immediately.
  bool is_gone(std::filesystem::path const& file) const {
    std::error_code error;
    bool const gone = !std::filesystem::exists(file, error) && !error;
    if (gone) tell(file.string() + ": was removed while the training ran; it is written again");
    return gone;
  }

  [[nodiscard]] TrainResult result(bool finished) const {
    return {finished,
            state_.epoch,
            state_.has_best,
            state_.best_epoch,
            state_.best_iterations,
            state_.seconds,
            state_.constants,
            false,
            0,
            state_.member};
  }

  Executor const& executor_;
  config::RunConfig config_;
  RunFiles files_;
  TrainerHooks hooks_;
  std::optional<MetricsLog> metrics_;  ///< none: not rank 0, which alone writes files and reports
  std::vector<std::int32_t> order_;
  std::optional<Members> members_;
  std::int64_t batch_ = 0;
  engine::Tasks validation_;
  Checkpoint state_;
  std::optional<Checkpoint> best_;
  bool best_written_ = true, last_written_ = false;  ///< to disk, by this process or an earlier one
  Clock::time_point start_, saved_at_;
  bool resumes_;
  StopVote stop_;
  double seconds_before_ = 0;
  std::int64_t tasks_done_ = 0;
};

}  // namespace

TrainResult train(Executor const& executor, config::RunConfig const& config, RunFiles const& files,
                  std::string const& run, StartingPoint const* start, TrainerHooks const& hooks) {
  return Trainer(executor, config, files, run, start, hooks).run();
}

}  // namespace metasolve::train
