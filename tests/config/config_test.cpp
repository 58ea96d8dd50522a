// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/config/spelling.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

#ifndef METASOLVE_SOURCE_DIR
#define METASOLVE_SOURCE_DIR "."
#endif

namespace metasolve::config::config_test {
namespace {

using nlohmann::json;
using test::expect_message;
using test::TemporaryFolder;

void expect_refused(std::string const& toml, std::initializer_list<std::string> parts) {
  expect_message<InputError>([&] { parse(toml, "job.toml"); }, parts);
}

void expect_override_refused(std::string const& text, std::initializer_list<std::string> parts) {
  expect_message<InputError>([&] { parse("", "job.toml", {text}); }, parts);
}

/// Values that every kind of key must reject or accept as a whole, and a valid one.
json random_value(Field const& field, std::mt19937_64& random) {
  json const fallback = field.get(RunConfig{});
  if (field.type == "boolean") return random() % 2 == 0;
  if (field.type == "integer" && fallback.is_number_integer()) {
    json const candidate = static_cast<std::int64_t>(random() % 1000);
    RunConfig scratch;
    return field.set(scratch, candidate) ? fallback : candidate;
  }
  if (field.type == "real") {
    json const candidate = std::ldexp(static_cast<double>(random() >> 11U), -53 - static_cast<int>(random() % 30));
    RunConfig scratch;
    return field.set(scratch, candidate) ? fallback : candidate;
  }
  return fallback;
}

RunConfig random_config(std::mt19937_64& random) {
  RunConfig config;
  for (Field const& field : fields()) EXPECT_EQ(field.set(config, random_value(field, random)), std::nullopt);
  config.of<problems::PoissonSettings>().basis_size =
      std::min(config.of<problems::PoissonSettings>().basis_size, config.of<problems::PoissonSettings>().unknowns);
  config.loss.tolerance_start = random() % 2 == 0 ? 0.0 : config.solver.tolerance * 3.0 + 0.1;
  config.schedule.minimum_rate = std::min(config.schedule.minimum_rate, config.optimizer.rate);
  config.schedule.milestones = {static_cast<int>(1 + random() % 50), static_cast<int>(100 + random() % 50)};
  config.schedule.kind = static_cast<ScheduleKind>(random() % 4);
  config.loss.scale = static_cast<LossScale>(random() % 2);
  config.resources.memory_bytes = std::int64_t{1048576} + static_cast<std::int64_t>(random() % (1ULL << 40U));
  config.training.seed = random() >> 1U;
  for (Field const& field : fields()) {  // keys of another problem: rejected with a non-default value
    if (belongs(field, "poisson")) continue;
    EXPECT_FALSE(field.set(config, field.get(RunConfig{})));
  }
  return config;
}

TEST(Config, EmptyTextGivesTheDefaults) { EXPECT_EQ(parse("", "job.toml"), RunConfig{}); }

TEST(Config, ReadsEveryKind) {
  RunConfig const config = parse(
      "[problem]\nmeasure = \"relative-residual\"\nhard_fraction = 1\n[network]\nhidden = [3, 4]\n[loss]\nsquared = "
      "false\n"
      "[schedule]\nkind = \"steps\"\nmilestones = [1, 5]\n[resources]\nmemory = \"3MiB\"\n"
      "[evaluation]\ntolerances = [0.5]\n",
      "job.toml");
  EXPECT_EQ(config.of<problems::PoissonSettings>().measure, kernels::Measure::relative_residual);
  EXPECT_EQ(config.of<problems::PoissonSettings>().hard_fraction, 1.0);
  EXPECT_EQ(config.network.hidden, (std::vector<int>{3, 4}));
  EXPECT_FALSE(config.loss.squared);
  EXPECT_EQ(config.schedule.milestones, (std::vector<int>{1, 5}));
  EXPECT_EQ(config.resources.memory_bytes, 3 << 20);
  EXPECT_EQ(config.evaluation.tolerances, std::vector<double>{0.5});
}

TEST(Config, RoundTripsThroughTomlAndJson) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    RunConfig const config = random_config(random);
    EXPECT_EQ(parse(to_toml(config), "again"), config) << to_toml(config);
    EXPECT_EQ(from_json(to_json(config), "again"), config);
    EXPECT_EQ(from_json(json::parse(to_json(config).dump()), "again"), config);
  }
}

