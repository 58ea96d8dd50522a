// SPDX-License-Identifier: Apache-2.0
#include "src/config/fields.hpp"

#include <algorithm>
#include <limits>

#include "src/config/choices.hpp"
#include "src/config/spelling.hpp"
#include "src/config/values.hpp"

namespace metasolve::config {
namespace {

using nlohmann::json;

constexpr Bound open = Bound::open;
constexpr Bound closed = Bound::closed;
constexpr double unbounded = std::numeric_limits<double>::max();
constexpr int max_int = std::numeric_limits<int>::max();

struct Length {
  std::size_t low;
  std::size_t high;
  std::string text() const { return std::to_string(low) + " to " + std::to_string(high); }
};

/// Names the place of one value in RunConfig; copied into the accessors of its Field.
template <class Section, class Member>
struct Place {
  Section RunConfig::*section;
  Member Section::*member;
  Member& of(RunConfig& config) const { return config.*section.*member; }
  Member const& of(RunConfig const& config) const { return config.*section.*member; }
};
template <class Section, class Member>
Place(Section RunConfig::*, Member Section::*) -> Place<Section, Member>;

struct Text {
  std::string key;
  std::string unit;
  std::string doc;
};

/// `read` gives the value as the member's type, or nothing when it does not fit; `write` is its inverse.
template <class Section, class Member, class Read, class Write>
Field make(Place<Section, Member> place, Text text, std::string type, std::string expected, Read read, Write write) {
  Field field;
  field.section = text.key.substr(0, text.key.find('.'));
  field.key = std::move(text.key);
  field.type = std::move(type);
  field.expected = std::move(expected);
  field.unit = std::move(text.unit);
  field.doc = std::move(text.doc);
  field.set = [place, read, wanted = field.expected](RunConfig& config,
                                                     json const& value) -> std::optional<std::string> {
    std::optional<Member> parsed = read(value);
    if (!parsed) return "given " + describe(value) + ", expected " + wanted;
    place.of(config) = std::move(*parsed);
    return std::nullopt;
  };
  field.get = [place, write](RunConfig const& config) -> json { return write(place.of(config)); };
  return field;
}

auto const as_is = [](auto const& value) { return json(value); };

template <class Section, class Member>
Field integer(Place<Section, Member> place, IntegerRange range, Text text) {
  auto read = [range](json const& value) -> std::optional<Member> {
    auto const number = read_integer(value, range);
    return number ? std::optional<Member>(static_cast<Member>(*number)) : std::nullopt;
  };
  return make(place, std::move(text), "integer", "an integer, " + range.text(), read, as_is);
}

template <class Section>
Field real(Place<Section, double> place, RealRange range, Text text) {
  auto read = [range](json const& value) { return read_real(value, range); };
  return make(place, std::move(text), "real", "a finite real, " + range.text(), read, as_is);
}

template <class Section>
Field boolean(Place<Section, bool> place, Text text) {
  auto read = [](json const& value) {
    return value.is_boolean() ? std::optional<bool>(value.get<bool>()) : std::nullopt;
  };
  return make(place, std::move(text), "boolean", "true or false", read, as_is);
}

template <class Section, class Enum>
Field choice(Place<Section, Enum> place, Text text) {
  std::vector<std::string> names;
  std::string list;
  for (auto const& [value, name] : ChoiceNames<Enum>::table) {
    names.emplace_back(name);
    list += (list.empty() ? "\"" : ", \"") + names.back() + "\"";
  }
  auto read = [](json const& value) -> std::optional<Enum> {
    return value.is_string() ? value_of<Enum>(value.get_ref<std::string const&>()) : std::nullopt;
  };
  auto write = [](Enum value) { return json(name_of(value)); };
  Field field = make(place, std::move(text), "choice", names.size() == 1 ? list : "one of " + list, read, write);
  field.set = [set = field.set, names](RunConfig& config, json const& value) {
    auto problem = set(config, value);
    std::string const guess =
        problem && value.is_string() ? nearest(value.get_ref<std::string const&>(), names) : std::string{};
    if (!guess.empty()) *problem += "; the nearest is \"" + guess + "\"";
    return problem;
  };
  return field;
}

/// A list whose elements `element` reads.
template <class Section, class Element, class ReadElement>
Field list(Place<Section, std::vector<Element>> place, Length length, std::string of, Text text, ReadElement element) {
  auto read = [length, element](json const& value) -> std::optional<std::vector<Element>> {
    if (!value.is_array() || value.size() < length.low || value.size() > length.high) return std::nullopt;
    std::vector<Element> result;
    for (auto const& item : value) {
      auto const parsed = element(item);
      if (!parsed) return std::nullopt;
      result.push_back(static_cast<Element>(*parsed));
    }
    return result;
  };
  std::string const type = std::is_integral_v<Element> ? "list of integers" : "list of reals";
  Field field = make(place, std::move(text), type, "a list of " + length.text() + " entries, each " + of, read, as_is);
  // The length alone does not say what is wrong with a list: name the first entry that does not fit.
  field.set = [set = field.set, element](RunConfig& config, json const& value) {
    auto problem = set(config, value);
    if (!problem || !value.is_array()) return problem;
    auto const wrong = std::ranges::find_if(value, [&](json const& item) { return !element(item); });
    if (wrong == value.end()) return problem;
    return std::optional("entry " + std::to_string(wrong - value.begin() + 1) + " of the list: given " +
                         describe(*wrong) + problem->substr(problem->find(", expected")));
  };
  return field;
}

template <class Section>
Field list(Place<Section, std::vector<int>> place, Length length, IntegerRange range, Text text) {
  return list(place, length, "an integer, " + range.text(), std::move(text),
              [range](json const& item) { return read_integer(item, range); });
}

template <class Section>
Field list(Place<Section, std::vector<double>> place, Length length, RealRange range, Text text) {
  return list(place, length, "a finite real, " + range.text(), std::move(text),
              [range](json const& item) { return read_real(item, range); });
}

/// Which problems there are is known to the registry of problems alone, so any plain name passes here.
template <class Section>
Field name(Place<Section, std::string> place, Text text) {
  auto read = [](json const& value) -> std::optional<std::string> {
    if (!value.is_string()) return std::nullopt;
    auto const& given = value.get_ref<std::string const&>();
    bool const plain = given.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
    return !given.empty() && given.size() <= 64 && plain ? std::optional(given) : std::nullopt;
  };
  return make(place, std::move(text), "name", "a name of lower-case letters, digits, - and _", read, as_is);
}

/// Whatever a file system takes.
template <class Section>
Field path(Place<Section, std::string> place, Text text) {
  auto read = [](json const& value) {
    bool const fits = value.is_string() && value.get_ref<std::string const&>().size() <= 4096;
    return fits ? std::optional(value.get<std::string>()) : std::nullopt;
  };
  return make(place, std::move(text), "path", "the name of a file or folder", read, as_is);
}

template <class Section>
Field bytes(Place<Section, std::int64_t> place, Text text) {
  auto write = [](std::int64_t value) { return json(bytes_text(value)); };
  return make(
      place, std::move(text), "size",
      "an integer number of bytes or a string with a unit, such as \"512MiB\" (KiB, MiB, GiB); at least 1MiB",
      [](json const& value) { return read_bytes(value); }, write);
}

std::vector<Field> problem_and_solver() {
  using P = ProblemConfig;
  using S = SolverConfig;
  auto const p = &RunConfig::problem;
  auto const s = &RunConfig::solver;
  IntegerRange const tasks{1, 100'000'000};
  return {
      name(Place{p, &P::name}, {"problem.name", "", "distribution of tasks"}),
      integer(Place{p, &P::unknowns}, {1, 1024}, {"problem.unknowns", "", "poisson: unknowns of one task"}),
      real(Place{p, &P::hard_fraction}, {0, 1}, {"problem.hard_fraction", "", "poisson: probability p of a hard task"}),
      integer(Place{p, &P::steps}, {1, 100'000},
              {"problem.steps", "steps", "robertson: time steps, and so tasks, of a set of rate constants"}),
      real(Place{p, &P::last_time}, {1e-5, 1e12}, {"problem.last_time", "", "robertson: time of the last step"}),
      list(Place{p, &P::cells}, Length{3, 3}, IntegerRange{1, 64},
           {"problem.cells", "cells", "elasticity: boxes along, across and up the beam, each of six tetrahedra"}),
      path(Place{p, &P::matrices}, {"problem.matrices", "", "spd: folder of matrices A_0.mtx, A_1.mtx, ..."}),
      integer(Place{p, &P::train_tasks}, tasks, {"problem.train_tasks", "tasks", "tasks drawn for training"}),
      integer(Place{p, &P::validation_tasks}, tasks,
              {"problem.validation_tasks", "tasks", "tasks drawn to select the best weights"}),
      integer(Place{p, &P::test_tasks}, tasks, {"problem.test_tasks", "tasks", "tasks drawn for the final figures"}),
      choice(Place{p, &P::matrix_format}, {"problem.operator", "", "poisson: how the matrix of a task is applied"}),
      choice(Place{p, &P::measure}, {"problem.measure", "", "poisson: what is compared with the tolerance"}),

      choice(Place{s, &S::precision}, {"solver.precision", "", "arithmetic of the solver"}),
      real(Place{s, &S::tolerance}, {0, 1, open, open},
           {"solver.tolerance", "", "tolerance that training aims at; a task has converged at or below it"}),
      integer(Place{s, &S::max_iterations}, {0, 10'000'000},
              {"solver.max_iterations", "iterations", "iteration limit in training and validation"}),
      choice(Place{s, &S::basis},
             {"solver.basis", "", "poisson: vectors that the network's outputs are coefficients of"}),
      integer(Place{s, &S::basis_size}, {0, 1024},
              {"solver.basis_size", "vectors", "poisson: leading basis vectors used; 0: as many as unknowns"}),
      choice(Place{s, &S::learned},
             {"solver.learn", "", "robertson: what the network chooses, initial guess, relaxation factor or both"}),
      real(Place{s, &S::relaxation}, {0, 2, open, open},
           {"solver.relaxation", "", "robertson: constant relaxation factor, of the baseline and of learn = ini"}),
      boolean(Place{s, &S::clamp}, {"solver.clamp", "", "robertson: keep iterates within [-1, 2]"}),
      choice(Place{s, &S::ordering},
             {"solver.ordering", "", "elasticity, spd: numbering of the unknowns, as the mesh has it or reverse Cuthill-McKee"}),
      integer(Place{s, &S::fill_level}, {0, 1'000'000},
              {"solver.fill_level", "", "elasticity, spd: level of fill that the incomplete factor keeps; with fill_entries -1"}),
      integer(Place{s, &S::fill_entries}, {-1, 1'000'000},
              {"solver.fill_entries", "entries",
               "elasticity, spd: entries of largest magnitude that a column of the factor keeps beyond the matrix's; -1: by "
               "fill_level"}),
      real(Place{s, &S::shift}, {0, 1e12},
           {"solver.shift", "", "elasticity, spd: constant shift alpha of the factored A + alpha I, the baseline"}),
      real(Place{s, &S::highest_shift}, {0, 1e12, open},
           {"solver.highest_shift", "", "spd: the shifts that the network can choose lie between 0 and this"}),
      choice(Place{s, &S::gradient},
             {"solver.gradient", "",
              "elasticity, spd: gradient by the adjoint, by the tangent, or by the difference of two solves, which rounding "
              "does not spoil"}),
      real(Place{s, &S::difference}, {1e-8, 0.9},
           {"solver.difference", "", "elasticity, spd: relative step of the shift, up and down, for gradient difference"}),
  };
}

std::vector<Field> network_and_loss() {
  using N = NetworkConfig;
  using L = LossConfig;
  auto const n = &RunConfig::network;
  auto const l = &RunConfig::loss;
  RealRange const positive{0, unbounded, open};
  return {
      list(Place{n, &N::hidden}, Length{0, 64}, IntegerRange{1, 65536}, {"network.hidden", "", "hidden layer widths"}),
      choice(Place{n, &N::activation}, {"network.activation", "", "activation of the hidden layers"}),
      choice(Place{n, &N::precision}, {"network.precision", "", "arithmetic of the network"}),
      choice(Place{n, &N::feature_scaling},
             {"network.feature_scaling", "", "standard: mean 0 and deviation 1 over the training tasks"}),
      real(Place{n, &N::feature_gain}, positive, {"network.feature_gain", "", "factor on the features"}),
      real(Place{n, &N::output_gain}, positive, {"network.output_gain", "", "factor on the outputs"}),
      real(Place{n, &N::initial_gain}, positive,
           {"network.initial_gain", "", "factor on the bounds +-1/sqrt(in) of the initial weights and biases"}),
      real(Place{n, &N::initial_bias}, {0, 1e3},
           {"network.initial_bias", "",
            "added to the initial biases of hidden layers; the next layer's make up for it"}),
      real(Place{n, &N::relaxation_bias}, {-10, 10},
           {"network.relaxation_bias", "", "robertson: initial bias of the output that makes the relaxation factor"}),
      real(Place{n, &N::shift_bias}, {-50, 50},
           {"network.shift_bias", "", "elasticity, spd: initial bias of the output that makes the shift"}),

      choice(Place{l, &L::kind},
             {"loss.kind", "", "surrogate of the iteration count, or the measure after a fixed number of iterations"}),
      choice(Place{l, &L::scale}, {"loss.scale", "", "how the measure and the tolerance enter the sigmoid"}),
      choice(Place{l, &L::value},
             {"loss.value", "", "soft: sum of sigmoids; count: the exact count, with the gradient of the sigmoids"}),
      real(Place{l, &L::gain}, positive, {"loss.gain", "", "slope a of the sigmoid"}),
      integer(Place{l, &L::iterations}, {0, 10'000'000},
              {"loss.iterations", "iterations", "m of L_m, for kind measure"}),
      boolean(Place{l, &L::squared}, {"loss.squared", "", "square of the measure, for kind measure"}),
      real(Place{l, &L::margin}, {0, 1, open},
           {"loss.margin", "",
            "training iterates until the measure is at this share of the tolerance, for kind surrogate"}),
      real(Place{l, &L::failure_slope}, {0},
           {"loss.failure_slope", "",
            "robertson: how a task that did not converge is pulled to solver.relaxation, a unit of its factor off; 0: "
            "not"}),
      real(Place{l, &L::failure_weight}, {0},
           {"loss.failure_weight", "",
            "elasticity, spd: gamma, the weight of -log alpha for a task whose factorisation breaks down"}),
      real(Place{l, &L::task_clip}, {0},
           {"loss.task_clip", "", "largest gradient of a single task by an output of the network; 0: not clipped"}),
      real(Place{l, &L::tolerance_start}, {0, 1e6},
           {"loss.tolerance_start", "", "tolerance of the first epoch, above solver.tolerance; 0: no lowering"}),
      choice(Place{l, &L::lowering}, {"loss.lowering", "", "how tolerance_start falls to solver.tolerance"}),
      real(Place{l, &L::lowering_fraction}, {0, 1},
           {"loss.lowering_fraction", "", "share of the epochs over which it falls"}),
      integer(Place{l, &L::lowering_steps}, {1, 1000},
              {"loss.lowering_steps", "steps", "equal factors, for lowering steps"}),
  };
}

std::vector<Field> optimizer_and_schedule() {
  using O = OptimizerConfig;
  using S = ScheduleConfig;
  auto const o = &RunConfig::optimizer;
  auto const s = &RunConfig::schedule;
  RealRange const positive{0, unbounded, open};
  RealRange const decay{0, 1, closed, open};
  return {
      choice(Place{o, &O::kind},
             {"optimizer.kind", "", "adam, or levenberg_marquardt: full-batch second-order steps for small networks"}),
      real(Place{o, &O::rate}, positive, {"optimizer.rate", "", "learning rate of the first epoch"}),
      real(Place{o, &O::beta1}, decay, {"optimizer.beta1", "", "decay of the first moment"}),
      real(Place{o, &O::beta2}, decay, {"optimizer.beta2", "", "decay of the second moment"}),
      real(Place{o, &O::epsilon}, positive, {"optimizer.epsilon", "", "added to the root of the second moment"}),
      real(Place{o, &O::weight_decay}, {0}, {"optimizer.weight_decay", "", "times the weights, added to the gradient"}),
      real(Place{o, &O::clip_norm}, {0}, {"optimizer.clip_norm", "", "largest gradient norm; 0: not clipped"}),
      real(Place{o, &O::damping}, positive,
           {"optimizer.damping", "", "damping of the first step, for kind levenberg_marquardt"}),

      choice(Place{s, &S::kind}, {"schedule.kind", "", "how the learning rate changes"}),
      real(Place{s, &S::factor}, {0, 1, open, open},
           {"schedule.factor", "", "factor on the rate at a milestone or plateau"}),
      integer(Place{s, &S::patience}, {1, max_int},
              {"schedule.patience", "epochs", "epochs without improvement before a plateau is declared"}),
      list(Place{s, &S::milestones}, Length{0, 1000}, IntegerRange{1, 10'000'000},
           {"schedule.milestones", "epochs", "epochs at which kind steps lowers the rate, strictly increasing"}),
      real(Place{s, &S::minimum_rate}, {0}, {"schedule.minimum_rate", "", "the rate never falls below it"}),
  };
}

std::vector<Field> training_and_after() {
  using T = TrainingConfig;
  using R = ResourcesConfig;
  using E = EvaluationConfig;
  auto const t = &RunConfig::training;
  auto const r = &RunConfig::resources;
  auto const e = &RunConfig::evaluation;
  return {
      integer(Place{t, &T::epochs}, {1, 10'000'000}, {"training.epochs", "epochs", "passes over the training tasks"}),
      integer(Place{t, &T::batch_size}, {1, 100'000'000}, {"training.batch_size", "tasks", "tasks of one step"}),
      // TOML has signed 64-bit integers only: the upper half of the seeds could not be written to a file.
      integer(Place{t, &T::seed}, {0, std::numeric_limits<std::int64_t>::max()},
              {"training.seed", "", "seed of tasks, weights and order"}),
      real(Place{t, &T::checkpoint_seconds}, {0},
           {"training.checkpoint_seconds", "s", "time between checkpoints; 0: after every epoch"}),
      choice(Place{t, &T::selection}, {"training.selection", "", "validation figure that picks the best weights"}),
      boolean(Place{t, &T::regroup}, {"training.regroup", "", "group the tasks of a batch by their last counts"}),

      integer(Place{r, &R::threads}, {0, 4096}, {"resources.threads", "threads", "0: all hardware threads"}),
      bytes(Place{r, &R::memory_bytes},
            {"resources.memory", "bytes", "for activations and tapes, about; larger batches are split"}),

      list(Place{e, &E::tolerances}, Length{1, 64}, RealRange{0, 1, open, open},
           {"evaluation.tolerances", "", "tolerances of the final figures"}),
      integer(Place{e, &E::max_iterations}, {1, 10'000'000},
              {"evaluation.max_iterations", "iterations", "iteration limit of the final figures"}),
  };
}

}  // namespace

std::vector<Field> const& fields() {
  static std::vector<Field> const table = [] {
    std::vector<Field> all;
    for (auto&& part : {problem_and_solver(), network_and_loss(), optimizer_and_schedule(), training_and_after()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return table;
}

Field const* find_field(std::string_view key) {
  auto const found = std::ranges::find(fields(), key, &Field::key);
  return found == fields().end() ? nullptr : &*found;
}

}  // namespace metasolve::config
