// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "system.hpp"

namespace metasolve::bench::linear {
namespace {

using Entry = std::tuple<std::int32_t, std::int32_t, double>;

struct File {
  std::int32_t unknowns = 0;
  std::vector<Entry> entries;  ///< by rows, columns ascending
};

File read_matrix(std::string const& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || line.rfind("%%MatrixMarket matrix coordinate real general", 0) != 0) {
    throw std::runtime_error(path + ": not a Matrix Market file \"matrix coordinate real general\"");
  }
  while (std::getline(in, line) && line[0] == '%') {
  }
  std::int32_t columns = 0;
  std::int64_t count = 0;
  File f;
  std::istringstream(line) >> f.unknowns >> columns >> count;
  if (f.unknowns < 1 || columns != f.unknowns) throw std::runtime_error(path + ": not a square matrix");
  std::int32_t i = 0, j = 0;
  double v = 0;
  for (std::int64_t e = 0; e < count; ++e) {
    if (!(in >> i >> j >> v) || i < 1 || j < 1 || i > columns || j > columns) {
      throw std::runtime_error(path + ": entry " + std::to_string(e + 1) + " is missing or malformed");
    }
    f.entries.emplace_back(i - 1, j - 1, v);
  }
  std::sort(f.entries.begin(), f.entries.end());
  return f;
}

}  // namespace

System from_folder(std::string const& name, std::string const& folder, std::int64_t tasks) {
  System s;
  s.name = name;
  s.tolerance = 1e-10;  // of the inner solves in PETSc's example
  for (;; ++s.tasks) {
    auto const path = folder + "/A_" + std::to_string(s.tasks) + ".mtx";
    if (!std::filesystem::exists(path)) break;
    auto const file = read_matrix(path);
    Rows rows;
    rows.row_ptrs.assign(static_cast<std::size_t>(file.unknowns) + 1, 0);
    for (auto const& [i, j, v] : file.entries) {
      ++rows.row_ptrs[static_cast<std::size_t>(i) + 1];
      rows.col_idxs.push_back(j);
      s.values.push_back(v);
    }
    for (std::size_t i = 1; i < rows.row_ptrs.size(); ++i) rows.row_ptrs[i] += rows.row_ptrs[i - 1];
    if (s.tasks == 0) s.rows = rows;
    if (rows.row_ptrs != s.rows.row_ptrs || rows.col_idxs != s.rows.col_idxs) {
      throw std::runtime_error(path + ": another pattern than A_0.mtx; a set has one");
    }
    auto const right = folder + "/b_" + std::to_string(s.tasks) + ".txt";
    std::ifstream in(right);
    for (std::int32_t i = 0; i < file.unknowns; ++i) {
      double v = 0;
      if (!(in >> v)) throw std::runtime_error(right + ": " + std::to_string(file.unknowns) + " numbers are wanted");
      s.rhs.push_back(v);
    }
  }
  if (s.tasks == 0) throw std::runtime_error(folder + ": no A_0.mtx");
  // Once more from the first: the time of a batch does not depend on whether its matrices differ.
  for (auto const different = s.tasks; s.tasks < tasks; ++s.tasks) {
    auto const from = s.tasks % different;
    std::vector<double> const values(s.values_of(from), s.values_of(from + 1));
    std::vector<double> const rhs(s.rhs_of(from), s.rhs_of(from + 1));
    s.values.insert(s.values.end(), values.begin(), values.end());
    s.rhs.insert(s.rhs.end(), rhs.begin(), rhs.end());
  }
  return s;
}

}  // namespace metasolve::bench::linear
