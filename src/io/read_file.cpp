// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>

#include "metasolve/detail/io/descriptor.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string read_all(int fd, std::filesystem::path const& path) {
  std::string content;
  std::array<char, std::size_t{1} << 16> buffer;
  for (;;) {
    ssize_t const count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return content;
    if (count < 0) {
      if (errno == EINTR) continue;
      throw InputError(path.string() + ": cannot be read: " + std::generic_category().message(errno) +
                       "; check the disk and the file");
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string read_file(std::filesystem::path const& path) {
  int const open_already = descriptor_of(path, STDIN_FILENO);
  Descriptor const file(open_already >= 0 ? ::fcntl(open_already, F_DUPFD_CLOEXEC, 0)
                                          : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    throw InputError(path.string() + ": cannot be opened: " + std::generic_category().message(errno) +
                     "; give the name of a readable file");
  }
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw InputError(path.string() + ": is a directory, expected a file; give the name of a file in it");
  }
  try {
    return read_all(file.get(), path);
  } catch (std::bad_alloc const&) {
    throw InputError(path.string() + ": does not fit in memory; give a smaller file");
  } catch (std::length_error const&) {
    throw InputError(path.string() + ": does not fit in memory; give a smaller file");
  }
}

}  // namespace metasolve::io
