// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/cost_cache.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "metasolve/detail/io/descriptor.hpp"
#include "metasolve/detail/io/lines.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/simd/mixed.hpp"

namespace metasolve::problems {

namespace {

constexpr char title[] = "# metasolve costs 1: key, iterations, status, loss, measure";

/// Two hashes that differ in how they take a word: one alone would meet equal keys after some billions of solves.
void add_to(CostCache::Key& key, std::uint64_t word) {
  key[0] = kernels::mixed(key[0] + word);
  key[1] = kernels::mixed(key[1] ^ word);
}

std::string line_of(CostCache::Key const& key, ProbeResult const& r) {
  char hash[33];
  std::snprintf(hash, sizeof hash, "%016llx%016llx", static_cast<unsigned long long>(key[0]),
                static_cast<unsigned long long>(key[1]));
  // The full stop is the last that is written: a line without one was cut off.
  return std::string(hash) + " " + std::to_string(r.iterations) + " " + std::to_string(r.status) + " " +
         io::shortest(r.loss) + " " + io::shortest(r.measure) + " .\n";
}

bool parse_key(std::string_view word, CostCache::Key& key) {
  if (word.size() != 32) return false;
  key = {};
  for (std::size_t i = 0; i < 32; ++i) {
    char const c = word[i];
    int const digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return false;
    key[i / 16] = key[i / 16] << 4 | static_cast<std::uint64_t>(digit);
  }
  return true;
}

}  // namespace

CostCache::CostCache(std::filesystem::path const& file, std::string of) : file_(file), of_(std::move(of)) {
  std::error_code none;
  if (std::filesystem::exists(file_, none)) {
    if (!std::filesystem::is_regular_file(file_, none)) {
      throw InputError(file_.string() + ": is not a file of costs, but a folder or a device; give another name");
    }
    read();
  } else {
    unwritten_ = std::string(title) + "\n";
    flush();
  }
}

void CostCache::read() {
  io::Lines lines(file_);
  // A writer that is killed first thing leaves an empty file.
  if (!lines.next()) {
    unwritten_ = std::string(title) + "\n";
    return;
  }
  if (lines.text() != title) {
    throw InputError(file_.string() + ": is not a file of costs, which begins with \"" + std::string(title) +
                     "\"; give another name");
  }
  while (lines.next()) {
    auto const words = lines.words();
    Key key;
    std::int64_t iterations = 0, status = 0;
    ProbeResult r;
    bool const is_whole = words.size() == 6 && words[5] == "." && parse_key(words[0], key) &&
                          io::parse_number(words[1], iterations) && io::parse_number(words[2], status) &&
                          io::parse_number(words[3], r.loss) && io::parse_number(words[4], r.measure);
    if (!is_whole) continue;
    r.iterations = static_cast<std::int32_t>(iterations);
    r.status = static_cast<std::int32_t>(status);
    known_.insert_or_assign(key, r);
  }
}

CostCache::Key CostCache::key(std::span<double const> numbers) const {
  Key key{0, 1};
  for (char const c : of_) add_to(key, static_cast<unsigned char>(c));
  for (double const x : numbers) add_to(key, std::bit_cast<std::uint64_t>(x == 0 ? 0.0 : x));  // -0 is 0
  return key;
}

std::optional<ProbeResult> CostCache::find(Key const& key) const {
  auto const found = known_.find(key);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

void CostCache::add(Key const& key, ProbeResult const& result) {
  if (known_.insert_or_assign(key, result).second) unwritten_ += line_of(key, result);
}

void CostCache::flush() {
  if (unwritten_.empty()) return;
  auto const refuse = [&](int error) {
    throw OutputError(file_.string() + ": cannot be written: " + std::generic_category().message(error));
  };
  int const fd = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) refuse(errno);
  // A line feed first ends what a killed process may have left.
  bool const is_begun = ::lseek(fd, 0, SEEK_END) > 0;
  int const error = io::write_all(fd, is_begun ? "\n" + unwritten_ : unwritten_);
  ::close(fd);
  if (error != 0) refuse(error);
  unwritten_.clear();
}

}  // namespace metasolve::problems
