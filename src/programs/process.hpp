// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace metasolve::programs {

/// A command of /bin/sh in a process group of its own, connected by pipes. Reading and writing never wait. It ends with
/// this object, and so does everything that it has started in its group. On Linux it also ends with the thread that
/// started it.
class Process {
 public:
  Process() = default;
  /// folder: in which it runs; empty: the current one. listens: its standard input is a pipe; else /dev/null.
  /// @throws Error no process or pipe can be made
  Process(std::string const& command, std::string const& folder, bool listens);
  Process(Process&& other) noexcept { *this = std::move(other); }
  Process& operator=(Process&& other) noexcept;
  ~Process() { kill(); }

  [[nodiscard]] bool running() const { return pid_ > 0; }
  [[nodiscard]] int input() const { return input_; }    ///< written by us; -1: closed
  [[nodiscard]] int output() const { return output_; }  ///< read by us; -1: closed
  [[nodiscard]] int errors() const { return errors_; }  ///< its standard error; -1: closed

  /// Writes as much as the pipe takes and returns how many bytes. A program that no longer listens takes none, and its
  /// input is closed.
  std::size_t send(std::string_view text);
  void close_input();
  /// Appends what it has printed, until `text` has `most` bytes; at its end the output is closed.
  void receive(std::string& text, std::size_t most);
  /// Reads its standard error, of which the last part is kept.
  void hear();
  [[nodiscard]] std::string const& messages() const { return messages_; }
  /// Its status as of waitpid, once it has ended. The rest of its group may still run.
  [[nodiscard]] std::optional<int> ended() const;
  /// Ends the whole group at once.
  void kill();

 private:
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;
  std::string messages_;
};

/// "exited with status 2", "was ended by signal 11".
std::string ending_text(int status);

}  // namespace metasolve::programs
