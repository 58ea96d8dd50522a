// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/pressure.hpp"

#include <algorithm>

#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/problems/solve_pressure.hpp"
#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/problems/pressure_features.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

using PressureBody = kernels::PressureCg<double>;
using FeatureBody = kernels::PressureFeatures<double>;

/// The tasks in an executor's memory.
struct PressureData {
  exec::Buffer<double> rhs, weights_x, weights_y, open, guess, reference, features;
};

kernels::BatchView<double const> pressure_view(exec::Buffer<double> const& of, std::int64_t width) {
  return of.size() == 0 ? kernels::BatchView<double const>{} : kernels::BatchView<double const>{of.data(), width, 1};
}

/// Of rows on the host.
kernels::FaceTasks<double> face_systems_in(PressureKind const& kind, double const* rows) {
  auto const& s = kind.shape;
  std::int64_t const width = kind.width();
  kernels::FaceTasks<double> tasks;
  tasks.rhs = {rows, width, 1};
  if (s.has_weights) {
    tasks.weights_x = {rows + kind.weights_x_at(), width, 1};
    tasks.weights_y = {rows + kind.weights_y_at(), width, 1};
  }
  if (s.has_open) tasks.open = {rows + kind.open_at(), width, 1};
  return tasks;
}

FeatureBody pressure_features_for(PressureKind const& kind) {
  FeatureBody body{};
  body.grid = {kind.shape.columns, kind.shape.rows};
  body.has_mask = kind.shape.has_weights;
  return body;
}

}  // namespace

engine::TaskGroup<double> PressureKind::bind(exec::Backend& exec, engine::Tasks const& tasks,
                                             engine::StageLimits const& limits) const {
  std::int64_t const n = shape.points(), count = tasks.count;
  auto const data = std::make_shared<PressureData>();
  data->rhs = exec::Buffer<double>(exec, count * n);
  data->weights_x = exec::Buffer<double>(exec, count * shape.weights_x());
  data->weights_y = exec::Buffer<double>(exec, count * shape.weights_y());
  data->open = exec::Buffer<double>(exec, shape.has_open ? count * n : 0);
  data->guess = exec::Buffer<double>(exec, shape.has_guess ? count * n : 0);
  data->reference = exec::Buffer<double>(exec, has_reference() ? count * n : 0);
  data->features = exec::Buffer<double>(exec, count * feature_count());

  PressureBody solver;
  solver.tasks = {pressure_view(data->rhs, n), pressure_view(data->weights_x, shape.weights_x()),
                  pressure_view(data->weights_y, shape.weights_y()), pressure_view(data->open, n),
                  pressure_view(data->reference, n)};
  solver.fill_share = settings.fill_share;
  solver.measure_kind = measure;
  solver.gradient = settings.gradient;
  solver.set({shape.columns, shape.rows}, settings.preconditioner);

  auto features = pressure_features_for(*this);
  features.tasks = solver.tasks;
  features.guess = pressure_view(data->guess, n);
  features.features = {data->features.data(), feature_count(), 1};
  exec::Buffer<std::byte> const workspace(exec, exec.team_bytes(features, count));
  if (!exec.planning()) {
    engine::for_each_part(tasks, std::max<std::int64_t>(1, (1 << 20) / width()),
                          [&](double const* rows, std::int64_t first, std::int64_t here) {
                            auto const load = [&](exec::Buffer<double>& to, std::int64_t column, std::int64_t length) {
                              if (to.size() > 0) engine::upload_columns(to, rows, width(), column, length, first, here);
                            };
                            load(data->rhs, 0, n);
                            load(data->weights_x, weights_x_at(), shape.weights_x());
                            load(data->weights_y, weights_y_at(), shape.weights_y());
                            load(data->open, open_at(), n);
                            load(data->guess, guess_at(), n);
                            load(data->reference, reference_at(), n);
                          });
    exec.launch_teams(features, workspace.data(), count);
    exec.synchronize();  // before the workspace is released
  }

  using Stage = engine::SolverStage<PressureBody>;
  auto stage = std::make_unique<Stage>(exec, engine::compiled_for<typename Stage::Functions>(exec), solver, limits);
  engine::TaskGroup<double> group;
  group.count = count;
  group.features = {data->features.data(), feature_count(), 1};
  group.default_parameters = pressure_view(data->guess, n);
  stage->constants().view = group.default_parameters;
  group.solver = std::move(stage);
  group.data = data;
  return group;
}

