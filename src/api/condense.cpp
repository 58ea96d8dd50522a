// SPDX-License-Identifier: Apache-2.0
#include "metasolve/condense.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "metasolve/detail/api/host_arrays.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

using sparse::at;
using namespace api;
using Dense = std::vector<double>;  ///< by rows

/// a b, with `rows` rows of a, `columns` columns of b.
Dense product(Dense const& a, Dense const& b, int rows, int inner, int columns) {
  Dense c(at(rows) * at(columns), 0.0);
  for (int i = 0; i < rows; ++i) {
    for (int k = 0; k < inner; ++k) {
      double const of_a = a[at(i) * at(inner) + at(k)];
      for (int j = 0; j < columns; ++j) c[at(i) * at(columns) + at(j)] += of_a * b[at(k) * at(columns) + at(j)];
    }
  }
  return c;
}
/// to += a'b, with `inner` rows of both; to: its rows begin `stride` numbers apart.
void add_transposed_product(double* to, int stride, Dense const& a, Dense const& b, int inner, int rows, int columns) {
  for (int k = 0; k < inner; ++k) {
    for (int i = 0; i < rows; ++i) {
      double const of_a = a[at(k) * at(rows) + at(i)];
      for (int j = 0; j < columns; ++j) to[at(i) * at(stride) + at(j)] += of_a * b[at(k) * at(columns) + at(j)];
    }
  }
}

bool is_finite_bound(std::span<double const> bounds, int i) { return !bounds.empty() && std::isfinite(bounds[at(i)]); }
double bound(std::span<double const> bounds, int i, double none) { return bounds.empty() ? none : bounds[at(i)]; }
constexpr double no_bound = std::numeric_limits<double>::infinity();

}  // namespace

CondensedMpc::CondensedMpc(MpcProblem const& p) : nx_(p.states), nu_(p.inputs), steps_(p.horizon) {
  for (auto const& [name, size] : {std::pair{"states", nx_}, {"inputs", nu_}, {"horizon", steps_}}) {
    if (size < 1) throw InputError(std::string(name) + " is " + std::to_string(size) + ", expected 1 or more");
  }
  std::int64_t const nx = nx_, nu = nu_;
  require_size<double>("a", p.a, nx * nx, false);
  require_size<double>("b", p.b, nx * nu, false);
  require_size<double>("q", p.q, nx * nx, false);
  require_size<double>("r", p.r, nu * nu, false);
  require_size<double>("q_end", p.q_end, nx * nx, true);
  require_size<double>("u_lower", p.u_lower, nu, true);
  require_size<double>("u_upper", p.u_upper, nu, true);
  require_size<double>("x_lower", p.x_lower, nx, true);
  require_size<double>("x_upper", p.x_upper, nx, true);
  require_finite("a", p.a);
  require_finite("b", p.b);
  require_symmetric("q", p.q, nx_);
  require_symmetric("r", p.r, nu_);
  require_symmetric("q_end", p.q_end, nx_);
  require_bounds("u", p.u_lower, p.u_upper);
  require_bounds("x", p.x_lower, p.x_upper);
  // H and C are dense, and their entries are numbered by 32 bits.
  double const entries = static_cast<double>(steps_) * steps_ * nu_ * (static_cast<double>(nu_) + nx_);
  if (entries > std::numeric_limits<std::int32_t>::max()) {
    throw InputError("horizon, inputs and states give some " + io::shortest(std::round(entries)) +
                     " entries, expected up to 2147483647; give QpSolver the states too");
  }
  a_.assign(p.a.begin(), p.a.end());
  b_.assign(p.b.begin(), p.b.end());
  q_.assign(p.q.begin(), p.q.end());
  r_.assign(p.r.begin(), p.r.end());
  q_end_.assign((p.q_end.empty() ? p.q : p.q_end).begin(), (p.q_end.empty() ? p.q : p.q_end).end());
  for (int i = 0; i < nu_; ++i) {
    has_input_bounds_ = has_input_bounds_ || is_finite_bound(p.u_lower, i) || is_finite_bound(p.u_upper, i);
  }
  for (int i = 0; i < nx_; ++i) {
    if (is_finite_bound(p.x_lower, i) || is_finite_bound(p.x_upper, i)) bounded_.push_back(i);
  }

  // x_k = powers[k] x_0 + sum_{j < k} responses[k - 1 - j] u_j.
  std::vector<Dense> powers(1, Dense(at(nx_) * at(nx_), 0.0)), responses(1, b_);
  for (int i = 0; i < nx_; ++i) powers[0][at(i) * at(nx_ + 1)] = 1;
  for (int k = 0; k < steps_; ++k) {
    powers.push_back(product(a_, powers.back(), nx_, nx_, nx_));
    responses.push_back(product(a_, responses.back(), nx_, nx_, nu_));
  }
  make_objective(powers, responses);
  make_rows(powers, responses);
  for (int k = 0; has_input_bounds_ && k < steps_; ++k) {
    for (int i = 0; i < nu_; ++i) {
      lower_.push_back(bound(p.u_lower, i, -no_bound));
      upper_.push_back(bound(p.u_upper, i, no_bound));
    }
  }
  for (int k = 0; k < steps_; ++k) {
    for (auto const i : bounded_) {
      lower_.push_back(bound(p.x_lower, i, -no_bound));
      upper_.push_back(bound(p.x_upper, i, no_bound));
    }
  }
}

