// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

/// Commands on Robertson's tasks, as a user calls them. Each test program has its own trajectory cache.
namespace metasolve::test {

/// A trajectory cache for this program and those that it starts.
struct OwnCache {
  OwnCache() { use(folder.path().string()); }
  static void use(std::string const& path) { ::setenv("METASOLVE_CACHE", path.c_str(), 1); }
  TemporaryFolder folder;
};
inline OwnCache const own_cache;

inline std::string const reference = METASOLVE_SOURCE_DIR "/tests/data/robertson.csv";
inline std::string const robertson_config = METASOLVE_SOURCE_DIR "/configs/robertson.toml";
inline std::string const poisson_config = METASOLVE_SOURCE_DIR "/configs/poisson.toml";
inline Words const cpu{"--device", "cpu"};

inline Words sets(Words const& settings) {
  Words all;
  for (auto const& text : settings) all = all + Words{"--set", text};
  return all;
}
inline Words const little = sets({"problem.train_tasks=400", "problem.validation_tasks=300", "problem.test_tasks=300",
                                  "training.epochs=3", "training.batch_size=100", "network.hidden=[8,8]"});

class RobertsonCli : public ::testing::Test {
 protected:
  void TearDown() override { OwnCache::use(own_cache.folder.path().string()); }
  std::string at(std::string const& name) const { return (folder_ / name).string(); }
  std::string trained(std::string const& name, Words const& settings = {}, std::string const& config = {}) const {
    auto const train = Words{"train", config.empty() ? robertson_config : config, "--out", at(name)} + little + cpu;
    auto const result = metasolve(train + sets(settings));
    EXPECT_EQ(result.status, 0) << result.err;
    return at(name);
  }
  /// The output of `solve` for these tasks.
  std::string solved(std::string const& tasks, Words const& more) const {
    auto const result = metasolve(Words{"solve", "--problem", "robertson", "--tasks", tasks, "--out", at("out.csv")} +
                                  more + cpu + Words{"--tolerance", "1e-9"});
    EXPECT_EQ(result.status, 0) << result.err;
    return TemporaryFolder::read(at("out.csv"));
  }
  TemporaryFolder folder_;
};

inline nlohmann::json json_of(Words const& arguments) {
  auto const result = metasolve(arguments + cpu + Words{"--json"});
  EXPECT_EQ(result.status, 0) << result.err;
  return result.json();
}

}  // namespace metasolve::test
