// SPDX-License-Identifier: Apache-2.0
#include "metasolve/problem_solver.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "metasolve/kernels/problems/systems/robertson.hpp"
#include "tests/support/expect_message.hpp"

/// A problem edited after a model was trained for it: an error that names the difference, never wrong numbers.
namespace metasolve::test::edited_problem_test {
namespace {

using kernels::HeadEntry;
using kernels::HeadKind;
using kernels::NonlinearProblem;

struct Trained {
  static constexpr char const* name = "edited";
  static constexpr int size = 1, data = 2, features = 2;
  template <class C, class Y, class G>
  METASOLVE_HD static void residual(C const& c, Y const& y, G& g) {
    g[0] = y[0] * y[0] - c[0];
  }
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]) {
    x[0] = log(c[0]);
    x[1] = c[1];
  }
};
struct OtherRange : Trained {
  static constexpr double relaxation_range[] = {1, 1.9};
};
struct OtherHead : Trained {
  static std::array<HeadEntry, 2> head() {
    return {HeadEntry{.kind = HeadKind::interval, .output = 0, .low = 0, .high = 2, .anchor = 1},
            HeadEntry{.kind = HeadKind::interval, .output = 1, .low = 0, .high = 2, .anchor = 1}};
  }
};
/// With the same names.
struct OtherOrder : Trained {
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]) {
    x[0] = c[1];
    x[1] = log(c[0]);
  }
};
struct OtherFormula : Trained {
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]) {
    x[0] = log(c[0]) * Number(kernels::real_of<Number>(0.43429448190325182));  // to the base 10
    x[1] = c[1];
  }
};
struct OtherName : Trained {
  static std::string feature_name(int f) { return f == 0 ? "a" : "b"; }
};
struct MoreFeatures : Trained {
  static constexpr int features = 3;
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]) {
    x[0] = log(c[0]);
    x[1] = c[1];
    x[2] = c[0];
  }
};
struct OtherProblem : Trained {
  static constexpr char const* name = "another";
};

/// A network of zeros for a solver with this interface.
MetaSolver meta_solver(model::Interface sides) {
  model::Model m;
  m.network.sizes = {sides.feature_count(), 3, sides.parameter_count()};
  m.sides = std::move(sides);
  m.shift.assign(static_cast<std::size_t>(m.network.sizes[0]), 0.0);
  m.scale.assign(static_cast<std::size_t>(m.network.sizes[0]), 1.0);
  m.weights.assign(static_cast<std::size_t>(network::weight_count(network::layer_shapes(m.network))), 0.0);
  return MetaSolver(std::make_shared<model::Model const>(std::move(m)));
}

template <class Family>
void make(MetaSolver const& meta) {
  ProblemSolver<NonlinearProblem<Family>> const solver(Executor::cpu(1), {.capacity = 4, .meta_solver = meta});
}

TEST(EditedProblem, IsRefusedByName) {
  auto const meta = meta_solver(model::interface_of<NonlinearProblem<Trained>>());
  make<Trained>(meta);
  auto const refused = [&](auto const& made, std::initializer_list<std::string> parts) {
    expect_message<InputError>(made, parts);
  };
  refused([&] { make<OtherRange>(meta); },
          {"setup.meta_solver", "relaxation factor", "interval [0, 2]", "[1, 1.9]", "train"});
  refused([&] { make<OtherHead>(meta); }, {"guess y_0[0]", "factor in the model", "interval [0, 2] here"});
  refused([&] { make<OtherOrder>(meta); }, {"feature 0", "always the same"});
  refused([&] { make<OtherFormula>(meta); }, {"feature 0", "always the same"});
  refused([&] { make<OtherName>(meta); }, {"feature 0 is \"feature 0\" in the model and \"a\" here"});
  refused([&] { make<MoreFeatures>(meta); }, {"2 features", "3 and 2"});
  refused([&] { make<OtherProblem>(meta); }, {"\"edited\"", "\"another\""});
}