/// Block (i, j) of H, i >= j, is the sum over the steps k > i of responses[k - 1 - i]' Q_k responses[k - 1 - j]: along
/// a diagonal of blocks, each sum is the next one's with a term more, apart from the last term, that of Q_N.
void CondensedMpc::make_objective(std::vector<Dense> const& powers, std::vector<Dense> const& responses) {
  int const n = variables(), width = (steps_ + 1) * nx_;
  std::vector<Dense> weighted, weighted_end;  // Q responses
  for (int t = 0; t < steps_; ++t) {
    weighted.push_back(product(q_, responses[at(t)], nx_, nx_, nu_));
    weighted_end.push_back(product(q_end_, responses[at(t)], nx_, nx_, nu_));
  }
  Dense h(at(n) * at(n), 0.0);
  auto const block = [&](int i, int j) { return h.data() + at(i) * at(nu_) * at(n) + at(j) * at(nu_); };
  for (int d = 0; d < steps_; ++d) {
    Dense sum(at(nu_) * at(nu_), 0.0);
    for (int i = steps_ - 1; i >= d; --i) {
      int const j = i - d, t = steps_ - 1 - i;
      if (t > 0) add_transposed_product(sum.data(), nu_, responses[at(t - 1)], weighted[at(t - 1 + d)], nx_, nu_, nu_);
      double* const to = block(i, j);
      for (int r = 0; r < nu_; ++r) {
        for (int c = 0; c < nu_; ++c) {
          to[at(r) * at(n) + at(c)] = sum[at(r) * at(nu_) + at(c)] + (d == 0 ? r_[at(r) * at(nu_) + at(c)] : 0.0);
        }
      }
      add_transposed_product(to, n, responses[at(t)], weighted_end[at(t + d)], nx_, nu_, nu_);
    }
  }
  h_row_ptrs_ = {0};
  for (std::int32_t i = 0; i < n; ++i) {
    for (std::int32_t j = 0; j <= i; ++j) {
      h_col_idxs_.push_back(j);
      h_values_.push_back(h[at(i) * at(n) + at(j)]);
    }
    h_row_ptrs_.push_back(static_cast<std::int32_t>(h_col_idxs_.size()));
  }

  g_of_state_.assign(at(n) * at(nx_), 0.0);
  g_of_references_.assign(at(n) * at(width), 0.0);
  for (int i = 0; i < steps_; ++i) {
    for (int k = i + 1; k <= steps_; ++k) {
      auto const& of_step = (k == steps_ ? weighted_end : weighted)[at(k - 1 - i)];  // Q_k is symmetric
      add_transposed_product(g_of_state_.data() + at(i) * at(nu_) * at(nx_), nx_, of_step, powers[at(k)], nx_, nu_,
                             nx_);
      for (int r = 0; r < nu_; ++r) {
        for (int c = 0; c < nx_; ++c) {
          g_of_references_[at(i * nu_ + r) * at(width) + at(k * nx_ + c)] = of_step[at(c) * at(nu_) + at(r)];
        }
      }
    }
  }
}

void CondensedMpc::make_rows(std::vector<Dense> const& powers, std::vector<Dense> const& responses) {
  c_row_ptrs_ = {0};
  auto const end_row = [&] { c_row_ptrs_.push_back(static_cast<std::int32_t>(c_col_idxs_.size())); };
  for (std::int32_t j = 0; j < input_rows(); ++j) {
    c_col_idxs_.push_back(j);
    c_values_.push_back(1);
    end_row();
  }
  offset_.assign(at(input_rows()) * at(nx_), 0.0);
  for (int k = 1; k <= steps_; ++k) {
    for (auto const i : bounded_) {
      for (int j = 0; j < k; ++j) {
        for (int c = 0; c < nu_; ++c) {
          double const value = responses[at(k - 1 - j)][at(i) * at(nu_) + at(c)];
          if (value == 0) continue;  // an input that does not reach the state yet
          c_col_idxs_.push_back(j * nu_ + c);
          c_values_.push_back(value);
        }
      }
      end_row();
      auto const row = powers[at(k)].begin() + std::ptrdiff_t{i} * nx_;
      offset_.insert(offset_.end(), row, row + nx_);
    }
  }
}

double CondensedMpc::reference(std::span<double const> references, int step, int state) const {
  return references[at(std::ssize(references) == nx_ ? state : step * nx_ + state)];
}

