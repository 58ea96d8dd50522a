// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/spd_options.hpp"

#include <algorithm>

#include "metasolve/detail/problems/shift_problem.hpp"
#include "metasolve/detail/problems/spd.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

/// Default, relative to the diagonal: nearly zero, and raised where factorization fails.
constexpr double default_shift = 0;

/// Whether a --set sets one of the two keys.
bool sets_either(SolveRequest const& r, std::string_view first, std::string_view second) {
  return std::ranges::any_of(r.overrides, [&](std::string const& given) {
    auto key = given.substr(0, given.find('='));
    key.erase(key.find_last_not_of(" \t") + 1);
    return key == first || key == second;
  });
}

/// Applies the options to the corresponding keys.
void apply_options(SolveRequest const& r, ShiftSettings& s) {
  config::IntegerRange const fill{0, 1'000'000};
  auto const level = r.integer("--fill-level", fill), entries = r.integer("--fill-entries", fill);
  auto const shift = r.real("--shift", {0, 1e12});
  auto const scale = r.choice<ShiftScale>("--shift-scale");
  if (auto const ordering = r.choice<sparse::OrderingKind>("--ordering")) s.ordering = *ordering;
  if (level && entries) {
    throw InputError("--fill-level and --fill-entries: two rules for what the factor keeps; give one of them");
  }
  bool const is_default = !entries && !sets_either(r, "solver.fill_level", "solver.fill_entries");
  if (level || is_default) {
    s.fill_level = level ? static_cast<int>(*level) : sparse::default_fill_level;
    s.fill_entries = -1;
  }
  if (entries) s.fill_entries = static_cast<int>(*entries);
  if (!shift && scale == ShiftScale::absolute) {
    throw InputError("--shift-scale absolute: of which shift? Give --shift with it, or leave it out");
  }
  if (shift || scale || !sets_either(r, "solver.shift", "solver.shift_scale")) {  // else --set determines them
    s.scale = !shift || scale == ShiftScale::diagonal ? ShiftScale::diagonal : ShiftScale::absolute;
    s.shift = shift.value_or(default_shift);
  }
  if (auto const kind = r.choice<PreconditionerKind>("--preconditioner")) s.preconditioner = *kind;
  if (auto const omega = r.real("--omega", {0, 2, config::Bound::open, config::Bound::open})) {
    if (!s.has_omega()) {
      throw InputError("--omega: for --preconditioner ssor alone; give that, or leave it out");
    }
    s.omega = *omega;
  }
  if (!sparse::info_of(s.preconditioner).factors && (level || entries || shift || scale)) {
    throw InputError("--fill-level, --fill-entries, --shift, --shift-scale: for --preconditioner " +
                     sparse::one_of_preconditioners([](auto const& p) { return p.factors ? p.name : ""; }) +
                     " alone; leave them out");
  }
}

std::string preconditioner_text() {
  auto const kinds = sparse::one_of_preconditioners([](auto const& p) {
    std::string const name(p.name);
    return p.meaning == p.name ? name : name + " (" + std::string(p.meaning) + ")";
  });
  return "spd: " + kinds + "; default: " + std::string(config::name_of(ShiftSettings{}.preconditioner));
}

}  // namespace

std::vector<SolveOption> spd_options() {
  return {{"--matrices", "DIR",
           "spd: folder of matrices A_k.mtx, A_k.mtx.gz (Matrix Market), A_k.npz (SciPy) or A_k.npy, and of right-hand "
           "sides "
           "b_k.txt, b_k.mtx or b_k.npy; all ones without"},
          {"--preconditioner", "KIND", preconditioner_text()},
          {"--ordering", "KIND", "spd: numbering before the factorisation, natural or rcm; default: rcm"},
          {"--fill-level", "NUMBER", "spd: level of fill that the incomplete factor keeps; default: 8"},
          {"--fill-entries", "NUMBER",
           "spd: instead, entries of largest magnitude that each column of it keeps beyond the matrix's"},
          {"--shift", "NUMBER",
           "spd: alpha of the factored A + alpha I; default: relative to the diagonal, see --shift-scale"},
          {"--shift-scale", "UNIT",
           "spd: unit of --shift: absolute, or diagonal: A + alpha diag(A), alpha raised until the factor exists; "
           "default: absolute where --shift is given, else diagonal"},
          {"--omega", "NUMBER", "spd: relaxation factor of ssor, above 0 and below 2; default: 1"}};
}

SolveInput read_spd(SolveRequest const& r) {
  if (!r.tasks.empty()) throw InputError("--tasks: spd systems come from a folder; give it with --matrices");
  auto const given = r.option("--matrices").value_or("");
  if (given.empty()) {
    throw InputError("--matrices: not given; expected a folder of matrices A_0.mtx, A_1.mtx, ...");
  }
  auto const is_given = [&](std::initializer_list<char const*> flags) {
    return std::ranges::any_of(flags, [&](char const* flag) { return r.option(flag).has_value(); });
  };
  if (!r.model.empty() && is_given({"--shift", "--shift-scale", "--omega"})) {
    throw InputError("--shift, --shift-scale, --omega: the model chooses the parameter; leave out one of the two");
  }
  if (!r.model.empty() && is_given({"--preconditioner", "--ordering", "--fill-level", "--fill-entries"})) {
    throw InputError(
        "--preconditioner, --ordering, --fill-level, --fill-entries: the model was trained with its own; leave them "
        "out");
  }
  config::RunConfig without;
  without.problem.name = r.problem;
  without.of<SpdSettings>().matrices = given;
  if (r.model.empty()) apply_options(r, without.of<ShiftSettings>());
  SolveInput input{r.configure(without), {}};
  auto const& c = input.config;
  auto folder = read_spd_folder(given, c.resources.memory_bytes);
  for (auto const& file : folder.left_out) r.notice(file);
  auto const solved = static_cast<std::int64_t>(folder.systems.size());
  if (solved > 0) r.notice(given + ": " + matrices::right_sides_text(folder.right_sides, solved));
  input.right_sides = folder.right_sides;
  for (auto& broken : folder.broken) input.broken.push_back({broken.number, std::move(broken.message)});
  for (auto const& group : grouped(folder.systems)) {
    auto const order = order_of(group, c.of<ShiftSettings>().ordering);
    SolvePart part{given_spd(folder.systems, group, order, iccg_settings(c)), {}, order};
    for (auto const i : group.members) part.numbers.push_back(folder.systems[i].number);
    input.parts.push_back(std::move(part));
  }
  return input;
}

}  // namespace metasolve::problems
