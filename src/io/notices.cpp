// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/notices.hpp"

#include <iostream>
#include <utility>

namespace metasolve::io {

namespace {

Notice& current() {
  thread_local Notice notice = [](std::string const& text) { std::cerr << "metasolve: " << text << '\n'; };
  return notice;
}

}  // namespace

Notice notices_of_this_thread() { return current(); }

NoticesTo::NoticesTo(Notice notice) : before_(std::exchange(current(), std::move(notice))) {}
NoticesTo::~NoticesTo() { current() = std::move(before_); }

}  // namespace metasolve::io
