// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_files.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <system_error>
#include <tuple>
#include <utility>

#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/matrices/read_matrix.hpp"
#include "metasolve/detail/matrices/zip_file.hpp"
#include "metasolve/detail/problems/qp_file_parts.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

using sparse::at;

namespace {

namespace fs = std::filesystem;

/// Files of a folder by what they are.
struct QpListing {
  std::map<std::string, fs::path> matrices;  ///< "P", "A"
  std::vector<fs::path> archives, tables;
};

/// "x_10" after "x_9".
std::tuple<std::string, std::size_t, std::string> order_of_name(fs::path const& path) {
  auto const stem = path.stem().string();
  auto const last = stem.find_last_not_of("0123456789");
  auto const digits = stem.substr(last == stem.npos ? 0 : last + 1);
  auto const first = std::min(digits.find_first_not_of('0'), digits.size());
  auto const number = digits.substr(first);
  return {stem.substr(0, stem.size() - digits.size()), number.size(), number};
}

QpListing list_programs(fs::path const& path) {
  QpListing listing;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (matrices::suffix_of(path) != ".npz") {
      throw InputError(path.string() + ": is not a folder and not an .npz file; give the folder of your programs");
    }
    listing.archives.push_back(path);
    return listing;
  }
  for (fs::directory_iterator file(path, error), end; !error && file != end; file.increment(error)) {
    auto const suffix = matrices::suffix_of(*file);
    auto const name = file->path().filename().string();
    auto const stem = name.substr(0, name.find('.'));
    bool const is_matrix = suffix == ".npz" || suffix == ".npy" || suffix == ".mtx";
    if (is_matrix && (stem == "P" || stem == "A")) {
      auto const [other, is_first] = listing.matrices.emplace(stem, file->path());
      if (!is_first) {
        throw InputError(path.string() + ": holds " + stem + " twice, as " + other->second.filename().string() +
                         " and as " + name + "; remove one");
      }
    } else if (suffix == ".npz") {
      listing.archives.push_back(*file);
    } else if (suffix == ".csv") {
      listing.tables.push_back(*file);
    }
  }
  if (error) throw InputError(path.string() + ": cannot be read: " + error.message());
  for (auto* const files : {&listing.archives, &listing.tables})
    std::sort(files->begin(), files->end(),
              [](auto const& a, auto const& b) { return order_of_name(a) < order_of_name(b); });
  if (listing.archives.empty() && listing.tables.empty()) {
    throw InputError(path.string() + ": holds no tasks, expected .npz files of q, l, u, or a .csv file beside P and A");
  }
  return listing;
}

/// A vector of each task: numbers, and whether there is an axis of tasks.
struct TaskVectors {
  std::vector<double> values;
  std::int64_t tasks = 1, size = 0;
};

TaskVectors read_task_vectors(matrices::ZipFile const& zip, std::string const& name) {
  auto array = io::parse_npy(zip.read(name), zip.name(name));
  if (array.shape.empty() || array.shape.size() > 2) {
    throw InputError(zip.name(name) + ": is " + io::shape_text(array.shape) +
                     ", expected one number for each entry, or tasks by entries");
  }
  TaskVectors result;
  result.size = array.shape.back();
  if (array.shape.size() == 2) result.tasks = array.shape.front();
  result.values = io::to_reals(std::move(array));
  return result;
}

QpFilePart read_archive(fs::path const& path, std::int64_t memory) {
  matrices::ZipFile const zip(path, memory);
  QpFilePart part{.file = path.string()};
  for (auto const& [name, matrix] : {std::pair{"P", &part.p}, std::pair{"A", &part.a}})
    if (zip.holds(name) || zip.holds(std::string(name) + "_data"))
      *matrix = matrices::read_named_matrix(zip, name, memory, io::MatrixShape::any);
  std::vector<std::pair<char const*, std::vector<double>*>> wanted{{"q", &part.q}, {"l", &part.l}, {"u", &part.u}};
  for (auto const& [name, values] : {std::pair{"scales", &part.scales}, std::pair{"features", &part.features}})
    if (zip.holds(name)) wanted.emplace_back(name, values);
  std::vector<TaskVectors> read;
  read.reserve(wanted.size());
  for (auto const& [name, values] : wanted) read.push_back(read_task_vectors(zip, name));
  part.tasks = 1;
  for (auto const& vectors : read)
    if (vectors.tasks != 1) part.tasks = vectors.tasks;
  for (auto const* matrix : {&part.p, &part.a})
    if (matrix->has_value() && (*matrix)->several && part.tasks == 1) part.tasks = (*matrix)->tasks;
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (read[i].tasks != 1 && read[i].tasks != part.tasks) {
      throw InputError(zip.name(wanted[i].first) + ": holds " + std::to_string(read[i].tasks) +
                       " tasks, but another array of the file " + std::to_string(part.tasks));
    }
    if (read[1].size != read[2].size) {
      throw InputError(path.string() + ": l has " + std::to_string(read[1].size) + " entries, u " +
                       std::to_string(read[2].size) + "; expected one for each row of A");
    }
    auto& to = *wanted[i].second;
    to = read[i].values;
    for (std::int64_t t = 1; t < part.tasks && read[i].tasks == 1; ++t)
      to.insert(to.end(), read[i].values.begin(), read[i].values.end());
  }
  if (part.tasks < 1) throw InputError(path.string() + ": holds no task: its axis of tasks is empty");
  return part;
}