void CondensedMpc::require(std::span<double const> x0, std::span<double const> references) const {
  require_size<double>("x0", x0, nx_, false);
  std::int64_t const all = (std::int64_t{steps_} + 1) * nx_, given = std::ssize(references);
  if (given == nx_ || given == all) return;
  throw InputError("references has " + std::to_string(given) + " numbers, expected " + std::to_string(all) + ", or " +
                   std::to_string(nx_) + ", the same at each step");
}

void CondensedMpc::task(std::span<double const> x0, std::span<double const> references, std::span<double> g,
                        std::span<double> l, std::span<double> u) const {
  require(x0, references);
  require_size<double>("g", g, variables(), false);
  require_size<double>("l", l, rows(), false);
  require_size<double>("u", u, rows(), false);
  int const width = (steps_ + 1) * nx_;
  for (int j = 0; j < variables(); ++j) {
    double sum = 0;
    for (int i = 0; i < nx_; ++i) sum += g_of_state_[at(j) * at(nx_) + at(i)] * x0[at(i)];
    for (int e = 0; e < width; ++e) {
      sum -= g_of_references_[at(j) * at(width) + at(e)] * reference(references, e / nx_, e % nx_);
    }
    g[at(j)] = sum;
  }
  for (int r = 0; r < rows(); ++r) {
    double sum = 0;
    for (int i = 0; i < nx_; ++i) sum += offset_[at(r) * at(nx_) + at(i)] * x0[at(i)];
    l[at(r)] = lower_[at(r)] - sum;
    u[at(r)] = upper_[at(r)] - sum;
  }
}

CondensedMpc::Expanded CondensedMpc::expand(std::span<double const> x0, std::span<double const> references,
                                            std::span<double const> solution) const {
  require(x0, references);
  require_size<double>("solution", solution, std::int64_t{variables()} + rows(), false);
  Expanded all;
  auto const stages = at(steps_ + 1) * at(nx_);
  all.x.assign(x0.begin(), x0.end());
  all.x.resize(stages);
  for (int k = 0; k < steps_; ++k) {
    for (int i = 0; i < nx_; ++i) {
      double sum = 0;
      for (int j = 0; j < nx_; ++j) sum += a_[at(i) * at(nx_) + at(j)] * all.x[at(k * nx_ + j)];
      for (int j = 0; j < nu_; ++j) sum += b_[at(i) * at(nu_) + at(j)] * solution[at(k * nu_ + j)];
      all.x[at((k + 1) * nx_ + i)] = sum;
    }
  }
  all.x_bounds.assign(stages, 0.0);
  auto y = solution.begin() + variables() + input_rows();
  for (int k = 1; k <= steps_; ++k) {
    for (auto const i : bounded_) all.x_bounds[at(k * nx_ + i)] = *y++;
  }
  // The derivatives by x_k and u_k are 0: Q (x_k - r_k) + x_bounds_k - dynamics_k + A' dynamics_{k+1}, and so for u.
  all.dynamics.assign(stages, 0.0);
  all.u_bounds.assign(at(variables()), 0.0);
  for (int k = steps_; k >= 0; --k) {
    auto const& weights = k == steps_ ? q_end_ : q_;
    for (int i = 0; i < nx_; ++i) {
      double sum = all.x_bounds[at(k * nx_ + i)];
      for (int j = 0; j < nx_; ++j) {
        sum += weights[at(i) * at(nx_) + at(j)] * (all.x[at(k * nx_ + j)] - reference(references, k, j));
        if (k < steps_) sum += a_[at(j) * at(nx_) + at(i)] * all.dynamics[at((k + 1) * nx_ + j)];
      }
      all.dynamics[at(k * nx_ + i)] = sum;
    }
    for (int i = 0; k < steps_ && i < nu_; ++i) {
      double sum = 0;
      for (int j = 0; j < nu_; ++j) sum -= r_[at(i) * at(nu_) + at(j)] * solution[at(k * nu_ + j)];
      for (int j = 0; j < nx_; ++j) sum -= b_[at(j) * at(nu_) + at(i)] * all.dynamics[at((k + 1) * nx_ + j)];
      all.u_bounds[at(k * nu_ + i)] = sum;
    }
  }
  return all;
}

namespace {

/// Blocks of `width` from `first` on: each in place of the one before, the last one twice.
void append_shift(std::vector<std::int32_t>& to, int first, int blocks, int width) {
  for (int k = 0; k < blocks; ++k) {
    int const from = k + 1 < blocks ? k + 1 : k;
    for (int i = 0; i < width; ++i) to.push_back(first + from * width + i);
  }
}

}  // namespace

std::vector<std::int32_t> CondensedMpc::shift_x() const {
  std::vector<std::int32_t> shift;
  append_shift(shift, 0, steps_, nu_);
  return shift;
}

std::vector<std::int32_t> CondensedMpc::shift_y() const {
  std::vector<std::int32_t> shift;
  if (has_input_bounds_) append_shift(shift, 0, steps_, nu_);
  append_shift(shift, input_rows(), steps_, static_cast<int>(bounded_.size()));
  return shift;
}

}  // namespace metasolve
