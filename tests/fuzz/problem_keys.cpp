// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/config/problem_keys.hpp"

#include "metasolve/detail/config/field_makers.hpp"

/// Problems for the configuration reader in place of the library's, so that it builds in seconds: one key of each kind,
/// with names that the library's keys have, some shared by both problems.
namespace metasolve::config {

namespace {

struct OwnKeys {
  int unknowns = 16;
  double hard_fraction = 0;
  bool clamp = true;
  engine::Gradient gradient = engine::Gradient::adjoint;
  std::vector<int> cells = {8, 2, 2};
  std::string matrices;
  bool operator==(OwnKeys const&) const = default;
};

class StandIn final : public ProblemKeys {
 public:
  explicit StandIn(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] std::string const& name() const override { return name_; }
  [[nodiscard]] std::vector<Field> keys() const override {
    using namespace make_field;
    std::vector<Field> keys{
        real(OwnPlace{&OwnKeys::hard_fraction}, {0, 1}, {"problem.hard_fraction", "", "real"}),
        choice(OwnPlace{&OwnKeys::gradient}, {"solver.gradient", "", "choice"}),
        list(OwnPlace{&OwnKeys::cells}, Length{3, 3}, IntegerRange{1, 64}, {"problem.cells", "cells", "list"})};
    if (name_ == "poisson") {
      keys.push_back(fixed(integer(OwnPlace{&OwnKeys::unknowns}, {1, 1024}, {"problem.unknowns", "", "integer"})));
    } else {
      keys.push_back(boolean(OwnPlace{&OwnKeys::clamp}, {"solver.clamp", "", "boolean"}));
      keys.push_back(path(OwnPlace{&OwnKeys::matrices}, {"problem.matrices", "", "path"}));
    }
    return keys;
  }
  void settle(RunConfig& c, std::function<bool(std::string const&)> const& given) const override {
    if (name_ != "poisson" && !given("network.start")) c.network.start = Start::tuned;
  }
  void check(RunConfig const& c, Origins const& origins) const override {
    if (c.of<OwnKeys>().unknowns == 13) refuse(origins, {"problem.unknowns"}, "problem.unknowns: 13");
  }
  [[nodiscard]] bool has_tuned_constant() const override { return name_ != "poisson"; }

 private:
  std::string name_;
};

}  // namespace

std::vector<ProblemKeys const*> known_problem_keys() {
  static StandIn const first("poisson"), second("spd");
  return {&first, &second};
}
ProblemKeys const* find_problem_keys(std::string const& name) {
  for (auto const* const problem : known_problem_keys()) {
    if (problem->name() == name) return problem;
  }
  return nullptr;
}

}  // namespace metasolve::config
