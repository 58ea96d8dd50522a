// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "metasolve/cg_solver.hpp"
#include "metasolve/linear_solver.hpp"
#include "tests/support/c_api_memory.hpp"
#include "tests/support/c_api_online.hpp"
#include "tests/support/temporary_folder.hpp"

/// Online meta-solvers from C: bitwise the class. Their errors: c_api_online_errors_test.cpp.
namespace metasolve::c_api_online_test {
namespace {

using test::made, test::setup_of, test::online_of, test::omega_from_diffusion;
constexpr std::size_t count = 16;
constexpr int calls = 50;

class CApiOnlineOn : public test::CApiMemory {
 protected:
  struct Outcome {
    std::vector<std::int32_t> iterations, origin;
    bool operator==(Outcome const&) const = default;
  };
  struct Arrays {
    std::int32_t *iterations, *origin;
  };
  /// All of a report.
  struct Learned {
    std::vector<std::int64_t> counts;
    std::vector<double> numbers;
    bool operator==(Learned const&) const = default;
  };

  void SetUp() override {
    CApiMemory::SetUp();
    if (!IsSkipped()) class_executor_.emplace(Executor::open(GetParam(), 2));
  }
  /// Diffusion numbers of the tasks of a call, 1 to 1000.
  static std::vector<double> diffusion_numbers(int call) {
    std::vector<double> d(count);
    for (std::size_t t = 0; t < count; ++t) {
      d[t] = std::pow(1000.0, std::fmod(0.37 * static_cast<double>(t) + 0.11 * call, 1.0));
    }
    return d;
  }
  Arrays arrays() { return {place(std::vector<std::int32_t>(count, -1)), place(std::vector<std::int32_t>(count, -1))}; }
  Outcome outcome(Arrays const& a) { return {fetch(a.iterations, count), fetch(a.origin, count)}; }
  static metasolve_results c_results(Arrays const& a) {
    metasolve_results results = METASOLVE_RESULTS_DEFAULT;
    results.iterations = a.iterations, results.origin = a.origin;
    return results;
  }
  static Results<double> class_results(Arrays const& a) {
    return {.iterations = a.iterations, .origin = reinterpret_cast<Origin*>(a.origin)};
  }
  static Learned learned(metasolve_online_meta_solver const* online) {
    metasolve_online_report r = METASOLVE_ONLINE_REPORT_DEFAULT;
    EXPECT_EQ(metasolve_online_meta_solver_report(online, &r), METASOLVE_CODE_OK) << metasolve_last_error();
    auto const features = static_cast<std::size_t>(metasolve_online_meta_solver_features(online)),
               parameters = static_cast<std::size_t>(metasolve_online_meta_solver_parameters(online));
    auto const b = static_cast<std::size_t>(r.bins), c = static_cast<std::size_t>(r.cells);
    std::vector<double> low(b * features), high(low), tasks(b), best(b * parameters), cost(b), constant(b), wide(b);
    metasolve_online_bins bins = METASOLVE_ONLINE_BINS_DEFAULT;
    bins.count = r.bins, bins.low = low.data(), bins.high = high.data(), bins.tasks = tasks.data();
    bins.best = best.data(), bins.cost = cost.data(), bins.constant_cost = constant.data();
    bins.uncertainty = wide.data();
    EXPECT_EQ(metasolve_online_meta_solver_report_bins(online, &bins), METASOLVE_CODE_OK) << metasolve_last_error();
    std::vector<double> at(c * parameters), cell_tasks(c), cell_cost(c);
    metasolve_online_cells cells = METASOLVE_ONLINE_CELLS_DEFAULT;
    cells.count = r.cells, cells.parameters = at.data(), cells.tasks = cell_tasks.data(), cells.cost = cell_cost.data();
    EXPECT_EQ(metasolve_online_meta_solver_report_cells(online, &cells), METASOLVE_CODE_OK) << metasolve_last_error();
    Learned all{{r.calls, r.tasks, r.constants, r.explored, r.replaced, r.retried, r.bins, r.cells},
                {r.cost, r.constant_cost, r.regret, r.saved, r.debt}};
    for (auto const* const part : {&low, &high, &tasks, &best, &cost, &constant, &wide, &at, &cell_tasks, &cell_cost}) {
      all.numbers.insert(all.numbers.end(), part->begin(), part->end());
    }
    return all;
  }
  static Learned learned(OnlineMetaSolver const& online) {
    auto const r = online.report();
    Learned all{{r.calls, r.tasks, r.constants, r.explored, r.replaced, r.retried,
                 static_cast<std::int64_t>(r.bins.size()), static_cast<std::int64_t>(r.cells.size())},
                {r.cost, r.constant_cost, r.regret, r.saved(), r.debt}};
    auto const add = [&](auto const& from, auto member) {
      for (auto const& x : from) {
        if constexpr (std::is_same_v<std::decay_t<decltype(x.*member)>, double>) {
          all.numbers.push_back(x.*member);
        } else {
          all.numbers.insert(all.numbers.end(), (x.*member).begin(), (x.*member).end());
        }
      }
    };
    using Bin = OnlineReport::Bin;
    using Cell = OnlineReport::Cell;
    add(r.bins, &Bin::low), add(r.bins, &Bin::high), add(r.bins, &Bin::tasks), add(r.bins, &Bin::best);
    add(r.bins, &Bin::cost), add(r.bins, &Bin::constant_cost), add(r.bins, &Bin::uncertainty);
    add(r.cells, &Cell::parameters), add(r.cells, &Cell::tasks), add(r.cells, &Cell::cost);
    return all;
  }
  std::vector<double> chosen(metasolve_online_meta_solver* online, metasolve_const_batch_view const& features,
                             std::size_t parameters) {
    metasolve_const_batch_view theta{};
    EXPECT_EQ(metasolve_online_meta_solver_choose(online, count, &features, &theta), METASOLVE_CODE_OK)
        << metasolve_last_error();
    EXPECT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
    EXPECT_EQ(theta.task_stride, static_cast<std::int64_t>(parameters));
    EXPECT_EQ(theta.item_stride, 1);
    return fetch(theta.data, count * parameters);
  }
  std::vector<double> chosen(OnlineMetaSolver& online, metasolve_const_batch_view const& f) {
    auto const theta = online.choose(count, {f.data, f.task_stride, f.item_stride});
    class_executor_->synchronize();
    return fetch(theta.data, count * online.options().parameters.size());
  }

