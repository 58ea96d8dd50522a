// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace metasolve::estimate {

/// The distribution of a choice: softmax of its scores, of which a share is spread evenly over the options. So no
/// option is given up for good, and the weight of a loss is bounded.
class OptionDraw {
 public:
  static constexpr double even_share = 0.05;

  OptionDraw(double const* scores, int options) : soft_(static_cast<std::size_t>(options)) {
    double const highest = *std::max_element(scores, scores + options);
    double sum = 0;
    for (std::size_t a = 0; a < soft_.size(); ++a) sum += soft_[a] = std::exp(scores[a] - highest);
    for (double& p : soft_) p /= sum;
  }

  [[nodiscard]] double probability(int option) const {
    return (1 - even_share) * soft_[static_cast<std::size_t>(option)] + even_share / static_cast<double>(soft_.size());
  }
  /// The option for u, uniform on [0, 1).
  [[nodiscard]] int at(double u) const {
    int const last = static_cast<int>(soft_.size()) - 1;
    for (int option = 0; option < last; ++option) {
      u -= probability(option);
      if (u < 0) return option;
    }
    return last;
  }
  /// gradient += weight d log probability(option) / d scores.
  void add_score(int option, double weight, double* gradient) const {
    double const own = soft_[static_cast<std::size_t>(option)];
    double const factor = weight * (1 - even_share) * own / probability(option);
    for (std::size_t a = 0; a < soft_.size(); ++a) {
      gradient[a] += factor * ((static_cast<int>(a) == option ? 1 : 0) - soft_[a]);
    }
  }

 private:
  std::vector<double> soft_;
};

}  // namespace metasolve::estimate
