// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/config/run_config.hpp"
#include "src/train/trainer.hpp"

/// manifest.json: how a run was made, and what came out.
namespace metasolve::app {

/// This build, for manifests and reports: version, commit, compiler, flags and the like.
nlohmann::ordered_json build_description();

/// How this process was started, on what, when, and by which build.
nlohmann::ordered_json start_description(std::vector<std::string> const& argv, std::string const& device);

class Manifest {
 public:
  /// A new run's, written at once. Atomic, as all writes. @throws OutputError
  static Manifest begin(std::filesystem::path const& file, std::vector<std::string> const& argv,
                        config::RunConfig const& config, std::string const& device);

  /// A run's that goes on: what it holds is kept, and this start is added. @throws InputError the file is damaged
  static Manifest resume(std::filesystem::path const& file, std::vector<std::string> const& argv,
                         config::RunConfig const& config, std::string const& device);

  /// @throws OutputError
  void end(train::TrainResult const& result, std::uint64_t peak_memory);

 private:
  Manifest(std::filesystem::path file, nlohmann::ordered_json document)
      : file_(std::move(file)), document_(std::move(document)) {}
  void write() const;

  std::filesystem::path file_;
  nlohmann::ordered_json document_;
};

}  // namespace metasolve::app
