// SPDX-License-Identifier: Apache-2.0
#include "linear_guess.hpp"

#include <Eigen/Dense>

#include "ni_poisson.hpp"

namespace metasolve::bench::ni_poisson {

namespace {

struct Set {
  Eigen::MatrixXd rhs, solution;  ///< [tasks][unknowns]
};

Set drawn_set(TaskSet set, long tasks) {
  Set all{Eigen::MatrixXd(tasks, unknowns), Eigen::MatrixXd(tasks, unknowns)};
  for (long t = 0; t < tasks; ++t) {
    auto const task = drawn(set, t);
    all.rhs.row(t) = Eigen::Map<Eigen::RowVectorXd const>(task.rhs.data(), unknowns);
    all.solution.row(t) = Eigen::Map<Eigen::RowVectorXd const>(task.solution.data(), unknowns);
  }
  return all;
}

}  // namespace

std::vector<double> linear_guesses(long tasks) {
  auto const train = drawn_set(TaskSet::train, tasks), test = drawn_set(TaskSet::test, tasks);
  Eigen::MatrixXd const map = train.rhs.colPivHouseholderQr().solve(train.solution);
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> const guesses = test.rhs * map;
  return {guesses.data(), guesses.data() + guesses.size()};
}

}  // namespace metasolve::bench::ni_poisson
