// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/executor.hpp"
#include "metasolve/types.hpp"
#include "src/network/meta_network.hpp"
#include "src/random/philox.hpp"

/// Batches of trajectories through implicit Euler steps, by several methods for each step's equations.
namespace metasolve::integrate {

/// A system that the library knows.
struct OdeDescription {
  std::string name;
  int size = 0, parameters = 0;
  std::vector<std::string> parameter_names;
  std::vector<double> initial_state, default_parameters;
  double end_time = 0;
  bool is_clamped = false;                    ///< as kernels::Ode says; likewise below
  std::vector<double> lowest_exponents = {};  ///< empty: its parameters have no distribution
  double parameter_decades = 0;
};
std::vector<OdeDescription> const& known_odes();
/// @throws InputError no system has that name; origin: what gave it
OdeDescription const& find_ode(std::string const& name, std::string const& origin);

/// One set of the distribution of its parameters, which it must have. index: of the set.
std::vector<double> drawn_parameters(OdeDescription const& ode, std::uint64_t seed, random::Stream stream,
                                     std::int64_t index);

enum class Method {
  newton_sor,   ///< with the set-up's relaxation factor, from y_prev
  newton,       ///< Gaussian elimination, from y_prev
  meta_solver,  ///< Newton-SOR with what the set-up's network proposes
};

/// What can be tried where a step's equations were not solved.
enum class Remedy {
  constant,       ///< the constant relaxation factor in the place of what a meta-solver chose
  newton,         ///< Newton's method on the same equations
  smaller_steps,  ///< the step in halves, and these, until each part is solved: another, finer state
};
/// By value.
inline constexpr std::array<char const*, 3> remedy_names{"constant", "newton", "smaller-steps"};

struct IntegrationSetup {
  std::string problem;
  std::vector<double> parameters;  ///< [sets][parameters]
  std::vector<double> initial;     ///< [sets][size]
  double relaxation = 1.37;        ///< of Newton-SOR without a meta-solver; Newton's own is 1
  bool clamps = false;
  double tolerance = 1e-9;
  int max_iterations = 10000;
  std::vector<Remedy> remedies{};       ///< in the order in which they are tried
  network::MetaNetworkShape network{};  ///< empty sizes: none
  std::vector<double> weights{};
};

/// How a set went through the last step. A set whose step could not be solved has ended: it keeps the state before.
struct StepOutcome {
  Status status = Status::converged;  ///< of the step, or of the one that the set ended at
  std::optional<Remedy> remedy{};     ///< what has solved the step after all
  [[nodiscard]] bool has_ended() const { return status != Status::converged; }
};

/// Since the restart.
struct IntegrationTotals {
  std::int64_t iterations = 0;                               ///< by remedies too
  std::int64_t failures = 0;                                 ///< steps that were not solved at once
  std::array<std::int64_t, remedy_names.size()> repaired{};  ///< of them, by each remedy
  std::int64_t ended = 0;                                    ///< sets whose step could not be solved
};

/// Trajectories of one set-up on an executor.
class Integration {
 public:
  virtual ~Integration() = default;
  /// All sets to their initial states, counters to 0.
  virtual void restart(Method method) = 0;
  /// From t to t + h. Waits.
  virtual void step(double t, double h) = 0;
  [[nodiscard]] virtual std::vector<StepOutcome> const& outcomes() const = 0;  ///< [sets] of the last step
  virtual IntegrationTotals totals() = 0;                                      ///< waits
  virtual std::vector<double> states() = 0;  ///< y [sets][size] after the last step; waits
};

/// @throws InputError data that do not fit the system's dimensions, or a network for a system that has no features
std::unique_ptr<Integration> make_integration(Executor const& executor, IntegrationSetup const& setup);

/// The same, a kind of executor each.
struct IntegrationFunctions {
  std::unique_ptr<Integration> (*make)(Executor const&, IntegrationSetup const&);
  template <class Exec>
  static IntegrationFunctions on();  ///< src/exec/compiled.hpp
};

}  // namespace metasolve::integrate
