// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/matrix_folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "metasolve/error.hpp"

namespace metasolve::matrices {

namespace {

namespace fs = std::filesystem;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// How a file is compressed, by ascending preference of others.
enum class Packing { none, gzip, other };

/// The parts of a file name such as "A_007.mtx.gz".
struct Name {
  char letter = 0;          ///< A or b
  std::int64_t number = 0;  ///< -1: beyond 64 bits
  std::string suffix = {};  ///< ".mtx", in lower case
  Packing packing = Packing::none;
};

/// Returns nothing for any other name.
std::optional<Name> name_of(std::string const& file) {
  Name name{file[0]};
  if (file.size() < 3 || (name.letter != 'A' && name.letter != 'b') || file[1] != '_') return std::nullopt;
  char const *const first = file.data() + 2, *const last = file.data() + file.size();
  if (*first < '0' || *first > '9') return std::nullopt;
  auto const [end, error] = std::from_chars(first, last, name.number);
  if (error != std::errc()) name.number = -1;
  name.suffix = lower({end, last});
  for (std::string const packing : {".gz", ".bz2", ".xz", ".zst", ".zip"}) {
    if (!name.suffix.ends_with(packing)) continue;
    name.packing = packing == ".gz" ? Packing::gzip : Packing::other;
    name.suffix.resize(name.suffix.size() - packing.size());
    break;
  }
  return name;
}

bool is_one_of(std::string const& suffix, std::initializer_list<char const*> known) {
  return std::ranges::find(known, suffix) != known.end();
}

bool names_matrix(Name const& name) {
  if (name.letter != 'A') return false;
  return name.suffix == ".mtx" || (name.packing == Packing::none && is_one_of(name.suffix, {".npz", ".npy"}));
}

bool names_right_side(Name const& name) {
  if (name.letter != 'b') return false;
  return is_one_of(name.suffix, {".txt", ".mtx"}) || (name.packing == Packing::none && name.suffix == ".npy");
}

/// Whether a file that is not read looks like a matrix or a right-hand side.
bool looks_alike(std::string const& file) {
  auto const name = lower(file);
  bool const matrix_market = name.find(".mtx") != name.npos;
  bool const lettered = (name[0] == 'a' || name[0] == 'b') && name.size() > 1 &&
                        (name[1] == '_' || name[1] == '-' || (name[1] >= '0' && name[1] <= '9'));
  return name[0] != '.' && (matrix_market || lettered);
}

/// Files of one number, by their packing, sorted by name.
struct Files {
  std::array<std::vector<fs::path>, 3> by_packing;

  [[nodiscard]] std::vector<fs::path>& of(Packing packing) { return by_packing[static_cast<std::size_t>(packing)]; }
  /// The least packed.
  [[nodiscard]] Packing best() const {
    std::size_t packing = 0;
    while (by_packing[packing].empty()) ++packing;
    return static_cast<Packing>(packing);
  }
  [[nodiscard]] std::vector<fs::path> const& used() const { return by_packing[static_cast<std::size_t>(best())]; }
};

struct Found {
  std::map<std::int64_t, Files> matrices, rights;
  std::vector<fs::path> others;
};

Found look_through(fs::path const& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    files.push_back(at->path());
  }
  if (error) {
    throw InputError(folder.string() + ": cannot be read: " + error.message() +
                     "; give a folder of matrices A_0.mtx, A_1.mtx, ...");
  }
  std::ranges::sort(files);
  Found found;
  for (auto const& file : files) {
    auto const text = file.filename().string();
    auto const name = name_of(text);
    if (name && name->number >= 0 && (names_matrix(*name) || names_right_side(*name))) {
      auto& kind = name->letter == 'A' ? found.matrices : found.rights;
      kind[name->number].of(name->packing).push_back(file);
    } else if (looks_alike(text)) {
      found.others.push_back(file);
    }
  }
  return found;
}

std::string both(fs::path const& a, fs::path const& b) { return a.string() + " and " + b.filename().string(); }

std::string unpack_text(fs::path const& file) {
  return file.string() + ": is compressed in a way that is not read; unpack it, or pack it by gzip";
}

/// Selects the right-hand side file of a system, if any.
void find_right(MatrixListing::Entry& entry, Found const& found) {
  auto const right = found.rights.find(entry.number);
  if (right == found.rights.end()) return;
  auto const& files = right->second.used();
  if (right->second.best() == Packing::other) {
    entry.problem = unpack_text(files.front());
    return;
  }
  entry.rhs = files.front();
  if (files.size() > 1) {
    entry.problem = both(files[0], files[1]) + ": two right-hand sides of " + entry.matrix.filename().string() +
                    "; rename or remove one of them";
  }
}

/// The files that look related and are not read.
class LeftOut {
 public:
  explicit LeftOut(fs::path folder) : folder_(std::move(folder)) {}
  void add(fs::path const& file, std::string const& why) { lines_.push_back(file.string() + ": left out: " + why); }
  /// The more packed files of the same number.
  void add_packed(Files const& files, std::string const& why) {
    for (auto packing = static_cast<std::size_t>(files.best()) + 1; packing < files.by_packing.size(); ++packing) {
      for (auto const& file : files.by_packing[packing]) add(file, why);
    }
  }
  [[nodiscard]] std::vector<std::string> lines() && {
    constexpr std::size_t most_named = 20;
    if (lines_.size() > most_named) {
      auto const more = std::to_string(lines_.size() - most_named);
      lines_.resize(most_named);
      lines_.push_back(folder_.string() + ": left out: " + more + " more such files");
    }
    return std::move(lines_);
  }

 private:
  fs::path folder_;
  std::vector<std::string> lines_;
};

}  // namespace

MatrixListing list_matrix_folder(fs::path const& folder) {
  auto const found = look_through(folder);
  MatrixListing result;
  LeftOut left_out(folder);
  for (auto const& [number, all] : found.matrices) {
    auto const& files = all.used();
    bool const readable = all.best() != Packing::other;
    if (readable && files.size() > 1) {
      throw InputError(both(files[0], files[1]) + ": two matrices are numbered " + std::to_string(number) +
                       "; rename one of them");
    }
    result.entries.push_back({number, files.front(), {}, readable ? "" : unpack_text(files.front())});
    left_out.add_packed(all, "the matrix is there unpacked");
  }
  if (result.entries.empty()) {
    throw InputError(folder.string() + ": holds no matrix; expected A_0.mtx, A_1.mtx, ..." +
                     (found.others.empty() ? "" : ", found " + found.others.front().filename().string()));
  }
  for (auto& entry : result.entries) {
    if (entry.problem.empty()) find_right(entry, found);
  }
  for (auto const& [number, all] : found.rights) {
    bool const used = found.matrices.contains(number);
    if (!used) left_out.add(all.used().front(), "there is no matrix A_" + std::to_string(number) + ".mtx");
    if (used) left_out.add_packed(all, "the right-hand side is there unpacked");
  }
  for (auto const& file : found.others) {
    left_out.add(file, "matrices are named A_k.mtx, A_k.npz or A_k.npy, right-hand sides b_k.txt, b_k.mtx or b_k.npy");
  }
  result.left_out = std::move(left_out).lines();
  return result;
}

std::string right_sides_text(std::int64_t with, std::int64_t systems) {
  std::string const all = std::to_string(systems) + (systems == 1 ? " system" : " systems");
  if (with == 0) return "no right-hand sides b_k: all ones for " + all;
  auto const text = std::to_string(with) + " of " + all + (with == 1 ? " has" : " have") + " a right-hand side b_k";
  return with == systems ? text : text + "; all ones for the others";
}

}  // namespace metasolve::matrices
