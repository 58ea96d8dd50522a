// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/shift.hpp"
#include "direct_tasks.hpp"

namespace metasolve::kernels {

/// The larger of `largest` and |x|; NaN if either is.
template <class Number>
METASOLVE_HD Number larger(Number const& largest, Number const& x) {
  return larger_of(largest, abs(x));
}

/// ||v||^2, fused alike by packs and single numbers.
template <class T, class Number>
METASOLVE_HD Number sum_of_squares(T const& team, int n, Number const* v) {
  Number strand[4] = {Number(0.0), Number(0.0), Number(0.0), Number(0.0)};
  for (int i = team.rank(), s = 0; i < n; i += team.size(), s = (s + 1) % 4) {
    strand[s] = minus_product(strand[s], -Number(v[i]), Number(v[i]));
  }
  return team.sum((strand[0] + strand[1]) + (strand[2] + strand[3]));
}

/// The tasks that a team solves together: one, or one a lane. A lane without a task repeats the first one. The solved
/// systems are (s A) y = t b with powers of two s and t, x = y s / t: squares do not overflow, and float factors hold
/// the entries of any matrix.
template <class Number>
class DirectGroup {
 public:
  static constexpr int lanes = lanes_of<Number>;

  METASOLVE_HD DirectGroup(DirectTasks const& tasks, LockstepArguments<double> const& a, std::int64_t first)
      : tasks_(tasks), a_(a) {
    for (int l = 0; l < lanes; ++l) {
      bool const is_there = first + l < a.slots;
      occupied_ += is_there ? 1 : 0;
      std::int64_t const slot = slot_[l] = a.slot(is_there ? first + l : first);
      task_[l] = a.task(slot);
      set_lane(tolerance, l, a.tolerance[slot]);
      set_lane(limit, l, double(a.max_iterations_of(slot)));
    }
  }

  Number tolerance{0.0}, limit{0.0};

  /// t b, in the order of elimination. Syncs.
  template <class T>
  METASOLVE_HD void load_rhs(T const& team, Number* b) {
    int const n = tasks_.unknowns;
    Number largest(0.0);
    for_each(team, n, [&](int i) {
      Number x(0.0);
      for (int l = 0; l < lanes; ++l) set_lane(x, l, tasks_.rhs(task_[l], caller(i)));
      b[i] = x;
      largest = larger(largest, x);
    });
    largest = team.sum(largest);
    Number first(1.0), second(1.0);
    for (int l = 0; l < lanes; ++l) {
      double const size = lane(largest, l);
      rhs_exponent_[l] = size > 0 && is_finite(size) ? floor_log2(size) : 0;
      auto const pair = PowerPair<double>::of(-rhs_exponent_[l]);
      set_lane(first, l, pair.first);
      set_lane(second, l, pair.second);
    }
    largest_rhs_ = largest * first * second;
    for_each(team, n, [&](int i) { b[i] = Number(b[i]) * first * second; });
    team.sync();
    norm_ = sqrt(sum_of_squares(team, n, b));
  }

  /// s A into the factor [size], unless that is null; s is 1 unless A's numbers are near the ends of their range, or
  /// the factor's are floats. Returns the lanes whose A and b are finite. Syncs.
  template <class F, class T>
  METASOLVE_HD auto load_matrix(T const& team, F* factor, int size) {
    Number largest(0.0);
    auto const store = [&](int e, Number const& x) {
      F const a = converted<F>(x);
      factor[tasks_.place[e]] = a;
      if (tasks_.mirror_place != nullptr) factor[tasks_.mirror_place[e]] = a;
    };
    constexpr bool scales_before = sizeof(real_of<F>) < sizeof(double);  // floats could overflow
    bool const stores = factor != nullptr;
    if (stores) {
      for_each(team, size, [&](int i) { factor[i] = F(real_of<F>(0)); });
      team.sync();
    }
    for_values(team, [&](int e, Number const& x) {
      largest = larger(largest, x);
      if (stores && !scales_before) store(e, x);
    });
    largest = team.sum(largest);
    constexpr int ordinary = 400, most = 1000;
    bool scales = false;
    for (int l = 0; l < lanes; ++l) {
      double const x = lane(largest, l);
      int e = x > 0 && is_finite(x) ? floor_log2(x) : 0;
      if (!scales_before && e <= ordinary && e >= -ordinary) e = 0;
      scales = scales || e != 0;
      e = e > most ? most : e < -most ? -most : e;
      matrix_exponent_[l] = e;
      set_lane(matrix_scale_, l, power_of_two<double>(-e));
    }
    largest_entry_ = largest * matrix_scale_;
    team.sync();
    if (stores && (scales || scales_before)) {
      for_values(team, [&](int e, Number const& x) { store(e, x * matrix_scale_); });
      team.sync();
    }
    Number const none(infinity<double>());
    return largest_entry_ < none && largest_rhs_ < none;
  }