/// The library's own solvers.
TEST(EditedModel, IsRefusedByName) {
  auto const executor = Executor::cpu(1);
  using Steps = kernels::OdeProblem<kernels::Robertson>;
  auto const euler = [&](model::Interface const& sides) {
    ImplicitEulerSolver const solver(executor, {"robertson"}, {.capacity = 4, .meta_solver = meta_solver(sides)});
  };
  auto const sides = model::interface_of<Steps>();
  euler(sides);
  auto edited = sides;
  std::swap(edited.features[0], edited.features[1]);
  expect_message<InputError>([&] { euler(edited); }, {"feature 0", edited.features[0].name, sides.features[0].name});
  edited = sides;
  edited.head[0].high = 1.9;
  expect_message<InputError>([&] { euler(edited); }, {"[1, 1.9] in the model", "[1, 2] here"});
  edited = sides;
  edited.probe[3] += 0.01;
  expect_message<InputError>([&] { euler(edited); }, {"feature 3", sides.features[3].name});
  edited = sides;
  edited.head[0] = {};  // leaves the factor to the task: fits
  euler(edited);
  edited.head[1] = {.kind = HeadKind::interval, .output = 1, .low = 0, .high = 1};
  expect_message<InputError>([&] { euler(edited); }, {"parameter 1", "interval [0, 1] in the model", "factor here"});

  edited = sides;
  std::swap(edited.head[1].output, edited.head[2].output);
  expect_message<InputError>([&] { euler(edited); }, {"outputs of the network in another order"});
  edited = sides;
  edited.probe.clear();
  expect_message<InputError>([&] { euler(edited); }, {"probe"});

  auto poisson = model::poisson_interface(4);
  auto const jacobi = [&] {
    auto const solver = JacobiSolver<double>::poisson(executor, 4, Measure::relative_residual,
                                                      {.capacity = 4, .meta_solver = meta_solver(poisson)});
  };
  jacobi();
  poisson.head.assign(4, {});
  expect_message<InputError>(jacobi, {"have a head in the model, and none here"});
  poisson.head.clear();
  poisson.features[0].name = "u";
  expect_message<InputError>(jacobi, {"feature 0", "\"u\" x4 in the model", "\"f\" x4 here"});

  auto spd = model::spd_interface();
  spd.head = {{.kind = HeadKind::interval, .output = 0, .low = 0, .high = 1, .raised = true}};
  std::vector<std::int32_t> const row_ptrs{0, 1, 3}, col_idxs{0, 0, 1};
  auto const cg = [&] {
    CgSolver const solver(executor, {row_ptrs, col_idxs}, {}, {.capacity = 4, .meta_solver = meta_solver(spd)});
  };
  cg();
  spd.head[0].low = -0.5;
  expect_message<InputError>(cg, {"the head of the model"});
  spd.head[0] = {.kind = HeadKind::factor, .output = 0};
  expect_message<InputError>(cg, {"the head of the model"});
  spd.head.clear();
  expect_message<InputError>(cg, {"the head of the model"});
  spd.head = {{.kind = HeadKind::interval, .output = 0, .low = 0, .high = 1, .raised = true}};
  std::swap(spd.features[0], spd.features[5]);
  expect_message<InputError>(cg, {"feature 0", "dominance", "1-norm"});

  auto ssor = model::ssor_interface();
  auto const with_ssor = [&] {
    CgSolver const solver(executor, {row_ptrs, col_idxs}, {.preconditioner = CgSolver::Preconditioner::ssor},
                          {.capacity = 4, .meta_solver = meta_solver(ssor)});
  };
  ssor.head = {{.kind = HeadKind::interval, .output = 0, .low = 0.05, .high = 1.95}};
  with_ssor();
  ssor.head[0].high = 2;
  expect_message<InputError>(with_ssor, {"the head of the model", "below 2"});
}

}  // namespace
}  // namespace metasolve::test::edited_problem_test
