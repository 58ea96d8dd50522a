// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "metasolve/detail/engine/problem_functions.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/integrate/row_solver.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/kernels/problems/ode_problem.hpp"
#include "metasolve/kernels/simd/pack_pair.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/temporary_folder.hpp"

/// Small networks fused into the solve (kernels/problems/fused_predictor.hpp) compared with launching them before it.
namespace metasolve::fused_test {
namespace {

using config::RunConfig;
using engine::Outcomes;
using engine::Precision;
using kernels::Activation;
using kernels::Robertson;
using problems::Learned;

/// A trajectory cache for this program only.
struct OwnCache {
  OwnCache() { ::setenv("METASOLVE_CACHE", folder.path().c_str(), 1); }
  test::TemporaryFolder folder;
} const own_cache;

constexpr std::int64_t tasks = 1000;
constexpr engine::SolveLimits limits{1e-9, 2000};
constexpr int widest_fused = 64;

RunConfig small_config(std::vector<int> hidden, Learned learned, Activation activation) {
  RunConfig c;
  c.problem.name = "robertson";
  c.problem.train_tasks = c.problem.validation_tasks = 400;
  c.problem.test_tasks = tasks;
  c.of<problems::RobertsonSettings>().learned = learned;
  c.solver.tolerance = limits.tolerance;
  c.network.hidden = std::move(hidden);
  c.network.activation = activation;
  c.network.precision = Precision::single_precision;
  c.network.feature_scaling = config::FeatureScaling::standard;
  c.network.initial_gain = 0.5;  // guesses so close that rounding does not change any task's count
  c.training.seed = 3;
  return c;
}

/// A network and its tasks.
struct Case {
  RunConfig config;
  train::FeatureScale features;
  engine::Tasks test;
  std::vector<double> weights;  ///< the initial ones, which predict differently for each task

