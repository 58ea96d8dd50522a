// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "metasolve/detail/io/descriptor.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(fs::path const& path, std::string const& what, int error) {
  throw OutputError(path.string() + ": " + what + ": " + std::generic_category().message(error) +
                    "; check the folder, its permissions and the free space");
}

constexpr std::string_view temporary_suffix = ".tmp";

/// Prefix of the names of a file's temporaries; process, counter and suffix follow.
std::string temporary_prefix(fs::path const& target) { return "." + target.filename().string() + "."; }

/// Removes the temporary unless it was renamed.
class Temporary {
 public:
  explicit Temporary(fs::path const& target) {
    static std::atomic<unsigned> counter{0};
    do {
      std::string name = temporary_prefix(target);
      name.append(std::to_string(::getpid())).append(".").append(std::to_string(counter.fetch_add(1)));
      name.append(temporary_suffix);
      path_ = target.parent_path() / name;
      fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (fd_ < 0 && errno == EEXIST);
    if (fd_ < 0) fail(target, "cannot be written: no temporary file in its folder", errno);
  }
  Temporary(Temporary const&) = delete;
  Temporary& operator=(Temporary const&) = delete;
  ~Temporary() {
    if (fd_ >= 0) ::close(fd_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  int fd() const { return fd_; }
  fs::path const& path() const { return path_; }
  /// From here on the caller closes and removes it.
  int release() {
    path_.clear();
    return std::exchange(fd_, -1);
  }
  int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }
  int rename_to(fs::path const& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) return errno;
    path_.clear();
    return 0;
  }

 private:
  fs::path path_;
  int fd_ = -1;
};

/// Makes the rename itself durable. Some file systems do not support this for folders, which is not an error.
void sync_folder(fs::path const& target) {
  fs::path const folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  int const fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  int const error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error == EIO || error == ENOSPC) fail(target, "is written, but its folder cannot be flushed", error);
}

/// The file that the write replaces; renaming over a link or a device would destroy it.
fs::path resolve(fs::path const& path) {
  if (path.filename().empty()) throw OutputError(path.string() + ": names no file; give the name of a file");
  std::error_code error;
  fs::path target = path;
  if (fs::is_symlink(fs::symlink_status(path, error))) {
    error.clear();
    target = fs::weakly_canonical(path, error);
    if (error) fail(path, "is a link that cannot be followed", error.value());
  }
  auto const status = fs::status(target, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw OutputError(path.string() + ": is " + (fs::is_directory(status) ? "a directory" : "no regular file") +
                      ", expected a file; give another name");
  }
  return target;
}

}  // namespace

void write_file_atomically(fs::path const& path, std::string_view content) {
  fs::path const target = resolve(path);
  Temporary temporary(target);
  // Preserve the mode of an existing file, whether readable by others or private.
  struct stat old {};
  if (::stat(target.c_str(), &old) == 0 && ::fchmod(temporary.fd(), old.st_mode & 07777) != 0) {
    fail(path, "permissions cannot be kept", errno);
  }
  if (int const error = write_all(temporary.fd(), content)) fail(path, "cannot be written", error);
  if (::fsync(temporary.fd()) != 0) fail(path, "cannot be flushed to the disk", errno);
  if (int const error = temporary.close()) fail(path, "cannot be closed", error);
  if (int const error = temporary.rename_to(target)) fail(path, "cannot be replaced", error);
  sync_folder(target);
}

void write_file_atomically(fs::path const& path, std::span<std::byte const> content) {
  write_file_atomically(path, std::string_view(reinterpret_cast<char const*>(content.data()), content.size()));
}

