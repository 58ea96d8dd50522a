// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/distillation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/model/model_file.hpp"
#include "metasolve/detail/network/mlp.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/network/adam.hpp"

namespace metasolve::train {

namespace {

using network::Mlp;

/// Tasks that the teacher takes at a time.
constexpr std::int64_t part = 8192;

/// One network's scaling of the features.
struct Side {
  std::int64_t width;
  std::vector<double> const& shift;
  std::vector<double> const& scale;

  /// raw [n][width] -> input, of n rows.
  void load(exec::Backend& exec, double const* raw, std::int64_t n, double* input) const {
    std::vector<double> x(static_cast<std::size_t>(n * width));
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto const j = i % static_cast<std::size_t>(width);
      x[i] = (raw[i] - shift[j]) * scale[j];
    }
    exec.upload(input, x.data(), x.size() * sizeof(double));
  }
};

model::Model teacher_of(config::RunConfig const& config) {
  auto teacher = model::read_model(model::model_file(config.training.teacher));
  auto const& problem = problems::problem_of(config);
  std::string const who = config.training.teacher + ": the teacher";
  if (teacher.network.grid || architecture(config).grid) {
    throw InputError(who + " and its pupil must be fully connected; leave training.teacher out");
  }
  model::require_fits(teacher, problem.interface(config), who);
  network::MetaNetworkShape shape;
  problem.shape(config, shape);
  bool const same_basis =
      std::ranges::equal(teacher.basis, shape.basis, [](double a, double b) { return std::abs(a - b) <= 1e-12; });
  if (teacher.network.outputs() != problem.outputs(config) || !same_basis) {
    throw InputError(who + " has other outputs than this network: " + std::to_string(teacher.network.outputs()) +
                     " and " + std::to_string(problem.outputs(config)) +
                     " numbers; train it with the same solver.* keys");
  }
  return teacher;
}

/// The teacher's outputs for all tasks, [tasks][outputs], in the student's units, and their features [tasks][width].
struct Lesson {
  std::vector<double> features, outputs;
};

Lesson lesson_of(exec::Backend& exec, model::Model const& teacher, double output_gain, engine::Tasks const& train) {
  std::int64_t const width = teacher.network.features(), outputs = teacher.network.outputs();
  Mlp<double> mlp(exec, teacher.network.sizes, teacher.activation, part, false);
  network::write_all(mlp.weights(), teacher.weights);
  Lesson lesson{std::vector<double>(static_cast<std::size_t>(train.count * width)),
                std::vector<double>(static_cast<std::size_t>(train.count * outputs))};
  Side const side{width, teacher.shift, teacher.scale};
  for (std::int64_t first = 0; first < train.count; first += part) {
    std::int64_t const n = std::min(part, train.count - first);
    double* const raw = lesson.features.data() + first * width;
    engine::features_of(train, first, n, raw);
    side.load(exec, raw, n, mlp.input());
    mlp.forward(0, n);
    exec.download(lesson.outputs.data() + first * outputs, mlp.output(),
                  static_cast<std::size_t>(n * outputs) * sizeof(double));
  }
  double const gain = teacher.sides.head.empty() ? teacher.output_gain / output_gain : 1;
  for (double& z : lesson.outputs) z *= gain;
  return lesson;
}

/// The network that learns, with its optimiser.
class Student {
 public:
  Student(exec::Backend& exec, config::RunConfig const& config, FeatureScale const& features, std::int64_t batch,
          std::vector<double> const& weights)
      : exec_(exec),
        sizes_(architecture(config).sizes),
        features_(features),
        adam_{.beta1 = config.optimizer.beta1, .beta2 = config.optimizer.beta2, .epsilon = config.optimizer.epsilon},
        mlp_(exec, sizes_, config.network.activation, batch, true),
        first_moment_(exec, mlp_.weights().size()),
        second_moment_(exec, mlp_.weights().size()),
        clock_(exec, 1) {
    network::write_all(mlp_.weights(), weights);
    first_moment_.zero();
    second_moment_.zero();
    clock_.upload(&host_clock_, 1);
  }

