// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/mixed.hpp"
#include "guard.hpp"
#include "lockstep_arguments.hpp"

/// Choices among variants of a solver, by scores that a network predicts: theta of a task is [scores of the variants,
/// parameters of the variants]. In use a task takes the variant of its highest score. In training it takes variant v
/// with probability P_v, the softmax of its scores, of which a share is spread evenly, so that no variant is given up
/// for good. The loss is the mean work sum_v P_v W_v (docs/adjoints/work.md).
namespace metasolve::kernels {

inline constexpr int most_variants = 16;

/// The probabilities of a task's variants.
struct VariantDraw {
  static constexpr double even_share = 0.05;
  int variants;
  double soft[most_variants];

  template <class Theta>
  METASOLVE_HD VariantDraw(int count, Theta&& score) : variants(count) {
    double highest = score(0), sum = 0;
    for (int v = 1; v < variants; ++v) highest = score(v) > highest ? score(v) : highest;
    for (int v = 0; v < variants; ++v) sum += soft[v] = exp(score(v) - highest);
    for (int v = 0; v < variants; ++v) soft[v] /= sum;
  }
  METASOLVE_HD double probability(int v) const { return (1 - even_share) * soft[v] + even_share / variants; }
  /// The variant for u, uniform on [0, 1).
  METASOLVE_HD int at(double u) const {
    for (int v = 0; v + 1 < variants; ++v) {
      u -= probability(v);
      if (u < 0) return v;
    }
    return variants - 1;
  }
};

/// The variant of the highest score, the first of equals; a score that is not a number is the lowest.
template <class Score>
METASOLVE_HD int best_variant(int variants, Score&& score) {
  auto const is_number = [&](int v) { return score(v) == score(v); };
  int best = 0;
  for (int v = 1; v < variants; ++v) {
    if (score(v) > score(best) || (is_number(v) && !is_number(best))) best = v;
  }
  return best;
}

/// How the variant of a slot is determined.
struct VariantSource {
  bool draws = false;  ///< at random by the scores, else the best
  std::uint64_t seed = 0;
  std::int64_t const* updates = nullptr;  ///< the optimiser's updates so far; null: 0

  template <class Score>
  METASOLVE_HD int of(std::int64_t task, int variants, Score&& score) const {
    if (!draws) return best_variant(variants, score);
    std::int64_t const update = updates != nullptr ? *updates : 0;
    std::uint64_t const bits = mixed(seed, static_cast<std::uint64_t>(update), static_cast<std::uint64_t>(task));
    return VariantDraw(variants, score).at(static_cast<double>(bits >> 11) * 0x1p-53);
  }
};

/// The variant of each slot, for sorting slots by it, and how many slots take each. Over [1][slots].
struct ChooseVariants {
  using scalar = double;
  static constexpr auto name = "choose_variants";
  LockstepArguments<double> arguments;
  VariantSource source;
  int variants;
  std::int32_t* variant;  ///< [slots]
  std::int32_t* slot;     ///< [slots]
  std::int64_t* count;    ///< [variants], zeroed

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const at = column + l, s = arguments.slot(at);
      int const chosen = source.of(arguments.task(s), variants, [&](int v) -> double { return arguments.theta(s, v); });
      variant[at] = chosen;
      slot[at] = static_cast<std::int32_t>(s);
      count_one(count + chosen);
    }
  }
};

/// Results of all variants of each slot, [variants][slots]. slope: the work's derivative with respect to the variant's
/// own parameter.
struct VariantRuns {
  std::int32_t *status, *iterations;
  double *measure, *loss, *slope;
};

/// What a variant's parameter is, and how a task that it cannot solve changes it.
struct VariantParameter {
  int at = -1;         ///< in theta; -1: it has none
  double penalty = 0;  ///< gamma: a task that breaks down costs -gamma log(parameter) (paper, section 4.2)

  /// The work's derivative at this value of the parameter, from that of the solve.
  METASOLVE_HD double slope(double of_solve, std::int32_t status, double value) const {
    bool const raises = penalty > 0 && is_failure(static_cast<Status>(status)) && value > 0;
    return raises ? -penalty / value : of_solve;
  }
};

