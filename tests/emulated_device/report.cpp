// SPDX-License-Identifier: Apache-2.0
#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/emulated_device/device.hpp"

/// Settings from the environment, and the device's reports.
namespace emulated {

namespace {

std::int64_t asked(char const* name, std::int64_t otherwise) {
  char const* const value = std::getenv(name);
  return value == nullptr || *value == 0 ? otherwise : std::strtoll(value, nullptr, 0);
}

}  // namespace

// An H100's limits, but few multiprocessors, which small batches fill, and a second device to test per-device
// resources.
Settings const settings{
    .seed = static_cast<std::uint64_t>(asked("EMULATED_SEED", 0)),
    .preempt_every = static_cast<std::uint64_t>(asked("EMULATED_PREEMPT", 0)),
    .devices = static_cast<int>(asked("EMULATED_DEVICES", 2)),
    .multiprocessors = static_cast<int>(asked("EMULATED_MULTIPROCESSORS", 4)),
    .resident_blocks = static_cast<int>(asked("EMULATED_RESIDENT", 2)),
    .registers = static_cast<int>(asked("EMULATED_REGISTERS", 128)),
    .shared_bytes = asked("EMULATED_SHARED", 227 << 10),
    .shared_bytes_of_multiprocessor = 228 << 10,
    .reaches_pageable_memory = asked("EMULATED_PAGEABLE", 0) != 0,
    .has_old_driver = asked("EMULATED_OLD_DRIVER", 0) != 0,
};

std::uint64_t random_below(std::uint64_t n) {
  static std::mt19937_64 random(settings.seed);
  return random() % n;
}

std::string source_of(void const* code) {
  static std::map<void const*, std::string> known;
  if (auto const found = known.find(code); found != known.end()) return found->second;
  std::string text = "    an unknown place\n";
  Dl_info info{};
  if (code != nullptr && dladdr(code, &info) != 0) {
    // A return address: the call precedes it.
    auto const offset = static_cast<char const*>(code) - static_cast<char const*>(info.dli_fbase) - 1;
    char command[4096];
    std::snprintf(command, sizeof command, "addr2line -ise '%s' 0x%tx", info.dli_fname, offset);
    if (std::FILE* const lines = popen(command, "r")) {
      text.clear();
      char line[4096];
      while (std::fgets(line, sizeof line, lines) != nullptr) text += "    " + std::string(line);
      pclose(lines);
    }
  }
  return known[code] = text;
}

std::string function_of(void const* code) {
  Dl_info info{};
  if (dladdr(code, &info) == 0 || info.dli_sname == nullptr) return "a kernel without a name";
  char* const name = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, nullptr);
  std::string const text = name == nullptr ? info.dli_sname : name;
  std::free(name);
  return text;
}

void fail(std::string const& what, void const* code) {
  std::string const thread = running_thread();
  std::fflush(stdout);
  std::fprintf(stderr, "emulated device: %s\n", what.c_str());
  if (!thread.empty()) std::fprintf(stderr, "  %s\n", thread.c_str());
  if (code != nullptr) std::fprintf(stderr, "  at\n%s", source_of(code).c_str());
  std::abort();
}

}  // namespace emulated
