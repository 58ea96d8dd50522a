// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/black_box_stage.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/estimate/estimator.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/problems/black_box.hpp"
#include "metasolve/detail/problems/probe_runner.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/network/adam.hpp"

namespace metasolve::problems {

namespace {

using Arguments = kernels::LockstepArguments<double>;

/// What the stage and the network read: all on the host.
struct BoxData {
  std::vector<double> rows;    ///< [tasks][width]
  std::vector<double> scaled;  ///< [tasks][features] of mean 0 and deviation 1
  exec::Buffer<double> features, coordinates;
};

class BlackBoxStage final : public engine::SolveStage<double> {
 public:
  BlackBoxStage(BlackBox const& box, std::shared_ptr<BoxData const> data, std::int64_t tasks,
                engine::StageLimits const& limits)
      : data_(std::move(data)), space_(space_of(box)), runner_(box) {
    if (limits.tape_bytes == 0) return;  // does not differentiate
    estimator_ = estimate::make_estimator(limits.gradient, space_, limits.estimator, tasks,
                                          static_cast<int>(feature_count(box)));
    for (auto const& name : box.reference) {
      reference_columns_.push_back(
          static_cast<std::size_t>(std::ranges::find(box.columns, name) - box.columns.begin()));
    }
  }

  [[nodiscard]] int parameter_size() const override { return space_.coordinates; }
  /// What is written as a task's solution: the parameters that its solve was given.
  [[nodiscard]] int solution_size() const override { return space_.parameters(); }
  [[nodiscard]] bool waits() const override { return true; }
  void follow(kernels::StepClock const* clock) override { clock_ = clock; }
  [[nodiscard]] std::vector<double> state() const override {
    return estimator_ ? estimator_->state() : std::vector<double>();
  }
  void restore(std::vector<double> const& state) override {
    if (estimator_) estimator_->restore(state);
  }

  void attempt(Arguments const& a, kernels::Attempt attempt, kernels::Guard const& guard) override {
    if (guard.validates || attempt == kernels::Attempt::again) {
      throw Error("attempt: a black box has no guard and no second attempt");
    }
    if (a.slots == 0) return;
    begin(a, 1);
    for (std::int64_t s = 0; s < a.slots; ++s) space_.resolve(predicted(s), point(s));
    runner_.run(a.slots, tasks_.data(), points_.data(), limits_of(a));
    for (std::int64_t s = 0; s < a.slots; ++s) {
      write(a, s, 1);
      for (int p = 0; p < space_.parameters() && a.solution; ++p) a.solution(s, p) = point(s)[p];
    }
  }

  void differentiate(Arguments const& a) override {
    if (a.slots == 0) return;
    int const probes = estimator_->probes();
    begin(a, probes);
    auto const batch = batch_of(a);
    estimator_->place(batch, points_.data());
    auto const resolved = rounded();
    runner_.run(probes * a.slots, tasks_.data(), resolved.data(), limits_of(a));
    std::vector<double> losses;
    std::vector<char> failed;
    for (std::int64_t i = 0; i < probes * a.slots; ++i) {
      losses.push_back(runner_[i].loss);
      failed.push_back(runner_.failed(i) ? 1 : 0);
    }
    gradient_.assign(predicted_.size(), 0);
    estimator_->estimate(batch, points_.data(), {losses.data(), failed.data()}, gradient_.data());
    int const reported = estimator_->has_center() ? 1 : probes;
    for (std::int64_t s = 0; s < a.slots; ++s) {
      write(a, s, reported);
      for (int j = 0; j < space_.coordinates && a.theta_bar; ++j) {
        a.theta_bar(s, j) = a.weight * gradient_[at(s * space_.coordinates + j)];
      }
    }
  }

