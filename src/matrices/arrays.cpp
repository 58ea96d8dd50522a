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

/// The arrays of one sparse matrix in an archive.
struct SparseParts {
  ZipFile const& zip;
  std::string prefix;  ///< of their names
  std::int64_t memory;
  io::MatrixShape shape;

  [[nodiscard]] bool holds(std::string const& part) const { return zip.holds(prefix + part); }
  [[nodiscard]] std::string name(std::string const& part) const { return zip.name(prefix + part); }
  [[nodiscard]] std::string read(std::string const& part) const { return zip.read(prefix + part); }
};

std::vector<std::int64_t> read_integers(SparseParts const& parts, std::string const& part) {
  auto array = io::parse_npy(parts.read(part), parts.name(part));
  if (!array.whole || array.shape.size() != 1) {
    throw InputError(parts.name(part) + ": is " + io::shape_text(array.shape) +
                     (array.whole ? "" : " and not of whole numbers") +
                     ", expected one axis of int32 or int64; save the matrix by scipy.sparse.save_npz");
  }
  return std::move(array.integers);
}

/// "csr": SciPy writes it as bytes, others as text of 4 bytes a letter.
std::string read_format(SparseParts const& parts) {
  if (!parts.holds("format")) return parts.holds("row") && !parts.holds("indptr") ? "coo" : "csr";
  auto const content = parts.read("format");
  auto const head = io::parse_npy_head(content, parts.name("format"));
  std::string format;
  bool const text = head.type.starts_with("|S") || head.type.starts_with("<U");
  for (std::size_t i = head.bytes; text && i < content.size() && format.size() < 16; ++i) {
    if (content[i] != '\0') format += content[i];
  }
  if (format == "csr" || format == "csc" || format == "coo") return format;
  throw InputError(parts.name("format") + ": given " + io::shown(format) +
                   ", expected csr, csc or coo; convert the matrix, for example by .tocsr()");
}

void read_shape(SparseParts const& parts, std::string const& format, MatrixArrays& matrix) {
  std::int64_t rows = 0, columns = 0;
  if (parts.holds("shape")) {
    auto const shape = read_integers(parts, "shape");
    bool const is_square = shape.size() == 2 && shape[0] == shape[1];
    if (shape.size() != 2 || (!is_square && parts.shape == io::MatrixShape::square)) {
      throw InputError(parts.name("shape") + ": the matrix is " + io::shape_text(shape) + ", expected a square one");
    }
    rows = shape[0];
    columns = shape[1];
  } else if (format == "coo" || parts.shape == io::MatrixShape::any) {
    throw InputError(parts.zip.path().string() + ": holds no array " + parts.prefix +
                     "shape; save the matrix by scipy.sparse.save_npz");
  } else {
    rows = columns = static_cast<std::int64_t>(read_integers(parts, "indptr").size()) - 1;
  }
  // A row takes memory without entries too.
  auto const allowed = std::min(most_rows, parts.memory / static_cast<std::int64_t>(sizeof(io::MatrixMarketEntry)));
  for (auto const& [size, what] : {std::pair{rows, " rows"}, std::pair{columns, " columns"}}) {
    if (size >= 1 && size <= allowed) continue;
    throw InputError(parts.zip.path().string() + ": a matrix of " + std::to_string(size) + what +
                     ", expected 1 to the " + std::to_string(allowed) +
                     " that the memory allows; give more with --set resources.memory=..., or a smaller matrix");
  }
  matrix.rows = static_cast<std::int32_t>(rows);
  matrix.columns = static_cast<std::int32_t>(columns);
}

void require_index(SparseParts const& parts, std::string const& part, std::int64_t index, std::int32_t limit) {
  if (index >= 0 && index < limit) return;
  throw InputError(parts.name(part) + ": index " + std::to_string(index) + " is outside 0 to " +
                   std::to_string(limit - 1) + "; save the matrix by scipy.sparse.save_npz");
}

/// The places of compressed rows or columns.
void read_compressed(SparseParts const& parts, bool by_columns, MatrixArrays& matrix) {
  auto const begin = read_integers(parts, "indptr"), indices = read_integers(parts, "indices");
  auto const count = static_cast<std::int64_t>(indices.size());
  auto const lines = by_columns ? matrix.columns : matrix.rows, others = by_columns ? matrix.rows : matrix.columns;
  bool whole =
      static_cast<std::int64_t>(begin.size()) == lines + std::int64_t{1} && begin.front() == 0 && begin.back() == count;
  for (std::size_t i = 1; whole && i < begin.size(); ++i) whole = begin[i - 1] <= begin[i] && begin[i] <= count;
  if (!whole) {
    throw InputError(parts.name("indptr") + ": expected " + std::to_string(lines + std::int64_t{1}) +
                     " numbers that rise from 0 to the " + std::to_string(count) +
                     " of indices; save the matrix by scipy.sparse.save_npz");
  }
  matrix.places.reserve(indices.size());
  for (std::int32_t line = 0; line < lines; ++line) {
    for (auto e = begin[at(line)]; e < begin[at(line) + 1]; ++e) {
      require_index(parts, "indices", indices[at(e)], others);
      auto const other = static_cast<std::int32_t>(indices[at(e)]);
      matrix.places.emplace_back(by_columns ? other : line, by_columns ? line : other);
    }
  }
}

