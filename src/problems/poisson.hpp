// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/kernels/solvers/jacobi.hpp"

namespace metasolve::problems {

enum class Basis { sine, identity };

/// Part of a configuration (RunConfig::of).
struct PoissonSettings {
  int unknowns = 16;
  double hard_fraction = 0.0;
  kernels::Measure measure = kernels::Measure::relative_error;
  Basis basis = Basis::sine;
  int basis_size = 0;  ///< 0: as many vectors as unknowns
  bool operator==(PoissonSettings const&) const = default;
};

inline constexpr int most_unknowns = 1024;  ///< per task

/// 1-D Poisson tasks A u = f, A = tridiag(-1, 2, -1), by Jacobi's method. Rows: f [unknowns], u [unknowns].
class PoissonKind final : public engine::TaskKind {
 public:
  static constexpr char const* problem = model::poisson_name;

  /// by_elimination: solved directly in place of Jacobi's method.
  PoissonKind(int size, kernels::Measure of_convergence, bool by_elimination = false)
      : unknowns(size), measure(of_convergence), eliminates(by_elimination) {}

  [[nodiscard]] std::int64_t width() const override { return 2 * std::int64_t{unknowns}; }
  [[nodiscard]] std::vector<std::string> column_names() const override;
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  [[nodiscard]] engine::TaskGroup<float> bind_float(exec::Backend& exec, engine::Tasks const& tasks,
                                                    engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;
  [[nodiscard]] std::string cost_name() const override;

  int const unknowns;
  kernels::Measure const measure;
  bool const eliminates;
};

/// The paper's distribution p P1 + (1 - p) P2 (appendix C.1): f = sum_i c_i mu_i v_i, v_i = sin(i j pi / (N + 1)),
/// mu_i = 2 - 2 cos(i pi / (N + 1)), u = sum_i c_i v_i, c_i normal with mean 0 and standard deviation
/// |N + 1 - 2 i| / (N - 1) in P1 (hard), 1 minus that in P2 (easy). For N = 1 the two are taken as 1 and 1.
class PoissonDistribution {
 public:
  PoissonDistribution(int unknowns, double hard_fraction);
  /// Task `index` of a stream: rhs [unknowns], solution [unknowns].
  void sample(std::uint64_t seed, random::Stream stream, std::int64_t index, double* rhs, double* solution) const;

 private:
  int unknowns_;
  double hard_fraction_;
  std::vector<double> modes_;  ///< v_i(j) [i][j]
  std::vector<double> eigenvalues_;
  std::vector<double> hard_deviation_;
};

engine::Tasks sampled_poisson(PoissonSettings const& settings, std::int64_t count, std::uint64_t seed,
                              random::Stream stream);

/// The caller's right-hand sides [count][unknowns]; computes the solutions by elimination (Thomas), whose rounding
/// error is far below every tolerance that Jacobi can reach. @throws InputError a row with a non-finite value or of
/// norm 0; row_name(row) names it.
engine::Tasks given_poisson(std::vector<double> rhs, int unknowns, kernels::Measure measure,
                            std::function<std::string(std::int64_t)> const& row_name);

/// Rows i of sin(i j pi / (N + 1)), i = 1 ... size: [size][unknowns].
std::vector<double> sine_basis(int size, int unknowns);

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<kernels::Measure> {
  static constexpr ChoiceTable<kernels::Measure, 2> table{{{kernels::Measure::relative_error, "relative-error"},
                                                           {kernels::Measure::relative_residual, "relative-residual"}}};
};
template <>
struct ChoiceNames<problems::Basis> {
  static constexpr ChoiceTable<problems::Basis, 2> table{
      {{problems::Basis::sine, "sine"}, {problems::Basis::identity, "identity"}}};
};

}  // namespace metasolve::io
