// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/diffusion.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/grids/operations.hpp"
#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"
#include "metasolve/grid_stencils.hpp"
#include "metasolve/kernels/grids/grid_features.hpp"
#include "metasolve/kernels/solvers/grid_iteration.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

constexpr int entries = kernels::half_entries<2>;

grids::Cycle<2> cycle_in(DiffusionSettings const& s) {
  auto cycle = grids::cycle_of<2>(s.cycle_settings(), grids::dirichlet_grid(2, s.points),
                                  s.coefficients == DiffusionCoefficients::constant);
  if (s.conjugate_gradients && !cycle.shape.is_symmetric()) {
    throw InputError(
        "solver.conjugate_gradients: the cycle is not symmetric; write as many sweeps after as before and cycle \"v\" "
        "or \"w\", or solver.conjugate_gradients = false");
  }
  if (s.damping > 0) {
    if (cycle.parameters.size() != 1 || !s.constants.empty()) {
      throw InputError("solver.damping: given " + std::to_string(s.damping) +
                       (s.constants.empty() ? ", but the smoother has more than one parameter; give solver.weights"
                                            : ", and solver.weights too; give one of them"));
    }
    cycle.parameters = {s.damping};
  }
  if (s.constants.empty()) return cycle;
  if (s.constants.size() != cycle.parameters.size()) {
    throw InputError("solver.weights: given " + std::to_string(s.constants.size()) + ", expected " +
                     std::to_string(cycle.parameters.size()) + " for this smoother");
  }
  cycle.parameters = s.constants;
  return cycle;
}

template <bool IsConstant>
using Solver = kernels::GridIteration<double, 2, IsConstant>;
template <bool IsConstant>
using Features = kernels::GridFeatures<double, 2, IsConstant>;

/// The tasks in an executor's memory.
struct DiffusionData {
  exec::Buffer<double> stencils, rhs, features, defaults;
};

template <bool IsConstant>
engine::TaskGroup<double> bind_grids(exec::Backend& exec, DiffusionKind const& kind, engine::Tasks const& tasks,
                                     engine::StageLimits const& limits) {
  std::int64_t const size = kind.stencil_size(), unknowns = kind.unknowns(), width = kind.width();
  auto const data = std::make_shared<DiffusionData>();
  data->stencils = exec::Buffer<double>(exec, tasks.count * size);
  data->rhs = exec::Buffer<double>(exec, tasks.count * unknowns);
  data->features = exec::Buffer<double>(exec, tasks.count * Features<IsConstant>::count);
  data->defaults = exec::uploaded(exec, kind.cycle.parameters);
  Features<IsConstant> features;
  features.n[0] = features.n[1] = kind.settings.points;
  features.stencils = data->stencils.data();
  features.stencil_stride = size;
  features.features = {data->features.data(), Features<IsConstant>::count, 1};
  if (!exec.planning()) {
    std::vector<double> stencils;
    engine::for_each_part(tasks, std::max<std::int64_t>(1, (1 << 20) / (size + unknowns)),
                          [&](double const* rows, std::int64_t first, std::int64_t here) {
                            stencils.resize(at(here * size));
                            for (std::int64_t t = 0; t < here; ++t) {
                              kind.stencils_of(rows + t * width, stencils.data() + t * size);
                            }
                            data->stencils.upload(stencils.data(), here * size, first * size);
                            engine::upload_columns(data->rhs, rows, width, kind.coefficients(), unknowns, first, here);
                          });
    exec.launch(1, tasks.count, features);
  }
  Solver<IsConstant> solver;
  solver.tasks = {data->stencils.data(), size, {data->rhs.data(), unknowns, 1}};
  solver.operators = {kind.hierarchy, kind.cycle.shape};
  solver.parameters = kind.cycle.weights;
  solver.by_conjugate_gradients = kind.settings.conjugate_gradients;
  using Stage = engine::SolverStage<Solver<IsConstant>>;
  auto stage = std::make_unique<Stage>(exec, engine::compiled_for<typename Stage::Functions>(exec), solver, limits);
  engine::TaskGroup<double> group;
  group.count = tasks.count;
  group.features = {data->features.data(), Features<IsConstant>::count, 1};
  group.default_parameters = {data->defaults.data(), 0, 1};
  stage->constants().view = group.default_parameters;
  group.solver = std::move(stage);
  group.data = data;
  return group;
}

