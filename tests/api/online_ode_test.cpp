// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/online_on.hpp"
#include "tests/support/robertson_steps.hpp"

/// The relaxation of ODE steps, chosen online from the step size.
namespace metasolve::online_ode_test {
namespace {

using test::Reference;

class OnlineOdeOn : public test::OnlineOn {};

TEST_P(OnlineOdeOn, RelaxationOfImplicitEuler) {
  Reference const reference;
  constexpr std::size_t n = Reference::count;
  using Method = ImplicitEulerSolver::Method;
  for (auto const method : {Method::newton_sor, Method::newton}) {
    SCOPED_TRACE(static_cast<int>(method));
    auto system = test::robertson;
    system.method = method;
    ImplicitEulerSolver ode(executor(), system, {n});
    ImplicitEulerSolver::Tasks tasks{.count = n,
                                     .previous = {place(reference.y), 3, 1},
                                     .parameters = {place(reference.c), 3, 1},
                                     .step = {place(reference.h), 1}};
    Solve<double> const solve = [&](Columns const& columns, Results<double> const& results, Policy const& policy) {
      tasks.relaxation = columns[0];
      ode.solve(tasks, {1e-9, 2000}, results, policy);
    };
    Plain<double> const plain = [&](std::vector<double> const& chosen) {
      return call(solve, n, 3, {{place(chosen), 1}});
    };
    auto const [low, high] = std::minmax_element(reference.h.begin(), reference.h.end());
    OnlineMetaSolver::Options const options{
        .parameters =
            {{.name = "relaxation", .low = 0.6, .high = 1.95, .constant = method == Method::newton_sor ? 1.37 : 1.25}},
        .features = {{.name = "step", .low = *low, .high = *high, .is_logarithmic = true}},
        .capacity = n,
        .constant_share = 0.1};
    auto const of = expect_plain_calls<double>(options, solve, plain, n, 3, {tasks.step.data, 1, 1}, 2000, 10);
    EXPECT_GT(of[0], n) << "chosen";
    EXPECT_GT(of[3], 0u) << "constant";
  }
}

METASOLVE_ON_EXECUTORS(OnlineOdeOn);

}  // namespace
}  // namespace metasolve::online_ode_test
