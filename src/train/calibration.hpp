// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/train/price_cache.hpp"
#include "metasolve/executor.hpp"

/// What solving costs on this machine, measured.
namespace metasolve::train {

struct MeasuredPrice {
  engine::Price price;     ///< nanoseconds per task of a full batch, and per iteration of one
  bool was_known = false;  ///< from the cache
  bool is_kept = false;    ///< there
};

/// Solves some of the tasks, with their own parameters, to a tolerance of 0 with iteration limits of 0 and of 16, in
/// turn, and takes the fastest runs: a set-up is the first, an iteration the difference over the
/// iterations made. Kept in the cache if the kind has a cost_name. again: also if it is known there. tasks: at least
/// one. @throws InputError, DeviceError, std::bad_alloc
MeasuredPrice calibrated(Executor const& executor, engine::Tasks const& tasks, engine::Precision precision,
                         PriceCache const& cache, bool again = false);

/// The same in double precision, with the cache of the environment.
engine::Price measured_price(Executor const& executor, engine::Tasks const& tasks);

}  // namespace metasolve::train
