// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "common.hpp"
#include "metasolve/grid_solver.hpp"
#include "metasolve/grid_stencils.hpp"

namespace metasolve::python {

namespace {

using AnyGrid = GridSolver<double>;
constexpr std::pair<char const*, GridSide> grid_sides[] = {
    {"dirichlet", GridSide::dirichlet}, {"neumann", GridSide::neumann}, {"periodic", GridSide::periodic}};
constexpr std::pair<char const*, int> grid_methods[] = {{"conjugate_gradients", 0}, {"iteration", 1}};
constexpr std::pair<char const*, int> grid_smoothers[] = {
    {"jacobi", 0},  {"chebyshev", 1}, {"colors", 2},  {"zebra-x", 3},      {"zebra-y", 4},
    {"zebra-z", 5}, {"zebra", 6},     {"stencil", 7}, {"two-stencils", 8}, {"line-and-stencil", 9}};
constexpr std::pair<char const*, int> grid_cycles[] = {{"v", 0}, {"w", 1}, {"f", 2}};
constexpr std::pair<char const*, int> grid_transfers[] = {{"linear", 0}, {"operator", 1}};
constexpr std::pair<char const*, GridScheme> grid_schemes[] = {{"volumes", GridScheme::volumes},
                                                               {"elements", GridScheme::elements}};

static_assert(static_cast<int>(AnyGrid::Smoother::line_and_stencil) == 9 &&
              static_cast<int>(AnyGrid::Smoother::zebra) == 6 && static_cast<int>(AnyGrid::Smoother::colors) == 2 &&
              static_cast<int>(AnyGrid::Cycle::f) == 2 && static_cast<int>(AnyGrid::Transfer::by_operator) == 1 &&
              static_cast<int>(AnyGrid::Method::iteration) == 1);

/// points: along x, y (and z); given: as many pairs of names.
Grid grid_given(std::vector<int> const& points, std::vector<std::pair<std::string, std::string>> const& given) {
  Grid grid;
  grid.dimensions = static_cast<int>(points.size());
  for (std::size_t a = 0; a < points.size() && a < 3; ++a) {
    grid.points[a] = points[a];
    grid.sides[a] = {choice("sides", given[a].first, grid_sides), choice("sides", given[a].second, grid_sides)};
  }
  return grid;
}

template <class Real>
struct BoundGrid : Held<GridSolver<Real>> {};

/// options: (constant, method, smoother, cycle, before, after, degree, transfer, coarse_weights, is_singular,
/// one_level, [coarsens], [parameters])
template <class Real>
void make_grid(BoundGrid<Real>* self, ExecutorHandle const& executor, std::vector<int> const& points,
               std::vector<std::pair<std::string, std::string>> const& given, nb::tuple const& of,
               std::int64_t capacity, std::optional<MetaSolver> const& meta_solver) {
  using Solver = GridSolver<Real>;
  typename Solver::Options o;
  auto const text = [&](std::size_t i) { return nb::cast<std::string>(of[i]); };
  o.constant_stencils = nb::cast<bool>(of[0]);
  o.method = static_cast<typename Solver::Method>(choice("method", text(1), grid_methods));
  o.smoother = static_cast<typename Solver::Smoother>(choice("smoother", text(2), grid_smoothers));
  o.cycle = static_cast<typename Solver::Cycle>(choice("cycle", text(3), grid_cycles));
  o.before = nb::cast<int>(of[4]);
  o.after = nb::cast<int>(of[5]);
  o.degree = nb::cast<int>(of[6]);
  o.transfer = static_cast<typename Solver::Transfer>(choice("transfer", text(7), grid_transfers));
  o.coarse_weights = nb::cast<bool>(of[8]);
  o.is_singular = nb::cast<bool>(of[9]);
  o.one_level = nb::cast<bool>(of[10]);
  auto const axes = nb::cast<std::vector<int>>(of[11]);
  for (std::size_t a = 0; a < axes.size() && a < 3; ++a) o.coarsens[a] = axes[a] != 0;
  auto const numbers = nb::cast<std::vector<double>>(of[12]);
  std::vector<Real> const parameters(numbers.begin(), numbers.end());
  o.parameters = parameters;
  auto const grid = grid_given(points, given);
  auto const setup = setup_of(capacity, meta_solver);
  auto solver = alone(executor, [&] { return Solver(executor->executor, grid, o, setup); });
  new (self) BoundGrid<Real>{{executor, std::move(solver)}};
}

template <class Real>
void bind_grid_of(nb::module_& m, char const* name) {
  using Solver = GridSolver<Real>;
  using Bound = BoundGrid<Real>;
  nb::class_<Bound>(m, name)
      .def("__init__", &make_grid<Real>)
      .def_prop_ro("unknowns", [](Bound& s) { return s->unknowns(); })
      .def_prop_ro("levels", [](Bound& s) { return s->levels(); })
      .def_prop_ro("numbers", [](Bound& s) { return s->numbers(); })
      .def_prop_ro("parameters",
                   [](Bound& s) {
                     auto const names = s->parameter_names();
                     auto const values = s->default_parameters();
                     std::vector<std::pair<std::string, double>> all;
                     for (std::size_t p = 0; p < names.size(); ++p) {
                       all.emplace_back(names[p], static_cast<double>(values[p]));
                     }
                     return all;
                   })
      // tasks: (stencils, rhs, x0, parameters)
      .def("solve", [](Bound& s, std::int64_t count, bool single, nb::tuple const& tasks, nb::tuple const& stopping,
                       nb::tuple const& results, nb::tuple const& policy, Stream const& stream) {
        Call call(s.executor()->device, count, single);
        std::int64_t const n = s->unknowns();
        typename Solver::Tasks t;
        t.count = count;
        t.stencils = call.reads<Real>(tasks[0], "stencils", s->numbers(), true);
        t.rhs = call.reads<Real>(tasks[1], "rhs", n);
        t.guess = call.reads<Real>(tasks[2], "x0", n);
        t.parameters = call.reads<Real>(tasks[3], "parameters", s->parameters(), true);
        auto const stops = stopping_of<Real>(call, stopping);
        auto const writes = results_of<Real>(call, results, n);
        auto const how = policy_of(call, policy);
        InOrder const order(s.executor(), stream);
        s->solve(t, stops, writes, how);
        order.make_caller_wait();
      });
}

}  // namespace

void bind_grid(nb::module_& m) {
  bind_grid_of<double>(m, "GridSolverDouble");
  bind_grid_of<float>(m, "GridSolverFloat");
  m.def("grid_poisson", [](int points) { return poisson_stencil(points); });
  m.def("grid_rotated_diffusion", [](double epsilon, double angle) {
    auto const a = rotated_diffusion_stencil(epsilon, angle);
    return std::vector<double>(a.begin(), a.end());
  });
  m.def("grid_cells",
        [](std::vector<int> const& points, std::vector<std::pair<std::string, std::string>> const& given) {
          auto const cells = cells_of(grid_given(points, given));
          return std::vector<int>(cells.begin(), cells.end());
        });
  m.def("grid_diffusion",
        [](std::vector<int> const& points, std::vector<std::pair<std::string, std::string>> const& given,
           std::vector<double> const& conductivity, std::string const& scheme, std::vector<double> const& step,
           std::vector<std::uint8_t> const& obstacle) {
          GridDiffusion d;
          d.grid = grid_given(points, given);
          d.conductivity = conductivity;
          d.scheme = choice("scheme", scheme, grid_schemes);
          for (std::size_t a = 0; a < step.size() && a < 3; ++a) d.step[a] = step[a];
          d.obstacle = obstacle;
          return diffusion_stencils(d);
        });
}

}  // namespace metasolve::python
