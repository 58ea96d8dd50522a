// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/factor_plan.hpp"

#include <algorithm>
#include <limits>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

/// Columns of a panel: few while a factor is small, since its diagonal blocks are eliminated column by column.
constexpr double small_operations = 2e6;
constexpr int widest_if_small = 16, widest_if_large = 32;

int widest(double operations) { return operations < small_operations ? widest_if_small : widest_if_large; }

/// Numbers of all panels.
std::int64_t place_panels(Supernodes const& s, kernels::Factorization kind, std::vector<kernels::Supernode>& nodes) {
  std::int64_t at_panel = 0;
  for (int i = 0; i < s.count(); ++i) {
    std::int64_t const width = s.width(i), below = s.below(i);
    nodes.push_back({s.first_column[at(i)], s.width(i), s.row_ptrs[at(i)], s.below(i), s.update_ptrs[at(i)],
                     s.update_ptrs[at(i) + 1] - s.update_ptrs[at(i)], at_panel});
    at_panel += width * (width + below * (kind == kernels::Factorization::lu ? 2 : 1));
  }
  return at_panel;
}

}  // namespace

Ordering in_postorder(SymmetricStructure const& structure, Ordering const& order) {
  auto const after = postordering(elimination_tree(reordered(structure, order)));
  Ordering result;
  for (auto const i : after) result.push_back(order[at(i)]);
  return result;
}

FactorPlan::FactorPlan(exec::Backend& backend, SymmetricStructure const& structure, kernels::Factorization kind)
    : supernodes_(supernodes_of(structure, widest)), kind_(kind), unknowns_(structure.unknowns) {
  auto const numbers = place_panels(supernodes_, kind, nodes_) + (kind == kernels::Factorization::ldl ? unknowns_ : 0);
  // Half the range of 32 bits: the rest is for the vectors.
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() / 2;
  if (numbers > most) {
    throw InputError("the complete factor has " + std::to_string(numbers) + " entries, more than " +
                     std::to_string(most) + "; use an iterative method");
  }
  entries_ = static_cast<int>(numbers);
  for (auto const& node : nodes_) {
    double const below = node.below, width = node.width;
    operations_ += below * (below + 1) / 2 * width + width * width * below / 2 + width * width * width / 6;
  }
  if (kind == kernels::Factorization::lu) operations_ *= 2;
  std::vector<kernels::SupernodeUpdate> updates;
  for (auto const& u : supernodes_.updates) updates.push_back({u.target, u.begin, u.end, u.relative});
  node_ = exec::uploaded(backend, nodes_);
  update_ = exec::uploaded(backend, updates);
  rows_ = exec::uploaded(backend, supernodes_.rows);
  relative_ = exec::uploaded(backend, supernodes_.relative);
}

kernels::SupernodeView FactorPlan::view() const {
  return {unknowns_,       static_cast<int>(nodes_.size()), entries_, node_.data(), rows_.data(), update_.data(),
          relative_.data()};
}

std::vector<std::int32_t> FactorPlan::places(SymmetricStructure const& structure, bool by_rows) const {
  std::vector<std::int32_t> of_column(at(unknowns_)), lower, diagonal, upper;
  for (std::size_t s = 0; s < nodes_.size(); ++s) {
    for (int k = 0; k < nodes_[s].width; ++k) of_column[at(nodes_[s].first_column + k)] = static_cast<std::int32_t>(s);
  }
  auto const in_panel = [&](std::int64_t panel, int row, int column, int width, int height) {
    return static_cast<std::int32_t>(panel) + kernels::PanelShape{width, height, by_rows}(row, column);
  };
  for (std::int32_t j = 0; j < unknowns_; ++j) {
    auto const& node = nodes_[at(of_column[at(j)])];
    int const column = j - node.first_column, height = node.width + node.below;
    diagonal.push_back(in_panel(node.panel, column, column, node.width, height));
    auto place = supernodes_.rows.begin() + node.first_row;
    for (auto e = structure.col_ptrs[at(j)]; e < structure.col_ptrs[at(j) + 1]; ++e) {
      auto const i = structure.row_idxs[at(e)];
      int const own = i - node.first_column;
      if (own < node.width) {
        lower.push_back(in_panel(node.panel, own, column, node.width, height));
        upper.push_back(in_panel(node.panel, column, own, node.width, height));
        continue;
      }
      while (*place < i) ++place;  // both ascend
      auto const row = static_cast<int>(place - supernodes_.rows.begin()) - node.first_row;
      lower.push_back(in_panel(node.panel, node.width + row, column, node.width, height));
      upper.push_back(in_panel(node.panel + std::int64_t{height} * node.width, row, column, node.width, node.below));
    }
  }
  lower.insert(lower.end(), diagonal.begin(), diagonal.end());
  if (kind_ == kernels::Factorization::lu) lower.insert(lower.end(), upper.begin(), upper.end());
  return lower;
}

}  // namespace metasolve::sparse
