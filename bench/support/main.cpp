// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "metasolve/detail/app/environment.hpp"
#include "support/solving.hpp"

int main(int argc, char** argv) {
  metasolve::app::settle_environment();  // measures what the command line does
  setenv("METASOLVE_CACHE", "", 1);      // neither reads nor writes the user's cache
  try {
    metasolve::bench::register_all();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
  } catch (std::exception const& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
