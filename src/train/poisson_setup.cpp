// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "src/train/problem_setup.hpp"

namespace metasolve::train {

namespace {

int unknowns(config::RunConfig const& config) { return config.problem.unknowns; }

int basis_size(config::RunConfig const& config) {
  return config.solver.basis_size > 0 ? config.solver.basis_size : config.problem.unknowns;
}

/// Rows of the identity, or sine modes. Empty: all unknowns themselves.
std::vector<double> basis(config::RunConfig const& config) {
  int const n = config.problem.unknowns;
  int const size = basis_size(config);
  if (config.solver.basis == config::Basis::sine) return problems::sine_basis(size, n);
  if (size == n) return {};
  std::vector<double> identity(static_cast<std::size_t>(size) * static_cast<std::size_t>(n), 0.0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) identity[i * static_cast<std::size_t>(n) + i] = 1;
  return identity;
}

Splits tasks(config::RunConfig const& config) {
  auto const& p = config.problem;
  problems::PoissonDistribution const distribution(p.unknowns, p.hard_fraction);
  auto const draw = [&](std::int64_t count, random::Stream stream) {
    auto drawn = problems::sampled_poisson(distribution, p.unknowns, count, config.training.seed, stream);
    drawn.measure = p.measure;
    drawn.format = p.matrix_format;
    return drawn;
  };
  return {draw(p.train_tasks, random::Stream::train_tasks), draw(p.validation_tasks, random::Stream::validation_tasks),
          draw(p.test_tasks, random::Stream::test_tasks)};
}

void shape(config::RunConfig const& config, network::MetaNetworkShape& s) {
  s.output_gain = config.network.output_gain;
  s.basis = basis(config);
  s.parameters = config.problem.unknowns;
}

/// Tasks are made a part at a time (problems/bind_poisson.hpp).
std::uint64_t host_bytes(config::RunConfig const& config) {
  auto const numbers = static_cast<std::uint64_t>(config.problem.train_tasks * config.problem.unknowns);
  return 4 * sizeof(double) * std::min(numbers, std::uint64_t{65536});
}

std::string baseline(config::RunConfig const&) { return "zero guess"; }

double failure_slope(config::RunConfig const&) { return 0; }

void initialise(config::RunConfig const&, std::vector<network::LayerShape> const&, std::vector<double>&) {}

}  // namespace

ProblemSetup const poisson_setup{"poisson",  tasks,    unknowns,      basis_size, shape,
                                 host_bytes, baseline, failure_slope, initialise};

}  // namespace metasolve::train
