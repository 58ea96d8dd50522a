// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "src/config/run_config.hpp"
#include "src/train/trainer.hpp"

/// manifest.json: how a run was made, and what came out. It holds the whole configuration, from which a run that was
/// killed before its first checkpoint begins again.
namespace metasolve::train {

/// This build, for manifests and reports: version, commit, compiler, flags and the like.
nlohmann::ordered_json build_description();

/// How this process was started, on what, when, and by which build.
nlohmann::ordered_json start_description(std::vector<std::string> const& argv, std::string const& device);

/// Most memory that this process has had resident, in bytes; 0 where the system does not say.
std::uint64_t peak_memory();

/// A manifest as it is found, whatever was done to it.
struct FoundManifest {
  bool exists = false;
  std::string damage;               ///< what is wrong with it; empty: it is whole
  nlohmann::ordered_json document;  ///< where it is whole
  std::string run;                  ///< the run's identity; empty: of before there were any
  std::optional<config::RunConfig> config;
  std::string config_problem;  ///< why there is none
  [[nodiscard]] bool whole() const { return exists && damage.empty(); }
  /// Whole, and known to be as it was written: with a checksum.
  [[nodiscard]] bool vouched_for() const { return whole() && !run.empty(); }
};
FoundManifest find_manifest(std::filesystem::path const& file);

class Manifest {
 public:
  /// A new run's, written at once. Atomic, as all writes. run: its identity. @throws OutputError
  static Manifest begin(std::filesystem::path const& file, std::string const& run, std::vector<std::string> const& argv,
                        config::RunConfig const& config, std::string const& device);

  /// A run's that goes on: what it holds is kept, and this start is added. found: whole. @throws OutputError
  static Manifest resume(std::filesystem::path const& file, FoundManifest const& found,
                         std::vector<std::string> const& argv, std::string const& device);

  /// @throws OutputError
  void end(TrainResult const& result);
  /// Again as it was written last. @throws OutputError
  void write();

 private:
  Manifest(std::filesystem::path file, nlohmann::ordered_json document)
      : file_(std::move(file)), document_(std::move(document)) {}

  std::filesystem::path file_;
  nlohmann::ordered_json document_;
};

/// A new run's identity: 16 hexadecimal digits that no other run has.
std::string new_run_identity();

}  // namespace metasolve::train