TEST(Config, RealsRoundTripToTheLastBit) {
  for (double const rate : {0.1, 1e22, 1e-300, 123456789.0, 5e-324, std::numeric_limits<double>::max(), 1.0 / 3.0}) {
    RunConfig config;
    config.optimizer.rate = rate;
    EXPECT_EQ(parse(to_toml(config), "again").optimizer.rate, rate) << real_text(rate);
  }
}

TEST(Config, EveryDefaultIsPrintedAndDocumented) {
  std::string const text = reference();
  for (Field const& field : fields()) {
    RunConfig of_its_problem;
    if (!field.owners.empty()) of_its_problem.problem.name = field.owners.front();
    std::string const toml = to_toml(of_its_problem);
    EXPECT_NE(text.find(std::string("`").append(field.key).append("`")), std::string::npos) << field.key;
    std::string const line = std::string("\n").append(field.key, field.section.size() + 1).append(" = ");
    EXPECT_NE(toml.find(line), std::string::npos) << field.key;
    EXPECT_FALSE(field.doc.empty());
  }
}

TEST(Config, EveryKeyRefusesTheWrongTypes) {
  for (Field const& field : fields()) {
    for (json const& wrong : {json(nullptr), json::object(), json::array({json::array()}), json(std::nan("")),
                              json(std::numeric_limits<double>::infinity()), json("no such choice!"), json(-100)}) {
      bool const takes_any_text = field.type == "path" || field.type == "text";
      if (takes_any_text && wrong.is_string()) continue;
      RunConfig config;
      auto const problem = field.set(config, wrong);
      ASSERT_TRUE(problem) << field.key << " takes " << wrong;
      EXPECT_NE(problem->find("expected"), std::string::npos);
      EXPECT_EQ(config, RunConfig{}) << field.key << " was changed by a refused value";
    }
  }
}

TEST(Config, UnknownKeyNamesLineAndNearest) {
  expect_refused("[solver]\nprecision = \"float\"\ntolerence = 1e-3\n",
                 {"job.toml:3", "\"solver.tolerence\"", "nearest known key is solver.tolerance", "finite real"});
  expect_refused("tolerance = 1e-3\n", {"job.toml:1", "\"tolerance\"", "solver.tolerance"});
  expect_refused("\"solver.tolerance\" = 1e-3\n", {"job.toml:1", "unknown key"});
  expect_refused("[solver]\n[solver.deep]\nx = 1\n", {"job.toml:2", "\"solver.deep\""});
}

TEST(Config, UnknownSectionNamesLineAndNearest) {
  expect_refused("\n[solvr]\ntolerance = 1e-3\n", {"job.toml:2", "\"solvr\"", "nearest is solver", "evaluation"});
  expect_refused("solver = 3\n", {"job.toml:1", "\"solver\" is a section", "the integer 3"});
  expect_refused("[[solver]]\ntolerance = 0.1\n", {"job.toml:1", "\"solver\" is a section"});
}

TEST(Config, FirstMistakeOfTheFileIsReported) {
  expect_refused("[training]\nepochs = 0\n[loss]\ngain = 0\n", {"job.toml:2", "training.epochs"});
}