void read_coordinates(SparseParts const& parts, MatrixArrays& matrix) {
  auto const rows = read_integers(parts, "row"), columns = read_integers(parts, "col");
  if (rows.size() != columns.size()) {
    throw InputError(parts.zip.path().string() + ": " + parts.prefix + "row holds " + std::to_string(rows.size()) +
                     " numbers, " + parts.prefix + "col " + std::to_string(columns.size()) +
                     "; save the matrix by scipy.sparse.save_npz");
  }
  matrix.places.reserve(rows.size());
  for (std::size_t e = 0; e < rows.size(); ++e) {
    require_index(parts, "row", rows[e], matrix.rows);
    require_index(parts, "col", columns[e], matrix.columns);
    matrix.places.emplace_back(static_cast<std::int32_t>(rows[e]), static_cast<std::int32_t>(columns[e]));
  }
}

MatrixArrays read_sparse(SparseParts const& parts) {
  auto const format = read_format(parts);
  MatrixArrays matrix;
  read_shape(parts, format, matrix);
  format == "coo" ? read_coordinates(parts, matrix) : read_compressed(parts, format == "csc", matrix);
  auto data = io::parse_npy(parts.read("data"), parts.name("data"));
  auto const count = static_cast<std::int64_t>(matrix.places.size());
  auto const axes = data.shape.size();
  if (axes < 1 || axes > 2 || data.shape.back() != count) {
    throw InputError(parts.name("data") + ": is " + io::shape_text(data.shape) + ", expected " + std::to_string(count) +
                     " values, or tasks by " + std::to_string(count) + ", one for each index");
  }
  matrix.several = axes == 2;
  matrix.tasks = matrix.several ? data.shape.front() : 1;
  matrix.values = io::to_reals(std::move(data));
  return matrix;
}

MatrixArrays dense(io::NpyArray data, std::string const& name, io::MatrixShape shape) {
  auto const axes = data.shape.size();
  bool const is_square = axes >= 2 && data.shape[axes - 1] == data.shape[axes - 2];
  if (axes < 2 || data.shape.back() < 1 || data.shape[axes - 2] < 1 ||
      (!is_square && shape == io::MatrixShape::square)) {
    bool const any = shape == io::MatrixShape::any;
    throw InputError(name + ": is " + io::shape_text(data.shape) + ", expected " +
                     (any ? "M by N, or tasks by M by N" : "N by N, or tasks by N by N"));
  }
  auto const m = data.shape[axes - 2], n = data.shape[axes - 1];
  if (n > most_rows / m) {
    throw InputError(name + ": a dense matrix of " + std::to_string(m) + " rows has more than " +
                     std::to_string(most_rows) + " entries; save it as a sparse one by scipy.sparse.save_npz");
  }
  MatrixArrays matrix;
  matrix.rows = static_cast<std::int32_t>(m);
  matrix.columns = static_cast<std::int32_t>(n);
  matrix.several = axes == 3;
  matrix.tasks = matrix.several ? data.shape.front() : 1;
  matrix.values = io::to_reals(std::move(data));
  if (matrix.tasks == 0) return matrix;  // its rows are not bounded by data
  matrix.places.reserve(at(m * n));
  for (std::int32_t i = 0; i < m; ++i) {
    for (std::int32_t j = 0; j < n; ++j) matrix.places.emplace_back(i, j);
  }
  return matrix;
}

MatrixArrays read_any(std::filesystem::path const& path, std::int64_t memory, io::MatrixShape shape) {
  if (path.extension() == ".npy") return dense(io::read_npy(path, memory), path.string(), shape);
  ZipFile const zip(path, memory);
  if (zip.arrays().size() != 1) return read_sparse({zip, "", memory, shape});
  auto const& only = zip.arrays().front();
  return dense(io::parse_npy(zip.read(only), zip.name(only)), zip.name(only), shape);
}

void require_tasks(MatrixArrays const& matrix, std::string const& name) {
  if (matrix.tasks > 0) return;
  throw InputError(name + ": holds no matrix: its axis of tasks is empty");
}

}  // namespace

MatrixArrays read_matrix_arrays(std::filesystem::path const& path, std::int64_t memory, io::MatrixShape shape) {
  auto matrix = read_any(path, memory, shape);
  require_tasks(matrix, path.string());
  return matrix;
}

MatrixArrays read_named_matrix(ZipFile const& zip, std::string const& name, std::int64_t memory,
                               io::MatrixShape shape) {
  bool const is_dense = zip.holds(name);
  if (!is_dense && !zip.holds(name + "_data")) {
    throw InputError(zip.path().string() + ": holds no matrix " + name + "; give it as an array " + name + ", or as " +
                     name + "_data, " + name + "_indices, " + name + "_indptr and " + name + "_shape");
  }
  auto matrix = is_dense ? dense(io::parse_npy(zip.read(name), zip.name(name)), zip.name(name), shape)
                         : read_sparse({zip, name + "_", memory, shape});
  require_tasks(matrix, zip.path().string() + ": " + name);
  return matrix;
}

io::MatrixMarket entries_of(MatrixArrays const& arrays, std::filesystem::path const& path) {
  if (arrays.several) {
    throw InputError(path.string() + ": holds " + std::to_string(arrays.tasks) +
                     " matrices, expected one; give this file itself with --matrices");
  }
  io::MatrixMarket matrix;
  matrix.rows = arrays.rows;
  matrix.columns = arrays.columns;
  matrix.entries.reserve(arrays.places.size());
  for (std::size_t e = 0; e < arrays.places.size(); ++e) {
    matrix.entries.push_back({arrays.places[e].first, arrays.places[e].second, arrays.values[e]});
  }
  return matrix;
}

}  // namespace metasolve::matrices
