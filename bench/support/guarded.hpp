// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <exception>
#include <string>
#include <utility>

namespace metasolve::bench {

/// Like benchmark::RegisterBenchmark, but an exception ends its own case only, as an error in the report: if one runs
/// out of memory, later ones still run.
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
