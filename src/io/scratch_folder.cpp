// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/scratch_folder.hpp"

#include <unistd.h>

#include <cstdlib>

#include "metasolve/error.hpp"

namespace metasolve::io {

ScratchFolder::ScratchFolder(std::string const& purpose) {
  auto pattern = (std::filesystem::temp_directory_path() / "metasolve-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw OutputError(pattern + ": cannot be created, for " + purpose + "; set TMPDIR to another folder");
  }
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace metasolve::io
