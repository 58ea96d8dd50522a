// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shift.hpp"

namespace metasolve::kernels {

/// Incomplete Cholesky A + alpha I ~ L L' that keeps in each column its entries of largest magnitude, as many as A has
/// there plus a fixed number (Jones and Plassmann, ACM TOMS 21(1), 1995), in storage bounded accordingly, whatever the
/// fill: the same factor as IncompleteCholesky with `keep` in the complete pattern, up to rounding. Left-looking by
/// columns; one member per task.
///
/// A factor is U = L' by rows: row k holds its diagonal and then slots for the kept entries, columns ascending. Unused
/// slots hold zeros at columns without an entry.
template <class Scalar>
struct BoundedCholesky {
  LowerPatternView of_a;
  std::int32_t const* slot_begin = nullptr;  ///< [unknowns + 1]; row k has at most unknowns - k slots

  METASOLVE_HD static constexpr int work_size(int unknowns) { return 5 * unknowns; }

  /// a: of A by its lower pattern; alpha: shift.hpp. values, columns [slot_begin[unknowns]]; scratch [unknowns]; work
  /// [work_size()]. Returns whether all pivots are positive and finite; if not, columns are filled in all the same.
  template <class Values>
  METASOLVE_HD bool factor(Values a, Scalar alpha, Scalar* values, std::int32_t* columns, Scalar* scratch,
                           std::int32_t* work) const {
    int const n = of_a.unknowns;
    // Columns of L whose next row is i: head[i], next[head[i]], ...; place: slot of that row.
    std::int32_t *const head = work, *const next = work + n, *const place = work + 2 * n;
    Met met{scratch, work + 3 * n, work + 4 * n};
    for (int i = 0; i < n; ++i) head[i] = met.owner[i] = -1;
    auto const wait_for = [&](int column, int slot) {
      if (slot == slot_begin[column + 1]) return;
      place[column] = slot;
      next[column] = head[columns[slot]];
      head[columns[slot]] = column;
    };
    bool usable = true;
    for (int k = 0; k < n; ++k) {
      Scalar pivot = shifted(a[of_a.entries + k], alpha);
      met.count = 0;
      for (int e = of_a.col_ptrs[k]; e < of_a.col_ptrs[k + 1]; ++e) met.add(k, of_a.row_idxs[e], a[e]);
      for (int j = head[k]; j >= 0;) {
        int const after = next[j], slot = place[j];
        Scalar const l = values[slot];
        if (!(l == Scalar(0))) {
          pivot -= l * l;
          for (int m = slot + 1; m < slot_begin[j + 1]; ++m) {
            if (!(values[m] == Scalar(0))) met.add(k, columns[m], -(l * values[m]));
          }
        }
        wait_for(j, slot + 1);
        j = after;
      }
      usable = usable && is_positive_and_finite(pivot);
      Scalar const root = sqrt(pivot);
      int const first = slot_begin[k];
      values[first] = root;
      columns[first] = k;
      int const kept = slot_begin[k + 1] - first - 1;
      met.take_largest(kept);
      for (int i = k + 1; met.count < kept; ++i) {
        if (met.owner[i] != k) met.add(k, i, Scalar(0));
      }
      sort(met.row, met.count, [](int x, int y) { return x < y; });
      for (int m = 0; m < kept; ++m) {
        columns[first + 1 + m] = met.row[m];
        values[first + 1 + m] = scratch[met.row[m]] / root;
      }
      wait_for(k, first + 1);
    }
    return usable;
  }

 private:
  /// Entries found so far in one column.
  struct Met {
    Scalar* value;        ///< by row
    std::int32_t* owner;  ///< by row: the column for which value counts
    std::int32_t* row;    ///< [count]
    int count = 0;

    METASOLVE_HD void add(int column, int i, Scalar x) {
      if (owner[i] == column) {
        value[i] += x;
        return;
      }
      owner[i] = column;
      value[i] = x;
      row[count++] = i;
    }
    /// Ties keep the upper entry.
    METASOLVE_HD void take_largest(int kept) {
      auto const before = [this](int x, int y) { return is_kept_before(abs(value[x]), x < y, abs(value[y])); };
      if (count <= kept) return;
      // The worst kept entry is on top.
      for (int i = kept / 2 - 1; i >= 0; --i) sift(row, kept, i, before);
      for (int i = kept; i < count && kept > 0; ++i) {
        if (!before(row[i], row[0])) continue;
        exchange(row[i], row[0]);
        sift(row, kept, 0, before);
      }
      count = kept;
    }
  };

  METASOLVE_HD static void exchange(std::int32_t& x, std::int32_t& y) {
    std::int32_t const kept = x;
    x = y;
    y = kept;
  }
  /// Sifts item i in a heap whose top comes after all others.
  template <class Before>
  METASOLVE_HD static void sift(std::int32_t* item, int count, int i, Before const& before) {
    for (int child = 2 * i + 1; child < count; child = 2 * i + 1) {
      if (child + 1 < count && before(item[child], item[child + 1])) ++child;
      if (!before(item[i], item[child])) return;
      exchange(item[i], item[child]);
      i = child;
    }
  }
  template <class Before>
  METASOLVE_HD static void sort(std::int32_t* item, int count, Before const& before) {
    for (int i = count / 2 - 1; i >= 0; --i) sift(item, count, i, before);
    for (int last = count - 1; last > 0; --last) {
      exchange(item[0], item[last]);
      sift(item, last, 0, before);
    }
  }
};

}  // namespace metasolve::kernels