/// Values in the cells of a task with inclusions.
void draw_cells(int cells, double decades, random::Draws const& draws, double* to) {
  std::fill_n(to, cells * cells, 1.0);
  std::uint64_t draw = 0;
  auto const uniform = [&](double low, double high) { return low + (high - low) * draws.uniform(draw++); };
  int const inclusions = 1 + static_cast<int>(uniform(0, 8));
  for (int k = 0; k < inclusions; ++k) {
    double const value = std::pow(10.0, uniform(-decades, decades));
    bool const is_disc = uniform(0, 1) < 0.5;
    double const x0 = uniform(0, 1), y0 = uniform(0, 1), rx = uniform(0.05, 0.3),
                 ry = is_disc ? rx : uniform(0.05, 0.3);
    for (int y = 0; y < cells; ++y) {
      for (int x = 0; x < cells; ++x) {
        double const dx = ((x + 0.5) / cells - x0) / rx, dy = ((y + 0.5) / cells - y0) / ry;
        bool const inside = is_disc ? dx * dx + dy * dy < 1 : std::abs(dx) < 1 && std::abs(dy) < 1;
        if (inside) to[y * cells + x] = value;
      }
    }
  }
}

}  // namespace

grids::CycleSettings DiffusionSettings::cycle_settings() const {
  grids::CycleSettings s;
  s.smoother = smoother;
  s.kind = cycle;
  s.transfer = transfer;
  s.before = before;
  s.after = after;
  s.degree = degree;
  s.coarse_weights = coarse_weights;
  return s;
}

DiffusionKind::DiffusionKind(DiffusionSettings by)
    : settings(std::move(by)),
      cycle(cycle_in(settings)),
      hierarchy(grids::hierarchy_of(grids::dirichlet_grid(2, settings.points), {})) {}

std::vector<std::string> DiffusionKind::column_names() const {
  if (!is_constant()) return {};
  std::vector<std::string> names{"lg", "theta"};
  for (std::int64_t i = 1; i <= unknowns(); ++i) names.push_back("f" + std::to_string(i));
  return names;
}

void DiffusionKind::stencils_of(double const* given, double* to) const {
  if (is_constant()) {
    std::ranges::copy(rotated_diffusion_stencil(std::pow(10.0, -given[0]), given[1]), to);
    return;
  }
  Grid const grid{2, {settings.points, settings.points, 1}, {}};
  std::span const cells(given, static_cast<std::size_t>(coefficients()));
  std::ranges::copy(diffusion_stencils({.grid = grid, .conductivity = cells, .scheme = GridScheme::elements}), to);
}

engine::TaskGroup<double> DiffusionKind::bind(exec::Backend& exec, engine::Tasks const& tasks,
                                              engine::StageLimits const& limits) const {
  return is_constant() ? bind_grids<true>(exec, *this, tasks, limits) : bind_grids<false>(exec, *this, tasks, limits);
}

void DiffusionKind::features_of(double const* rows, std::int64_t n, double* features) const {
  exec::CpuExec host(1);
  std::vector<double> stencils(at(n * stencil_size()));
  for (std::int64_t t = 0; t < n; ++t) stencils_of(rows + t * width(), stencils.data() + t * stencil_size());
  auto const run = [&](auto body) {
    body.n[0] = body.n[1] = settings.points;
    body.stencils = stencils.data();
    body.stencil_stride = stencil_size();
    body.features = {features, decltype(body)::count, 1};
    host.launch(1, n, body);
  };
  if (is_constant()) {
    run(Features<true>{});
  } else {
    run(Features<false>{});
  }
}

engine::Tasks DiffusionKind::with_parameter(engine::Tasks tasks, double value, engine::ParameterOrigin) const {
  auto changed = settings;
  changed.constants.clear();
  changed.damping = value;
  tasks.kind = std::make_shared<DiffusionKind>(std::move(changed));
  return tasks;
}

