// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/config/fields.hpp"

#include <algorithm>

#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/config/problem_keys.hpp"
#include "metasolve/error.hpp"

namespace metasolve::config {
namespace {

using namespace make_field;

std::vector<Field> problem_and_solver() {
  using P = ProblemConfig;
  using S = SolverConfig;
  auto const p = &RunConfig::problem;
  auto const s = &RunConfig::solver;
  IntegerRange const tasks{1, 100'000'000};
  return {
      fixed(name(Place{p, &P::name}, {"problem.name", "", "distribution of tasks"})),
      integer(Place{p, &P::train_tasks}, tasks, {"problem.train_tasks", "tasks", "tasks drawn for training"}),
      integer(Place{p, &P::validation_tasks}, tasks,
              {"problem.validation_tasks", "tasks", "tasks drawn to select the best weights"}),
      integer(Place{p, &P::test_tasks}, tasks, {"problem.test_tasks", "tasks", "tasks drawn for the final figures"}),

      choice(Place{s, &S::precision}, {"solver.precision", "", "arithmetic of the solver"}),
      real(Place{s, &S::tolerance}, {0, 1, open, open},
           {"solver.tolerance", "", "tolerance that training aims at; a task has converged at or below it"}),
      integer(Place{s, &S::max_iterations}, {0, 10'000'000},
              {"solver.max_iterations", "iterations", "iteration limit in training and validation"}),
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
      real(Place{n, &N::feature_gain}, {0, unbounded},
           {"network.feature_gain", "", "factor on the features; 0: the network learns constants"}),
      real(Place{n, &N::output_gain}, positive, {"network.output_gain", "", "factor on the outputs"}),
      real(Place{n, &N::initial_gain}, positive,
           {"network.initial_gain", "", "factor on the bounds +-1/sqrt(in) of the initial weights and biases"}),
      real(Place{n, &N::initial_bias}, {0, 1e3},
           {"network.initial_bias", "",
            "added to the initial biases of hidden layers, and compensated in the next layer"}),
      choice(
          Place{n, &N::start},
          {"network.start", "",
           "what training begins with: random weights, or the best constant parameter, which is then searched first; "
           "left out, tuned for spd where shift_bias is left out too, and for a program's "
           "own problem"}),

      choice(Place{l, &L::kind},
             {"loss.kind", "", "surrogate of the iteration count, or the measure after a fixed number of iterations"}),
      choice(Place{l, &L::cost},
             {"loss.cost", "",
              "what the surrogate counts: iterations; or, of solvers whose set-up or iterations cost more for some "
              "choices or parameters than for others, operations, or nanoseconds as measured on this machine"}),
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
      real(
          Place{l, &L::task_clip}, {0},
          {"loss.task_clip", "", "largest gradient of a single task with respect to a network output; 0: not clipped"}),
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
      integer(Place{t, &T::batch_size}, {1, 100'000'000}, {"training.batch_size", "tasks", "tasks per step"}),
      // TOML has signed 64-bit integers only: larger seeds could not be written to a file.
      integer(Place{t, &T::seed}, {0, std::numeric_limits<std::int64_t>::max()},
              {"training.seed", "", "seed of tasks, weights and order"}),
      integer(
          Place{t, &T::members}, {1, 1024},
          {"training.members", "networks",
           "networks of different initial weights, trained side by side on the same tasks; the best by validation is "
           "kept"}),
      list(Place{t, &T::member_gains}, Length{1, 64}, RealRange{0, 1000, open},
           {"training.member_gains", "",
            "factors on network.initial_gain: the first member takes the first, the next the next, and so on in a "
            "cycle"}),
      path(Place{t, &T::teacher},
           {"training.teacher", "",
            "a run, or its model, whose network's outputs this network first learns to give, before it is trained for "
            "its loss; empty: none"}),
      integer(Place{t, &T::teacher_epochs}, {1, 1'000'000},
              {"training.teacher_epochs", "epochs", "passes over the training tasks to imitate training.teacher"}),
      real(Place{t, &T::checkpoint_seconds}, {0},
           {"training.checkpoint_seconds", "s", "time between checkpoints; 0: after every epoch"}),
      choice(Place{t, &T::selection}, {"training.selection", "", "validation figure that picks the best weights"}),
      boolean(Place{t, &T::regroup}, {"training.regroup", "", "group the tasks of a batch by their last counts"}),
      choice(Place{t, &T::reproducible},
             {"training.reproducible", "",
              "\"ranks\": sums over tasks have one order, so that the bits are the same on any number of ranks; "
              "\"fast\": they differ"}),

      integer(Place{r, &R::threads}, {0, 4096}, {"resources.threads", "threads", "0: all hardware threads"}),
      bytes(Place{r, &R::memory_bytes},
            {"resources.memory", "bytes", "approximate memory for activations and tapes; larger batches are split"}),

      list(Place{e, &E::tolerances}, Length{1, 64}, RealRange{0, 1, open, open},
           {"evaluation.tolerances", "", "tolerances of the final figures"}),
      integer(Place{e, &E::max_iterations}, {1, 10'000'000},
              {"evaluation.max_iterations", "iterations", "iteration limit of the final figures"}),
  };
}

}  // namespace

namespace {

/// Sorts by the order in which the sections first appear in `all`.
void sort_by_section(std::vector<Field>& all) {
  std::vector<std::string> sections;
  for (auto const& field : all) {
    if (std::ranges::find(sections, field.section) == sections.end()) sections.push_back(field.section);
  }
  std::ranges::stable_sort(all, {}, [&](Field const& field) { return std::ranges::find(sections, field.section); });
}

/// Two rows of one key must be stored in the same place: otherwise a problem would not see the user's value.
void require_same_place(Field const& known, Field const& brought, std::string const& problem) {
  RunConfig const config;
  if (known.place(config) == brought.place(config)) return;
  throw Error("problem " + problem + ": key " + known.key +
              " is another's, kept in another place; take another name, or the struct that holds the other's");
}

}  // namespace

std::vector<Field> const& fields() {
  static std::vector<Field> const table = [] {
    std::vector<Field> all;
    for (auto&& part : {problem_and_solver(), network_and_loss(), optimizer_and_schedule(), training_and_after()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    for (auto& field : all) field.is_fixed = field.is_fixed || field.section == "network";
    for (auto const* const problem : known_problem_keys()) {
      for (auto& brought : problem->keys()) {
        auto const known = std::ranges::find(all, brought.key, &Field::key);
        if (known != all.end()) {
          require_same_place(*known, brought, problem->name());
          if (!known->owners.empty()) known->owners.push_back(problem->name());
          continue;
        }
        brought.owners = {problem->name()};
        brought.is_fixed = brought.is_fixed || brought.section == "network";
        all.push_back(std::move(brought));
      }
    }
    sort_by_section(all);
    return all;
  }();
  return table;
}

bool belongs(Field const& field, std::string const& problem) {
  if (field.owners.empty() || std::ranges::find(field.owners, problem) != field.owners.end()) return true;
  auto const* const known = find_problem_keys(problem);
  // A problem registered after the table was built has the keys that it shares.
  return known == nullptr || std::ranges::count(known->keys(), field.key, &Field::key) > 0;
}

Field const* find_field(std::string_view key) {
  auto const found = std::ranges::find(fields(), key, &Field::key);
  return found == fields().end() ? nullptr : &*found;
}

}  // namespace metasolve::config
