// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/diffusion.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

using config::RunConfig;

DiffusionSettings const& settings_in(RunConfig const& c) { return c.of<DiffusionSettings>(); }

std::shared_ptr<DiffusionKind const> kind_in(RunConfig const& c) {
  return std::make_shared<DiffusionKind const>(settings_in(c));
}

bool has_one_parameter(DiffusionSettings const& s) { return DiffusionKind(s).cycle.parameters.size() == 1; }

std::optional<double> own_parameter(RunConfig const& c) { return kind_in(c)->cycle.parameters.front(); }

TunedParameter const tuned_damping{.name = "damping",
                                   .key = "solver.damping",
                                   .grid = {0.4, 1, 0.04},
                                   .below = 2,
                                   .least = 0.05,
                                   .own = own_parameter};
TunedParameter const tuned_relaxation{.name = "relaxation factor",
                                      .key = "",
                                      .grid = {0.8, 1.6, 0.1},
                                      .below = 1.96,
                                      .least = 0.05,
                                      .own = own_parameter};
TunedParameter const tuned_lower_end{.name = "lower end",
                                     .key = "solver.damping",
                                     .grid = {0.06, 0.6, 0.06},
                                     .below = 1,
                                     .least = 0.01,
                                     .own = own_parameter};

/// Rotated anisotropic diffusion, and diffusion with inclusions, by multigrid with a learned smoother (paper, appendix
/// A, example 2).
class DiffusionProblem final : public Problem {
 public:
  [[nodiscard]] std::string const& name() const override {
    static std::string const name = DiffusionKind::problem;
    return name;
  }
  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    using S = DiffusionSettings;
    std::vector<config::Field> keys;
    auto const add = [&](config::Field field) { keys.push_back(std::move(field)); };
    add(fixed(choice(OwnPlace{&S::coefficients},
                     {"problem.coefficients", "",
                      "constant: one tensor with eigenvalues 1 and eps, turned; jumps: 1, with inclusions"})));
    add(integer(OwnPlace{&S::points}, {3, 2047},
                {"problem.points", "", "unknowns along each axis, m 2^k - 1 with m small"}));
    add(real(
        OwnPlace{&S::decades}, {0, 12},
        {"problem.decades", "", "lg 1/eps is at most this; inclusions are 10 to the power of minus to plus this"}));
    add(fixed(choice(OwnPlace{&S::smoother},
                     {"solver.smoother", "",
                      "what a cycle smooths by; stencil, two-stencils and line-and-stencil are there to be learned"})));
    add(fixed(choice(OwnPlace{&S::cycle}, {"solver.cycle", "", "of multigrid"})));
    add(fixed(choice(OwnPlace{&S::transfer},
                     {"solver.transfer", "", "between grids; operator, for jumps: by the equations themselves"})));
    add(fixed(
        integer(OwnPlace{&S::before}, {0, 20}, {"solver.sweeps_before", "", "sweeps before the coarse correction"})));
    add(fixed(integer(OwnPlace{&S::after}, {0, 20}, {"solver.sweeps_after", "", "sweeps after it"})));
    add(fixed(integer(OwnPlace{&S::degree}, {1, 12}, {"solver.degree", "", "of smoother chebyshev"})));
    add(fixed(boolean(OwnPlace{&S::coarse_weights},
                      {"solver.coarse_weights", "",
                       "parameters also scale coarse corrections and lean the transfer to a diagonal"})));
    add(fixed(boolean(OwnPlace{&S::conjugate_gradients},
                      {"solver.conjugate_gradients", "", "with the cycle as preconditioner; false: cycles alone"})));
    add(real(
        OwnPlace{&S::damping}, {0, 2, closed, open},
        {"solver.damping", "",
         "the parameter of a smoother that has one, without a network: damping, relaxation factor or lower end; 0: "
         "the smoother's usual one"}));
    add(list(OwnPlace{&S::constants}, Length{0, 64}, config::RealRange{-1e6, 1e6},
             {"solver.weights", "", "all parameters without a network; empty: the smoother's usual ones"}));
    add(gradient_key());
    return keys;
  }
  void check(RunConfig const& c, config::Origins const& origins) const override {
    check_gradient(c, origins, {});
    try {
      kind_in(c);
    } catch (InputError const& error) {
      config::refuse(origins,
                     {"problem.points", "solver.smoother", "solver.transfer", "solver.damping", "solver.weights"},
                     error.what());
    }
  }
  /// Residuals fall over decades: differences of logarithms have slopes from the first iteration on.
  void settle(RunConfig& c, std::function<bool(std::string const& key)> const& given) const override {
    if (!given("loss.scale")) c.loss.scale = config::LossScale::logarithm;
  }
  void set_options(RunConfig const& c, engine::LearnerOptions& options) const override {
    set_gradient(c, engine::SolverGradients{}.usual(), options);
  }

  [[nodiscard]] Splits tasks(RunConfig const& c) const override {
    auto const kind = kind_in(c);
    auto const draw = [&](std::int64_t count, random::Stream stream) {
      return sampled_diffusion(kind, count, c.training.seed, stream);
    };
    return {draw(c.problem.train_tasks, random::Stream::train_tasks),
            draw(c.problem.validation_tasks, random::Stream::validation_tasks),
            draw(c.problem.test_tasks, random::Stream::test_tasks)};
  }
  void forget_distribution(RunConfig& c) const override {
    c.of<DiffusionSettings>().decades = DiffusionSettings{}.decades;
  }
  [[nodiscard]] std::uint64_t host_bytes(RunConfig const& c) const override {
    auto const kind = kind_in(c);
    return sizeof(double) * static_cast<std::uint64_t>(kind->width() + kind->stencil_size() + (1 << 21));
  }

  [[nodiscard]] model::Interface interface(RunConfig const& c) const override {
    auto const kind = kind_in(c);
    return model::grid_interface(kind->cycle, kind->settings.cycle_settings(), kind->settings.conjugate_gradients,
                                 kind->is_constant());
  }
  [[nodiscard]] int outputs(RunConfig const& c) const override {
    return static_cast<int>(kind_in(c)->cycle.parameters.size());
  }
  void shape(RunConfig const& c, network::MetaNetworkShape& s) const override {
    s.head = interface(c).head;
    s.parameters = static_cast<int>(s.head.size());
  }
  /// Training starts near the constants.
  void initialise(RunConfig const& c, std::vector<network::LayerShape> const& layers,
                  std::vector<double>& weights) const override {
    constexpr double small = 0.1;
    auto const first = weights.begin() + static_cast<std::ptrdiff_t>(layers.back().weight);
    std::for_each(first, weights.end(), [](double& w) { w *= small; });
    auto const kind = kind_in(c);
    auto const head = interface(c).head;
    for (std::size_t p = 0; p < head.size(); ++p) {
      weights[static_cast<std::size_t>(layers.back().bias) + p] = head[p].output_for(kind->cycle.parameters[p]);
    }
  }

  [[nodiscard]] std::string baseline(RunConfig const& c) const override {
    auto const kind = kind_in(c);
    std::string const of = std::string(io::name_of(kind->settings.smoother));
    return has_one_parameter(kind->settings) ? of + " " + config::real_text(kind->cycle.parameters.front())
                                             : of + " by constants";
  }
  [[nodiscard]] std::optional<DirectMethod> direct(RunConfig const& c) const override {
    return DirectMethod{"sparse Cholesky", as_matrices(tasks(c).test, true)};
  }
  [[nodiscard]] TunedParameter const* tuned() const override { return &tuned_damping; }
  [[nodiscard]] TunedParameter const* tuned_in(RunConfig const& c) const override {
    auto const& s = settings_in(c);
    if (!has_one_parameter(s)) return nullptr;
    if (s.smoother == grids::Smoother::jacobi) return &tuned_damping;
    return s.smoother == grids::Smoother::chebyshev ? &tuned_lower_end : &tuned_relaxation;
  }
  bool learn_constants(RunConfig& c) const override { return !has_one_parameter(settings_in(c)); }
  [[nodiscard]] std::vector<double> constants_in(RunConfig const& c) const override {
    return kind_in(c)->cycle.parameters;
  }
  void set_constants(RunConfig& c, std::vector<double> const& parameters) const override {
    c.of<DiffusionSettings>().constants = parameters;
  }

  [[nodiscard]] char solution_name() const override { return 'u'; }
  [[nodiscard]] SolveInput read(SolveRequest const&) const override {
    throw InputError(
        "--problem: a task of diffusion is an operator on a grid, which is in no file; solve yours with GridSolver "
        "(docs/grids.md), or evaluate a model");
  }
};

}  // namespace

Problem const& diffusion_problem() {
  static DiffusionProblem const problem;
  return problem;
}

}  // namespace metasolve::problems