void PressureKind::features_of(double const* rows, std::int64_t n, double* features) const {
  exec::CpuExec host(1);
  auto body = pressure_features_for(*this);
  body.tasks = face_systems_in(*this, rows);
  if (shape.has_guess) body.guess = {rows + guess_at(), width(), 1};
  body.features = {features, feature_count(), 1};
  exec::Buffer<std::byte> const workspace(host, host.team_bytes(body, n));
  host.launch_teams(body, workspace.data(), n);
}

std::optional<engine::Price> PressureKind::operations() const {
  PressureBody solver;
  solver.set({shape.columns, shape.rows}, settings.preconditioner);
  double const n = static_cast<double>(shape.points());
  double const product = solver.system.product_operations();
  double const precondition = solver.precondition_operations();
  // A p, two inner products, three updates; and r'M r apart from r'r where they differ.
  double const inner = settings.preconditioner == PressurePreconditioner::none ? 10 * n : 12 * n;
  return engine::Price{solver.load_operations() + product + precondition + 2 * n, product + precondition + inner};
}

std::string PressureKind::cost_name() const {
  return "pressure " + std::to_string(shape.rows) + " x " + std::to_string(shape.columns) + " " +
         std::string(io::name_of(settings.preconditioner)) + " " + std::string(io::name_of(measure));
}

engine::Tasks file_tasks(PressureFile const& file, std::shared_ptr<PressureKind const> const& kind, std::int64_t first,
                         std::int64_t count) {
  std::int64_t const given = kind->reference_at();
  return {count, kind, [=, rows = file.rows](std::int64_t from, std::int64_t n, double* to) {
            for (std::int64_t t = 0; t < n; ++t, to += kind->width()) {
              std::copy_n(rows->data() + (first + from + t) * given, given, to);
              if (kind->has_reference())
                solve_pressure(kind->shape, face_systems_in(*kind, to), to + kind->reference_at());
            }
          }};
}

engine::Tasks pressure_matrices(engine::Tasks const& tasks) {
  auto const kind = std::dynamic_pointer_cast<PressureKind const>(tasks.kind);
  int const columns = kind->shape.columns, rows = kind->shape.rows, n = columns * rows;
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  auto const for_each_face = [=](auto const& use) {  // (cell, its neighbour, whether along x, index of the weight)
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) {
        int const p = y * columns + x;
        if (x + 1 < columns) use(p, p + 1, true, y * (columns - 1) + x);
        if (y + 1 < rows) use(p, p + columns, false, p);
      }
    }
  };
  for_each_face([&](int p, int q, bool, int) { places.emplace_back(q, p); });
  auto const structure = std::make_shared<sparse::SymmetricStructure const>(sparse::structure_of(n, places));
  std::vector<std::int32_t> place;
  for_each_face([&](int p, int q, bool, int) { place.push_back(structure->find(q, p)); });
  IccgSettings settings;
  settings.method = SpdMethod::cholesky;
  auto const matrices = std::make_shared<SpdKind const>(structure, settings);
  auto const fill = [=](std::int64_t first, std::int64_t count, double* to) {
    std::vector<double> own(at(kind->width()));
    for (std::int64_t t = 0; t < count; ++t) {
      tasks.fill(first + t, 1, own.data());
      double* const row = to + t * matrices->width();
      double *const diagonal = row + structure->entries(), *const rhs = row + matrices->values();
      std::fill_n(diagonal, n, 0.0);
      auto const systems = face_systems_in(*kind, own.data());
      std::size_t k = 0;
      for_each_face([&](int p, int q, bool along_x, int face) {
        double const w = !systems.weights_x ? 1 : along_x ? systems.weights_x(0, face) : systems.weights_y(0, face);
        row[place[k++]] = -w;
        diagonal[p] += w, diagonal[q] += w;
      });
      double sum = 0, cells = 0, open = 0;
      for (int p = 0; p < n; ++p) {
        double const s = systems.open ? systems.open(0, p) : 0;
        diagonal[p] += s, open += s;
        if (diagonal[p] > 0) sum += own[at(p)], cells += 1;
      }
      int held = -1;
      for (int p = 0; p < n; ++p) {
        bool const is_fluid = diagonal[p] > 0;
        rhs[p] = is_fluid ? own[at(p)] - (open > 0 ? 0 : sum / cells) : 0;
        if (!is_fluid) diagonal[p] = 1;
        if (is_fluid && open == 0 && held < 0) diagonal[held = p] *= 2;
      }
    }
  };
  return {tasks.count, matrices, fill};
}

}  // namespace metasolve::problems
