// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/train/run.hpp"
#include "metasolve/detail/train/side_by_side.hpp"
#include "tests/support/temporary_folder.hpp"

/// training.members: several networks on the same tasks, of which the best by validation is kept.
namespace metasolve::members_test {
namespace {

using config::RunConfig;
using test::TemporaryFolder;
using train::Checkpoint;

std::vector<std::uint64_t> bits(std::vector<double> const& values) {
  std::vector<std::uint64_t> result;
  for (double const x : values) result.push_back(std::bit_cast<std::uint64_t>(x));
  return result;
}

void expect_equal(train::MemberState const& a, train::MemberState const& b, std::string const& what) {
  EXPECT_EQ(bits(a.learner.weights), bits(b.learner.weights)) << what;
  EXPECT_EQ(bits(a.learner.first_moment), bits(b.learner.first_moment)) << what;
  EXPECT_EQ(bits(a.learner.second_moment), bits(b.learner.second_moment)) << what;
  EXPECT_EQ(bits({a.learner.damping}), bits({b.learner.damping})) << what;
  EXPECT_EQ(bits(a.learner.gradient), bits(b.learner.gradient)) << what;
  EXPECT_EQ(a.learner.clock.position, b.learner.clock.position) << what;
  EXPECT_EQ(a.learner.clock.updates, b.learner.clock.updates) << what;
  EXPECT_EQ(bits({a.schedule.best}), bits({b.schedule.best})) << what;
  EXPECT_EQ(a.schedule.waited, b.schedule.waited) << what;
  EXPECT_EQ(a.schedule.reductions, b.schedule.reductions) << what;
}

void expect_equal(Checkpoint const& a, Checkpoint const& b) {
  EXPECT_EQ(a.member, b.member);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(bits({a.best_figure, a.best_iterations}), bits({b.best_figure, b.best_iterations}));
  auto const ours = members_of(a), theirs = members_of(b);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t m = 0; m < ours.size(); ++m) expect_equal(ours[m], theirs[m], "member " + std::to_string(m));
}

class Members : public ::testing::TestWithParam<engine::Optimizer> {
 protected:
  /// A plateau rule and scaled features: more state that a resumed run must restore for each member.
  [[nodiscard]] static RunConfig configuration(int members) {
    RunConfig c;
    c.of<problems::PoissonSettings>().unknowns = 6;
    c.problem.train_tasks = 96;
    c.problem.validation_tasks = 40;
    c.problem.test_tasks = 10;
    c.solver.tolerance = 1e-3;
    c.network.hidden = {6, 5};
    c.network.feature_scaling = config::FeatureScaling::standard;
    c.loss.scale = kernels::LossScale::logarithm;
    c.optimizer.kind = GetParam();
    c.optimizer.rate = 0.02;
    c.loss.tolerance_start = 1;
    c.schedule.kind = config::ScheduleKind::plateau;
    c.schedule.patience = 3;
    c.training.batch_size = 20;
    c.training.epochs = GetParam() == engine::Optimizer::adam ? 40 : 8;
    c.training.selection = config::Selection::iterations;
    c.training.checkpoint_seconds = 0;
    c.training.members = members;
    if (members > 1) c.training.member_gains = {1, 3};
    return c;
  }

  /// Trains into a folder; stops after this many epochs, unless 0.
  train::TrainResult trained(std::string const& name, RunConfig const& c, bool resume = false, int epochs = 0) const {
    std::atomic<bool> stop = false;
    train::RunRequest request{train::RunFiles(folder_ / name), resume, c, {}, train::remedies_of_library, {}, {}};
    request.hooks.stop = &stop;
    request.hooks.progress = [&](TrainingProgress const& p) {
      EXPECT_EQ(p.members, c.training.members);
      if (p.epoch == epochs) stop = true;
    };
    return train::train_run(Executor::cpu(1), request);
  }
  [[nodiscard]] Checkpoint last(std::string const& name) const {
    return train::read_checkpoint(train::RunFiles(folder_ / name).last());
  }
  [[nodiscard]] Checkpoint best(std::string const& name) const {
    return train::read_checkpoint(train::RunFiles(folder_ / name).best());
  }
  /// Without the times.
  [[nodiscard]] std::vector<nlohmann::json> metrics(std::string const& name) const {
    std::vector<nlohmann::json> lines;
    std::istringstream text(TemporaryFolder::read(train::RunFiles(folder_ / name).metrics()));
    for (std::string line; std::getline(text, line);) {
      lines.push_back(nlohmann::json::parse(line));
      lines.back().erase("seconds");
    }
    return lines;
  }

