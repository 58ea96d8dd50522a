// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <metasolve/executor.hpp>

#include "newton_body.hpp"
#include "rows_body.hpp"
#include "sweeps_body.hpp"
#include "transport_body.hpp"

namespace flow {

struct Counts {
  long long iterations = 0;
  long long failed = 0;
};

/// The mini-application's own loops over cells, on the device that holds its fields. Contains no library functionality.
class Loops {
 public:
  virtual ~Loops() = default;
  virtual void run(TransportStage const& stage) = 0;
  virtual void run(NewtonStep const& step) = 0;
  virtual void run(PreviousSweeps const& previous) = 0;
  virtual void run(RowCopy const& copy) = 0;
  /// Synchronizes.
  virtual Counts count(int const* iterations, int const* status, long cells) = 0;
};

std::unique_ptr<Loops> cpu_loops(int threads);
/// On a CUDA executor's device and stream, which orders the library's calls and these loops. @throws std::runtime_error
/// built without CUDA
std::unique_ptr<Loops> cuda_loops(metasolve::Executor const& executor);

}  // namespace flow