  /// Stores with kept factors which are usable, or returns what was stored.
  template <class T, class Mask>
  METASOLVE_HD Mask remember(T const& team, Mask usable) {
    if (tasks_.factors == Factors::keep && team.rank() == 0) {
      for (int l = 0; l < occupied_; ++l) {
        tasks_.usable[slot_[l]] = static_cast<std::int32_t>(bits(usable) >> l & 1u);
      }
    }
    if (tasks_.factors != Factors::reuse) return usable;
    unsigned set = 0;
    for (int l = 0; l < lanes; ++l) set |= tasks_.usable[slot_[l]] != 0 ? 1u << l : 0u;
    return usable && lanes_where<Number>(set);
  }

  /// r = t b - s A y; returns ||r|| / ||t b|| and sets what the last test needs. Syncs.
  template <class T>
  METASOLVE_HD Number residual(T const& team, Number const* b, Number const* y, Number* r) {
    int const n = tasks_.unknowns;
    if constexpr (T::is_solo) {
      for (int i = 0; i < n; ++i) r[i] = b[i];
      // A row's sum stays in a register while its entries follow each other: else each would wait for the last store.
      int current = 0;
      Number sum = r[0];
      for_values(team, [&](int e, Number const& x) {
        int const i = tasks_.transposed ? tasks_.column[e] : tasks_.row[e];
        int const j = tasks_.transposed ? tasks_.row[e] : tasks_.column[e];
        Number const a = x * matrix_scale_;
        if (i != current) {
          r[current] = sum;
          current = i;
          sum = r[i];
        }
        sum = minus_product(sum, a, y[j]);
        if (tasks_.mirrors && i != j) r[j] = minus_product(r[j], a, y[i]);
      });
      r[current] = sum;
    } else {
      for_each(team, n, [&](int i) {
        Number sum = b[i];
        for (int k = tasks_.row_ptrs[i]; k < tasks_.row_ptrs[i + 1]; ++k) {
          sum = minus_product(sum, value(tasks_.value_of[k]) * matrix_scale_, Number(y[tasks_.column_of[k]]));
        }
        r[i] = sum;
      });
      team.sync();
    }
    Number largest(0.0);
    for_each(team, n, [&](int i) { largest = larger(largest, Number(r[i])); });
    largest = team.sum(largest);
    Number const size = sum_over<Number>(team, n, [&](int i) { return abs(Number(y[i])); });
    next_error_ = largest / (largest_entry_ * size + largest_rhs_);
    Number const squares = sum_of_squares(team, n, r);
    Number const zero(0.0);
    return select(norm_ > zero, sqrt(squares) / norm_, squares);
  }

  /// The last residual counts where `better`: its backward error is kept, and the history written.
  template <class T, class Mask>
  METASOLVE_HD void accept(T const& team, int k, Number const& measure, Mask better) {
    backward_error_ = select(better, next_error_, backward_error_);
    if (!a_.history || team.rank() != 0) return;
    for (int l = 0; l < occupied_; ++l) {
      if ((bits(better) >> l & 1u) != 0) a_.history(slot_[l], k) = lane(measure, l);
    }
  }