TEST(Config, WrongTypesAreNamed) {
  expect_refused("[solver]\ntolerance = \"small\"\n",
                 {"job.toml:2", "solver.tolerance", "the string \"small\"", "expected a finite real", "1e-06"});
  expect_refused("[solver]\nmax_iterations = 10.0\n", {"job.toml:2", "the real 10.0", "expected an integer"});
  expect_refused("[training]\nregroup = 1\n", {"training.regroup", "the integer 1", "true or false"});
  expect_refused("[training]\nseed = 1979-05-27\n", {"job.toml:2", "a date"});
  expect_refused("[network]\nhidden = 15\n", {"network.hidden", "the integer 15", "a list of 0 to 64"});
  expect_refused("[network]\nhidden = [15, 1.5]\n", {"entry 2", "the real 1.5", "1 to 65536"});
  expect_refused("[network]\nhidden = [15, 0]\n", {"entry 2", "the integer 0"});
  expect_refused("[evaluation]\ntolerances = []\n", {"evaluation.tolerances", "a list of 0", "1 to 64"});
  expect_refused("[evaluation]\ntolerances = [0.1, 1.0]\n", {"entry 2", "the real 1.0"});
  expect_refused("[problem]\nname = \"../x\"\n", {"problem.name", "../x", "lower-case"});
}

TEST(Config, RangesAreNamed) {
  expect_refused("[problem]\nunknowns = 1025\n", {"job.toml:2", "problem.unknowns", "1025", "1 to 1024"});
  expect_refused("[solver]\ntolerance = 1.0\n", {"greater than 0.0 and less than 1.0"});
  expect_refused("[solver]\ntolerance = nan\n", {"the real nan", "finite"});
  expect_refused("[optimizer]\nrate = inf\n", {"the real inf", "finite"});
  expect_refused("[optimizer]\nrate = 1e400\n", {"job.toml:2"});
  expect_refused("[optimizer]\nbeta1 = 1\n", {"optimizer.beta1", "less than 1.0"});
  expect_refused("[training]\nseed = 99999999999999999999\n", {"job.toml:2"});
  expect_refused("[loss]\niterations = 2147483648\n", {"loss.iterations", "2147483648"});
}

TEST(Config, UnknownChoiceListsAllAndTheNearest) {
  expect_refused(
      "[schedule]\nkind = \"platau\"\n",
      {"job.toml:2", "\"platau\"", "\"constant\", \"steps\", \"plateau\", \"cosine\"", "nearest is \"plateau\""});
  expect_refused("[loss]\nscale = \"Log\"\n", {"\"Log\"", "nearest is \"log\""});
}

TEST(Config, SyntaxErrorsNameTheLine) {
  expect_refused("[solver]\ntolerance = \n", {"job.toml:2", "not valid TOML"});
  expect_refused("[solver]\ntolerance = 0.1\ntolerance = 0.2\n", {"job.toml:3", "not valid TOML"});
  expect_refused(std::string("[solver]\nbasis = \"\xff\"\n"), {"job.toml:2", "not valid TOML"});
}

TEST(Config, MemoryTakesUnits) {
  auto const memory = [](std::string const& text) {
    return parse("", "job.toml", {"resources.memory=" + text}).resources.memory_bytes;
  };
  EXPECT_EQ(memory("4GiB"), std::int64_t{4} << 30);
  EXPECT_EQ(memory("\"1024 KiB\""), 1 << 20);
  EXPECT_EQ(memory("1048577"), 1048577);
  EXPECT_EQ(memory("\"1048577\""), 1048577);
  for (std::string const wrong : {"1023KiB", "\"\"", "GiB", "4GB", "1.5GiB", "-4GiB", "99999999999GiB", "1048575"}) {
    expect_override_refused("resources.memory=" + wrong, {"resources.memory", "512MiB", "at least 1MiB"});
  }
}

TEST(Config, OverridesWinInOrder) {
  RunConfig const config = parse("[loss]\nscale = \"linear\"\ngain = 3\n", "job.toml",
                                 {"loss.scale=log", " loss.gain = 4 ", "loss.gain=5.5", "network.hidden=[7]",
                                  "schedule.kind=\"cosine\"", "problem.measure=relative-residual"});
  EXPECT_EQ(config.loss.scale, LossScale::logarithm);
  EXPECT_EQ(config.loss.gain, 5.5);
  EXPECT_EQ(config.network.hidden, std::vector<int>{7});
  EXPECT_EQ(config.schedule.kind, ScheduleKind::cosine);
  EXPECT_EQ(config.of<problems::PoissonSettings>().measure, Measure::relative_residual);
}

