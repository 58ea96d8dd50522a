// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/model/model_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/model/model_json.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/qp_families.hpp"
#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/meta_solver.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// Model files: contents, and rejected files.
namespace metasolve::test::model_test {
namespace {

using model::Model;

/// A model with its initial weights. edit: changes the configuration.
template <class Edit>
Model made(char const* problem, Edit&& edit) {
  train::Checkpoint c;
  c.config.problem.name = problem;
  c.config.network.hidden = {5, 3};
  edit(c.config);
  auto const width = static_cast<std::size_t>(train::architecture(c.config).features());
  c.learner.weights = train::initial_weights(c.config);
  for (std::size_t i = 0; i < width; ++i) {
    c.features.shift.push_back(0.1 * static_cast<double>(i));
    c.features.scale.push_back(1.0 / (3.0 + static_cast<double>(i)));
  }
  c.run = "a run";
  return train::model_of(c);
}
Model poisson() {
  return made("poisson", [](config::RunConfig& c) {
    c.of<problems::PoissonSettings>() = {.unknowns = 6, .basis = problems::Basis::sine, .basis_size = 4};
    c.network.output_gain = 1.0 / 3;
  });
}
Model robertson(engine::Precision precision = engine::Precision::single_precision) {
  return made("robertson", [&](config::RunConfig& c) {
    c.network.precision = precision;
    c.network.activation = kernels::Activation::relu;
    c.solver.tolerance = 3e-9;
    c.solver.max_iterations = 777;
  });
}
Model quadratic_programs() {
  return made("qp", [](config::RunConfig& c) { c.of<problems::QpSettings>().of = "quadcopter_condensed"; });
}

void expect_equal(Model const& a, Model const& b) {
  EXPECT_EQ(a.sides.problem, b.sides.problem);
  EXPECT_EQ(a.sides.features, b.sides.features);
  EXPECT_EQ(a.sides.parameters, b.sides.parameters);
  ASSERT_EQ(a.sides.head.size(), b.sides.head.size());
  for (std::size_t p = 0; p < a.sides.head.size(); ++p) {
    auto const &x = a.sides.head[p], &y = b.sides.head[p];
    EXPECT_EQ(x.kind, y.kind);
    EXPECT_EQ(x.output, y.output);
    if (!x.is_bounded()) continue;
    EXPECT_EQ(x.low, y.low);
    EXPECT_EQ(x.high, y.high);
    EXPECT_EQ(x.anchor, y.anchor);
    EXPECT_EQ(x.raised, y.raised);
  }
  EXPECT_EQ(a.sides.probe, b.sides.probe);
  EXPECT_EQ(a.sides.settings, b.sides.settings);
  EXPECT_EQ(a.network, b.network);
  EXPECT_EQ(a.activation, b.activation);
  EXPECT_EQ(a.precision, b.precision);
  EXPECT_EQ(a.shift, b.shift);
  EXPECT_EQ(a.scale, b.scale);
  EXPECT_EQ(a.output_gain, b.output_gain);
  EXPECT_EQ(a.basis, b.basis);
  EXPECT_EQ(a.training.tolerance, b.training.tolerance);
  EXPECT_EQ(a.training.max_iterations, b.training.max_iterations);
  EXPECT_EQ(a.training.run, b.training.run);
  EXPECT_EQ(a.training.configuration, b.training.configuration);
  ASSERT_EQ(a.weights.size(), b.weights.size());
}

TEST(ModelFile, HoldsAllOfAModel) {
  TemporaryFolder const folder;
  for (auto const& m : {poisson(), robertson(), robertson(engine::Precision::double_precision), quadratic_programs()}) {
    model::write_model(folder / "m.safetensors", m);
    auto const read = model::read_model(folder / "m.safetensors");
    expect_equal(m, read);
    bool const is_double = m.precision == engine::Precision::double_precision;
    for (std::size_t i = 0; i < m.weights.size(); ++i) {
      EXPECT_EQ(read.weights[i], is_double ? m.weights[i] : static_cast<double>(static_cast<float>(m.weights[i])));
    }
    auto const loaded = MetaSolver::load(folder / "m.safetensors");
    EXPECT_EQ(loaded.problem(), m.sides.problem);
    EXPECT_EQ(loaded.features(), m.sides.feature_count());
    EXPECT_EQ(loaded.tolerance(), m.training.tolerance);
  }
}

TEST(ModelFile, SaysWhatItIs) {
  auto const document = model::to_json(robertson());
  EXPECT_EQ(document["problem"], "robertson");
  EXPECT_EQ(document["layers"], (std::vector<std::int64_t>{7, 5, 3, 4}));
  EXPECT_EQ(document["activation"], "relu");
  EXPECT_EQ(document["precision"], "float");
  EXPECT_EQ(document["features"].size(), 7U);
  EXPECT_EQ(document["parameters"].size(), 4U);
  EXPECT_EQ(document["head"][0]["kind"], "interval");
  EXPECT_EQ(document["head"][0]["low"], 1.0);
  EXPECT_EQ(document["head"][0]["high"], 2.0);
  EXPECT_EQ(document["training"]["tolerance"], 3e-9);
  EXPECT_EQ(document["training"]["max_iterations"], 777);
  EXPECT_EQ(document["training"]["configuration"]["problem"]["name"], "robertson");
  EXPECT_NE(document["training"]["version"], "");
  EXPECT_NE(document["training"]["commit"], "");
}

TEST(ModelFile, ThatIsDamagedOrOfALaterFormatIsRefused) {
  auto const whole = model::to_json(robertson());
  auto const refuse = [&](char const* pointer, nlohmann::ordered_json const& value,
                          std::initializer_list<std::string> parts) {
    auto document = whole;
    document[nlohmann::ordered_json::json_pointer(pointer)] = value;
    expect_message<InputError>([&] { model::from_json(document, "the file"); }, {"the file"});
    expect_message<InputError>([&] { model::from_json(document, "the file"); }, parts);
  };
  refuse("/format", 2, {"format 2", "reads up to 1", "later"});
  refuse("/format", "1", {"format"});
  refuse("/problem", 3, {"problem", "a string"});
  refuse("/layers", {7}, {"layers"});
  refuse("/layers", {7, -3, 4}, {"layers", "a whole number"});
  refuse("/layers", {8, 3, 4}, {"features", "layers"});
  refuse("/layers", {7, 3, 3}, {"head[3].output"});
  refuse("/activation", "swish", {"activation"});
  refuse("/precision", "half", {"precision"});
  refuse("/features/0/count", 2, {"features"});
  refuse("/parameters/0/count", std::int64_t{1} << 40, {"parameters[0].count"});
  refuse("/parameters", nlohmann::ordered_json::array(), {"parameters"});
  refuse("/head/0/kind", "sigmoid", {"head[0].kind"});
  refuse("/head/0/low", 2.5, {"head[0].low", "below high"});
  refuse("/head/0/high", nullptr, {"head[0].high", "a finite number"});
  refuse("/has_basis", true, {"has_basis"});
  refuse("/parameters/0/low", 0.5, {"the range of parameter", "that of its head"});
  refuse("/parameters/0/high", 0.5, {"the range of parameter", "low below high"});
  refuse("/head/0/output", 1, {"head", "all outputs"});
  refuse("/head/1", {{"kind", "given"}}, {"head", "all outputs"});
  refuse("/probe/0", "0.5", {"probe"});
  refuse("/training/tolerance", -1.0, {"training.tolerance"});
  refuse("/training/tolerance", "small", {"training.tolerance"});
  for (auto const& [key, value] : whole.items()) {
    auto document = whole;
    document.erase(key);
    expect_message<InputError>([&] { model::from_json(document, "the file"); }, {"the file", key, "is not there"});
  }
}

TEST(ModelFile, HasSettingsOfItsSolver) {
  auto const m = quadratic_programs();
  EXPECT_EQ(m.sides.setting("rho").size(), 70U);
  EXPECT_EQ(m.sides.setting("alpha").size(), 1U);
  EXPECT_TRUE(m.sides.setting("beta").empty());
  auto const whole = model::to_json(m);
  auto const refuse = [&](char const* pointer, nlohmann::ordered_json const& value, char const* part) {
    auto document = whole;
    document[nlohmann::ordered_json::json_pointer(pointer)] = value;
    expect_message<InputError>([&] { model::from_json(document, "the file"); }, {"the file", part});
  };
  refuse("/settings", 3, "settings");
  refuse("/settings/0/name", 3, "settings[0].name");
  refuse("/settings/0/values", 1.0, "settings[0].values");
  refuse("/settings/0/values/1", "1", "settings[0].values");
  auto other = m.sides;
  other.settings.front().values[3] *= 2;
  expect_message<InputError>([&] { model::require_fits(m, other, "the model"); }, {"the model", "row_weights"});
  other.settings.clear();
  model::require_fits(m, other, "the model");
}

/// Of a file whose checksum is right, or gone.
TEST(ModelFile, ThatContradictsItselfIsRefused) {
  auto const m = poisson();
  auto const text = model::description_of(m);
  auto const read = [&](std::string const& description, bool with_checksum = true) {
    std::map<std::string, std::string> const metadata{{"format", model::model_format}, {"model", description}};
    auto file = io::decode_safetensors(io::encode_safetensors(model::tensors_of(m), metadata), "the file");
    file.has_checksum = with_checksum;
    return model::model_of(file);
  };
  expect_equal(read(text), m);
  expect_message<InputError>([&] { read(text, false); }, {"the file", "checksum"});
  auto twice = text;
  twice.insert(twice.size() - 1, R"(,"activation":"tanh")");
  expect_message<InputError>([&] { read(twice); }, {"the file", "activation", "twice"});
  auto without_basis = nlohmann::ordered_json::parse(text);
  without_basis["has_basis"] = false;
  without_basis["layers"].back() = 6;
  expect_message<InputError>([&] { read(without_basis.dump()); }, {"the file"});
  auto huge = nlohmann::ordered_json::parse(text);
  huge["layers"].back() = 1 << 24;
  huge["parameters"][0]["count"] = 1 << 24;
  expect_message<InputError>([&] { read(huge.dump()); }, {"the file"});
}

/// A checkpoint contains the model that is written next to it.
TEST(ModelFile, IsWhatACheckpointHolds) {
  TemporaryFolder const folder;
  train::Checkpoint c;
  c.config.of<problems::PoissonSettings>().unknowns = 4;
  c.config.network.hidden = {3};
  c.learner.weights = train::initial_weights(c.config);
  c.features = {{1, 2, 3, 4}, {5, 6, 7, 8}};
  train::write_checkpoint(folder / "best.safetensors", c);
  expect_equal(model::read_model(folder / "best.safetensors"), train::model_of(c));
  expect_equal(train::model_of(train::read_checkpoint(folder / "best.safetensors")), train::model_of(c));
}

/// In a folder the model itself, if present; a folder without any is reported.
TEST(ModelFile, OfARunIsFound) {
  TemporaryFolder const folder;
  EXPECT_EQ(model::model_file(folder.path()), folder / "model.safetensors");
  std::ofstream(folder / "last.safetensors") << "x";
  expect_message<InputError>([&] { model::model_file(folder.path()); },
                             {"has no best.safetensors", "last.safetensors"});
  std::ofstream(folder / "best.safetensors") << "x";
  EXPECT_EQ(model::model_file(folder.path()), folder / "best.safetensors");
  model::write_model(folder / "model.safetensors", poisson());
  EXPECT_EQ(model::model_file(folder.path()), folder / "model.safetensors");
  EXPECT_EQ(MetaSolver::load(folder.path()).problem(), "poisson");
}

/// tests/data/README.md. Training code reads it; solving code explains how to convert it to a model.
TEST(ModelFile, OfTheFormatBeforeIsReadByWhatTrains) {
  std::filesystem::path const old = METASOLVE_SOURCE_DIR "/tests/data/models/robertson_of_format_1.safetensors";
  expect_message<InputError>([&] { MetaSolver::load(old); }, {"earlier metasolve", "metasolve export"});
  auto const c = train::read_checkpoint(old);
  EXPECT_EQ(c.config.problem.name, "robertson");
  EXPECT_EQ(c.epoch, 1);
  auto const m = train::model_of(c);
  EXPECT_EQ(m.network.sizes, (std::vector<std::int64_t>{7, 4, 1}));
  EXPECT_EQ(m.sides.head[0].kind, kernels::HeadKind::interval);
  EXPECT_EQ(m.sides.head[1].kind, kernels::HeadKind::given);
}

}  // namespace
}  // namespace metasolve::test::model_test
