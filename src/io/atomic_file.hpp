// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

/// Writing files so that a crash, a full disk or a kill never leaves a damaged file under its final name.
namespace metasolve::io {

/// Writes a temporary file in the folder of `path`, flushes it to the disk and renames it to `path`. A symbolic link is
/// followed. Throws OutputError, which names the file and the reason; the temporary is then removed and an older file
/// of that name is untouched. Safe against other writers of the same path: the last one wins, whole.
void write_file_atomically(std::filesystem::path const& path, std::string_view content);
void write_file_atomically(std::filesystem::path const& path, std::span<std::byte const> content);

/// Removes what writes of `path` have left beside it that were killed: nobody may be writing it now. Failing to is no
/// failure.
void remove_temporaries(std::filesystem::path const& path) noexcept;

/// Creates the folder and its parents. Throws OutputError when it cannot, or when `path` is a file.
void ensure_directory(std::filesystem::path const& path);

/// Appends whole lines to a file. Owns the open file; move-only. Not for use by two threads at once.
class LineWriter {
 public:
  /// Creates the file or continues it. An unfinished last line is ended first, never removed.
  /// Throws OutputError when the file cannot be opened.
  explicit LineWriter(std::filesystem::path const& path);

  /// Keeps the first `keep_bytes` bytes and drops the rest: what was written after the checkpoint resumed from. 0
  /// starts afresh. Throws InputError when the file is shorter than that or would be cut within a line, OutputError as
  /// above.
  LineWriter(std::filesystem::path const& path, std::uint64_t keep_bytes);

  LineWriter(LineWriter&& other) noexcept;
  LineWriter& operator=(LineWriter&& other) noexcept;
  ~LineWriter();

  /// Writes `line` and a line feed. Throws InputError when `line` holds a line feed itself; OutputError when it cannot
  /// be written, and the file then ends with the previous line.
  void append(std::string_view line);

  /// Returns once the lines are on the disk, so that bytes() may be recorded in a checkpoint. Throws OutputError.
  void sync();

  /// Length of the file.
  std::uint64_t bytes() const { return bytes_; }

  /// Is the file still there under its name, with all that was written?
  [[nodiscard]] bool in_place() const;
  /// What was written, also when its name is gone; less where the file was cut. Throws OutputError.
  [[nodiscard]] std::string content() const;

 private:
  void open(int create);

  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t bytes_ = 0;
};

}  // namespace metasolve::io