std::optional<engine::Price> DiffusionKind::operations() const {
  double const of_cycle = grids::operations_of_cycle(hierarchy, cycle.shape), n = static_cast<double>(unknowns());
  // An iteration of conjugate gradients: A p, two inner products, three updates. Before the first: one cycle.
  return engine::Price{2 * (of_cycle + 2 * n), 2 * (of_cycle + 14 * n)};
}

std::string DiffusionKind::cost_name() const {
  std::string name =
      "diffusion " + std::to_string(settings.points) + " " + std::string(io::name_of(settings.coefficients));
  name += " " + std::string(io::name_of(settings.smoother)) + " " + std::string(io::name_of(settings.cycle)) + " " +
          std::to_string(settings.before) + " " + std::to_string(settings.after);
  name += settings.conjugate_gradients ? " cg" : "";
  return name + (settings.transfer == kernels::TransferKind::by_operator ? " operator" : "") +
         (settings.smoother == grids::Smoother::chebyshev ? " " + std::to_string(settings.degree) : "");
}

engine::Tasks sampled_diffusion(std::shared_ptr<DiffusionKind const> const& kind, std::int64_t count,
                                std::uint64_t seed, random::Stream stream) {
  auto const fill = [kind, seed, stream](std::int64_t first, std::int64_t n, double* rows) {
    auto const& s = kind->settings;
    std::int64_t const unknowns = kind->unknowns(), before = kind->coefficients();
    for (std::int64_t t = 0; t < n; ++t) {
      double* const row = rows + t * kind->width();
      random::Draws const draws(seed, stream, static_cast<std::uint64_t>(first + t));
      if (kind->is_constant()) {
        row[0] = s.decades * draws.uniform(0);
        row[1] = std::numbers::pi * draws.uniform(1);
      } else {
        draw_cells(s.points + 1, s.decades, draws, row);
      }
      for (std::int64_t i = 0; i < unknowns; ++i) row[before + i] = draws.normal(static_cast<std::uint64_t>(64 + i));
    }
  };
  return {count, kind, fill};
}

engine::Tasks as_matrices(engine::Tasks const& tasks, bool by_cholesky) {
  auto const kind = std::dynamic_pointer_cast<DiffusionKind const>(tasks.kind);
  int const n = kind->settings.points;
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  auto const for_each_entry = [n](auto const& use) {  // (p, q, entry), q > p
    for (int p = 0; p < n * n; ++p) {
      for (int e = 1; e < entries; ++e) {
        auto const o = kernels::stencil_offset<2>(e);
        int const x = p % n + o.x, y = p / n + o.y;
        if (x >= 0 && x < n && y < n) use(p, y * n + x, e);
      }
    }
  };
  for_each_entry([&](int p, int q, int) { places.emplace_back(q, p); });
  auto const structure = std::make_shared<sparse::SymmetricStructure const>(sparse::structure_of(n * n, places));
  std::vector<std::int32_t> place;  // of each entry in the order above
  for_each_entry([&](int p, int q, int) { place.push_back(structure->find(q, p)); });
  IccgSettings settings;
  settings.shift_scale = ShiftScale::diagonal;  // raised until the factor exists
  if (by_cholesky) settings.method = SpdMethod::cholesky;
  auto const matrices = std::make_shared<SpdKind const>(structure, settings);
  auto const fill = [=](std::int64_t first, std::int64_t count, double* rows) {
    std::vector<double> own(at(kind->width())), stencils(at(kind->stencil_size()));
    std::int64_t const points = kind->unknowns();
    for (std::int64_t t = 0; t < count; ++t) {
      tasks.fill(first + t, 1, own.data());
      kind->stencils_of(own.data(), stencils.data());
      auto const value = [&](int e, std::int64_t p) { return stencils[at(kind->is_constant() ? e : e * points + p)]; };
      double* const row = rows + t * matrices->width();
      std::size_t k = 0;
      for_each_entry([&](int p, int, int e) { row[place[k++]] = value(e, p); });
      for (std::int64_t p = 0; p < points; ++p) row[structure->entries() + p] = value(0, p);
      std::copy_n(own.data() + kind->coefficients(), points, row + matrices->values());
    }
  };
  return {tasks.count, matrices, fill};
}

}  // namespace metasolve::problems
