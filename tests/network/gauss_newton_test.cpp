// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/network/training/gauss_newton.hpp"

/// Network operations of second-order training, for several networks side by side.
namespace metasolve::gauss_newton_test {
namespace {

using exec::CpuExec;

double random_at(int i) { return std::sin(12.9898 * i + 4.1) * std::cos(7.3 * i); }

/// Two members of a network with two hidden layers, compared with differences of its output.
class Networks : public testing::TestWithParam<kernels::Activation> {
 protected:
  static constexpr std::int64_t members = 2, tasks = 13, outputs = 3;
  std::vector<std::int64_t> const sizes{4, 5, 6, outputs};
  CpuExec ex{1};
  network::MlpBatch mlp{ex, sizes, GetParam(), members, tasks, true};
  std::int64_t const n = mlp.weights();
  std::vector<double> weights = values(members * n, 1), direction = values(members * n, 900);

  static std::vector<double> values(std::int64_t size, int seed) {
    std::vector<double> v(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = random_at(seed + static_cast<int>(i));
    return v;
  }
  void SetUp() override {
    auto const x = values(sizes[0] * mlp.pitch(), 50);
    std::copy(x.begin(), x.end(), mlp.input(0));
  }
  std::vector<double> output_at(std::vector<double> const& w) {
    mlp.forward(w.data(), false);
    return {mlp.output(), mlp.output() + outputs * mlp.pitch()};
  }
  std::vector<double> moved(double h, std::vector<double> const& along) const {
    auto w = weights;
    for (std::size_t i = 0; i < w.size(); ++i) w[i] += h * along[i];
    return w;
  }
  /// doutput/dweights [outputs * pitch][members * n], by fourth-order differences.
  std::vector<std::vector<double>> jacobian() {
    double const h = 1e-3;
    std::vector<std::vector<double>> columns;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      std::vector<double> unit(weights.size());
      unit[i] = 1;
      auto const p1 = output_at(moved(h, unit)), m1 = output_at(moved(-h, unit));
      auto const p2 = output_at(moved(2 * h, unit)), m2 = output_at(moved(-2 * h, unit));
      std::vector<double> column(p1.size());
      for (std::size_t j = 0; j < column.size(); ++j) {
        column[j] = (8 * (p1[j] - m1[j]) - (p2[j] - m2[j])) / (12 * h);
      }
      columns.push_back(column);
    }
    return columns;
  }
};

TEST_P(Networks, GradientIsTheTransposedJacobian) {
  auto const j = jacobian();
  mlp.forward(weights.data(), true);
  auto bar = values(outputs * mlp.pitch(), 300);
  auto const seed = bar;
  std::vector<double> gradient(weights.size());
  mlp.gradient(weights.data(), bar.data(), gradient.data());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    double expected = 0;
    for (std::size_t k = 0; k < seed.size(); ++k) expected += j[i][k] * seed[k];
    EXPECT_NEAR(gradient[i], expected, 1e-8) << "weight " << i;
  }
}

TEST_P(Networks, SecondDerivativeIsThatOfTheOutput) {
  double const h = 1e-2;
  auto const p1 = output_at(moved(h, direction)), m1 = output_at(moved(-h, direction));
  auto const p2 = output_at(moved(2 * h, direction)), m2 = output_at(moved(-2 * h, direction));
  auto const at = output_at(weights);
  mlp.forward(weights.data(), true);
  mlp.second_derivative(weights.data(), direction.data());
  double largest = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    double const difference = (16 * (p1[i] + m1[i]) - (p2[i] + m2[i]) - 30 * at[i]) / (12 * h * h);
    EXPECT_NEAR(mlp.output()[i], difference, 2e-5 * (1 + std::abs(difference)));
    largest = std::max(largest, std::abs(difference));
  }
  if (GetParam() != kernels::Activation::relu) {
    EXPECT_GT(largest, 0.1) << "a check against nothing";
  }
}

TEST_P(Networks, GaussNewtonMatrixIsThatOfTheJacobian) {
  auto const j = jacobian();
  // A curvature per task: G' G with its own G.
  auto const pitch = mlp.pitch();
  std::vector<double> curvature(static_cast<std::size_t>(outputs * outputs * pitch));
  auto const b = [&](std::int64_t q, std::int64_t r, std::int64_t slot) -> double& {
    return curvature[static_cast<std::size_t>((q * outputs + r) * pitch + slot)];
  };
  for (std::int64_t slot = 0; slot < pitch; ++slot) {
    for (int q = 0; q < outputs; ++q) {
      for (int r = 0; r < outputs; ++r) {
        for (int k = 0; k < outputs; ++k) {
          auto const g = [&](int c) { return random_at(static_cast<int>(slot) * 31 + 7 * k + c); };
          b(q, r, slot) += g(q) * g(r);
        }
      }
    }
  }
  mlp.forward(weights.data(), true);
  network::GaussNewton gauss_newton(ex, mlp);
  std::vector<double> matrix(static_cast<std::size_t>(members * n * n));
  gauss_newton.assemble(weights.data(), curvature.data(), matrix.data());
  for (std::int64_t m = 0; m < members; ++m) {
    for (std::int64_t row = 0; row < n; ++row) {
      for (std::int64_t column = 0; column <= row; ++column) {
        auto const& jr = j[static_cast<std::size_t>(m * n + row)];
        auto const& jc = j[static_cast<std::size_t>(m * n + column)];
        double expected = 0;
        for (std::int64_t slot = m * tasks; slot < (m + 1) * tasks; ++slot) {
          for (int q = 0; q < outputs; ++q) {
            for (int r = 0; r < outputs; ++r) {
              expected += jr[static_cast<std::size_t>(q * pitch + slot)] * b(q, r, slot) *
                          jc[static_cast<std::size_t>(r * pitch + slot)];
            }
          }
        }
        EXPECT_NEAR(matrix[static_cast<std::size_t>((m * n + row) * n + column)], expected,
                    1e-7 * (1 + std::abs(expected)))
            << "member " << m << ", " << row << ", " << column;
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, Networks,
                         testing::Values(kernels::Activation::silu, kernels::Activation::tanh,
                                         kernels::Activation::identity));

}  // namespace
}  // namespace metasolve::gauss_newton_test
