// SPDX-License-Identifier: Apache-2.0
#include <kinsol/kinsol.h>
#include <nvector/nvector_serial.h>
#include <sundials/sundials_version.h>
#include <sunlinsol/sunlinsol_band.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_band.h>
#include <sunmatrix/sunmatrix_dense.h>

#include <exception>
#include <memory>

#include "bench/peers/figures.hpp"
#include "bench/peers/npy.hpp"

/// The implicit Euler steps of Robertson's reaction by SUNDIALS: KINSOL's Newton iteration, with a new Jacobian each
/// time, to ||g||_inf <= 1e-9; once with one system per cell, once batched: 32 cells as one block-diagonal system, a
/// band matrix.
///
/// Compared: seconds for the same steps to the same tolerance, against our solver with the same method
/// (kernels/solvers/newton.hpp). KINSOL uses the maximum norm instead of the Euclidean one, and a batched system
/// continues until its last cell is done: counts differ where that matters, by one in the former case. Not compared:
/// Newton-SOR, which SUNDIALS lacks; CVODE, which chooses its own steps and orders, so that its tasks differ.
namespace metasolve::peers {
namespace {

constexpr double tolerance = 1e-9;
constexpr int size = 3, columns = 7;

void require(int code, char const* call) {
  if (code < 0) throw std::runtime_error(std::string(call) + ": error " + std::to_string(code));
}

#if SUNDIALS_VERSION_MAJOR >= 7
constexpr SUNComm no_communicator = SUN_COMM_NULL;
#else
constexpr void* no_communicator = nullptr;
#endif

/// KINSOL for `cells` cells at a time; one for each thread.
class Solver {
 public:
  explicit Solver(int cells) : cells_(cells) {
    int const n = size * cells;
    require(SUNContext_Create(no_communicator, &context_), "SUNContext_Create");
    y_ = N_VNew_Serial(n, context_);
    ones_ = N_VNew_Serial(n, context_);
    N_VConst(1, ones_);
    kinsol_ = KINCreate(context_);
    require(KINInit(kinsol_, residual, y_), "KINInit");
    matrix_ = cells == 1 ? SUNDenseMatrix(n, n, context_) : SUNBandMatrix(n, size - 1, size - 1, context_);
    linear_ = cells == 1 ? SUNLinSol_Dense(y_, matrix_, context_) : SUNLinSol_Band(y_, matrix_, context_);
    require(KINSetLinearSolver(kinsol_, linear_, matrix_), "KINSetLinearSolver");
    require(KINSetJacFn(kinsol_, jacobian), "KINSetJacFn");
    require(KINSetUserData(kinsol_, this), "KINSetUserData");
    require(KINSetMaxSetupCalls(kinsol_, 1), "KINSetMaxSetupCalls");
    require(KINSetFuncNormTol(kinsol_, tolerance), "KINSetFuncNormTol");
    require(KINSetScaledStepTol(kinsol_, 1e-300), "KINSetScaledStepTol");  // only the residual decides
  }
  Solver(Solver const&) = delete;
  Solver& operator=(Solver const&) = delete;
  ~Solver() {
    KINFree(&kinsol_);
    SUNLinSolFree(linear_);
    SUNMatDestroy(matrix_);
    N_VDestroy(y_);
    N_VDestroy(ones_);
    SUNContext_Free(&context_);
  }

  /// tasks [cells][c1, c2, c3, h, y_prev], from y_prev; returns the number of iterations.
  std::int32_t solve(double const* tasks) {
    task_ = tasks;
    double* const y = N_VGetArrayPointer(y_);
    for (int c = 0; c < cells_; ++c) std::copy_n(tasks + c * columns + 4, size, y + c * size);
    require(KINSol(kinsol_, y_, KIN_NONE, ones_, ones_), "KINSol");
    long made = 0;
    require(KINGetNumNonlinSolvIters(kinsol_, &made), "KINGetNumNonlinSolvIters");
    return static_cast<std::int32_t>(made);
  }

