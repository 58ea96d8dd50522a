// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/interrupt.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace metasolve::app {

namespace {

// A signal handler can only access globals.
std::atomic<bool> asked{false};
std::atomic<int> first_signal{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constexpr std::array handled{SIGINT, SIGTERM};

extern "C" void on_signal(int signal) {
  int const error = errno;
  if (asked.load()) {
    // Blocked until this handler returns; then it kills the process.
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  } else {
    first_signal.store(signal);
    asked.store(true);
    constexpr std::string_view text =
        "\nmetasolve: stopping after the step in progress; a second signal kills at once\n";
    [[maybe_unused]] auto const written = ::write(STDERR_FILENO, text.data(), text.size());
  }
  errno = error;
}

}  // namespace

Interrupt::Interrupt() {
  asked = false;
  first_signal = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (int const signal : handled) ::sigaction(signal, &action, nullptr);
}

Interrupt::~Interrupt() {
  for (int const signal : handled) std::signal(signal, SIG_DFL);
}

std::atomic<bool> const* Interrupt::flag() const { return &asked; }
int Interrupt::signal() const { return first_signal.load(); }

}  // namespace metasolve::app
