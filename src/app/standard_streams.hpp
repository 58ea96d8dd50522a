// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Standard input, output and error as the parent process left them: open, closed, or with a reader that goes away.
namespace metasolve::app {

/// Opens closed standard streams, so that no file gets their numbers and thereby their output. Reading from and writing
/// to them still fails. Call before any other file is opened.
void open_standard_streams();

/// From here on the process survives a reader of standard output or error that goes away: that output is lost, and
/// std::cout and std::cerr report failure. Otherwise SIGPIPE ends the process, as usual for tools (`... | head`).
void outlive_readers();

/// Ignores lost standard output: from here on nothing is written there.
void forget_standard_output();

/// Nothing is written to std::cout and std::cerr from here on, until they are restored: for processes whose first one
/// speaks for all.
void silence_streams();
void restore_streams();

}  // namespace metasolve::app
