// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace metasolve::test {

/// Runs `action`, which must throw `Exception` with a message that contains every part.
template <class Exception, class Action>
void expect_message(Action&& action, std::initializer_list<std::string> parts) {
  try {
    action();
  } catch (Exception const& error) {
    std::string const message = error.what();
    for (auto const& part : parts) {
      EXPECT_NE(message.find(part), std::string::npos) << "message: " << message << "\nlacks: " << part;
    }
    return;
  }
  ADD_FAILURE() << "no exception; expected a message with " << *parts.begin();
}

}  // namespace metasolve::test
