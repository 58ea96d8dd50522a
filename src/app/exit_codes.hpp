// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The program's exit codes. docs/command_line.md and `--help` list the same.
namespace metasolve::app {

inline constexpr int done = 0;
/// An internal error of the program. Please report it.
inline constexpr int internal = 1;
/// The command line, a file or a device cannot be used; the reason is on stderr. If single systems of a folder cannot
/// be read, the others are still solved and the result is written.
inline constexpr int refused = 2;
/// The result is written, but some tasks or steps failed: they did not converge, broke down or are not finite.
inline constexpr int some_failed = 3;
/// Ended by a signal: 130 after SIGINT, 143 after SIGTERM. A training can be resumed.
constexpr int after_signal(int signal) { return 128 + signal; }

/// For the end of `--help`.
inline constexpr char const* exit_codes_text =
    "Exit status: 0 done; 1 an internal fault; 2 usage or input refused (in a folder of matrices, the others are\n"
    "solved and the result is written); 3 done, but some tasks or steps failed (the result is written); 130 and 143 "
    "after\n"
    "SIGINT and SIGTERM.";

}  // namespace metasolve::app
