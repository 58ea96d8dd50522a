// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace metasolve::io {

/// Receives messages for the user, one sentence each.
using Notice = std::function<void(std::string const&)>;

/// What to do with notices of deep places, to which no callback is passed. Default: "metasolve: NOTICE" on stderr.
Notice notices_of_this_thread();

/// During its lifetime the thread's notices go to `notice`, which may be empty.
class NoticesTo {
 public:
  explicit NoticesTo(Notice notice);
  NoticesTo(NoticesTo const&) = delete;
  NoticesTo& operator=(NoticesTo const&) = delete;
  ~NoticesTo();

 private:
  Notice before_;
};

}  // namespace metasolve::io
