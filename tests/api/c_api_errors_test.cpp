// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

#include "build_info.hpp"
#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "tests/support/c_api_handles.hpp"
#include "tests/support/sanitized.hpp"

/// The C interface: versions, defaults and error handling.
namespace metasolve::c_api_errors_test {
namespace {

using test::Handle, test::made, test::open, test::expect_failure, test::setup_of;

TEST(CApi, VersionsAgree) {
  EXPECT_STREQ(metasolve_version(), build_info::version);
  EXPECT_STREQ(metasolve_version(), METASOLVE_VERSION_STRING);
  EXPECT_EQ(metasolve_version(), std::to_string(METASOLVE_VERSION_MAJOR) + "." +
                                     std::to_string(METASOLVE_VERSION_MINOR) + "." +
                                     std::to_string(METASOLVE_VERSION_PATCH));
}

TEST(CApi, DefaultsAreTheClasses) {
  metasolve_stopping const stopping = METASOLVE_STOPPING_DEFAULT;
  EXPECT_EQ(stopping.tolerance.value, Stopping<double>{}.tolerance.value);
  EXPECT_EQ(stopping.max_iterations.value, Stopping<double>{}.max_iterations.value);
  metasolve_policy const policy = METASOLVE_POLICY_DEFAULT;
  EXPECT_EQ(policy.meta_solver != 0, Policy{}.meta_solver);
  EXPECT_EQ(policy.retry != 0, Policy{}.retry);
  EXPECT_EQ(policy.first_max_iterations, Policy{}.first_max_iterations);
  metasolve_implicit_euler_options const options = METASOLVE_IMPLICIT_EULER_OPTIONS_DEFAULT;
  EXPECT_EQ(options.clamps != 0, ImplicitEulerSolver::System{}.clamps);
  EXPECT_EQ(options.low, ImplicitEulerSolver::System{}.low);
  EXPECT_EQ(options.high, ImplicitEulerSolver::System{}.high);
  EXPECT_EQ(options.method, static_cast<int>(ImplicitEulerSolver::System{}.method));
  metasolve_implicit_euler_tasks const tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
  EXPECT_EQ(tasks.relaxation.value, ImplicitEulerSolver::Tasks{}.relaxation.value);
  EXPECT_EQ(tasks.relaxation.data, nullptr);
}

TEST(CApi, NullHandlesAndArgumentsAreNamed) {
  auto const executor = open("cpu");
  auto const setup = setup_of(4);
  auto const solver = made<metasolve_implicit_euler_solver>([&](auto** to) {
    return metasolve_implicit_euler_solver_create(executor.get(), "robertson", nullptr, &setup, to);
  });
  metasolve_executor* no_executor = nullptr;
  metasolve_memory* memory = nullptr;
  metasolve_meta_solver* meta_solver = nullptr;
  metasolve_implicit_euler_solver* ode = nullptr;
  metasolve_jacobi_solver* jacobi = nullptr;
  metasolve_implicit_euler_tasks const tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
  metasolve_jacobi_tasks const poisson = METASOLVE_JACOBI_TASKS_DEFAULT;
  metasolve_results const results = METASOLVE_RESULTS_DEFAULT;
  std::size_t bytes = 0;
  double number = 1;
  auto* const ex = executor.get();
  auto const expect_null = [](int code, char const* name) {
    expect_failure(code, METASOLVE_CODE_INVALID_INPUT, std::string(name) + " is null");
  };

  expect_null(metasolve_executor_open(nullptr, 0, &no_executor), "name");
  expect_null(metasolve_executor_open("cpu", 0, nullptr), "executor");
  expect_null(metasolve_executor_open_cpu(0, nullptr), "executor");
  expect_null(metasolve_executor_open_cuda(0, nullptr, nullptr), "executor");
  expect_null(metasolve_executor_synchronize(nullptr), "executor");
  expect_null(metasolve_executor_wait_for(nullptr, nullptr), "executor");
  expect_null(metasolve_executor_make_wait(nullptr, nullptr), "executor");
  expect_null(metasolve_executor_upload(nullptr, &number, &number, 8), "executor");
  expect_null(metasolve_executor_upload(ex, nullptr, &number, 8), "to");
  expect_null(metasolve_executor_upload(ex, &number, nullptr, 8), "from_host");
  expect_null(metasolve_executor_download(nullptr, &number, &number, 8), "executor");
  expect_null(metasolve_executor_download(ex, nullptr, &number, 8), "to_host");
  expect_null(metasolve_executor_download(ex, &number, nullptr, 8), "from");
  expect_null(metasolve_memory_allocate(nullptr, 8, &memory), "executor");
  expect_null(metasolve_memory_allocate(ex, 8, nullptr), "memory");
  expect_null(metasolve_meta_solver_load(nullptr, &meta_solver), "path");
  expect_null(metasolve_meta_solver_load("runs", nullptr), "meta_solver");
  expect_null(metasolve_implicit_euler_solver_create(nullptr, "robertson", nullptr, &setup, &ode), "executor");
  expect_null(metasolve_implicit_euler_solver_create(ex, nullptr, nullptr, &setup, &ode), "system");
  expect_null(metasolve_implicit_euler_solver_create(ex, "robertson", nullptr, nullptr, &ode), "setup");
  expect_null(metasolve_implicit_euler_solver_create(ex, "robertson", nullptr, &setup, nullptr), "solver");
  expect_null(metasolve_implicit_euler_solver_workspace_bytes(nullptr, "robertson", nullptr, &setup, &bytes),
              "executor");
  expect_null(metasolve_implicit_euler_solver_workspace_bytes(ex, "robertson", nullptr, &setup, nullptr), "bytes");
  expect_null(metasolve_implicit_euler_solver_solve(nullptr, &tasks, nullptr, &results, nullptr), "solver");
  expect_null(metasolve_implicit_euler_solver_solve(solver.get(), nullptr, nullptr, &results, nullptr), "tasks");
  expect_null(metasolve_implicit_euler_solver_solve(solver.get(), &tasks, nullptr, nullptr, nullptr), "results");
  metasolve_implicit_euler_gradient const gradient = METASOLVE_IMPLICIT_EULER_GRADIENT_DEFAULT;
  expect_null(metasolve_implicit_euler_solver_gradient(nullptr, &tasks, &gradient, nullptr), "solver");
  expect_null(metasolve_implicit_euler_solver_gradient(solver.get(), nullptr, &gradient, nullptr), "tasks");
  expect_null(metasolve_implicit_euler_solver_gradient(solver.get(), &tasks, nullptr, nullptr), "gradient");
  expect_null(metasolve_jacobi_solver_create_poisson(nullptr, 16, 0, &setup, &jacobi), "executor");
  expect_null(metasolve_jacobi_solver_create_poisson(ex, 16, 0, nullptr, &jacobi), "setup");
  expect_null(metasolve_jacobi_solver_create_poisson(ex, 16, 0, &setup, nullptr), "solver");
  expect_null(metasolve_jacobi_solver_poisson_workspace_bytes(ex, 16, 0, &setup, nullptr), "bytes");
  std::int32_t const begin[] = {0, 1}, column[] = {0};
  metasolve_pattern const pattern{1, 1, begin, column};
  expect_null(metasolve_jacobi_solver_create_sparse(nullptr, &pattern, 0, &setup, &jacobi), "executor");
  expect_null(metasolve_jacobi_solver_create_sparse(ex, nullptr, 0, &setup, &jacobi), "pattern");
  expect_null(metasolve_jacobi_solver_create_sparse(ex, &pattern, 0, nullptr, &jacobi), "setup");
  expect_null(metasolve_jacobi_solver_create_sparse(ex, &pattern, 0, &setup, nullptr), "solver");
  expect_null(metasolve_jacobi_solver_sparse_workspace_bytes(ex, nullptr, 0, &setup, &bytes), "pattern");
  expect_null(metasolve_jacobi_solver_sparse_workspace_bytes(ex, &pattern, 0, &setup, nullptr), "bytes");
  expect_failure(metasolve_jacobi_solver_create_sparse(ex, &pattern, 2, &setup, &jacobi), METASOLVE_CODE_INVALID_INPUT,
                 "measure is 2");
  expect_null(metasolve_jacobi_solver_solve(nullptr, &poisson, nullptr, &results, nullptr), "solver");
  expect_null(metasolve_solve_poisson_directly(1, 1, nullptr, &number), "rhs");
  expect_null(metasolve_solve_poisson_directly(1, 1, &number, nullptr), "solution");
  EXPECT_EQ(metasolve_implicit_euler_solver_solve(solver.get(), &tasks, nullptr, &results, nullptr), METASOLVE_CODE_OK)
      << "no tasks are no error";

  metasolve_executor_release(nullptr);
  metasolve_memory_release(nullptr);
  metasolve_meta_solver_release(nullptr);
  metasolve_implicit_euler_solver_release(nullptr);
  metasolve_jacobi_solver_release(nullptr);
  EXPECT_EQ(metasolve_executor_is_cuda(nullptr), 0);
  EXPECT_EQ(metasolve_executor_stream(nullptr), nullptr);
  EXPECT_EQ(metasolve_memory_data(nullptr), nullptr);
  EXPECT_EQ(metasolve_meta_solver_problem(nullptr), nullptr);
  EXPECT_EQ(metasolve_meta_solver_features(nullptr), 0);
  EXPECT_EQ(metasolve_meta_solver_tolerance(nullptr), 0);
  EXPECT_EQ(metasolve_implicit_euler_solver_unknowns(nullptr), 0);
  EXPECT_EQ(metasolve_implicit_euler_solver_parameters(nullptr), 0);
}

TEST(CApi, WrongArgumentsAreNamedAndHandlesNull) {
  auto const executor = open("cpu");
  auto* const ex = executor.get();
  auto* none = ex;
  expect_failure(metasolve_executor_open("gpu", 0, &none), METASOLVE_CODE_INVALID_INPUT, "\"gpu\"");
  EXPECT_EQ(none, nullptr);
  expect_failure(metasolve_executor_open_cpu(-1, &none), METASOLVE_CODE_INVALID_INPUT, "threads");
  expect_failure(metasolve_executor_open_cuda(100000, nullptr, &none), METASOLVE_CODE_DEVICE_ERROR, "");
  EXPECT_FALSE(std::string(metasolve_last_error()).empty());
  metasolve_meta_solver* meta_solver = nullptr;
  expect_failure(metasolve_meta_solver_load("no/such/run", &meta_solver), METASOLVE_CODE_INVALID_INPUT, "no/such/run");

  auto setup = setup_of(4);
  metasolve_implicit_euler_solver* ode = nullptr;
  expect_failure(metasolve_implicit_euler_solver_create(ex, "robinson", nullptr, &setup, &ode),
                 METASOLVE_CODE_INVALID_INPUT, "robinson");
  // The last two: their byte counts overflow 64 bits.
  for (std::int64_t const capacity :
       {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::max()}) {
    setup.capacity = capacity;
    std::size_t bytes = 0;
    expect_failure(metasolve_implicit_euler_solver_create(ex, "hires", nullptr, &setup, &ode),
                   METASOLVE_CODE_INVALID_INPUT, "capacity");
    expect_failure(metasolve_jacobi_solver_poisson_workspace_bytes(ex, 16, 0, &setup, &bytes),
                   METASOLVE_CODE_INVALID_INPUT, "capacity");
  }
  setup.capacity = 4;
  alignas(256) static char small[256];
  setup.workspace = {small, sizeof small};
  expect_failure(metasolve_implicit_euler_solver_create(ex, "hires", nullptr, &setup, &ode),
                 METASOLVE_CODE_INVALID_INPUT, "workspace");
  setup.workspace = {nullptr, 0};
  setup.size = 0;
  expect_failure(metasolve_implicit_euler_solver_create(ex, "hires", nullptr, &setup, &ode),
                 METASOLVE_CODE_INVALID_INPUT, "setup.size is 0");
  setup.size = sizeof setup + 8;
  expect_failure(metasolve_implicit_euler_solver_create(ex, "hires", nullptr, &setup, &ode),
                 METASOLVE_CODE_INVALID_INPUT, "setup.size");
  setup.size = sizeof setup;
  metasolve_jacobi_solver* jacobi = nullptr;
  expect_failure(metasolve_jacobi_solver_create_poisson(ex, 0, 0, &setup, &jacobi), METASOLVE_CODE_INVALID_INPUT,
                 "0 unknowns");
  expect_failure(metasolve_jacobi_solver_create_poisson(ex, 16, 2, &setup, &jacobi), METASOLVE_CODE_INVALID_INPUT,
                 "measure is 2");
  double number = 0;
  expect_failure(metasolve_solve_poisson_directly(1, 1, &number, &number), METASOLVE_CODE_INVALID_INPUT, "task 0");
  expect_failure(metasolve_solve_poisson_directly(1, -1, &number, &number), METASOLVE_CODE_INVALID_INPUT,
                 "count is -1");
  expect_failure(metasolve_solve_poisson_directly(-1, 1, &number, &number), METASOLVE_CODE_INVALID_INPUT,
                 "-1 unknowns");
  EXPECT_EQ(metasolve_solve_poisson_directly(1, 0, nullptr, nullptr), METASOLVE_CODE_OK) << metasolve_last_error();

  ASSERT_EQ(metasolve_implicit_euler_solver_create(ex, "robertson", nullptr, &setup, &ode), METASOLVE_CODE_OK);
  Handle<metasolve_implicit_euler_solver> const solver(ode);
  std::vector<double> const rows(5 * 7, 1.0);
  metasolve_implicit_euler_tasks tasks = METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT;
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  metasolve_policy policy = METASOLVE_POLICY_DEFAULT;
  auto const expect_named = [&](char const* name) {
    expect_failure(metasolve_implicit_euler_solver_solve(ode, &tasks, &stopping, &results, &policy),
                   METASOLVE_CODE_INVALID_INPUT, name);
  };
  tasks.count = 5;
  expect_named("tasks.count");
  tasks.count = 4;
  expect_named("tasks.previous");
  tasks.previous = {rows.data(), 7, 1};
  expect_named("tasks.parameters");
  tasks.parameters = {rows.data() + 3, 7, 1};
  expect_named("tasks.step");
  tasks.step.value = 1;
  stopping.tolerance.value = std::numeric_limits<double>::quiet_NaN();
  expect_named("stopping.tolerance");
  stopping.tolerance.value = std::numeric_limits<double>::infinity();
  expect_named("stopping.tolerance is inf");
  stopping = METASOLVE_STOPPING_DEFAULT;
  tasks.previous.task_stride = std::int64_t{1} << 61;
  expect_named("tasks.previous has strides");
  tasks.previous.task_stride = std::numeric_limits<std::int64_t>::min();
  expect_named("tasks.previous has strides");
  tasks.previous.task_stride = 7;
  results.measure = const_cast<double*>(rows.data());
  expect_named("results.measure overlaps");
  results.measure = nullptr;
  tasks.size = 8;
  expect_named("tasks.size");
  tasks.size = sizeof tasks;
  stopping.size = 8;
  expect_named("stopping.size");
  stopping.size = sizeof stopping;
  results.size = 0;
  expect_named("results.size");
  results.size = sizeof results;
  policy.first_max_iterations = -1;
  expect_named("policy.first_max_iterations");
  policy.size = 0;
  expect_named("policy.size");
}

struct Grown {
  std::size_t size;
  int first, second;
};

}  // namespace
}  // namespace metasolve::c_api_errors_test