PartialFile::PartialFile(fs::path const& path) : path_(path), target_(resolve(path)), is_creator_(true) {
  Temporary temporary(target_);
  temporary_ = temporary.path();
  fd_ = temporary.release();
}
PartialFile::PartialFile(fs::path const& path, fs::path const& temporary)
    : path_(path), temporary_(temporary), is_creator_(false) {
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd_ < 0) {
    throw OutputError(path.string() + ": another rank created it, and this one does not see it: " +
                      std::generic_category().message(errno) + "; give a folder that all machines share");
  }
}
PartialFile::~PartialFile() {
  if (fd_ >= 0) ::close(fd_);
  if (is_creator_ && !temporary_.empty()) ::unlink(temporary_.c_str());
}
void PartialFile::write(std::uint64_t offset, std::string_view text) {
  while (!text.empty()) {
    auto const n = ::pwrite(fd_, text.data(), text.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(path_, "cannot be written", n < 0 ? errno : ENOSPC);
    offset += static_cast<std::uint64_t>(n);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}
void PartialFile::close() {
  if (::fsync(fd_) != 0) fail(path_, "cannot be flushed to the disk", errno);
  if (::close(std::exchange(fd_, -1)) != 0) fail(path_, "cannot be closed", errno);
}
void PartialFile::finish() {
  struct stat old {};
  if (::stat(target_.c_str(), &old) == 0 && ::chmod(temporary_.c_str(), old.st_mode & 07777) != 0) {
    fail(path_, "permissions cannot be kept", errno);
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(path_, "cannot be replaced", errno);
  temporary_.clear();
  sync_folder(target_);
}

void remove_temporaries(fs::path const& path) noexcept try {
  std::string const prefix = temporary_prefix(path);
  std::vector<fs::path> found;
  for (auto const& entry : fs::directory_iterator(path.has_parent_path() ? path.parent_path() : fs::path("."))) {
    std::string const name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(temporary_suffix)) continue;
    if (name.size() < prefix.size() + temporary_suffix.size()) continue;
    auto const middle = std::string_view(name).substr(prefix.size());
    auto const numbers = middle.substr(0, middle.size() - temporary_suffix.size());
    if (numbers.find_first_not_of("0123456789.") == std::string_view::npos) found.push_back(entry.path());
  }
  std::error_code ignored;
  for (auto const& file : found) fs::remove(file, ignored);
} catch (std::exception const&) {
  // The folder cannot be listed; later operations on it report their own errors.
}

void ensure_directory(fs::path const& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail(path, "cannot be created as a folder", error.value());
  if (!fs::is_directory(path, error)) {
    throw OutputError(path.string() + ": is a file, expected a folder; give another name or move the file away");
  }
}

void LineWriter::open(int create) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | create, 0666);
  if (fd_ < 0 && errno == ENOENT && create == 0) {
    throw InputError(path_.string() +
                     ": is missing, expected the lines that the checkpoint recorded; restore the file " +
                     "or start a new run");
  }
  if (fd_ < 0) fail(path_, "cannot be opened for writing", errno);
  struct stat status {};
  if (::fstat(fd_, &status) != 0) {
    int const error = errno;
    ::close(fd_);
    fail(path_, "cannot be examined", error);
  }
  bytes_ = static_cast<std::uint64_t>(status.st_size);
}

namespace {

bool ends_line_at(int fd, std::uint64_t length, fs::path const& path) {
  if (length == 0) return true;
  char last = 0;
  if (::pread(fd, &last, 1, static_cast<off_t>(length - 1)) != 1) fail(path, "its last line cannot be read", errno);
  return last == '\n';
}

}  // namespace

LineWriter::LineWriter(fs::path const& path) : path_(path) {
  open(O_CREAT);
  try {
    if (!ends_line_at(fd_, bytes_, path_)) append({});
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

LineWriter::LineWriter(fs::path const& path, std::uint64_t keep_bytes) : path_(path) {
  open(keep_bytes == 0 ? O_CREAT : 0);
  try {
    std::string const wanted = std::to_string(keep_bytes);
    if (keep_bytes > bytes_) {
      throw InputError(path_.string() + ": has " + std::to_string(bytes_) + " bytes, expected at least the " + wanted +
                       " that the checkpoint recorded: lines are missing; restore the file or start a new run");
    }
    if (!ends_line_at(fd_, keep_bytes, path_)) {
      throw InputError(path_.string() + ": byte " + wanted +
                       ", where the checkpoint continues, is within a line: the " +
                       "file was changed; restore it or start a new run");
    }
    if (keep_bytes < bytes_) {
      if (::ftruncate(fd_, static_cast<off_t>(keep_bytes)) != 0) fail(path_, "cannot be cut", errno);
      bytes_ = keep_bytes;
    }
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

LineWriter::LineWriter(LineWriter&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), bytes_(std::exchange(other.bytes_, 0)) {}

LineWriter& LineWriter::operator=(LineWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

LineWriter::~LineWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void LineWriter::append(std::string_view line) {
  if (line.find('\n') != std::string_view::npos) {
    throw InputError(path_.string() + ": a line to append holds a line feed; append the lines one by one");
  }
  std::string const whole = std::string(line) + '\n';
  if (int const error = write_all(fd_, whole)) {
    // Remove the partial line; if that fails too, the next LineWriter ends it.
    [[maybe_unused]] int const cut = ::ftruncate(fd_, static_cast<off_t>(bytes_));
    fail(path_, "a line cannot be appended", error);
  }
  bytes_ += whole.size();
}

void LineWriter::sync() {
  if (::fsync(fd_) != 0) fail(path_, "cannot be flushed to the disk", errno);
}

bool LineWriter::in_place() const {
  struct stat named {
  }, ours{};
  return ::stat(path_.c_str(), &named) == 0 && ::fstat(fd_, &ours) == 0 && named.st_ino == ours.st_ino &&
         named.st_dev == ours.st_dev && static_cast<std::uint64_t>(ours.st_size) >= bytes_;
}

std::string LineWriter::content() const {
  std::string text(bytes_, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    ssize_t const count = ::pread(fd_, text.data() + got, text.size() - got, static_cast<off_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path_, "cannot be read back", errno);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
  return text;
}

}  // namespace metasolve::io
