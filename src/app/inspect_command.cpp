// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/inspect_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/run_folder.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/model/model_file.hpp"
#include "metasolve/detail/model/model_json.hpp"
#include "metasolve/detail/model/names.hpp"
#include "metasolve/detail/train/documents.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

namespace fs = std::filesystem;

/// A text of the file. Control characters must not reach the terminal.
std::string plain(std::string const& text) {
  bool const is_plain =
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return is_plain ? text : io::shown(text);
}

bool is_checkpoint(fs::path const& file) {
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return false;
  try {
    auto const found = io::read_safetensors(file);
    auto const format = found.metadata.find("format");
    return format != found.metadata.end() &&
           (format->second == model::old_checkpoint_format || format->second == model::checkpoint_format);
  } catch (InputError const&) {
    return false;
  }
}

std::string range_text(model::Parameter const& p) {
  if (std::isinf(p.low) && std::isinf(p.high)) return "any";
  return io::shortest(p.low) + " to " + io::shortest(p.high);
}

/// Describes how parameter p is computed.
std::string made_by(model::Model const& m, std::int64_t p) {
  if (m.sides.head.empty()) return m.basis.empty() ? "an output" : "the basis";
  auto const& e = m.sides.head[static_cast<std::size_t>(p)];
  if (e.kind == kernels::HeadKind::given) return "the task's default";
  return std::string(io::name_of(e.kind)) + " of output " + std::to_string(e.output);
}

void print_features(std::ostream& out, model::Model const& m) {
  out << "features: " << m.sides.feature_count() << ", scaled as (feature - shift) scale\n";
  std::size_t at = 0;
  for (auto const& f : m.sides.features) {
    auto const count = static_cast<std::size_t>(f.count);
    out << "  " << at << (count > 1 ? " ... " + std::to_string(at + count - 1) : "") << "  " << plain(f.name);
    if (count == 1) out << "  shift " << number("%.6g", m.shift[at]) << ", scale " << number("%.6g", m.scale[at]);
    out << '\n';
    at += count;
  }
}

void print_parameters(std::ostream& out, model::Model const& m) {
  out << "parameters: " << m.sides.parameter_count() << '\n';
  std::int64_t at = 0;
  for (auto const& p : m.sides.parameters) {
    out << "  " << at << (p.count > 1 ? " ... " + std::to_string(at + p.count - 1) : "") << "  " << plain(p.name)
        << "  range: " << range_text(p) << (p.unit.empty() ? "" : ", unit: " + plain(p.unit)) << "; by "
        << made_by(m, at) << "; without a meta-solver: " << plain(p.without) << '\n';
    at += p.count;
  }
}

void print_settings(std::ostream& out, model::Model const& m) {
  if (m.sides.settings.empty()) return;
  constexpr std::size_t most = 8;
  out << "settings of the solver:\n";
  for (auto const& s : m.sides.settings) {
    out << "  " << plain(s.name) << ':';
    for (std::size_t i = 0; i < std::min(most, s.values.size()); ++i) out << ' ' << number("%.6g", s.values[i]);
    if (s.values.size() > most) out << " ... (" << s.values.size() << ')';
    out << '\n';
  }
}

void print(std::ostream& out, std::string const& file, model::Model const& m) {
  auto const& t = m.training;
  out << file << ": a model, format " << model::format << "\nproblem: " << plain(m.sides.problem) << '\n';
  print_features(out, m);
  print_parameters(out, m);
  print_settings(out, m);
  out << "network:";
  auto const& sizes = m.network.sizes;
  for (std::size_t l = 0; l < sizes.size(); ++l) out << (l == 0 ? " " : " - ") << sizes[l];
  if (auto const& grid = m.network.grid) {
    for (auto const& layer : network::named_layers(grid->layers)) out << "\n  " << plain(layer);
    out << "\n ";
  }
  out << ", " << io::name_of(m.activation) << ", " << io::name_of(m.precision) << ", " << m.weights.size()
      << " weights\ntrained for: tolerance " << io::shortest(t.tolerance) << ", at most " << t.max_iterations
      << " iterations per task\nby: metasolve "
      << (t.version.empty() ? "of an unknown version" : plain(t.version) + ", commit " + plain(t.commit))
      << (t.run.empty() ? "" : "; run " + t.run) << "\nconfiguration:\n";
  auto const configuration = nlohmann::ordered_json::parse(t.configuration);
  for (auto const& [section, keys] : configuration.items()) {
    if (!keys.is_object() || (section != "problem" && section != "solver")) continue;
    for (auto const& [key, value] : keys.items()) out << "  " << section << '.' << key << " = " << value.dump() << '\n';
  }
  out << "  (all of it with --json)\n";
}

}  // namespace

void add_inspect_options(CLI::App& command, InspectOptions& o) {
  command.add_option("file", o.file, "A model, a checkpoint or the folder of a run")->required()->type_name("FILE");
  command.add_flag("--json", o.json, "Print all of it as one JSON document");
}

int run_inspect(InspectOptions const& o) {
  auto const file = model::model_file(o.file);
  auto const found = train::read_any_model(file);
  print(human(o.json), file.string(), found);
  if (o.json) print_document(train::model_document(file, found));
  return done;
}

void add_export_options(CLI::App& command, ExportOptions& o) {
  command.add_option("file", o.file, "A checkpoint, or the folder of a run")->required()->type_name("FILE");
  command.add_option("--out", o.out, "Model file to write; an existing one is replaced")->required()->type_name("FILE");
  command.add_option("--checkpoint", o.which, "Which checkpoint of the folder")
      ->check(CLI::IsMember({"best", "last"}))
      ->capture_default_str();
}

int run_export(ExportOptions const& o) {
  auto const file = checkpoint_of(o.file, o.which);
  std::error_code missing;
  if (fs::equivalent(file, o.out, missing)) {
    throw InputError("--out: " + o.out + " is the file that is exported; give another name");
  }
  if (is_checkpoint(o.out))
    throw InputError("--out: " + o.out + " is a checkpoint, which is not overwritten; give another name");
  model::write_model(o.out, train::read_any_model(file));
  std::cout << "wrote " << o.out << '\n';
  return done;
}

}  // namespace metasolve::app