template <>
inline constexpr std::size_t metasolve::c_api::first_size<metasolve::c_api_errors_test::Grown> =
    offsetof(metasolve::c_api_errors_test::Grown, second);

namespace metasolve::c_api_errors_test {
namespace {

TEST(CApi, AStructOfAnOlderVersionKeepsTheDefaultsOfWhatItLacks) {
  Grown const defaults{sizeof(Grown), 1, 2};
  auto const read = c_api::sized("grown", Grown{offsetof(Grown, second), 5, 6}, defaults);
  EXPECT_EQ(read.first, 5);
  EXPECT_EQ(read.second, 2);
  EXPECT_EQ(c_api::sized("grown", Grown{sizeof(Grown), 5, 6}, defaults).second, 6);
}

TEST(CApi, ExceptionsBecomeCodes) {
  EXPECT_EQ(c_api::guarded([] {}), METASOLVE_CODE_OK);
  expect_failure(c_api::guarded([] { throw InputError("one"); }), METASOLVE_CODE_INVALID_INPUT, "one");
  expect_failure(c_api::guarded([] { throw OutputError("two"); }), METASOLVE_CODE_OUTPUT_ERROR, "two");
  expect_failure(c_api::guarded([] { throw DeviceError("three"); }), METASOLVE_CODE_DEVICE_ERROR, "three");
  expect_failure(c_api::guarded([] { throw std::bad_alloc(); }), METASOLVE_CODE_OUT_OF_MEMORY, "memory");
  expect_failure(c_api::guarded([] { throw std::logic_error("four"); }), METASOLVE_CODE_INTERNAL_ERROR, "four");
  expect_failure(c_api::guarded([] { throw c_api::CallbackError("five"); }), METASOLVE_CODE_CALLBACK_FAILED, "five");
  expect_failure(c_api::guarded([] { throw 5; }), METASOLVE_CODE_INTERNAL_ERROR, "unknown type");

  if (test::is_sanitized) return;  // a sanitizer aborts the program instead
  // An allocation by the library: larger than any memory.
  auto const executor = open("cpu");
  auto const setup = setup_of(std::int64_t{1} << 46);
  metasolve_jacobi_solver* solver = nullptr;
  expect_failure(metasolve_jacobi_solver_create_poisson(executor.get(), 1024, 0, &setup, &solver),
                 METASOLVE_CODE_OUT_OF_MEMORY, "memory");
  EXPECT_EQ(solver, nullptr);
  metasolve_memory* memory = nullptr;
  for (std::size_t const bytes : {std::size_t{1} << 55, std::numeric_limits<std::size_t>::max()}) {
    expect_failure(metasolve_memory_allocate(executor.get(), bytes, &memory), METASOLVE_CODE_OUT_OF_MEMORY, "memory");
  }
}

TEST(CApi, LastErrorsAreOfTheirThreadAndEndWithinNoCharacter) {
  metasolve_executor* none = nullptr;
  ASSERT_EQ(metasolve_executor_open("here", 0, &none), METASOLVE_CODE_INVALID_INPUT);
  std::thread([] {
    EXPECT_STREQ(metasolve_last_error(), "");
    metasolve_executor* also_none = nullptr;
    expect_failure(metasolve_executor_open("there", 0, &also_none), METASOLVE_CODE_INVALID_INPUT, "there");
  }).join();
  EXPECT_NE(std::string(metasolve_last_error()).find("here"), std::string::npos);
  auto const executor = open("cpu");
  EXPECT_NE(std::string(metasolve_last_error()).find("here"), std::string::npos) << "a success leaves it";

  // 1023 bytes at most; 'é' has two, and `device "` eight.
  std::string name;
  for (int i = 0; i < 3000; ++i) name += "\u00e9";
  ASSERT_EQ(metasolve_executor_open(name.c_str(), 0, &none), METASOLVE_CODE_INVALID_INPUT);
  std::string const text = metasolve_last_error();
  EXPECT_EQ(text.size(), 1022u);
  EXPECT_EQ(text.substr(text.size() - 2), "\u00e9");
}

}  // namespace
}  // namespace metasolve::c_api_errors_test
