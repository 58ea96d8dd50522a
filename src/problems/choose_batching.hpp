// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/executor.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/problems/iccg_settings.hpp"

namespace metasolve::problems {

/// Where systems are solved, and how many.
struct BatchPlace {
  DeviceKind device = DeviceKind::cpu;
  int threads = 1;
  std::int64_t tasks = 0;
};

/// Numbers that one team touches at each iteration of ConjugateGradient: matrix, factor, state. fill: entries of L.
std::int64_t near_numbers(SymmetricStructure const& structure, std::int64_t fill);

/// At most so many entries are in the complete factor: of its envelope.
std::int64_t envelope(SymmetricStructure const& structure);

/// Whether they are solved as one block-diagonal system (BlockIccg) rather than in lockstep: as asked for, or by size
/// and number (docs/performance.md).
bool goes_by_blocks(SymmetricStructure const& structure, IccgSettings const& settings, BatchPlace const& place,
                    engine::StageLimits const& limits);

}  // namespace metasolve::problems
