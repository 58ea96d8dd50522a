// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admm.hpp"

namespace metasolve::kernels {

/// The factors of a codebook's entries (AdmmCodebook), for tasks that share P and A. Positions are entries.
struct FactorKkt {
  using solver_type = Admm<AdmmFactor::own>;
  using scalar = double;
  static constexpr auto name = "factor_kkt";
  static constexpr bool takes_batches = true;

  solver_type solver;  ///< for its matrices, sigma and sizes
  std::int64_t entries = 0;
  double const* rho = nullptr;     ///< [entries][m] effective penalties
  double* factors = nullptr;       ///< [entries][kkt.factor_size()]
  std::int32_t* usable = nullptr;  ///< [entries] 0 where P + sigma I + A' rho A is not positive definite

  METASOLVE_HD int scratch_size() const { return solver.kkt.factor_size(); }
  METASOLVE_HD std::int64_t global_size() const { return 0; }

  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch scratch, Global) const {
    constexpr int lanes = lanes_of<Number>;
    auto const& kkt = solver.kkt;
    for (std::int64_t first = source(); first >= 0; first = source()) {
      auto const entry = [&](int l) { return first + l < entries ? first + l : first; };
      auto const diagonal = [&](int i) {
        Number d(0.0);
        for (int l = 0; l < lanes; ++l) set_lane(d, l, -1.0 / rho[entry(l) * kkt.rows + i]);
        return d;
      };
      auto const good = kkt.factorize(
          team, solver.tasks.p.data, solver.tasks.a.data, [&](int) { return solver.settings.sigma; }, diagonal,
          &scratch[0]);
      for (int l = 0; l < lanes && first + l < entries; ++l) {
        double* const to = factors + entry(l) * kkt.factor_size();
        for_each(team, kkt.factor_size(), [&](int i) { to[i] = lane(Number(scratch[i]), l); });
        if (team.rank() == 0) usable[entry(l)] = static_cast<std::int32_t>(bits(good) >> l & 1u);
      }
      team.sync();
    }
  }
};

}  // namespace metasolve::kernels
