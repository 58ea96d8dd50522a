// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/detail/train/trainer.hpp"
#include "tests/support/c_api_online.hpp"
#include "tests/support/temporary_folder.hpp"

/// Errors of online meta-solvers from C, with their texts.
namespace metasolve::c_api_online_errors_test {
namespace {

using test::made, test::setup_of, test::expect_failure, test::online_of, test::omega_from_diffusion;
constexpr std::int64_t count = 3;

void expect_invalid(int code, std::string const& part) { expect_failure(code, METASOLVE_CODE_INVALID_INPUT, part); }

TEST(CApiOnline, NullHandlesAndArgumentsAreNamed) {
  auto const executor = test::open("cpu");
  auto* const ex = executor.get();
  test::COnlineOptions const options(omega_from_diffusion(count));
  auto const handle = online_of(ex, omega_from_diffusion(count));
  auto* const online = handle.get();
  auto* made = online;
  auto const expect_null = [](int code, std::string const& name) { expect_invalid(code, name + " is null"); };
  expect_null(metasolve_online_meta_solver_create(nullptr, &options.c, &made), "executor");
  EXPECT_EQ(made, nullptr);
  expect_null(metasolve_online_meta_solver_create(ex, nullptr, &made), "options");
  expect_null(metasolve_online_meta_solver_create(ex, &options.c, nullptr), "online");
  made = online;
  expect_null(metasolve_online_meta_solver_load(nullptr, "file", 0, &made), "executor");
  EXPECT_EQ(made, nullptr);
  expect_null(metasolve_online_meta_solver_load(ex, nullptr, 0, &made), "path");
  expect_null(metasolve_online_meta_solver_load(ex, "file", 0, nullptr), "online");
  double numbers[1] = {};
  metasolve_const_batch_view theta{};
  metasolve_column const cost{nullptr, 1, 1};
  metasolve_online_report report = METASOLVE_ONLINE_REPORT_DEFAULT;
  metasolve_online_bins const bins = METASOLVE_ONLINE_BINS_DEFAULT;
  metasolve_online_cells const cells = METASOLVE_ONLINE_CELLS_DEFAULT;
  metasolve_online_options o = METASOLVE_ONLINE_OPTIONS_DEFAULT;
  metasolve_online_parameter p = METASOLVE_ONLINE_PARAMETER_DEFAULT;
  metasolve_online_feature f = METASOLVE_ONLINE_FEATURE_DEFAULT;
  std::int64_t size = 0;
  expect_null(metasolve_online_meta_solver_choose(nullptr, 0, nullptr, &theta), "online");
  expect_null(metasolve_online_meta_solver_choose(online, 0, nullptr, nullptr), "theta");
  expect_null(metasolve_online_meta_solver_learn(nullptr, &cost), "online");
  expect_null(metasolve_online_meta_solver_learn(online, nullptr), "cost");
  expect_null(metasolve_online_meta_solver_report(nullptr, &report), "online");
  expect_null(metasolve_online_meta_solver_report(online, nullptr), "report");
  expect_null(metasolve_online_meta_solver_report_bins(nullptr, &bins), "online");
  expect_null(metasolve_online_meta_solver_report_bins(online, nullptr), "bins");
  expect_null(metasolve_online_meta_solver_report_cells(nullptr, &cells), "online");
  expect_null(metasolve_online_meta_solver_report_cells(online, nullptr), "cells");
  expect_null(metasolve_online_meta_solver_save(nullptr, "file"), "online");
  expect_null(metasolve_online_meta_solver_save(online, nullptr), "path");
  expect_null(metasolve_online_meta_solver_learned_size(nullptr, &size), "online");
  expect_null(metasolve_online_meta_solver_learned_size(online, nullptr), "size");
  expect_null(metasolve_online_meta_solver_learned(nullptr, numbers, 1), "online");
  expect_null(metasolve_online_meta_solver_learned(online, nullptr, 1), "sums");
  expect_null(metasolve_online_meta_solver_merge(nullptr, numbers, 1), "online");
  expect_null(metasolve_online_meta_solver_merge(online, nullptr, 1), "sum");
  expect_null(metasolve_online_meta_solver_parameter(nullptr, 0, &p), "online");
  expect_null(metasolve_online_meta_solver_parameter(online, 0, nullptr), "parameter");
  expect_null(metasolve_online_meta_solver_feature(nullptr, 0, &f), "online");
  expect_null(metasolve_online_meta_solver_feature(online, 0, nullptr), "feature");
  expect_null(metasolve_online_meta_solver_options(nullptr, &o), "online");
  expect_null(metasolve_online_meta_solver_options(online, nullptr), "options");
  EXPECT_EQ(metasolve_online_meta_solver_parameters(nullptr), 0);
  EXPECT_EQ(metasolve_online_meta_solver_features(nullptr), 0);
  metasolve_online_meta_solver_release(nullptr);
}

TEST(CApiOnline, WrongOptionsAreNamed) {
  auto const executor = test::open("cpu");
  auto const expect_refused = [&](std::function<void(test::COnlineOptions&)> const& spoil, std::string const& part) {
    auto const good = omega_from_diffusion(count);
    test::COnlineOptions options(good);
    spoil(options);
    metasolve_online_meta_solver* made = nullptr;
    expect_invalid(metasolve_online_meta_solver_create(executor.get(), &options.c, &made), part);
    EXPECT_EQ(made, nullptr);
  };
  expect_refused([](auto& o) { o.c.size = 8; }, "options.size is 8, expected 104 to 104");
  expect_refused([](auto& o) { o.c.size += 8; }, "options.size is 112");
  expect_refused([](auto& o) { o.c.estimator = 3; },
                 "options.estimator is 3, expected METASOLVE_ONLINE_ESTIMATOR_BINS");
  expect_refused([](auto& o) { o.c.exploration = -1; }, "options.exploration is -1");
  expect_refused([](auto& o) { o.c.parameter_count = -1; }, "options.parameter_count is -1");
  expect_refused([](auto& o) { o.c.feature_count = -2; }, "options.feature_count is -2");
  expect_refused([](auto& o) { o.c.parameter_count = 0; }, "0 parameters given");
  expect_refused([](auto& o) { o.c.parameters = nullptr; }, "options.parameters is null");
  expect_refused([](auto& o) { o.c.features = nullptr; }, "options.features is null");
  expect_refused([](auto& o) { o.parameters[0].size = 0; }, "options.parameters[0].size is 0");
  expect_refused([](auto& o) { o.features[0].size = 48; }, "options.features[0].size is 48");
  expect_refused([](auto& o) { o.parameters[0].name = nullptr; }, "options.parameters[0].name is null");
  expect_refused([](auto& o) { o.features[0].name = nullptr; }, "options.features[0].name is null");
  expect_refused(
      [](auto& o) {
        o.parameters = {o.parameters[0], o.parameters[0]};
        o.c.parameters = o.parameters.data(), o.c.parameter_count = 2;
      },
      "\"omega\" is there twice");
  expect_refused([](auto& o) { o.parameters[0].constant = 3; }, "parameter \"omega\": the constant is 3");
  expect_refused([](auto& o) { o.parameters[0].values = 33; }, "values is 33");
  expect_refused([](auto& o) { o.parameters[0].iteration_cost = std::nan(""); }, "iteration_cost");
  expect_refused([](auto& o) { o.features[0].low = 2000; }, "feature \"diffusion\": the range");
  expect_refused([](auto& o) { o.features[0].bins = 257; }, "bins is 257");
  expect_refused([](auto& o) { o.c.capacity = 0; }, "capacity is 0");
  expect_refused([](auto& o) { o.c.memory = -1; }, "memory is -1");
  expect_refused([](auto& o) { o.c.constant_share = 2; }, "constant_share is 2");
  expect_refused([](auto& o) { o.c.first_limit = 0; }, "first_limit is 0");
  expect_refused([](auto& o) { o.c.most_loss = 0; }, "most_loss is 0");
}

TEST(CApiOnline, ThePriorReachesTheClass) {
  test::TemporaryFolder const folder;
  train::Checkpoint checkpoint;  // of Poisson's equation: 16 features, and guesses
  checkpoint.config = config::RunConfig{};
  checkpoint.features = {std::vector<double>(16, 0.0), std::vector<double>(16, 1.0)};
  checkpoint.learner.weights = train::initial_weights(checkpoint.config);
  checkpoint.learner.first_moment.resize(checkpoint.learner.weights.size());
  checkpoint.learner.second_moment = checkpoint.learner.first_moment;
  train::write_checkpoint(folder.path() / "best.safetensors", checkpoint);
  auto const prior =
      made<metasolve_meta_solver>([&](auto** to) { return metasolve_meta_solver_load(folder.path().c_str(), to); });
  auto const executor = test::open("cpu");
  auto const good = omega_from_diffusion(count);
  test::COnlineOptions options(good);
  options.c.prior = prior.get();
  metasolve_online_meta_solver* none = nullptr;
  expect_invalid(metasolve_online_meta_solver_create(executor.get(), &options.c, &none),
                 "a prior is for Estimator::network alone");
  options.c.estimator = METASOLVE_ONLINE_ESTIMATOR_NETWORK;
  expect_invalid(metasolve_online_meta_solver_create(executor.get(), &options.c, &none),
                 "the prior chooses 16 parameters");
  EXPECT_EQ(none, nullptr);
}

TEST(CApiOnline, WrongCallsAreNamed) {
  test::TemporaryFolder const folder;
  auto const executor = test::open("cpu");
  auto const handle = online_of(executor.get(), omega_from_diffusion(count));
  auto* const online = handle.get();
  std::vector<double> const d{1, 10, 100};
  metasolve_const_batch_view const features{d.data(), 1, 1};
  metasolve_const_batch_view theta{};
  metasolve_column const cost{nullptr, 1, 1};
  expect_invalid(metasolve_online_meta_solver_learn(online, &cost), "there was no choose since the last one");
  expect_invalid(metasolve_online_meta_solver_choose(online, count + 1, &features, &theta), "capacity");
  expect_invalid(metasolve_online_meta_solver_choose(online, -1, &features, &theta), "-1");
  expect_invalid(metasolve_online_meta_solver_choose(online, count, nullptr, &theta), "features is null");
  EXPECT_EQ(metasolve_online_meta_solver_choose(online, 0, nullptr, &theta), METASOLVE_CODE_OK) << "no tasks";

  metasolve_online_report report = METASOLVE_ONLINE_REPORT_DEFAULT;
  report.size = 8;
  expect_invalid(metasolve_online_meta_solver_report(online, &report), "report.size is 8, expected 112 to 112");
  metasolve_online_bins bins = METASOLVE_ONLINE_BINS_DEFAULT;
  bins.count = 3;
  expect_invalid(metasolve_online_meta_solver_report_bins(online, &bins), "bins.count is 3, expected 4");
  bins.size = 0;
  expect_invalid(metasolve_online_meta_solver_report_bins(online, &bins), "bins.size is 0");
  metasolve_online_cells cells = METASOLVE_ONLINE_CELLS_DEFAULT;
  cells.count = 65;
  expect_invalid(metasolve_online_meta_solver_report_cells(online, &cells), "cells.count is 65, expected 64");
  cells.size = 0;
  expect_invalid(metasolve_online_meta_solver_report_cells(online, &cells), "cells.size is 0");
  bins = METASOLVE_ONLINE_BINS_DEFAULT, bins.count = 4;
  cells = METASOLVE_ONLINE_CELLS_DEFAULT, cells.count = 64;
  EXPECT_EQ(metasolve_online_meta_solver_report_bins(online, &bins), METASOLVE_CODE_OK) << "all arrays are optional";
  EXPECT_EQ(metasolve_online_meta_solver_report_cells(online, &cells), METASOLVE_CODE_OK) << "all arrays are optional";

  std::int64_t size = 0;
  ASSERT_EQ(metasolve_online_meta_solver_learned_size(online, &size), METASOLVE_CODE_OK);
  std::vector<double> sums(static_cast<std::size_t>(size) + 1);
  expect_invalid(metasolve_online_meta_solver_learned(online, sums.data(), size + 1),
                 "size is " + std::to_string(size + 1) + ", expected " + std::to_string(size));
  expect_invalid(metasolve_online_meta_solver_merge(online, sums.data(), size - 1),
                 "given " + std::to_string(size - 1) + " numbers");
  expect_invalid(metasolve_online_meta_solver_merge(online, sums.data(), -1), "size is -1");
  sums[5] = std::numeric_limits<double>::infinity();
  expect_invalid(metasolve_online_meta_solver_merge(online, sums.data(), size), "not finite");

  expect_failure(metasolve_online_meta_solver_save(online, (folder / "no/such/file").c_str()),
                 METASOLVE_CODE_OUTPUT_ERROR, "no/such");
  expect_failure(metasolve_online_meta_solver_save(online, folder.path().c_str()), METASOLVE_CODE_OUTPUT_ERROR,
                 "is a directory");
  metasolve_online_meta_solver* made = nullptr;
  auto const load = [&](std::filesystem::path const& file, std::int64_t capacity) {
    return metasolve_online_meta_solver_load(executor.get(), file.c_str(), capacity, &made);
  };
  expect_invalid(load(folder / "none", 0), "none");
  expect_invalid(load(folder.write("text", "not one"), 0), "text");
  auto const saved = folder / "saved";
  ASSERT_EQ(metasolve_online_meta_solver_save(online, saved.c_str()), METASOLVE_CODE_OK);
  expect_invalid(load(saved, -1), "capacity is below 0");
  EXPECT_EQ(made, nullptr);
}

TEST(CApiOnline, WhatASolverRefusesIsNamed) {
  test::DiffusionCall const of;
  auto const cg = of.solver(METASOLVE_LINEAR_METHOD_CG, METASOLVE_PRECONDITIONER_SSOR);
  auto const online = online_of(of.executor.get(), omega_from_diffusion(count));
  metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
  policy.online = online.get();
  expect_invalid(of.solve(cg.get(), &policy), "online.features is null; the online meta-solver has 1 features");
  policy.features = {of.d.data(), 1, 1};
  expect_invalid(of.solve(nullptr, &policy), "solver is null");
  policy.first_max_iterations = -1;
  expect_invalid(of.solve(cg.get(), &policy), "policy.first_max_iterations is -1");
  policy.first_max_iterations = 0;
  auto const direct = of.solver(METASOLVE_LINEAR_METHOD_CHOLESKY, METASOLVE_PRECONDITIONER_AUTOMATIC);
  expect_invalid(of.solve(direct.get(), &policy), "policy.online: a direct method has no parameters to choose");
  auto const jacobi = of.solver(METASOLVE_LINEAR_METHOD_CG, METASOLVE_PRECONDITIONER_JACOBI);
  expect_invalid(of.solve(jacobi.get(), &policy), "chooses \"omega\", only the preconditioner ssor has it");
  auto const small = online_of(of.executor.get(), omega_from_diffusion(count - 1));
  policy.online = small.get();
  expect_invalid(of.solve(cg.get(), &policy), "capacity of 2 tasks, given 3");
  auto const other = test::open("cpu");
  auto const elsewhere = online_of(other.get(), omega_from_diffusion(count));
  policy.online = elsewhere.get();
  expect_invalid(of.solve(cg.get(), &policy), "another executor");
  policy.online = online.get();
  EXPECT_EQ(of.solve(cg.get(), &policy), METASOLVE_CODE_OK) << metasolve_last_error();
}

}  // namespace
}  // namespace metasolve::c_api_online_errors_test
