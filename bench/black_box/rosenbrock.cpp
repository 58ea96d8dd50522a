// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/estimate/estimator.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/kernels/network/adam.hpp"

/// rosenbrock [--OPTION NUMBER]...: minimises Rosenbrock's function by Adam from random starts, all at once, with its
/// gradient and with estimates of it from values alone. Prints the mean value against the step in lines of JSON.
namespace metasolve::rosenbrock {
namespace {

struct Options {
  std::int64_t dimension = 128, starts = 100, steps = 50000, every = 1000;
  std::int64_t width = 16, layers = 2, window = 3;  ///< of the control variate's network
  std::int64_t seed = 0;
  double rate = 0.01, surrogate_rate = 0.01;
  double step = 1e-8;  ///< of differences
  double scale = 1;    ///< of a coordinate's typical change, in which the network sees it
};

double value(std::int64_t d, double const* x) {
  double sum = 0;
  for (std::int64_t i = 0; i + 1 < d; ++i) {
    double const off = x[i + 1] - x[i] * x[i];
    sum += 100 * off * off + (1 - x[i]) * (1 - x[i]);
  }
  return sum;
}

void add_gradient(std::int64_t d, double const* x, double* gradient) {
  for (std::int64_t i = 0; i + 1 < d; ++i) {
    double const off = x[i + 1] - x[i] * x[i];
    gradient[i] += -400 * off * x[i] - 2 * (1 - x[i]);
    gradient[i + 1] += 200 * off;
  }
}

std::vector<double> starts(Options const& o) {
  std::vector<double> x(static_cast<std::size_t>(o.starts * o.dimension));
  random::Draws const draws(static_cast<std::uint64_t>(o.seed), random::Stream::train_tasks, 0);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 2 * draws.uniform(i) - 1;
  return x;
}

/// The gradient at all starts, by an estimator or, without one, exact.
class Gradient {
 public:
  Gradient(Options const& o, std::unique_ptr<estimate::Estimator> estimator)
      : o_(o), estimator_(std::move(estimator)), number_(static_cast<std::size_t>(o.starts)) {
    std::iota(number_.begin(), number_.end(), 0);
    if (!estimator_) return;
    auto const probes = static_cast<std::size_t>(estimator_->probes() * o.starts);
    points_.resize(probes * static_cast<std::size_t>(o.dimension));
    losses_.resize(probes);
    failed_.resize(probes);
  }

  void at(std::int64_t step, std::vector<double> const& x, std::vector<double>& gradient) {
    std::ranges::fill(gradient, 0.0);
    if (!estimator_) {
      for (std::int64_t s = 0; s < o_.starts; ++s) {
        add_gradient(o_.dimension, x.data() + s * o_.dimension, gradient.data() + s * o_.dimension);
      }
      return;
    }
    estimate::Batch const batch{.tasks = o_.starts, .theta = x.data(), .number = number_.data(), .step = step};
    estimator_->place(batch, points_.data());
    for (std::size_t p = 0; p < losses_.size(); ++p) {
      losses_[p] = value(o_.dimension, points_.data() + p * static_cast<std::size_t>(o_.dimension));
    }
    estimator_->estimate(batch, points_.data(), {losses_.data(), failed_.data()}, gradient.data());
  }

