// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <stdexcept>

#include "system.hpp"

namespace metasolve::bench::linear {
namespace {

constexpr std::uint64_t measured_seed = 6, training_seed = 5;
constexpr std::int64_t training_tasks = 8;

/// Enough for a batch, as memory and the reader's patience allow.
std::int64_t tasks_for(int unknowns, bool sweep = false) {
  return unknowns <= (sweep ? 1000 : 4000) ? 96 : unknowns <= 15'000 ? 16 : 8;
}

template <class Make>
System with_training(std::string name, std::int64_t tasks, Make const& make) {
  System s = make(tasks, measured_seed);
  s.name = std::move(name);
  s.training = std::make_shared<System const>(make(std::min(training_tasks, tasks), training_seed));
  return s;
}

}  // namespace

System set_of(std::string const& token, std::int64_t tasks) {
  int a = 0, b = 0, c = 0, end = 0;
  auto const all = [&] { return end > 0 && token[static_cast<std::size_t>(end)] == '\0'; };
  auto const boxes = [&](std::string const& what, bool keeps_clamped, bool sweep) {
    int const unknowns = 3 * (a + (keeps_clamped ? 1 : 0)) * (b + 1) * (c + 1);
    return with_training(what + std::to_string(a) + "x" + std::to_string(b) + "x" + std::to_string(c),
                         tasks > 0 ? tasks : tasks_for(unknowns, sweep),
                         [&](std::int64_t n, std::uint64_t seed) { return beams(a, b, c, keeps_clamped, n, seed); });
  };
  if (std::sscanf(token.c_str(), "beams%dx%dx%d%n", &a, &b, &c, &end) == 3 && all() && a > 0 && b > 0 && c > 0) {
    return boxes("beams ", a == 8 && b == 2 && c == 2, false);  // the paper's beams keep their clamped rows
  }
  end = 0;
  if (std::sscanf(token.c_str(), "sweep%d%n", &a, &end) == 1 && all() && a > 0) {
    b = c = a;
    a = 4 * a;
    auto s = boxes("sweep ", false, true);
    s.sweep = true;
    return s;
  }
  end = 0;
  if (std::sscanf(token.c_str(), "diffusion%d%n", &a, &end) == 1 && all() && a >= 16) {
    return with_training("diffusion " + std::to_string(a) + "x" + std::to_string(a),
                         tasks > 0 ? tasks : tasks_for(a * a),
                         [&](std::int64_t n, std::uint64_t seed) { return diffusion(a, n, seed); });
  }
  end = 0;
  if (std::sscanf(token.c_str(), "dense%d%n", &a, &end) == 1 && all() && a > 0) {
    // So many small ones that a run can be timed.
    auto s = dense(a, tasks > 0 ? tasks : a <= 16 ? 9600 : 960, measured_seed);
    s.name = "dense " + std::to_string(a);
    return s;
  }
  throw std::runtime_error("--set " + token +
                           ": not known; known: beams8x2x2 (or other numbers), sweep4, diffusion30 (from 16), dense8");
}

}  // namespace metasolve::bench::linear
