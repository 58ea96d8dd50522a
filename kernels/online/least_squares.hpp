// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/team.hpp"
#include "online_costs.hpp"

/// log cost as a quadratic in the features and parameters, each on -1 ... 1, by recursive least squares in information
/// form: sums that may be added and forgotten (docs/online.md).
namespace metasolve::kernels {

/// The terms 1, z_i, z_i z_j (j <= i) of z = (features, parameters).
struct QuadraticTerms {
  int features = 0, parameters = 0;
  static constexpr int most_inputs = most_online_features + most_online_parameters + 1;
  static constexpr int most = most_inputs * (most_inputs + 1) / 2;

  METASOLVE_HD int inputs() const { return features + parameters + 1; }
  METASOLVE_HD int count() const { return inputs() * (inputs() + 1) / 2; }
  METASOLVE_HD int row() const { return count() + 1; }  ///< terms and log cost
  METASOLVE_HD static int at(int i, int j) { return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }
  /// The place of parameter p in z.
  METASOLVE_HD int input(int p) const { return 1 + features + p; }

  METASOLVE_HD void write(double const* z, double* terms) const {
    for (int i = 0; i < inputs(); ++i) {
      for (int j = 0; j <= i; ++j) terms[at(i, j)] = z[i] * z[j];
    }
  }
};

/// Memory of the model.
struct QuadraticModel {
  QuadraticTerms terms;
  double* sums = nullptr;       ///< [row][row] of the observed rows' products
  double* factor = nullptr;     ///< [count][count] L of the information matrix
  double* weights = nullptr;    ///< [most_online_draws + 1][count]: the mean, and samples
  double* deviation = nullptr;  ///< one: of a log cost
  double* rows = nullptr;       ///< [most_rows][row] of the last call
  static constexpr int most_rows = 4096;
};

/// After an update: the posterior of the weights. The prior is a shallow valley around the constants, with the weight
/// of one observation. By one team.
struct FitQuadratic {
  using scalar = double;
  static constexpr auto name = "fit_quadratic";
  static constexpr bool takes_batches = false, is_scalar = true;
  static constexpr double prior_curvature = 0.25, prior_weight = 1;
  OnlineGrid grid;
  OnlineSettings settings;
  QuadraticModel model;
  OnlineClock const* clock;

  METASOLVE_HD static constexpr int scratch_size() { return 0; }
  METASOLVE_HD static constexpr std::int64_t global_size() { return 0; }

  template <class Number, class T, class Source, class Near, class Far>
  METASOLVE_HD void run(T const& team, Source& source, Near, Far) const {
    while (source() >= 0) {
      if (clock->is_due != 0) fit(team);
    }
  }

 private:
  /// Of the constant term the weight is small: nothing is known of the level.
  METASOLVE_HD static double weight_of_prior(int term) { return term == 0 ? 1e-6 : prior_weight; }
  METASOLVE_HD double prior(int term) const {
    double mean = 0;
    for (int p = 0; p < grid.parameters; ++p) {
      OnlineAxis const& axis = grid.parameter[p];
      double const constant = 2 * axis.position(grid.values[grid.constant_arm * grid.parameters + p]) - 1;
      int const z = model.terms.input(p);
      if (term == model.terms.at(z, z)) mean += prior_curvature;
      if (term == model.terms.at(z, 0)) mean -= 2 * prior_curvature * constant;
    }
    return mean;
  }

