// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/poisson.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>

#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/sparse/poisson_direct.hpp"
#include "metasolve/detail/sparse/poisson_rhs.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/operators/poisson_stencil.hpp"
#include "metasolve/kernels/solvers/poisson_elimination.hpp"

namespace metasolve::problems {

namespace {

double angle(int i, int unknowns) { return i * std::numbers::pi / (unknowns + 1); }

/// Poisson tasks in an executor's memory.
template <class Scalar>
struct PoissonData {
  exec::Buffer<Scalar> rhs, solution;
};

/// Uploads the tasks in parts and binds the solver to them. The features are f.
template <class Scalar>
engine::TaskGroup<Scalar> bind_poisson(exec::Backend& exec, PoissonKind const& kind, engine::Tasks const& tasks,
                                       engine::StageLimits const& limits) {
  std::int64_t const n = kind.unknowns;
  bool const known = kind.measure == kernels::Measure::relative_error;
  auto data = std::make_shared<PoissonData<Scalar>>();
  data->rhs = exec::Buffer<Scalar>(exec, tasks.count * n);
  if (known) data->solution = exec::Buffer<Scalar>(exec, tasks.count * n);
  engine::TaskGroup<Scalar> group;
  group.count = tasks.count;
  group.features = {data->rhs.data(), n, 1};

  if (!exec.planning()) {
    engine::for_each_part(tasks, 65536 / n, [&](double const* rows, std::int64_t first, std::int64_t here) {
      engine::upload_columns(data->rhs, rows, 2 * n, 0, n, first, here);
      if (known) engine::upload_columns(data->solution, rows, 2 * n, n, n, first, here);
    });
  }
  using Solver = kernels::Jacobi<kernels::PoissonStencil<Scalar>>;
  Solver const solver{.matrix = {kind.unknowns},
                      .measure_kind = kind.measure,
                      .rhs = {data->rhs.data(), n, 1},
                      .solution = {data->solution.data(), n, 1}};
  auto const stage = [&]<class Stage>(auto const& of) {
    group.solver = std::make_unique<Stage>(exec, engine::compiled_for<typename Stage::Functions>(exec), of, limits);
  };
  if (kind.eliminates) {
    using Elimination = kernels::PoissonElimination<Scalar>;
    stage.template operator()<engine::SolverStage<Elimination>>(Elimination{solver});
  } else {
    stage.template operator()<engine::SolverStage<Solver>>(solver);
  }
  group.data = std::move(data);
  return group;
}

}  // namespace

std::vector<std::string> PoissonKind::column_names() const {
  std::vector<std::string> names;
  for (char const* of : {"f", "u"}) {
    for (int i = 1; i <= unknowns; ++i) names.push_back(of + std::to_string(i));
  }
  return names;
}

engine::TaskGroup<double> PoissonKind::bind(exec::Backend& exec, engine::Tasks const& tasks,
                                            engine::StageLimits const& limits) const {
  return bind_poisson<double>(exec, *this, tasks, limits);
}

engine::TaskGroup<float> PoissonKind::bind_float(exec::Backend& exec, engine::Tasks const& tasks,
                                                 engine::StageLimits const& limits) const {
  return bind_poisson<float>(exec, *this, tasks, limits);
}

void PoissonKind::features_of(double const* rows, std::int64_t n, double* features) const {
  for (std::int64_t t = 0; t < n; ++t) std::copy_n(rows + t * width(), unknowns, features + t * unknowns);
}

std::string PoissonKind::cost_name() const {
  return (eliminates ? "poisson elimination " : "poisson jacobi ") + std::to_string(unknowns) + " unknowns " +
         std::string(io::name_of(measure));
}

std::vector<double> sine_basis(int size, int unknowns) {
  std::vector<double> basis(static_cast<std::size_t>(size) * static_cast<std::size_t>(unknowns));
  for (int i = 1; i <= size; ++i) {
    for (int j = 1; j <= unknowns; ++j) {
      auto const at =
          static_cast<std::size_t>(i - 1) * static_cast<std::size_t>(unknowns) + static_cast<std::size_t>(j - 1);
      // Reduce the argument exactly, in integers: i j can be large.
      basis[at] = std::sin(angle(static_cast<int>(static_cast<std::int64_t>(i) * j % (2 * (unknowns + 1))), unknowns));
    }
  }
  return basis;
}

PoissonDistribution::PoissonDistribution(int unknowns, double hard_fraction)
    : unknowns_(unknowns), hard_fraction_(hard_fraction), modes_(sine_basis(unknowns, unknowns)) {
  for (int i = 1; i <= unknowns; ++i) {
    eigenvalues_.push_back(2 - 2 * std::cos(angle(i, unknowns)));
    hard_deviation_.push_back(unknowns == 1 ? 1.0 : std::abs(unknowns + 1.0 - 2.0 * i) / (unknowns - 1.0));
  }
}

void PoissonDistribution::sample(std::uint64_t seed, random::Stream stream, std::int64_t index, double* rhs,
                                 double* solution) const {
  random::Draws const draws(seed, stream, static_cast<std::uint64_t>(index));
  bool const hard = draws.uniform(0) < hard_fraction_;
  auto const n = static_cast<std::size_t>(unknowns_);
  std::fill(rhs, rhs + n, 0.0);
  std::fill(solution, solution + n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    double const deviation = unknowns_ == 1 || hard ? hard_deviation_[i] : 1 - hard_deviation_[i];
    double const c = deviation * draws.normal(i + 1);
    double const* const mode = modes_.data() + i * n;
    for (std::size_t j = 0; j < n; ++j) {
      solution[j] += c * mode[j];
      rhs[j] += c * eigenvalues_[i] * mode[j];
    }
  }
}

engine::Tasks sampled_poisson(PoissonSettings const& settings, std::int64_t count, std::uint64_t seed,
                              random::Stream stream) {
  PoissonDistribution const distribution(settings.unknowns, settings.hard_fraction);
  return {count, std::make_shared<PoissonKind>(settings.unknowns, settings.measure),
          [=, n = settings.unknowns](std::int64_t first, std::int64_t here, double* rows) {
            for (std::int64_t t = 0; t < here; ++t, rows += 2 * n) {
              distribution.sample(seed, stream, first + t, rows, rows + n);
            }
          }};
}

engine::Tasks given_poisson(std::vector<double> rhs, int unknowns, kernels::Measure measure,
                            std::function<std::string(std::int64_t)> const& row_name) {
  sparse::require_usable_poisson(rhs, unknowns, row_name);
  auto const count = static_cast<std::int64_t>(rhs.size()) / unknowns;
  auto const shared = std::make_shared<std::vector<double> const>(std::move(rhs));
  return {count, std::make_shared<PoissonKind>(unknowns, measure),
          [shared, unknowns](std::int64_t first, std::int64_t n, double* rows) {
            for (std::int64_t t = first; t < first + n; ++t, rows += 2 * unknowns) {
              std::copy_n(shared->data() + t * unknowns, unknowns, rows);
              sparse::solve_poisson_directly(unknowns, rows, rows + unknowns);
            }
          }};
}

}  // namespace metasolve::problems