TEST(Config, OverridesAreChecked) {
  expect_override_refused("loss.scale", {"--set loss.scale: ", "section.key=value"});
  expect_override_refused("=3", {"--set =3: ", "section.key=value"});
  expect_override_refused("loss.scale=", {"loss.scale", "no TOML value"});
  expect_override_refused("loss.scale=[", {"loss.scale", "no TOML value"});
  expect_override_refused("loss.gain=1\nother=2", {"loss.gain", "no TOML value"});
  expect_override_refused("loss.scale=lg", {"--set loss.scale=lg: ", "nearest is \"log\""});
  expect_override_refused("loss.gian=1", {"unknown key", "loss.gain"});
  expect_override_refused("loss=1", {"\"loss\" is a section"});
  expect_override_refused("loss.gain=nan", {"the real nan"});
  expect_override_refused(std::string(500, 'x') + "=1", {"unknown key"});
}

TEST(Config, CrossFieldChecks) {
  expect_refused("[solver]\nbasis_size = 17\n", {"job.toml", "solver.basis_size", "17", "problem.unknowns = 16"});
  expect_refused("[loss]\ntolerance_start = 1e-6\n", {"loss.tolerance_start", "solver.tolerance = 1e-06"});
  expect_refused("[schedule]\nmilestones = [3, 3]\n", {"schedule.milestones", "3 before 3", "strictly increasing"});
  expect_refused("[schedule]\nkind = \"steps\"\n", {"schedule.milestones", "at least one"});
  expect_refused("[schedule]\nminimum_rate = 1.0\n", {"schedule.minimum_rate", "optimizer.rate = 0.001"});
  EXPECT_NO_THROW(parse("[loss]\nscale = \"log\"\ntolerance_start = 2.0\n[solver]\nbasis_size = 16\n", "job.toml"));
}

TEST(Config, CheckCoversConfigurationsBuiltInCode) {
  RunConfig config;
  EXPECT_NO_THROW(check(config, "code"));
  config.optimizer.rate = std::nan("");
  expect_message<InputError>([&] { check(config, "code"); }, {"code", "optimizer.rate", "nan"});
  config = RunConfig{};
  config.training.seed = std::numeric_limits<std::uint64_t>::max();
  expect_message<InputError>([&] { check(config, "code"); }, {"training.seed"});
  config = RunConfig{};
  config.loss.kind = static_cast<LossKind>(9);
  expect_message<InputError>([&] { check(config, "code"); }, {"loss.kind"});
}

TEST(Config, JsonIsValidatedLikeToml) {
  expect_message<InputError>([] { from_json(json::array(), "checkpoint"); }, {"checkpoint", "a list", "an object"});
  expect_message<InputError>(
      [] {
        from_json({{"solver", 3}}, "checkpoint");
      },
      {"checkpoint", "\"solver\" is a section"});
  expect_message<InputError>(
      [] {
        from_json({{"solver", {{"tolerance", 2}}}}, "checkpoint");
      },
      {"solver.tolerance", "2"});
  expect_message<InputError>([] { from_json({{"solver", {{"toleranc", 2}}}}, "checkpoint"); }, {"solver.tolerance"});
  expect_message<InputError>([] { from_json({{"solvr", json::object()}}, "checkpoint"); }, {"nearest is solver"});
  expect_message<InputError>(
      [] {
        from_json({{"training", {{"seed", std::numeric_limits<std::uint64_t>::max()}}}}, "checkpoint");
      },
      {"training.seed", "18446744073709551615"});
}

TEST(Config, LoadNamesTheFile) {
  TemporaryFolder const folder;
  auto const path = folder.write("job.toml", "\xEF\xBB\xBF[loss]\r\ngain = 2\r\n");
  EXPECT_EQ(load(path).loss.gain, 2.0);
  EXPECT_EQ(load(path, {"loss.gain=3"}).loss.gain, 3.0);
  expect_message<InputError>([&] { load(folder / "absent.toml"); },
                             {(folder / "absent.toml").string(), "No such file"});
  expect_message<InputError>([&] { load(folder.path()); }, {folder.path().string(), "directory"});
  folder.write("job.toml", "[loss]\ngain = 0\n");
  expect_message<InputError>([&] { load(path); }, {path.string() + ":2", "loss.gain"});
}

