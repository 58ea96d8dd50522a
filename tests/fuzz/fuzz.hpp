// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

/// A target: one input, from libFuzzer or the corpus (replay.cpp). Aborts the process on a failure.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace metasolve::fuzz {

/// A property of every input.
inline void require(bool holds, char const* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}

/// Choices made from an input's bytes; 0 when they are used up.
class Choices {
 public:
  Choices(std::uint8_t const* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  std::int64_t range(std::int64_t low, std::int64_t high) { return low + byte() % (high - low + 1); }
  bool one_in(int n) { return byte() % n == n - 1; }
  double real(double low, double high) { return low + (high - low) * (byte() / 255.0); }
  /// A number that is difficult for arithmetic.
  double odd() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    constexpr double numbers[] = {
        std::numeric_limits<double>::quiet_NaN(), inf, -inf, 0, -0.0, -1, 1e308, -1e308, 5e-324, 1e-310, 1., 2.};
    return numbers[byte() % std::size(numbers)];
  }
  std::uint64_t word() {
    std::uint64_t w = 0;
    for (int i = 0; i < 8; ++i) w = w << 8 | byte();
    return w;
  }
  [[nodiscard]] std::string_view rest() const { return {reinterpret_cast<char const*>(data_), size_}; }

 private:
  std::uint8_t const* data_;
  std::size_t size_;
};

/// A file in memory, with a path.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("fuzz", 0)), path_("/proc/self/fd/" + std::to_string(fd_)) {
    require(fd_ >= 0, "a file in memory can be made");
  }
  MemoryFile(MemoryFile const&) = delete;
  MemoryFile& operator=(MemoryFile const&) = delete;
  ~MemoryFile() { ::close(fd_); }

  std::string const& holding(std::string_view text) {
    require(::ftruncate(fd_, 0) == 0, "the file can be emptied");
    require(::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()), "the file can be written");
    return path_;
  }

 private:
  int fd_;
  std::string path_;
};

}  // namespace metasolve::fuzz
