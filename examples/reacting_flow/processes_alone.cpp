// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "processes.hpp"

namespace flow {

namespace {

class OneProcess final : public Processes {
 public:
  [[nodiscard]] std::shared_ptr<metasolve::Ranks> ranks() const override { return nullptr; }
  [[nodiscard]] std::unique_ptr<Halo> halo(metasolve::Executor const&, Loops&, Grid const&,
                                           Slab const&) const override {
    return nullptr;
  }
  [[nodiscard]] std::vector<double> gather(Grid const&, Slab const&, std::vector<double> y) const override { return y; }
  int fail(char const* message) const override {
    std::fprintf(stderr, "reacting_flow: %s\n", message);
    return 2;
  }
};

}  // namespace

std::unique_ptr<Processes> start_processes(int&, char**&) { return std::make_unique<OneProcess>(); }

}  // namespace flow
