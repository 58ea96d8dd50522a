// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/model/model.hpp"
#include "metasolve/error.hpp"
#include "metasolve/executor.hpp"
#include "metasolve/setup.hpp"

namespace metasolve::api {

/// The solver of a problem (kernels/problems/problem.hpp) behind its public class, for any executor and problem.
class ProblemCalls {
 public:
  virtual ~ProblemCalls() = default;

  /// The memory that a call reads and writes; the classes that know the arguments' names add it.
  [[nodiscard]] virtual Arguments& arguments() = 0;
  [[nodiscard]] virtual std::int64_t capacity() const = 0;

  /// columns [P::columns]. Everything must be validated.
  virtual void solve(std::int64_t count, Column<double> const* columns, Stopping<double> const& stopping,
                     Results<double> const& results, Policy const& policy, bool in_place) = 0;
};

/// The network of a meta-solver for a solver with this interface.
/// @throws InputError it was trained for another problem, or the problem has changed since
network::MetaNetworkShape shape_for(MetaSolver const& meta_solver, model::Interface const& solver);
/// In Mlp's layout.
std::vector<double> const& weights_of(MetaSolver const& meta_solver);
/// Whether its network runs in double precision.
bool is_double(MetaSolver const& meta_solver);

/// @throws InputError capacity is below 1, or more than any memory holds
void check_capacity(Setup const& setup);

/// @throws InputError value is not in 0 ... last, as is possible for a number cast to Enum
template <class Enum>
void check_choice(char const* name, Enum value, Enum last) {
  auto const number = static_cast<std::int64_t>(value), most = static_cast<std::int64_t>(last);
  if (number >= 0 && number <= most) return;
  throw InputError(std::string(name) + " is " + std::to_string(number) + ", expected one of its type's, 0 to " +
                   std::to_string(most));
}

/// Calls make() while the backend allocates from setup.workspace, if there is one.
template <class Make>
auto with_workspace(Executor const& executor, Setup const& setup, Make&& make) {
  check_capacity(setup);
  exec::Arena const arena(executor.backend(), setup.workspace.data, setup.workspace.bytes);
  return make();
}
/// Bytes that make() would allocate.
template <class Make>
std::size_t planned_workspace(Executor const& executor, Setup const& setup, Make&& make) {
  check_capacity(setup);
  exec::Planning const planning(executor.backend());
  auto const made = make();
  return planning.arena_bytes();
}

}  // namespace metasolve::api
