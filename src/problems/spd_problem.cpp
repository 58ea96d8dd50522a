// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/io/paths.hpp"
#include "metasolve/detail/model/known_interfaces.hpp"
#include "metasolve/detail/problems/share_out.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"
#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/detail/problems/spd_options.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

using config::RunConfig;

std::string folder_of(RunConfig const& c) {
  if (c.of<SpdSettings>().matrices.empty()) {
    throw InputError("problem.matrices: not given; expected a folder of matrices A_0.mtx, A_1.mtx, ...");
  }
  if (!io::is_directory(c.of<SpdSettings>().matrices)) {
    throw InputError("problem.matrices: " + c.of<SpdSettings>().matrices +
                     " is not a folder; give the one of the matrices, for example by --set problem.matrices=DIR");
  }
  return c.of<SpdSettings>().matrices;
}

SpdGroup common_pattern(std::vector<SpdSystem> const& systems, std::string const& folder) {
  try {
    return all_together(systems);
  } catch (InputError const& error) {
    throw InputError(folder + ": " + error.what() + "; a meta-solver is trained for one, give a folder for each");
  }
}

std::vector<std::string> fit_counts(RunConfig& c) {
  auto const folder = folder_of(c);
  auto const listing = matrices::list_matrix_folder(folder);
  std::vector<std::string> notices = listing.left_out;
  auto const count = static_cast<std::int64_t>(listing.entries.size());
  auto const with_right = std::ranges::count_if(listing.entries, [](auto const& e) { return !e.rhs.empty(); });
  notices.push_back(folder + ": " + matrices::right_sides_text(with_right, count));
  auto const shared = share_out(c, {folder, "matrices", count});
  if (!shared.empty()) notices.push_back(shared);
  return notices;
}

/// All systems of the folder, in the order determined by the seed.
engine::Tasks all_tasks(RunConfig const& c) {
  auto const folder = folder_of(c);
  auto read = read_spd_folder(folder, c.resources.memory_bytes);
  if (!read.broken.empty()) throw InputError(read.broken.front().message);
  auto const order = shared_order(c, {folder, "matrices", static_cast<std::int64_t>(read.systems.size())});
  auto group = common_pattern(read.systems, folder);
  group.members = order;
  return given_spd(read.systems, group, order_of(group, c.of<ShiftSettings>().ordering), iccg_settings(c));
}

/// A user's symmetric positive definite systems, by conjugate gradients with incomplete Cholesky or SSOR.
class SpdProblem final : public ShiftProblem {
 public:
  [[nodiscard]] std::string const& name() const override {
    static std::string const name = SpdKind::problem;
    return name;
  }
  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    auto keys = ShiftProblem::keys();
    keys.insert(keys.begin(), path(OwnPlace{&SpdSettings::matrices},
                                   {"problem.matrices", "",
                                    "folder of matrices A_0.mtx, A_1.mtx, ...; relative to the configuration's"}));
    keys.push_back(real(OwnPlace{&SpdSettings::highest_shift}, {0, 1e12, open},
                        {"solver.highest_shift", "", "largest shift that the network can choose"}));
    return keys;
  }
  void settle(RunConfig& c, std::function<bool(std::string const& key)> const& given) const override {
    if (given("network.shift_bias")) return;
    if (!given("network.shift_head")) c.of<ShiftSettings>().head = ShiftHead::logarithmic;
    if (!given("network.start")) c.network.start = config::Start::tuned;
  }

  /// In the order of kernels::SpdFeatures.
  [[nodiscard]] std::vector<model::Feature> feature_list() const override { return model::spd_interface().features; }

  [[nodiscard]] Splits tasks(RunConfig const& c) const override {
    require_parameter(c);
    return shared_out(c, all_tasks(c));
  }
  std::vector<std::string> fit_to_data(RunConfig& c) const override { return fit_counts(c); }
  /// The matrices as read, and on their common pattern.
  [[nodiscard]] std::uint64_t host_bytes(RunConfig const& c) const override {
    std::uint64_t bytes = 0;
    for (auto const& entry : matrices::list_matrix_folder(folder_of(c)).entries) {
      for (auto const& file : {entry.matrix, entry.rhs}) {
        std::error_code none;
        auto const size = std::filesystem::file_size(file, none);
        if (!none) bytes += 2 * size;
      }
    }
    return bytes;
  }

  [[nodiscard]] std::string advice(RunConfig const& c, double constant) const override {
    auto const& s = c.of<ShiftSettings>();
    if (s.has_omega() || !s.variants.empty() || constant < highest_shift(c)) return {};
    return "larger shifts may be better: raise solver.highest_shift";
  }

  [[nodiscard]] std::vector<SolveOption> solve_options() const override { return spd_options(); }
  [[nodiscard]] SolveInput read(SolveRequest const& request) const override { return read_spd(request); }

 private:
  [[nodiscard]] double highest_shift(RunConfig const& c) const override { return c.of<SpdSettings>().highest_shift; }
};

}  // namespace

Problem const& spd_problem() {
  static SpdProblem const problem;
  return problem;
}

}  // namespace metasolve::problems
