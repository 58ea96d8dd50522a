// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/choose_batching.hpp"

#include <algorithm>

#include "metasolve/detail/sparse/preconditioners.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

/// Entries of L kept in lockstep: fill by magnitude needs a pattern of all possible entries, at most the envelope.
std::int64_t fill_in_lockstep(sparse::SymmetricStructure const& s, IccgSettings const& settings) {
  if (!sparse::info_of(settings.preconditioner).factors) return 0;
  if (settings.fill_rule.entries) return envelope(s);
  // A rough estimate without analysis: the entries double with each level.
  return std::min(envelope(s), s.entries() << std::min(settings.fill_rule.level, 8));
}

}  // namespace

std::int64_t near_numbers(sparse::SymmetricStructure const& s, std::int64_t fill) {
  std::int64_t const n = s.unknowns, vectors = 4 + 2 * 3 + 1;  // workspace, two states, right-hand side
  return s.entries() + n + fill + n + vectors * n;
}

std::int64_t envelope(sparse::SymmetricStructure const& s) {
  std::vector<std::int32_t> first(static_cast<std::size_t>(s.unknowns));
  for (std::int32_t i = 0; i < s.unknowns; ++i) first[static_cast<std::size_t>(i)] = i;
  for (auto const& [i, j] : places_of(s)) {
    auto& leftmost = first[static_cast<std::size_t>(i)];
    leftmost = std::min(leftmost, j);
  }
  std::int64_t sum = 0;
  for (std::int32_t i = 0; i < s.unknowns; ++i) sum += i - first[static_cast<std::size_t>(i)];
  return sum;
}

bool goes_by_blocks(sparse::SymmetricStructure const& s, IccgSettings const& settings, std::int64_t scratch_bytes,
                    engine::StageLimits const& limits) {
  auto const& preconditioner = sparse::info_of(settings.preconditioner);
  if (settings.batching == Batching::block_diagonal && !preconditioner.in_blocks) {
    throw InputError("solver.batching: \"block-diagonal\" is not there for the preconditioner \"" +
                     std::string(preconditioner.name) + "\"; expected \"auto\" or \"lockstep\"");
  }
  if (settings.batching != Batching::automatic) return settings.batching == Batching::block_diagonal;
  if (!preconditioner.in_blocks) return false;
  if (limits.tape_bytes > 0 && limits.gradient != engine::Gradient::difference) return false;
  std::int64_t const fill = fill_in_lockstep(s, settings);
  // Fill by magnitude in lockstep computes all entries that could fill in.
  constexpr std::int64_t fill_that_pays = 8;
  if (settings.fill_rule.entries) {
    std::int64_t const kept = s.entries() + std::int64_t{s.unknowns} * *settings.fill_rule.entries;
    if (fill > fill_that_pays * kept) return true;
  }
  return scratch_bytes > 0 && near_numbers(s, fill) * static_cast<std::int64_t>(sizeof(double)) > scratch_bytes;
}

}  // namespace metasolve::problems
