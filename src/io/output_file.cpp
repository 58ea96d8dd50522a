// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/descriptor.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(fs::path const& path, std::string const& what, int error, std::string const& remedy) {
  throw OutputError(path.string() + ": " + what + ": " + std::generic_category().message(error) + "; " + remedy);
}

void write_to(int fd, std::string_view content, fs::path const& path) {
  int const error = write_all(fd, content);
  if (error != 0) fail(path, "cannot be written", error, "check who reads it, or give the name of a file");
}

/// Whether the path is an existing device, pipe or socket.
bool stands(fs::path const& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace

bool is_standard_output(fs::path const& path) { return descriptor_of(path, STDOUT_FILENO) == STDOUT_FILENO; }

bool is_plain_file(fs::path const& path) { return descriptor_of(path, STDOUT_FILENO) < 0 && !stands(path); }

void write_output(fs::path const& path, std::string_view content) {
  if (int const fd = descriptor_of(path, STDOUT_FILENO); fd >= 0) return write_to(fd, content, path);
  if (!stands(path)) return write_file_atomically(path, content);
  int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) fail(path, "cannot be opened for writing", errno, "check its permissions, or give the name of a file");
  try {
    write_to(fd, content, path);
  } catch (...) {
    ::close(fd);
    throw;
  }
  if (::close(fd) != 0) fail(path, "cannot be closed", errno, "give the name of a file");
}

}  // namespace metasolve::io
