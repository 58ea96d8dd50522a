// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Standard input, output and error, as whoever starts the program leaves them: open, closed, or with a reader that
/// goes away.
namespace metasolve::app {

/// Opens those of the three that are closed, so that no file gets their numbers and with them what is written there. To
/// read from or write to one of them fails as before. Before anything else opens a file.
void open_standard_streams();

/// From here on a reader of standard output or error that goes away does not end the process: what is written there is
/// lost, and std::cout and std::cerr say so. Without it the process ends by SIGPIPE, as tools do (`... | head`).
void outlive_readers();

/// What was lost of standard output is not worth a word: from here on nothing is written there.
void forget_standard_output();

}  // namespace metasolve::app
