// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "figures.hpp"

namespace metasolve::bench::online {

namespace {

/// In [0, 1), the same with every standard library.
double unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

/// The reference's steps, in blocks of 250 that follow each other at random: conductivity and source jump.
Course permuted(Course course, std::uint64_t seed) {
  constexpr std::size_t length = 250;
  std::vector<std::size_t> blocks(course.times.size() / length);
  for (std::size_t b = 0; b < blocks.size(); ++b) blocks[b] = b;
  std::mt19937_64 random(seed);
  for (std::size_t b = blocks.size(); b > 1; --b) {
    std::swap(blocks[b - 1], blocks[static_cast<std::size_t>(unit(random) * static_cast<double>(b))]);
  }
  auto const before = course;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    for (std::size_t i = 0; i < length; ++i) {
      course.times[b * length + i] = before.times[blocks[b] * length + i];
      course.features[b * length + i] = before.features[blocks[b] * length + i];
    }
  }
  return course;
}

struct Disturbance {
  char const* name;
  std::function<Course(Course, std::uint64_t seed)> apply;
};

}  // namespace

Json drift(heat::HeatEquation const& heat, double constant, int steps, int seeds) {
  double const most = 1 + heat.most_coupling();
  Disturbance const disturbances[] = {
      {"conductivity jumps", permuted},
      {"feature is noise",
       [most](Course course, std::uint64_t seed) {
         std::mt19937_64 random(1000 + seed);
         for (double& f : course.features) f = std::pow(most, unit(random));
         return course;
       }},
      {"feature turns round halfway",
       [most](Course course, std::uint64_t) {
         for (std::size_t s = course.features.size() / 2; s < course.features.size(); ++s) {
           course.features[s] = most / course.features[s];
         }
         return course;
       }},
      {"feature is constant",
       [most](Course course, std::uint64_t) {
         std::fill(course.features.begin(), course.features.end(), std::sqrt(most));
         return course;
       }},
  };
  using Exploration = OnlineMetaSolver::Exploration;
  constexpr Exploration explorations[] = {Exploration::confidence, Exploration::thompson};
  auto const undisturbed = reference(heat, steps);
  auto const fixed_undisturbed = with_constants(undisturbed, {constant})[0];
  Json out = Json::array();
  for (auto const& disturbance : disturbances) {
    std::vector<double> ratios[2];
    double worst[2] = {0, 0};
    for (int seed = 1; seed <= seeds; ++seed) {
      auto const course = disturbance.apply(undisturbed, static_cast<std::uint64_t>(seed));
      std::vector<std::unique_ptr<Chooser>> choosers;
      for (auto const exploration : explorations) {
        choosers.push_back(std::make_unique<Ours>(
            learner_options(heat.most_coupling(), constant, exploration, static_cast<std::uint64_t>(seed))));
      }
      auto const learned = with_choosers(course, choosers);
      auto const fixed = course.times == undisturbed.times ? fixed_undisturbed : with_constants(course, {constant})[0];
      for (std::size_t e = 0; e < 2; ++e) {
        ratios[e].push_back(mean(learned[e]) / mean(fixed));
        worst[e] = std::max(worst[e], worst_window(learned[e], fixed));
      }
    }
    for (std::size_t e = 0; e < 2; ++e) {
      out.push_back({{"name", disturbance.name},
                     {"exploration", e == 0 ? "confidence" : "thompson"},
                     {"constant", constant},
                     {"of_constant", ratios[e]},
                     {"worst_of_constant", *std::max_element(ratios[e].begin(), ratios[e].end())},
                     {"worst_window_of_constant", worst[e]}});
    }
  }
  return out;
}

}  // namespace metasolve::bench::online
