// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/network/grid_shape.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/kernels/solvers/pressure_cg.hpp"

namespace metasolve::problems {

using kernels::PressurePreconditioner;

/// Part of a configuration (RunConfig::of).
struct PressureSettings {
  std::string tasks;  ///< a safetensors file of systems; empty: smoke in a closed box
  int points = 64;    ///< cells along each side of the box
  int frames = 16;    ///< tasks of one scene
  kernels::PressureMeasure measure = kernels::PressureMeasure::largest_residual;
  kernels::PressureMeasure loss_measure = kernels::PressureMeasure::largest_residual;
  PressurePreconditioner preconditioner = PressurePreconditioner::none;
  double fill_share = 0.97;
  kernels::PressureGradient gradient = kernels::PressureGradient::exact;
  bool operator==(PressureSettings const&) const = default;
};

/// Sizes of a family of pressure systems, and what a task's row contains besides its right-hand side.
struct PressureShape {
  int rows = 0, columns = 0;
  bool has_weights = false, has_open = false, has_guess = false;
  [[nodiscard]] std::int64_t points() const { return std::int64_t{rows} * columns; }
  [[nodiscard]] std::int64_t weights_x() const { return has_weights ? std::int64_t{rows} * (columns - 1) : 0; }
  [[nodiscard]] std::int64_t weights_y() const { return has_weights ? std::int64_t{rows - 1} * columns : 0; }
  bool operator==(PressureShape const&) const = default;
};

/// Pressure systems (kernels::FaceTasks) by conjugate gradients from a guess. Rows: b [rows][columns], then if the
/// tasks have them weights_x, weights_y, open, the own guess; then p*, the solution, where a loss of errors needs it.
class PressureKind final : public engine::TaskKind {
 public:
  static constexpr char const* problem = model::pressure_name;

  PressureKind(PressureShape of, PressureSettings by, kernels::PressureMeasure with)
      : shape(of), settings(std::move(by)), measure(with) {}

  [[nodiscard]] std::int64_t width() const override { return reference_at() + (has_reference() ? shape.points() : 0); }
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;
  [[nodiscard]] std::optional<engine::Price> operations() const override;
  [[nodiscard]] std::string cost_name() const override;

  [[nodiscard]] bool has_reference() const { return measure == kernels::PressureMeasure::error; }
  [[nodiscard]] std::int64_t weights_x_at() const { return shape.points(); }
  [[nodiscard]] std::int64_t weights_y_at() const { return weights_x_at() + shape.weights_x(); }
  [[nodiscard]] std::int64_t open_at() const { return weights_y_at() + shape.weights_y(); }
  [[nodiscard]] std::int64_t guess_at() const { return open_at() + (shape.has_open ? shape.points() : 0); }
  [[nodiscard]] std::int64_t reference_at() const { return guess_at() + (shape.has_guess ? shape.points() : 0); }
  [[nodiscard]] std::int64_t feature_count() const { return (shape.has_weights ? 2 : 1) * shape.points(); }

  PressureShape const shape;
  PressureSettings const settings;
  kernels::PressureMeasure const measure;
};

/// Smoke in a closed box: frame f of scene s is task s * frames + f.
engine::Tasks smoke_tasks(std::shared_ptr<PressureKind const> const& kind, std::int64_t count, std::uint64_t seed,
                          random::Stream stream);

/// The systems of a file, in its order. @throws InputError it cannot be read, or a tensor is missing or does not fit
struct PressureFile {
  PressureShape shape;
  std::int64_t count = 0;
  std::shared_ptr<std::vector<double> const> rows;  ///< [count][width] of a kind without reference
};
PressureFile read_pressure_file(std::string const& path);
/// Tasks first ... first + count - 1 of it.
engine::Tasks file_tasks(PressureFile const& file, std::shared_ptr<PressureKind const> const& kind, std::int64_t first,
                         std::int64_t count);

/// The same tasks as sparse matrices, for sparse Cholesky. Where constants are the null space one cell is held.
engine::Tasks pressure_matrices(engine::Tasks const& tasks);

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<kernels::PressureMeasure> {
  using M = kernels::PressureMeasure;
  static constexpr ChoiceTable<M, 4> table{{{M::largest_residual, "largest-residual"},
                                            {M::residual, "residual"},
                                            {M::relative_residual, "relative-residual"},
                                            {M::error, "error"}}};
};
template <>
struct ChoiceNames<kernels::PressureGradient> {
  using G = kernels::PressureGradient;
  static constexpr ChoiceTable<G, 2> table{{{G::frozen, "frozen"}, {G::exact, "exact"}}};
};
template <>
struct ChoiceNames<kernels::PressurePreconditioner> {
  using P = kernels::PressurePreconditioner;
  static constexpr ChoiceTable<P, 3> table{
      {{P::none, "none"}, {P::modified_cholesky, "modified-cholesky"}, {P::multigrid, "multigrid"}}};
};

}  // namespace metasolve::io
