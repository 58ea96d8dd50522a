// SPDX-License-Identifier: Apache-2.0
//
// Flows of two fluids with moving obstacles: what initial guesses save in the solver of the pressure, and the systems
// with their guesses as a training set. README.md describes the simulation.
// Exit status: 0 all went well, 1 a pressure was not solved, 2 it could not run.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "flow.hpp"
#include "guess.hpp"
#include "options.hpp"
#include "pressure_solver.hpp"
#include "tensor_file.hpp"

namespace {

using namespace projection;

/// One scene with what its steps need. Pressures are solved from the weighted guess.
struct Run {
  Flow flow;
  PressureHistory history;
  PressureSolver solver;
  CellVector rhs, pressure;
  bool is_solved = true;

  Run(Options const& o, std::uint64_t seed, int most)
      : flow(Scene(seed), o.n), history(o.n, most), solver(o.n, o.model), rhs(o.n), pressure(o.n) {}

  /// see(system, A, dt) comes after the guess is made, before the solver changes it.
  template <class See>
  void step(Options const& o, See const& see) {
    double const dt = flow.step_size(o.cells);
    PressureSystem const& system = flow.begin_step(dt);
    Matrix const a(system);
    std::copy(system.rhs.begin(), system.rhs.end(), rhs.cells().begin());
    history.weighted(a, rhs, o.weights, Least::energy, pressure);
    see(system, a, dt);
    if (solver.solve(system, rhs, pressure, o.tolerance).iterations < 0) is_solved = false;
    flow.finish_step(pressure.cells());
    history.add(pressure, dt);
  }
};

using Preconditioner = PressureSolver::Preconditioner;

struct Method {
  std::string name;
  std::function<void(PressureHistory&, Matrix const&, CellVector const& rhs, double dt, CellVector& guess)> guess;
  Preconditioner preconditioner = Preconditioner::modified_cholesky;
  bool predicts = false;  ///< the meta-solver corrects it
  double iterations = 0, most = 0, guess_seconds = 0, solve_seconds = 0;
  double residual = 0;  ///< sum of logarithms, of the guess over rhs
};

/// Guesses with MIC(0.97), corrected by a network if there is one, and the first of them with multigrid.
std::vector<Method> all_methods(int most, bool has_model) {
  std::vector<Method> methods{
      {"zero", [](auto&, auto&, auto&, double, CellVector& x) { std::fill(x.cells().begin(), x.cells().end(), 0); }},
      {"previous", [](auto& h, auto&, auto&, double, CellVector& x) { h.previous(x); }},
      {"linear", [](auto& h, auto&, auto&, double dt, CellVector& x) { h.linear(dt, x); }},
      {"energy, 2", [](auto& h, auto& a, auto& b, double, CellVector& x) { h.weighted(a, b, 2, Least::energy, x); }}};
  auto const add = [&](std::size_t of, char const* with, Preconditioner preconditioner, bool predicts) {
    methods.push_back({methods[of].name + with, methods[of].guess, preconditioner, predicts});
  };
  for (std::size_t m = 0; m < 4; ++m) add(m, ", multigrid", Preconditioner::multigrid, false);
  for (std::size_t m = 1; has_model && m < 4; ++m) add(m, ", net", Preconditioner::modified_cholesky, true);
  for (auto const least : {Least::residual, Least::energy}) {
    for (int m = least == Least::residual ? 2 : 3; m <= most; ++m) {
      methods.push_back({(least == Least::residual ? "residual, " : "energy, ") + std::to_string(m),
                         [=](auto& h, auto& a, auto& b, double, CellVector& x) { h.weighted(a, b, m, least, x); }});
    }
  }
  return methods;
}

double seconds_of(auto const& work) {
  auto const start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// All methods solve the systems of the same flows.
bool compare(Options const& o) {
  constexpr int most = 8, first = most;  // first: step from which there is enough history
  auto methods = all_methods(most, !o.model.empty());
  CellVector x(o.n), r(o.n);
  long solves = 0;
  bool is_solved = true;
  for (int scene = 0; scene < o.scenes; ++scene) {
    Run run(o, o.seed + static_cast<std::uint64_t>(scene), most);
    for (int step = 0; step < o.steps; ++step) {
      run.step(o, [&](PressureSystem const& system, Matrix const& a, double dt) {
        if (step < first) return;
        ++solves;
        for (auto& method : methods) {
          method.guess_seconds += seconds_of([&] { method.guess(run.history, a, run.rhs, dt, x); });
          multiply(a, x, r);
          add_multiple(-1, run.rhs, r);
          method.residual += std::log10(std::sqrt(dot(r, r) / dot(run.rhs, run.rhs)) + 1e-16);
          auto const result = run.solver.solve(system, run.rhs, x, o.tolerance, method.preconditioner, method.predicts);
          if (result.iterations < 0) is_solved = false;
          method.iterations += result.iterations;
          method.most = std::max<double>(method.most, result.iterations);
          method.solve_seconds += result.seconds;
        }
      });
    }
    is_solved = is_solved && run.is_solved;
  }
  auto const count = static_cast<double>(solves);
  std::printf("%d scenes, %ld systems of %d^2 cells, ||r|| <= %g ||b||\n", o.scenes, solves, o.n, o.tolerance);
  std::printf("%-20s %10s %6s %12s %10s %10s %10s\n", "guess", "iterations", "most", "lg residual", "guess/us",
              "solve/us", "total/us");
  for (auto const& m : methods) {
    std::printf("%-20s %10.2f %6.0f %12.2f %10.1f %10.1f %10.1f\n", m.name.c_str(), m.iterations / count, m.most,
                m.residual / count, 1e6 * m.guess_seconds / count, 1e6 * m.solve_seconds / count,
                1e6 * (m.guess_seconds + m.solve_seconds) / count);
  }
  return is_solved;
}

bool record(Options const& o) {
  int const of_scene = o.steps / o.every;
  TensorFile file(
      o.file,
      {{"rhs", {o.n, o.n}}, {"guess", {o.n, o.n}}, {"weights_x", {o.n, o.n - 1}}, {"weights_y", {o.n - 1, o.n}}},
      of_scene * o.scenes);
  int entry = 0;
  bool is_solved = true;
  for (int scene = 0; scene < o.scenes; ++scene) {
    Run run(o, o.seed + static_cast<std::uint64_t>(scene), o.weights);
    for (int step = 1; step <= of_scene * o.every; ++step) {
      run.step(o, [&](PressureSystem const& system, Matrix const&, double) {
        if (step % o.every != 0) return;
        file.write(entry, 0, system.rhs);
        file.write(entry, 1, run.pressure.cells());
        file.write(entry, 2, system.weights_x);
        file.write(entry, 3, system.weights_y);
        ++entry;
      });
    }
    is_solved = is_solved && run.is_solved;
  }
  file.close();
  std::printf("%s: %d systems of %d scenes\n", o.file.c_str(), entry, o.scenes);
  return is_solved;
}

bool frames(Options const& o) {
  TensorFile file(
      o.file,
      {{"time", {}}, {"density", {o.n, o.n}}, {"fluid", {o.n, o.n}}, {"u", {o.n, o.n + 1}}, {"v", {o.n + 1, o.n}}},
      o.steps / o.every + 1);
  Run run(o, o.seed, o.weights);
  for (int step = 0; step <= o.steps / o.every * o.every; ++step) {
    if (step > 0) run.step(o, [](auto&&...) {});
    if (step % o.every != 0) continue;
    int const entry = step / o.every;
    double const time = run.flow.time();
    std::vector<double> const fluid(run.flow.fluid().begin(), run.flow.fluid().end());
    file.write(entry, 0, {&time, 1});
    file.write(entry, 1, run.flow.density());
    file.write(entry, 2, fluid);
    file.write(entry, 3, run.flow.u().values);
    file.write(entry, 4, run.flow.v().values);
  }
  file.close();
  return run.is_solved;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto const options = parse_options(argc, argv);
    if (options.command == "help") return std::fputs(usage, stdout), 0;
    bool const is_solved = options.command == "compare"  ? compare(options)
                           : options.command == "record" ? record(options)
                                                         : frames(options);
    if (!is_solved) std::fputs("pressure_projection: a pressure was not solved\n", stderr);
    return is_solved ? 0 : 1;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "pressure_projection: %s\n", error.what());
    return 2;
  }
}
