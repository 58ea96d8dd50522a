// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/shared_output.hpp"

#include <numeric>

#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/output_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

std::string text_of(std::vector<std::string> const& pieces) {
  return std::accumulate(pieces.begin(), pieces.end(), std::string());
}

/// [ranks][pieces] bytes.
std::vector<std::uint64_t> sizes_of_all(Ranks& ranks, std::vector<std::string> const& pieces) {
  std::vector<std::uint64_t> own;
  own.reserve(pieces.size());
  for (auto const& piece : pieces) own.push_back(piece.size());
  std::vector<std::uint64_t> all(own.size() * static_cast<std::size_t>(ranks.size()));
  ranks.all_gather(own.data(), own.size() * sizeof(std::uint64_t), all.data());
  return all;
}

/// Throws on all what went wrong on any.
void agree(Ranks& ranks, std::string const& problem) {
  for (auto const& text : exec::gathered(ranks, problem)) {
    if (!text.empty()) throw OutputError(text);
  }
}

}  // namespace

OwnRows own_rows(std::size_t n) {
  auto const* const ranks = this_process().ranks();
  if (ranks == nullptr) return {0, n};
  auto const rank = static_cast<std::size_t>(ranks->rank()), size = static_cast<std::size_t>(ranks->size());
  return {n * rank / size, n * (rank + 1) / size};
}

void write_by_first(std::string const& path, std::string const& text) {
  exec::from_first(this_process().ranks(), [&] {
    io::write_output(path, text);
    return std::string();
  });
}

void write_pieces(std::string const& path, std::vector<std::string> const& pieces) {
  auto* const ranks = this_process().ranks();
  if (ranks == nullptr) return io::write_output(path, text_of(pieces));
  auto const sizes = sizes_of_all(*ranks, pieces);
  auto const rank = static_cast<std::size_t>(ranks->rank()), all = static_cast<std::size_t>(ranks->size());
  if (!io::is_plain_file(path)) {
    auto const texts = exec::gathered(*ranks, text_of(pieces));
    std::string text;
    std::vector<std::size_t> at(all, 0);
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      for (std::size_t r = 0; r < all; ++r) {
        auto const bytes = static_cast<std::size_t>(sizes[r * pieces.size() + p]);
        text.append(texts[r], at[r], bytes);
        at[r] += bytes;
      }
    }
    return write_by_first(path, text);
  }
  std::unique_ptr<io::PartialFile> file;
  auto const temporary = exec::from_first(ranks, [&] {
    file = std::make_unique<io::PartialFile>(path);
    return file->temporary().string();
  });
  std::string problem;
  try {
    if (!file) file = std::make_unique<io::PartialFile>(path, temporary);
    std::uint64_t offset = 0;
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      for (std::size_t r = 0; r < all; ++r) {
        if (r == rank) file->write(offset, pieces[p]);
        offset += sizes[r * pieces.size() + p];
      }
    }
    file->close();
  } catch (OutputError const& error) {
    problem = error.what();
  }
  agree(*ranks, problem);
  exec::from_first(ranks, [&] {
    file->finish();
    return std::string();
  });
}

}  // namespace metasolve::app
