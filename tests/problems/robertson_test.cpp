// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/detail/integrate/row_solver.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/kernels/problems/implicit_euler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/problems/trajectory_cache.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// Robertson's tasks: distribution, trajectories, their cache, and the caller's tasks.
namespace metasolve::robertson_test {
namespace {

using namespace problems;
using random::Stream;
using test::expect_message;
using test::TemporaryFolder;

constexpr std::size_t columns = kernels::ImplicitEuler<kernels::Robertson, double>::columns;
constexpr std::uint64_t seed = 3;

std::vector<double> rows_of(engine::Tasks const& tasks, std::int64_t first, std::int64_t count) {
  std::vector<double> rows(static_cast<std::size_t>(count) * columns);
  tasks.fill(first, count, rows.data());
  return rows;
}

bool clamps(engine::Tasks const& tasks) {
  using Solver = integrate::RowSolver<kernels::Robertson, double>;
  return static_cast<Solver const*>(dynamic_cast<RowKind const&>(*tasks.kind).solver.get())->clamps;
}

TEST(RobertsonDistribution, TimesRunFromZeroByAConstantRatio) {
  RobertsonDistribution const d;
  EXPECT_EQ(d.steps, 100);
  EXPECT_EQ(d.time(0), 0);
  EXPECT_NEAR(d.time(100), 1e4 - 1e-6, 1e-9);
  for (int step = 0; step < 100; ++step) {
    EXPECT_NEAR((d.time(step + 1) + 1e-6) / (d.time(step) + 1e-6), std::pow(1e10, 0.01), 1e-9) << step;
  }
  EXPECT_NEAR((RobertsonDistribution{.steps = 7, .last_time = 50}.time(7)), 50, 1e-5);
}

TEST(RobertsonDistribution, RateConstantsAreLogUniform) {
  constexpr std::int64_t sets = 4000;
  constexpr double lowest[] = {1e-4, 1e5, 1e2};
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<double> decades;
    for (std::int64_t s = 0; s < sets; ++s) {
      decades.push_back(std::log10(RobertsonDistribution::rate_constants(seed, Stream::train_tasks, s)[i] / lowest[i]));
    }
    std::ranges::sort(decades);
    EXPECT_TRUE(decades.front() >= -1e-12 && decades.back() <= 4 + 1e-12);
    // The largest deviation of 4000 numbers from their distribution is below 0.03 with probability 0.999.
    for (std::size_t s = 0; s < sets; ++s) EXPECT_NEAR(decades[s] / 4, static_cast<double>(s) / sets, 0.03);
  }
  // The three are drawn independently.
  double products = 0;
  for (std::int64_t s = 0; s < sets; ++s) {
    auto const c = RobertsonDistribution::rate_constants(seed, Stream::train_tasks, s);
    products += (std::log10(c[0]) + 2) * (std::log10(c[1]) - 7) / sets;
  }
  EXPECT_NEAR(products, 0, 0.1);
}

TEST(RobertsonDistribution, DrawsAreOfSeedStreamAndSet) {
  auto const c = RobertsonDistribution::rate_constants(seed, Stream::train_tasks, 5);
  EXPECT_EQ(RobertsonDistribution::rate_constants(seed, Stream::train_tasks, 5), c);
  for (auto const& other : {RobertsonDistribution::rate_constants(seed, Stream::train_tasks, 6),
                            RobertsonDistribution::rate_constants(seed, Stream::validation_tasks, 5),
                            RobertsonDistribution::rate_constants(seed, Stream::test_tasks, 5),
                            RobertsonDistribution::rate_constants(seed + 1, Stream::train_tasks, 5)}) {
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NE(other[i], c[i]);
  }
}

/// ||g|| of the step from `before` to `after`, and the bound of its rounding error.
std::pair<double, double> residual(std::array<double, 3> const& c, double h, double const* before,
                                   double const* after) {
  double const a = h * c[0] * after[0], b = h * c[1] * after[1] * after[1], d = h * c[2] * after[1] * after[2];
  double const g[] = {after[0] - (d - a) - before[0], after[1] - (a - d - b) - before[1], after[2] - b - before[2]};
  double const rounding = 8 * std::numeric_limits<double>::epsilon() * (1 + a + b + d);
  return {std::sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]), rounding};
}

