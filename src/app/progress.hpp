// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "src/io/clock.hpp"
#include "src/train/trainer.hpp"

namespace metasolve::app {

/// Shows training on stderr: one line that is rewritten on a terminal, at most about ten times a second and no wider
/// than it; elsewhere a line every few seconds, and always the first and the last epoch.
class ProgressDisplay {
 public:
  ProgressDisplay();
  void show(train::Progress const& progress);
  /// A line of its own for people, at once.
  void interject(std::string const& line);
  /// Shows the last epoch if that is still due, and ends the line.
  void finish();

 private:
  void print(train::Progress const& progress);

  bool terminal_;
  std::optional<train::Progress> unseen_;
  io::Clock::time_point shown_at_;
  bool shown_ = false;
};

/// One line of plain text.
std::string progress_text(train::Progress const& progress);

}  // namespace metasolve::app
