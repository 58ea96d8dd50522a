// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "src/app/environment.hpp"
#include "support/solving.hpp"

int main(int argc, char** argv) {
  metasolve::app::settle_environment();  // what is measured is what the command line does
  setenv("METASOLVE_CACHE", "", 1);      // nothing of the user's is read or written
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