TEST(RobertsonTrajectories, SolveTheirStepsAndConserve) {
  RobertsonDistribution const d;
  constexpr std::int64_t sets = 20;  // more than a group of lanes
  auto const y = robertson_trajectories(d, sets, seed, Stream::test_tasks);
  ASSERT_EQ(y.size(), sets * 300u);
  for (std::int64_t s = 0; s < sets; ++s) {
    auto const c = RobertsonDistribution::rate_constants(seed, Stream::test_tasks, s);
    double const* const own = y.data() + s * 300;
    EXPECT_EQ(std::vector<double>(own, own + 3), (std::vector<double>{1, 0, 0}));
    for (int step = 0; step < 100; ++step) {
      double const* const now = own + 3 * step;
      EXPECT_NEAR(now[0] + now[1] + now[2], 1, 1e-9) << "set " << s << ", step " << step;
      if (step == 0) continue;
      auto const [norm, rounding] = residual(c, d.time(step) - d.time(step - 1), now - 3, now);
      EXPECT_LE(norm, 1e-12 + rounding) << "set " << s << ", step " << step;
      EXPECT_LT(now[0], now[-3]) << "y1 only falls";
    }
  }
  // A set is independent of the number of sets and of what is learned.
  auto const few = robertson_trajectories({.relaxation = 1.1, .clamps = false}, 2, seed, Stream::test_tasks);
  EXPECT_EQ(few, std::vector<double>(y.begin(), y.begin() + 600));
}

TEST(RobertsonTrajectories, StepsThatAreTooLongAreNamed) {
  expect_message<Error>([] { robertson_trajectories({.steps = 10, .last_time = 100}, 3, seed, Stream::train_tasks); },
                        {"step 7", "set 1", "did not converge to 1e-12"});
}

TEST(SampledRobertson, RowsAreTheStepsInAnyOrder) {
  RobertsonDistribution const d{.steps = 10, .last_time = 1e-3, .relaxation = 1.25};
  auto const y = robertson_trajectories(d, 3, seed, Stream::train_tasks);
  auto const tasks = sampled_robertson(d, 25, seed, Stream::train_tasks, {});
  EXPECT_EQ(tasks.count, 25);
  EXPECT_TRUE(clamps(tasks));
  EXPECT_FALSE(clamps(sampled_robertson({.clamps = false}, 1, seed, Stream::train_tasks, {})));
  auto const all = rows_of(tasks, 0, 25);
  for (std::size_t t = 0; t < 25; ++t) {
    auto const c = RobertsonDistribution::rate_constants(seed, Stream::train_tasks, static_cast<std::int64_t>(t / 10));
    double const from = d.time(static_cast<int>(t % 10)), to = d.time(static_cast<int>(t % 10) + 1);
    std::vector<double> const expected{from, to - from, c[0], c[1], c[2], 1.25, y[3 * t], y[3 * t + 1], y[3 * t + 2]};
    EXPECT_EQ(std::vector<double>(all.begin() + static_cast<std::ptrdiff_t>(t * columns),
                                  all.begin() + static_cast<std::ptrdiff_t>((t + 1) * columns)),
              expected)
        << t;
  }
  auto const part = rows_of(tasks, 8, 13);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + 8 * columns));
}

/// Trajectories of a small distribution with a cache in a separate folder.
class Cache : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::vector<std::string> notices_;
  TrajectoryCache cache_{folder_ / "made" / "on demand", [this](std::string const& line) { notices_.push_back(line); }};
  RobertsonDistribution distribution_{.steps = 10, .last_time = 1e-3};
  std::vector<double> const expected_ = robertson_trajectories(distribution_, 2, seed, Stream::train_tasks);

  std::vector<double> read(std::int64_t sets = 2) {
    return cached_trajectories(distribution_, sets, seed, Stream::train_tasks, cache_);
  }
  std::string file(std::int64_t sets = 2) {
    return trajectory_file(distribution_, sets, seed, Stream::train_tasks, cache_);
  }
  /// Rewrites the file with other states and another shape, under its own text or another.
  void rewrite(std::vector<std::int64_t> const& shape, std::vector<double> const& y, std::string const& made_of = "") {
    auto const text = made_of.empty() ? io::read_safetensors(file()).metadata_at("made_of") : made_of;
    auto const tensor = io::make_tensor<double>("y", shape, y);
    io::write_safetensors(file(), {&tensor, 1}, {{"made_of", text}});
  }
  /// Expects that the file is not used, one notice reports it, and the file is then valid again.
  void expect_made_again(std::string const& notice) {
    EXPECT_EQ(read(), expected_);
    ASSERT_EQ(notices_.size(), 1u) << notice;
    EXPECT_NE(notices_[0].find(notice), std::string::npos) << notices_[0];
    EXPECT_NE(notices_[0].find(file()), std::string::npos) << notices_[0];
    EXPECT_NE(notices_[0].find("made again"), std::string::npos) << notices_[0];
    EXPECT_EQ(read(), expected_);
    EXPECT_EQ(notices_.size(), 1u) << "a second notice: the file was not replaced";
    notices_.clear();
  }
};

