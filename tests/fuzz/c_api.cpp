// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "c_api_linear.hpp"
#include "models.hpp"

/// The C interface with arguments chosen by the input. A call is rejected with a code and a reason, or each of its
/// tasks has the same result as alone, to the bit.
namespace metasolve::fuzz {
namespace {

metasolve_meta_solver const* model(char const* problem) {
  auto const path = std::filesystem::temp_directory_path() / ("metasolve-fuzz-" + std::to_string(::getpid()));
  write_model(path, problem);
  metasolve_meta_solver* m = nullptr;
  int const code = metasolve_meta_solver_load(path.c_str(), &m);
  require(code == METASOLVE_CODE_OK, metasolve_last_error());
  std::filesystem::remove(path);
  return m;
}

void ode(Choices& in, Memory& memory) {
  static auto const* const robertson = model("robertson");
  char const* const names[] = {"robertson", "van_der_pol", "orego", "hires", "pollution", "no such system"};
  auto const which = in.byte() % std::size(names);
  Call call;
  call.set_up(in);
  bool wrong = call.wrong || which == 5;
  if (in.one_in(3)) call.setup.meta_solver = robertson, wrong |= which != 0;
  metasolve_implicit_euler_options options = METASOLVE_IMPLICIT_EULER_OPTIONS_DEFAULT;
  options.clamps = in.byte() % 2;
  if (in.one_in(3)) {
    options.method = static_cast<std::int32_t>(in.range(0, 2));
    wrong |= options.method > 1 || (options.method == METASOLVE_METHOD_NEWTON && call.setup.meta_solver != nullptr);
  }
  if (in.one_in(10)) {
    options.low = in.odd();
    wrong |= options.clamps != 0 && !(options.low < options.high);
  }
  wrong |= spoils_size(in, options);
  auto const create = [&](auto const* setup, auto** to) {
    return metasolve_implicit_euler_solver_create(executor(), names[which], &options, setup, to);
  };
  auto const bytes = [&](auto const* setup, std::size_t* to) {
    return metasolve_implicit_euler_solver_workspace_bytes(executor(), names[which], &options, setup, to);
  };
  auto const solver = made<metasolve_implicit_euler_solver>(in, memory, call, wrong, bytes, create);
  if (!solver) return;
  std::int64_t const n = metasolve_implicit_euler_solver_unknowns(solver.get());
  std::int64_t const np = metasolve_implicit_euler_solver_parameters(solver.get());
  call.choose(in, memory, n);
  metasolve_implicit_euler_tasks tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
  tasks.count = call.count;
  auto const y = filled_view(in, memory, call.room, n, 0, 1);
  auto const p = filled_view(in, memory, call.room, std::max<std::int64_t>(np, 1), 0.1, 10);
  View guess;
  if (in.one_in(3)) guess = filled_view(in, memory, call.room, n, 0, 1);
  tasks.previous = y.in(), tasks.parameters = p.in(), tasks.guess = guess.in();
  tasks.step = any_column(in, memory, call.room, 1e-3, 1);
  tasks.time = any_column(in, memory, call.room, 0, 1);
  tasks.relaxation = any_column(in, memory, call.room, 0.5, 1.5);
  bool const in_place = in.one_in(8);
  if (in_place) call.set_solution(y);
  if (in.one_in(24)) tasks.previous.data = nullptr, call.wrong |= call.count > 0;
  call.wrong |= spoils_size(in, tasks);
  call.keep_what_is_there();
  auto const old = y.copy(call.room, n), parameters = p.copy(call.room, np);
  auto const guesses = guess.data != nullptr ? guess.copy(call.room, n) : std::vector<double>();

  int const code =
      metasolve_implicit_euler_solver_solve(solver.get(), &tasks, &call.stopping, &call.results, &call.policy);
  auto const alone = code == METASOLVE_CODE_OK ? for_one<metasolve_implicit_euler_solver>(call, create) : nullptr;
  call.judge(code, [&](std::int64_t t, metasolve_stopping const& stopping, Outcome& outcome) {
    metasolve_implicit_euler_tasks one = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
    one.count = 1;
    one.previous = in_place ? metasolve_const_batch_view{outcome.solution.data(), n, 1} : row_of(old, t, n);
    one.parameters = row_of(parameters, t, np);
    one.guess = row_of(guesses, t, n);
    one.step = number_of(tasks.step, t);
    one.time = number_of(tasks.time, t);
    one.relaxation = number_of(tasks.relaxation, t);
    auto const results = outcome.results();
    require(metasolve_implicit_euler_solver_solve(alone.get(), &one, &stopping, &results, &call.policy) ==
                METASOLVE_CODE_OK,
            "a task can be solved alone");
  });
}

void cg(Choices& in, Memory& memory) {
  AnyPattern const pattern(in, in.one_in(2));
  auto const given = pattern.view();
  Call call;
  call.set_up(in);
  bool wrong = call.wrong || pattern.wrong;
  metasolve_cg_options options = METASOLVE_CG_OPTIONS_DEFAULT;
  options.preconditioner = static_cast<std::int32_t>(in.range(0, 5));
  options.ordering = static_cast<std::int32_t>(in.range(0, 2));
  wrong |= options.preconditioner > METASOLVE_PRECONDITIONER_SSOR || options.ordering > 1;
  std::int32_t const amounts[] = {
      -1, 0, 1, 5, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()};
  options.fill_entries = amounts[in.byte() % std::size(amounts)];
  options.fill_level = amounts[in.byte() % std::size(amounts)];
  wrong |= options.fill_level < -1;
  wrong |= spoils_size(in, options);
  auto const create = [&](auto const* setup, auto** to) {
    return metasolve_cg_solver_create(executor(), &given, &options, setup, to);
  };
  auto const bytes = [&](auto const* setup, std::size_t* to) {
    return metasolve_cg_solver_workspace_bytes(executor(), &given, &options, setup, to);
  };
  auto const solver = made<metasolve_cg_solver>(in, memory, call, wrong, bytes, create);
  if (!solver) return;
  std::int64_t const n = pattern.unknowns(), entries = pattern.entries();
  call.choose(in, memory, n);
  metasolve_cg_tasks tasks = METASOLVE_CG_TASKS_DEFAULT;
  tasks.count = call.count;
  auto const values = pattern.values(in, memory, call.room);
  auto const rhs = filled_view(in, memory, call.room, n, -1, 1);
  tasks.values = values.in(), tasks.rhs = rhs.in();
  tasks.shift = any_column(in, memory, call.room, 0, 0.1);
  if (in.one_in(24)) tasks.rhs.data = nullptr, call.wrong |= call.count > 0;
  call.wrong |= spoils_size(in, tasks);
  call.keep_what_is_there();
  auto const a = values.copy(call.room, entries), b = rhs.copy(call.room, n);

  int const code = metasolve_cg_solver_solve(solver.get(), &tasks, &call.stopping, &call.results, &call.policy);
  auto const alone = code == METASOLVE_CODE_OK ? for_one<metasolve_cg_solver>(call, create) : nullptr;
  call.judge(code, [&](std::int64_t t, metasolve_stopping const& stopping, Outcome& outcome) {
    metasolve_cg_tasks one = METASOLVE_CG_TASKS_DEFAULT;
    one.count = 1;
    one.values = row_of(a, t, entries);
    one.rhs = row_of(b, t, n);
    one.shift = number_of(tasks.shift, t);
    auto const results = outcome.results();
    require(metasolve_cg_solver_solve(alone.get(), &one, &stopping, &results, &call.policy) == METASOLVE_CODE_OK,
            "a system can be solved alone");
  });
}

void jacobi(Choices& in, Memory& memory) {
  static auto const* const poisson = model("poisson");
  bool const is_sparse = in.one_in(2);
  AnyPattern const pattern(in, false);
  auto const given = pattern.view();
  int const sizes[] = {4, 0, -1, 1025, std::numeric_limits<int>::min(), 1, 7};
  int const size = sizes[in.byte() % std::size(sizes)], measure = static_cast<int>(in.range(0, 2));
  Call call;
  call.set_up(in);
  bool wrong = call.wrong || measure > 1 || (is_sparse ? pattern.wrong : size < 1 || size > 1024);
  if (in.one_in(3)) call.setup.meta_solver = poisson, wrong |= (is_sparse ? pattern.unknowns() : size) != 4;
  auto const create = [&](auto const* setup, auto** to) {
    return is_sparse ? metasolve_jacobi_solver_create_sparse(executor(), &given, measure, setup, to)
                     : metasolve_jacobi_solver_create_poisson(executor(), size, measure, setup, to);
  };
  auto const bytes = [&](auto const* setup, std::size_t* to) {
    return is_sparse ? metasolve_jacobi_solver_sparse_workspace_bytes(executor(), &given, measure, setup, to)
                     : metasolve_jacobi_solver_poisson_workspace_bytes(executor(), size, measure, setup, to);
  };
  auto const solver = made<metasolve_jacobi_solver>(in, memory, call, wrong, bytes, create);
  if (!solver) return;
  std::int64_t const n = is_sparse ? pattern.unknowns() : size, entries = pattern.entries();
  call.choose(in, memory, n);
  metasolve_jacobi_tasks tasks = METASOLVE_JACOBI_TASKS_DEFAULT;
  tasks.count = call.count;
  auto const rhs = filled_view(in, memory, call.room, n, -1, 1);
  auto const known = filled_view(in, memory, call.room, n, -1, 1);
  View guess, values;
  if (in.one_in(3)) guess = filled_view(in, memory, call.room, n, 0, 1);
  if (is_sparse) values = pattern.values(in, memory, call.room);
  tasks.rhs = rhs.in(), tasks.guess = guess.in(), tasks.values = values.in();
  if (measure == METASOLVE_MEASURE_RELATIVE_ERROR) tasks.solution = known.in();
  if (in.one_in(24)) tasks.rhs.data = nullptr, call.wrong |= call.count > 0;
  call.wrong |= spoils_size(in, tasks);
  call.keep_what_is_there();
  auto const copied = [&](metasolve_const_batch_view const& given_view, View const& view, std::int64_t items) {
    return given_view.data != nullptr ? view.copy(call.room, items) : std::vector<double>();
  };
  auto const f = copied(tasks.rhs, rhs, n), u = copied(tasks.solution, known, n);
  auto const u0 = copied(tasks.guess, guess, n), a = copied(tasks.values, values, entries);

  int const code = metasolve_jacobi_solver_solve(solver.get(), &tasks, &call.stopping, &call.results, &call.policy);
  auto const alone = code == METASOLVE_CODE_OK ? for_one<metasolve_jacobi_solver>(call, create) : nullptr;
  call.judge(code, [&](std::int64_t t, metasolve_stopping const& stopping, Outcome& outcome) {
    metasolve_jacobi_tasks one = METASOLVE_JACOBI_TASKS_DEFAULT;
    one.count = 1;
    one.rhs = row_of(f, t, n), one.solution = row_of(u, t, n), one.guess = row_of(u0, t, n);
    one.values = row_of(a, t, entries);
    auto const results = outcome.results();
    require(metasolve_jacobi_solver_solve(alone.get(), &one, &stopping, &results, &call.policy) == METASOLVE_CODE_OK,
            "a task can be solved alone");
  });
}

void executors(Choices& in, Memory& memory) {
  int const threads[] = {-1, 4097, std::numeric_limits<int>::max(), std::numeric_limits<int>::min(), 1, 2};
  auto const which = in.byte() % std::size(threads);
  metasolve_executor* e = reinterpret_cast<metasolve_executor*>(8);
  int const code =
      metasolve_executor_open(in.one_in(4) ? std::string(in.rest().substr(0, 12)).c_str() : "cpu", threads[which], &e);
  require(code == METASOLVE_CODE_OK || e == nullptr, "after a failure there is no executor");
  require(which >= 4 || code == METASOLVE_CODE_INVALID_INPUT, "threads beyond the bounds are refused");
  metasolve_executor_release(e);
  std::int64_t const counts[] = {0, 3, -1, std::int64_t{1} << 61, std::numeric_limits<std::int64_t>::min()};
  auto const count = counts[in.byte() % std::size(counts)];
  constexpr int n = 5;
  auto* const f = memory.take<double>(3 * n);
  for (int i = 0; i < 3 * n; ++i) f[i] = in.one_in(20) ? in.odd() : in.real(-1, 1);
  int const direct = metasolve_solve_poisson_directly(n, count, f, memory.take<double>(3 * n));
  require(direct == METASOLVE_CODE_OK || direct == METASOLVE_CODE_INVALID_INPUT, "elimination is done or refused");
  require((count >= 0 && count <= 3) || direct != METASOLVE_CODE_OK, "counts beyond any memory are refused");
}

}  // namespace
}  // namespace metasolve::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve::fuzz;
  Choices in(data, size);
  Memory memory;
  void (*const calls[])(Choices&, Memory&) = {ode, cg, jacobi, executors, linear};
  calls[in.byte() % std::size(calls)](in, memory);
  return 0;
}
