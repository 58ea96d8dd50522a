// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "c_api_solver.hpp"

/// Linear systems by the fuzzed C interface.
namespace metasolve::fuzz {

/// Options that fit each other or do not. Sets `wrong` if a solver must refuse them.
inline metasolve_linear_options any_linear_options(Choices& in, bool& wrong) {
  metasolve_linear_options o = METASOLVE_LINEAR_OPTIONS_DEFAULT;
  auto const choose = [&](std::int32_t& of, std::int32_t last) {
    of = static_cast<std::int32_t>(in.one_in(20) ? last + 1 : in.range(0, last));
    wrong |= of > last;
  };
  choose(o.matrix, METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE);
  choose(o.method, METASOLVE_LINEAR_METHOD_GMRES);
  choose(o.ordering, METASOLVE_LINEAR_ORDERING_AMD);
  if (in.one_in(3)) choose(o.precision, METASOLVE_PRECISION_MIXED);
  if (in.one_in(2)) choose(o.preconditioner, METASOLVE_PRECONDITIONER_AUTOMATIC);
  o.keeps_factors = in.one_in(3) ? 1 : 0;
  std::int32_t const odd[] = {-1, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  auto const amount = [&](std::int32_t& of, std::int32_t least, std::int32_t most) {
    of = in.one_in(20) ? odd[in.byte() % std::size(odd)] : static_cast<std::int32_t>(in.range(least, most));
    wrong |= of < least || of > most;
  };
  amount(o.block_size, 1, 16);
  amount(o.restart, 1, 200);
  if (in.one_in(3)) o.fill_level = in.one_in(6) ? odd[in.byte() % std::size(odd)] : 1;
  wrong |= o.fill_level < 0;
  bool const is_definite = o.matrix == METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE;
  bool const is_krylov = o.method >= METASOLVE_LINEAR_METHOD_CG;
  wrong |= (o.method == METASOLVE_LINEAR_METHOD_CHOLESKY || o.method == METASOLVE_LINEAR_METHOD_CG) && !is_definite;
  wrong |= o.method == METASOLVE_LINEAR_METHOD_LDL && o.matrix == METASOLVE_LINEAR_MATRIX_GENERAL;
  wrong |= is_krylov && (o.keeps_factors != 0 || o.precision != METASOLVE_PRECISION_FULL);
  return o;
}

inline void linear(Choices& in, Memory& memory) {
  AnyPattern const pattern(in, in.one_in(3));
  auto const given = pattern.view();
  Call call;
  call.set_up(in);
  bool wrong = call.wrong || pattern.wrong;
  auto options = any_linear_options(in, wrong);
  wrong |= spoils_size(in, options);
  auto const create = [&](auto const* setup, auto** to) {
    return metasolve_linear_solver_create(executor(), &given, &options, setup, to);
  };
  auto const bytes = [&](auto const* setup, std::size_t* to) {
    return metasolve_linear_solver_workspace_bytes(executor(), &given, &options, setup, to);
  };
  auto const solver = made<metasolve_linear_solver>(in, memory, call, wrong, bytes, create);
  if (!solver) return;
  require(metasolve_linear_solver_method(solver.get()) != METASOLVE_LINEAR_METHOD_AUTOMATIC, "a method is chosen");
  require(metasolve_linear_solver_ordering(solver.get()) != METASOLVE_LINEAR_ORDERING_AUTOMATIC, "an order is chosen");
  bool const is_krylov = metasolve_linear_solver_method(solver.get()) >= METASOLVE_LINEAR_METHOD_CG;
  std::int64_t const n = pattern.unknowns(), entries = pattern.entries();
  call.choose(in, memory, n, false);
  metasolve_linear_tasks tasks = METASOLVE_LINEAR_TASKS_DEFAULT;
  tasks.count = call.count;
  auto const values = pattern.values(in, memory, call.room);
  auto const rhs = filled_view(in, memory, call.room, n, -1, 1);
  View guess;
  if (is_krylov && in.one_in(3)) guess = filled_view(in, memory, call.room, n, -1, 1);
  tasks.values = values.in(), tasks.rhs = rhs.in(), tasks.guess = guess.in();
  if (is_krylov) {
    tasks.shift = any_column(in, memory, call.room, 0, 0.1);
    tasks.omega = any_column(in, memory, call.room, 0.5, 1.5);
  }
  if (in.one_in(24)) tasks.rhs.data = nullptr, call.wrong |= call.count > 0;
  call.wrong |= spoils_size(in, tasks);
  call.keep_what_is_there();
  auto const a = values.copy(call.room, entries), b = rhs.copy(call.room, n);
  auto const x0 = guess.data != nullptr ? guess.copy(call.room, n) : std::vector<double>();

  int const code = metasolve_linear_solver_solve(solver.get(), &tasks, &call.stopping, &call.results);
  auto const alone = code == METASOLVE_CODE_OK ? for_one<metasolve_linear_solver>(call, create) : nullptr;
  call.judge(code, [&](std::int64_t t, metasolve_stopping const& stopping, Outcome& outcome) {
    metasolve_linear_tasks one = METASOLVE_LINEAR_TASKS_DEFAULT;
    one.count = 1;
    one.values = row_of(a, t, entries), one.rhs = row_of(b, t, n), one.guess = row_of(x0, t, n);
    one.shift = number_of(tasks.shift, t), one.omega = number_of(tasks.omega, t);
    auto const results = outcome.results();
    require(metasolve_linear_solver_solve(alone.get(), &one, &stopping, &results) == METASOLVE_CODE_OK,
            "a system can be solved alone");
  });
  if (code != METASOLVE_CODE_OK) return;

  // With the factors kept the same call has the same result.
  if (options.keeps_factors != 0) {
    auto const before = call.solution.data != nullptr ? call.solution.copy(call.count, n) : std::vector<double>();
    require(
        metasolve_linear_solver_solve_again(solver.get(), &tasks, &call.stopping, &call.results) == METASOLVE_CODE_OK,
        "what was solved can be solved again");
    auto const again = call.solution.data != nullptr ? call.solution.copy(call.count, n) : std::vector<double>();
    require(before.empty() || std::memcmp(before.data(), again.data(), before.size() * sizeof(double)) == 0,
            "solved again, a task has the same solution");
  }
  std::int64_t const room = std::max<std::int64_t>(call.count, 1);
  auto const x_bar = filled_view(in, memory, room, n, -1, 1), b_bar = any_view(in, memory, room, n);
  View a_bar;
  metasolve_linear_gradient gradient = METASOLVE_LINEAR_GRADIENT_DEFAULT;
  gradient.solution_bar = x_bar.in(), gradient.rhs_bar = b_bar.out();
  if (in.one_in(2)) {
    a_bar = any_view(in, memory, room, entries);
    gradient.values_bar = a_bar.out(), gradient.solution = x_bar.in();
  }
  int const found = metasolve_linear_solver_gradient(solver.get(), &tasks, &gradient, &call.stopping, &call.results);
  require(found == METASOLVE_CODE_OK || found == METASOLVE_CODE_INVALID_INPUT, "a gradient is found or refused");
}

}  // namespace metasolve::fuzz
