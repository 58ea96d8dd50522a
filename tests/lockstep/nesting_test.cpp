// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/error.hpp"
#include "metasolve/meta_solver.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// Malicious files: endlessly nested documents, and checkpoints with a correct checksum whose numbers no training can
/// produce.
namespace metasolve::nesting_test {
namespace {

using test::expect_message, test::TemporaryFolder;

std::string repeated(std::string const& part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}
std::string nested(int depth) { return repeated("[", depth) + repeated("]", depth); }

TEST(Nesting, JsonIsBounded) {
  EXPECT_EQ(io::parse_json(nested(io::deepest_json), "file").size(), 1U);
  EXPECT_EQ(io::parse_json(R"({"a": "[[[{{{\"[[[\\", "b": [1]})", "file")["a"], R"([[[{{{"[[[\)");
  EXPECT_EQ(io::parse_json("[" + repeated("[{}],", 1000) + "0]", "file").size(), 1001U) << "breadth is no depth";
  for (auto const& text : {nested(io::deepest_json + 1), nested(1000000), repeated("[", 1000000),
                           repeated("{\"a\":", 1000000), repeated("[{\"a\":", 1000000)}) {
    expect_message<InputError>([&] { io::parse_json(text, "file"); }, {"file: ", "64 deep", "another file"});
  }
  for (char const* const text : {"", "{", "[1,]", "{\"a\" 1}", "\"\xff\""}) {
    expect_message<InputError>([&] { io::parse_json(text, "file"); }, {"file: is not JSON", "byte "});
  }
  expect_message<InputError>([&] { io::parse_json("[1e400]", "file"); }, {"file: is not JSON", "number"});
}

TEST(Nesting, TomlIsBounded) {
  auto const path = repeated("a.", 200000) + "a";
  for (auto const& text : {path + " = 1", "[" + path + "]", "[[" + path + "]]", "x = {" + path + " = 1}",
                           "y = '''\n' '' '''\n" + path + " = 1", "y = \"\"\"\\\"\"\"\"\"\n" + path + " = 1"}) {
    expect_message<InputError>([&] { config::parse(text, "file", {}); }, {"file:", "parts", "section.key"});
  }
  expect_message<InputError>([&] { config::parse("x = " + nested(200000), "file", {}); }, {"file:1", "nested"});
  expect_message<InputError>([&] { config::parse("", "", {"network.hidden={" + path + "=1}"}); }, {"parts"});
  // Dots that do not belong to a key.
  config::parse("# ....................\n[loss]\ngain = 1.5 # ............\n", "file", {"solver.tolerance=1e-3"});
  auto const dots =
      config::parse("problem.name = 'spd'\nproblem.matrices = '../../../../../../../../../../a.b'", "file", {});
  EXPECT_EQ(dots.of<problems::SpdSettings>().matrices, "../../../../../../../../../../a.b");
}

/// A checkpoint of a small network, as after two epochs.
class CraftedCheckpoint : public ::testing::Test {
 protected:
  CraftedCheckpoint() {
    train::Checkpoint c;
    c.config.of<problems::PoissonSettings>().unknowns = 4;
    c.config.network.hidden = {3};
    c.config.network.precision = engine::Precision::single_precision;
    c.config.problem.train_tasks = 100;
    c.config.training.epochs = 5;
    c.learner.weights = train::initial_weights(c.config);
    c.learner.clock.updates = 14;
    c.features = {std::vector<double>(4, 0.0), std::vector<double>(4, 1.0)};
    c.epoch = 2;
    c.has_best = true;
    c.best_epoch = 1;
    train::write_checkpoint(path(), c);
  }
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "model.safetensors"; }

  /// The file with a change and an updated checksum, as read by MetaSolver::load and training.
  template <class Edit>
  void load_with(Edit&& edit) const {
    auto file = io::read_safetensors(path());
    edit(file);
    io::write_safetensors(folder_ / "crafted.safetensors", file.tensors, file.metadata);
    MetaSolver::load(folder_ / "crafted.safetensors");
    train::read_checkpoint(folder_ / "crafted.safetensors");
  }
  template <class T>
  void load_with(char const* tensor, std::size_t at, T value) const {
    load_with([&](io::SafetensorsFile& file) {
      for (auto& t : file.tensors) {
        if (t.name == tensor) std::memcpy(t.data.data() + at * sizeof(T), &value, sizeof(T));
      }
    });
  }
  template <class T>
  void expect_refused(char const* tensor, std::size_t at, T value, char const* part) const {
    expect_message<InputError>([&] { load_with(tensor, at, value); }, {"crafted.safetensors", part, "damaged"});
  }
  TemporaryFolder folder_;
};

TEST_F(CraftedCheckpoint, AsItWasIsLoaded) {
  load_with([](io::SafetensorsFile&) {});
}

TEST_F(CraftedCheckpoint, WithANestedConfigurationIsRefused) {
  constexpr int deep = 200000;
  for (auto const& config :
       {"{\"network\":{\"hidden\":" + nested(deep) + "}}", "{\"network\":" + nested(deep) + "}",
        "{\"x\":" + repeated("{\"a\":", deep) + "1" + repeated("}", deep) + "}", repeated("[", deep)}) {
    auto const load = [&] { load_with([&](io::SafetensorsFile& file) { file.metadata["model"] = config; }); };
    expect_message<InputError>(load, {"crafted.safetensors: its model", "64 deep"});
  }
  auto const no_json = [&] { load_with([](io::SafetensorsFile& file) { file.metadata["model"] = "{"; }); };
  expect_message<InputError>(no_json, {"crafted.safetensors: its model", "not JSON"});
}

TEST_F(CraftedCheckpoint, WithImpossibleNumbersIsRefused) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  constexpr auto nan_f = std::numeric_limits<float>::quiet_NaN();
  expect_refused("adam.first_moment", 2, nan_f, "first moments");
  expect_refused("adam.second_moment", 0, -1.0F, "second moments");
  expect_refused("adam.second_moment", 3, std::numeric_limits<float>::infinity(), "second moments");
  expect_refused("layers.0.weight", 1, nan_f, "weights");
  expect_refused("features.scale", 0, inf, "scales");
  expect_refused("clock.counters", 0, std::int64_t{101}, "position");
  for (auto const updates : {std::int64_t{-1}, std::int64_t{301}, most}) {
    expect_refused("clock.counters", 1, updates, "updates");
  }
  expect_refused("clock.sums", 0, nan, "rate");
  expect_refused("clock.sums", 2, -1.0, "iterations");
  for (auto const epoch : {std::int64_t{-1}, std::int64_t{6}, std::int64_t{1} << 32}) {
    expect_refused("trainer.counters", 0, epoch, "epoch");
  }
  for (auto const best : {std::int64_t{-5}, std::int64_t{0}, std::int64_t{3}, (std::int64_t{1} << 32) + 1}) {
    expect_refused("trainer.counters", 2, best, "best epoch");
  }
  expect_refused("trainer.counters", 3, least, "bytes");
  expect_refused("trainer.counters", 5, std::int64_t{1} << 62, "without progress");
  expect_refused("trainer.counters", 6, std::int64_t{1} << 62, "reductions");
  expect_refused("trainer.figures", 0, inf, "best figures");
  for (double const seconds : {nan, inf, -1.0}) expect_refused("trainer.figures", 3, seconds, "seconds");
}

TEST_F(CraftedCheckpoint, WithOtherSizesThanItsTensorsIsRefused) {
  auto const with_layers = [&](char const* layers) {
    load_with([&](io::SafetensorsFile& file) {
      auto document = io::parse_json<nlohmann::ordered_json>(file.metadata["model"], "model");
      document["layers"] = io::parse_json(layers, "layers");
      file.metadata["model"] = document.dump();
    });
  };
  for (char const* const layers : {"[4, 4, 4]", "[4, 3, 3, 4]", "[4, 65536, 65536, 65536, 4]", "[4, 4]"}) {
    expect_message<InputError>([&] { with_layers(layers); }, {"crafted.safetensors", "layers."});
  }
}

}  // namespace
}  // namespace metasolve::nesting_test
