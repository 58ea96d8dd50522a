// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/verdict.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace metasolve::train {

namespace {

constexpr double share_of_note = 1e-3;
/// Two methods whose times differ by less are as fast as each other: machines are shared.
constexpr double noise = 0.03;

std::string text_of(char const* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string label(WayFigures const& way) {
  return way.role == Role::direct ? "the direct method (" + way.name + ")" : way.name;
}

/// What would make a meta-solver pay that takes longer than `best_seconds`.
std::string remedy(WayFigures const& meta, Verdict const& v) {
  std::string const network =
      v.inference_share ? "a network with " + text_of("%.2g", *v.inference_share) + " of the inference time" : "";
  std::string const fewer = v.iterations_below ? "fewer than " + text_of("%.3g", *v.iterations_below) +
                                                     " iterations (now " + text_of("%.3g", meta.iterations) + ")"
                                               : "";
  if (!network.empty() && !fewer.empty()) return "; " + network + " would, or " + fewer;
  if (!network.empty()) return "; only " + network + " would";
  if (!fewer.empty()) return "; only " + fewer + " would";
  return meta.start_seconds ? "; neither a faster network nor fewer iterations alone would" : "";
}

std::string unsolved(WayFigures const& way) { return text_of("%.2g %%", 100 * (1 - way.converged_share)); }

}  // namespace

std::optional<double> WayFigures::step_seconds() const {
  if (!start_seconds || !(iterations > 0)) return std::nullopt;
  return std::max(0.0, seconds - *start_seconds) / iterations;
}

Verdict verdict_on(std::span<WayFigures const> ways, std::optional<double> inference) {
  auto const& meta = ways.front();
  WayFigures const *best = nullptr, *more_solved = nullptr;
  for (auto const& way : ways.subspan(1)) {
    if (way.converged_share > meta.converged_share + share_of_note &&
        (more_solved == nullptr || way.converged_share > more_solved->converged_share)) {
      more_solved = &way;
    }
    if (way.converged_share < meta.converged_share - share_of_note) continue;
    if (best == nullptr || way.seconds < best->seconds) best = &way;
  }
  Verdict v;
  if (!(meta.converged_share > 0)) {
    v.text = "does not pay: it solves none of the tasks";
    return v;
  }
  if (best == nullptr) {
    v.pays = true;
    v.text = "pays: no alternative solves as many tasks";
    return v;
  }
  v.best = label(*best);
  v.best_seconds = best->seconds;
  v.ratio = meta.seconds / best->seconds;
  v.pays = v.ratio < 1 - noise && more_solved == nullptr;
  auto const ratio = text_of("%.2g", v.ratio);
  if (v.pays) {
    v.text = "pays: " + ratio + " of the time of the best alternative (" + v.best + ")";
    return v;
  }
  if (more_solved == nullptr && v.ratio < 1 + noise) {
    v.text = "does not pay: as fast as " + v.best + ", to within " + text_of("%.0f %%", 100 * noise);
    return v;
  }
  if (more_solved != nullptr && v.ratio < 1) {
    v.text = "does not pay: it leaves " + unsolved(meta) + " of the tasks unsolved, " + label(*more_solved) + " " +
             unsolved(*more_solved) + "; it takes " + ratio + " of the time of " + v.best;
    return v;
  }
  if (inference && *inference > 0) {
    double const spare = best->seconds - (meta.seconds - *inference);
    if (spare > 0) v.inference_share = spare / *inference;
  }
  if (auto const step = meta.step_seconds(); step && *step > 0 && best->seconds > *meta.start_seconds) {
    v.iterations_below = (best->seconds - *meta.start_seconds) / *step;
  }
  bool const chooses = std::ranges::any_of(ways, [](auto const& way) { return way.role == Role::fixed; });
  if (chooses) v.inference_share = v.iterations_below = std::nullopt;  // shares of a mixture of methods
  v.text = "does not pay: " + v.best + " takes " + text_of("%.2g", 1 / v.ratio) + " of its time" +
           (chooses ? "; it for all tasks would" : remedy(meta, v));
  if (more_solved != nullptr) {
    v.text += "; and it leaves " + unsolved(meta) + " of the tasks unsolved, " + label(*more_solved) + " " +
              unsolved(*more_solved);
  }
  return v;
}

}  // namespace metasolve::train
