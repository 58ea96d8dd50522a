// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "metasolve/online_meta_solver.h"
#include "metasolve/online_meta_solver.hpp"
#include "metasolve/pattern.hpp"
#include "tests/support/c_api_handles.hpp"

/// Shared by the tests of online meta-solvers from C.
namespace metasolve::test {

/// The options of an online meta-solver for C, with the arrays that they point to.
struct COnlineOptions {
  std::vector<metasolve_online_parameter> parameters;
  std::vector<metasolve_online_feature> features;
  metasolve_online_options c = METASOLVE_ONLINE_OPTIONS_DEFAULT;

  explicit COnlineOptions(OnlineMetaSolver::Options const& o) {
    for (auto const& p : o.parameters) {
      metasolve_online_parameter one = METASOLVE_ONLINE_PARAMETER_DEFAULT;
      one.name = p.name.c_str(), one.low = p.low, one.high = p.high, one.constant = p.constant;
      one.is_logarithmic = p.is_logarithmic ? 1 : 0, one.values = p.values, one.iteration_cost = p.iteration_cost;
      parameters.push_back(one);
    }
    for (auto const& f : o.features) {
      metasolve_online_feature one = METASOLVE_ONLINE_FEATURE_DEFAULT;
      one.name = f.name.c_str(), one.low = f.low, one.high = f.high;
      one.is_logarithmic = f.is_logarithmic ? 1 : 0, one.bins = f.bins;
      features.push_back(one);
    }
    c.parameters = parameters.data(), c.parameter_count = static_cast<std::int32_t>(parameters.size());
    c.features = features.data(), c.feature_count = static_cast<std::int32_t>(features.size());
    c.capacity = o.capacity, c.memory = o.memory, c.seed = o.seed;
    c.estimator = static_cast<std::int32_t>(o.estimator), c.exploration = static_cast<std::int32_t>(o.exploration);
    c.constant_share = o.constant_share, c.first_limit = o.first_limit, c.most_loss = o.most_loss;
  }
  COnlineOptions(COnlineOptions const&) = delete;
};

inline Handle<metasolve_online_meta_solver> online_of(metasolve_executor const* executor,
                                                      OnlineMetaSolver::Options const& options) {
  COnlineOptions const given(options);
  return made<metasolve_online_meta_solver>(
      [&](auto** to) { return metasolve_online_meta_solver_create(executor, &given.c, to); });
}

/// omega of SSOR from the diffusion number of a task.
inline OnlineMetaSolver::Options omega_from_diffusion(std::int64_t capacity) {
  return {.parameters = {{.name = "omega", .low = 1, .high = 1.95, .constant = 1.5}},
          .features = {{.name = "diffusion", .low = 1, .high = 1000, .is_logarithmic = true, .bins = 4}},
          .capacity = capacity};
}

/// (I + d L) x = b on a grid of `side` by `side` points, L the five-point Laplacian: a step of diffusion.
struct Diffusion {
  int side;
  std::vector<std::int32_t> row_ptrs{0}, col_idxs;

  explicit Diffusion(int points) : side(points) {
    for (int i = 0; i < side * side; ++i) {
      for (int const j : {i - side, i - 1, i, i + 1, i + side}) {
        bool const is_beside = std::abs(j - i) != 1 || j / side == i / side;
        if (j >= 0 && j < side * side && is_beside) col_idxs.push_back(j);
      }
      row_ptrs.push_back(static_cast<std::int32_t>(col_idxs.size()));
    }
  }
  [[nodiscard]] int unknowns() const { return side * side; }
  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(col_idxs.size()); }
  [[nodiscard]] Pattern pattern() const { return {row_ptrs, col_idxs}; }
  [[nodiscard]] metasolve_pattern c_pattern() const {
    return {unknowns(), static_cast<std::int32_t>(entries()), row_ptrs.data(), col_idxs.data()};
  }
  /// The values of one task each, in the pattern's order.
  [[nodiscard]] std::vector<double> values(std::vector<double> const& of_tasks) const {
    std::vector<double> made;
    for (double const d : of_tasks) {
      for (int i = 0; i < unknowns(); ++i) {
        for (auto e = row_ptrs[static_cast<std::size_t>(i)]; e < row_ptrs[static_cast<std::size_t>(i) + 1]; ++e) {
          made.push_back(col_idxs[static_cast<std::size_t>(e)] == i ? 1 + 4 * d : -d);
        }
      }
    }
    return made;
  }
};

/// Three steps of diffusion, on a CPU, for a call of metasolve_linear_solver.
struct DiffusionCall {
  static constexpr std::int64_t count = 3;
  Handle<metasolve_executor> executor = open("cpu");
  Diffusion const grid{2};
  std::vector<double> d{1, 10, 100}, values = grid.values(d), rhs = std::vector<double>(12, 1.0);
  metasolve_linear_tasks tasks = METASOLVE_LINEAR_TASKS_DEFAULT;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  std::vector<std::int32_t> iterations = std::vector<std::int32_t>(3), origin = std::vector<std::int32_t>(3, 9);

  DiffusionCall() {
    tasks.count = count, tasks.values = {values.data(), grid.entries(), 1}, tasks.rhs = {rhs.data(), 4, 1};
    tasks.omega.value = 1.5;
    results.iterations = iterations.data(), results.origin = origin.data();
  }
  Handle<metasolve_linear_solver> solver(std::int32_t method, std::int32_t preconditioner) const {
    metasolve_linear_options options = METASOLVE_LINEAR_OPTIONS_DEFAULT;
    options.matrix = METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE;
    options.method = method, options.preconditioner = preconditioner;
    auto const setup = setup_of(count);
    auto const pattern = grid.c_pattern();
    return made<metasolve_linear_solver>(
        [&](auto** to) { return metasolve_linear_solver_create(executor.get(), &pattern, &options, &setup, to); });
  }
  int solve(metasolve_linear_solver* by, metasolve_policy const* policy) const {
    return metasolve_linear_solver_solve_with_policy(by, &tasks, nullptr, &results, policy);
  }
};

}  // namespace metasolve::test