QpFilePart read_table_of_tasks(fs::path const& path, std::int32_t n, std::int32_t m) {
  std::vector<std::string> columns;
  for (auto const& [name, count] : {std::pair{"q", n}, std::pair{"l", m}, std::pair{"u", m}})
    for (std::int32_t i = 1; i <= count; ++i) columns.push_back(name + std::to_string(i));
  auto const table = io::read_columns(path, columns, io::CsvNumbers::or_infinite);
  QpFilePart part{.file = path.string(), .tasks = table.rows};
  for (std::int64_t t = 0; t < table.rows; ++t) {
    double const* next = table.values.data() + at(t) * columns.size();
    for (auto const& [values, count] : {std::pair{&part.q, n}, std::pair{&part.l, m}, std::pair{&part.u, m}}) {
      values->insert(values->end(), next, next + count);
      next += count;
    }
  }
  return part;
}

matrices::MatrixArrays read_common(fs::path const& path, std::int64_t memory) {
  auto const suffix = matrices::suffix_of(path);
  if (suffix != ".mtx") return matrices::read_matrix_arrays(path, memory, io::MatrixShape::any);
  auto const file = matrices::read_matrix(path, memory, io::MatrixShape::any);
  matrices::MatrixArrays matrix;
  matrix.rows = file.rows;
  matrix.columns = file.columns;
  double const mirrored = file.skew_symmetric ? -1 : 1;
  for (auto const& e : file.entries) {
    matrix.places.emplace_back(e.row, e.column);
    matrix.values.push_back(e.value);
    if ((!file.symmetric && !file.skew_symmetric) || e.row == e.column) continue;
    matrix.places.emplace_back(e.column, e.row);
    matrix.values.push_back(mirrored * e.value);
  }
  return matrix;
}

/// Where each task's matrix is. @throws InputError nowhere, or twice
std::vector<QpMatrixSource> sources_of(std::string const& name, std::optional<matrices::MatrixArrays> QpFilePart::*own,
                                       std::vector<QpFilePart> const& parts, QpListing const& listing,
                                       std::optional<matrices::MatrixArrays> const& common) {
  std::vector<QpMatrixSource> sources;
  for (auto const& part : parts) {
    auto const& matrix = part.*own;
    if (matrix.has_value() && common.has_value()) {
      throw InputError(part.file + ": holds " + name + ", but so does " + listing.matrices.at(name).string() +
                       "; remove one of them");
    }
    if (!matrix.has_value() && !common.has_value()) {
      throw InputError(part.file + ": holds no matrix " + name + ", and there is no file " + name + ".npz or " + name +
                       ".mtx beside it; add one");
    }
    sources.push_back({matrix.has_value() ? part.file : listing.matrices.at(name).string(),
                       matrix.has_value() ? &*matrix : &*common, part.tasks});
  }
  return sources;
}

/// [tasks][entries] of both, or [entries].
std::vector<double> repeated(QpMatrixValues const& matrix, std::int64_t tasks) {
  if (matrix.differ) return matrix.values;
  std::vector<double> result;
  for (std::int64_t t = 0; t < tasks; ++t) result.insert(result.end(), matrix.values.begin(), matrix.values.end());
  return result;
}

}  // namespace

GivenQps read_given_qps(fs::path const& path, std::int64_t memory) {
  auto const listing = list_programs(path);
  std::optional<matrices::MatrixArrays> common_p, common_a;
  if (listing.matrices.contains("P")) common_p = read_common(listing.matrices.at("P"), memory);
  if (listing.matrices.contains("A")) common_a = read_common(listing.matrices.at("A"), memory);
  std::vector<QpFilePart> parts;
  for (auto const& file : listing.archives) parts.push_back(read_archive(file, memory));
  for (auto const& file : listing.tables) {
    if (!common_p.has_value() || !common_a.has_value()) {
      throw InputError(file.string() + ": has no matrices beside it: expected P and A, as .npz, .npy, .mtx or .mtx.gz");
    }
    parts.push_back(read_table_of_tasks(file, common_p->rows, common_a->rows));
  }
  auto const p_sources = sources_of("P", &QpFilePart::p, parts, listing, common_p);
  auto const a_sources = sources_of("A", &QpFilePart::a, parts, listing, common_a);
  auto const p = lower_triangle(common_values("P", p_sources), p_sources);
  auto const a = common_values("A", a_sources);

  GivenQps data;
  data.p = p.pattern;
  data.a = a.pattern;
  std::int64_t const n = p.pattern.rows(), m = a.pattern.rows();
  if (a_sources.front().arrays->columns != n) {
    throw InputError(a_sources.front().file + ": A has " + std::to_string(a_sources.front().arrays->columns) +
                     " columns, but P is " + std::to_string(n) + " by " + std::to_string(n));
  }
  for (auto& part : parts) {
    for (auto const& [name, values, size, of] :
         {std::tuple{"q", &part.q, n, "P"}, std::tuple{"l", &part.l, m, "A"}, std::tuple{"u", &part.u, m, "A"}}) {
      if (static_cast<std::int64_t>(values->size()) == part.tasks * size) continue;
      throw InputError(part.file + ": " + name + " has " +
                       std::to_string(static_cast<std::int64_t>(values->size()) / part.tasks) +
                       " entries a task, but " + of + " " + std::to_string(size) + " rows");
    }
    check_vectors(part, n, m);
    data.tasks += part.tasks;
    data.q.insert(data.q.end(), part.q.begin(), part.q.end());
    data.l.insert(data.l.end(), part.l.begin(), part.l.end());
    data.u.insert(data.u.end(), part.u.begin(), part.u.end());
  }
  data.scales = joined_scales(parts);
  data.features = joined_features(parts);
  data.matrices_differ = p.differ || a.differ;
  data.p_values = data.matrices_differ ? repeated(p, data.tasks) : p.values;
  data.a_values = data.matrices_differ ? repeated(a, data.tasks) : a.values;
  return data;
}

}  // namespace metasolve::problems