/// Results and gradient of each slot from those of all its variants. Over [1][slots].
struct MeanOverVariants {
  using scalar = double;
  static constexpr auto name = "mean_over_variants";
  LockstepArguments<double> arguments;
  VariantRuns from;
  int variants;
  VariantParameter parameter[most_variants];

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) finish(column + l);
  }

 private:
  METASOLVE_HD void finish(std::int64_t slot) const {
    auto const& a = arguments;
    auto const score = [&](int v) -> double { return a.theta(slot, v); };
    VariantDraw const draw(variants, score);
    double mean = 0, soft_mean = 0;
    for (int v = 0; v < variants; ++v) {
      mean += draw.probability(v) * loss(v, slot);
      soft_mean += draw.soft[v] * loss(v, slot);
    }
    std::int64_t const taken = best_variant(variants, score) * a.slots + slot;
    if (a.status) a.status[slot] = from.status[taken];
    if (a.iterations) a.iterations[slot] = from.iterations[taken];
    if (a.measure) a.measure[slot] = from.measure[taken];
    if (a.loss) a.loss[slot] = mean;
    if (!a.theta_bar) return;
    for (int v = 0; v < variants; ++v) {
      double const bar = (1 - VariantDraw::even_share) * draw.soft[v] * (loss(v, slot) - soft_mean);
      a.theta_bar(slot, v) = is_finite(bar) ? a.weight * bar : 0.0;
      int const p = parameter[v].at;
      if (p < 0) continue;
      std::int64_t const at = v * a.slots + slot;
      double const own = draw.probability(v) * parameter[v].slope(from.slope[at], from.status[at], a.theta(slot, p));
      a.theta_bar(slot, p) = is_finite(own) ? a.weight * own : 0.0;
    }
  }
  METASOLVE_HD double loss(int v, std::int64_t slot) const { return from.loss[v * arguments.slots + slot]; }
};

/// The gradient of each slot from the variant that was drawn for it, by the score function, with the mean of the task's
/// earlier losses as baseline. arguments: its results; theta_bar of the drawn variant's parameter is in `slope`
/// [slots]. Over [1][slots].
struct ScoreOfVariants {
  using scalar = double;
  static constexpr auto name = "score_of_variants";
  static constexpr double newest_share = 0.2;  ///< as predictions move, old losses count less
  LockstepArguments<double> arguments;
  std::int32_t const *variant, *slot;  ///< [slots], sorted
  double const* slope;
  double* baseline;  ///< [tasks][2]: mean loss, how often seen
  int variants;
  VariantParameter parameter[most_variants];

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) finish(variant[column + l], slot[column + l]);
  }

 private:
  METASOLVE_HD void finish(int drawn, std::int64_t s) const {
    auto const& a = arguments;
    VariantDraw const draw(variants, [&](int v) -> double { return a.theta(s, v); });
    double& mean = baseline[2 * a.task(s)];
    double& seen = baseline[2 * a.task(s) + 1];
    double const advantage = seen > 0 ? a.loss[s] - mean : 0;  // a task seen for the first time says nothing
    if (is_finite(a.loss[s])) {
      seen += 1;
      double const share = 1 / seen > newest_share ? 1 / seen : newest_share;
      mean += (a.loss[s] - mean) * share;
    }
    double const factor = advantage * (1 - VariantDraw::even_share) * draw.soft[drawn] / draw.probability(drawn);
    for (int v = 0; v < variants; ++v) {
      double const bar = factor * ((v == drawn ? 1 : 0) - draw.soft[v]);
      a.theta_bar(s, v) = is_finite(bar) ? a.weight * bar : 0.0;
      int const p = parameter[v].at;
      if (p < 0) continue;
      double const own = v == drawn ? parameter[v].slope(slope[s], a.status[s], a.theta(s, p)) : 0.0;
      a.theta_bar(s, p) = is_finite(own) ? a.weight * own : 0.0;
    }
  }
};

}  // namespace metasolve::kernels
