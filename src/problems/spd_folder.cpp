// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/spd_folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

namespace fs = std::filesystem;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// The parts of a file name such as "A_007.mtx.gz".
struct Name {
  char letter = 0;          ///< A or b
  std::int64_t number = 0;  ///< -1: beyond 64 bits
  std::string suffix = {};  ///< ".mtx", in lower case
  bool packed = false;      ///< compressed by gzip or similar
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
    name.packed = true;
    name.suffix.resize(name.suffix.size() - packing.size());
  }
  return name;
}

/// Whether a file that is not read looks like a matrix or a right-hand side.
bool looks_alike(std::string const& file) {
  auto const name = lower(file);
  bool const matrix_market = name.find(".mtx") != name.npos;
  bool const lettered = (name[0] == 'a' || name[0] == 'b') && name.size() > 1 &&
                        (name[1] == '_' || name[1] == '-' || (name[1] >= '0' && name[1] <= '9'));
  return name[0] != '.' && (matrix_market || lettered);
}

/// Files by number, sorted by name.
struct Found {
  std::map<std::int64_t, std::vector<fs::path>> matrices, rights, packed_matrices, packed_rights;
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
    bool const matrix = name && name->letter == 'A' && name->suffix == ".mtx";
    bool const rhs = name && name->letter == 'b' && (name->suffix == ".txt" || name->suffix == ".mtx");
    if ((matrix || rhs) && name->number >= 0) {
      auto& plain = matrix ? found.matrices : found.rights;
      auto& packed = matrix ? found.packed_matrices : found.packed_rights;
      (name->packed ? packed : plain)[name->number].push_back(file);
    } else if (looks_alike(text)) {
      found.others.push_back(file);
    }
  }
  return found;
}

constexpr char const* unpack = "is compressed; unpack it, for example by gunzip";

std::string both(fs::path const& a, fs::path const& b) { return a.string() + " and " + b.filename().string(); }

/// Selects the right-hand side file of a system, if any.
void find_right(SpdListing::Entry& entry, Found const& found) {
  auto const plain = found.rights.find(entry.number), packed = found.packed_rights.find(entry.number);
  if (plain != found.rights.end()) {
    auto const& files = plain->second;
    entry.rhs = files.front();
    if (files.size() > 1) {
      entry.problem = both(files[0], files[1]) + ": two right-hand sides of " + entry.matrix.filename().string() +
                      "; rename or remove one of them";
    }
  } else if (packed != found.packed_rights.end()) {
    entry.problem = packed->second.front().string() + ": " + unpack;
  }
}

}  // namespace

SpdListing list_spd_folder(fs::path const& folder) {
  auto const found = look_through(folder);
  SpdListing result;
  auto const leave_out = [&](fs::path const& file, std::string const& why) {
    result.left_out.push_back(file.string() + ": left out: " + why);
  };
  for (auto const& [number, files] : found.matrices) {
    if (files.size() > 1) {
      throw InputError(both(files[0], files[1]) + ": two matrices are numbered " + std::to_string(number) +
                       "; rename one of them");
    }
    result.entries.push_back({number, files.front()});
  }
  for (auto const& [number, files] : found.packed_matrices) {
    if (found.matrices.contains(number)) {
      leave_out(files.front(), "the matrix is there unpacked");
    } else {
      result.entries.push_back({number, files.front(), {}, files.front().string() + ": " + unpack});
    }
  }
  if (result.entries.empty()) {
    throw InputError(folder.string() + ": holds no matrix; expected A_0.mtx, A_1.mtx, ..." +
                     (found.others.empty() ? "" : ", found " + found.others.front().filename().string()));
  }
  std::ranges::sort(result.entries, {}, &SpdListing::Entry::number);
  for (auto& entry : result.entries) {
    if (entry.problem.empty()) find_right(entry, found);
  }
  for (auto const* rights : {&found.rights, &found.packed_rights}) {
    for (auto const& [number, files] : *rights) {
      bool const used = found.matrices.contains(number) || found.packed_matrices.contains(number);
      if (!used) leave_out(files.front(), "there is no matrix A_" + std::to_string(number) + ".mtx");
      if (used && rights == &found.packed_rights && found.rights.contains(number)) {
        leave_out(files.front(), "the right-hand side is there unpacked");
      }
    }
  }
  for (auto const& file : found.others)
    leave_out(file, "matrices are named A_k.mtx, right-hand sides b_k.txt or b_k.mtx");
  constexpr std::size_t most_named = 20;
  if (result.left_out.size() > most_named) {
    auto const more = std::to_string(result.left_out.size() - most_named);
    result.left_out.resize(most_named);
    result.left_out.push_back(folder.string() + ": left out: " + more + " more such files");
  }
  return result;
}

std::string right_sides_text(std::int64_t with, std::int64_t systems) {
  std::string const all = std::to_string(systems) + (systems == 1 ? " system" : " systems");
  if (with == 0) return "no right-hand sides b_k: all ones for " + all;
  auto const text = std::to_string(with) + " of " + all + (with == 1 ? " has" : " have") + " a right-hand side b_k";
  return with == systems ? text : text + "; all ones for the others";
}

SpdFolder read_spd_folder(fs::path const& folder, std::int64_t memory) {
  auto listing = list_spd_folder(folder);
  SpdFolder result;
  result.left_out = std::move(listing.left_out);
  for (auto const& entry : listing.entries) {
    try {
      if (!entry.problem.empty()) throw InputError(entry.problem);
      SpdSystem system;
      system.number = entry.number;
      system.matrix = sparse::symmetric_matrix(io::read_matrix_market(entry.matrix, memory), entry.matrix);
      auto const n = system.matrix.structure.unknowns;
      system.rhs =
          entry.rhs.empty() ? std::vector<double>(static_cast<std::size_t>(n), 1.0) : io::read_vector(entry.rhs, n);
      result.right_sides += entry.rhs.empty() ? 0 : 1;
      result.systems.push_back(std::move(system));
    } catch (InputError const& problem) {
      result.broken.push_back({entry.number, problem.what()});
    }
  }
  return result;
}

}  // namespace metasolve::problems
