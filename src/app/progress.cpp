// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "metasolve/detail/app/output.hpp"

namespace metasolve::app {

namespace {

constexpr double terminal_seconds = 0.1;
constexpr double line_seconds = 5;

/// Columns of the terminal on stderr. Queried each time: windows are resized.
std::size_t terminal_width() {
  winsize size{};
  bool const known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

std::string rate_text(double tasks_per_second) {
  if (tasks_per_second >= 1e6) return number("%.2fM", tasks_per_second / 1e6);
  if (tasks_per_second >= 1e4) return number("%.0fk", tasks_per_second / 1e3);
  return number("%.0f", tasks_per_second);
}

}  // namespace

std::string progress_text(TrainingProgress const& p) {
  bool const several = p.members > 1;
  auto const member = [](int m) { return "member " + std::to_string(m); };
  return "epoch " + std::to_string(p.epoch) + "/" + std::to_string(p.epochs) + "  loss " + number("%.5g", p.loss) +
         "  validation " + number("%.2f", p.validation_iterations) + " iterations" +
         (several ? " by " + member(p.member) : "") + " [best " + number("%.2f", p.best_iterations) +
         (several ? " by " + member(p.best_member) : "") + "]  " + rate_text(p.tasks_per_second) + " tasks/s  " +
         duration_text(p.seconds_left) + " left";
}

ProgressDisplay::ProgressDisplay() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressDisplay::show(TrainingProgress const& progress) {
  unseen_ = progress;
  double const since = io::seconds_since(shown_at_);
  bool const due =
      !shown_ || progress.epoch == progress.epochs || since >= (terminal_ ? terminal_seconds : line_seconds);
  if (due) print(progress);
}

void ProgressDisplay::interject(std::string const& line) {
  if (terminal_ && shown_) std::cerr << '\n';
  shown_ = false;
  std::cerr << line << std::endl;
}

void ProgressDisplay::finish() {
  if (unseen_) print(*unseen_);
  if (terminal_ && shown_) std::cerr << '\n';
  shown_ = false;
}

void ProgressDisplay::print(TrainingProgress const& progress) {
  std::string const text = progress_text(progress);
  if (terminal_) {
    // Leave the last column free: some terminals then begin a new line, and the next rewrite would miss this one.
    std::cerr << '\r' << text.substr(0, terminal_width() - 1) << "\x1b[K" << std::flush;
  } else {
    std::cerr << text << '\n';
  }
  unseen_.reset();
  shown_ = true;
  shown_at_ = io::Clock::now();
}

}  // namespace metasolve::app
