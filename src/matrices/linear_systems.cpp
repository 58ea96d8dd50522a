// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/linear_systems.hpp"

#include <optional>

#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/io/paths.hpp"
#include "metasolve/detail/matrices/arrays.hpp"
#include "metasolve/detail/matrices/matrix_folder.hpp"
#include "metasolve/detail/matrices/pattern_pool.hpp"
#include "metasolve/detail/matrices/read_matrix.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::matrices {

namespace {

namespace fs = std::filesystem;

using sparse::at;

/// A vector for each system: the rows of one .npy, or of one system alone any file of a vector.
class Rows {
 public:
  /// option: "--rhs", for messages.
  Rows(std::string option, fs::path file, std::int64_t systems, std::int64_t memory)
      : option_(std::move(option)), file_(std::move(file)), memory_(memory) {
    if (suffix_of(file_) != ".npy") {
      if (systems != 1) reject("holds one vector, but there are " + std::to_string(systems) + " systems");
      return;
    }
    auto array = io::read_npy(file_, memory);
    bool const one = array.shape.size() == 1 && systems == 1;
    if (!one && (array.shape.size() != 2 || array.shape[0] != systems)) {
      reject("is " + io::shape_text(array.shape) + ", but there are " + std::to_string(systems) + " systems");
    }
    width_ = array.shape.back();
    values_ = io::to_reals(std::move(array));
  }
  /// The row of a system's place among all.
  [[nodiscard]] std::vector<double> row(std::int64_t place, LinearSystem const& system) const {
    auto const n = system.unknowns();
    if (!values_) return read_vector(file_, n, memory_);
    if (width_ != n) {
      reject("has " + std::to_string(width_) + " numbers a system, but " + system.name + " has " + std::to_string(n) +
             " rows");
    }
    auto const first = values_->begin() + place * width_;
    return {first, first + width_};
  }

 private:
  [[noreturn]] void reject(std::string const& what) const {
    throw InputError(option_ + ": " + file_.string() + " " + what + "; expected a .npy of shape [systems][N]");
  }

  std::string option_;
  fs::path file_;
  std::int64_t memory_;
  std::int64_t width_ = 0;
  std::optional<std::vector<double>> values_;  ///< none: a file of another kind
};

/// x_k in a folder; empty: none.
fs::path guess_file(fs::path const& folder, std::int64_t number) {
  for (char const* const suffix : {".npy", ".txt", ".mtx"}) {
    auto file = folder / ("x_" + std::to_string(number) + suffix);
    if (io::exists(file)) return file;
  }
  return {};
}

/// Completes systems with their vectors, in ascending order of all numbers.
class Vectors {
 public:
  Vectors(LinearFiles const& files, std::int64_t systems, std::int64_t memory) : files_(files), memory_(memory) {
    if (!files.rhs.empty()) rhs_.emplace("--rhs", files.rhs, systems, memory);
    guess_folder_ = !files.guess.empty() && io::is_directory(files.guess);
    if (!files.guess.empty() && !guess_folder_) guess_.emplace("--guess", files.guess, systems, memory);
  }
  /// own: file of b_k; empty: none. place: among all systems, those that cannot be read too.
  void complete(LinearSystem& system, std::int64_t place, fs::path const& own, LinearSystems& all) {
    auto const n = system.unknowns();
    if (rhs_) {
      system.rhs = rhs_->row(place, system);
    } else if (!own.empty()) {
      system.rhs = read_vector(own, n, memory_);
    } else {
      system.rhs.assign(at(n), 1.0);
    }
    auto const file = guess_folder_ ? guess_file(files_.guess, system.number) : fs::path{};
    if (guess_) system.guess = guess_->row(place, system);
    if (!file.empty()) system.guess = read_vector(file, n, memory_);
    all.right_sides += rhs_ || !own.empty() ? 1 : 0;
    all.guesses += system.guess.empty() ? 0 : 1;
  }

