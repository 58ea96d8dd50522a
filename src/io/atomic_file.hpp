// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

/// Writes files so that a crash, a full disk or a kill never leaves a damaged file under its final name.
namespace metasolve::io {

/// Writes a temporary file in the folder of `path`, flushes it to disk and renames it to `path`. Follows symbolic
/// links. Throws OutputError, which names the file and the reason; the temporary is then removed and an existing file
/// of that name is unchanged. Safe with concurrent writers of the same path: the last one wins, whole.
void write_file_atomically(std::filesystem::path const& path, std::string_view content);
void write_file_atomically(std::filesystem::path const& path, std::span<std::byte const> content);

/// A file that several processes write together, each at its own places: one creates it, the others join; when all have
/// closed it, the creator finishes it. Until then nothing is under its name.
class PartialFile {
 public:
  /// Creates it. Throws OutputError as write_file_atomically does.
  explicit PartialFile(std::filesystem::path const& path);
  /// Joins. temporary: of the creator. Throws OutputError: the processes must see the same folder.
  PartialFile(std::filesystem::path const& path, std::filesystem::path const& temporary);
  PartialFile(PartialFile const&) = delete;
  PartialFile& operator=(PartialFile const&) = delete;
  /// The creator removes what it has not finished.
  ~PartialFile();

  [[nodiscard]] std::filesystem::path const& temporary() const { return temporary_; }
  void write(std::uint64_t offset, std::string_view text);
  /// Flushes this process' part to disk.
  void close();
  /// By the creator alone.
  void finish();

 private:
  std::filesystem::path path_, target_, temporary_;
  int fd_ = -1;
  bool is_creator_;
};

/// Removes temporaries that killed writes of `path` left behind: there must be no concurrent writer. Failure is
/// ignored.
void remove_temporaries(std::filesystem::path const& path) noexcept;

/// Creates the folder and its parents. Throws OutputError when that fails or when `path` is a file.
void ensure_directory(std::filesystem::path const& path);

/// Appends whole lines to a file. Owns the open file; move-only. Not thread-safe.
class LineWriter {
 public:
  /// Creates the file or appends to it. An unfinished last line is terminated first, never removed.
  /// Throws OutputError when the file cannot be opened.
  explicit LineWriter(std::filesystem::path const& path);

  /// Keeps the first `keep_bytes` bytes and drops the rest, which was written after the checkpoint being resumed. 0
  /// truncates the file. Throws InputError when the file is shorter or would be cut within a line, OutputError as
  /// above.
  LineWriter(std::filesystem::path const& path, std::uint64_t keep_bytes);

  LineWriter(LineWriter&& other) noexcept;
  LineWriter& operator=(LineWriter&& other) noexcept;
  ~LineWriter();

  /// Writes `line` and a line feed. Throws InputError when `line` contains a line feed; OutputError when it cannot be
  /// written, and the file then ends with the previous line.
  void append(std::string_view line);

  /// Flushes the lines to disk, so that bytes() may be recorded in a checkpoint. Throws OutputError.
  void sync();

  /// Length of the file.
  std::uint64_t bytes() const { return bytes_; }

  /// Whether the file still exists under its name with everything that was written.
  [[nodiscard]] bool in_place() const;
  /// Everything that was written, even if the name is gone; less if the file was cut. Throws OutputError.
  [[nodiscard]] std::string content() const;

 private:
  void open(int create);

  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t bytes_ = 0;
};

}  // namespace metasolve::io
