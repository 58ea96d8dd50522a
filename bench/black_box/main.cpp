// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/black_box/figures.hpp"

/// Usage: black_box_petsc agreement [TASKS]
///        black_box_petsc beams RUN SEED [SECTION.KEY=VALUE...]      trains through PETSc alone
///        black_box_petsc compare RUN SEED [TASKS]                   counts of a run's shifts, of either kind
///        black_box_petsc baselines SETTING DATA                     biharmonic or elasticity
///        black_box_petsc guesses SETTING DATA RUN [SECTION.KEY=VALUE...]
/// Options of PETSc go into the environment variable PETSC_OPTIONS.
namespace metasolve::bench::black_box {

void print(Figure const& f) {
  nlohmann::ordered_json const row = {
      {"name", f.name}, {"mean", f.mean}, {"solves", f.solves}, {"seconds", f.seconds}, {"published", nullptr}};
  std::printf("%s\n", row.dump().c_str());
  std::fflush(stdout);
}

namespace {

void run(std::vector<std::string> const& words) {
  auto const word = [&](std::size_t i) {
    if (i < words.size()) return words[i];
    throw std::runtime_error("too few arguments; bench/black_box/main.cpp lists them");
  };
  auto const count_at = [&](std::size_t i) { return i < words.size() ? std::stoll(words[i]) : 1000; };
  auto const from = [&](std::size_t i) {
    return TrainingSettings(words.begin() + static_cast<std::ptrdiff_t>(std::min(i, words.size())), words.end());
  };
  auto const what = word(0);
  if (what == "baselines" || what == "guesses") {
    auto const setting = guess_setting(word(1), word(2));
    GuessSolver solver(setting);
    if (what == "guesses") return train_guesses(setting, solver, word(3), from(4));
    return guess_baselines(setting, solver);
  }
  ::black_box::Beams const beams({8, 2, 2});
  ::black_box::PetscIcc solver(beams);
  if (what == "agreement") return agreement(solver, count_at(1));
  if (what == "beams") return train_beams(solver, word(1), std::stoull(word(2)), from(3));
  if (what == "compare") return compare_beams(solver, word(1), std::stoull(word(2)), count_at(3));
  throw std::runtime_error("given \"" + what + "\"; expected agreement, beams, compare, baselines or guesses");
}

}  // namespace
}  // namespace metasolve::bench::black_box

int main(int argc, char** argv) {
  if (PetscInitializeNoArguments() != 0) return 1;
  int status = 0;
  try {
    metasolve::bench::black_box::run({argv + 1, argv + argc});
  } catch (std::exception const& error) {
    std::fprintf(stderr, "black_box_petsc: %s\n", error.what());
    status = 1;
  }
  PetscFinalize();
  return status;
}
