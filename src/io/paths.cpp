// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/paths.hpp"

#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

namespace fs = std::filesystem;

fs::file_status status_of(fs::path const& path) {
  std::error_code error;
  auto const status = fs::status(path, error);
  if (status.type() == fs::file_type::none || status.type() == fs::file_type::unknown) {
    throw InputError(path.string() + ": cannot be looked at: " + error.message() +
                     "; check the path, its links and the permissions of its folders, or give another");
  }
  return status;
}

}  // namespace

bool exists(fs::path const& path) { return fs::exists(status_of(path)); }

bool is_directory(fs::path const& path) { return fs::is_directory(status_of(path)); }

}  // namespace metasolve::io
