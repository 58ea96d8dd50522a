// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/distillation.hpp"

#include <gtest/gtest.h>

#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/train/run.hpp"
#include "metasolve/error.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// training.teacher: a network that first imitates a trained one.
namespace metasolve::distillation_test {
namespace {

config::RunConfig configuration() {
  config::RunConfig c;
  c.of<problems::PoissonSettings>().unknowns = 6;
  c.problem.train_tasks = 200;
  c.problem.validation_tasks = 40;
  c.solver.tolerance = 1e-3;
  c.network.hidden = {12};
  c.network.feature_scaling = config::FeatureScaling::standard;
  c.loss.scale = kernels::LossScale::logarithm;
  c.optimizer.rate = 0.01;
  c.training.batch_size = 32;
  c.training.epochs = 2;
  return c;
}

class Distillation : public test::OnExecutors {
 protected:
  /// A model with large random weights, which gives the tasks very different outputs. Returns its file.
  [[nodiscard]] std::string teacher(config::RunConfig c) const {
    c.network.initial_gain = 3;
    train::Checkpoint checkpoint;
    checkpoint.config = c;
    checkpoint.features = train::feature_scale(c, problems::problem_of(c).tasks(c).train);
    checkpoint.learner.weights = train::initial_weights(c);
    auto const file = folder_ / "teacher.safetensors";
    model::write_model(file, model_of(checkpoint));
    return file.string();
  }
  [[nodiscard]] train::Imitation imitate(config::RunConfig const& c) {
    auto const tasks = problems::problem_of(c).tasks(c).train;
    return train::imitated(executor(), c, train::feature_scale(c, tasks), tasks, train::initial_weights(c));
  }

  test::TemporaryFolder folder_;
};
METASOLVE_ON_EXECUTORS(Distillation);

TEST_P(Distillation, TheStudentComesToGiveTheTeachersOutputs) {
  auto c = configuration();
  c.training.teacher = teacher(c);
  c.training.teacher_epochs = 60;
  auto const imitation = imitate(c);
  EXPECT_LT(imitation.error, 0.1 * imitation.first_error);
  EXPECT_EQ(imitate(c).weights, imitation.weights) << "nothing but the seed is random";
}

TEST_P(Distillation, ATeacherOfItsOwnWeightsTeachesNothing) {
  auto c = configuration();
  c.training.teacher = teacher(c);
  c.network.initial_gain = 3;  // the teacher's weights
  c.training.teacher_epochs = 1;
  EXPECT_LT(imitate(c).error, 1e-6);
}

TEST_P(Distillation, UnitsOfTheOutputsAreConverted) {
  auto c = configuration();
  c.training.teacher = teacher(c);
  c.training.teacher_epochs = 1;
  double const one = imitate(c).first_error;
  c.network.output_gain = 1e-3;  // its outputs must be 1000 times as large
  EXPECT_GT(imitate(c).first_error, 100 * one);
}

TEST_P(Distillation, ARunBeginsWithTheImitation) {
  auto c = configuration();
  c.training.teacher = teacher(c);
  c.training.teacher_epochs = 30;
  c.training.epochs = 1;
  c.optimizer.rate = 1e-9;  // the epoch changes nothing
  c.optimizer.weight_decay = 0;
  std::vector<std::string> notices;
  train::RunRequest request{train::RunFiles(folder_ / "run"), false, c, {}, train::remedies_of_library, {}, {}};
  request.hooks.notice = [&](std::string const& notice) { notices.push_back(notice); };
  train::train_run(executor(), request);
  auto const last = train::read_checkpoint(request.files.last()).learner.weights;
  auto const taught = imitate(c).weights;
  ASSERT_EQ(last.size(), taught.size());
  for (std::size_t i = 0; i < last.size(); ++i) EXPECT_NEAR(last[i], taught[i], 1e-6);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices.front().find("imitates " + c.training.teacher), std::string::npos) << notices.front();
}

TEST_P(Distillation, ATeacherOfOtherTasksIsRefused) {
  auto c = configuration();
  c.training.teacher = teacher(c);
  c.of<problems::PoissonSettings>().unknowns = 8;
  test::expect_message<InputError>([&] { (void)imitate(c); }, {"teacher"});
  c.training.teacher = (folder_ / "none").string();
  test::expect_message<InputError>([&] { (void)imitate(c); }, {"none"});
}

}  // namespace
}  // namespace metasolve::distillation_test