TEST_F(Cache, KeepsTheBitsAndIsReallyRead) {
  EXPECT_EQ(read(), expected_);
  ASSERT_TRUE(std::filesystem::exists(file()));
  EXPECT_EQ(read(), expected_);
  auto marked = expected_;
  marked[7] = 42;
  rewrite({2, 10, 3}, marked);
  EXPECT_EQ(read(), marked) << "made again although the file was good";
  EXPECT_TRUE(notices_.empty());
}

TEST_F(Cache, EachTrainingHasAFileOfItsOwn) {
  std::vector<std::string> files{file(), file(3)};
  for (auto const& other : {RobertsonDistribution{.steps = 11, .last_time = 1e-3}, {.steps = 10, .last_time = 2e-3}}) {
    files.push_back(trajectory_file(other, 2, seed, Stream::train_tasks, cache_));
  }
  files.push_back(trajectory_file(distribution_, 2, seed + 1, Stream::train_tasks, cache_));
  files.push_back(trajectory_file(distribution_, 2, seed, Stream::test_tasks, cache_));
  std::ranges::sort(files);
  EXPECT_EQ(std::ranges::adjacent_find(files), files.end());
}

TEST_F(Cache, FilesThatAreWrongAreMadeAgain) {
  read();
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) / 2);
  expect_made_again("");
  folder_.write("made/on demand/" + std::filesystem::path(file()).filename().string(), "");
  expect_made_again("");
  rewrite({1, 10, 3}, std::vector<double>(30, 1.0));
  expect_made_again("");
  rewrite({2, 10, 3}, expected_, "something else");
  expect_made_again("made of something else");
  read(3);
  std::filesystem::copy_file(file(3), file(), std::filesystem::copy_options::overwrite_existing);
  expect_made_again("made of something else");
  auto bytes = TemporaryFolder::read(file());
  bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 4);
  std::filesystem::remove(file());
  folder_.write("made/on demand/" + std::filesystem::path(file()).filename().string(), bytes);
  expect_made_again("");
}

TEST_F(Cache, AFolderThatCannotBeWrittenCostsANoticeOnly) {
  folder_.write("file", "no folder");
  cache_.folder = folder_ / "file" / "below";
  EXPECT_EQ(read(), expected_);
  ASSERT_EQ(notices_.size(), 1u);
  EXPECT_NE(notices_[0].find("not kept"), std::string::npos) << notices_[0];
  cache_.notice = {};
  EXPECT_EQ(read(), expected_) << "nobody to tell";
  cache_.folder.clear();
  EXPECT_EQ(read(), expected_);
  EXPECT_EQ(notices_.size(), 1u);
}

/// Sets environment variables, and restores them at the end.
class Environment {
 public:
  ~Environment() {
    for (auto const& [name, value] : before_) put(name, value);
  }
  void set(char const* name, std::optional<std::string> const& value) {
    char const* const old = std::getenv(name);
    before_.insert(before_.begin(), {name, old != nullptr ? std::optional<std::string>(old) : std::nullopt});
    put(name, value);
  }

 private:
  static void put(char const* name, std::optional<std::string> const& value) {
    value ? ::setenv(name, value->c_str(), 1) : ::unsetenv(name);
  }
  std::vector<std::pair<char const*, std::optional<std::string>>> before_;
};