  TemporaryFolder folder_;
};

TEST_P(Members, TheFirstIsTrainedAsIfAlone) {
  trained("alone", configuration(1));
  trained("together", configuration(3));
  auto const alone = members_of(last("alone")), together = members_of(last("together"));
  ASSERT_EQ(alone.size(), 1U);
  ASSERT_EQ(together.size(), 3U);
  expect_equal(alone[0], together[0], "member 0");
  for (std::size_t m = 1; m < 3; ++m) EXPECT_NE(together[m].learner.weights, together[0].learner.weights);
  EXPECT_NE(together[1].learner.weights, together[2].learner.weights);
  auto const file = io::read_safetensors(train::RunFiles(folder_ / "alone").last());
  for (auto const& tensor : file.tensors) EXPECT_EQ(tensor.name.find("member"), std::string::npos) << tensor.name;
}

TEST_P(Members, TheBestByValidationIsKept) {
  auto const result = trained("run", configuration(4));
  auto const kept = best("run");
  ASSERT_GT(kept.best_epoch, 0) << "no member beat the zero guess: choose other settings";
  nlohmann::json least;
  for (auto const& line : metrics("run")) {
    if (least.is_null() || line["validation_iterations"] < least["validation_iterations"]) least = line;
  }
  EXPECT_EQ(kept.best_epoch, least["epoch"]);
  EXPECT_EQ(kept.member, least["member"]);
  EXPECT_EQ(kept.member, least["best_member"]);
  EXPECT_EQ(kept.best_iterations, least["validation_iterations"]);
  EXPECT_EQ(result.best_member, kept.member);
  EXPECT_EQ(last("run").member, kept.member);
  auto const model = model::read_model(train::RunFiles(folder_ / "run").model());
  EXPECT_EQ(bits(model.weights), bits(kept.learner.weights));

  trained("alone", configuration(1));
  EXPECT_LE(kept.best_figure, best("alone").best_figure);
}

TEST_P(Members, AResumedRunHasTheSameBits) {
  auto const c = configuration(3);
  trained("whole", c);
  for (int const epochs : {1, 5}) {
    auto const name = "stopped-" + std::to_string(epochs);
    EXPECT_FALSE(trained(name, c, false, epochs).finished);
    EXPECT_TRUE(trained(name, c, true).finished);
    expect_equal(last("whole"), last(name));
    expect_equal(best("whole"), best(name));
    EXPECT_EQ(metrics("whole"), metrics(name));
  }
}

TEST_P(Members, GoOnFromTheBestIfTheLastIsLost) {
  auto const c = configuration(3);
  trained("run", c);
  ASSERT_GT(best("run").best_epoch, 0);
  auto const whole = last("run");
  std::filesystem::remove(train::RunFiles(folder_ / "run").last());
  EXPECT_TRUE(trained("run", c, true).finished);
  expect_equal(whole, last("run"));
}

TEST_P(Members, AreCountedInThePlannedMemory) {
  auto const one = train::planned_bytes(Executor::cpu(1), configuration(1));
  auto const three = train::planned_bytes(Executor::cpu(1), configuration(3));
  EXPECT_GT(three, 2 * one);
  EXPECT_LE(three, 3 * one + 4096);
}

TEST_P(Members, OfSeveralTrainingsSideBySide) {
  std::vector<RunConfig> configs{configuration(3), configuration(1), configuration(3)};
  configs[2].training.seed = 1;
  std::vector<train::Trained> results;
  train::train_side_by_side(Executor::cpu(2), configs, [&](std::vector<train::Trained> const& group) {
    results.insert(results.end(), group.begin(), group.end());
  });
  ASSERT_EQ(results.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(results[i].best.config, configs[i]);
    EXPECT_EQ(results[i].best.others.size(), static_cast<std::size_t>(configs[i].training.members - 1));
  }
  trained("run", configs[0]);
  auto const kept = best("run");
  EXPECT_EQ(results[0].best.member, kept.member);
  EXPECT_NEAR(results[0].best.best_figure, kept.best_figure, 1e-9);
  EXPECT_LE(results[0].best.best_figure, results[1].best.best_figure);

  auto const file = folder_ / "best.safetensors";
  train::write_checkpoint(file, results[0].best);
  expect_equal(train::read_checkpoint(file), results[0].best);
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Members,
                         ::testing::Values(engine::Optimizer::adam, engine::Optimizer::levenberg_marquardt),
                         [](auto const& which) {
                           return which.param == engine::Optimizer::adam ? "Adam" : "LevenbergMarquardt";
                         });

}  // namespace
}  // namespace metasolve::members_test
