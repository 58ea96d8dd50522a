// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/trajectory_cache.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/cache_folder.hpp"
#include "metasolve/detail/io/hash.hpp"
#include "metasolve/detail/io/notices.hpp"
#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

/// Everything that the trajectories depend on. method: change it with the code that generates them.
std::string made_of(RobertsonDistribution const& d, std::int64_t sets, std::uint64_t seed, random::Stream stream) {
  nlohmann::ordered_json const text{{"problem", "robertson"},
                                    {"method", "newton-sor 1e-12, 1"},
                                    {"sets", sets},
                                    {"steps", d.steps},
                                    {"last_time", d.last_time},
                                    {"seed", seed},
                                    {"stream", static_cast<std::uint64_t>(stream)}};
  return text.dump();
}

std::vector<std::int64_t> shape(RobertsonDistribution const& d, std::int64_t sets) {
  return {sets, d.steps, kernels::Robertson::size};
}

void tell(TrajectoryCache const& cache, std::string const& line) {
  if (cache.notice) cache.notice(line);
}

}  // namespace

TrajectoryCache TrajectoryCache::from_environment() { return {io::cache_folder(), io::notices_of_this_thread()}; }

std::string trajectory_file(RobertsonDistribution const& d, std::int64_t sets, std::uint64_t seed,
                            random::Stream stream, TrajectoryCache const& cache) {
  return cache.folder + "/robertson-" + io::hash_text(made_of(d, sets, seed, stream)) + ".safetensors";
}

std::vector<double> cached_trajectories(RobertsonDistribution const& d, std::int64_t sets, std::uint64_t seed,
                                        random::Stream stream, TrajectoryCache const& cache) {
  if (cache.folder.empty()) return robertson_trajectories(d, sets, seed, stream);
  auto const file = trajectory_file(d, sets, seed, stream, cache);
  auto const text = made_of(d, sets, seed, stream);
  std::error_code unreadable;
  if (std::filesystem::exists(file, unreadable)) {
    try {
      auto const stored = io::read_safetensors(file);
      if (stored.metadata_at("made_of") == text) {
        auto const y = stored.view<double>("y", shape(d, sets));
        return {y.begin(), y.end()};
      }
      tell(cache, file + ": made of something else than its name says; its trajectories are made again");
    } catch (Error const& error) {
      tell(cache, std::string(error.what()) + "; its trajectories are made again");
    }
  }
  auto y = robertson_trajectories(d, sets, seed, stream);
  try {
    io::ensure_directory(cache.folder);
    auto const tensor = io::make_tensor<double>("y", shape(d, sets), y);
    io::write_safetensors(file, {&tensor, 1}, {{"made_of", text}});
  } catch (Error const& error) {
    tell(cache, std::string(error.what()) + "; the trajectories are not kept");
  }
  return y;
}

}  // namespace metasolve::problems
