// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/programs/process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <system_error>
#include <utility>

#include "metasolve/error.hpp"

namespace metasolve::programs {

namespace {

constexpr std::size_t kept_messages = 4096;

[[noreturn]] void refuse_start(std::string const& what) {
  throw Error("cannot start a program: " + what + ": " + std::generic_category().message(errno) +
              "; lower the number of processes");
}

void close_descriptor(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

/// A pipe that other programs do not inherit. Its ends are above the standard streams, which a host may have closed:
/// dup2 onto the same number would leave the end closed on exec.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    std::array<int, 2> made{-1, -1};
    if (::pipe2(made.data(), O_CLOEXEC) != 0) refuse_start("pipe");
    for (std::size_t i = 0; i < made.size(); ++i) {
      ends[i] = ::fcntl(made[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
      close_descriptor(made[i]);
    }
    if (ends[0] < 0 || ends[1] < 0) refuse_start("pipe");
  }
  Pipe(Pipe const&) = delete;
  Pipe& operator=(Pipe const&) = delete;
  ~Pipe() {
    for (auto& end : ends) close_descriptor(end);
  }
  /// Our end, of which reading and writing do not wait.
  int take(std::size_t end) {
    ::fcntl(ends[end], F_SETFL, ::fcntl(ends[end], F_GETFL) | O_NONBLOCK);
    return std::exchange(ends[end], -1);
  }
};

/// Whether the shell would find a program of that name, which is none of its own commands then.
bool is_program(std::string const& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0;
  char const* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && ::access((folder + '/' + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

/// A plain command takes the shell's place: the signal at its host's death, which the shell's children do not inherit,
/// then reaches it.
std::string in_place_of_shell(std::string const& command) {
  auto const begin = command.find_first_not_of(" \t");
  if (begin == std::string::npos || command.find_first_of(";&|<>(){}`\n") != std::string::npos) return command;
  auto const name = command.substr(begin, command.find_first_of(" \t", begin) - begin);
  return name.find_first_of("=\"'\\$!*?[~") == std::string::npos && is_program(name) ? "exec " + command : command;
}

/// In the child, after fork: only calls that are safe in a signal handler.
[[noreturn]] void become(char const* command, char const* folder, int in, int out, int err,
                         [[maybe_unused]] pid_t parent) {
  constexpr int cannot_start = 127;  // as the shell's
  ::setpgid(0, 0);
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(cannot_start);
#endif
  for (int const signal : {SIGPIPE, SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGCHLD}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (*folder != '\0' && ::chdir(folder) != 0) ::_exit(cannot_start);
  ::execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
  ::_exit(cannot_start);
}

/// Writes to a closed pipe then fail instead of ending this program, whose own handling of SIGPIPE is left alone.
class BlockedSigpipe {
 public:
  BlockedSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  BlockedSigpipe(BlockedSigpipe const&) = delete;
  BlockedSigpipe& operator=(BlockedSigpipe const&) = delete;
  ~BlockedSigpipe() {
    timespec const at_once{0, 0};
    if (!was_pending_) {
      while (::sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

/// Appends what can be read now, at most `most` bytes in all. False: the other end is closed.
bool read_now(int fd, std::string& text, std::size_t most) {
  std::array<char, 16384> part{};
  while (text.size() < most) {
    ssize_t const count = ::read(fd, part.data(), std::min(part.size(), most - text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (count == 0) return false;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Process::Process(std::string const& command, std::string const& folder, bool listens) {
  Pipe in, out, err;
  int const null = listens ? -1 : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_t const parent = ::getpid();
  auto const started = in_place_of_shell(command);
  pid_ = ::fork();
  if (pid_ == 0) become(started.c_str(), folder.c_str(), listens ? in.ends[0] : null, out.ends[1], err.ends[1], parent);
  int const error = errno;
  if (null >= 0) ::close(null);
  if (pid_ < 0) {
    errno = error;
    refuse_start("fork");
  }
  ::setpgid(pid_, pid_);  // also here, so that a kill right away reaches the group
  if (listens) input_ = in.take(1);
  output_ = out.take(0);
  errors_ = err.take(0);
}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  kill();
  pid_ = std::exchange(other.pid_, -1);
  input_ = std::exchange(other.input_, -1);
  output_ = std::exchange(other.output_, -1);
  errors_ = std::exchange(other.errors_, -1);
  messages_ = std::move(other.messages_);
  return *this;
}

std::size_t Process::send(std::string_view text) {
  BlockedSigpipe const blocked;
  std::size_t sent = 0;
  while (input_ >= 0 && sent < text.size()) {
    ssize_t const count = ::write(input_, text.data() + sent, text.size() - sent);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      close_input();
    }
  }
  return sent;
}

void Process::close_input() { close_descriptor(input_); }

void Process::receive(std::string& text, std::size_t most) {
  if (output_ >= 0 && !read_now(output_, text, most)) close_descriptor(output_);
}

void Process::hear() {
  if (errors_ < 0) return;
  // Twice what is kept, so that a program which prints without end is heard in parts.
  if (!read_now(errors_, messages_, 2 * kept_messages)) close_descriptor(errors_);
  if (messages_.size() > kept_messages) messages_.erase(0, messages_.size() - kept_messages);
}

std::optional<int> Process::ended() const {
  if (pid_ <= 0) return std::nullopt;
  siginfo_t info{};
  // Not reaped, so that the number of the process, and of its group, remains ours until kill().
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    return errno == ECHILD ? std::optional(0) : std::nullopt;  // a host that ignores SIGCHLD loses the status
  }
  if (info.si_pid == 0) return std::nullopt;
  return info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
}

void Process::kill() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
  close_descriptor(input_);
  close_descriptor(output_);
  close_descriptor(errors_);
}

std::string ending_text(int status) {
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace metasolve::programs
