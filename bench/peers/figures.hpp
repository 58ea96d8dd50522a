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

/// Options and output of every peer's program: one line of JSON on standard output (the same in common.py).
namespace metasolve::peers {

struct Options {
  std::string folder;          ///< of the tasks that peers_ours wrote
  std::string device = "cpu";  ///< or "cuda"
  std::int64_t tasks = 0;
  int threads = 1;
  int repeats = 3;

  /// Parses --name value ..., from argument `first` on. @throws std::runtime_error
  static Options parse(int count, char** argument, int first = 1) {
    Options o;
    for (int i = first; i < count; i += 2) {
      std::string const name = argument[i];
      if (i + 1 == count) throw std::runtime_error(name + ": a value is missing");
      std::string const value = argument[i + 1];
      if (name == "--folder") {
        o.folder = value;
      } else if (name == "--device") {
        o.device = value;
      } else if (name == "--tasks") {
        o.tasks = whole_number(name, value);
      } else if (name == "--threads") {
        o.threads = static_cast<int>(whole_number(name, value));
      } else if (name == "--repeats") {
        o.repeats = static_cast<int>(whole_number(name, value));
      } else {
        throw std::runtime_error(name + ": not known; known: --folder --device --tasks --threads --repeats");
      }
    }
    if (o.tasks < 1) throw std::runtime_error("--tasks: how many?");
    if (o.device != "cpu" && o.device != "cuda") throw std::runtime_error("--device: cpu or cuda");
    return o;
  }

  /// @throws std::runtime_error another device was requested
  void require_cpu() const {
    if (device != "cpu") throw std::runtime_error("--device " + device + ": this runs on the CPU alone");
  }

 private:
  static std::int64_t whole_number(std::string const& name, std::string const& text) {
    char* end = nullptr;
    long long const value = std::strtoll(text.c_str(), &end, 10);
    if (end == text.c_str() || *end != '\0' || value < 1) {
      throw std::runtime_error(name + ": a whole number of at least 1, not \"" + text + "\"");
    }
    return value;
  }
};

/// Median seconds of `repeats` runs, after one uncounted warm-up run. A run ends when its work is done, on any device.
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
  std::string note;  ///< further information for the reader of the table
  std::string device = "cpu";
  std::int64_t device_memory = 0;  ///< peak bytes; on the CPU the process's memory covers it
};

/// Compares counts [tasks] with ours.
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
  std::printf(R"({"peer": "%s", "version": "%s", "work": "%s", "tasks": %zu, "threads": %d, "device": "%s", )"
              R"("seconds": %.9g, "iterations_mean": %.9g, "counts_equal": %.9g, "counts_within_1": %.9g, )"
              R"("counts_within_5_percent": %.9g, "peak_memory_bytes": %lld, "device_memory_bytes": %lld, )"
              R"("note": "%s"})"
              "\n",
              f.peer.c_str(), f.version.c_str(), f.work.c_str(), counts.size(), f.threads, f.device.c_str(), f.seconds,
              made / n, static_cast<double>(equal) / n, static_cast<double>(near) / n, static_cast<double>(share) / n,
              static_cast<long long>(usage.ru_maxrss) * 1024, static_cast<long long>(f.device_memory), f.note.c_str());
  std::fflush(stdout);
}

}  // namespace metasolve::peers