TEST(CacheFolder, IsThatOfTheEnvironment) {
  Environment environment;
  auto const folder = [] { return TrajectoryCache::from_environment().folder; };
  environment.set("HOME", "/home/someone");
  environment.set("XDG_CACHE_HOME", "/cache");
  environment.set("METASOLVE_CACHE", "/mine");
  EXPECT_EQ(folder(), "/mine");
  environment.set("METASOLVE_CACHE", "");
  EXPECT_EQ(folder(), "") << "empty: none";
  environment.set("METASOLVE_CACHE", std::nullopt);
  EXPECT_EQ(folder(), "/cache/metasolve");
  environment.set("XDG_CACHE_HOME", std::nullopt);
  EXPECT_EQ(folder(), "/home/someone/.cache/metasolve");
  environment.set("HOME", std::nullopt);
  EXPECT_EQ(folder(), "");
}

std::string row_name(std::int64_t row) { return "steps.csv, line " + std::to_string(row + 2); }

TEST(GivenRobertson, RowsAreTakenAsTheyAre) {
  std::vector<double> const given{0.04, 3e7, 1e4, 0.1, 1, 0, 0, 0.5, 1e6, 1e3, 7, -1, 2, 0.3};
  auto const tasks = given_robertson(given, 1.2, true, row_name);
  EXPECT_EQ(tasks.count, 2);
  EXPECT_TRUE(clamps(tasks));
  EXPECT_FALSE(clamps(given_robertson(given, 1.2, false, row_name)));
  EXPECT_EQ(rows_of(tasks, 0, 2),
            (std::vector<double>{0, 0.1, 0.04, 3e7, 1e4, 1.2, 1, 0, 0, 0, 7, 0.5, 1e6, 1e3, 1.2, -1, 2, 0.3}));
  EXPECT_EQ(given_robertson({}, 1.2, true, row_name).count, 0);
}

TEST(GivenRobertson, BadRowsAreNamed) {
  char const* const names[] = {"c1", "c2", "c3", "h", "y1", "y2", "y3"};
  std::vector<double> const good{0.04, 3e7, 1e4, 0.1, 1, 0, 0};
  for (std::size_t i = 0; i < 7; ++i) {
    auto bad = std::vector<double>{std::nan(""), INFINITY, -INFINITY};
    bad.insert(bad.end(), {i < 4 ? 0.0 : -1.001, i < 4 ? -1.0 : 2.001});
    for (double const x : bad) {
      auto given = good;
      given.insert(given.end(), good.begin(), good.end());
      given[7 + i] = x;
      expect_message<InputError>([&] { given_robertson(given, 1.2, true, row_name); },
                                 {"steps.csv, line 3: ", std::string(names[i]) + " is "});
    }
  }
}

TEST(RobertsonFeatures, AreTheStateAndLogarithms) {
  auto const sampled = sampled_robertson({}, 100, seed, Stream::test_tasks, {});
  auto const rows = rows_of(sampled, 0, 100);
  std::vector<double> x(60 * 7);
  features_of(sampled, 40, 60, x.data());
  for (std::size_t t = 0; t < 60; ++t) {
    double const* const row = rows.data() + (40 + t) * columns;
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(x[7 * t + i], row[6 + i]);
    EXPECT_NEAR(x[7 * t + 3], std::log10(row[1]), 1e-14 * 16);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(x[7 * t + 4 + i], std::log10(row[2 + i]), 1e-14 * 16);
  }
}

TEST(RobertsonTasks, OfGroupsFollowEachOther) {
  std::vector<engine::Tasks> groups;
  std::vector<double> expected;
  for (std::int64_t const count : {3, 1, 5}) {
    auto const tasks =
        sampled_robertson({.steps = 10, .last_time = 1e-3}, count, seed + groups.size(), Stream::train_tasks, {});
    auto const rows = rows_of(tasks, 0, count);
    expected.insert(expected.end(), rows.begin(), rows.end());
    groups.push_back(tasks);
  }
  auto const all = engine::concatenated(groups);
  EXPECT_EQ(all.count, 9);
  EXPECT_EQ(all.kind, groups.front().kind);
  for (std::int64_t first = 0; first < 9; ++first) {
    for (std::int64_t count = 1; first + count <= 9; ++count) {
      auto const rows = rows_of(all, first, count);
      EXPECT_TRUE(std::equal(rows.begin(), rows.end(), expected.begin() + first * static_cast<std::int64_t>(columns)))
          << first << " and " << count << " on";
    }
  }
}

}  // namespace
}  // namespace metasolve::robertson_test
