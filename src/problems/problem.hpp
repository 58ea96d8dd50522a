// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "metasolve/detail/config/problem_keys.hpp"
#include "metasolve/detail/engine/training/make_learner.hpp"
#include "metasolve/detail/model/model.hpp"
#include "metasolve/detail/problems/solve_input.hpp"
#include "metasolve/error.hpp"

/// A problem: everything that training, `solve`, `evaluate` and `tune` need to know about a family of tasks. Built-in
/// problems and those of programs that link the library are added through the same registry (registry.hpp).
namespace metasolve::problems {

/// Task sets, not yet computed.
struct Splits {
  engine::Tasks train, validation, test;
};

/// Values of the tuned parameter: low, low + spacing, ..., at most high; or, for a shift, from low in factors of
/// 10^spacing.
struct ParameterGrid {
  double low = 0, high = 0, spacing = 0;
  bool with_zero = false;                       ///< also 0, before the others
  bool widens_down = false, widens_up = false;  ///< continues beyond an end while the best value lies there
};

/// The parameter for which `tune` searches a constant value and at which training can start: the network's first.
/// engine::TaskKind::with_parameter sets its value in tasks.
struct TunedParameter {
  std::string name;       ///< "relaxation factor"
  std::string key;        ///< of the configuration; empty: it is a column of the tasks
  ParameterGrid grid;     ///< the default grid
  double below = 0;       ///< values are below it
  bool is_shift = false;  ///< spaced in decades, including 0; too small a value makes tasks break down
  double least = 0;       ///< values are above it; for a shift, nonzero values
  /// The configured value; none: a network could not predict it. Empty: each task has its own.
  std::function<std::optional<double>(config::RunConfig const& config)> own = {};
};

/// A method without parameters that solves the same tasks, and that a meta-solver must beat to be of use.
struct DirectMethod {
  std::string name;  ///< for display: "sparse Cholesky"
  engine::Tasks tasks;
};

/// A variant among which the network chooses (engine::TaskKind::variants, in their order), taken for all tasks.
struct FixedChoice {
  std::string name;                       ///< for display: "entries 5"
  TunedParameter const* tuned = nullptr;  ///< its parameter; null: none
  bool is_direct = false;                 ///< the problem's direct method
};

/// Files of tasks that a configuration names cannot be read: a run's checkpoints may be whole none the less.
class UnreadableTasks : public InputError {
 public:
  using InputError::InputError;
};

class Problem : public config::ProblemKeys {
 public:
  /// Training, validation and test tasks of the configuration. @throws InputError
  [[nodiscard]] virtual Splits tasks(config::RunConfig const& config) const = 0;
  /// Where the tasks of this configuration are read from; empty: they are drawn.
  [[nodiscard]] virtual std::string task_files(config::RunConfig const& /*config*/) const { return {}; }
  /// Reduces default task counts where the data on disk has fewer tasks; returns what was reduced and other remarks on
  /// the data, one sentence each. @throws InputError the data cannot be read
  virtual std::vector<std::string> fit_to_data(config::RunConfig& /*config*/) const { return {}; }
  /// Resets the keys that define how tasks are drawn, but not their sizes: configurations that are then equal can be
  /// trained side by side.
  virtual void forget_distribution(config::RunConfig& /*config*/) const {}
  /// Maximum host bytes for generating the tasks at the start of training.
  [[nodiscard]] virtual std::uint64_t host_bytes(config::RunConfig const& config) const = 0;

  /// The solver's side of a network.
  [[nodiscard]] virtual model::Interface interface(config::RunConfig const& config) const = 0;
  /// Sizes of the network's input and output.
  [[nodiscard]] int features(config::RunConfig const& config) const {
    return static_cast<int>(interface(config).feature_count());
  }
  [[nodiscard]] virtual int outputs(config::RunConfig const& config) const = 0;
  /// The network's, if it is one on a grid, whose features and outputs are then those above. Empty: fully connected
  /// layers.
  [[nodiscard]] virtual std::optional<network::GridNetworkShape> grid_network(
      config::RunConfig const& /*config*/) const {
    return std::nullopt;
  }
  /// Defines the map from the network's outputs to the solver's parameters: sets `parameters`, and output_gain and
  /// basis, or
  /// head.
  virtual void shape(config::RunConfig const& config, network::MetaNetworkShape& shape) const = 0;
  /// Called after PyTorch's initialisation of all layers.
  virtual void initialise(config::RunConfig const&, std::vector<network::LayerShape> const& /*layers*/,
                          std::vector<double>& /*weights*/) const {}
  /// Sets the learning options specific to its parameters: gradients, failures. All others are already set.
  virtual void set_options(config::RunConfig const&, engine::LearnerOptions&) const {}

  /// What a meta-solver is compared with, for display: "zero guess".
  [[nodiscard]] virtual std::string baseline(config::RunConfig const& config) const = 0;
  /// Solves the test tasks directly, or by Newton's method. Empty: there is no such method. @throws InputError as tasks
  [[nodiscard]] virtual std::optional<DirectMethod> direct(config::RunConfig const& /*config*/) const {
    return std::nullopt;
  }
  /// Empty: the network does not choose.
  [[nodiscard]] virtual std::vector<FixedChoice> fixed_choices(config::RunConfig const& /*config*/) const { return {}; }
  /// Whether what solves cost is remembered from earlier ones: their time cannot be measured then.
  [[nodiscard]] virtual bool remembers_costs(config::RunConfig const& /*config*/) const { return false; }
  /// Whether a task may take so long that none is solved without need.
  [[nodiscard]] virtual bool has_costly_tasks() const { return false; }
  /// Of the default configuration. Null: none.
  [[nodiscard]] virtual TunedParameter const* tuned() const { return nullptr; }
  /// Of this configuration.
  [[nodiscard]] virtual TunedParameter const* tuned_in(config::RunConfig const& /*config*/) const { return tuned(); }
  /// Sets what a network is to predict so that its biases alone are constants for all tasks: parameters too many for a
  /// grid, which `tune` then finds by gradient. Returns false: there are none.
  virtual bool learn_constants(config::RunConfig& /*config*/) const { return false; }
  /// The configured ones, from which heads without a range of their own count.
  [[nodiscard]] virtual std::vector<double> constants_in(config::RunConfig const& /*config*/) const { return {}; }
  /// Makes the parameters that such a network predicts the configured ones.
  virtual void set_constants(config::RunConfig& /*config*/, std::vector<double> const& /*parameters*/) const {}
  /// Advice for the user when training found this constant best; empty: none.
  [[nodiscard]] virtual std::string advice(config::RunConfig const&, double /*constant*/) const { return {}; }

  /// The columns of a file of tasks, for display; empty: it does not read such a file.
  [[nodiscard]] virtual std::string file_columns() const { return {}; }
  /// Name of a solution's values, followed by 1 ... N.
  [[nodiscard]] virtual char solution_name() const { return 'x'; }
  /// Additional options of `solve`. A flag that several problems share has the same meaning in each.
  [[nodiscard]] virtual std::vector<SolveOption> solve_options() const { return {}; }
  /// Reads tasks from a user's files. @throws InputError
  [[nodiscard]] virtual SolveInput read(SolveRequest const& request) const;

  [[nodiscard]] bool has_tuned_constant() const final { return tuned() != nullptr; }
};

/// For Problem::check: with network.start = "tuned" the best constant determines the bias in `key`. @throws InputError
/// key was given nevertheless
void refuse_bias_of_tuned(config::RunConfig const& config, config::Origins const& origins, std::string const& key,
                          bool is_given);

}  // namespace metasolve::problems
