// SPDX-License-Identifier: Apache-2.0
#include <cblas.h>

#include <algorithm>
#include <limits>

#include "contender.hpp"
#include "rcm.hpp"

extern "C" {
void dpbtrf_(char const*, int const*, int const*, double*, int const*, int*);
void dpbtrs_(char const*, int const*, int const*, int const*, double const*, int const*, double*, int const*, int*);
void dgbtrf_(int const*, int const*, int const*, int const*, double*, int const*, int*, int*);
void dgbtrs_(char const*, int const*, int const*, int const*, int const*, double const*, int const*, int const*,
             double*, int const*, int*);
void dgesv_(int const*, int const*, double*, int const*, int*, double*, int const*, int*);
}

/// LAPACK as OpenBLAS has it: matrices in a band after reverse Cuthill-McKee (dpbtrf; dgbtrf, with pivoting), and dense
/// ones (dgesv).
namespace metasolve::bench::linear {
namespace {

int const one = 1;

class Banded final : public Contender {
 public:
  explicit Banded(System const& s) : system_(s), symmetric_(s.kind == Kind::positive_definite) {}

  void analyse() override {
    auto const& rows = symmetric_ ? system_.lower : system_.rows;
    band_ = narrow_band(rows);
    int const kd = band_.width;
    height_ = symmetric_ ? kd + 1 : 3 * kd + 1;  // dgbtrf needs room for kd more above the band
    to_.clear();
    for (std::int32_t i = 0; i < rows.size(); ++i) {
      for (auto e = rows.row_ptrs[static_cast<std::size_t>(i)]; e < rows.row_ptrs[static_cast<std::size_t>(i) + 1];
           ++e) {
        auto const a = band_.at[static_cast<std::size_t>(i)],
                   b = band_.at[static_cast<std::size_t>(rows.col_idxs[static_cast<std::size_t>(e)])];
        to_.push_back(symmetric_ ? static_cast<std::int64_t>(std::min(a, b)) * height_ + std::abs(a - b)
                                 : static_cast<std::int64_t>(b) * height_ + 2 * kd + a - b);
      }
    }
    matrix_.resize(static_cast<std::size_t>(height_) * static_cast<std::size_t>(rows.size()));
    right_.resize(static_cast<std::size_t>(rows.size()));
    pivots_.resize(static_cast<std::size_t>(rows.size()));
  }

  void solve(double* x) override {
    int const n = system_.unknowns(), kd = band_.width;
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      auto const* values = symmetric_ ? system_.lower_of(t) : system_.values_of(t);
      std::fill(matrix_.begin(), matrix_.end(), 0.0);
      for (std::size_t e = 0; e < to_.size(); ++e) matrix_[static_cast<std::size_t>(to_[e])] = values[e];
      for (int i = 0; i < n; ++i) right_[at(i)] = system_.rhs_of(t)[i];
      int info = 0;
      if (symmetric_) {
        dpbtrf_("L", &n, &kd, matrix_.data(), &height_, &info);
        if (info == 0) dpbtrs_("L", &n, &kd, &one, matrix_.data(), &height_, right_.data(), &n, &info);
      } else {
        dgbtrf_(&n, &n, &kd, &kd, matrix_.data(), &height_, pivots_.data(), &info);
        if (info == 0) {
          dgbtrs_("N", &n, &kd, &kd, &one, matrix_.data(), &height_, pivots_.data(), right_.data(), &n, &info);
        }
      }
      for (int i = 0; i < n; ++i) x[i] = info == 0 ? right_[at(i)] : std::numeric_limits<double>::quiet_NaN();
    }
  }
  [[nodiscard]] std::string note() const override { return "half bandwidth " + std::to_string(band_.width); }

 private:
  [[nodiscard]] std::size_t at(int i) const { return static_cast<std::size_t>(band_.at[static_cast<std::size_t>(i)]); }

  System const& system_;
  bool symmetric_;
  Band band_;
  int height_ = 0;
  std::vector<std::int64_t> to_;  ///< place of each entry in the band
  std::vector<double> matrix_, right_;
  std::vector<int> pivots_;
};

class Dense final : public Contender {
 public:
  explicit Dense(System const& s) : system_(s) {}
  void analyse() override {
    auto const n = static_cast<std::size_t>(system_.unknowns());
    matrix_.resize(n * n);
    pivots_.resize(n);
  }
  void solve(double* x) override {
    int const n = system_.unknowns();
    for (std::int64_t t = 0; t < system_.tasks; ++t, x += n) {
      // dgesv overwrites its matrix, in columns.
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < n; ++j) matrix_[static_cast<std::size_t>(j * n + i)] = system_.values_of(t)[i * n + j];
      }
      std::copy_n(system_.rhs_of(t), n, x);
      int info = 0;
      dgesv_(&n, &one, matrix_.data(), &n, pivots_.data(), x, &n, &info);
      if (info != 0) std::fill_n(x, n, std::numeric_limits<double>::quiet_NaN());
    }
  }

 private:
  System const& system_;
  std::vector<double> matrix_;
  std::vector<int> pivots_;
};

Registered const registered([](auto& entries, auto& versions) {
  auto const banded = [](System const& s) { return std::make_unique<Banded>(s); };
  entries.push_back({.name = "LAPACK dpbtrf", .applies = is_positive_definite, .make = banded});
  entries.push_back({.name = "LAPACK dgbtrf", .applies = is_general, .make = banded});
  entries.push_back({.name = "LAPACK dgesv", .applies = is_dense, .make = [](System const& s) {
                       return std::make_unique<Dense>(s);
                     }});
  std::string const text = openblas_get_config();  // "OpenBLAS 0.3.21 ..."
  auto const from = text.find(' ');
  versions.emplace_back("OpenBLAS",
                        from == std::string::npos ? text : text.substr(from + 1, text.find(' ', from + 1) - from - 1));
});

}  // namespace
}  // namespace metasolve::bench::linear