  void gauss_newton(Arguments const&, kernels::GaussNewtonArguments<double> const&) override {
    throw InputError("optimizer.kind: a black box has no derivatives; use \"adam\"");
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  [[nodiscard]] std::size_t columns() const { return runner_.box().columns.size(); }
  [[nodiscard]] std::size_t width() const { return columns() + at(space_.coordinates); }
  [[nodiscard]] double const* predicted(std::int64_t s) const { return predicted_.data() + at(s * space_.coordinates); }
  double* point(std::int64_t i) { return points_.data() + at(i * space_.parameters()); }
  [[nodiscard]] double const* row(Arguments const& a, std::int64_t s) const {
    return data_->rows.data() + at(a.task(s)) * width();
  }

  static ProbeLimits limits_of(Arguments const& a) {
    return {a.tolerance[0], a.max_iterations[0], a.surrogate, a.gain != nullptr ? *a.gain : 1};
  }

  /// The call's tasks, `probes` times one after the other, and the coordinates of each.
  void begin(Arguments const& a, int probes) {
    points_.resize(at(probes * a.slots * space_.parameters()));
    tasks_.resize(at(probes * a.slots) * columns());
    predicted_.resize(at(a.slots * space_.coordinates));
    for (std::int64_t s = 0; s < a.slots; ++s) {
      auto const* const of_task = row(a, s);
      for (int probe = 0; probe < probes; ++probe) {
        std::copy_n(of_task, columns(), tasks_.data() + at(probe * a.slots + s) * columns());
      }
      auto* const to = predicted_.data() + at(s * space_.coordinates);
      for (int j = 0; j < space_.coordinates; ++j) to[j] = a.theta ? a.theta(s, j) : of_task[columns() + at(j)];
    }
  }

  estimate::Batch batch_of(Arguments const& a) {
    auto const features = at(feature_count(runner_.box()));
    number_.clear();
    features_.clear();
    reference_.clear();
    for (std::int64_t s = 0; s < a.slots; ++s) {
      number_.push_back(static_cast<std::int32_t>(a.task(s)));
      auto const* const seen = data_->scaled.data() + at(a.task(s)) * features;
      features_.insert(features_.end(), seen, seen + features);
      for (auto const column : reference_columns_) reference_.push_back(row(a, s)[column]);
    }
    return {.tasks = a.slots,
            .theta = predicted_.data(),
            .number = number_.data(),
            .step = clock_ != nullptr ? clock_->updates : 0,
            .features = features_.data(),
            .reference = reference_.empty() ? nullptr : reference_.data()};
  }

  /// The points as the solver is given them.
  [[nodiscard]] std::vector<double> rounded() const {
    auto to = points_;
    auto const parameters = space_.entries.size();
    for (std::size_t p = 0; p < parameters; ++p) {
      auto const& e = space_.entries[p];
      if (e.kind == estimate::ParameterSpace::Kind::choice) continue;
      for (std::size_t i = p; i < to.size(); i += parameters) to[i] = estimate::ParameterSpace::value(e, to[i]);
    }
    return to;
  }

  /// The task's result: of its first probe, or the mean of all.
  void write(Arguments const& a, std::int64_t s, int probes) const {
    double iterations = 0, loss = 0;
    auto status = runner_[s].status;
    for (int probe = 0; probe < probes; ++probe) {
      auto const& result = runner_[probe * a.slots + s];
      iterations += result.iterations;
      loss += result.loss;
      if (!runner_.failed(probe * a.slots + s)) status = result.status;
    }
    auto const made = static_cast<std::int32_t>(std::lround(iterations / probes));
    kernels::write_outcome<double>(a, s, static_cast<kernels::Status>(status), made, runner_[s].measure,
                                   {loss / probes});
    // The mean over probes, some of which failed.
    if (probes > 1 && a.iterations) a.iterations[s] = made;
  }

  std::shared_ptr<BoxData const> data_;
  estimate::ParameterSpace space_;
  ProbeRunner runner_;
  std::unique_ptr<estimate::Estimator> estimator_;
  std::vector<std::size_t> reference_columns_;
  kernels::StepClock const* clock_ = nullptr;
  std::vector<double> tasks_, points_, predicted_, gradient_, features_, reference_;
  std::vector<std::int32_t> number_;
};

/// features: [tasks][feature_count]. @throws InputError one is not finite
void require_finite(BlackBox const& box, std::vector<double> const& features) {
  auto const bad = std::ranges::find_if(features, [](double x) { return !std::isfinite(x); });
  if (bad == features.end()) return;
  auto const at = bad - features.begin(), width = static_cast<std::ptrdiff_t>(feature_count(box));
  auto const name = described(box).sides.features[static_cast<std::size_t>(at % width)].name;
  reject(box, name + " of task " + std::to_string(at / width) + " is " + io::shortest(*bad) +
                  "; a network needs finite numbers, and a logarithm numbers above 0: change the tasks, or leave the "
                  "column out of by_logarithm");
}

/// Mean 0 and deviation 1 over the tasks.
std::vector<double> standardised(std::vector<double> values, std::int64_t tasks) {
  auto const n = static_cast<std::size_t>(tasks), width = values.size() / std::max<std::size_t>(n, 1);
  for (std::size_t j = 0; j < width; ++j) {
    double mean = 0, square = 0;
    for (std::size_t t = 0; t < n; ++t) mean += values[t * width + j] / static_cast<double>(n);
    for (std::size_t t = 0; t < n; ++t) {
      double const from_mean = values[t * width + j] -= mean;
      square += from_mean * from_mean / static_cast<double>(n);
    }
    for (std::size_t t = 0; t < n && square > 0; ++t) values[t * width + j] /= std::sqrt(square);
  }
  return values;
}

}  // namespace

engine::TaskGroup<double> bind_black_box(exec::Backend& exec, engine::Tasks const& tasks, BlackBox const& box,
                                         engine::StageLimits const& limits) {
  if (exec.name() == "cuda") reject(box, "is solved on the host; choose the device \"cpu\"");
  auto const columns = static_cast<std::int64_t>(box.columns.size());
  std::int64_t const coordinates = space_of(box).coordinates, width = columns + coordinates;
  std::int64_t const features = feature_count(box);
  auto data = std::make_shared<BoxData>();
  data->features = exec::Buffer<double>(exec, tasks.count * features);
  data->coordinates = exec::Buffer<double>(exec, tasks.count * coordinates);
  if (!exec.planning()) {
    data->rows.resize(static_cast<std::size_t>(tasks.count * width));
    tasks.fill(0, tasks.count, data->rows.data());
    data->scaled = features_of(box, data->rows.data(), tasks.count, width);
    require_finite(box, data->scaled);
    data->features.upload(data->scaled.data(), tasks.count * features);
    data->scaled = standardised(std::move(data->scaled), tasks.count);
    engine::upload_columns(data->coordinates, data->rows.data(), width, columns, coordinates, 0, tasks.count);
  }
  engine::TaskGroup<double> group;
  group.count = tasks.count;
  group.features = {data->features.data(), features, 1};
  group.default_parameters = {data->coordinates.data(), coordinates, 1};
  auto with_threads = limits;
  with_threads.estimator.threads = exec.threads();
  group.solver = std::make_unique<BlackBoxStage>(box, data, tasks.count, with_threads);
  group.data = std::move(data);
  return group;
}

}  // namespace metasolve::problems