 private:
  Options o_;
  std::unique_ptr<estimate::Estimator> estimator_;
  std::vector<std::int32_t> number_;
  std::vector<double> points_, losses_;
  std::vector<char> failed_;
};

void minimise(Options const& o, char const* name, std::unique_ptr<estimate::Estimator> estimator) {
  auto const begin = std::chrono::steady_clock::now();
  int const solves = estimator ? estimator->probes() : 0;
  Gradient gradient(o, std::move(estimator));
  auto x = starts(o);
  std::vector<double> g(x.size()), mean(x.size()), square(x.size());
  kernels::AdamSettings const adam;
  kernels::StepClock clock{.rate = o.rate};
  for (std::int64_t step = 0; step <= o.steps; ++step) {
    if (step % o.every == 0 || step == o.steps) {
      double sum = 0;
      for (std::int64_t s = 0; s < o.starts; ++s) sum += value(o.dimension, x.data() + s * o.dimension);
      std::chrono::duration<double> const seconds = std::chrono::steady_clock::now() - begin;
      std::printf("{\"name\": \"%s\", \"step\": %lld, \"mean\": %.6g, \"solves\": %lld, \"seconds\": %.1f}\n", name,
                  static_cast<long long>(step), sum / static_cast<double>(o.starts),
                  static_cast<long long>(step * solves), seconds.count());
      std::fflush(stdout);
    }
    gradient.at(step, x, g);
    kernels::PrepareUpdate{adam, &clock}.operator()<double>(0, 0);
    kernels::AdamUpdate<double> const update{adam, &clock, x.data(), g.data(), mean.data(), square.data()};
    for (std::int64_t i = 0; i < std::ssize(x); ++i) update.operator()<double>(0, i);
  }
}

void run(Options const& o, std::string_view only) {
  estimate::ParameterSpace space;
  for (std::int64_t i = 0; i < o.dimension; ++i)
    space.add({.kind = estimate::ParameterSpace::Kind::real, .scale = o.scale});
  engine::EstimatorSettings settings;
  settings.step = o.step / o.scale;
  settings.seed = static_cast<std::uint64_t>(o.seed);
  settings.surrogate_hidden.assign(static_cast<std::size_t>(o.layers), o.width);
  settings.surrogate_window = static_cast<int>(o.window);
  settings.surrogate_rate = o.surrogate_rate;
  auto const estimator = [&](engine::Gradient kind) {
    return estimate::make_estimator(kind, space, settings, o.starts, 0);
  };
  auto const wanted = [&](std::string_view name) { return only.empty() || only == name; };
  if (wanted("exact")) minimise(o, "exact", nullptr);
  // The difference along random signs, times them: the forward gradient D v.
  if (wanted("forward")) minimise(o, "forward", estimator(engine::Gradient::spsa));
  if (wanted("control_variate")) minimise(o, "control_variate", estimator(engine::Gradient::control_variate));
}

template <class T>
bool read(std::string_view text, T& number) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool set(Options& o, std::string_view name, std::string_view text) {
  if (name == "--dimension") return read(text, o.dimension) && o.dimension >= 2;
  if (name == "--starts") return read(text, o.starts) && o.starts >= 1;
  if (name == "--steps") return read(text, o.steps) && o.steps >= 0;
  if (name == "--every") return read(text, o.every) && o.every >= 1;
  if (name == "--width") return read(text, o.width) && o.width >= 1;
  if (name == "--layers") return read(text, o.layers) && o.layers >= 1;
  if (name == "--window") return read(text, o.window) && o.window >= 0 && o.window <= o.dimension;
  if (name == "--seed") return read(text, o.seed) && o.seed >= 0;
  if (name == "--rate") return read(text, o.rate);
  if (name == "--surrogate-rate") return read(text, o.surrogate_rate);
  if (name == "--step") return read(text, o.step);
  if (name == "--scale") return read(text, o.scale);
  return false;
}

}  // namespace
}  // namespace metasolve::rosenbrock

int main(int count, char** arguments) {
  using namespace metasolve::rosenbrock;
  Options options;
  std::string_view only;
  for (int i = 1; i < count; i += 2) {
    std::string_view const name = arguments[i];
    if (i + 1 < count && name == "--only") {
      only = arguments[i + 1];
    } else if (i + 1 == count || !set(options, name, arguments[i + 1])) {
      std::cerr
          << "rosenbrock: " << name
          << " is not an option with a valid value; expected --only exact, forward or control_variate, or "
             "--dimension, --starts, --steps, --every, --width, --layers, --window, --seed, --rate, --surrogate-rate, "
             "--step or --scale with a number\n";
      return 2;
    }
  }
  run(options, only);
  return 0;
}
