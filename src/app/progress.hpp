// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/train/trainer.hpp"

namespace metasolve::app {

/// Shows training progress on stderr: on a terminal one line, rewritten at most about ten times a second and no wider
/// than the terminal; elsewhere a line every few seconds, and always for the first and the last epoch.
class ProgressDisplay {
 public:
  ProgressDisplay();
  void show(TrainingProgress const& progress);
  /// Prints a separate line immediately.
  void interject(std::string const& line);
  /// Shows the last epoch if it is still pending, and ends the line.
  void finish();

 private:
  void print(TrainingProgress const& progress);

  bool terminal_;
  std::optional<TrainingProgress> unseen_;
  io::Clock::time_point shown_at_;
  bool shown_ = false;
};

/// One line of plain text.
std::string progress_text(TrainingProgress const& progress);

}  // namespace metasolve::app
