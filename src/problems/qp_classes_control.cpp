// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <complex>
#include <utility>

#include "metasolve/detail/problems/qp_classes.hpp"
#include "metasolve/detail/problems/qp_dense.hpp"
#include "metasolve/detail/problems/qp_mpc.hpp"
#include "metasolve/detail/sparse/at.hpp"

/// Control of random stable systems.
namespace metasolve::problems {

using sparse::at;

namespace {

/// Moves an eigenvalue of about 1 or more in modulus into the unit circle.
double stabilising_factor(std::complex<double> eigenvalue) {
  double const modulus = std::abs(eigenvalue);
  return modulus < 1 - 1e-2 ? 1 : 1 / (modulus + 1e-2);
}

void add_to(DenseMatrix& a, DenseMatrix const& b) {
  for (std::size_t i = 0; i < a.values.size(); ++i) a.values[i] += b.values[i];
}

void symmetrise(DenseMatrix& a) {
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < i; ++j) a(i, j) = a(j, i) = (a(i, j) + a(j, i)) / 2;
}

/// The stabilising X = A'X (I + G X)^-1 A + H, G = B R^-1 B', by doubling (Chu, Fan, Lin and Wang, Int. J. Control 77,
/// 2004).
DenseMatrix riccati_solution(DenseMatrix a, DenseMatrix g, DenseMatrix h) {
  for (int i = 0; i < 60; ++i) {
    DenseMatrix w = g * h;
    for (int k = 0; k < w.rows; ++k) w(k, k) += 1;
    DenseMatrix const w_a = solved(w, a), w_g = solved(w, g), a_t = a.transposed();
    DenseMatrix const more = a_t * (h * w_a);
    add_to(g, a * (w_g * a_t));
    add_to(h, more);
    a = a * w_a;
    symmetrise(g);
    symmetrise(h);
    double change = 0, largest = 0;
    for (std::size_t k = 0; k < h.values.size(); ++k) {
      change = std::max(change, std::abs(more.values[k]));
      largest = std::max(largest, std::abs(h.values[k]));
    }
    if (!(change > 1e-14 * largest)) break;
  }
  return h;
}

LinearMpc random_mpc(int states, NumberSequence& numbers) {
  int const inputs = states / 2;
  LinearMpc mpc{.states = states, .inputs = inputs, .horizon = 10, .keeps_zeros = true};
  DenseMatrix a(states, states), b(states, inputs), g(states, states), q(states, states);
  for (double& value : a.values) value = 0.1 * numbers.normal();
  for (double& value : b.values) value = numbers.normal();
  double const input_weight = 0.1;
  for (int i = 0; i < states; ++i) {
    double const weight = numbers.uniform();
    q(i, i) = numbers.uniform() < 0.7 ? weight : 0;
    a(i, i) += 1;
  }
  a = with_scaled_eigenvalues(a, stabilising_factor);
  g = b * b.transposed();
  for (double& value : g.values) value /= input_weight;
  DenseMatrix const cost = riccati_solution(a, g, q);
  // The published terminal weight is the square of the Riccati equation's solution. Without the 1/2 of x'P x / 2, all
  // weights are doubled.
  mpc.q_end = (cost * cost.transposed()).values;
  for (double& value : mpc.q_end) value *= 2;
  for (int i = 0; i < states; ++i) mpc.q.push_back(2 * q(i, i));
  mpc.r.assign(at(inputs), 2 * input_weight);
  mpc.a = a.transposed().values;
  mpc.b = b.transposed().values;
  for (int i = 0; i < inputs; ++i) mpc.u_max.push_back(numbers.uniform());
  for (int i = 0; i < states; ++i) mpc.x_max.push_back(1 + numbers.uniform());
  for (double const bound : mpc.u_max) mpc.u_min.push_back(-bound);
  for (double const bound : mpc.x_max) mpc.x_min.push_back(-bound);
  return mpc;
}

}  // namespace

QpFamily control_family(int size, std::uint64_t /*pattern_seed: all matrices are full*/) {
  return family_of_class("control", [size](NumberSequence numbers) {
    LinearMpc const mpc = random_mpc(size, numbers);
    std::vector<double> x_0;
    for (double const bound : mpc.x_max) x_0.push_back((numbers.uniform() - 0.5) * bound);
    FullMpc form(mpc);
    QpInstance task;
    std::vector<double> const reference(at(size), 0.0);
    task.q.resize(at(form.p.pattern.rows()));
    task.l.resize(at(form.a.pattern.rows()));
    task.u.resize(task.l.size());
    form.vectors(mpc, x_0.data(), reference.data(), task.q.data(), task.l.data(), task.u.data());
    task.p = std::move(form.p);
    task.a = std::move(form.a);
    task.penalty_group.assign(at(mpc.all_states()), 2);
    task.penalty_group.resize(at(2 * mpc.all_states()), 1);
    task.penalty_group.resize(task.l.size(), 0);

    std::vector<double> last, influence;
    for (int i = 0; i < size; ++i) {
      last.push_back(std::log(1e-6 + mpc.q_end[at(i * size + i)]));
      double sum = 0;
      for (int j = 0; j < mpc.inputs; ++j) sum += std::pow(mpc.b[at(i * mpc.inputs + j)], 2);
      influence.push_back(std::sqrt(sum));
    }
    task.tell("x_0", x_0, 12);
    task.tell("Q", mpc.q, 12);
    task.tell("log Q_N", last, 12);
    task.tell("|b_i|", influence, 12);
    task.tell("x_max", mpc.x_max, 12);
    task.tell("u_max", mpc.u_max, 6);
    return task;
  });
}

}  // namespace metasolve::problems
