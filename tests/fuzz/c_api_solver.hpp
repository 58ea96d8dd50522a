// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <type_traits>

#include "c_api_call.hpp"

/// Solvers and patterns of the fuzzed C interface.
namespace metasolve::fuzz {

template <class Handle>
struct Releases {
  void operator()(Handle* p) const {
    if constexpr (std::is_same_v<Handle, metasolve_implicit_euler_solver>) metasolve_implicit_euler_solver_release(p);
    if constexpr (std::is_same_v<Handle, metasolve_cg_solver>) metasolve_cg_solver_release(p);
    if constexpr (std::is_same_v<Handle, metasolve_jacobi_solver>) metasolve_jacobi_solver_release(p);
    if constexpr (std::is_same_v<Handle, metasolve_linear_solver>) metasolve_linear_solver_release(p);
  }
};
template <class Handle>
using Owned = std::unique_ptr<Handle, Releases<Handle>>;

inline metasolve_executor* executor() {
  static metasolve_executor* const one = [] {
    metasolve_executor* e = nullptr;
    require(metasolve_executor_open_cpu(1, &e) == METASOLVE_CODE_OK, "an executor can be opened");
    return e;
  }();
  return one;
}

/// Creates a solver by create(setup, to), or none if rejected; sometimes in the caller's memory.
template <class Handle, class Bytes, class Create>
Owned<Handle> made(Choices& in, Memory& memory, Call& call, bool wrong, Bytes&& bytes_of, Create&& create) {
  std::size_t bytes = 0;
  int const planned = bytes_of(&call.setup, &bytes);
  require(!(wrong && planned == METASOLVE_CODE_OK), "what is wrong for a solver is wrong for its workspace");
  if (planned == METASOLVE_CODE_OK && in.one_in(3)) {
    constexpr std::size_t alignment = 256;
    auto const room = static_cast<std::int64_t>(bytes + 2 * alignment);
    auto const begin = reinterpret_cast<std::uintptr_t>(memory.take<char>(room));
    auto const aligned = (begin + alignment - 1) / alignment * alignment;
    bool const is_misaligned = in.one_in(6), is_small = bytes > 0 && in.one_in(6);
    call.setup.workspace = {reinterpret_cast<void*>(aligned + (is_misaligned ? 8 : 0)), bytes - (is_small ? 1 : 0)};
    wrong |= is_misaligned || is_small;
  }
  Handle* handle = reinterpret_cast<Handle*>(8);
  int const code = create(&call.setup, &handle);
  require(code == METASOLVE_CODE_OK || handle == nullptr, "after a failure there is no handle");
  require(code == METASOLVE_CODE_OK || code == METASOLVE_CODE_INVALID_INPUT || code == METASOLVE_CODE_OUT_OF_MEMORY,
          "a solver is made or refused");
  require(!(wrong && code == METASOLVE_CODE_OK), "a wrong set-up is refused");
  return Owned<Handle>(handle);
}
/// For one task.
template <class Handle, class Create>
Owned<Handle> for_one(Call const& call, Create&& create) {
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  setup.capacity = 1;
  setup.meta_solver = call.setup.meta_solver;
  Handle* handle = nullptr;
  require(create(&setup, &handle) == METASOLVE_CODE_OK, "a solver for one task can be made");
  return Owned<Handle>(handle);
}

inline metasolve_const_batch_view row_of(std::vector<double> const& all, std::int64_t t, std::int64_t items) {
  return {all.empty() ? nullptr : all.data() + t * items, items, 1};
}

/// A symmetric pattern of up to 7 unknowns, full or its lower triangle; sometimes one that must be rejected.
struct AnyPattern {
  std::vector<std::int32_t> row_ptrs{0}, column;
  bool wrong = false;

  AnyPattern(Choices& in, bool lower) {
    auto const n = static_cast<std::int32_t>(in.range(1, 7));
    auto const bits = in.word();
    auto const has = [&](std::int32_t i, std::int32_t j) {
      return i == j || (bits >> (std::max(i, j) * 7 + std::min(i, j)) & 1U) != 0;
    };
    for (std::int32_t i = 0; i < n; ++i) {
      for (std::int32_t j = 0; j < (lower ? i + 1 : n); ++j) {
        if (has(i, j)) column.push_back(j);
      }
      row_ptrs.push_back(static_cast<std::int32_t>(column.size()));
    }
    if (!in.one_in(12)) return;
    // None of them is valid anywhere.
    std::int32_t const odd[] = {-1, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    auto& numbers = in.one_in(2) ? column : row_ptrs;
    numbers[in.byte() % numbers.size()] = odd[in.byte() % std::size(odd)];
    wrong = true;
  }
  [[nodiscard]] std::int32_t unknowns() const { return static_cast<std::int32_t>(row_ptrs.size()) - 1; }
  [[nodiscard]] std::int32_t entries() const { return static_cast<std::int32_t>(column.size()); }
  [[nodiscard]] metasolve_pattern view() const { return {unknowns(), entries(), row_ptrs.data(), column.data()}; }

  /// Values of its matrices, with a dominant diagonal, or arbitrary.
  [[nodiscard]] View values(Choices& in, Memory& memory, std::int64_t tasks) const {
    auto const v = filled_view(in, memory, tasks, entries(), -1, 1);
    for (std::int64_t t = 0; t < tasks && !in.one_in(8); ++t) {
      for (std::int32_t i = 0; i < unknowns(); ++i) {
        for (auto e = row_ptrs[static_cast<std::size_t>(i)]; e < row_ptrs[static_cast<std::size_t>(i) + 1]; ++e) {
          if (column[static_cast<std::size_t>(e)] == i) v.at(t, e) = in.real(4, 9);
        }
      }
    }
    return v;
  }
};

}  // namespace metasolve::fuzz
