// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <exception>
#include <string>
#include <utility>

namespace metasolve::bench {

/// As benchmark::RegisterBenchmark, but an exception ends its own case alone, as an error in the report: where the
/// memory does not suffice for one, those after it still run.
template <class F>
benchmark::internal::Benchmark* register_guarded(std::string const& name, F f) {
  return benchmark::RegisterBenchmark(name.c_str(), [f = std::move(f)](benchmark::State& state) {
    try {
      f(state);
    } catch (std::exception const& error) {
      state.SkipWithError(error.what());
    }
  });
}

}  // namespace metasolve::bench
