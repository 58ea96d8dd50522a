// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/grids/cycle_of.hpp"
#include "metasolve/detail/model/grid_interface.hpp"
#include "metasolve/detail/random/philox.hpp"

namespace metasolve::problems {

/// How the coefficients of a task's domain vary.
enum class DiffusionCoefficients {
  constant,  ///< one tensor: eigenvalues 1 and eps, turned
  jumps,     ///< 1, with inclusions of other values
};

/// Part of a configuration (RunConfig::of).
struct DiffusionSettings {
  DiffusionCoefficients coefficients = DiffusionCoefficients::constant;
  int points = 63;     ///< along each axis
  double decades = 5;  ///< constant: eps = 10^-u, u uniform in 0 to decades; jumps: 10^u, u in -decades to decades
  grids::Smoother smoother = grids::Smoother::line_and_stencil;
  kernels::CycleKind cycle = kernels::CycleKind::v;
  kernels::TransferKind transfer = kernels::TransferKind::linear;
  int before = 1, after = 1;
  int degree = 3;
  bool coarse_weights = true;
  bool conjugate_gradients = true;
  double damping = 0;  ///< the parameter of a smoother that has one, without a network; 0: its usual one
  std::vector<double> constants = {};  ///< all parameters without a network; empty: the smoother's usual ones
  [[nodiscard]] grids::CycleSettings cycle_settings() const;
  bool operator==(DiffusionSettings const&) const = default;
};

/// -div(C grad u) = f on the unit square, u = 0 on its boundary, by bilinear elements and multigrid. Rows: lg 1/eps and
/// theta, or values in the cells [(points + 1)^2]; then the right-hand side [points^2], x fastest.
class DiffusionKind final : public engine::TaskKind {
 public:
  static constexpr char const* problem = model::diffusion_name;

  /// @throws InputError a grid that cannot be coarsened, or a smoother or constants that do not fit
  explicit DiffusionKind(DiffusionSettings by);

  [[nodiscard]] std::int64_t width() const override { return coefficients() + unknowns(); }
  [[nodiscard]] std::vector<std::string> column_names() const override;
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;
  [[nodiscard]] engine::Tasks with_parameter(engine::Tasks tasks, double value,
                                             engine::ParameterOrigin origin) const override;
  [[nodiscard]] std::optional<engine::Price> operations() const override;
  [[nodiscard]] std::string cost_name() const override;

  [[nodiscard]] bool is_constant() const { return settings.coefficients == DiffusionCoefficients::constant; }
  /// Numbers of a row before its right-hand side.
  [[nodiscard]] std::int64_t coefficients() const {
    return is_constant() ? 2 : (settings.points + std::int64_t{1}) * (settings.points + 1);
  }
  [[nodiscard]] std::int64_t unknowns() const { return std::int64_t{settings.points} * settings.points; }
  /// Numbers of a task's half stencils, and their values from its coefficients.
  [[nodiscard]] std::int64_t stencil_size() const {
    return kernels::half_entries<2> * (is_constant() ? 1 : unknowns());
  }
  void stencils_of(double const* coefficients, double* to) const;

  DiffusionSettings const settings;
  grids::Cycle<2> const cycle;
  kernels::GridHierarchy const hierarchy;
};

/// By random numbers: theta uniform in [0, pi], standard normal right-hand sides; 1 to 8 inclusions, discs and
/// rectangles.
engine::Tasks sampled_diffusion(std::shared_ptr<DiffusionKind const> const& kind, std::int64_t count,
                                std::uint64_t seed, random::Stream stream);

/// The same tasks as sparse matrices, for direct methods and incomplete factors: of SpdKind.
engine::Tasks as_matrices(engine::Tasks const& tasks, bool by_cholesky);

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<problems::DiffusionCoefficients> {
  static constexpr ChoiceTable<problems::DiffusionCoefficients, 2> table{
      {{problems::DiffusionCoefficients::constant, "constant"}, {problems::DiffusionCoefficients::jumps, "jumps"}}};
};

}  // namespace metasolve::io
