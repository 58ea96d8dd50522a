// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/train/trainer.hpp"

/// manifest.json: how a run was made, and its result. It contains the whole configuration, from which a run that was
/// killed before its first checkpoint restarts.
namespace metasolve::train {

/// This build, for manifests and reports: version, commit, compiler, flags and the like.
nlohmann::ordered_json build_description();

/// This process' command line, device, start time and build.
nlohmann::ordered_json start_description(std::vector<std::string> const& argv, std::string const& device);

/// This process' command line.
std::vector<std::string> command_line();

/// Peak resident memory of this process, in bytes; 0 if the system does not report it.
std::uint64_t peak_memory();

/// A manifest as found, possibly damaged.
struct FoundManifest {
  bool exists = false;
  std::string damage;               ///< description of the damage; empty: none
  nlohmann::ordered_json document;  ///< if undamaged
  std::string run;                  ///< the run's identity; empty: from before identities existed
  std::optional<config::RunConfig> config;
  std::string config_problem;  ///< why config is missing
  [[nodiscard]] bool whole() const { return exists && damage.empty(); }
  /// Undamaged and protected by a checksum.
  [[nodiscard]] bool vouched_for() const { return whole() && !run.empty(); }
};
FoundManifest find_manifest(std::filesystem::path const& file);

class Manifest {
 public:
  /// A new run's manifest, written immediately. All writes are atomic. run: its identity. @throws OutputError
  static Manifest begin(std::filesystem::path const& file, std::string const& run, std::vector<std::string> const& argv,
                        config::RunConfig const& config, std::string const& device);

  /// A resumed run's manifest: keeps its contents and adds this start. found: undamaged. @throws OutputError
  static Manifest resume(std::filesystem::path const& file, FoundManifest const& found,
                         std::vector<std::string> const& argv, std::string const& device);

  /// @throws OutputError
  void end(TrainResult const& result);
  /// Writes the last contents again. @throws OutputError
  void write();

 private:
  Manifest(std::filesystem::path file, nlohmann::ordered_json document)
      : file_(std::move(file)), document_(std::move(document)) {}

  std::filesystem::path file_;
  nlohmann::ordered_json document_;
};

/// A new run's identity: 16 hexadecimal digits, unique.
std::string new_run_identity();

}  // namespace metasolve::train