  explicit Case(RunConfig const& c) : config(c), weights(train::initial_weights(c)) {
    auto const splits = problems::problem_of(c).tasks(c);
    features = train::feature_scale(c, splits.train);
    test = splits.test;
  }
  [[nodiscard]] std::unique_ptr<engine::Evaluator> evaluator(Executor const& executor) const {
    auto made = engine::make_evaluator(executor, train::learner_options(config, features), test);
    made->set_weights(weights);
    return made;
  }
  [[nodiscard]] Outcomes outcomes(Executor const& executor, engine::SolveLimits const& within = limits) const {
    auto const made = evaluator(executor);
    made->solve(engine::Parameters::meta_solver, within, 0, tasks);
    return made->outcomes();
  }
  /// The same function with a first layer too wide to be fused: the additional units are unused.
  [[nodiscard]] Case too_wide() const {
    auto wide = *this;
    wide.config.network.hidden[0] = widest_fused + 1;
    auto const from = network::layer_shapes(train::architecture(config));
    auto const to = network::layer_shapes(train::architecture(wide.config));
    wide.weights.assign(static_cast<std::size_t>(network::weight_count(to)), 0.0);
    for (std::size_t l = 0; l < from.size(); ++l) {
      for (std::int64_t o = 0; o < from[l].out; ++o) {
        auto const copy = [&](std::int64_t a, std::int64_t b, std::int64_t n) {
          std::copy_n(weights.begin() + a, n, wide.weights.begin() + b);
        };
        copy(from[l].weight + o * from[l].in, to[l].weight + o * to[l].in, from[l].in);
        copy(from[l].bias + o, to[l].bias + o, 1);
      }
    }
    return wide;
  }
};

double mean(std::vector<std::int32_t> const& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
}

int equal_counts(Outcomes const& a, Outcomes const& b) {
  EXPECT_EQ(a.iterations.size(), static_cast<std::size_t>(tasks));
  int equal = 0;
  for (std::size_t t = 0; t < a.iterations.size(); ++t) equal += a.iterations[t] == b.iterations[t] ? 1 : 0;
  return equal;
}

void expect_alike(Outcomes const& fused, Outcomes const& apart, std::string const& what) {
  EXPECT_GE(equal_counts(fused, apart), 0.97 * tasks) << what;
  EXPECT_NEAR(mean(fused.iterations), mean(apart.iterations), 0.01 * mean(apart.iterations)) << what;
  EXPECT_EQ(fused.status, apart.status) << what;
  EXPECT_GT(mean(fused.iterations), 3) << what << ": nothing to compare";
}

class Fused : public test::OnExecutors {};
METASOLVE_ON_EXECUTORS(Fused);

std::vector<std::vector<int>> const shapes{{8, 8}, {5, 13}, {16, 16}, {32, 32}, {64, 64}};
constexpr std::array activations{Activation::silu, Activation::relu, Activation::tanh};
constexpr std::array learned{Learned::guess, Learned::relaxation, Learned::both};

std::string name_of(RunConfig const& c) {
  return "hidden " + testing::PrintToString(c.network.hidden) + ", learn " +
         std::to_string(static_cast<int>(c.of<problems::RobertsonSettings>().learned)) + ", activation " +
         std::to_string(static_cast<int>(c.network.activation));
}

TEST_P(Fused, CountsAreThoseOfNetworkAndSolverApart) {
  for (auto const& hidden : shapes) {
    for (auto const kind : learned) {
      for (auto const activation : activations) {
        Case const fused(small_config(hidden, kind, activation));
        auto const outcomes = fused.outcomes(executor());
        auto wide = fused;
        wide.config.network.precision = Precision::double_precision;
        expect_alike(outcomes, wide.outcomes(executor()), name_of(fused.config) + ", double");
        expect_alike(outcomes, fused.too_wide().outcomes(executor()), name_of(fused.config) + ", too wide");
      }
    }
  }
}

/// Tasks whose measures agree to 1e-4 after one iteration: a smooth function of the prediction, where a count would
/// hide small differences.
int equal_measures(Case const& a, Case const& b, Executor const& executor) {
  engine::SolveLimits const one{0, 1};
  auto const x = a.outcomes(executor, one).measure, y = b.outcomes(executor, one).measure;
  // A guess is rounded to single precision relative to y; y_prev, in double.
  double const rounding = a.config.of<problems::RobertsonSettings>().learned == Learned::relaxation ? 1e-14 : 1e-6;
  int equal = 0;
  for (std::size_t t = 0; t < x.size(); ++t) equal += std::abs(x[t] - y[t]) <= 1e-4 * x[t] + rounding ? 1 : 0;
  return equal;
}

TEST_P(Fused, NetworkIsTheOneApart) {
  for (auto const& hidden : shapes) {
    for (auto const kind : learned) {
      for (auto const activation : activations) {
        Case const fused(small_config(hidden, kind, activation));
        auto wide = fused;
        wide.config.network.precision = Precision::double_precision;
        EXPECT_GE(equal_measures(wide, fused, executor()), 0.99 * tasks) << name_of(fused.config);
        EXPECT_GE(equal_measures(fused.too_wide(), fused, executor()), 0.99 * tasks) << name_of(fused.config);
      }
    }
  }
}

TEST_P(Fused, AcceleratedSweepsAreThoseOfNetworkAndSolverApart) {
  for (auto const& hidden : shapes) {
    auto config = small_config(hidden, Learned::both, Activation::relu);
    config.of<problems::RobertsonSettings>().acceleration = problems::Acceleration::anderson;
    Case const fused(config);
    auto const outcomes = fused.outcomes(executor());
    auto wide = fused;
    wide.config.network.precision = Precision::double_precision;
    expect_alike(outcomes, wide.outcomes(executor()), name_of(fused.config) + ", double");
    expect_alike(outcomes, fused.too_wide().outcomes(executor()), name_of(fused.config) + ", too wide");
    auto plain = fused;
    plain.config.of<problems::RobertsonSettings>().acceleration = problems::Acceleration::none;
    plain.test = problems::problem_of(plain.config).tasks(plain.config).test;
    EXPECT_LT(2 * mean(outcomes.iterations), mean(plain.outcomes(executor()).iterations));
  }
}

/// Otherwise the comparison would mean little.
TEST_P(Fused, OneWeightMakesADifference) {
  for (auto const kind : learned) {
    Case const one(small_config({16, 16}, kind, Activation::silu));
    for (std::size_t changed = 0; changed < one.weights.size(); changed += 11) {
      auto other = one;
      other.weights[changed] += 0.3;
      EXPECT_LE(equal_measures(one, other, executor()), 0.9 * tasks) << name_of(one.config) << ", weight " << changed;
    }
  }
}

TEST_P(Fused, ResultsDependOnNeitherPartsNorThreadsBitForBit) {
  for (auto const& hidden : shapes) {
    Case const fused(small_config(hidden, Learned::both, Activation::silu));
    auto const reference = fused.outcomes(Executor::open(GetParam(), 1));
    for (int const threads : {1, 2}) {
      auto const evaluator = fused.evaluator(Executor::open(GetParam(), threads));
      ASSERT_GE(evaluator->capacity(), tasks);
      for (std::int64_t const part : {1, 7, 64, 333, 1000}) {
        evaluator->solve(engine::Parameters::given, {0.5, 0}, 0, tasks);  // clears all results of the last part
        for (std::int64_t first = 0; first < tasks; first += part) {
          evaluator->solve(engine::Parameters::meta_solver, limits, first, std::min(part, tasks - first));
        }
        auto const parts = evaluator->outcomes();
        EXPECT_EQ(parts.iterations, reference.iterations) << name_of(fused.config) << ", parts of " << part;
        EXPECT_EQ(parts.measure, reference.measure) << name_of(fused.config) << ", parts of " << part;
        EXPECT_EQ(parts.status, reference.status);
      }
    }
  }
}

TEST(Fuse, TakesTwoHiddenLayersOfAtMost64Units) {
  exec::CpuExec ex(1);
  auto const solver = integrate::row_solver<Robertson, double>(static_cast<double const*>(nullptr), true);
  auto const is_fused = [&](std::vector<int> const& hidden) {
    auto const c = small_config(hidden, Learned::both, Activation::relu);
    std::vector<double> const zeros(7, 0.0);
    using P = kernels::OdeProblem<Robertson>;
    auto const functions = engine::compiled_for<engine::ProblemFunctions<P, true, false>>(ex);
    return engine::fuse<P>(ex, functions.fused, solver, solver.system.row,
                           train::learner_options(c, {zeros, zeros}).network, tasks) != nullptr;
  };
  for (auto const& hidden : shapes) EXPECT_TRUE(is_fused(hidden)) << testing::PrintToString(hidden);
  for (std::vector<int> const& hidden : {std::vector<int>{}, {8}, {8, 8, 8}, {widest_fused + 1, 8}, {8, 65}}) {
    EXPECT_FALSE(is_fused(hidden)) << testing::PrintToString(hidden);
  }
}

/// The definition in small_network.hpp, for single numbers.
double activated(Activation kind, double z) {
  if (kind == Activation::silu) return z / (1 + std::exp(-z));
  return kind == Activation::relu ? std::max(z, 0.0) : std::tanh(z);
}

constexpr int inputs = 7, most_outputs = 4;

template <int Width>
std::array<double, most_outputs> plain_forward(std::vector<float> const& weights, Activation activation, int outputs,
                                               float const (&x)[inputs]) {
  std::size_t at = 0;
  auto const next = [&] { return static_cast<double>(weights[at++]); };
  std::vector<double> y(std::begin(x), std::end(x));
  for (double& of_input : y) of_input -= next();
  for (double& of_input : y) of_input *= next();
  for (int const out : {Width, Width, outputs}) {
    std::vector<double> z(static_cast<std::size_t>(out), 0.0);
    for (double const from : y) {
      for (double& to : z) to += next() * from;
    }
    for (double& to : z) to += next();
    bool const is_last = at == weights.size();
    if (!is_last) std::ranges::for_each(z, [&](double& to) { to = activated(activation, to); });
    y = z;
  }
  EXPECT_EQ(at, weights.size());
  y.resize(most_outputs, 0.0);
  return {y[0], y[1], y[2], y[3]};
}

/// Compares each lane with a single number, and that with plain loops. Number: single precision.
template <class Number, int Width>
void expect_forward() {
  using Network = kernels::SmallNetwork<Width, inputs, most_outputs>;
  random::Draws const draws(1, random::Stream::weights, Width);
  std::uint64_t drawn = 0;
  auto const draw = [&] { return static_cast<float>(2 * draws.uniform(drawn++) - 1); };
  for (auto const activation : activations) {
    for (int const outputs : {1, 3, most_outputs}) {
      std::vector<float> weights(static_cast<std::size_t>(Network::size(outputs)));
      for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = draw() / (i < 2 * inputs ? 1.0f : std::sqrt(static_cast<float>(Width)));
      }
      Network const network{weights.data(), activation, outputs};
      Number packed_x[inputs], packed_z[most_outputs];
      float x[kernels::lanes_of<Number>][inputs];
      for (int l = 0; l < kernels::lanes_of<Number>; ++l) {
        for (int i = 0; i < inputs; ++i) kernels::set_lane(packed_x[i], l, x[l][i] = 2 * draw());
      }
      network.forward(weights.data(), packed_x, packed_z);
      for (int l = 0; l < kernels::lanes_of<Number>; ++l) {
        auto const plain = plain_forward<Width>(weights, activation, outputs, x[l]);
        float z[most_outputs];
        network.forward(weights.data(), x[l], z);
        for (int q = 0; q < most_outputs; ++q) {
          EXPECT_NEAR(kernels::lane(packed_z[q], l), z[q], 1e-6) << "width " << Width << ", lane " << l;
          EXPECT_NEAR(z[q], plain[static_cast<std::size_t>(q)], 1e-6) << "width " << Width << ", output " << q;
        }
      }
    }
  }
}
template <class Number>
void expect_forward_of_all_widths() {
  expect_forward<Number, 8>();
  expect_forward<Number, 16>();
  expect_forward<Number, 32>();
  expect_forward<Number, 64>();
}
TEST(SmallNetwork, PackIsTheScalarNetwork) { expect_forward_of_all_widths<kernels::Pack<float>>(); }
TEST(SmallNetwork, PairIsTheScalarNetwork) {
  using Pair = kernels::PackPair<kernels::Pack<double>>;
  using Number = kernels::narrow_of<Pair>;
  static_assert(kernels::lanes_of<Number> == kernels::lanes_of<Pair>);
  expect_forward_of_all_widths<Number>();
}

}  // namespace
}  // namespace metasolve::fused_test