TEST(Spelling, EditDistanceIsAMetric) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("abc", "acb"), edit_distance("acb", "abc"));
}

/// A path is relative to its source: the file's folder, or the current folder for the command line.
TEST(Paths, AreRelativeToWhereTheyStand) {
  test::TemporaryFolder const folder;
  std::filesystem::create_directory(folder / "configs");
  auto const file = folder.write("configs/a.toml", "[problem]\nname = \"spd\"\nmatrices = \"../data\"\n");
  EXPECT_EQ(load(file).of<problems::SpdSettings>().matrices, (folder / "data").string());
  EXPECT_EQ(load(file, {"problem.matrices=/far/away"}).of<problems::SpdSettings>().matrices, "/far/away");
  EXPECT_EQ(load(file, {"problem.matrices=here"}).of<problems::SpdSettings>().matrices,
            (std::filesystem::current_path() / "here").string());
  auto const config = load(file);
  EXPECT_EQ(parse(to_toml(config), "again"), config);
  EXPECT_EQ(from_json(to_json(config), "again"), config);
}

/// Errors name the origin of the value.
TEST(Origins, AreThoseOfTheValue) {
  test::TemporaryFolder const folder;
  auto const file = folder.write("a.toml", "\xEF\xBB\xBF[problem]\r\nunknowns = 4\r\n[solver]\r\nbasis_size = 5\r\n");
  expect_message<InputError>([&] { load(file); }, {"a.toml:4: solver.basis_size: given 5"});
  expect_message<InputError>([&] { load(file, {"solver.basis_size=6"}); },
                             {"--set solver.basis_size=6: solver.basis_size: given 6"});
  RunConfig robertson;
  robertson.problem.name = "robertson";
  expect_message<InputError>([&] { overridden(robertson, "run/best", {"problem.unknowns=5"}); },
                             {"--set problem.unknowns=5: problem.unknowns: given 5"});
  expect_message<InputError>([&] { overridden(robertson, "run/best", {"problem.name=poisson"}); },
                             {"--set problem.name=poisson: problem.name", "\"robertson\" here, by run/best"});
  robertson.of<problems::PoissonSettings>().unknowns = 5;
  expect_message<InputError>([&] { overridden(robertson, "run/best", {}); }, {"run/best: problem.unknowns: given 5"});
  expect_message<InputError>([&] { parse("", "x", {"loss.gain=0"}, "setting"); }, {"setting loss.gain=0: loss.gain"});
}

/// Configurations written by the previous version, or for another program's problem.
TEST(Retired, KeysAreReadWhereTheyChangeNothing) {
  EXPECT_EQ(parse("[problem]\noperator = \"stencil\"\n", "old.toml", {"problem.operator=stencil"}), RunConfig{});
  expect_refused("[problem]\noperator = \"sparse\"\n", {"job.toml:2", "problem.operator", "remove this key"});
  expect_override_refused("problem.operator=3", {"problem.operator", "remove this key"});
  auto document = to_json(RunConfig{});
  document["problem"]["operator"] = "sparse";
  EXPECT_EQ(from_json(document, "checkpoint"), RunConfig{});
}

TEST(UnknownProblem, ItsKeysAreNotJudged) {
  EXPECT_EQ(parse("[problem]\nname = \"theirs\"\ntheir_key = 3\n", "job.toml").problem.name, "theirs");
  auto document = to_json(RunConfig{});
  document["problem"]["name"] = "theirs";
  document["solver"]["their_key"] = 3;
  EXPECT_EQ(from_json(document, "checkpoint").problem.name, "theirs");
  expect_refused("[problem]\nname = \"theirs\"\n[their_section]\nkey = 1\n", {"their_section"});
  expect_refused("[problem]\ntheir_key = 3\n", {"problem.their_key"});
}

}  // namespace
}  // namespace metasolve::config::config_test
