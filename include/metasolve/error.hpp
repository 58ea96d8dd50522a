// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

/// Exceptions of the library. Each message names what is wrong, what was expected, and what to do.
namespace metasolve {

/// Root of every exception that metasolve throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The caller's data cannot be used: a configuration key, a file, a row, a shape, an argument.
/// Nothing has been written when it is thrown. The command line ends with exit status 2.
class InputError : public Error {
 public:
  using Error::Error;
};

/// A file could not be written (disk full, no permission). An older file of that name is untouched.
/// The command line ends with exit status 2.
class OutputError : public Error {
 public:
  using Error::Error;
};

/// The device asked for is absent, was not built for, or reported a failure.
/// The command line ends with exit status 2 when a device was asked for that is not there.
class DeviceError : public Error {
 public:
  using Error::Error;
};

}  // namespace metasolve
