// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <streambuf>

namespace metasolve::app {

namespace {

class Nowhere : public std::streambuf {
  int_type overflow(int_type c) override { return traits_type::not_eof(c); }
  std::streamsize xsputn(char const*, std::streamsize n) override { return n; }
};

}  // namespace

void open_standard_streams() {
  for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // Opened for the other direction: the lowest free number is fd. If it fails, no other file can be opened either.
    [[maybe_unused]] int const opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void outlive_readers() { std::signal(SIGPIPE, SIG_IGN); }

namespace {
std::streambuf* nowhere() {
  static auto* const buffer = new Nowhere;  // std::cout outlives objects destroyed at the end of main
  return buffer;
}
std::streambuf *own_cout = nullptr, *own_cerr = nullptr;
}  // namespace

void forget_standard_output() { std::cout.rdbuf(nowhere()); }

void silence_streams() {
  own_cout = std::cout.rdbuf(nowhere());
  own_cerr = std::cerr.rdbuf(nowhere());
}
void restore_streams() {
  if (own_cout != nullptr) std::cout.rdbuf(own_cout);
  if (own_cerr != nullptr) std::cerr.rdbuf(own_cerr);
}

}  // namespace metasolve::app
