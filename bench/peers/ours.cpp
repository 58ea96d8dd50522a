// SPDX-License-Identifier: Apache-2.0
#include "ours.hpp"

#include <cstdlib>
#include <exception>
#include <functional>
#include <map>

#include "metasolve/detail/app/environment.hpp"

/// Usage: peers_ours WORK --tasks N [--device cpu|cuda] [--threads T] [--repeats R]
///                   [--folder DIR: tasks and counts are written there]
int main(int count, char** argument) {
  metasolve::app::settle_environment();  // measures what the command line does
  using namespace metasolve::peers;
  std::map<std::string, std::function<void(Options const&)>> const works{
      {"newton_sor", newton_sor}, {"newton", newton}, {"training", training}, {"iccg", iccg}, {"jacobi_cg", jacobi_cg}};
  try {
    auto const work = count > 1 ? works.find(argument[1]) : works.end();
    if (work == works.end()) throw std::runtime_error("which work? newton_sor, newton, training, iccg or jacobi_cg");
    setenv("METASOLVE_CACHE", "", 1);  // neither reads nor writes outside the folder
    work->second(Options::parse(count, argument, 2));
    return 0;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "peers_ours: %s\n", error.what());
    return 1;
  }
}