 private:
  static int residual(N_Vector at, N_Vector to, void* self) {
    double const* const y = N_VGetArrayPointer(at);
    double* const g = N_VGetArrayPointer(to);
    for (int c = 0; c < static_cast<Solver*>(self)->cells_; ++c) {
      double const* const t = static_cast<Solver*>(self)->task_ + c * columns;
      double const *const u = y + c * size, *const previous = t + 4;
      double const back = t[3] * (t[2] * u[1] * u[2] - t[0] * u[0]), product = t[3] * t[1] * u[1] * u[1];
      g[c * size] = u[0] - back - previous[0];
      g[c * size + 1] = u[1] + back + product - previous[1];
      g[c * size + 2] = u[2] - product - previous[2];
    }
    return 0;
  }

  static int jacobian(N_Vector at, N_Vector, SUNMatrix to, void* self, N_Vector, N_Vector) {
    double const* const y = N_VGetArrayPointer(at);
    auto const& solver = *static_cast<Solver*>(self);
    for (int c = 0; c < solver.cells_; ++c) {
      double const* const t = solver.task_ + c * columns;
      double const* const u = y + c * size;
      double const a = t[3] * t[0], by_y2 = t[3] * t[2] * u[2], by_y3 = t[3] * t[2] * u[1];
      double const square = 2 * t[3] * t[1] * u[1];
      double const J[size][size] = {{1 + a, -by_y2, -by_y3}, {-a, 1 + by_y2 + square, by_y3}, {0, -square, 1}};
      for (int j = 0; j < size; ++j) {
        int const column = c * size + j;
        for (int i = 0; i < size; ++i) {
          int const row = c * size + i;
          (solver.cells_ == 1 ? SM_ELEMENT_D(to, row, column) : SM_ELEMENT_B(to, row, column)) = J[i][j];
        }
      }
    }
    return 0;
  }

  int cells_;
  double const* task_ = nullptr;
  SUNContext context_ = nullptr;
  N_Vector y_ = nullptr, ones_ = nullptr;
  void* kinsol_ = nullptr;
  SUNMatrix matrix_ = nullptr;
  SUNLinearSolver linear_ = nullptr;
};

void run(Options const& o, int cells, std::string const& name) {
  auto const tasks = read_npy<double>(o.folder + "/robertson.npy", o.tasks / cells * cells);
  auto const ours = read_npy<std::int32_t>(o.folder + "/newton_counts.npy", tasks.rows).values;
  std::vector<std::int32_t> counts(ours.size());
  std::vector<std::unique_ptr<Solver>> solvers;
  for (int i = 0; i < o.threads; ++i) solvers.push_back(std::make_unique<Solver>(cells));
  double const seconds = median_seconds(o.repeats, [&] {
#pragma omp parallel for num_threads(o.threads) schedule(static)
    for (int part = 0; part < o.threads; ++part) {
      auto const systems = tasks.rows / cells;
      for (auto s = systems * part / o.threads; s < systems * (part + 1) / o.threads; ++s) {
        auto const made = solvers[static_cast<std::size_t>(part)]->solve(tasks.values.data() + s * cells * columns);
        std::fill_n(counts.begin() + s * cells, cells, made);
      }
    }
  });
  print({name, SUNDIALS_VERSION, "newton", o.threads, seconds, "KINSOL, new Jacobian each iteration"}, counts, ours);
}

}  // namespace
}  // namespace metasolve::peers

int main(int count, char** argument) {
  try {
    auto const options = metasolve::peers::Options::parse(count, argument);
    options.require_cpu();
    metasolve::peers::run(options, 1, "SUNDIALS, a system a cell");
    metasolve::peers::run(options, 32, "SUNDIALS, 32 cells a system");
    return 0;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "sundials_newton: %s\n", error.what());
    return 1;
  }
}
