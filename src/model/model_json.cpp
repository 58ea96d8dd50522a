// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/model/model_json.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/model/names.hpp"
#include "metasolve/error.hpp"

namespace metasolve::model {

namespace {

using nlohmann::ordered_json;

/// Far beyond our networks; the product of two such sizes still fits in 64 bits.
constexpr std::int64_t most_items = std::int64_t{1} << 24;

/// JSON has no infinity: an infinite bound is written as null.
ordered_json bound(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

ordered_json head_json(std::vector<kernels::HeadEntry> const& head) {
  ordered_json entries = ordered_json::array();
  for (auto const& e : head) {
    ordered_json entry{{"kind", io::name_of(e.kind)}};
    if (e.kind != kernels::HeadKind::given) entry["output"] = e.output;
    if (e.kind == kernels::HeadKind::offset) entry["scale"] = e.high;
    if (e.is_bounded()) {
      entry["low"] = e.low;
      entry["high"] = e.high;
      entry["anchor"] = e.anchor;
      entry["raised"] = e.raised;
    }
    entries.push_back(entry);
  }
  return entries;
}

ordered_json grid_json(network::GridNetworkShape const& g) {
  return {{"channels", g.channels},
          {"height", g.height},
          {"width", g.width},
          {"masked", g.is_masked},
          {"scaled", g.is_scaled},
          {"bias", g.has_bias},
          {"padding", io::name_of(g.padding)},
          {"layers", network::named_layers(g.layers)}};
}

/// Reads members of an object and reports which one is invalid.
class Reader {
 public:
  Reader(ordered_json const& object, std::string const& origin, std::string path)
      : object_(object), origin_(origin), path_(std::move(path)) {
    if (!object.is_object()) refuse(path_, "an object");
  }

  [[nodiscard]] ordered_json const& at(char const* key) const {
    auto const found = object_.find(key);
    if (found == object_.end()) refuse(named(key), "there");
    return *found;
  }
  [[nodiscard]] std::string text(char const* key) const {
    auto const& value = at(key);
    if (!value.is_string()) refuse(named(key), "a string");
    return value.get<std::string>();
  }
  [[nodiscard]] std::int64_t integer(char const* key, std::int64_t low, std::int64_t high) const {
    return integer(at(key), named(key), low, high);
  }
  [[nodiscard]] double real(char const* key) const {
    auto const& value = at(key);
    if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(named(key), "a finite number");
    return value.get<double>();
  }
  [[nodiscard]] double real_or(char const* key, double none) const { return at(key).is_null() ? none : real(key); }
  [[nodiscard]] bool boolean(char const* key) const {
    auto const& value = at(key);
    if (!value.is_boolean()) refuse(named(key), "true or false");
    return value.get<bool>();
  }
  template <class Enum>
  [[nodiscard]] Enum choice(char const* key) const {
    auto const value = io::value_of<Enum>(text(key));
    if (!value) refuse(named(key), "a name that this metasolve knows");
    return *value;
  }
  /// use(Reader of each)
  template <class Use>
  void each(char const* key, Use&& use) const {
    auto const& list = at(key);
    if (!list.is_array() || static_cast<std::int64_t>(list.size()) > most_items) refuse(named(key), "a list");
    for (std::size_t i = 0; i < list.size(); ++i)
      use(Reader(list[i], origin_, named(key) + "[" + std::to_string(i) + "]"));
  }
  [[nodiscard]] std::vector<std::int64_t> integers(char const* key) const {
    std::vector<std::int64_t> values;
    auto const& list = at(key);
    if (!list.is_array()) refuse(named(key), "a list");
    for (auto const& value : list) values.push_back(integer(value, named(key), 1, most_items));
    return values;
  }
  [[nodiscard]] std::vector<std::string> texts(char const* key) const {
    auto const& list = at(key);
    if (!list.is_array() || list.size() > 4096) refuse(named(key), "a list");
    std::vector<std::string> values;
    for (auto const& value : list) {
      if (!value.is_string()) refuse(named(key), "a list of texts");
      values.push_back(value.get<std::string>());
    }
    return values;
  }
  [[nodiscard]] std::vector<double> reals(char const* key) const {
    auto const& list = at(key);
    if (!list.is_array() || static_cast<std::int64_t>(list.size()) > most_items) refuse(named(key), "a list");
    std::vector<double> values;
    for (auto const& value : list) {
      if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(named(key), "a list of finite numbers");
      values.push_back(value.get<double>());
    }
    return values;
  }
  [[nodiscard]] bool has(char const* key) const { return object_.contains(key); }
  [[nodiscard]] Reader object(char const* key) const { return {at(key), origin_, named(key)}; }
  [[nodiscard]] std::string named(char const* key) const { return path_.empty() ? key : path_ + "." + key; }

  [[noreturn]] void refuse(std::string const& what, std::string const& expected) const {
    throw InputError(origin_ + ": of its model " + what + " is not " + expected +
                     "; the file is damaged, or was written by another program");
  }

 private:
  [[nodiscard]] std::int64_t integer(ordered_json const& value, std::string const& name, std::int64_t low,
                                     std::int64_t high) const {
    bool const fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(high)) &&
                      value.get<std::int64_t>() >= low && value.get<std::int64_t>() <= high;
    if (!fits) refuse(name, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return value.get<std::int64_t>();
  }

  ordered_json const& object_;
  std::string const& origin_;
  std::string path_;
};

/// A network on a grid; its own checks say what is wrong with its layers.
network::GridNetworkShape grid_network(Reader const& r, network::Architecture const& of) {
  constexpr std::int64_t most_side = 1 << 14;
  network::GridNetworkShape g;
  g.channels = static_cast<int>(r.integer("channels", 1, 64));
  g.height = static_cast<int>(r.integer("height", 1, most_side));
  g.width = static_cast<int>(r.integer("width", 1, most_side));
  g.is_masked = r.boolean("masked");
  g.is_scaled = r.boolean("scaled");
  g.has_bias = r.boolean("bias");
  g.padding = r.choice<kernels::GridPadding>("padding");
  g.layers = r.texts("layers");
  try {
    network::grid_layers(g);
  } catch (InputError const& error) {
    r.refuse("grid", std::string("a network: ") + error.what());
  }
  if (of.sizes.size() != 2 || of.features() != g.features() || of.outputs() != g.points()) {
    r.refuse("layers", "the features and points of its grid");
  }
  return g;
}

kernels::HeadEntry head_entry(Reader const& r, std::int64_t outputs) {
  kernels::HeadEntry e;
  e.kind = r.choice<kernels::HeadKind>("kind");
  if (e.kind != kernels::HeadKind::given) e.output = static_cast<std::int32_t>(r.integer("output", 0, outputs - 1));
  if (e.kind == kernels::HeadKind::offset) {
    e.high = r.real("scale");
    if (!(e.high > 0)) r.refuse(r.named("scale"), "above 0");
  }
  if (!e.is_bounded()) return e;
  e.low = r.real("low");
  e.high = r.real("high");
  e.anchor = r.real("anchor");
  e.raised = r.boolean("raised");
  if (!(e.low < e.high)) r.refuse(r.named("low"), "below high");
  if (e.kind == kernels::HeadKind::logarithmic && !(e.low > 0)) r.refuse(r.named("low"), "above 0");
  return e;
}

/// Whether ranges that are displayed are those of the head, and whether the head uses each output of the network.
void require_consistent(Reader const& r, Model const& m) {
  auto const& sides = m.sides;
  std::vector<bool> used(static_cast<std::size_t>(m.network.outputs()), false);
  bool all_given = true;
  std::size_t entry = 0;
  for (auto const& p : sides.parameters) {
    if (!(p.low < p.high)) r.refuse("the range of parameter \"" + p.name + "\"", "low below high");
    for (std::int64_t i = 0; i < p.count && !sides.head.empty(); ++i) {
      auto const& e = sides.head[entry++];
      if (e.kind == kernels::HeadKind::given) continue;
      all_given = false;
      used[static_cast<std::size_t>(e.output)] = true;
      bool const same =
          e.is_bounded() ? p.low == lowest_of(e) && p.high == e.high : std::isinf(p.low) && std::isinf(p.high);
      if (!same) r.refuse("the range of parameter \"" + p.name + "\"", "that of its head");
    }
  }
  if (!all_given && std::ranges::find(used, false) != used.end())
    r.refuse("head", "made of all outputs of the network");
}

}  // namespace

ordered_json to_json(Interface const& sides) {
  ordered_json features = ordered_json::array(), parameters = ordered_json::array();
  for (auto const& f : sides.features) features.push_back({{"name", f.name}, {"count", f.count}});
  for (auto const& p : sides.parameters) {
    parameters.push_back({{"name", p.name},
                          {"unit", p.unit},
                          {"count", p.count},
                          {"low", bound(p.low)},
                          {"high", bound(p.high)},
                          {"default", p.without}});
  }
  ordered_json document{
      {"problem", sides.problem}, {"features", features}, {"parameters", parameters}, {"head", head_json(sides.head)}};
  if (!sides.settings.empty()) {
    auto& settings = document["settings"] = ordered_json::array();
    for (auto const& s : sides.settings) settings.push_back({{"name", s.name}, {"values", s.values}});
  }
  return document;
}

ordered_json to_json(Model const& m) {
  auto const sides = to_json(m.sides);
  ordered_json probe = ordered_json::array();
  for (double const x : m.sides.probe) probe.push_back(bound(x));
  auto const& t = m.training;
  ordered_json document{
      {"format", format},
      {"problem", sides["problem"]},
      {"features", sides["features"]},
      {"parameters", sides["parameters"]},
      {"layers", m.network.sizes},
      {"activation", io::name_of(m.activation)},
      {"precision", io::name_of(m.precision)},
      {"output_gain", m.output_gain},
      {"has_basis", !m.basis.empty()},
      {"head", sides["head"]},
      {"probe", probe},
      {"training",
       {{"tolerance", t.tolerance},
        {"max_iterations", t.max_iterations},
        {"version", t.version},
        {"commit", t.commit},
        {"run", t.run},
        {"configuration", t.configuration.empty() ? ordered_json::object() : ordered_json::parse(t.configuration)}}}};
  if (m.adds_given) document["adds_given"] = true;
  if (m.network.grid) document["grid"] = grid_json(*m.network.grid);
  if (sides.contains("settings")) document["settings"] = sides["settings"];
  return document;
}

Model from_json(ordered_json const& document, std::string const& origin) {
  Reader const r(document, origin, "");
  auto const written = r.integer("format", 1, most_items);
  if (written > format) {
    throw InputError(origin + ": its model has format " + std::to_string(written) +
                     ", and this metasolve reads up to " + std::to_string(format) +
                     "; use the metasolve that wrote it, or a later one");
  }
  Model m;
  auto& sides = m.sides;
  sides.problem = r.text("problem");
  r.each("features", [&](Reader const& f) {
    sides.features.push_back({f.text("name"), f.integer("count", 1, most_items)});
  });
  constexpr double infinite = std::numeric_limits<double>::infinity();
  r.each("parameters", [&](Reader const& p) {
    sides.parameters.push_back({p.text("name"), p.text("unit"), p.integer("count", 1, most_items),
                                p.real_or("low", -infinite), p.real_or("high", infinite), p.text("default")});
  });
  m.network.sizes = r.integers("layers");
  if (m.network.sizes.size() < 2) r.refuse("layers", "a list of at least two sizes");
  if (r.has("grid")) m.network.grid = grid_network(r.object("grid"), m.network);
  m.adds_given = r.has("adds_given") && r.boolean("adds_given");
  m.activation = r.choice<kernels::Activation>("activation");
  m.precision = r.choice<engine::Precision>("precision");
  m.output_gain = r.real("output_gain");
  r.each("head", [&](Reader const& e) { sides.head.push_back(head_entry(e, m.network.outputs())); });
  auto const& probe = r.at("probe");
  if (!probe.is_array()) r.refuse("probe", "a list");
  for (auto const& x : probe) {
    if (!x.is_number() && !x.is_null()) r.refuse("probe", "a list of numbers");
    sides.probe.push_back(x.is_number() ? x.get<double>() : std::nan(""));
  }
  if (r.has("settings")) {
    r.each("settings", [&](Reader const& s) { sides.settings.push_back({s.text("name"), s.reals("values")}); });
  }
  auto const t = r.object("training");
  m.training = {t.real("tolerance"), t.integer("max_iterations", 0, std::numeric_limits<std::int64_t>::max()),
                t.text("version"),   t.text("commit"),
                t.text("run"),       t.at("configuration").dump()};

  auto const parameters = sides.parameter_count();
  if (!(m.training.tolerance > 0)) r.refuse("training.tolerance", "above 0");
  if (sides.feature_count() != m.network.features()) r.refuse("features", "as many as the first of its layers");
  if (parameters < 1 || parameters > most_items) r.refuse("parameters", "a list of 1 or more");
  if (!sides.head.empty() && static_cast<std::int64_t>(sides.head.size()) != parameters) {
    r.refuse("head", "as long as its parameters");
  }
  bool const has_basis = r.boolean("has_basis");
  if (has_basis && !sides.head.empty()) r.refuse("has_basis", "false, as it is beside a head");
  if (!has_basis && sides.head.empty() && m.network.outputs() != parameters) {
    r.refuse("layers", "as wide at their end as its parameters are many");
  }
  if (m.adds_given && !sides.head.empty()) r.refuse("adds_given", "false, as it is beside a head");
  if (has_basis) m.basis.resize(1);  // its numbers are in a tensor
  require_consistent(r, m);
  return m;
}

}  // namespace metasolve::model