  /// One update. Returns the sum of the squared differences.
  double step(std::vector<double> const& features, std::vector<double> const& wanted, std::int64_t n, double rate) {
    std::int64_t const outputs = sizes_.back();
    Side{sizes_.front(), features_.shift, features_.scale}.load(exec_, features.data(), n, mlp_.input());
    mlp_.forward(0, n);
    std::vector<double> z(static_cast<std::size_t>(n * outputs));
    exec_.download(z.data(), mlp_.output(), z.size() * sizeof(double));
    double sum = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
      double const difference = z[i] - wanted[i];
      sum += difference * difference;
      z[i] = 2 * difference / static_cast<double>(z.size());
    }
    exec_.upload(mlp_.output_bar(), z.data(), z.size() * sizeof(double));
    mlp_.gradient().zero();
    mlp_.backward(n);
    clock_.download(&host_clock_, 1);
    host_clock_.rate = rate;
    clock_.upload(&host_clock_, 1);
    std::int64_t const weights = mlp_.weights().size();
    exec_.add_square_sum(mlp_.gradient().data(), weights, &clock_.data()->gradient_square_sum);
    exec_.launch(1, 1, kernels::PrepareUpdate{adam_, clock_.data()});
    exec_.launch(1, weights,
                 kernels::AdamUpdate<double>{adam_, clock_.data(), mlp_.weights().data(), mlp_.gradient().data(),
                                             first_moment_.data(), second_moment_.data()});
    return sum;
  }

  [[nodiscard]] std::vector<double> weights() { return network::read_all(mlp_.weights()); }

 private:
  exec::Backend& exec_;
  std::vector<std::int64_t> sizes_;
  FeatureScale const& features_;
  kernels::AdamSettings adam_;
  Mlp<double> mlp_;
  exec::Buffer<double> first_moment_, second_moment_;
  exec::Buffer<kernels::StepClock> clock_;
  kernels::StepClock host_clock_;
};

/// Rows `order[first ... first + n - 1]` of values [tasks][width].
std::vector<double> rows_of(std::vector<double> const& values, std::int64_t width,
                            std::span<std::int32_t const> order) {
  std::vector<double> rows;
  rows.reserve(order.size() * static_cast<std::size_t>(width));
  for (auto const task : order) {
    auto const begin = values.begin() + static_cast<std::ptrdiff_t>(task) * width;
    rows.insert(rows.end(), begin, begin + width);
  }
  return rows;
}

}  // namespace

Imitation imitated(Executor const& executor, config::RunConfig const& config, FeatureScale const& features,
                   engine::Tasks const& train, std::vector<double> const& weights) {
  auto const teacher = teacher_of(config);
  auto& exec = executor.backend();
  auto const output_gain = learner_options(config, features).network.output_gain;
  auto const lesson = lesson_of(exec, teacher, output_gain, train);
  std::int64_t const batch = std::min<std::int64_t>(train.count, config.training.batch_size);
  std::int64_t const width = teacher.network.features(), outputs = teacher.network.outputs();
  Student student(exec, config, features, batch, weights);
  std::vector<std::int32_t> order(static_cast<std::size_t>(train.count));
  int const epochs = config.training.teacher_epochs;
  double const updates = epochs * std::ceil(static_cast<double>(train.count) / static_cast<double>(batch));
  Imitation result;
  double done = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    random::shuffle(order, config.training.seed, static_cast<std::uint64_t>(epoch));
    double sum = 0;
    for (std::int64_t first = 0; first < train.count; first += batch, ++done) {
      auto const here = std::span(order).subspan(static_cast<std::size_t>(first),
                                                 static_cast<std::size_t>(std::min(batch, train.count - first)));
      double const rate = config.optimizer.rate * (1 + std::cos(std::numbers::pi * done / updates)) / 2;
      sum += student.step(rows_of(lesson.features, width, here), rows_of(lesson.outputs, outputs, here),
                          static_cast<std::int64_t>(here.size()), rate);
    }
    result.error = std::sqrt(sum / static_cast<double>(train.count * outputs));
    if (epoch == 0) result.first_error = result.error;
  }
  result.weights = student.weights();
  return result;
}

std::vector<double> taught(Executor const& executor, config::RunConfig const& config, FeatureScale const& features,
                           engine::Tasks const& train, std::vector<double> weights,
                           std::function<void(std::string const&)> const& say) {
  if (config.training.teacher.empty()) return weights;
  auto imitation = imitated(executor, config, features, train, weights);
  auto const text = [](double error) { return io::shortest(static_cast<float>(error)); };
  if (say) {
    say("imitates " + config.training.teacher + ": root mean square difference of the outputs " +
        text(imitation.first_error) + " in the first epoch, " + text(imitation.error) + " in the last");
  }
  return std::move(imitation.weights);
}

}  // namespace metasolve::train
