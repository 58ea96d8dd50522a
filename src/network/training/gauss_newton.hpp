// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/network/training/mlp_batch.hpp"
#include "metasolve/kernels/network/gauss_newton_bodies.hpp"

namespace metasolve::network {

/// The Gauss-Newton matrices H = sum over tasks of J_t' B_t J_t of the members of an MlpBatch: J_t is the derivative of
/// the output by the weights, B_t the curvature of the loss by the output.
///
/// J_t is never formed. A weight W_l(a, i) acts through z_l(a) alone, with slope x_l(i), so
///   H[(l, a, i), (m, b, j)] = sum_t C_lm,t(a, b) x_l,t(i) x_m,t(j),   C_lm,t = (dout/dz_l)' B_t (dout/dz_m):
/// one product of a matrix [a b][t] and a matrix [t][i j] for each pair of layers. Compared with a syrk of the stacked
/// J_t, this saves a factor of the number of outputs. C is computed from the last layer down, where C = B:
///   C_lm = diag(act'(z_l)) W_{l+1}' C_{l+1,m}.
class GaussNewton {
 public:
  GaussNewton(exec::Backend& exec, MlpBatch& mlp) : exec_(exec), mlp_(mlp) {
    auto const& layers = mlp.layers();
    std::int64_t most_products = 0, most_entries = 0, most_rows = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      blocks_.emplace_back();
      for (std::size_t m = 0; m < layers.size(); ++m) {
        std::int64_t const rows = layers[l].out * layers[m].out;
        blocks_[l].emplace_back(exec, m >= l ? rows * mlp.pitch() : 0);
        std::int64_t const products = (layers[l].in + 1) * (layers[m].in + 1);
        most_rows = std::max(most_rows, rows);
        most_products = std::max(most_products, products);
        most_entries = std::max(most_entries, rows * products);
      }
    }
    mirror_ = exec::Buffer<double>(exec, most_rows * mlp.pitch());
    products_ = exec::Buffer<double>(exec, most_products * mlp.pitch());
    entries_ = exec::Buffer<double>(exec, most_entries * mlp.members());
  }

  /// curvature B [outputs * outputs][members][tasks] -> matrix H [members][weights][weights], valid in the lower
  /// triangle only, at the MLP's last forward with derivatives.
  void assemble(double const* weights, double const* curvature, double* matrix) {
    auto const& layers = mlp_.layers();
    std::size_t const last = layers.size() - 1;
    exec_.launch(
        layers[last].out * layers[last].out * mlp_.members(), mlp_.tasks(),
        kernels::ByMember{mlp_.rows(), layers[last].out * layers[last].out, curvature, blocks_[last][last].data()});
    for (std::size_t l = last + 1; l-- > 0;) {
      for (std::size_t m = last + 1; m-- > l;) {
        if (l < last) pull_back(l, m, weights);
        add_block(l, m, matrix);
      }
    }
  }

 private:
  /// C_lm from C_{l+1,m}; for m = l from the transpose of C_{l,l+1}.
  void pull_back(std::size_t l, std::size_t m, double const* weights) {
    auto const& layers = mlp_.layers();
    std::int64_t const out = layers[l].out, above = layers[l + 1].out, width = layers[m].out;
    std::int64_t const tasks = mlp_.tasks(), members = mlp_.members();
    double const* from = blocks_[l + 1][m].data();
    if (m == l) {
      exec_.launch(out * above * members, tasks,
                   kernels::Mirror{mlp_.rows(), out, above, blocks_[l][l + 1].data(), mirror_.data()});
      from = mirror_.data();
    }
    exec_.gemm(exec::Gemm<double>{.op_a = exec::Transpose::yes,
                                  .m = out,
                                  .n = width * tasks,
                                  .k = above,
                                  .a = weights + layers[l + 1].weight,
                                  .lda = out,
                                  .b = from,
                                  .ldb = width * tasks,
                                  .c = blocks_[l][m].data(),
                                  .ldc = width * tasks,
                                  .batch = members,
                                  .stride_a = mlp_.weights(),
                                  .stride_b = above * width * tasks,
                                  .stride_c = out * width * tasks});
    exec_.launch(out * width * members, tasks,
                 kernels::ScaleRows{mlp_.rows(), out, width, mlp_.slope(l), blocks_[l][m].data()});
  }

  void add_block(std::size_t l, std::size_t m, double* matrix) {
    auto const& a = mlp_.layers()[l];
    auto const& b = mlp_.layers()[m];
    std::int64_t const rows = a.out * b.out, products = (a.in + 1) * (b.in + 1);
    std::int64_t const tasks = mlp_.tasks(), members = mlp_.members();
    exec_.launch(products * members, tasks,
                 kernels::Products{mlp_.rows(), a.in + 1, b.in + 1, mlp_.input(l), mlp_.input(m), products_.data()});
    exec_.gemm(exec::Gemm<double>{.op_b = exec::Transpose::yes,
                                  .m = rows,
                                  .n = products,
                                  .k = tasks,
                                  .a = blocks_[l][m].data(),
                                  .lda = tasks,
                                  .b = products_.data(),
                                  .ldb = tasks,
                                  .c = entries_.data(),
                                  .ldc = products,
                                  .batch = members,
                                  .stride_a = rows * tasks,
                                  .stride_b = products * tasks,
                                  .stride_c = rows * products});
    kernels::WeightIndex const first{a.in, a.weight, a.bias}, second{b.in, b.weight, b.bias};
    exec_.launch(rows * members, products,
                 kernels::PlaceEntries{b.out, rows, products, mlp_.weights(), first, second, entries_.data(), matrix});
  }

  exec::Backend& exec_;
  MlpBatch& mlp_;
  std::vector<std::vector<exec::Buffer<double>>> blocks_;  ///< C_lm [members][out_l * out_m][tasks], m >= l
  exec::Buffer<double> mirror_, products_, entries_;
};

}  // namespace metasolve::network