  template <class T>
  METASOLVE_HD void fit(T const& team) const {
    int const d = model.terms.count(), row = model.terms.row();
    auto const information = [&](int i, int j) {
      return model.sums[i * row + j] + (i == j ? weight_of_prior(i) : 0.0);
    };
    auto* const L = model.factor;
    // Cholesky, a column at a time.
    for (int j = 0; j < d; ++j) {
      for_each(team, d - j, [&](int k) {
        int const i = j + k;
        double sum = information(i, j);
        for (int q = 0; q < j; ++q) sum -= L[i * d + q] * L[j * d + q];
        L[i * d + j] = sum;
      });
      team.sync();
      double const pivot = sqrt(higher_of(L[j * d + j], 1e-12));
      team.sync();
      for_each(team, d - j, [&](int k) { L[(j + k) * d + j] = k == 0 ? pivot : L[(j + k) * d + j] / pivot; });
      team.sync();
    }
    if (team.rank() == 0) solve_mean(d, row);
    team.sync();
    for_each(team, most_online_draws, [&](int draw) { sample(d, draw); });
    team.sync();
  }
  METASOLVE_HD void solve_mean(int d, int row) const {
    auto* const w = model.weights;
    auto const* const L = model.factor;
    for (int i = 0; i < d; ++i) {
      double sum = model.sums[i * row + d] + weight_of_prior(i) * prior(i);
      for (int q = 0; q < i; ++q) sum -= L[i * d + q] * w[q];
      w[i] = sum / L[i * d + i];
    }
    backward(d, w);
    // (y - X w)' (y - X w) = y'y - 2 w' X'y + w' X'X w
    double square = model.sums[d * row + d];
    for (int i = 0; i < d; ++i) {
      double of_w = 0;
      for (int j = 0; j < d; ++j) of_w += model.sums[i * row + j] * w[j];
      square += w[i] * (of_w - 2 * model.sums[i * row + d]);
    }
    double const tasks = model.sums[0];  // the constant term's square
    double const variance = (settings.first_weight * settings.first_variance + higher_of(square, 0.0)) /
                            (settings.first_weight + higher_of(tasks - d, 0.0));
    *model.deviation = sqrt(higher_of(variance, 1e-6));
  }
  /// x = L^-T x.
  METASOLVE_HD void backward(int d, double* x) const {
    for (int i = d - 1; i >= 0; --i) {
      double sum = x[i];
      for (int q = i + 1; q < d; ++q) sum -= model.factor[q * d + i] * x[q];
      x[i] = sum / model.factor[i * d + i];
    }
  }
  METASOLVE_HD void sample(int d, int draw) const {
    double* const w = model.weights + (draw + 1) * d;
    std::uint64_t const bits =
        mixed(settings.seed, static_cast<std::uint64_t>(clock->updates), static_cast<std::uint64_t>(draw));
    for (int i = 0; i < d; ++i) w[i] = normal_of(mixed(bits + static_cast<std::uint64_t>(i)));
    backward(d, w);
    for (int i = 0; i < d; ++i) w[i] = model.weights[i] + *model.deviation * w[i];
  }
};

/// Instead of an arm of the bin's draws: the arm of the least sampled cost (Agrawal and Goyal, 2013), or of the lowest
/// confidence bound of random width (Vaswani et al., 2020), so that a batch spreads. Tasks with the constants keep
/// them. Writes the rows of most_rows tasks, evenly spaced.
struct ChooseByQuadratic {
  using scalar = double;
  static constexpr auto name = "choose_by_quadratic";
  OnlineGrid grid;
  OnlineSettings settings;
  QuadraticModel model;
  OnlineEstimates estimates;
  OnlineClock const* clock;
  BatchView<double const> features;  ///< [tasks][features]
  double* chosen;                    ///< [tasks][parameters]
  std::int32_t const* limits;        ///< [tasks]
  std::int32_t* cell;                ///< [tasks]
  std::int64_t spacing;              ///< of the tasks whose rows are written

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) choose(first + l);
  }

 private:
  METASOLVE_HD static double within(double x) { return x > 1 ? 1 : x > -1 ? x : -1; }  // NaN: the low end

  METASOLVE_HD void choose(std::int64_t task) const {
    int const n = model.terms.inputs(), d = model.terms.count();
    double z[QuadraticTerms::most_inputs];
    z[0] = 1;
    bool const is_usable = cell[task] >= 0;
    for (int f = 0; f < grid.features; ++f) {
      z[1 + f] = is_usable ? within(2 * grid.feature[f].position(features(task, f)) - 1) : 0.0;
    }
    double* const theta = chosen + task * grid.parameters;
    int const arm = is_usable && limits[task] >= 0 ? best_arm(task, z) : -1;
    if (arm >= 0 && !estimates.is_known_as_worse(grid, cell[task] / grid.arms, arm)) {
      for (int p = 0; p < grid.parameters; ++p) theta[p] = grid.values[arm * grid.parameters + p];
      cell[task] += arm - cell[task] % grid.arms;
    }
    if (task % spacing != 0 || task / spacing >= model.most_rows) return;
    double* const row = model.rows + task / spacing * (d + 1);
    for (int p = 0; p < grid.parameters; ++p) z[n - grid.parameters + p] = 2 * grid.parameter[p].position(theta[p]) - 1;
    model.terms.write(z, row);
    if (!is_usable) {
      for (int i = 0; i < d; ++i) row[i] = 0;
    }
  }

  METASOLVE_HD int best_arm(std::int64_t task, double* z) const {
    int const d = model.terms.count(), n = model.terms.inputs();
    std::uint64_t const bits =
        mixed(settings.seed, static_cast<std::uint64_t>(clock->calls), static_cast<std::uint64_t>(task));
    int const draw = settings.by_thompson ? 1 + static_cast<int>(bits % most_online_draws) : 0;
    double const* const w = model.weights + draw * d;
    double const width = settings.by_thompson ? 0.0 : *model.deviation * fabs(normal_of(mixed(bits)));
    int best = grid.constant_arm;
    double least = infinity<double>();
    double terms[QuadraticTerms::most];
    for (int arm = 0; arm < grid.arms; ++arm) {
      for (int p = 0; p < grid.parameters; ++p) {
        OnlineAxis const& axis = grid.parameter[p];
        z[n - grid.parameters + p] = 2.0 * grid.place(arm, axis) / (axis.count - 1) - 1;
      }
      model.terms.write(z, terms);
      double cost = 0;
      for (int i = 0; i < d; ++i) cost += w[i] * terms[i];
      if (width > 0) cost -= width * sqrt(spread_of(terms, d));
      if (cost < least) least = cost, best = arm;
    }
    return best;
  }
  /// |L^-1 terms|^2; overwrites terms.
  METASOLVE_HD double spread_of(double* terms, int d) const {
    double square = 0;
    for (int i = 0; i < d; ++i) {
      double sum = terms[i];
      for (int q = 0; q < i; ++q) sum -= model.factor[i * d + q] * terms[q];
      terms[i] = sum / model.factor[i * d + i];
      square += terms[i] * terms[i];
    }
    return square;
  }
};

/// Completes the rows by what the tasks cost; rows without a cost become zeros.
struct LearnRows {
  using scalar = double;
  static constexpr auto name = "learn_rows";
  QuadraticModel model;
  double const* units;  ///< [tasks] costs; below 0: none
  std::int64_t spacing;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) learn(first + l);
  }

 private:
  METASOLVE_HD void learn(std::int64_t at) const {
    std::int64_t const task = at * spacing;
    int const d = model.terms.count();
    double* const row = model.rows + at * (d + 1);
    bool const is_known = units[task] >= 0;
    for (int i = 0; i < d && !is_known; ++i) row[i] = 0;
    row[d] = is_known ? log(units[task] + half_a_unit) : 0.0;
  }
};

}  // namespace metasolve::kernels