  test::Diffusion const grid_{8};
  std::optional<Executor> class_executor_;
};

TEST_P(CApiOnlineOn, FiftyCallsOfSsorCgAreTheClass) {
  auto const n = static_cast<std::size_t>(grid_.unknowns());
  metasolve_linear_options c_options = METASOLVE_LINEAR_OPTIONS_DEFAULT;
  c_options.matrix = METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE, c_options.method = METASOLVE_LINEAR_METHOD_CG;
  c_options.preconditioner = METASOLVE_PRECONDITIONER_SSOR;
  metasolve_cg_options cg_options = METASOLVE_CG_OPTIONS_DEFAULT;
  cg_options.preconditioner = METASOLVE_PRECONDITIONER_SSOR;
  auto const pattern = grid_.c_pattern();
  auto const setup = setup_of(count);
  auto const linear = made<metasolve_linear_solver>(
      [&](auto** to) { return metasolve_linear_solver_create(executor(), &pattern, &c_options, &setup, to); });
  auto const cg = made<metasolve_cg_solver>(
      [&](auto** to) { return metasolve_cg_solver_create(executor(), &pattern, &cg_options, &setup, to); });
  LinearSolver linear_class(*class_executor_, grid_.pattern(),
                            {.matrix = LinearSolver::Matrix::positive_definite,
                             .method = LinearSolver::Method::cg,
                             .preconditioner = PreconditionerKind::ssor},
                            {count});
  CgSolver cg_class(*class_executor_, grid_.pattern(), {.preconditioner = PreconditionerKind::ssor}, {count});
  auto const of_linear = online_of(executor(), omega_from_diffusion(count)),
             of_cg = online_of(executor(), omega_from_diffusion(count));
  OnlineMetaSolver linear_online(*class_executor_, omega_from_diffusion(count)),
      cg_online(*class_executor_, omega_from_diffusion(count));
  auto* const rhs = place(std::vector<double>(count * n, 1.0));
  std::vector<double> total(2);
  std::int64_t constants = 0;
  for (int call = 0; call < calls; ++call) {
    auto const d = diffusion_numbers(call);
    auto* const values = place(grid_.values(d));
    auto* const features = place(d);
    metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
    policy.features = {features, 1, 1};
    auto const by_c = [&](auto&& solve, auto tasks, metasolve_online_meta_solver* online) {
      tasks.count = count, tasks.values = {values, grid_.entries(), 1};
      tasks.rhs = {rhs, static_cast<std::int64_t>(n), 1}, tasks.omega.value = 1.5;
      policy.online = online;
      auto const out = arrays();
      auto const results = c_results(out);
      EXPECT_EQ(solve(&tasks, &results), METASOLVE_CODE_OK) << metasolve_last_error();
      EXPECT_EQ(metasolve_executor_synchronize(executor()), METASOLVE_CODE_OK);
      return outcome(out);
    };
    auto const by_class = [&](auto& solver, auto tasks, OnlineMetaSolver& online) {
      tasks.count = count, tasks.values = {values, grid_.entries(), 1};
      tasks.rhs = {rhs, static_cast<std::int64_t>(n), 1}, tasks.omega = 1.5;
      auto const out = arrays();
      solver.solve(tasks, {}, class_results(out), {.online = {&online, {features, 1, 1}}});
      class_executor_->synchronize();
      return outcome(out);
    };
    auto const a = by_c(
        [&](auto* tasks, auto* results) {
          return metasolve_linear_solver_solve_with_policy(linear.get(), tasks, nullptr, results, &policy);
        },
        metasolve_linear_tasks METASOLVE_LINEAR_TASKS_DEFAULT, of_linear.get());
    auto const b =
        by_c([&](auto* tasks,
                 auto* results) { return metasolve_cg_solver_solve(cg.get(), tasks, nullptr, results, &policy); },
             metasolve_cg_tasks METASOLVE_CG_TASKS_DEFAULT, of_cg.get());
    ASSERT_EQ(a, by_class(linear_class, LinearSolver::Tasks{}, linear_online)) << "call " << call;
    ASSERT_EQ(b, by_class(cg_class, CgSolver::Tasks{}, cg_online)) << "call " << call;
    total[0] = std::accumulate(a.iterations.begin(), a.iterations.end(), total[0]);
    total[1] = std::accumulate(b.iterations.begin(), b.iterations.end(), total[1]);
    constants += std::ranges::count(a.origin, METASOLVE_ORIGIN_CONSTANT);
    ASSERT_TRUE(std::ranges::all_of(a.iterations, [](int i) { return i > 0 && i < 200; })) << "call " << call;
  }
  EXPECT_EQ(learned(of_linear.get()), learned(linear_online));
  EXPECT_EQ(learned(of_cg.get()), learned(cg_online));
  // The values themselves: what was counted here.
  std::size_t i = 0;
  for (auto* const online : {of_linear.get(), of_cg.get()}) {
    metasolve_online_report r = METASOLVE_ONLINE_REPORT_DEFAULT;
    ASSERT_EQ(metasolve_online_meta_solver_report(online, &r), METASOLVE_CODE_OK);
    EXPECT_EQ(r.calls, calls);
    EXPECT_EQ(r.tasks, calls * static_cast<std::int64_t>(count));
    EXPECT_DOUBLE_EQ(r.cost, total[i++] / (calls * static_cast<double>(count)));
    EXPECT_DOUBLE_EQ(r.saved, 1 - r.cost / r.constant_cost);
    EXPECT_EQ(r.bins, 4);
    EXPECT_EQ(r.cells, 4 * 16);
  }
  EXPECT_GT(constants, 0);
  EXPECT_EQ(learned(of_linear.get()).counts[2], constants);
  // And what is chosen next.
  auto* const features = place(diffusion_numbers(calls));
  EXPECT_EQ(chosen(of_linear.get(), {features, 1, 1}, 1), chosen(linear_online, {features, 1, 1}));
}

// Every member of the options, one after the other, changes what the class has.
std::vector<OnlineMetaSolver::Options> options_of_all_kinds() {
  auto const two = [] {
    return OnlineMetaSolver::Options{.parameters = {{"a", 0.5, 8, 2, true, 5, 0.25}, {"b", -1, 1, 0.5, false, 4, 0}},
                                     .features = {{"x", 0, 1, false, 3}, {"y", 0.1, 10, true, 0}},
                                     .capacity = count};
  };
  std::vector all(13, two());
  all[1].exploration = OnlineMetaSolver::Exploration::thompson;
  all[2].memory = 40;
  all[3].constant_share = 0.5;
  all[4].first_limit = 1.5;
  all[5].most_loss = 1e-3;
  all[6].seed = (std::uint64_t{1} << 63) + 5;
  all[7].parameters[0] = {"a", 0.5, 8, 2, false, 5, 0.25};
  all[8].features = {};
  all[9].parameters[1].values = 7;
  all[10].features[0].bins = 6;
  all[11].estimator = OnlineMetaSolver::Estimator::least_squares;
  all[12].estimator = OnlineMetaSolver::Estimator::network;
  return all;
}

TEST_P(CApiOnlineOn, ChooseAndLearnAreTheClassWithAllOptions) {
  std::vector<Learned> all;
  auto const cost_of = [](double a, double b, double x) { return 10 + std::pow(a - 1 - 6 * x, 2) + 3 * b * b; };
  for (auto const& options : options_of_all_kinds()) {
    auto const by_c = online_of(executor(), options);
    OnlineMetaSolver by_class(*class_executor_, options);
    auto const features = options.features.size();
    EXPECT_EQ(metasolve_online_meta_solver_parameters(by_c.get()), 2);
    EXPECT_EQ(metasolve_online_meta_solver_features(by_c.get()), static_cast<int>(features));
    for (int call = 0; call < calls; ++call) {
      // Item-major: x of all tasks, then y of all.
      std::vector<double> seen(2 * count);
      for (std::size_t t = 0; t < count; ++t) {
        seen[t] = std::fmod(0.31 * static_cast<double>(t) + 0.17 * call, 1.0);
        seen[count + t] = 0.1 + 9 * std::fmod(0.7 * static_cast<double>(t) + 0.13 * call, 1.0);
      }
      if (call % 7 == 3) seen[4] = std::nan("");
      metasolve_const_batch_view view{nullptr, 0, 1};
      if (features > 0) view = {place(seen), 1, count};
      auto const theta = chosen(by_c.get(), view, 2);
      ASSERT_EQ(theta, chosen(by_class, view)) << "call " << call;
      std::vector<double> cost(2 * count);
      for (std::size_t t = 0; t < count; ++t) {
        ASSERT_TRUE(theta[2 * t] >= 0.5 && theta[2 * t] <= 8 && theta[2 * t + 1] >= -1 && theta[2 * t + 1] <= 1);
        cost[2 * t] = cost_of(theta[2 * t], theta[2 * t + 1], std::isfinite(seen[t]) ? seen[t] : 0);
      }
      if (call % 5 == 4) cost[6] = -1;  // a failure
      metasolve_column const column{place(cost), 2, 0};
      ASSERT_EQ(metasolve_online_meta_solver_learn(by_c.get(), &column), METASOLVE_CODE_OK) << metasolve_last_error();
      by_class.learn({column.data, column.stride});
    }
    all.push_back(learned(by_c.get()));
    EXPECT_EQ(all.back(), learned(by_class));
    EXPECT_EQ(all.back().counts[0], calls);
    std::int64_t size = 0;
    ASSERT_EQ(metasolve_online_meta_solver_learned_size(by_c.get(), &size), METASOLVE_CODE_OK);
    std::vector<double> sums(static_cast<std::size_t>(size));
    ASSERT_EQ(metasolve_online_meta_solver_learned(by_c.get(), sums.data(), size), METASOLVE_CODE_OK);
    EXPECT_EQ(sums, by_class.learned());
  }
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(all[a], all[b]) << "options " << a << " and " << b;
  }
}

TEST_P(CApiOnlineOn, FilesAndSumsAreTheClass) {
  test::TemporaryFolder const folder;
  auto const options = omega_from_diffusion(count);
  std::vector<test::Handle<metasolve_online_meta_solver>> by_c;
  std::vector<OnlineMetaSolver> by_class;
  auto* const features = place(diffusion_numbers(0));
  auto const learn = [&](int k, double factor) {
    auto const at = static_cast<std::size_t>(k);
    metasolve_const_batch_view const view{features, 1, 1};
    auto const theta = chosen(by_c[at].get(), view, 1);
    ASSERT_EQ(theta, chosen(by_class[at], view));
    std::vector<double> cost;
    for (double const omega : theta) cost.push_back(factor * (1 + std::abs(omega - 1.7)));
    metasolve_column const column{place(cost), 1, 0};
    ASSERT_EQ(metasolve_online_meta_solver_learn(by_c[at].get(), &column), METASOLVE_CODE_OK);
    by_class[at].learn({column.data, 1});
  };
  std::vector<double> sum;
  for (int k = 0; k < 2; ++k) {
    auto own = options;
    own.seed = static_cast<std::uint64_t>(k) + 1;
    by_c.push_back(online_of(executor(), own));
    by_class.emplace_back(*class_executor_, own);
    for (int call = 0; call < 10; ++call) learn(k, 20);
    std::int64_t size = 0;
    ASSERT_EQ(metasolve_online_meta_solver_learned_size(by_c.back().get(), &size), METASOLVE_CODE_OK);
    auto const of_class = by_class.back().learned();
    ASSERT_EQ(size, static_cast<std::int64_t>(of_class.size()));
    std::vector<double> sums(static_cast<std::size_t>(size));
    ASSERT_EQ(metasolve_online_meta_solver_learned(by_c.back().get(), sums.data(), size), METASOLVE_CODE_OK);
    EXPECT_EQ(sums, of_class);
    sum.resize(sums.size());
    std::ranges::transform(sum, sums, sum.begin(), std::plus{});
  }
  for (std::size_t k = 0; k < 2; ++k) {
    auto const before = learned(by_c[k].get());
    ASSERT_EQ(metasolve_online_meta_solver_merge(by_c[k].get(), sum.data(), static_cast<std::int64_t>(sum.size())),
              METASOLVE_CODE_OK)
        << metasolve_last_error();
    by_class[k].merge(sum);
    EXPECT_EQ(learned(by_c[k].get()), learned(by_class[k]));
    EXPECT_NE(learned(by_c[k].get()), before);
    EXPECT_EQ(learned(by_c[k].get()).counts[1], 2 * 10 * static_cast<std::int64_t>(count)) << "the tasks of both";
  }
  for (int call = 0; call < 5; ++call) learn(0, 20);

  // Each reads what the other wrote.
  auto const c_file = (folder / "c").string(), class_file = (folder / "class").string();
  ASSERT_EQ(metasolve_online_meta_solver_save(by_c[0].get(), c_file.c_str()), METASOLVE_CODE_OK)
      << metasolve_last_error();
  by_class[0].save(class_file);
  EXPECT_EQ(test::TemporaryFolder::read(c_file), test::TemporaryFolder::read(class_file));
  by_c[0] = made<metasolve_online_meta_solver>(
      [&](auto** to) { return metasolve_online_meta_solver_load(executor(), class_file.c_str(), 99, to); });
  by_class[0] = OnlineMetaSolver::load(*class_executor_, c_file);
  EXPECT_EQ(learned(by_c[0].get()), learned(by_class[0]));
  learn(0, 20);
  learn(0, 20);
  metasolve_online_options loaded = METASOLVE_ONLINE_OPTIONS_DEFAULT;
  ASSERT_EQ(metasolve_online_meta_solver_options(by_c[0].get(), &loaded), METASOLVE_CODE_OK);
  EXPECT_EQ(loaded.capacity, 99);
  EXPECT_EQ(by_class[0].options().capacity, static_cast<std::int64_t>(count));
}

TEST_P(CApiOnlineOn, OutlivesItsExecutor) {
  auto other = test::open(GetParam());
  auto const online = online_of(other.get(), omega_from_diffusion(count));
  other.reset();
  auto* const features = place(diffusion_numbers(0));
  metasolve_const_batch_view const view{features, 1, 1};
  metasolve_const_batch_view theta{};
  ASSERT_EQ(metasolve_online_meta_solver_choose(online.get(), count, &view, &theta), METASOLVE_CODE_OK);
  metasolve_column const cost{nullptr, 1, 5};
  ASSERT_EQ(metasolve_online_meta_solver_learn(online.get(), &cost), METASOLVE_CODE_OK);
  metasolve_online_report r = METASOLVE_ONLINE_REPORT_DEFAULT;
  ASSERT_EQ(metasolve_online_meta_solver_report(online.get(), &r), METASOLVE_CODE_OK);
  EXPECT_EQ(r.tasks, static_cast<std::int64_t>(count));
  EXPECT_NEAR(r.cost, 5, 1e-3) << "costs are counted in a unit of their own";
}

METASOLVE_ON_EXECUTORS(CApiOnlineOn);

}  // namespace
}  // namespace metasolve::c_api_online_test
