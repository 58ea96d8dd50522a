// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/detail/grids/cycle_of.hpp"
#include "metasolve/kernels/solvers/grid_iteration.hpp"
#include "tests/support/grid_tasks.hpp"
#include "tests/support/thread_team.hpp"

/// Grid solvers bound to the systems of grid_tasks.hpp.
namespace metasolve::test {

using grids::Coarsening;
using grids::CycleSettings;
using grids::Smoother;
using kernels::CycleKind;
using kernels::TransferKind;

inline constexpr Smoother all_smoothers[] = {
    Smoother::jacobi,  Smoother::chebyshev, Smoother::colors,  Smoother::zebra_x,      Smoother::zebra_y,
    Smoother::zebra_z, Smoother::zebra,     Smoother::stencil, Smoother::two_stencils, Smoother::line_and_stencil};
/// Whether cycle_of has it for so many dimensions.
inline bool exists(Smoother s, int dimensions) {
  return dimensions == 2 ? s != Smoother::zebra_z : s != Smoother::line_and_stencil;
}
/// For tests with a smoother as parameter.
inline std::vector<Smoother> smoothers_of(int dimensions) {
  std::vector<Smoother> some;
  for (auto const s : all_smoothers) {
    if (exists(s, dimensions)) some.push_back(s);
  }
  return some;
}
inline std::string name_of_parameter(::testing::TestParamInfo<Smoother> const& info) {
  std::string name(io::name_of(info.param));
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

inline std::string text_of(CycleSettings const& s) {
  std::string text(io::name_of(s.smoother));
  text += ", " + std::string(io::name_of(s.kind)) + "(" + std::to_string(s.before) + ", " + std::to_string(s.after);
  text += s.coarse_weights ? "), coarse weights" : ")";
  return text + (s.transfer == TransferKind::by_operator ? ", by operator" : "");
}

/// What a lockstep run wrote, one entry per slot.
template <class Scalar>
struct GridOutcome {
  std::vector<Status> status;
  std::vector<int> iterations;
  std::vector<Scalar> measure, loss, solution, theta_bar;
};

struct GridRun {
  double tolerance = 1e-8;
  int most = 100;
  int threads = 0;      ///< 0: a team of one
  int tape_slots = 64;  ///< of a gradient
  double gain = 1;      ///< of the surrogate
};

/// Several tasks of one shape, with right-hand sides at random.
template <class Scalar, int Dim, bool IsConstant>
struct GridRig {
  using Solver = kernels::GridIteration<Scalar, Dim, IsConstant>;
  Solver solver;
  std::vector<Scalar> stencils, rhs;
  std::vector<Scalar> theta;  ///< of one task
  int tasks;

  GridRig(std::vector<GridMatrix> const& matrices, CycleSettings const& settings, Coarsening coarsening = {})
      : tasks(static_cast<int>(matrices.size())) {
    auto const& shape = matrices[0].shape;
    coarsening.to_one_level = coarsening.to_one_level || settings.one_level;
    auto const cycle = grids::cycle_of<Dim>(settings, shape, IsConstant);
    solver.operators.h = grids::hierarchy_of(shape, coarsening);
    solver.operators.shape = cycle.shape;
    solver.parameters = cycle.weights;
    theta.assign(cycle.parameters.begin(), cycle.parameters.end());
    for (int t = 0; t < tasks; ++t) {
      for (double const a : matrices[as_index(t)].entries) stencils.push_back(Scalar(a));
      for (double const f : random_numbers(shape.unknowns(), 17 + static_cast<unsigned>(t))) rhs.push_back(Scalar(f));
    }
    bind();
  }
  GridRig(GridMatrix const& matrix, CycleSettings const& settings, Coarsening const& coarsening = {})
      : GridRig(std::vector{matrix}, settings, coarsening) {}
  GridRig(GridRig const&) = delete;
  GridRig& operator=(GridRig const&) = delete;

  [[nodiscard]] int points() const { return solver.grid().points(); }
  void bind() {
    solver.tasks = {stencils.data(), static_cast<std::int64_t>(stencils.size()) / tasks, {rhs.data(), points(), 1}, {}};
  }
  /// Moves parameters off their default, each by a different amount.
  void disturb(double size) {
    for (std::size_t i = 0; i < theta.size(); ++i) {
      theta[i] += Scalar(size * std::sin(3.0 * static_cast<double>(i) + 1));
    }
  }

  [[nodiscard]] GridOutcome<Scalar> run(GridRun const& how, bool differentiate = false,
                                        std::vector<std::int32_t> const& slot_tasks = {}) const {
    int const slots = slot_tasks.empty() ? tasks : static_cast<int>(slot_tasks.size());
    auto const n = as_index(slots), parameters = theta.size();
    std::vector<std::int32_t> status(n, -1), iterations(n, -1);
    GridOutcome<Scalar> o;
    o.measure.resize(n), o.loss.resize(n);
    std::vector<Scalar> all_theta;
    for (int s = 0; s < slots; ++s) all_theta.insert(all_theta.end(), theta.begin(), theta.end());
    Scalar const gain = Scalar(how.gain);
    kernels::LockstepArguments<Scalar> a;
    a.slots = slots;
    a.task_of_slot = slot_tasks.empty() ? nullptr : slot_tasks.data();
    a.theta = {all_theta.data(), static_cast<std::int64_t>(parameters), 1};
    a.tolerance.value = Scalar(how.tolerance);
    a.max_iterations.value = how.most;
    a.gain = &gain;
    a.surrogate.scale = kernels::LossScale::logarithm;
    a.status = status.data();
    a.iterations = iterations.data();
    a.measure = o.measure.data();
    a.loss = o.loss.data();
    auto const execute = [&](auto const& body) {
      if (how.threads == 0) {
        run_on_solo_team(body, slots);
      } else {
        run_on_thread_team(body, slots, how.threads);
      }
    };
    if (differentiate) {
      o.theta_bar.resize(n * parameters);
      a.theta_bar = {o.theta_bar.data(), static_cast<std::int64_t>(parameters), 1};
      execute(exec::DifferentiateBody<Solver>{solver, a, how.tape_slots});
    } else {
      o.solution.resize(n * as_index(points()));
      a.solution = {o.solution.data(), points(), 1};
      a.confirms = true;
      execute(exec::SolveBody<Solver>{solver, a});
    }
    for (auto const s : status) o.status.push_back(static_cast<Status>(s));
    o.iterations.assign(iterations.begin(), iterations.end());
    return o;
  }
};

/// A task loaded by one member, and its cycle's weights.
template <class Scalar, int Dim, bool IsConstant>
struct LoadedGrid {
  using Solver = kernels::GridIteration<Scalar, Dim, IsConstant>;
  using Stencil = typename Solver::Operators::Stencil;
  kernels::SoloTeam team;
  Solver solver;
  std::vector<Scalar> task, work;
  bool usable;
  typename Solver::Operators operators;

  explicit LoadedGrid(GridRig<Scalar, Dim, IsConstant> const& rig, int which = 0)
      : solver(rig.solver), task(as_index(solver.task_size())), work(as_index(solver.workspace_size())) {
    usable = solver.load(team, which, kernels::LocalView<Scalar>{task.data()});
    operators = solver.of_task(task.data());
    auto theta = rig.theta;
    solver.make_weights(team, kernels::LocalView<Scalar>{task.data()}, kernels::LocalView<Scalar>{theta.data()},
                        kernels::LocalView<Scalar>{work.data()});
  }

  [[nodiscard]] kernels::GridHierarchy const& h() const { return operators.h; }
  [[nodiscard]] kernels::LevelOperator<Stencil> level(int l) {
    return operators.level(l, solver.finest(task.data()), task.data() + solver.operators_at());
  }
  [[nodiscard]] Scalar* memory() { return task.data() + solver.operators_at(); }
  [[nodiscard]] int at(int l, int p) const { return kernels::detail::coarsest_index(h().level[l], p); }

  /// The matrix of a linear map from the points of one level to those of another: map(from, to), arrays with halos.
  template <class Map>
  [[nodiscard]] DenseMatrix dense(int from, int to, Map const& map) {
    auto const& a = h().level[from];
    auto const& b = h().level[to];
    DenseMatrix m(b.points(), a.points());
    for (int j = 0; j < a.points(); ++j) {
      std::vector<Scalar> u(as_index(a.size)), v(as_index(b.size));
      u[as_index(at(from, j))] = Scalar(1);
      kernels::update_halo(team, h(), from, u.data());
      map(u.data(), v.data());
      for (int i = 0; i < b.points(); ++i) m(i, j) = static_cast<double>(v[as_index(at(to, i))]);
    }
    return m;
  }
  [[nodiscard]] DenseMatrix level_matrix(int l) {
    auto const op = level(l);
    return dense(l, l, [&](Scalar const* u, Scalar* v) {
      kernels::for_each_product(team, h().level[l], op.a, u, [=](int i, Scalar product) { v[i] = product; });
    });
  }
  /// P from level l + 1, with mixed parts or null.
  [[nodiscard]] DenseMatrix prolongation(int l, Scalar const* mixed = nullptr) {
    return dense(l + 1, l, [&](Scalar const* u, Scalar* v) {
      operators.with_transfer(l, memory(), mixed, [&](auto const& transfer) {
        kernels::add_correction<Dim>(team, h().level[l], h().level[l + 1], transfer, Scalar(1), u, v);
      });
    });
  }
  [[nodiscard]] DenseMatrix restriction(int l, Scalar const* mixed = nullptr) {
    return dense(l, l + 1, [&](Scalar const* u, Scalar* v) {
      operators.with_transfer(l, memory(), mixed, [&](auto const& transfer) {
        kernels::restrict_residual<Dim>(team, h().level[l], h().level[l + 1], transfer, u, v);
      });
    });
  }
  /// M, or M'.
  [[nodiscard]] DenseMatrix cycle(bool transposed = false) {
    std::vector<Scalar> record(as_index(kernels::cycle_record_size(h(), operators.shape)));
    return dense(0, 0, [&](Scalar* u, Scalar* v) {
      auto const of = solver.memory(task.data(), work.data());
      if (transposed) {
        kernels::apply_cycle_recorded(operators, team, of, true, u, v, record.data());
      } else {
        kernels::apply_cycle(operators, team, of, u, v);
      }
    });
  }
};
template <class Scalar, int Dim, bool IsConstant>
LoadedGrid(GridRig<Scalar, Dim, IsConstant> const&) -> LoadedGrid<Scalar, Dim, IsConstant>;

}  // namespace metasolve::test
