// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "support/solving.hpp"

int main(int argc, char** argv) {
  metasolve::bench::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
