// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

/// What every peer's program is asked for and answers: one line of JSON on standard output (common.py is the same).
namespace metasolve::peers {

struct Options {
  std::string folder;  ///< of the tasks, as peers_ours wrote them
  std::int64_t tasks = 0;
  int threads = 1;
  int repeats = 3;

  /// --name value ..., from argument `first` on.
  static Options parse(int count, char** argument, int first = 1) {
    Options o;
    for (int i = first; i + 1 < count; i += 2) {
      std::string const name = argument[i], value = argument[i + 1];
      if (name == "--folder") {
        o.folder = value;
      } else if (name == "--tasks") {
        o.tasks = std::stoll(value);
      } else if (name == "--threads") {
        o.threads = std::stoi(value);
      } else if (name == "--repeats") {
        o.repeats = std::stoi(value);
      } else {
        throw std::runtime_error(name + ": not known; known: --folder --tasks --threads --repeats");
      }
    }
    if (o.tasks < 1 || o.threads < 1 || o.repeats < 1) throw std::runtime_error("--tasks, --threads: at least 1");
    return o;
  }
};

/// Median seconds of `repeats` runs, after one that warms caches and is not counted.
template <class Run>
double median_seconds(int repeats, Run const& run) {
  run();
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    auto const start = std::chrono::steady_clock::now();
    run();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

struct Figures {
  std::string peer, version, work;
  int threads = 1;
  double seconds = 0;
  std::string note;  ///< what else the reader of the table must know
};

/// counts [tasks] beside ours.
inline void print(Figures const& f, std::vector<std::int32_t> const& counts, std::vector<std::int32_t> const& ours) {
  double made = 0;
  std::int64_t equal = 0, near = 0, share = 0;
  for (std::size_t t = 0; t < counts.size(); ++t) {
    auto const off = std::abs(counts[t] - ours.at(t));
    made += counts[t];
    equal += off == 0;
    near += off <= 1;
    share += off <= std::max(1.0, 0.05 * ours[t]);
  }
  auto const n = static_cast<double>(counts.size());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(R"({"peer": "%s", "version": "%s", "work": "%s", "tasks": %zu, "threads": %d, "device": "cpu", )"
              R"("seconds": %.9g, "iterations_mean": %.9g, "counts_equal": %.9g, "counts_within_1": %.9g, )"
              R"("counts_within_5_percent": %.9g, "peak_memory_bytes": %lld, "note": "%s"})"
              "\n",
              f.peer.c_str(), f.version.c_str(), f.work.c_str(), counts.size(), f.threads, f.seconds, made / n,
              static_cast<double>(equal) / n, static_cast<double>(near) / n, static_cast<double>(share) / n,
              static_cast<long long>(usage.ru_maxrss) * 1024, f.note.c_str());
  std::fflush(stdout);
}

}  // namespace metasolve::peers
