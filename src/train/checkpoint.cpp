// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "build_info.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/model/model_json.hpp"
#include "metasolve/detail/train/checkpoint_members.hpp"
#include "metasolve/detail/train/checkpoint_ranges.hpp"
#include "metasolve/detail/train/run_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

std::vector<MemberState> members_of(Checkpoint const& c) {
  auto members = c.others;
  members.insert(members.begin() + c.member, {c.learner, c.schedule});
  return members;
}

void set_members(Checkpoint& c, std::vector<MemberState> members) {
  c.learner = std::move(members[static_cast<std::size_t>(c.member)].learner);
  c.schedule = members[static_cast<std::size_t>(c.member)].schedule;
  members.erase(members.begin() + c.member);
  c.others = std::move(members);
}

engine::LearnerOptions learner_options(Checkpoint const& c) {
  auto options = learner_options(c.config, c.features);
  if (c.gives_own) std::ranges::fill(options.network.head, kernels::HeadEntry{});
  return options;
}

namespace {

constexpr char constants_name[] = "constants.figures";
constexpr char prices_name[] = "prices.figures";

std::vector<double> numbers_of_prices(Checkpoint const& c) {
  std::vector<double> figures;
  for (auto const& price : c.prices) figures.insert(figures.end(), {price.start, price.step});
  return figures;
}

/// Only a choice has any.
void read_prices(io::SafetensorsFile const& file, Checkpoint& c) {
  if (!holds(file, prices_name)) return;
  auto const x = file.view<double>(prices_name, file.at(prices_name).shape);
  for (std::size_t i = 0; i + 1 < x.size(); i += 2) c.prices.push_back({x[i], x[i + 1]});
}

std::vector<double> numbers_of_constants(Checkpoint const& c) {
  auto const& k = c.constants;
  return {k.own_iterations, k.is_tuned ? 1.0 : 0.0, k.value, k.tuned_iterations, c.gives_own ? 1.0 : 0.0};
}

/// Checkpoints of earlier versions have none.
void read_constants(io::SafetensorsFile const& file, Checkpoint& c) {
  if (!holds(file, constants_name)) return;
  auto const x = file.view<double>(constants_name, {5});
  c.constants = {true, x[0], x[1] != 0, x[2], x[3]};
  c.gives_own = x[4] != 0;
}

}  // namespace

model::Model model_of(Checkpoint const& c) {
  auto const network = learner_options(c).network;
  model::Model m;
  m.sides = problems::problem_of(c.config).interface(c.config);
  m.sides.head = network.head;
  m.network = static_cast<network::Architecture const&>(network);  // the rest stands beside it
  m.adds_given = network.adds_given;
  m.activation = network.activation;
  m.precision = c.config.network.precision;
  m.shift = network.shift;
  m.scale = network.scale;
  m.output_gain = network.output_gain;
  m.basis = network.basis;
  m.weights = c.learner.weights;
  m.training = {.tolerance = c.config.solver.tolerance,
                .max_iterations = c.config.solver.max_iterations,
                .version = build_info::version,
                .commit = build_info::git_commit,
                .run = c.run,
                .configuration = config::to_json(c.config).dump()};
  return m;
}

std::string encode_checkpoint(Checkpoint const& c) {
  auto const meta_solver = model_of(c);
  auto tensors = model::tensors_of(meta_solver);
  add_own_learner(c, tensors);
  tensors.push_back(integers("trainer.counters",
                             {c.epoch, c.has_best ? 1 : 0, c.best_epoch, static_cast<std::int64_t>(c.metrics_bytes),
                              c.schedule.seen ? 1 : 0, c.schedule.waited, c.schedule.reductions}));
  tensors.push_back(scalars("trainer.figures", {c.best_figure, c.best_iterations, c.schedule.best, c.seconds}));
  if (c.constants.known) tensors.push_back(scalars(constants_name, numbers_of_constants(c)));
  if (!c.prices.empty()) tensors.push_back(scalars(prices_name, numbers_of_prices(c)));
  add_other_members(c, tensors);
  std::map<std::string, std::string> texts{{"format", model::checkpoint_format},
                                           {"model", model::description_of(meta_solver)}};
  if (!c.metrics_hash.empty()) texts["metrics_hash"] = c.metrics_hash;
  return io::encode_safetensors(tensors, texts);
}

void write_checkpoint(std::filesystem::path const& file, Checkpoint const& c) {
  io::write_file_atomically(file, encode_checkpoint(c));
}