 private:
  LinearFiles const& files_;
  std::int64_t memory_;
  std::optional<Rows> rhs_, guess_;
  bool guess_folder_ = false;
};

void read_folder(LinearFiles const& files, std::int64_t memory, LinearSystems& result) {
  auto listing = list_matrix_folder(files.matrices);
  result.left_out = std::move(listing.left_out);
  Vectors vectors(files, static_cast<std::int64_t>(listing.entries.size()), memory);
  PatternPool pool;
  std::int64_t place = 0;
  for (auto const& entry : listing.entries) {
    try {
      if (!entry.problem.empty()) throw InputError(entry.problem);
      auto matrix = sparse::csr_matrix(read_matrix(entry.matrix, memory));
      LinearSystem system{
          entry.number, entry.matrix.string(), pool.shared(std::move(matrix.pattern)), std::move(matrix.values), {}};
      vectors.complete(system, place, entry.rhs, result);
      result.systems.push_back(std::move(system));
    } catch (InputError const& problem) {
      // A row of --rhs that does not fit is the same for all systems; they are then refused one by one.
      result.broken.push_back({entry.number, problem.what()});
    }
    ++place;
  }
}

void read_file(LinearFiles const& files, std::int64_t memory, LinearSystems& result) {
  auto const suffix = suffix_of(files.matrices);
  auto const name = files.matrices.string();
  MatrixArrays arrays;
  if (suffix == ".npz" || suffix == ".npy") arrays = read_matrix_arrays(files.matrices, memory);
  if (!arrays.several) {
    auto matrix =
        sparse::csr_matrix(arrays.rows > 0 ? entries_of(arrays, files.matrices) : read_matrix(files.matrices, memory));
    LinearSystem system{
        0, name, std::make_shared<sparse::CsrPattern const>(std::move(matrix.pattern)), std::move(matrix.values), {}};
    Vectors(files, 1, memory).complete(system, 0, {}, result);
    result.systems.push_back(std::move(system));
    return;
  }
  Vectors vectors(files, arrays.tasks, memory);
  std::vector<std::int32_t> index;
  auto const pattern =
      std::make_shared<sparse::CsrPattern const>(sparse::csr_pattern(arrays.rows, arrays.places, index));
  for (std::int64_t task = 0; task < arrays.tasks; ++task) {
    LinearSystem system{task, name + ": task " + std::to_string(task), pattern, {}, {}};
    system.values.assign(at(pattern->entries()), 0.0);
    auto const* const values = arrays.values.data() + at(task) * index.size();
    for (std::size_t e = 0; e < index.size(); ++e) system.values[at(index[e])] += values[e];
    vectors.complete(system, task, {}, result);
    result.systems.push_back(std::move(system));
  }
}

}  // namespace

LinearSystems read_linear_systems(LinearFiles const& files, std::int64_t memory) {
  LinearSystems result;
  std::error_code none;
  // What cannot be looked at is refused by the reader of folders, which says why.
  bool const file = fs::exists(files.matrices, none) && !fs::is_directory(files.matrices, none);
  file ? read_file(files, memory, result) : read_folder(files, memory, result);
  return result;
}

std::vector<fs::path> matrices_read(fs::path const& matrices) {
  std::error_code none;
  if (fs::exists(matrices, none) && !fs::is_directory(matrices, none)) return {matrices};
  std::vector<fs::path> all;
  for (auto const& entry : list_matrix_folder(matrices).entries) {
    all.push_back(entry.matrix);
    if (!entry.rhs.empty()) all.push_back(entry.rhs);
  }
  return all;
}

std::vector<fs::path> guesses_read(fs::path const& guess) {
  if (guess.empty()) return {};
  std::error_code none;
  if (!fs::is_directory(guess, none)) return {guess};
  std::vector<fs::path> all;
  for (fs::directory_iterator file(guess, none), end; !none && file != end; file.increment(none)) {
    if (file->path().filename().string().starts_with("x_")) all.push_back(file->path());
  }
  return all;
}

}  // namespace metasolve::matrices
