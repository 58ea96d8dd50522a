// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/input_files.hpp"

#include <sys/stat.h>

#include "metasolve/detail/app/solve_result.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

namespace fs = std::filesystem;

/// Nothing: no regular file.
std::optional<std::pair<std::uint64_t, std::uint64_t>> identity(fs::path const& file) {
  struct stat status {};
  if (file.empty() || ::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return std::pair{static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

void require_no_input(InputFiles const& inputs, std::string const& option, fs::path const& out) {
  if (auto const what = inputs.find(out)) {
    throw InputError(option + ": " + out.string() + " is " + *what + "; give another name for the result");
  }
}

fs::path without_slash(fs::path const& folder) { return folder.has_filename() ? folder : folder.parent_path(); }

bool is_solution_name(std::string const& name) { return name.starts_with("x_") && name.ends_with(".npy"); }

}  // namespace

void InputFiles::add(fs::path const& file, std::string const& what) {
  if (auto const id = identity(file)) by_identity_.emplace(*id, what);
}

std::optional<std::string> InputFiles::find(fs::path const& file) const {
  auto const id = identity(file);
  auto const found = id ? by_identity_.find(*id) : by_identity_.end();
  return found == by_identity_.end() ? std::nullopt : std::optional(found->second);
}

void require_apart(InputFiles const& inputs, std::string const& out, std::string const& solutions) {
  require_no_input(inputs, "--out", out);
  if (solutions.empty()) return;
  std::error_code none;
  auto const resolved = [&](fs::path const& path) {
    auto const whole = fs::weakly_canonical(path, none);
    return none ? path : whole;
  };
  bool const folder = solutions_form(solutions) == SolutionsForm::folder;
  bool const is_stream = solutions == "-" || solutions.starts_with("/dev/");
  bool const one_file = solutions == out || (!is_stream && resolved(solutions) == resolved(out));
  bool const inside = folder && is_solution_name(fs::path(out).filename().string()) &&
                      resolved(fs::path(out)).parent_path() == resolved(without_slash(solutions));
  if (one_file || inside) {
    throw InputError("--solutions: " + solutions + (inside ? " is the folder of" : " is") +
                     " the file given with --out; give another name");
  }
  if (!folder) return require_no_input(inputs, "--solutions", solutions);
  for (fs::directory_iterator file(solutions, none), end; !none && file != end; file.increment(none)) {
    if (is_solution_name(file->path().filename().string())) require_no_input(inputs, "--solutions", file->path());
  }
}

}  // namespace metasolve::app
