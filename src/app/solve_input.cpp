// SPDX-License-Identifier: Apache-2.0
#include "src/app/solve_input.hpp"

#include <algorithm>
#include <iostream>
#include <numeric>

#include "metasolve/error.hpp"
#include "src/app/model.hpp"
#include "src/config/choices.hpp"
#include "src/config/fields.hpp"
#include "src/io/csv.hpp"
#include "src/train/shift_setup.hpp"

namespace metasolve::app {

namespace {

namespace fs = std::filesystem;

/// Says on stderr which columns are not used.
void tell_ignored(std::string const& file, io::CsvTable const& table) {
  std::string ignored;
  for (auto const& name : table.ignored) ignored += (ignored.empty() ? "" : ", ") + name;
  if (!ignored.empty()) std::cerr << "metasolve: " << file << ": columns not used: " << ignored << '\n';
}

std::function<std::string(std::int64_t)> row_names(std::string const& file) {
  return [file](std::int64_t row) {
    return file + ": row " + std::to_string(row + 1) + " (task " + std::to_string(row) + ")";
  };
}

/// What stands for a model without one: the smallest network, which is not asked.
train::Checkpoint no_model(config::RunConfig config, SolveOptions const& o) {
  train::Checkpoint model;
  config.network.hidden = {1};
  model.config = overridden(config, "", o.common);
  auto const width = static_cast<std::size_t>(train::network_sizes(model.config).front());
  model.features = {std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
  return model;
}

/// model_file, or what stands for it; of the problem asked for.
train::Checkpoint read_model(config::RunConfig const& without, SolveOptions const& o, fs::path const& model_file) {
  auto model = model_file.empty() ? no_model(without, o) : load_model(model_file, o.common);
  if (model.config.problem.name != o.problem) {
    throw InputError("--problem: given " + o.problem + ", but the model is for " + model.config.problem.name);
  }
  return model;
}

SolveInput read_poisson(SolveOptions const& o, fs::path const& model_file) {
  if (o.relaxation) throw InputError("--relaxation: Jacobi's method on poisson tasks has none; leave it out");
  auto table = io::read_numbered_columns(o.tasks, "f");
  tell_ignored(o.tasks, table);
  if (table.columns > config::most_unknowns) {
    throw InputError(o.tasks + ": " + std::to_string(table.columns) + " columns f1 ... f" +
                     std::to_string(table.columns) + ", expected at most " + std::to_string(config::most_unknowns) +
                     ", the most unknowns of a task");
  }
  int const unknowns = static_cast<int>(table.columns);
  config::RunConfig without;
  without.problem.unknowns = unknowns;
  without.solver.basis = config::Basis::identity;
  without.solver.basis_size = 1;
  auto model = read_model(without, o, model_file);
  auto& problem = model.config.problem;
  if (problem.unknowns != unknowns) {
    std::string const size = std::to_string(problem.unknowns);
    if (model_file.empty()) {
      throw InputError("--set problem.unknowns=" + size + ": the tasks in " + o.tasks + " have " +
                       std::to_string(unknowns) + " unknowns (f1 ... f" + std::to_string(unknowns) + "); leave it out");
    }
    throw InputError(o.tasks + ": tasks of " + std::to_string(unknowns) + " unknowns (f1 ... f" +
                     std::to_string(unknowns) + "), but the model in " + model_file.string() + " is for " + size +
                     "; give tasks of that size, or a model trained for these");
  }
  if (!o.measure.empty()) problem.measure = *config::value_of<config::Measure>(o.measure);
  auto tasks = problems::given_poisson(std::move(table.values), unknowns, row_names(o.tasks));
  tasks.measure = problem.measure;
  tasks.format = problem.matrix_format;
  return solve_input(std::move(tasks), std::move(model), !model_file.empty());
}

SolveInput read_robertson(SolveOptions const& o, fs::path const& model_file) {
  if (!o.measure.empty()) throw InputError("--measure: robertson tasks have one only, ||g||; leave it out");
  auto const table = io::read_columns(o.tasks, {"c1", "c2", "c3", "h", "y1", "y2", "y3"});
  tell_ignored(o.tasks, table);
  config::RunConfig without;
  without.problem.name = o.problem;
  auto model = read_model(without, o, model_file);
  auto& solver = model.config.solver;
  if (o.relaxation && !model_file.empty() && solver.learned != config::Learned::guess) {
    throw InputError("--relaxation: the model chooses the relaxation factor; leave out one of the two");
  }
  if (o.relaxation) solver.relaxation = *o.relaxation;
  auto tasks = problems::given_robertson(table.values, solver.relaxation, row_names(o.tasks));
  tasks.clamps = solver.clamp;
  return solve_input(std::move(tasks), std::move(model), !model_file.empty());
}

/// Times the diagonal, where the user gives none: next to nothing, and raised where no factor comes of it.
constexpr double default_shift = 0;

/// Whether a --set gives the shift or its unit.
bool sets_shift(SolveOptions const& o) {
  return std::ranges::any_of(o.common.overrides, [](std::string const& given) {
    auto key = given.substr(0, given.find('='));
    key.erase(key.find_last_not_of(" \t") + 1);
    return key == "solver.shift" || key == "solver.shift_scale";
  });
}

/// --preconditioner, --ordering, --fill-level, --fill-entries, --shift and --shift-scale as overrides of their keys.
void apply_spd_options(SolveOptions const& o, config::RunConfig& c) {
  c.problem.matrices = o.matrices;
  if (!o.ordering.empty()) c.solver.ordering = *config::value_of<config::Ordering>(o.ordering);
  if (o.fill_level && o.fill_entries) {
    throw InputError("--fill-level and --fill-entries: two rules for what the factor keeps; give one of them");
  }
  if (o.fill_level) c.solver.fill_level = *o.fill_level;
  if (o.fill_level) c.solver.fill_entries = -1;
  if (o.fill_entries) c.solver.fill_entries = *o.fill_entries;
  if (!o.shift && o.shift_scale == "absolute") {
    throw InputError("--shift-scale absolute: of which shift? Give --shift with it, or leave it out");
  }
  if (o.shift || !o.shift_scale.empty() || !sets_shift(o)) {  // else as --set says
    bool const relative = !o.shift || o.shift_scale == "diagonal";
    c.solver.shift = o.shift.value_or(default_shift);
    c.solver.shift_scale = relative ? config::ShiftScale::diagonal : config::ShiftScale::absolute;
  }
  if (!o.preconditioner.empty()) {
    c.solver.preconditioner = *config::value_of<config::PreconditionerKind>(o.preconditioner);
  }
  if (c.solver.preconditioner != config::PreconditionerKind::incomplete_cholesky &&
      (o.fill_level || o.fill_entries || o.shift || !o.shift_scale.empty())) {
    throw InputError(
        "--fill-level, --fill-entries, --shift, --shift-scale: for --preconditioner ic alone; leave them out");
  }
}

SolveInput read_spd(SolveOptions const& o, fs::path const& model_file) {
  if (!o.measure.empty()) throw InputError("--measure: spd systems have one only, the relative residual; leave it out");
  if (o.relaxation) throw InputError("--relaxation: conjugate gradients have none; leave it out");
  if (!model_file.empty() && (o.shift || !o.shift_scale.empty())) {
    throw InputError("--shift, --shift-scale: the model chooses the shift; leave out one of the two");
  }
  if (!model_file.empty() && (!o.preconditioner.empty() || !o.ordering.empty() || o.fill_level || o.fill_entries)) {
    throw InputError(
        "--preconditioner, --ordering, --fill-level, --fill-entries: the model was trained with its own; leave them "
        "out");
  }
  config::RunConfig without;
  without.problem.name = o.problem;
  if (model_file.empty()) apply_spd_options(o, without);
  SolveInput input{{}, read_model(without, o, model_file), !model_file.empty()};
  auto const& c = input.model.config;
  auto folder = problems::read_spd_folder(o.matrices, c.resources.memory_bytes);
  for (auto const& file : folder.left_out) std::cerr << "metasolve: " << file << '\n';
  auto const solved = static_cast<std::int64_t>(folder.systems.size());
  if (solved > 0) {
    std::cerr << "metasolve: " << o.matrices << ": " << problems::right_sides_text(folder.right_sides, solved) << '\n';
  }
  input.right_sides = folder.right_sides;
  input.broken = std::move(folder.broken);
  for (auto const& group : problems::grouped(folder.systems)) {
    SolvePart part{problems::given_spd(folder.systems, group, c.solver.ordering, train::iccg_settings(c)), {}};
    for (auto const i : group.members) part.numbers.push_back(folder.systems[i].number);
    input.parts.push_back(std::move(part));
  }
  return input;
}

}  // namespace

SolveInput solve_input(problems::AnyTasks tasks, train::Checkpoint model, bool has_model) {
  auto const count = std::visit([](auto const& t) { return t.count; }, tasks);
  SolvePart part{std::move(tasks), std::vector<std::int64_t>(static_cast<std::size_t>(count))};
  std::iota(part.numbers.begin(), part.numbers.end(), std::int64_t{0});
  SolveInput input{{}, std::move(model), has_model};
  input.parts.push_back(std::move(part));
  return input;
}

SolveInput read_solve_input(SolveOptions const& o, fs::path const& model_file) {
  bool const has_folder = !o.matrices.empty() || !o.preconditioner.empty() || !o.ordering.empty() || o.fill_level ||
                          o.fill_entries || o.shift || !o.shift_scale.empty();
  if (o.problem == "spd") {
    if (!o.tasks.empty()) throw InputError("--tasks: spd systems come from a folder; give it with --matrices");
    if (o.matrices.empty())
      throw InputError("--matrices: not given; expected a folder of matrices A_0.mtx, A_1.mtx, ...");
    return read_spd(o, model_file);
  }
  if (o.problem == "elasticity") {
    throw InputError(
        "--problem: beams are assembled from their numbers; solve with --problem spd, or evaluate a model");
  }
  if (has_folder) {
    throw InputError(
        "--matrices, --preconditioner, --ordering, --fill-level, --fill-entries, --shift, --shift-scale: for --problem "
        "spd alone; leave them out");
  }
  if (o.tasks.empty()) throw InputError("--tasks: not given; expected a file with one task a row");
  return o.problem == "robertson" ? read_robertson(o, model_file) : read_poisson(o, model_file);
}

}  // namespace metasolve::app
