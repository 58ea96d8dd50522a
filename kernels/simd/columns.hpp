// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hd.hpp"
#include "metasolve/types.hpp"

namespace metasolve::kernels {

/// The numbers of each task of a batch in the caller's layout: N columns. Owns nothing.
template <class T, int N>
struct Columns {
  Column<T> column[N];

  METASOLVE_HD T operator()(std::int64_t task, int c) const {
    Column<T> const& of = column[c];
    return of.data != nullptr ? of.data[task * of.stride] : of.value;
  }

  /// From rows [tasks][width], column c at row[c]. Null rows: no memory yet.
  static Columns of_rows(T const* rows, std::int64_t width) {
    Columns all;
    if (rows == nullptr) return all;
    for (int c = 0; c < N; ++c) all.column[c] = {rows + c, width};
    return all;
  }
};

}  // namespace metasolve::kernels
