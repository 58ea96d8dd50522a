// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/iccg_variants.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "metasolve/detail/io/hash.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/problems/choose_batching.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/detail/sparse/preconditioners.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

constexpr char const* of_entries = "entries ";
constexpr char const* of_level = "level ";

/// The number behind a prefix; empty: another text.
std::optional<int> number_after(std::string const& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  int number = 0;
  auto const* const end = text.data() + text.size();
  auto const [stopped, error] = std::from_chars(text.data() + prefix.size(), end, number);
  constexpr int most = 1'000'000;
  if (error != std::errc{} || stopped != end || number < 0 || number > most) return std::nullopt;
  return std::to_string(number) == text.substr(prefix.size()) ? std::optional(number) : std::nullopt;
}

/// Entries and operations of factors whose columns have these many entries below the diagonal.
struct FactorCost {
  double entries = 0, factorization = 0;

  void add_column(double below) {
    entries += below;
    factorization += below * (below + 1) + below;  // products with a pair each, and a division each
  }
  /// Both triangular solves.
  [[nodiscard]] double solves(double unknowns) const { return 2 * (2 * entries + unknowns); }
};

FactorCost of_pattern(sparse::SymmetricStructure const& s) {
  FactorCost cost;
  for (std::size_t j = 0; j + 1 < s.col_ptrs.size(); ++j) cost.add_column(s.col_ptrs[j + 1] - s.col_ptrs[j]);
  return cost;
}

FactorCost of_complete(sparse::SymmetricStructure const& s) {
  std::vector<std::int32_t> each_column(sparse::at(s.unknowns) + 1);
  std::iota(each_column.begin(), each_column.end(), 0);
  auto const rows = sparse::factor_rows(s, each_column);
  FactorCost cost;
  for (std::size_t j = 0; j + 1 < rows.row_ptrs.size(); ++j) cost.add_column(rows.row_ptrs[j + 1] - rows.row_ptrs[j]);
  return cost;
}

/// With a given number of entries a column beyond A's. In lockstep the complete pattern is computed.
FactorCost of_kept(sparse::SymmetricStructure const& s, IccgSettings const& settings) {
  if (!goes_by_blocks(s, settings, 0, {})) return of_complete(s);
  FactorCost cost;
  for (std::size_t j = 0; j + 1 < s.col_ptrs.size(); ++j) {
    double const kept = s.col_ptrs[j + 1] - s.col_ptrs[j] + *settings.fill_rule.entries;
    cost.add_column(std::min(kept, static_cast<double>(s.unknowns) - 1 - static_cast<double>(j)));
  }
  return cost;
}

FactorCost of_direct(sparse::SymmetricStructure const& s) {
  return of_complete(reordered(s, sparse::approximate_minimum_degree(s)));
}

}  // namespace

std::string variants_text() {
  return "\"entries N\" and \"level N\" (incomplete Cholesky with that fill), \"ssor\", \"jacobi\", \"none\", "
         "\"direct\" (sparse Cholesky) or \"direct mixed\" (its factors in float, refined)";
}

IccgSettings variant_of(std::string const& name, IccgSettings const& base) {
  auto variant = base;
  variant.name = name;
  variant.variants.clear();
  variant.method = SpdMethod::conjugate_gradients;
  variant.preconditioner = PreconditionerKind::incomplete_cholesky;
  if (auto const entries = number_after(name, of_entries)) {
    variant.fill_rule.entries = *entries;
  } else if (auto const level = number_after(name, of_level)) {
    variant.fill_rule = {*level, std::nullopt};
  } else if (name == "ssor") {
    variant.preconditioner = PreconditionerKind::ssor;
  } else if (name == "jacobi") {
    variant.preconditioner = PreconditionerKind::jacobi;
  } else if (name == "none") {
    variant.preconditioner = PreconditionerKind::none;
  } else if (name == "direct") {
    variant.method = SpdMethod::cholesky;
  } else if (name == "direct mixed") {
    variant.method = SpdMethod::mixed_cholesky;
  } else {
    throw InputError("solver.variants: given \"" + name + "\", expected " + variants_text());
  }
  return variant;
}

bool has_parameter(IccgSettings const& v) {
  if (v.method != SpdMethod::conjugate_gradients) return false;
  return v.preconditioner == PreconditionerKind::ssor || sparse::info_of(v.preconditioner).factors;
}

std::vector<double> default_parameters_of(IccgSettings const& settings) {
  if (settings.variants.empty()) {
    return settings.method == SpdMethod::conjugate_gradients ? std::vector{settings.default_parameter()}
                                                             : std::vector<double>{};
  }
  std::vector<double> all(settings.variants.size(), 0.0);
  for (auto const& variant : settings.variants) {
    if (has_parameter(variant)) all.push_back(variant.default_parameter());
  }
  return all;
}

engine::Price operations_of(sparse::SymmetricStructure const& s, IccgSettings const& settings) {
  double const n = s.unknowns, triangle = 2 * static_cast<double>(s.entries()) + n, product = 2 * triangle;
  if (settings.method != SpdMethod::conjugate_gradients) {
    auto const factor = of_direct(s);
    double const solve = factor.solves(n) + product + n;
    return {factor.factorization + solve, solve};
  }
  double const vectors = 12 * n;
  switch (settings.preconditioner) {
    case PreconditionerKind::jacobi:
      return {n, product + vectors + n};
    case PreconditionerKind::ssor:
      return {n, product + vectors + 2 * triangle + 2 * n};
    case PreconditionerKind::incomplete_cholesky: {
      auto const factor =
          settings.fill_rule.entries ? of_kept(s, settings) : of_pattern(sparse::filled(s, settings.fill_rule.level));
      return {factor.factorization + factor.solves(n), product + vectors + factor.solves(n)};
    }
    default:
      return {0, product + vectors};
  }
}

std::string cost_name_of(sparse::SymmetricStructure const& s, IccgSettings const& settings) {
  // The pattern and its ordering decide how much fills in.
  auto const bytes = [](std::vector<std::int32_t> const& x) {
    return std::string(reinterpret_cast<char const*>(x.data()), x.size() * sizeof x[0]);
  };
  std::string name = "spd " + std::to_string(s.unknowns) + " unknowns " + std::to_string(s.entries()) + " entries " +
                     io::hash_text(bytes(s.col_ptrs) + bytes(s.row_idxs)) + " ";
  if (settings.method == SpdMethod::cholesky) return name + "direct";
  if (settings.method == SpdMethod::mixed_cholesky) return name + "direct mixed";
  auto const& preconditioner = sparse::info_of(settings.preconditioner);
  name += preconditioner.name;
  if (preconditioner.factors) {
    name += settings.fill_rule.entries ? " entries " + std::to_string(*settings.fill_rule.entries)
                                       : " level " + std::to_string(settings.fill_rule.level);
  }
  return name + " at " + io::shortest(settings.default_parameter()) + " batching " +
         std::to_string(static_cast<int>(settings.batching));
}

}  // namespace metasolve::problems
