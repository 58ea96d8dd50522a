// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <mutex>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/problems/grid_network_settings.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/pressure.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

using config::RunConfig;
using kernels::PressureMeasure;

PressureSettings const& pressure_settings(RunConfig const& c) { return c.of<PressureSettings>(); }

/// Read once: training, validation and test tasks come from the same file.
PressureFile pressure_file(RunConfig const& c) {
  static std::mutex mutex;
  static std::string path;
  static PressureFile kept;
  std::scoped_lock const lock(mutex);
  if (path != pressure_settings(c).tasks) {
    kept = read_pressure_file(pressure_settings(c).tasks);
    path = pressure_settings(c).tasks;
  }
  return kept;
}

PressureShape pressure_shape(RunConfig const& c) {
  auto const& s = pressure_settings(c);
  return s.tasks.empty() ? PressureShape{.rows = s.points, .columns = s.points} : pressure_file(c).shape;
}

std::shared_ptr<PressureKind const> pressure_kind(RunConfig const& c, PressureMeasure measure) {
  return std::make_shared<PressureKind const>(pressure_shape(c), pressure_settings(c), measure);
}

/// Pressure systems of flow solvers by conjugate gradients: a network predicts the initial guess (paper, appendix A,
/// example 3).
class PressureProblem final : public Problem {
 public:
  [[nodiscard]] std::string const& name() const override {
    static std::string const name = PressureKind::problem;
    return name;
  }
  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    using S = PressureSettings;
    std::vector<config::Field> keys;
    auto const add = [&](config::Field field) { keys.push_back(std::move(field)); };
    add(path(OwnPlace{&S::tasks}, {"problem.systems", "",
                                   "a safetensors file of systems (docs/pressure.md); empty: smoke in a closed box"}));
    add(fixed(
        integer(OwnPlace{&S::points}, {4, 1024}, {"problem.resolution", "", "cells along each side of the box"})));
    add(integer(OwnPlace{&S::frames}, {1, 1000}, {"problem.frames", "", "steps, each a task, of one scene of smoke"}));
    add(choice(OwnPlace{&S::measure}, {"solver.measure", "", "what is compared with the tolerance"}));
    add(choice(OwnPlace{&S::loss_measure},
               {"loss.measure", "", "what the loss is of; error, for loss.kind measure: ||p - p*||, p* the solution"}));
    add(choice(OwnPlace{&S::preconditioner}, {"solver.factor", "", "the preconditioner of conjugate gradients"}));
    add(real(OwnPlace{&S::fill_share}, {0, 1},
             {"solver.fill_share", "", "of modified-cholesky: share of the dropped fill added to the diagonal"}));
    add(choice(OwnPlace{&S::gradient},
               {"solver.derivative", "", "of an iteration: exact, or frozen, with its step lengths as constants"}));
    for (auto& key : grid_network_keys()) add(std::move(key));
    add(gradient_key());
    return keys;
  }
  void check(RunConfig const& c, config::Origins const& origins) const override {
    check_gradient(c, origins, {});
    auto const& s = pressure_settings(c);
    if (s.measure == PressureMeasure::error) {
      config::refuse(origins, {"solver.measure"},
                     "solver.measure: given \"error\", which no solve can compare; expected a residual");
    }
    if (s.loss_measure == PressureMeasure::error && c.loss.kind != config::LossKind::measure) {
      config::refuse(origins, {"loss.measure", "loss.kind"},
                     "loss.measure: given \"error\", but iterations end by residuals; write loss.kind = \"measure\"");
    }
    if (c.of<GridNetworkSettings>().layers.empty()) return;
    if (c.network.initial_bias != 0) {
      config::refuse(origins, {"network.initial_bias", "network.layers"},
                     "network.initial_bias: given " + config::real_text(c.network.initial_bias) +
                         ", but networks of network.layers begin without; remove it");
    }
    try {
      network::grid_layers(*grid_network(c));
    } catch (InputError const& error) {
      config::refuse(origins, {"network.layers", "problem.resolution"}, std::string("network.layers: ") + error.what());
    }
  }
  /// Residuals fall over decades. What is measured in training is measured in validation.
  void settle(RunConfig& c, std::function<bool(std::string const& key)> const& given) const override {
    if (!given("loss.scale")) c.loss.scale = config::LossScale::logarithm;
    if (!given("loss.measure")) c.of<PressureSettings>().loss_measure = pressure_settings(c).measure;
    if (!given("training.selection")) c.training.selection = config::Selection::iterations;
  }
  void set_options(RunConfig const& c, engine::LearnerOptions& options) const override {
    set_gradient(c, engine::SolverGradients{}.usual(), options);
  }

  [[nodiscard]] Splits tasks(RunConfig const& c) const override {
    auto const training = pressure_kind(c, pressure_settings(c).loss_measure),
               solving = pressure_kind(c, pressure_settings(c).measure);
    auto const& p = c.problem;
    if (!pressure_settings(c).tasks.empty()) {
      auto const file = pressure_file(c);
      std::int64_t const wanted = p.train_tasks + p.validation_tasks + p.test_tasks;
      if (wanted > file.count) {
        throw InputError(pressure_settings(c).tasks + ": " + std::to_string(file.count) + " tasks, and " +
                         std::to_string(wanted) +
                         " are asked for by problem.train_tasks, validation_tasks and test_tasks together");
      }
      return {file_tasks(file, training, 0, p.train_tasks),
              file_tasks(file, solving, p.train_tasks, p.validation_tasks),
              file_tasks(file, solving, p.train_tasks + p.validation_tasks, p.test_tasks)};
    }
    auto const draw = [&](auto const& kind, std::int64_t count, random::Stream stream) {
      return smoke_tasks(kind, count, c.training.seed, stream);
    };
    return {draw(training, p.train_tasks, random::Stream::train_tasks),
            draw(solving, p.validation_tasks, random::Stream::validation_tasks),
            draw(solving, p.test_tasks, random::Stream::test_tasks)};
  }
  [[nodiscard]] std::string task_files(RunConfig const& c) const override { return pressure_settings(c).tasks; }
  /// Default counts, where a file has fewer tasks: eight tenths, one, one.
  std::vector<std::string> fit_to_data(RunConfig& c) const override {
    if (pressure_settings(c).tasks.empty()) return {};
    auto const count = pressure_file(c).count;
    auto& p = c.problem;
    config::ProblemConfig const usual;
    bool const is_usual = p.train_tasks == usual.train_tasks && p.validation_tasks == usual.validation_tasks &&
                          p.test_tasks == usual.test_tasks;
    if (!is_usual || p.train_tasks + p.validation_tasks + p.test_tasks <= count || count < 3) return {};
    p.validation_tasks = p.test_tasks = std::max<std::int64_t>(1, count / 10);
    p.train_tasks = count - 2 * p.test_tasks;
    return {pressure_settings(c).tasks + " has " + std::to_string(count) + " tasks: " + std::to_string(p.train_tasks) +
            " for training, " + std::to_string(p.validation_tasks) + " for validation, " +
            std::to_string(p.test_tasks) + " for the final figures."};
  }
  [[nodiscard]] std::uint64_t host_bytes(RunConfig const& c) const override {
    auto const kind = pressure_kind(c, pressure_settings(c).loss_measure);
    auto const row = static_cast<std::uint64_t>(kind->width());
    std::uint64_t const of_file =
        pressure_settings(c).tasks.empty() ? 0 : static_cast<std::uint64_t>(pressure_file(c).count) * row;
    return sizeof(double) * (of_file + std::max<std::uint64_t>(row, 1 << 20) * 2 + (1 << 21));
  }

  [[nodiscard]] model::Interface interface(RunConfig const& c) const override {
    auto const shape = pressure_shape(c);
    return model::pressure_interface(shape.points(), shape.has_weights);
  }
  [[nodiscard]] int outputs(RunConfig const& c) const override { return static_cast<int>(pressure_shape(c).points()); }
  [[nodiscard]] std::optional<network::GridNetworkShape> grid_network(RunConfig const& c) const override {
    auto const shape = pressure_shape(c);
    return grid_network_of(c.of<GridNetworkSettings>(), shape.rows, shape.columns, shape.has_weights);
  }
  void shape(RunConfig const& c, network::MetaNetworkShape& s) const override {
    s.output_gain = c.network.output_gain;
    s.parameters = outputs(c);
    s.adds_given = pressure_shape(c).has_guess;
  }

  [[nodiscard]] std::string baseline(RunConfig const& c) const override {
    return pressure_shape(c).has_guess ? "the tasks' own guess" : "zero guess";
  }
  [[nodiscard]] std::optional<DirectMethod> direct(RunConfig const& c) const override {
    return DirectMethod{"sparse Cholesky", pressure_matrices(tasks(c).test)};
  }
  [[nodiscard]] char solution_name() const override { return 'p'; }
  [[nodiscard]] SolveInput read(SolveRequest const&) const override {
    throw InputError("--problem: pressure systems are solved with PressureSolver (docs/pressure.md); evaluate a model");
  }
};

}  // namespace

Problem const& pressure_problem() {
  static PressureProblem const problem;
  return problem;
}

}  // namespace metasolve::problems