namespace {

std::string text_or_none(io::SafetensorsFile const& file, char const* key) {
  auto const found = file.metadata.find(key);
  return found == file.metadata.end() ? std::string() : found->second;
}

config::RunConfig configuration(std::string const& text, std::string const& origin) {
  auto c = config::from_json(io::parse_json(text, origin + ": its configuration"), origin);
  if (problems::find_problem(c.problem.name) == nullptr) throw_unknown_problem(origin, c.problem.name);
  return c;
}

/// The network is built from the configuration here, and from the description in the library: they must agree.
void require_as_configured(model::Model const& read, model::Model const& configured, std::string const& origin) {
  auto const a = model::to_json(read), b = model::to_json(configured);
  for (char const* key : {"activation", "precision", "output_gain", "adds_given", "has_basis", "head"}) {
    auto const given = [key](auto const& model) { return model.value(key, nlohmann::ordered_json()); };
    if (given(a) == given(b)) continue;
    throw InputError(origin + ": of its model " + key + " is " + given(a).dump() + ", and its configuration gives " +
                     given(b).dump() + "; the file is damaged or was edited");
  }
  for (std::size_t i = 0; i < read.basis.size(); ++i) {
    if (std::abs(read.basis[i] - configured.basis[i]) <= 1e-12) continue;
    throw InputError(origin + ": the basis of its model is not that of its configuration; the file is damaged or was " +
                     "edited");
  }
  for (std::size_t i = 0; i < read.sides.parameters.size(); ++i) {
    auto const &p = read.sides.parameters[i], &q = configured.sides.parameters[i];
    if (p.low == q.low && p.high == q.high && p.unit == q.unit) continue;
    throw InputError(origin + ": the range or unit of its model's parameter \"" + p.name +
                     "\" is not that of its configuration; the file is damaged or was edited");
  }
}

/// Takes over a model's contents. @throws InputError it does not fit its problem
void take_model(model::Model const& m, std::string const& origin, Checkpoint& c) {
  // Report an unknown problem before parsing its configuration, which may have keys of that problem.
  if (problems::find_problem(m.sides.problem) == nullptr) throw_unknown_problem(origin, m.sides.problem);
  c.config = configuration(m.training.configuration, origin);
  auto const& problem = problems::problem_of(c.config);
  auto const sides = problem.interface(c.config);
  try {
    model::require_fits(m, sides, origin + ": its model");
  } catch (InputError const& misfit) {
    auto const files = problem.task_files(c.config);
    if (files.empty()) throw;
    throw problems::UnreadableTasks(files + ": not the tasks of the training: " + misfit.what());
  }
  if (m.network != architecture(c.config)) {
    throw InputError(origin + ": the layers of its model are not those of its configuration; the file is damaged");
  }
  c.run = m.training.run;
  c.features = {m.shift, m.scale};
  c.learner.weights = m.weights;
  // A trained head always has an output.
  c.gives_own = !m.sides.head.empty() &&
                std::ranges::all_of(m.sides.head, [](auto const& e) { return e.kind == kernels::HeadKind::given; });
  require_as_configured(m, model_of(c), origin);
}

/// Reads what checkpoints of the first format have instead of a model.
void take_first_format(io::SafetensorsFile const& file, std::string const& origin, Checkpoint& c) {
  c.config = configuration(file.metadata_at("config"), origin);
  c.run = text_or_none(file, "run");
  auto const layers = network::layer_shapes(architecture(c.config));
  model::NetworkTensors const network(c.config.network.precision);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    auto const name = "layers." + std::to_string(l);
    network.read(file, name + ".weight", {layers[l].out, layers[l].in}, c.learner.weights);
    network.read(file, name + ".bias", {layers[l].out}, c.learner.weights);
  }
  auto const width = layers.front().in;
  auto const shift = file.view<double>("features.shift", {width});
  auto const scale = file.view<double>("features.scale", {width});
  c.features = {{shift.begin(), shift.end()}, {scale.begin(), scale.end()}};
}

Checkpoint checkpoint_in(io::SafetensorsFile const& file, std::string const& origin) {
  Checkpoint c;
  auto const& format = file.metadata_at("format");
  if (format == model::old_checkpoint_format) {
    take_first_format(file, origin, c);
  } else if (format == model::checkpoint_format) {
    take_model(model::model_in(file), origin, c);
  } else {
    throw InputError(origin + ": format '" + format + "' found, expected '" + model::checkpoint_format +
                     "'; the checkpoint was written by another version of metasolve" +
                     (format == model::model_format ? ", or is a model alone, which no training goes on from" : ""));
  }
  c.metrics_hash = text_or_none(file, "metrics_hash");
  read_own_learner(file, c);
  auto const t = file.view<std::int64_t>("trainer.counters", {7});
  auto const f = file.view<double>("trainer.figures", {4});
  // Validate before narrowing.
  require_within(origin, "its epoch", t[0], 0, c.config.training.epochs);
  require_within(origin, "its best epoch", t[2], 0, t[0]);
  require_within(origin, "its count of metrics' bytes", t[3], 0, std::numeric_limits<std::int64_t>::max());
  c.epoch = static_cast<int>(t[0]);
  c.has_best = t[1] != 0;
  c.best_epoch = static_cast<int>(t[2]);
  c.metrics_bytes = static_cast<std::uint64_t>(t[3]);
  c.schedule = {f[2], t[4] != 0, t[5], t[6]};
  c.best_figure = f[0];
  c.best_iterations = f[1];
  c.seconds = f[3];
  read_constants(file, c);
  read_prices(file, c);
  read_other_members(file, origin, c);
  require_ranges(c, origin);
  return c;
}

}  // namespace

Checkpoint decode_checkpoint(std::string_view bytes, std::string const& origin) {
  return checkpoint_in(io::decode_safetensors(bytes, origin), origin);
}

Checkpoint read_checkpoint(std::filesystem::path const& path) {
  return checkpoint_in(io::read_safetensors(path), path.string());
}

model::Model read_any_model(std::filesystem::path const& path) {
  auto const file = io::read_safetensors(path);
  auto const format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != model::old_checkpoint_format) return model::model_of(file);
  auto made = model_of(checkpoint_in(file, path.string()));
  made.training.version = made.training.commit = "";  // it does not say
  return made;
}

Checkpoint read_to_solve(std::filesystem::path const& path) {
  auto const file = io::read_safetensors(path);
  if (file.metadata_at("format") != model::model_format) return checkpoint_in(file, path.string());
  Checkpoint c;
  take_model(model::model_in(file), path.string(), c);
  return c;
}

}  // namespace metasolve::train
