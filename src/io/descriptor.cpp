// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/descriptor.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace metasolve::io {
namespace {

namespace fs = std::filesystem;

int named_descriptor(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, int>, 3> names{
      {{"/dev/stdin", 0}, {"/dev/stdout", 1}, {"/dev/stderr", 2}}};
  for (auto const& [name, fd] : names) {
    if (path == name) return fd;
  }
  std::string const own = "/proc/" + std::to_string(::getpid()) + "/fd/";
  for (std::string_view const folder : {std::string_view("/dev/fd/"), std::string_view("/proc/self/fd/"),
                                        std::string_view("/proc/thread-self/fd/"), std::string_view(own)}) {
    if (!path.starts_with(folder)) continue;
    int fd = -1;
    char const *const first = path.data() + folder.size(), *const last = path.data() + path.size();
    auto const [end, error] = std::from_chars(first, last, fd);
    if (error == std::errc{} && end == last && first < last) return fd;
  }
  return -1;
}

}  // namespace

int descriptor_of(fs::path const& path, int dash) {
  if (path == "-") return dash;
  fs::path at = path;
  constexpr int most_links = 40;
  for (int links = 0; links < most_links; ++links) {
    if (int const fd = named_descriptor(at.lexically_normal().native()); fd >= 0) return fd;
    std::error_code none;
    auto const target = fs::read_symlink(at, none);
    if (none) return -1;
    at = at.parent_path() / target;
  }
  return -1;
}

int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t const count = ::write(fd, content.data(), content.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

}  // namespace metasolve::io
