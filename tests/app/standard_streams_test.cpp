// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/support/command.hpp"

/// Standard input, output and error, closed or with a reader that goes away.
namespace metasolve::standard_streams_test {
namespace {

using test::TemporaryFolder;

constexpr char const* config = METASOLVE_SOURCE_DIR "/configs/poisson_adam.toml";

/// A shell command, where $METASOLVE is the program and $RUN a training of `epochs` without its redirections.
test::CommandResult shell(std::string const& line, std::string const& run, int epochs) {
  std::string const training =
      std::string("train ") + config + " --out " + run +
      " --device cpu --threads 1 --set problem.train_tasks=64 --set problem.validation_tasks=32"
      " --set training.checkpoint_seconds=0 --set training.epochs=" +
      std::to_string(epochs);
  return test::Command({"/bin/bash", "-c",
                        "METASOLVE=$0; trained() { \"$METASOLVE\" " + training + " \"$@\"; }; " + line,
                        METASOLVE_BINARY})
      .wait();
}

void expect_whole(std::filesystem::path const& run, int epochs) {
  auto const text = TemporaryFolder::read(run / "metrics.jsonl");
  int lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    auto const end = text.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(text.substr(at, end - at))) << text.substr(at, end - at);
    at = end + 1;
  }
  EXPECT_EQ(lines, epochs);
  auto const manifest = nlohmann::json::parse(TemporaryFolder::read(run / "manifest.json"), nullptr, false);
  EXPECT_EQ(manifest.value("finished", false), true);
}

TEST(StandardStreams, ClosedOnesAreNoFiles) {
  for (std::string const closed : {">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"}) {
    SCOPED_TRACE(closed);
    TemporaryFolder const folder;
    auto const result = shell("trained " + closed, (folder / "run").string(), 3);
    EXPECT_EQ(result.status, 0) << result.err;
    expect_whole(folder / "run", 3);
  }
}

TEST(StandardStreams, ATrainingOutlivesItsReaders) {
  TemporaryFolder const folder;
  // The reader exits before the second line.
  auto const progress = shell("trained 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}", (folder / "a").string(), 40);
  EXPECT_EQ(progress.status, 0) << progress.err;
  expect_whole(folder / "a", 40);
  auto const text = shell("trained | true; exit ${PIPESTATUS[0]}", (folder / "b").string(), 40);
  EXPECT_EQ(text.status, 0) << text.err;
  expect_whole(folder / "b", 40);
}

TEST(StandardStreams, ALostDocumentIsAFailure) {
  TemporaryFolder const folder;
  for (std::string const line : {"trained --json | true; exit ${PIPESTATUS[0]}", "trained --json >&-"}) {
    auto const result = shell(line, (folder / std::to_string(line.size())).string(), 20);
    EXPECT_EQ(result.status, 2) << line;
    EXPECT_NE(result.err.find("stdout"), std::string::npos) << result.err;
    expect_whole(folder / std::to_string(line.size()), 20);
  }
}

/// As usual for tools: by SIGPIPE, silently.
TEST(StandardStreams, OtherCommandsEndWithTheirReader) {
  auto const result = shell("{ sleep 0.2; exec \"$METASOLVE\" keys; } | true; exit ${PIPESTATUS[0]}", "none", 1);
  EXPECT_EQ(result.status, 128 + SIGPIPE);
  EXPECT_EQ(result.err, "");
}

}  // namespace
}  // namespace metasolve::standard_streams_test
