// SPDX-License-Identifier: Apache-2.0
#include "loops.hpp"

namespace flow {

namespace {

/// Cells that iterate together: two packs of eight, so that the divisions of one overlap with the other's.
constexpr int lanes = 16;

void newton_on_lanes(NewtonStep const& step, long first, int count) {
  double k[species][lanes], previous[species][lanes], y[species][lanes], g[species][lanes], squares[lanes];
  int made[lanes] = {};
  double const tolerance = step.tolerance * step.tolerance;
  for (int l = 0; l < lanes; ++l) {
    long const at = first + (l < count ? l : 0);  // lanes without a cell repeat the first
    for (int s = 0; s < species; ++s) {
      y[s][l] = previous[s][l] = step.y[s * step.plane + at];
      k[s][l] = step.h * step.c[s * step.plane + at];
    }
  }
  auto const cell = [&](int l) {
    return NewtonCell{k[0][l], k[1][l], k[2][l], previous[0][l], previous[1][l], previous[2][l]};
  };
  for (int iteration = 0;; ++iteration) {
    int active = 0;
#pragma omp simd reduction(+ : active)
    for (int l = 0; l < lanes; ++l) {
      squares[l] = cell(l).residual(y[0][l], y[1][l], y[2][l], g[0][l], g[1][l], g[2][l]);
      active += squares[l] <= tolerance ? 0 : 1;
    }
    if (active == 0 || iteration == step.max_iterations) break;
#pragma omp simd
    for (int l = 0; l < lanes; ++l) {
      bool const goes_on = !(squares[l] <= tolerance);
      double y1 = y[0][l], y2 = y[1][l], y3 = y[2][l];
      cell(l).update(y1, y2, y3, g[0][l], g[1][l], g[2][l]);
      y[0][l] = goes_on ? y1 : y[0][l];
      y[1][l] = goes_on ? y2 : y[1][l];
      y[2][l] = goes_on ? y3 : y[2][l];
      made[l] += goes_on ? 1 : 0;
    }
  }
  for (int l = 0; l < count; ++l) {
    for (int s = 0; s < species; ++s) step.y[s * step.plane + first + l] = y[s][l];
    step.iterations[first + l] = made[l];
    step.status[first + l] = squares[l] <= tolerance ? 0 : 1;
  }
}

class CpuLoops final : public Loops {
 public:
  explicit CpuLoops(int threads) : threads_(threads) {}

  void run(TransportStage const& stage) override {
    int const n = stage.slab.n;
#pragma omp parallel for num_threads(threads_) schedule(static)
    for (int j = 0; j < stage.slab.rows; ++j) {
      Around const y = stage.slab.around(j);
      for (int const i : {0, 1, n - 2, n - 1}) stage(wrapped(i, n), y);
        // Neighbours within the row are contiguous, which the compiler needs to see to vectorise.
#pragma omp simd
      for (int i = 2; i < n - 2; ++i) stage({i - 2, i - 1, i, i + 1, i + 2}, y);
    }
  }

  void run(NewtonStep const& step) override {
#pragma omp parallel for num_threads(threads_) schedule(static)
    for (long first = 0; first < step.cells; first += lanes) {
      newton_on_lanes(step, first, static_cast<int>(least<long>(lanes, step.cells - first)));
    }
  }

  void run(PreviousSweeps const& previous) override {
#pragma omp parallel for simd num_threads(threads_) schedule(static)
    for (long cell = 0; cell < previous.cells; ++cell) previous(cell);
  }

  void run(RowCopy const& copy) override {
    for (int i = 0; i < copy.count(); ++i) copy(i);
  }

  Counts count(int const* iterations, int const* status, long cells) override {
    Counts counts;
    for (long i = 0; i < cells; ++i) {
      counts.iterations += iterations[i];
      counts.failed += status[i] == 0 ? 0 : 1;
    }
    return counts;
  }

 private:
  int threads_;
};

}  // namespace

std::unique_ptr<Loops> cpu_loops(int threads) { return std::make_unique<CpuLoops>(threads); }

}  // namespace flow
