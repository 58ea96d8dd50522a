// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/compiled.hpp"

/// Launches as function pointers, so that their callers are compiled once and not per executor.
namespace metasolve::exec {

/// An executor's launch and load for an element body.
template <class Body>
struct ElementFunctions {
  void (*launch)(Backend&, std::int64_t rows, std::int64_t columns, Body const&);
  void (*load)(Backend&);

  template <class Exec>
  static ElementFunctions on() {
    return {.launch = &launch_on<Exec>, .load = &load_on<Exec>};
  }

 private:
  template <class Exec>
  static void launch_on(Backend& backend, std::int64_t rows, std::int64_t columns, Body const& body) {
    static_cast<Exec&>(backend).launch(rows, columns, body);
  }
  template <class Exec>
  static void load_on(Backend& backend) {
    static_cast<Exec&>(backend).template load<Body>();
  }
};

/// The same for a team body.
template <class Body>
struct TeamFunctions {
  std::int64_t (*bytes)(Backend const&, Body const&, std::int64_t slots);
  std::int64_t (*lanes_in_flight)(Backend const&, Body const&, std::int64_t slots);
  void (*launch)(Backend&, Body const&, void* workspace, std::int64_t slots);

  template <class Exec>
  static TeamFunctions on() {
    return {.bytes = &bytes_on<Exec>, .lanes_in_flight = &lanes_on<Exec>, .launch = &launch_on<Exec>};
  }

 private:
  template <class Exec>
  static std::int64_t bytes_on(Backend const& backend, Body const& body, std::int64_t slots) {
    return static_cast<Exec const&>(backend).team_bytes(body, slots);
  }
  template <class Exec>
  static std::int64_t lanes_on(Backend const& backend, Body const& body, std::int64_t slots) {
    return static_cast<Exec const&>(backend).lanes_in_flight(body, slots);
  }
  template <class Exec>
  static void launch_on(Backend& backend, Body const& body, void* workspace, std::int64_t slots) {
    static_cast<Exec&>(backend).launch_teams(body, workspace, slots);
  }
};

template <class Body>
void Backend::launch(std::int64_t rows, std::int64_t columns, Body const& body) {
  functions_for<ElementFunctions<Body>>(*this).launch(*this, rows, columns, body);
}
template <class Body>
void Backend::load() {
  functions_for<ElementFunctions<Body>>(*this).load(*this);
}
template <class Body>
std::int64_t Backend::team_bytes(Body const& body, std::int64_t slots) const {
  return functions_for<TeamFunctions<Body>>(*this).bytes(*this, body, slots);
}
template <class Body>
void Backend::launch_teams(Body const& body, void* workspace, std::int64_t slots) {
  functions_for<TeamFunctions<Body>>(*this).launch(*this, body, workspace, slots);
}

}  // namespace metasolve::exec
