// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <span>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/online/proposer.hpp"
#include "metasolve/kernels/online/least_squares.hpp"

namespace metasolve::online {

namespace {

using kernels::QuadraticModel;

kernels::QuadraticTerms terms_of(kernels::OnlineGrid const& grid) { return {grid.features, grid.parameters}; }

class LeastSquares final : public Proposer {
 public:
  explicit LeastSquares(Shared const& shared)
      : shared_(shared),
        exec_(*shared.exec),
        terms_(terms_of(shared.grid)),
        rows_(std::min<std::int64_t>(shared.capacity, QuadraticModel::most_rows)),
        fitted_(exec_, terms_.count() * (terms_.count() + kernels::most_online_draws + 1) + 1),
        row_(exec_, rows_ * terms_.row()),
        workspace_(exec_, exec_.team_bytes(kernels::FitQuadratic{}, 1)) {
    exec_.load<kernels::ChooseByQuadratic>();
    exec_.load<kernels::LearnRows>();
  }

  void choose(Choice const& c) override {
    exec_.launch_teams(kernels::FitQuadratic{shared_.grid, shared_.settings, model(), shared_.clock}, workspace_.data(),
                       1);
    exec_.launch(1, c.count,
                 kernels::ChooseByQuadratic{shared_.grid, shared_.settings, model(), shared_.estimates, shared_.clock,
                                            c.features, c.chosen, c.limits, c.cell, spacing(c.count)});
  }

  void learn(Choice const& c, double const* units) override {
    std::int64_t const rows = (c.count + spacing(c.count) - 1) / spacing(c.count);
    exec_.launch(1, rows, kernels::LearnRows{model(), units, spacing(c.count)});
    int const width = terms_.row();
    exec_.gemm(exec::Gemm<double>{.op_a = exec::Transpose::yes,
                                  .m = width,
                                  .n = width,
                                  .k = rows,
                                  .a = row_.data(),
                                  .lda = width,
                                  .b = row_.data(),
                                  .ldb = width,
                                  .beta = 1,  // UpdateEstimates forgets
                                  .c = shared_.extra,
                                  .ldc = width});
  }

  [[nodiscard]] std::vector<double> state() const override {
    std::vector<double> all(static_cast<std::size_t>(fitted_.size()));
    fitted_.download(all.data(), fitted_.size());
    return all;
  }
  void restore(std::vector<double> const& state) override { fitted_.upload(state.data(), fitted_.size()); }

 private:
  /// Of tasks that are learned from.
  [[nodiscard]] std::int64_t spacing(std::int64_t count) const { return (count + rows_ - 1) / rows_; }
  [[nodiscard]] QuadraticModel model() const {
    std::int64_t const d = terms_.count();
    double* const at = fitted_.data();
    return {terms_, shared_.extra, at, at + d * d, at + d * (d + kernels::most_online_draws + 1), row_.data()};
  }

  Shared shared_;
  exec::Backend& exec_;
  kernels::QuadraticTerms terms_;
  std::int64_t rows_;
  exec::Buffer<double> fitted_;  ///< factor, weights, deviation
  exec::Buffer<double> row_;
  exec::Buffer<std::byte> workspace_;
};

}  // namespace

std::int64_t least_squares_sums(kernels::OnlineGrid const& grid) {
  std::int64_t const row = terms_of(grid).row();
  return row * row;
}

std::unique_ptr<Proposer> make_least_squares(Shared const& shared) { return std::make_unique<LeastSquares>(shared); }

}  // namespace metasolve::online
