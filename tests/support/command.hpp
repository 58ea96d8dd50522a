// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.hpp"

/// Runs the command line as a user does: the program itself, in a separate process.
namespace metasolve::test {

struct CommandResult {
  int status = -1;  ///< exit status, or 128 + signal
  std::string out, err;

  [[nodiscard]] nlohmann::json json() const {
    auto document = nlohmann::json::parse(out, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << "stdout is not one JSON document:\n" << out << "\nstderr:\n" << err;
    return document;
  }
};

/// A program that runs until it ends or is waited for.
class Command {
 public:
  explicit Command(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder_ / "out").c_str(), O_WRONLY | O_CREAT, 0600);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder_ / "err").c_str(), O_WRONLY | O_CREAT, 0600);
    int const error = ::posix_spawn(&pid_, argv.front(), &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(error, 0) << "cannot start " << arguments.front();
  }
  Command(Command const&) = delete;
  Command& operator=(Command const&) = delete;
  ~Command() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    [[maybe_unused]] bool const gone = reap(0);
  }

  void send(int signal) const {
    if (!ended_) ::kill(pid_, signal);
  }
  /// Whether it has ended. Does not wait.
  bool ended() { return ended_ || reap(WNOHANG); }

  CommandResult wait() {
    if (!ended_) {
      [[maybe_unused]] bool const gone = reap(0);
    }
    return {WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_),
            TemporaryFolder::read(folder_ / "out"), TemporaryFolder::read(folder_ / "err")};
  }

 private:
  bool reap(int options) {
    pid_t got = 0;
    do got = ::waitpid(pid_, &status_, options);
    while (got < 0 && errno == EINTR);
    return ended_ = got == pid_;
  }

  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

inline std::vector<std::string> metasolve_arguments(std::vector<std::string> const& arguments) {
  std::vector<std::string> all{METASOLVE_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

/// `metasolve ARGUMENTS...`
inline CommandResult metasolve(std::vector<std::string> const& arguments) {
  return Command(metasolve_arguments(arguments)).wait();
}

/// The same with a limit on file sizes: simulates a full disk.
inline CommandResult metasolve_on_full_disk(int kibibytes, std::vector<std::string> const& arguments) {
  std::vector<std::string> all{"/bin/bash", "-c", "ulimit -f " + std::to_string(kibibytes) + " && exec \"$0\" \"$@\""};
  for (auto const& argument : metasolve_arguments(arguments)) all.push_back(argument);
  return Command(all).wait();
}

/// Every file below a folder, with its bytes: to check that nothing changed.
inline std::map<std::string, std::string> contents(std::filesystem::path const& folder) {
  std::map<std::string, std::string> files;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(folder)) {
    files[entry.path().string()] = entry.is_regular_file() ? TemporaryFolder::read(entry.path()) : "";
  }
  return files;
}

/// True once `condition` holds, false if it does not within a minute.
template <class Condition>
bool eventually(Condition&& condition) {
  auto const end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Arguments of a command.
using Words = std::vector<std::string>;

inline Words operator+(Words a, Words const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace metasolve::test