  /// Writes the results. usable: lanes with a factor. has_growth: the factors may have grown without bound. A task with
  /// a larger backward error than rounding explains solves no system near the given one (Higham, Accuracy and
  /// Stability of Numerical Algorithms, chapters 7 and 9).
  template <class T>
  METASOLVE_HD void finish(T const& team, Number const* y, Number const& measure, Number const& refinements,
                           unsigned usable, bool has_growth) const {
    int const n = tasks_.unknowns;
    Number first(1.0), second(1.0), zero(0.0);
    for (int l = 0; l < lanes; ++l) {
      auto const pair = PowerPair<double>::of(rhs_exponent_[l] - matrix_exponent_[l]);
      set_lane(first, l, pair.first);
      set_lane(second, l, pair.second);
    }
    auto const solution = [&](int i) { return Number(y[i]) * first * second; };
    Number rest = zero;  // NaN where x is not finite
    for_each(team, n, [&](int i) { rest += zero * solution(i); });
    rest = team.sum(rest);
    unsigned writes = 0;
    for (int l = 0; l < occupied_; ++l) {
      double const m = lane(measure, l) + lane(rest, l);
      auto const status = status_of_lane(l, m, lane(refinements, l), (usable >> l & 1u) != 0, has_growth);
      if (team.rank() == 0) {
        bool const broke_down = status == Status::breakdown;
        // A task that is not solved costs its limit, as in iterative methods.
        double const steps = lane(status == Status::converged ? refinements : limit, l);
        TaskSpent<double> const spent{steps, true, 0, steps};
        write_outcome(a_, slot_[l], status, static_cast<std::int32_t>(lane(refinements, l)),
                      broke_down ? infinity<double>() : m, spent);
        if (tasks_.origin) tasks_.origin[slot_[l]] = Origin::chosen;
      }
      if (a_.writes_solution(slot_[l], status)) writes |= 1u << l;
    }
    if (writes == 0) return;
    for_each(team, n, [&](int i) {
      Number const x = solution(i);
      for (int l = 0; l < occupied_; ++l) {
        if ((writes >> l & 1u) != 0) a_.solution(slot_[l], caller(i)) = lane(x, l);
      }
    });
  }

 private:
  METASOLVE_HD int caller(int i) const { return tasks_.unknown_at != nullptr ? tasks_.unknown_at[i] : i; }
  METASOLVE_HD Number value(int e) const {
    Number x(0.0);
    for (int l = 0; l < lanes; ++l) set_lane(x, l, tasks_.values(task_[l], e));
    return x;
  }
  /// use(e, value(e)) for all entries that are read. A pack takes a row of entries from each task at a time, where
  /// these are adjacent.
  template <class T, class Use>
  METASOLVE_HD void for_values(T const& team, Use&& use) const {
    int done = 0;
    if constexpr (lanes > 1) {
      if (tasks_.values.item_stride == 1) {
        double const* row[lanes];
        for (int l = 0; l < lanes; ++l) row[l] = tasks_.values.data + task_[l] * tasks_.values.task_stride;
        for (; done + lanes <= tasks_.entries; done += lanes) {
          Number block[lanes];
          for (int l = 0; l < lanes; ++l) block[l] = Number::load(row[l] + done);
          transpose(block);
          for (int i = 0; i < lanes; ++i) {
            if (tasks_.place[done + i] >= 0) use(done + i, block[i]);
          }
        }
      }
    }
    for_each(team, tasks_.entries - done, [&](int m) {
      if (tasks_.place[done + m] >= 0) use(done + m, value(done + m));
    });
  }
  METASOLVE_HD Status status_of_lane(int l, double measure, double refinements, bool usable, bool has_growth) const {
    double const inputs = lane(largest_entry_, l) + lane(largest_rhs_, l);
    if (!is_finite(inputs)) return Status::not_finite;
    if (!usable) return Status::breakdown;
    if (!is_finite(measure)) return Status::not_finite;
    if (measure <= lane(tolerance, l)) return Status::converged;
    double const explained = 1e-14 * (tasks_.unknowns + 100);
    if (has_growth && !(lane(backward_error_, l) <= explained)) return Status::breakdown;
    return refinements >= lane(limit, l) ? Status::iteration_limit : Status::stagnated;
  }

  DirectTasks const& tasks_;
  LockstepArguments<double> const& a_;
  int occupied_ = 0;
  std::int64_t slot_[lanes], task_[lanes];
  int rhs_exponent_[lanes], matrix_exponent_[lanes];
  Number matrix_scale_{1.0}, largest_entry_{0.0}, largest_rhs_{0.0}, norm_{0.0};
  Number next_error_{0.0}, backward_error_{0.0};
};

}  // namespace metasolve::kernels
