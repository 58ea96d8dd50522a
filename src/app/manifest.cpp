// SPDX-License-Identifier: Apache-2.0
#include "src/app/manifest.hpp"

#include <sys/utsname.h>

#include <array>
#include <ctime>

#include "build_info.hpp"
#include "metasolve/error.hpp"
#include "src/app/output.hpp"
#include "src/config/schema.hpp"
#include "src/io/atomic_file.hpp"
#include "src/io/json.hpp"
#include "src/io/paths.hpp"
#include "src/io/read_file.hpp"

namespace metasolve::app {

namespace {

using nlohmann::ordered_json;

/// ISO 8601, UTC.
std::string now() {
  std::time_t const seconds = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::size_t const length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

std::string platform() {
  utsname name{};
  if (::uname(&name) != 0) return "unknown";
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

}  // namespace

ordered_json build_description() {
  namespace b = build_info;
  return {{"version", b::version},
          {"commit", b::git_commit},
          {"compiler", b::compiler},
          {"flags", b::flags},
          {"build_type", b::build_type},
          {"cuda_toolkit", b::cuda ? b::cuda_toolkit : ""},
          {"cuda_architectures", b::cuda ? b::cuda_architectures : ""}};
}

ordered_json start_description(std::vector<std::string> const& argv, std::string const& device) {
  ordered_json start{{"argv", argv}};
  start.update(build_description());
  start["device"] = device;
  start["platform"] = platform();
  start["started"] = now();
  return start;
}

Manifest Manifest::begin(std::filesystem::path const& file, std::vector<std::string> const& argv,
                         config::RunConfig const& config, std::string const& device) {
  auto document = start_description(argv, device);
  document["seed"] = config.training.seed;
  document["config"] = config::to_json(config);
  document["resumes"] = 0;
  document["finished"] = false;
  Manifest manifest(file, std::move(document));
  manifest.write();
  return manifest;
}

Manifest Manifest::resume(std::filesystem::path const& file, std::vector<std::string> const& argv,
                          config::RunConfig const& config, std::string const& device) {
  // A lost manifest is no reason to lose the run.
  if (!io::exists(file)) return begin(file, argv, config, device);
  auto document = io::parse_json<ordered_json>(io::read_file(file), file.string());
  auto const whole = document.is_object() && document.contains("resumes") && document["resumes"].is_number_integer() &&
                     (!document.contains("resumed") || document["resumed"].is_array());
  if (!whole) throw InputError(file.string() + ": is not the manifest of a run; move it away and resume again");
  document["resumes"] = document["resumes"].get<std::int64_t>() + 1;
  document["resumed"].push_back(start_description(argv, device));
  Manifest manifest(file, std::move(document));
  manifest.write();
  return manifest;
}

void Manifest::end(train::TrainResult const& result, std::uint64_t peak_memory) {
  document_["finished"] = result.finished;
  document_["ended"] = now();
  document_["epoch"] = result.epoch;
  document_["seconds"] = result.seconds;
  document_["peak_memory_bytes"] = peak_memory;
  document_["best"] = {{"epoch", result.best_epoch}, {"iterations", result.best_iterations}};
  write();
}

void Manifest::write() const { io::write_file_atomically(file_, document_text(document_)); }

}  // namespace metasolve::app
