// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/manifest.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <limits>
#include <random>

#include "build_info.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/hash.hpp"
#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

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

constexpr char const* checksum = "checksum";

/// Checksum of all members except the checksum itself.
std::string checksum_of(ordered_json document) {
  document.erase(checksum);
  return io::hash_text(io::document_text(document));
}

/// Describes the damage; empty: none.
std::string damage_of(ordered_json const& document) {
  if (!document.is_object()) return "it is not a JSON object";
  auto const text_or_absent = [&](char const* key) { return !document.contains(key) || document[key].is_string(); };
  // Both were introduced together; earlier manifests have neither.
  if (document.contains("run") != document.contains(checksum) || !text_or_absent("run") || !text_or_absent(checksum)) {
    return "it is not as a run leaves it";
  }
  if (document.contains(checksum) && document[checksum] != checksum_of(document)) {
    return "its checksum does not fit what it holds";
  }
  if (!document.contains("resumes") || !document["resumes"].is_number_integer()) return "it counts no resumes";
  if (document.contains("resumed") && !document["resumed"].is_array()) return "its list of resumes is none";
  return {};
}

/// Increments, saturating at the end of the range: an overflow must not abort a run.
std::int64_t one_more(ordered_json const& count) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  if (count.is_number_unsigned()) {
    return static_cast<std::int64_t>(std::min(count.get<std::uint64_t>(), static_cast<std::uint64_t>(most) - 1) + 1);
  }
  return std::max<std::int64_t>(count.get<std::int64_t>(), 0) + 1;
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

std::vector<std::string> command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

std::uint64_t peak_memory() {
  // Not getrusage: its value survives exec and may include the parent program's.
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    std::uint64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

FoundManifest find_manifest(std::filesystem::path const& file) {
  FoundManifest found;
  std::error_code error;
  found.exists = std::filesystem::exists(std::filesystem::symlink_status(file, error));
  if (!found.exists) return found;
  try {
    found.document = io::parse_json<ordered_json>(io::read_file(file), file.string());
    found.damage = damage_of(found.document);
  } catch (InputError const& problem) {
    found.damage = problem.what();
  }
  if (!found.damage.empty()) return found;
  if (found.document.contains("run")) found.run = found.document["run"];
  try {
    if (!found.document.contains("config")) throw InputError("it holds no configuration");
    found.config = config::from_json(found.document["config"], file.string());
  } catch (InputError const& problem) {
    found.config_problem = problem.what();
  }
  return found;
}

Manifest Manifest::begin(std::filesystem::path const& file, std::string const& run,
                         std::vector<std::string> const& argv, config::RunConfig const& config,
                         std::string const& device) {
  auto document = start_description(argv, device);
  document["seed"] = config.training.seed;
  document["config"] = config::to_json(config);
  if (!run.empty()) document["run"] = run;
  document["resumes"] = 0;
  document["finished"] = false;
  Manifest manifest(file, std::move(document));
  manifest.write();
  return manifest;
}

Manifest Manifest::resume(std::filesystem::path const& file, FoundManifest const& found,
                          std::vector<std::string> const& argv, std::string const& device) {
  auto document = found.document;
  document["resumes"] = one_more(document["resumes"]);
  document["resumed"].push_back(start_description(argv, device));
  Manifest manifest(file, std::move(document));
  manifest.write();
  return manifest;
}

void Manifest::end(TrainResult const& result) {
  document_["finished"] = result.finished;
  document_["ended"] = now();
  document_["epoch"] = result.epoch;
  document_["seconds"] = result.seconds;
  document_["peak_memory_bytes"] = peak_memory();
  document_["best"] = {
      {"epoch", result.best_epoch}, {"iterations", result.best_iterations}, {"member", result.best_member}};
  write();
}

void Manifest::write() {
  document_.erase(checksum);
  if (document_.contains("run")) document_[checksum] = checksum_of(document_);
  io::write_file_atomically(file_, io::document_text(document_));
}

std::string new_run_identity() {
  std::random_device random;
  io::Hash hash;
  for (int i = 0; i < 4; ++i) hash.add(std::to_string(random()) + now());
  return hash.text();
}

}  // namespace metasolve::train
