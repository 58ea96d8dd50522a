// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm_data.hpp"

namespace metasolve::kernels {

/// The penalties of a codebook's entries (AdmmCodebook) from those of the groups. Row: entry; column: a row of A, then
/// a group. An element body.
struct CodebookPenalties {
  using scalar = double;
  static constexpr auto name = "codebook_penalties";

  AdmmSettings settings;
  int rows = 0;                       ///< m
  BatchView<double const> penalties;  ///< [entries][groups]
  double* rho = nullptr;              ///< [entries][m]
  double* log_rho = nullptr;          ///< [entries][groups]
  double* copy = nullptr;             ///< [entries][groups] of penalties

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t entry, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      int const k = static_cast<int>(first) + l;
      if (k < rows) {
        rho[entry * rows + k] = AdmmSettings::penalty(settings.weight[k], penalties(entry, settings.group_of_row[k]));
        continue;
      }
      std::int64_t const at = entry * settings.groups + k - rows;
      double const of_group = penalties(entry, k - rows);
      log_rho[at] = log(of_group);
      copy[at] = of_group;
    }
  }
};

}  // namespace metasolve::kernels
