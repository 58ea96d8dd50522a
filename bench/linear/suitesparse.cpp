// SPDX-License-Identifier: Apache-2.0
#include <cholmod.h>
#include <klu.h>
#include <umfpack.h>

#include <algorithm>
#include <limits>

#include "contender.hpp"

/// SuiteSparse: CHOLMOD, simplicial and supernodal; UMFPACK; KLU, whose pivots of the first task serve the others.
namespace metasolve::bench::linear {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

class Cholmod final : public Contender {
 public:
  Cholmod(System const& s, int how) : system_(s) {
    cholmod_start(&common_);
    common_.supernodal = how;
    common_.final_ll = 1;  // L L', also where it is simplicial
    common_.print = 0;
  }
  ~Cholmod() override {
    cholmod_free_factor(&factor_, &common_);
    for (auto* one : {&x_, &y_, &e_}) cholmod_free_dense(one, &common_);
    cholmod_finish(&common_);
  }
  void analyse() override {
    cholmod_free_factor(&factor_, &common_);
    auto a = matrix(0);
    factor_ = cholmod_analyze(&a, &common_);
  }
  void solve(double* x) override {
    auto const n = static_cast<std::size_t>(system_.unknowns());
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      auto a = matrix(t);
      cholmod_factorize(&a, factor_, &common_);
      if (common_.status != CHOLMOD_OK) {
        std::fill_n(x, n, not_a_number);
        continue;
      }
      cholmod_dense b{};
      b.nrow = b.nzmax = b.d = n;
      b.ncol = 1;
      b.x = const_cast<double*>(system_.rhs_of(t));
      b.xtype = CHOLMOD_REAL;
      b.dtype = CHOLMOD_DOUBLE;
      cholmod_solve2(CHOLMOD_A, factor_, &b, nullptr, &x_, nullptr, &y_, &e_, &common_);  // reuses its vectors
      std::copy_n(static_cast<double const*>(x_->x), n, x);
    }
  }

 private:
  /// A view: rows of the lower triangle are columns of the upper one.
  [[nodiscard]] cholmod_sparse matrix(std::int64_t task) const {
    cholmod_sparse a{};
    a.nrow = a.ncol = static_cast<std::size_t>(system_.unknowns());
    a.nzmax = static_cast<std::size_t>(system_.lower.entries());
    a.p = const_cast<std::int32_t*>(system_.lower.row_ptrs.data());
    a.i = const_cast<std::int32_t*>(system_.lower.col_idxs.data());
    a.x = const_cast<double*>(system_.lower_of(task));
    a.stype = 1;
    a.itype = CHOLMOD_INT;
    a.xtype = CHOLMOD_REAL;
    a.dtype = CHOLMOD_DOUBLE;
    a.sorted = a.packed = 1;
    return a;
  }

  System const& system_;
  cholmod_common common_{};
  cholmod_factor* factor_ = nullptr;
  cholmod_dense *x_ = nullptr, *y_ = nullptr, *e_ = nullptr;
};

/// Rows are taken as columns of A', and A' is solved transposed.
class Umfpack final : public Contender {
 public:
  explicit Umfpack(System const& s) : system_(s) { umfpack_di_defaults(control_); }
  ~Umfpack() override { umfpack_di_free_symbolic(&symbolic_); }
  void analyse() override {
    umfpack_di_free_symbolic(&symbolic_);
    auto const n = system_.unknowns();
    umfpack_di_symbolic(n, n, system_.rows.row_ptrs.data(), system_.rows.col_idxs.data(), system_.values_of(0),
                        &symbolic_, control_, nullptr);
  }
  void solve(double* x) override {
    auto const n = system_.unknowns();
    auto const *begin = system_.rows.row_ptrs.data(), *columns = system_.rows.col_idxs.data();
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      void* numeric = nullptr;
      int status = umfpack_di_numeric(begin, columns, system_.values_of(t), symbolic_, &numeric, control_, nullptr);
      if (status == UMFPACK_OK) {
        status = umfpack_di_solve(UMFPACK_At, begin, columns, system_.values_of(t), x, system_.rhs_of(t), numeric,
                                  control_, nullptr);
      }
      if (status != UMFPACK_OK) std::fill_n(x, n, not_a_number);
      umfpack_di_free_numeric(&numeric);
    }
  }

 private:
  System const& system_;
  double control_[UMFPACK_CONTROL];
  void* symbolic_ = nullptr;
};

class Klu final : public Contender {
 public:
  explicit Klu(System const& s) : system_(s) { klu_defaults(&common_); }
  ~Klu() override { release(); }
  void analyse() override {
    release();
    symbolic_ = klu_analyze(system_.unknowns(), begin(), columns(), &common_);
    numeric_ = klu_factor(begin(), columns(), values(0), symbolic_, &common_);
  }
  void solve(double* x) override {
    auto const n = system_.unknowns();
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      std::copy_n(system_.rhs_of(t), n, x);
      if (klu_refactor(begin(), columns(), values(t), symbolic_, numeric_, &common_) == 0 ||
          klu_tsolve(symbolic_, numeric_, n, 1, x, &common_) == 0) {
        std::fill_n(x, n, not_a_number);
      }
    }
  }

 private:
  [[nodiscard]] int* begin() const { return const_cast<int*>(system_.rows.row_ptrs.data()); }
  [[nodiscard]] int* columns() const { return const_cast<int*>(system_.rows.col_idxs.data()); }
  [[nodiscard]] double* values(std::int64_t task) const { return const_cast<double*>(system_.values_of(task)); }
  void release() {
    klu_free_numeric(&numeric_, &common_);
    klu_free_symbolic(&symbolic_, &common_);
  }

  System const& system_;
  klu_common common_{};
  klu_symbolic* symbolic_ = nullptr;
  klu_numeric* numeric_ = nullptr;
};

Registered const registered([](auto& entries, auto& versions) {
  for (auto const& [name, how] :
       {std::pair{"CHOLMOD simplicial", CHOLMOD_SIMPLICIAL}, std::pair{"CHOLMOD supernodal", CHOLMOD_SUPERNODAL}}) {
    auto const applies = how == CHOLMOD_SIMPLICIAL ? suits_simplicial : is_positive_definite;
    entries.push_back({.name = name, .applies = applies, .make = [how = how](System const& s) {
                         return std::make_unique<Cholmod>(s, how);
                       }});
  }
  entries.push_back(
      {.name = "UMFPACK", .applies = is_general, .make = [](System const& s) { return std::make_unique<Umfpack>(s); }});
  entries.push_back({.name = "KLU, pivots of the first task", .applies = is_general, .make = [](System const& s) {
                       return std::make_unique<Klu>(s);
                     }});
  versions.emplace_back("SuiteSparse", std::to_string(SUITESPARSE_MAIN_VERSION) + "." +
                                           std::to_string(SUITESPARSE_SUB_VERSION) + "." +
                                           std::to_string(SUITESPARSE_SUBSUB_VERSION));
});

}  // namespace
}  // namespace metasolve::bench::linear
