// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

/// @file
/// Exceptions of the library. Each message states what is wrong, what was expected, and what to do.
namespace metasolve {

/// Base class of every exception that metasolve throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The caller's data cannot be used: a configuration key, a file, a row, a shape, an argument. Nothing has been written
/// when it is thrown. The command line exits with status 2.
class InputError : public Error {
 public:
  using Error::Error;
};

/// A file could not be written (disk full, no permission). An existing file of that name is unchanged. The command line
/// exits with status 2.
class OutputError : public Error {
 public:
  using Error::Error;
};

/// The requested device is absent, is not supported by this build, or reported a failure. The command line exits with
/// status 2 if the requested device is absent.
class DeviceError : public Error {
 public:
  using Error::Error;
};

}  // namespace metasolve
