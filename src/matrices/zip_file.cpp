// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/matrices/zip_file.hpp"

#include <minizip/unzip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "metasolve/error.hpp"

namespace metasolve::matrices {

namespace {

/// An archive of arrays has a handful.
constexpr std::size_t most_members = 1000;
constexpr std::size_t longest_name = 256;
constexpr std::string_view suffix = ".npy";

[[noreturn]] void damaged(std::string const& name) {
  throw InputError(name +
                   ": is damaged, or packed in a way that is not read; save it again by scipy.sparse.save_npz "
                   "or numpy.savez");
}

}  // namespace

ZipFile::ZipFile(std::filesystem::path path, std::int64_t memory) : path_(std::move(path)), memory_(memory) {
  std::error_code error;
  if (auto const status = std::filesystem::status(path_, error); !std::filesystem::is_regular_file(status)) {
    std::string const why = std::filesystem::exists(status) ? "it is no file"
                            : error                         ? error.message()
                                                            : "no such file";
    throw InputError(path_.string() + ": cannot be opened: " + why + "; give the name of a readable file");
  }
  file_ = ::unzOpen64(path_.c_str());
  if (file_ == nullptr) {
    throw InputError(path_.string() + ": cannot be read as .npz, which is a zip archive; save it by " +
                     "scipy.sparse.save_npz or numpy.savez");
  }
  for (int at = ::unzGoToFirstFile(file_); at == UNZ_OK; at = ::unzGoToNextFile(file_)) {
    std::array<char, longest_name + 1> text{};
    unz_file_info64 info{};
    bool const known =
        ::unzGetCurrentFileInfo64(file_, &info, text.data(), longest_name, nullptr, 0, nullptr, 0) == UNZ_OK;
    if (!known || info.size_filename > longest_name || arrays_.size() == most_members) {
      ::unzClose(file_);
      damaged(path_.string());
    }
    std::string name(text.data());
    if (name.ends_with(suffix)) arrays_.push_back(name.substr(0, name.size() - suffix.size()));
  }
}

ZipFile::~ZipFile() { ::unzClose(file_); }

bool ZipFile::holds(std::string const& array) const { return std::ranges::find(arrays_, array) != arrays_.end(); }

std::string ZipFile::name(std::string const& array) const {
  return path_.string() + ": " + array + std::string(suffix);
}

std::string ZipFile::read(std::string const& array) const {
  if (!holds(array)) {
    std::string all;
    for (auto const& other : arrays_) all += (all.empty() ? "" : ", ") + other;
    throw InputError(path_.string() + ": holds no array " + array + ", but " + (all.empty() ? "none" : all) +
                     "; save a sparse matrix by scipy.sparse.save_npz, or one array by numpy.savez");
  }
  unz_file_info64 info{};
  constexpr int as_written = 1;
  bool const found = ::unzLocateFile(file_, (array + std::string(suffix)).c_str(), as_written) == UNZ_OK &&
                     ::unzGetCurrentFileInfo64(file_, &info, nullptr, 0, nullptr, 0, nullptr, 0) == UNZ_OK;
  if (!found) damaged(name(array));
  if (info.uncompressed_size > static_cast<std::uint64_t>(memory_)) {
    throw InputError(name(array) + " unpacks to " + std::to_string(info.uncompressed_size >> 20) +
                     " MiB, more than the " + std::to_string(memory_ >> 20) +
                     " MiB allowed; give more with --set resources.memory=..., or a smaller matrix");
  }
  if (::unzOpenCurrentFile(file_) != UNZ_OK) damaged(name(array));
  // Grows as it is read: the size that the file names may be wrong.
  std::string content;
  std::array<char, std::size_t{1} << 16> buffer;
  int count = 0;
  while ((count = ::unzReadCurrentFile(file_, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > info.uncompressed_size) break;
  }
  bool const closed = ::unzCloseCurrentFile(file_) == UNZ_OK;  // compares the checksum, if all is read
  if (count != 0 || !closed || content.size() != info.uncompressed_size) damaged(name(array));
  return content;
}

}  // namespace metasolve::matrices
