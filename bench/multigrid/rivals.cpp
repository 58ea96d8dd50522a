// SPDX-License-Identifier: Apache-2.0
// PETSc's multigrid and CHOLMOD on the tasks of scripts/multigrid_rivals, which compiles and runs this program:
//   rivals TASKS REPEATS    TASKS: n and the number of tasks (int32), stencils [tasks][5], f [tasks][n * n] (doubles)
// Prints a line of JSON a rival. Seconds are of the processor.
#ifdef WITH_CHOLMOD
#include <cholmod.h>
#endif
#ifdef WITH_PETSC
#include <petscksp.h>
#endif

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr double tolerance = 1e-6;

double seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

struct Tasks {
  std::int32_t n = 0, count = 0;
  std::vector<double> stencils, f;

  int unknowns() const { return n * n; }
  double const* f_of(int t) const { return f.data() + static_cast<std::size_t>(t) * unknowns(); }
};

Tasks read(char const* path) {
  Tasks tasks;
  std::FILE* const file = std::fopen(path, "rb");
  if (file == nullptr) throw std::runtime_error(std::string("cannot read ") + path);
  bool good = std::fread(&tasks.n, 4, 1, file) == 1 && std::fread(&tasks.count, 4, 1, file) == 1;
  tasks.stencils.resize(5 * static_cast<std::size_t>(tasks.count));
  tasks.f.resize(static_cast<std::size_t>(tasks.count) * tasks.unknowns());
  good = good && std::fread(tasks.stencils.data(), 8, tasks.stencils.size(), file) == tasks.stencils.size();
  good = good && std::fread(tasks.f.data(), 8, tasks.f.size(), file) == tasks.f.size();
  std::fclose(file);
  if (!good) throw std::runtime_error(std::string(path) + " is too short");
  return tasks;
}

/// A by rows, columns ascending; one pattern for all tasks.
struct Matrix {
  std::vector<int> begin{0}, column, entry;  // entry: of the half stencil
  std::vector<double> value;

  Matrix(int n, bool lower_alone) {
    static int const half[3][3] = {{4, 3, 2}, {1, 0, 1}, {2, 3, 4}};  // by offsets along y and x
    for (int y = 0; y < n; ++y) {
      for (int x = 0; x < n; ++x) {
        for (int dy = -1; dy <= 1; ++dy) {
          for (int dx = -1; dx <= 1; ++dx) {
            bool const inside = x + dx >= 0 && x + dx < n && y + dy >= 0 && y + dy < n;
            if (!inside || (lower_alone && (dy > 0 || (dy == 0 && dx > 0)))) continue;
            column.push_back((y + dy) * n + x + dx);
            entry.push_back(half[dy + 1][dx + 1]);
          }
        }
        begin.push_back(static_cast<int>(column.size()));
      }
    }
    value.resize(column.size());
  }
  void set(double const* stencil) {
    for (std::size_t k = 0; k < value.size(); ++k) value[k] = stencil[entry[k]];
  }
  /// ||f - A x|| / ||f||, A given by all its rows.
  double residual(double const* x, double const* f) const {
    double rr = 0, ff = 0;
    for (std::size_t i = 0; i + 1 < begin.size(); ++i) {
      double r = f[i];
      for (int k = begin[i]; k < begin[i + 1]; ++k)
        r -= value[static_cast<std::size_t>(k)] * x[column[static_cast<std::size_t>(k)]];
      rr += r * r, ff += f[i] * f[i];
    }
    return std::sqrt(rr / ff);
  }
};

struct Report {
  std::string name;
  double once = 0;                   // seconds for what all tasks share
  std::vector<double> setup, solve;  // seconds a repeat, of all tasks
  std::vector<int> counts;
  int failures = 0;

  void print() const {
    std::printf("{\"name\": \"%s\", \"once\": %.9g", name.c_str(), once);
    auto const list = [](char const* key, auto const& numbers) {
      std::printf(", \"%s\": [", key);
      for (std::size_t i = 0; i < numbers.size(); ++i) std::printf("%s%.9g", i > 0 ? ", " : "", double(numbers[i]));
      std::printf("]");
    };
    list("setup", setup), list("solve", solve), list("counts", counts);
    std::printf(", \"failures\": %d}\n", failures);
    std::fflush(stdout);
  }
};

