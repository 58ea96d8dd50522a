// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <petscksp.h>

#include <filesystem>
#include <string>
#include <vector>

#include "metasolve/black_box.hpp"

namespace metasolve::bench::black_box {

/// A setting of Arisaka and Li (NI-GBMS, ICML 2024): one matrix, right-hand sides drawn from a few loads, and PETSc's
/// richardson with gamg to a relative residual of 1e-5, whose parameters are the initial guess.
struct GuessSetting {
  std::string name;  ///< of the files in bench/black_box/data: biharmonic or elasticity
  std::int64_t tasks = 0;
  std::vector<double> matrix;  ///< [unknowns][unknowns]
  std::vector<double> loads;   ///< [][unknowns]
  std::int64_t unknowns = 0;

  static constexpr double tolerance = 1e-5;
  static constexpr int limit = 100'000;

  [[nodiscard]] std::int64_t load_count() const { return static_cast<std::int64_t>(loads.size()) / unknowns; }
  /// [unknowns]: one of the loads, times a factor that is log-uniform on [1e-2, 1e2].
  void draw(TaskSet set, std::int64_t task, double* rhs) const;
};

/// @throws InputError no such setting; a file that is missing or malformed
GuessSetting guess_setting(std::string const& name, std::filesystem::path const& data);

/// Solves with PETSc from given guesses. After PetscInitialize; PETSc's options change the method.
class GuessSolver {
 public:
  explicit GuessSolver(GuessSetting const& setting);
  GuessSolver(GuessSolver const&) = delete;
  GuessSolver& operator=(GuessSolver const&) = delete;
  ~GuessSolver();

  /// Tasks: [right-hand side, solution], parameters: the guess.
  void solve(Probes const& probes);
  /// Overwrites rhs with the solution.
  void solve_exactly(double* rhs);

 private:
  PetscInt n_;
  Mat a_ = nullptr;
  Vec x_ = nullptr, b_ = nullptr;
  KSP ksp_ = nullptr, direct_ = nullptr;
  std::vector<PetscReal> norms_;  ///< of the last solve's residuals
};

}  // namespace metasolve::bench::black_box
