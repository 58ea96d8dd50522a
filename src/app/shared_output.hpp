// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Files that several processes write together.
namespace metasolve::app {

/// This process' share of n rows that all processes have: rows [first, end).
struct OwnRows {
  std::size_t first = 0, end = 0;
};
OwnRows own_rows(std::size_t n);

/// Writes the pieces of all processes to one file, or to standard output: the first piece of the first process, that of
/// the second, ..., then the second pieces. All give as many pieces. Each process writes its own into the file; under
/// its name it is there when it is whole. One process: as io::write_output. Collective. @throws OutputError, on all
void write_pieces(std::string const& path, std::vector<std::string> const& pieces);

/// The first process writes what all have. Collective. @throws OutputError, on all
void write_by_first(std::string const& path, std::string const& text);

}  // namespace metasolve::app