#ifdef WITH_PETSC
void require(PetscErrorCode code) {
  if (code != 0) throw std::runtime_error("PETSc: error " + std::to_string(code));
}

/// Bilinear interpolation from (n - 1) / 2 points a side to n.
Mat interpolation(int n) {
  int const m = (n - 1) / 2;
  Mat p = nullptr;
  require(MatCreateSeqAIJ(PETSC_COMM_SELF, n * n, m * m, 4, nullptr, &p));
  for (int y = 0; y < m; ++y) {
    for (int x = 0; x < m; ++x) {
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          double const weight = (dx == 0 ? 1 : 0.5) * (dy == 0 ? 1 : 0.5);
          require(MatSetValue(p, (2 * y + 1 + dy) * n + 2 * x + 1 + dx, y * m + x, weight, INSERT_VALUES));
        }
      }
    }
  }
  require(MatAssemblyBegin(p, MAT_FINAL_ASSEMBLY));
  require(MatAssemblyEnd(p, MAT_FINAL_ASSEMBLY));
  return p;
}

/// Conjugate gradients with a preconditioner: "gamg", algebraic; "mg", bilinear and Galerkin, a symmetric sweep of
/// Gauss and Seidel's method before and after; "icc", incomplete Cholesky without fill.
void by_petsc(Tasks const& tasks, int repeats, std::string const& kind) {
  Report report;
  report.name = kind == "gamg" ? "petsc gamg + cg"
                : kind == "mg" ? "petsc mg, symmetric gauss-seidel + cg"
                               : "petsc icc(0) + cg";
  int const unknowns = tasks.unknowns();
  std::vector<Mat> p;  // from the finest on
  if (kind == "mg") {
    double const start = seconds();
    for (int m = tasks.n; m > 3 && m % 2 == 1; m = (m - 1) / 2) p.push_back(interpolation(m));
    report.once = seconds() - start;
    if (p.empty()) return;  // no coarser grid
  }
  Matrix a(tasks.n, false);
  std::vector<double> x(static_cast<std::size_t>(unknowns));
  for (int repeat = 0; repeat < repeats; ++repeat) {
    double setup = 0, solve = 0;
    for (int t = 0; t < tasks.count; ++t) {
      a.set(tasks.stencils.data() + 5 * t);
      double const start = seconds();
      Mat mat = nullptr;
      Vec b = nullptr, u = nullptr;
      KSP ksp = nullptr;
      PC pc = nullptr;
      require(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, unknowns, unknowns, a.begin.data(), a.column.data(),
                                        a.value.data(), &mat));
      require(MatSetOption(mat, MAT_SPD, PETSC_TRUE));
      require(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, unknowns, tasks.f_of(t), &b));
      require(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, unknowns, x.data(), &u));
      require(KSPCreate(PETSC_COMM_SELF, &ksp));
      require(KSPSetType(ksp, KSPCG));
      require(KSPSetNormType(ksp, KSP_NORM_UNPRECONDITIONED));
      require(KSPSetTolerances(ksp, tolerance, 1e-300, 1e300, 600));
      require(KSPSetOperators(ksp, mat, mat));
      require(KSPGetPC(ksp, &pc));
      require(PCSetType(pc, kind == "gamg" ? PCGAMG : kind == "mg" ? PCMG : PCICC));
      if (kind == "mg") {
        int const levels = static_cast<int>(p.size()) + 1;
        require(PCMGSetLevels(pc, levels, nullptr));
        require(PCMGSetGalerkin(pc, PC_MG_GALERKIN_BOTH));
        for (int l = 1; l < levels; ++l) {
          require(PCMGSetInterpolation(pc, l, p[static_cast<std::size_t>(levels - 1 - l)]));
          KSP smoother = nullptr;
          PC of_smoother = nullptr;
          require(PCMGGetSmoother(pc, l, &smoother));
          require(KSPSetType(smoother, KSPRICHARDSON));
          require(KSPSetTolerances(smoother, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT, 1));
          require(KSPSetNormType(smoother, KSP_NORM_NONE));
          require(KSPGetPC(smoother, &of_smoother));
          require(PCSetType(of_smoother, PCSOR));  // symmetric sweeps
        }
      }
      require(KSPSetUp(ksp));
      double const middle = seconds();
      require(KSPSolve(ksp, b, u));
      double const end = seconds();
      setup += middle - start, solve += end - middle;
      PetscInt made = 0;
      require(KSPGetIterationNumber(ksp, &made));
      if (repeat == 0) {
        report.counts.push_back(static_cast<int>(made));
        report.failures += a.residual(x.data(), tasks.f_of(t)) <= 1.01 * tolerance ? 0 : 1;
      }
      KSPDestroy(&ksp);
      MatDestroy(&mat);
      VecDestroy(&b);
      VecDestroy(&u);
    }
    report.setup.push_back(setup), report.solve.push_back(solve);
  }
  for (auto& one : p) MatDestroy(&one);
  report.print();
}
#endif

