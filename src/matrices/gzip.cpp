// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/gzip.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <streambuf>
#include <string>
#include <system_error>

#include "metasolve/error.hpp"

namespace metasolve::matrices {

namespace {

class GzipBuffer : public std::streambuf {
 public:
  GzipBuffer(std::filesystem::path const& path, std::int64_t limit) : path_(path), left_(limit), limit_(limit) {
    std::error_code none;
    bool const folder = std::filesystem::is_directory(path, none);
    errno = 0;
    file_ = folder ? nullptr : ::gzopen(path.c_str(), "rbe");
    if (file_ == nullptr) {
      throw InputError(path.string() +
                       ": cannot be opened: " + (folder ? "it is a folder" : std::generic_category().message(errno)) +
                       "; give the name of a readable file");
    }
  }
  GzipBuffer(GzipBuffer const&) = delete;
  GzipBuffer& operator=(GzipBuffer const&) = delete;
  ~GzipBuffer() override { ::gzclose(file_); }

 protected:
  int_type underflow() override {
    int const count = ::gzread(file_, buffer_.data(), static_cast<unsigned>(buffer_.size()));
    int error = Z_OK;
    std::string const text = ::gzerror(file_, &error);
    if (count < 0 || error != Z_OK) {
      throw InputError(
          path_.string() + ": cannot be unpacked: " +
          (error == Z_ERRNO ? std::generic_category().message(errno) : "the file is damaged or cut short") +
          "; pack it again by gzip");
    }
    if (::gzdirect(file_) != 0 && count > 0) {
      throw InputError(path_.string() + ": is not compressed by gzip; pack it, or name it without .gz");
    }
    if (count == 0) return traits_type::eof();
    left_ -= count;
    if (left_ < 0) {
      throw InputError(path_.string() + ": unpacks to more than the " + std::to_string(limit_ >> 20) +
                       " MiB allowed; give more with --set resources.memory=..., or a smaller matrix");
    }
    setg(buffer_.data(), buffer_.data(), buffer_.data() + count);
    return traits_type::to_int_type(buffer_[0]);
  }

 private:
  std::filesystem::path path_;
  std::int64_t left_, limit_;
  gzFile file_ = nullptr;
  std::array<char, std::size_t{1} << 16> buffer_{};
};

/// A stream with its buffer.
class GzipStream final : private GzipBuffer, public std::istream {
 public:
  GzipStream(std::filesystem::path const& path, std::int64_t limit)
      : GzipBuffer(path, limit), std::istream(static_cast<std::streambuf*>(this)) {
    exceptions(std::ios::badbit);  // the buffer's own exceptions then reach the reader
  }
};

}  // namespace

bool is_gzip(std::filesystem::path const& path) {
  auto const suffix = path.extension().string();
  return suffix.size() == 3 && suffix[0] == '.' && (suffix[1] | 32) == 'g' && (suffix[2] | 32) == 'z';
}

std::unique_ptr<std::istream> open_gzip(std::filesystem::path const& path, std::int64_t limit) {
  return std::make_unique<GzipStream>(path, limit);
}

}  // namespace metasolve::matrices
