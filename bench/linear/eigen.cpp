// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Dense>
#include <Eigen/Sparse>
#include <limits>

#include "contender.hpp"

namespace metasolve::bench::linear {
namespace {

using Vector = Eigen::VectorXd;
using Sparse = Eigen::SparseMatrix<double, Eigen::ColMajor, int>;

void fill_nan(double* x, std::int64_t n) { std::fill_n(x, n, std::numeric_limits<double>::quiet_NaN()); }

/// SimplicialLLT and SimplicialLDLT with their own ordering (AMD), SparseLU with its own (COLAMD).
template <class Solver, bool symmetric>
class EigenSparse final : public Contender {
 public:
  explicit EigenSparse(System const& s) : system_(s) {
    auto const n = s.unknowns();
    for (std::int64_t t = 0; t < s.tasks; ++t) {
      using RowMajor = Eigen::SparseMatrix<double, Eigen::RowMajor, int>;
      // Symmetric: the solvers read the lower triangle alone.
      auto const& rows = symmetric ? s.lower : s.rows;
      matrices_.emplace_back(Eigen::Map<RowMajor const>(n, n, rows.entries(), rows.row_ptrs.data(),
                                                        rows.col_idxs.data(),
                                                        symmetric ? s.lower_of(t) : s.values_of(t)));
      matrices_.back().makeCompressed();
    }
  }
  void analyse() override { solver_.analyzePattern(matrices_.front()); }
  void solve(double* x) override {
    auto const n = system_.unknowns();
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      solver_.factorize(matrices_[static_cast<std::size_t>(t)]);
      if (solver_.info() != Eigen::Success) {
        fill_nan(x, n);
        continue;
      }
      Eigen::Map<Vector>(x, n) = solver_.solve(Eigen::Map<Vector const>(system_.rhs_of(t), n));
    }
  }

 private:
  System const& system_;
  std::vector<Sparse> matrices_;
  Solver solver_;
};

/// Small ones with the size known to the compiler, as Eigen's users do; else Dynamic.
template <int size>
class EigenDense final : public Contender {
 public:
  explicit EigenDense(System const& s) : system_(s) {}
  void analyse() override {}
  void solve(double* x) override {
    using Matrix = Eigen::Matrix<double, size, size, Eigen::RowMajor>;
    using Right = Eigen::Matrix<double, size, 1>;
    auto const n = system_.unknowns();
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      Eigen::Map<Right>(x, n) = Eigen::Map<Matrix const>(system_.values_of(t), n, n)
                                    .partialPivLu()
                                    .solve(Eigen::Map<Right const>(system_.rhs_of(t), n));
    }
  }

 private:
  System const& system_;
};

std::unique_ptr<Contender> dense_lu(System const& s) {
  switch (s.unknowns()) {
    case 3:
      return std::make_unique<EigenDense<3>>(s);
    case 4:
      return std::make_unique<EigenDense<4>>(s);
    case 8:
      return std::make_unique<EigenDense<8>>(s);
    case 16:
      return std::make_unique<EigenDense<16>>(s);
    default:
      return std::make_unique<EigenDense<Eigen::Dynamic>>(s);
  }
}

template <class Solver, bool symmetric>
Entry entry(char const* name) {
  return {.name = std::string("Eigen ") + name,
          .applies = symmetric ? suits_simplicial : is_no_sweep,
          .make = [](System const& s) { return std::make_unique<EigenSparse<Solver, symmetric>>(s); }};
}

Registered const registered([](auto& entries, auto& versions) {
  entries.push_back(entry<Eigen::SimplicialLLT<Sparse>, true>("SimplicialLLT"));
  entries.push_back(entry<Eigen::SimplicialLDLT<Sparse>, true>("SimplicialLDLT"));
  entries.push_back(entry<Eigen::SparseLU<Sparse>, false>("SparseLU"));
  entries.push_back({.name = "Eigen PartialPivLU", .applies = is_dense, .make = dense_lu});
  versions.emplace_back("Eigen", std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                                     std::to_string(EIGEN_MINOR_VERSION));
});

}  // namespace
}  // namespace metasolve::bench::linear
