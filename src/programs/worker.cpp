// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/programs/worker.hpp"

#include <algorithm>
#include <chrono>

#include "metasolve/detail/io/text.hpp"

namespace metasolve::programs {

namespace {

using std::chrono::milliseconds;

/// A process that has closed its output ends at about that time. One whose output a child keeps open ends unseen.
constexpr milliseconds closing{1}, unseen{50}, longest_closing{1000};

io::Clock::duration of_seconds(double seconds) {
  constexpr double longest = 1e8;  // three years: no overflow
  return std::chrono::duration_cast<io::Clock::duration>(std::chrono::duration<double>(std::min(seconds, longest)));
}

/// The first request of a process that stays alive: of no tasks.
Request greeting(Request const& request) { return {request.batch, 0, 0, 0}; }

}  // namespace

void Worker::send(std::string text, double limit) {
  to_send_ = std::move(text);
  limit_ = limit;
  since_ = io::Clock::now();
  deadline_ = since_ + of_seconds(limit);
}

void Worker::ask(Protocol& protocol, ProgramSettings const& settings, Request const& request, bool fresh) {
  if ((fresh && answers_ > 0) || process_.ended()) stop();
  request_ = request;
  busy_ = true;
  most_ = protocol.most_bytes(request);
  bool const starts = !process_.running();
  if (starts) {
    process_ = Process(protocol.command(request), settings.folder, protocol.stays_alive());
    ++starts_;
    received_.clear();
    closed_.reset();
    greeted_ = !protocol.stays_alive();
  }
  if (greeted_) {
    send(protocol.text(request), settings.time_limit * static_cast<double>(request.count));
  } else {
    send(protocol.text(greeting(request)), settings.start_limit);
  }
}

void Worker::watch(std::vector<pollfd>& descriptors) const {
  if (!process_.running()) return;
  if (!to_send_.empty() && process_.input() >= 0) descriptors.push_back({process_.input(), POLLOUT, 0});
  if (process_.output() >= 0) descriptors.push_back({process_.output(), POLLIN, 0});
  if (process_.errors() >= 0) descriptors.push_back({process_.errors(), POLLIN, 0});
}

io::Clock::time_point Worker::wake() const {
  return std::min(deadline_, io::Clock::now() + (closed_ ? closing : unseen));
}

bool Worker::is_complete(Protocol const& protocol) const {
  if (protocol.stays_alive()) return received_.find('\n') != received_.npos;
  return process_.ended() == 0;
}

std::optional<Fault> Worker::fault_now(Protocol const& protocol) {
  auto const now = io::Clock::now();
  if (received_.size() >= most_) {
    return Fault{FaultKind::bad_answer, "printed more than " + std::to_string(most_) + " bytes for one answer"};
  }
  if (now >= deadline_) {
    bool const at_start = !greeted_;
    return Fault{FaultKind::time_limit,
                 (at_start ? "did not answer its first request, of no tasks, within " : "did not answer within ") +
                     io::shortest(limit_) + " s"};
  }
  if (auto const status = process_.ended()) {
    if (protocol.stays_alive()) process_.receive(received_, most_);
    if (!is_complete(protocol)) return Fault{FaultKind::crash, ending_text(*status)};
  } else if (closed_ && protocol.stays_alive() && now - *closed_ > longest_closing) {
    return Fault{FaultKind::crash, "closed its standard output"};
  }
  return std::nullopt;
}

std::optional<Reply> Worker::advance(Protocol& protocol, ProgramSettings const& settings) {
  if (!to_send_.empty()) to_send_.erase(0, process_.send(to_send_));
  process_.hear();
  process_.receive(received_, most_);
  if (process_.output() < 0 && !closed_) closed_ = io::Clock::now();
  if (!busy_) {
    if (received_.size() >= most_) stop();
    return std::nullopt;
  }
  if (!is_complete(protocol)) {
    if (auto fault = fault_now(protocol)) return fail(std::move(*fault));
    if (!is_complete(protocol)) return std::nullopt;
  }
  try {
    process_.receive(received_, most_);
    auto const end = protocol.stays_alive() ? received_.find('\n') : received_.size();
    auto const printed = received_.substr(0, end);
    auto outcomes = protocol.outcomes(greeted_ ? request_ : greeting(request_), printed);
    if (end + 1 < received_.size()) {
      throw BadAnswer("printed more than one line for an answer: " + io::shown(received_.substr(end + 1)));
    }
    received_.clear();
    if (greeted_) return finish(protocol, std::move(outcomes));
    greeted_ = true;
    send(protocol.text(request_), settings.time_limit * static_cast<double>(request_.count));
    to_send_.erase(0, process_.send(to_send_));
    return std::nullopt;
  } catch (BadAnswer const& bad) {
    return fail({FaultKind::bad_answer, bad.what()});
  }
}

Reply Worker::finish(Protocol const& protocol, std::vector<Outcome> outcomes) {
  Reply reply{request_, std::move(outcomes), io::seconds_since(since_), std::nullopt};
  ++answers_;
  busy_ = false;
  if (!protocol.stays_alive()) stop();
  return reply;
}

Reply Worker::fail(Fault fault) {
  process_.hear();
  fault.messages = process_.messages();
  fault.at_start = !greeted_;
  fault.is_fresh = answers_ == 0;
  Reply reply{request_, {}, io::seconds_since(since_), std::move(fault)};
  stop();
  return reply;
}

void Worker::stop() {
  process_.kill();
  busy_ = greeted_ = false;
  answers_ = 0;
}

}  // namespace metasolve::programs
