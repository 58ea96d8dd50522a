// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "src/config/problem_keys.hpp"
#include "src/engine/make_learner.hpp"
#include "src/problems/solve_input.hpp"

/// A problem: all that training, `solve`, `evaluate` and `tune` have to know of a family of tasks. The library's own
/// and those of a program that links it enter by the same door, the registry (registry.hpp).
namespace metasolve::problems {

/// Nothing of them is computed yet.
struct Splits {
  engine::Tasks train, validation, test;
};

/// A parameter of the solver that a network, or a constant, chooses.
struct Parameter {
  std::string name;               ///< "relaxation factor"
  std::string unit;               ///< empty: dimensionless
  double low = 0, high = 0;       ///< that a network chooses between; infinite: unbounded
  std::string without_a_network;  ///< what it is then: "1.37", "the task's own"
  int count = 1;                  ///< as many numbers
};

/// Values of the tuned parameter: low, low + spacing, ..., at most high; or, for a shift, from low by a factor of
/// 10^spacing.
struct ParameterGrid {
  double low = 0, high = 0, spacing = 0;
  bool with_zero = false;                       ///< 0 as well, before the others
  bool widens_down = false, widens_up = false;  ///< goes on beyond an end for as long as the best lies there
};

/// The parameter that `tune` looks for a constant value of, and that training can begin at: the network's first.
/// engine::TaskKind::with_parameter gives tasks a value of it.
struct TunedParameter {
  std::string name;       ///< "relaxation factor"
  std::string key;        ///< of the configuration, that holds it; empty: it is a column of the tasks
  ParameterGrid grid;     ///< where nobody gives one
  double below = 0;       ///< values are
  bool is_shift = false;  ///< spaced in decades, 0 among them; too small a one makes tasks break down
  double least = 0;       ///< values are above it; of a shift, those that are not 0
  /// As configured; none: it is no value that a network could give. Empty: each task has its own.
  std::function<std::optional<double>(config::RunConfig const& config)> own = {};
};

class Problem : public config::ProblemKeys {
 public:
  /// Training, validation and test tasks of the configuration. @throws InputError
  [[nodiscard]] virtual Splits tasks(config::RunConfig const& config) const = 0;
  /// Counts of tasks that stand at their defaults are cut where the data on disk has fewer; what was cut, and what else
  /// there is to say of the data, a sentence each. @throws InputError the data cannot be read
  virtual std::vector<std::string> fit_to_data(config::RunConfig& /*config*/) const { return {}; }
  /// Sets back the keys that say how tasks are drawn, and nothing of their sizes: configurations that are equal then
  /// can be trained side by side.
  virtual void forget_distribution(config::RunConfig& /*config*/) const {}
  /// Host bytes that making the tasks takes at most while training begins.
  [[nodiscard]] virtual std::uint64_t host_bytes(config::RunConfig const& config) const = 0;

  /// Sizes of the network's input and output.
  [[nodiscard]] virtual int features(config::RunConfig const& config) const = 0;
  [[nodiscard]] virtual int outputs(config::RunConfig const& config) const = 0;
  /// For messages; empty: it has none.
  [[nodiscard]] virtual std::string feature_name(std::size_t /*feature*/) const { return {}; }
  /// From the network's outputs to the solver's parameters: sets `parameters`, and output_gain and basis, or head.
  virtual void shape(config::RunConfig const& config, network::MetaNetworkShape& shape) const = 0;
  /// After PyTorch's initialisation of all layers.
  virtual void initialise(config::RunConfig const&, std::vector<network::LayerShape> const& /*layers*/,
                          std::vector<double>& /*weights*/) const {}
  /// What is special about learning its parameters: gradients, failures. The rest is settled.
  virtual void set_options(config::RunConfig const&, engine::LearnerOptions&) const {}

  [[nodiscard]] virtual std::vector<Parameter> parameters(config::RunConfig const& config) const = 0;
  /// What a meta-solver is compared with, for people: "zero guess".
  [[nodiscard]] virtual std::string baseline(config::RunConfig const& config) const = 0;
  /// Null: there is none.
  [[nodiscard]] virtual TunedParameter const* tuned() const { return nullptr; }
  /// What to do where training found this constant best, for people; empty: nothing.
  [[nodiscard]] virtual std::string advice(config::RunConfig const&, double /*constant*/) const { return {}; }

  /// The columns of a file of tasks, for people; empty: it is solved from none, or from other files.
  [[nodiscard]] virtual std::string file_columns() const { return {}; }
  /// Options of `solve` that it takes beside those of all problems. A flag that several take means the same to each.
  [[nodiscard]] virtual std::vector<SolveOption> solve_options() const { return {}; }
  /// Tasks from a user's files. @throws InputError
  [[nodiscard]] virtual SolveInput read(SolveRequest const& request) const;

  [[nodiscard]] bool has_tuned_constant() const final { return tuned() != nullptr; }
};

/// For Problem::check: with network.start = "tuned" the best constant gives the bias that `key` holds. @throws
/// InputError key was given all the same
void refuse_bias_of_tuned(config::RunConfig const& config, config::Origins const& origins, std::string const& key,
                          bool is_given);

}  // namespace metasolve::problems
