// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"
#include "metasolve/setup.hpp"
#include "src/api/arguments.hpp"
#include "src/network/meta_network.hpp"

namespace metasolve::api {

/// The solver of a problem (kernels/problems/problem.hpp) behind its public class, whatever the executor and the
/// problem.
class ProblemCalls {
 public:
  virtual ~ProblemCalls() = default;

  /// To be filled with what a call reads and writes; the classes that know its arguments by name do that.
  [[nodiscard]] virtual Arguments& arguments() = 0;
  [[nodiscard]] virtual std::int64_t capacity() const = 0;

  /// columns [P::columns]. Everything has been looked at.
  virtual void solve(std::int64_t count, Column<double> const* columns, Stopping<double> const& stopping,
                     Results<double> const& results, Policy const& policy, bool in_place) = 0;
};

/// The network of a meta-solver for a problem of these sizes.
/// @throws InputError it was trained for another problem or has another shape
struct ProblemSizes {
  std::string name;
  int features, parameters;
};
network::MetaNetworkShape shape_for(MetaSolver const& meta_solver, ProblemSizes const& sizes);
/// As Mlp holds them.
std::vector<double> const& weights_of(MetaSolver const& meta_solver);
/// Whether its network is to be computed in double precision.
bool is_double(MetaSolver const& meta_solver);

/// @throws InputError capacity is under 1, or more than any memory holds
void check_capacity(Setup const& setup);

/// @throws InputError value is none of 0 ... last, as a number that was made an Enum may be
template <class Enum>
void check_choice(char const* name, Enum value, Enum last) {
  auto const number = static_cast<std::int64_t>(value), most = static_cast<std::int64_t>(last);
  if (number >= 0 && number <= most) return;
  throw InputError(std::string(name) + " is " + std::to_string(number) + ", expected one of its type's, 0 to " +
                   std::to_string(most));
}

/// make() while the backend gives memory out of setup.workspace, if there is one.
template <class Make>
auto with_workspace(Executor const& executor, Setup const& setup, Make&& make) {
  check_capacity(setup);
  exec::Arena const arena(executor.backend(), setup.workspace.data, setup.workspace.bytes);
  return make();
}
/// Bytes that make() would take.
template <class Make>
std::size_t planned_workspace(Executor const& executor, Setup const& setup, Make&& make) {
  check_capacity(setup);
  exec::Planning const planning(executor.backend());
  auto const made = make();
  return planning.arena_bytes();
}

}  // namespace metasolve::api
