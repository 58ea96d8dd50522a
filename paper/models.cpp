// SPDX-License-Identifier: Apache-2.0
#include "paper/models.hpp"

#include <set>

#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/io/hash.hpp"
#include "metasolve/detail/io/paths.hpp"
#include "metasolve/error.hpp"

namespace metasolve::paper {

namespace {

/// Named by its non-default keys: neither later keys nor the order of the table change the names.
std::filesystem::path file_of(Settings const& settings, config::RunConfig const& config) {
  config::RunConfig const defaults;
  std::set<std::string> lines;
  for (auto const& field : config::fields()) {
    auto const value = field.get(config);
    if (value != field.get(defaults)) lines.insert(field.key + '=' + value.dump() + '\n');
  }
  std::string given;
  for (auto const& line : lines) given += line;
  return settings.models / (config.problem.name + "-" + io::hash_text(given) + ".safetensors");
}

bool read(std::filesystem::path const& file, config::RunConfig const& config, train::Checkpoint& to) {
  if (!io::exists(file)) return false;
  try {
    to = train::read_checkpoint(file);
  } catch (InputError const&) {
    return false;  // from another version, or damaged: it can be trained again
  }
  return to.config == config;
}

/// Finds networks that earlier versions stored under another name.
bool read_of_other_name(Settings const& settings, config::RunConfig const& config, train::Checkpoint& to) {
  std::error_code none;
  for (auto const& entry : std::filesystem::directory_iterator(settings.models, none)) {
    auto const name = entry.path().filename().string();
    if (name.starts_with(config.problem.name + "-") && name.ends_with(".safetensors") &&
        read(entry.path(), config, to)) {
      return true;
    }
  }
  return false;
}

bool read_kept(Settings const& settings, config::RunConfig const& config, train::Checkpoint& to) {
  return read(file_of(settings, config), config, to) || read_of_other_name(settings, config, to);
}

}  // namespace

std::vector<train::Checkpoint> trained(Executor const& executor, Settings const& settings,
                                       std::vector<config::RunConfig> const& configs) {
  bool const keeps = !settings.models.empty();
  if (keeps) io::ensure_directory(settings.models);
  std::vector<train::Checkpoint> all(configs.size());
  // Rank 0 says which there are: it also writes, while others may still look.
  auto const kept = exec::from_first(executor.ranks(), [&] {
    std::string found(configs.size(), '-');
    for (std::size_t i = 0; keeps && i < configs.size(); ++i) {
      if (read_kept(settings, configs[i], all[i])) found[i] = '+';
    }
    return found;
  });
  std::vector<std::size_t> missing;
  std::vector<config::RunConfig> to_train;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    if (kept[i] == '+') {
      if (!exec::is_first(executor)) read_kept(settings, configs[i], all[i]);
      continue;
    }
    missing.push_back(i);
    to_train.push_back(configs[i]);
  }
  auto const start = io::Clock::now();
  std::size_t done = 0;
  train::train_side_by_side(executor, to_train, [&](std::vector<train::Trained> const& group) {
    for (auto const& one : group) {
      auto& checkpoint = all[missing[done++]] = one.best;
      checkpoint.seconds = one.seconds;
      if (keeps && exec::is_first(executor)) train::write_checkpoint(file_of(settings, checkpoint.config), checkpoint);
    }
    if (!settings.say) return;
    double const seconds = io::seconds_since(start);
    settings.say(std::to_string(done) + " of " + std::to_string(missing.size()) + " trainings, " +
                 std::to_string(static_cast<int>(seconds)) + " s, about " +
                 std::to_string(static_cast<int>(seconds / static_cast<double>(done) *
                                                 static_cast<double>(missing.size() - done))) +
                 " s left");
  });
  return all;
}

}  // namespace metasolve::paper
