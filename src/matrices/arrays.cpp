// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/arrays.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/matrices/zip_file.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::matrices {

namespace {

constexpr std::int64_t most_rows = std::numeric_limits<std::int32_t>::max();

using sparse::at;

std::vector<std::int64_t> read_integers(ZipFile const& zip, std::string const& name) {
  auto array = io::parse_npy(zip.read(name), zip.name(name));
  if (!array.whole || array.shape.size() != 1) {
    throw InputError(zip.name(name) + ": is " + io::shape_text(array.shape) +
                     (array.whole ? "" : " and not of whole numbers") +
                     ", expected one axis of int32 or int64; save the matrix by scipy.sparse.save_npz");
  }
  return std::move(array.integers);
}

/// "csr": SciPy writes it as bytes, others as text of 4 bytes a letter.
std::string read_format(ZipFile const& zip) {
  if (!zip.holds("format")) return zip.holds("row") && !zip.holds("indptr") ? "coo" : "csr";
  auto const content = zip.read("format");
  auto const head = io::parse_npy_head(content, zip.name("format"));
  std::string format;
  bool const text = head.type.starts_with("|S") || head.type.starts_with("<U");
  for (std::size_t i = head.bytes; text && i < content.size() && format.size() < 16; ++i) {
    if (content[i] != '\0') format += content[i];
  }
  if (format == "csr" || format == "csc" || format == "coo") return format;
  throw InputError(zip.name("format") + ": given " + io::shown(format) +
                   ", expected csr, csc or coo; convert the matrix, for example by .tocsr()");
}

std::int32_t read_rows(ZipFile const& zip, std::string const& format, std::int64_t memory) {
  std::int64_t rows = 0;
  if (zip.holds("shape")) {
    auto const shape = read_integers(zip, "shape");
    if (shape.size() != 2 || shape[0] != shape[1]) {
      throw InputError(zip.name("shape") + ": the matrix is " + io::shape_text(shape) + ", expected a square one");
    }
    rows = shape[0];
  } else if (format == "coo") {
    throw InputError(zip.path().string() + ": holds no array shape; save the matrix by scipy.sparse.save_npz");
  } else {
    rows = static_cast<std::int64_t>(read_integers(zip, "indptr").size()) - 1;
  }
  // A row takes memory without entries too.
  auto const allowed = std::min(most_rows, memory / static_cast<std::int64_t>(sizeof(io::MatrixMarketEntry)));
  if (rows >= 1 && rows <= allowed) return static_cast<std::int32_t>(rows);
  throw InputError(zip.path().string() + ": a matrix of " + std::to_string(rows) + " rows, expected 1 to the " +
                   std::to_string(allowed) +
                   " that the memory allows; give more with --set resources.memory=..., or a smaller matrix");
}

void require_index(ZipFile const& zip, std::string const& array, std::int64_t index, std::int32_t rows) {
  if (index >= 0 && index < rows) return;
  throw InputError(zip.name(array) + ": index " + std::to_string(index) + " is outside 0 to " +
                   std::to_string(rows - 1) + "; save the matrix by scipy.sparse.save_npz");
}

/// The places of compressed rows or columns.
void read_compressed(ZipFile const& zip, bool by_columns, MatrixArrays& matrix) {
  auto const begin = read_integers(zip, "indptr"), indices = read_integers(zip, "indices");
  auto const count = static_cast<std::int64_t>(indices.size());
  bool whole = static_cast<std::int64_t>(begin.size()) == matrix.rows + std::int64_t{1} && begin.front() == 0 &&
               begin.back() == count;
  for (std::size_t i = 1; whole && i < begin.size(); ++i) whole = begin[i - 1] <= begin[i] && begin[i] <= count;
  if (!whole) {
    throw InputError(zip.name("indptr") + ": expected " + std::to_string(matrix.rows + std::int64_t{1}) +
                     " numbers that rise from 0 to the " + std::to_string(count) +
                     " of indices; save the matrix by scipy.sparse.save_npz");
  }
  matrix.places.reserve(indices.size());
  for (std::int32_t line = 0; line < matrix.rows; ++line) {
    for (auto e = begin[at(line)]; e < begin[at(line) + 1]; ++e) {
      require_index(zip, "indices", indices[at(e)], matrix.rows);
      auto const other = static_cast<std::int32_t>(indices[at(e)]);
      matrix.places.emplace_back(by_columns ? other : line, by_columns ? line : other);
    }
  }
}

void read_coordinates(ZipFile const& zip, MatrixArrays& matrix) {
  auto const rows = read_integers(zip, "row"), columns = read_integers(zip, "col");
  if (rows.size() != columns.size()) {
    throw InputError(zip.path().string() + ": row holds " + std::to_string(rows.size()) + " numbers, col " +
                     std::to_string(columns.size()) + "; save the matrix by scipy.sparse.save_npz");
  }
  matrix.places.reserve(rows.size());
  for (std::size_t e = 0; e < rows.size(); ++e) {
    require_index(zip, "row", rows[e], matrix.rows);
    require_index(zip, "col", columns[e], matrix.rows);
    matrix.places.emplace_back(static_cast<std::int32_t>(rows[e]), static_cast<std::int32_t>(columns[e]));
  }
}

MatrixArrays read_sparse(ZipFile const& zip, std::int64_t memory) {
  auto const format = read_format(zip);
  MatrixArrays matrix;
  matrix.rows = read_rows(zip, format, memory);
  format == "coo" ? read_coordinates(zip, matrix) : read_compressed(zip, format == "csc", matrix);
  auto data = io::parse_npy(zip.read("data"), zip.name("data"));
  auto const count = static_cast<std::int64_t>(matrix.places.size());
  auto const axes = data.shape.size();
  if (axes < 1 || axes > 2 || data.shape.back() != count) {
    throw InputError(zip.name("data") + ": is " + io::shape_text(data.shape) + ", expected " + std::to_string(count) +
                     " values, or tasks by " + std::to_string(count) + ", one for each index");
  }
  matrix.several = axes == 2;
  matrix.tasks = matrix.several ? data.shape.front() : 1;
  matrix.values = io::to_reals(std::move(data));
  return matrix;
}

MatrixArrays dense(io::NpyArray data, std::string const& name) {
  auto const axes = data.shape.size();
  if (axes < 2 || data.shape[axes - 1] != data.shape[axes - 2] || data.shape.back() < 1) {
    throw InputError(name + ": is " + io::shape_text(data.shape) + ", expected N by N, or tasks by N by N");
  }
  auto const n = data.shape.back();
  if (n > most_rows / n) {
    throw InputError(name + ": a dense matrix of " + std::to_string(n) + " rows has more than " +
                     std::to_string(most_rows) + " entries; save it as a sparse one by scipy.sparse.save_npz");
  }
  MatrixArrays matrix;
  matrix.rows = static_cast<std::int32_t>(n);
  matrix.several = axes == 3;
  matrix.tasks = matrix.several ? data.shape.front() : 1;
  matrix.values = io::to_reals(std::move(data));
  if (matrix.tasks == 0) return matrix;  // its rows are not bounded by data
  matrix.places.reserve(at(n * n));
  for (std::int32_t i = 0; i < n; ++i) {
    for (std::int32_t j = 0; j < n; ++j) matrix.places.emplace_back(i, j);
  }
  return matrix;
}

MatrixArrays read_any(std::filesystem::path const& path, std::int64_t memory) {
  if (path.extension() == ".npy") return dense(io::read_npy(path, memory), path.string());
  ZipFile const zip(path, memory);
  if (zip.arrays().size() != 1) return read_sparse(zip, memory);
  auto const& only = zip.arrays().front();
  return dense(io::parse_npy(zip.read(only), zip.name(only)), zip.name(only));
}

}  // namespace

MatrixArrays read_matrix_arrays(std::filesystem::path const& path, std::int64_t memory) {
  auto matrix = read_any(path, memory);
  if (matrix.tasks > 0) return matrix;
  throw InputError(path.string() + ": holds no matrix: its axis of tasks is empty");
}

io::MatrixMarket entries_of(MatrixArrays const& arrays, std::filesystem::path const& path) {
  if (arrays.several) {
    throw InputError(path.string() + ": holds " + std::to_string(arrays.tasks) +
                     " matrices, expected one; give this file itself with --matrices");
  }
  io::MatrixMarket matrix;
  matrix.rows = arrays.rows;
  matrix.entries.reserve(arrays.places.size());
  for (std::size_t e = 0; e < arrays.places.size(); ++e) {
    matrix.entries.push_back({arrays.places[e].first, arrays.places[e].second, arrays.values[e]});
  }
  return matrix;
}

}  // namespace metasolve::matrices
