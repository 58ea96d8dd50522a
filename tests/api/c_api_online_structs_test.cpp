// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "tests/support/c_api_online.hpp"

/// Structs of online meta-solvers from C: defaults, layouts, what is written to them, and programs compiled before.
namespace metasolve::c_api_online_structs_test {
namespace {

using test::online_of, test::omega_from_diffusion;
constexpr std::int64_t count = 3;

void expect_invalid(int code, std::string const& part) {
  test::expect_failure(code, METASOLVE_CODE_INVALID_INPUT, part);
}

TEST(CApiOnline, DefaultsAreTheClass) {
  metasolve_online_options const o = METASOLVE_ONLINE_OPTIONS_DEFAULT;
  OnlineMetaSolver::Options const of_class;
  EXPECT_EQ(o.size, sizeof o);
  EXPECT_EQ(o.parameters, nullptr);
  EXPECT_EQ(o.features, nullptr);
  EXPECT_EQ(o.parameter_count, 0);
  EXPECT_EQ(o.feature_count, 0);
  EXPECT_EQ(o.capacity, of_class.capacity);
  EXPECT_EQ(o.estimator, static_cast<int>(of_class.estimator));
  EXPECT_EQ(o.exploration, static_cast<int>(of_class.exploration));
  EXPECT_EQ(o.memory, of_class.memory);
  EXPECT_EQ(o.constant_share, of_class.constant_share);
  EXPECT_EQ(o.first_limit, of_class.first_limit);
  EXPECT_EQ(o.most_loss, of_class.most_loss);
  EXPECT_EQ(o.seed, of_class.seed);
  EXPECT_EQ(o.prior, nullptr);
  EXPECT_FALSE(of_class.prior.has_value());
  metasolve_online_parameter const p = METASOLVE_ONLINE_PARAMETER_DEFAULT;
  EXPECT_EQ(p.size, sizeof p);
  EXPECT_EQ(p.values, OnlineMetaSolver::Parameter{}.values);
  EXPECT_EQ(p.is_logarithmic, 0);
  EXPECT_EQ(p.low + p.high + p.constant + p.iteration_cost, 0);
  metasolve_online_feature const f = METASOLVE_ONLINE_FEATURE_DEFAULT;
  EXPECT_EQ(f.size, sizeof f);
  EXPECT_EQ(f.bins, OnlineMetaSolver::Feature{}.bins);
  EXPECT_EQ(f.low + f.high + f.is_logarithmic, 0);
  metasolve_policy const policy = METASOLVE_POLICY_DEFAULT;
  EXPECT_EQ(policy.online, nullptr);
  EXPECT_EQ(policy.features.data, nullptr);
}

TEST(CApiOnline, LayoutsStay) {
  // Compiled programs, and metasolve.f90, contain these numbers.
  EXPECT_EQ(offsetof(metasolve_policy, online), 24u) << "the size of its first version";
  EXPECT_EQ(sizeof(metasolve_policy), 56u);
  EXPECT_EQ(sizeof(metasolve_online_parameter), 56u);
  EXPECT_EQ(sizeof(metasolve_online_feature), 40u);
  EXPECT_EQ(sizeof(metasolve_online_options), 104u);
  EXPECT_EQ(sizeof(metasolve_online_report), 112u);
  EXPECT_EQ(sizeof(metasolve_online_bins), 72u);
  EXPECT_EQ(sizeof(metasolve_online_cells), 40u);
  EXPECT_EQ(METASOLVE_ORIGIN_CONSTANT, 3);
  EXPECT_EQ(METASOLVE_ONLINE_ESTIMATOR_BINS, 0);
  EXPECT_EQ(METASOLVE_ONLINE_ESTIMATOR_LEAST_SQUARES, 1);
  EXPECT_EQ(METASOLVE_ONLINE_ESTIMATOR_NETWORK, 2);
  EXPECT_EQ(METASOLVE_ONLINE_EXPLORATION_CONFIDENCE, 0);
  EXPECT_EQ(METASOLVE_ONLINE_EXPLORATION_THOMPSON, 1);
}

TEST(CApiOnline, OptionsAreWrittenAsTheyWereRead) {
  auto const executor = test::open("cpu");
  OnlineMetaSolver::Options const given{.parameters = {{"a", 0.5, 8, 2, true, 5, 0.25}, {"b", -1, 1, 0.5, false, 4, 0}},
                                        .features = {{"x", 0, 1, false, 3}, {"y", 0.1, 10, true, 0}},
                                        .capacity = 7,
                                        .exploration = OnlineMetaSolver::Exploration::thompson,
                                        .memory = 123,
                                        .constant_share = 0.125,
                                        .first_limit = 2.5,
                                        .most_loss = 0.25,
                                        .seed = (std::uint64_t{1} << 63) + 1};
  auto const online = online_of(executor.get(), given);
  metasolve_online_options o = METASOLVE_ONLINE_OPTIONS_DEFAULT;
  ASSERT_EQ(metasolve_online_meta_solver_options(online.get(), &o), METASOLVE_CODE_OK);
  EXPECT_EQ(o.parameters, nullptr);
  EXPECT_EQ(o.features, nullptr);
  EXPECT_EQ(o.parameter_count, 2);
  EXPECT_EQ(o.feature_count, 2);
  EXPECT_EQ(o.capacity, 7);
  EXPECT_EQ(o.estimator, METASOLVE_ONLINE_ESTIMATOR_BINS);
  EXPECT_EQ(o.exploration, METASOLVE_ONLINE_EXPLORATION_THOMPSON);
  EXPECT_EQ(o.memory, 123);
  EXPECT_EQ(o.constant_share, 0.125);
  EXPECT_EQ(o.first_limit, 2.5);
  EXPECT_EQ(o.most_loss, 0.25);
  EXPECT_EQ(o.seed, (std::uint64_t{1} << 63) + 1);
  metasolve_online_parameter p = METASOLVE_ONLINE_PARAMETER_DEFAULT;
  ASSERT_EQ(metasolve_online_meta_solver_parameter(online.get(), 0, &p), METASOLVE_CODE_OK);
  EXPECT_STREQ(p.name, "a");
  EXPECT_EQ(p.low, 0.5);
  EXPECT_EQ(p.high, 8);
  EXPECT_EQ(p.constant, 2);
  EXPECT_EQ(p.iteration_cost, 0.25);
  EXPECT_EQ(p.is_logarithmic, 1);
  EXPECT_EQ(p.values, 5);
  ASSERT_EQ(metasolve_online_meta_solver_parameter(online.get(), 1, &p), METASOLVE_CODE_OK);
  EXPECT_STREQ(p.name, "b");
  metasolve_online_feature f = METASOLVE_ONLINE_FEATURE_DEFAULT;
  ASSERT_EQ(metasolve_online_meta_solver_feature(online.get(), 1, &f), METASOLVE_CODE_OK);
  EXPECT_STREQ(f.name, "y");
  EXPECT_EQ(f.low, 0.1);
  EXPECT_EQ(f.high, 10);
  EXPECT_EQ(f.is_logarithmic, 1);
  EXPECT_EQ(f.bins, 8) << "of two features";
  ASSERT_EQ(metasolve_online_meta_solver_feature(online.get(), 0, &f), METASOLVE_CODE_OK);
  EXPECT_EQ(f.bins, 3);
  for (int const wrong : {-1, 2}) {
    auto const text = "index is " + std::to_string(wrong);
    expect_invalid(metasolve_online_meta_solver_parameter(online.get(), wrong, &p),
                   text + "; the online meta-solver has 2 parameters");
    expect_invalid(metasolve_online_meta_solver_feature(online.get(), wrong, &f),
                   text + "; the online meta-solver has 2 features");
  }
  p.size = 8;
  expect_invalid(metasolve_online_meta_solver_parameter(online.get(), 0, &p), "parameter.size is 8");
  f.size = 8;
  expect_invalid(metasolve_online_meta_solver_feature(online.get(), 0, &f), "feature.size is 8");
  o.size = 0;
  expect_invalid(metasolve_online_meta_solver_options(online.get(), &o), "options.size is 0");
}

TEST(CApiOnline, ProgramsWithTheFirstPolicyWorkAsBefore) {
  test::DiffusionCall of;
  auto const cg = of.solver(METASOLVE_LINEAR_METHOD_CG, METASOLVE_PRECONDITIONER_SSOR);
  auto const online = online_of(of.executor.get(), omega_from_diffusion(count));
  ASSERT_EQ(metasolve_linear_solver_solve(cg.get(), &of.tasks, nullptr, &of.results), METASOLVE_CODE_OK);
  auto const plain = of.iterations;
  EXPECT_EQ(of.origin, std::vector<std::int32_t>(3, METASOLVE_ORIGIN_CHOSEN));

  // What lies behind the older struct is not read: neither a handle, nor a pointer that would end the program.
  metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
  policy.features = {of.d.data(), 1, 1};
  policy.online = online.get();
  policy.size = 24;
  for (int const wild : {0, 1}) {
    if (wild == 1) std::memset(&policy.online, 0xAB, sizeof policy - offsetof(metasolve_policy, online));
    of.iterations.assign(3, -1);
    of.origin.assign(3, 9);
    ASSERT_EQ(of.solve(cg.get(), &policy), METASOLVE_CODE_OK) << metasolve_last_error();
    EXPECT_EQ(of.iterations, plain);
    EXPECT_EQ(of.origin, std::vector<std::int32_t>(3, METASOLVE_ORIGIN_CHOSEN));
  }
  metasolve_online_report report = METASOLVE_ONLINE_REPORT_DEFAULT;
  ASSERT_EQ(metasolve_online_meta_solver_report(online.get(), &report), METASOLVE_CODE_OK);
  EXPECT_EQ(report.calls, 0) << "it was not asked";
  policy.first_max_iterations = -1;
  expect_invalid(of.solve(cg.get(), &policy), "policy.first_max_iterations is -1");
  for (std::size_t const size : {0u, 23u, 64u}) {
    policy.size = size;
    expect_invalid(of.solve(cg.get(), &policy), "policy.size is " + std::to_string(size) + ", expected 24 to 56");
  }
}

}  // namespace
}  // namespace metasolve::c_api_online_structs_test