#ifdef WITH_CHOLMOD
/// The order is found once for all tasks.
void by_cholmod(Tasks const& tasks, int repeats) {
  Report report;
  report.name = "cholmod";
  cholmod_common common{};
  cholmod_start(&common);
  Matrix lower(tasks.n, true), all(tasks.n, false);
  auto const n = static_cast<std::size_t>(tasks.unknowns());
  cholmod_sparse a{};
  a.nrow = a.ncol = n;
  a.nzmax = lower.column.size();
  a.p = lower.begin.data(), a.i = lower.column.data(), a.x = lower.value.data();
  a.stype = 1;  // rows of the lower triangle are columns of the upper one
  a.itype = CHOLMOD_INT, a.xtype = CHOLMOD_REAL, a.dtype = CHOLMOD_DOUBLE;
  a.sorted = a.packed = 1;
  double const start = seconds();
  cholmod_factor* factor = cholmod_analyze(&a, &common);
  report.once = seconds() - start;
  cholmod_dense *x = nullptr, *y = nullptr, *e = nullptr;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    double setup = 0, solve = 0;
    for (int t = 0; t < tasks.count; ++t) {
      lower.set(tasks.stencils.data() + 5 * t);
      double const begin = seconds();
      cholmod_factorize(&a, factor, &common);
      double const middle = seconds();
      cholmod_dense b{};
      b.nrow = b.nzmax = b.d = n;
      b.ncol = 1;
      b.x = const_cast<double*>(tasks.f_of(t));
      b.xtype = CHOLMOD_REAL, b.dtype = CHOLMOD_DOUBLE;
      bool const solved = common.status == CHOLMOD_OK &&
                          cholmod_solve2(CHOLMOD_A, factor, &b, nullptr, &x, nullptr, &y, &e, &common) != 0;
      double const end = seconds();
      setup += middle - begin, solve += end - middle;
      if (repeat > 0) continue;
      all.set(tasks.stencils.data() + 5 * t);
      bool const right = solved && all.residual(static_cast<double const*>(x->x), tasks.f_of(t)) <= 1.01 * tolerance;
      report.failures += right ? 0 : 1;
    }
    report.setup.push_back(setup), report.solve.push_back(solve);
  }
  for (auto* one : {&x, &y, &e}) cholmod_free_dense(one, &common);
  cholmod_free_factor(&factor, &common);
  cholmod_finish(&common);
  report.print();
}
#endif

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    Tasks const tasks = read(argv[1]);
    int const repeats = std::atoi(argv[2]);
#ifdef WITH_PETSC
    require(PetscInitializeNoArguments());
    require(PetscPopSignalHandler());
    for (char const* kind : {"mg", "gamg", "icc"}) by_petsc(tasks, repeats, kind);
    require(PetscFinalize());
#endif
#ifdef WITH_CHOLMOD
    by_cholmod(tasks, repeats);
#endif
  } catch (std::exception const& error) {
    std::fprintf(stderr, "rivals: %s\n", error.what());
    return 1;
  }
  return 0;
}
