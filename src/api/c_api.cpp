// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/c_api.hpp"

#include <array>
#include <filesystem>
#include <limits>
#include <new>
#include <string_view>
#include <type_traits>

namespace metasolve::c_api {

namespace {

/// The thread's last error. Of fixed size, so that writing it does not allocate: memory may be exhausted.
constinit thread_local std::array<char, 1024> last_error{};

int fail(metasolve_code code, std::string_view text) noexcept {
  auto length = std::min(text.size(), last_error.size() - 1);
  // Do not split a UTF-8 character.
  if (length < text.size()) {
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0u) == 0x80u) --length;
  }
  text.copy(last_error.data(), length);
  last_error[length] = '\0';
  return code;
}

// The caller's arrays are passed on unchanged.
static_assert(sizeof(Origin) == sizeof(std::int32_t));
static_assert(sizeof(Tally) == sizeof(metasolve_tally) && alignof(Tally) == alignof(metasolve_tally) &&
              offsetof(Tally, retried) == offsetof(metasolve_tally, retried));
// The enumerators of both interfaces agree.
static_assert(METASOLVE_STATUS_CONVERGED == static_cast<int>(Status::converged) &&
              METASOLVE_STATUS_ITERATION_LIMIT == static_cast<int>(Status::iteration_limit) &&
              METASOLVE_STATUS_NOT_FINITE == static_cast<int>(Status::not_finite) &&
              METASOLVE_STATUS_BREAKDOWN == static_cast<int>(Status::breakdown) &&
              METASOLVE_STATUS_STAGNATED == static_cast<int>(Status::stagnated) &&
              METASOLVE_STATUS_PRIMAL_INFEASIBLE == static_cast<int>(Status::primal_infeasible) &&
              METASOLVE_STATUS_DUAL_INFEASIBLE == static_cast<int>(Status::dual_infeasible));
static_assert(METASOLVE_ORIGIN_CHOSEN == static_cast<int>(Origin::chosen) &&
              METASOLVE_ORIGIN_REPLACED == static_cast<int>(Origin::replaced) &&
              METASOLVE_ORIGIN_RETRIED == static_cast<int>(Origin::retried) &&
              METASOLVE_ORIGIN_CONSTANT == static_cast<int>(Origin::constant));

}  // namespace

int code_of_current_exception() noexcept {
  try {
    throw;
  } catch (InputError const& error) {
    return fail(METASOLVE_CODE_INVALID_INPUT, error.what());
  } catch (OutputError const& error) {
    return fail(METASOLVE_CODE_OUTPUT_ERROR, error.what());
  } catch (DeviceError const& error) {
    return fail(METASOLVE_CODE_DEVICE_ERROR, error.what());
  } catch (CallbackError const& error) {
    return fail(METASOLVE_CODE_CALLBACK_FAILED, error.what());
  } catch (std::filesystem::filesystem_error const& error) {
    // What writes files throws an OutputError: this is a path that cannot be read.
    return fail(METASOLVE_CODE_INVALID_INPUT, error.what());
  } catch (std::bad_alloc const&) {
    return fail(METASOLVE_CODE_OUT_OF_MEMORY, "out of memory: the host gives no more; a smaller capacity needs less");
  } catch (std::exception const& error) {
    return fail(METASOLVE_CODE_INTERNAL_ERROR, error.what());
  } catch (...) {
    return fail(METASOLVE_CODE_INTERNAL_ERROR, "an exception of unknown type");
  }
}

Pattern pattern(metasolve_pattern const* given) {
  auto const& p = required("pattern", given);
  constexpr auto most = std::numeric_limits<std::int32_t>::max() - 1;  // row_ptrs has one more element
  if (p.unknowns < 1 || p.unknowns > most) {
    throw InputError("pattern.unknowns is " + std::to_string(p.unknowns) + ", expected 1 to " + std::to_string(most));
  }
  if (p.entries < 1) {
    throw InputError("pattern.entries is " + std::to_string(p.entries) +
                     ", expected the length of pattern.col_idxs, 1 or more");
  }
  required("pattern.row_ptrs", p.row_ptrs);
  required("pattern.col_idxs", p.col_idxs);
  return {.row_ptrs = {p.row_ptrs, static_cast<std::size_t>(p.unknowns) + 1},
          .col_idxs = {p.col_idxs, static_cast<std::size_t>(p.entries)}};
}

Setup setup(metasolve_setup const* given) {
  auto const s = sized<metasolve_setup>("setup", required("setup", given), METASOLVE_SETUP_DEFAULT);
  Setup made{.capacity = s.capacity, .meta_solver = {}, .workspace = {s.workspace.data, s.workspace.bytes}};
  if (s.meta_solver != nullptr) made.meta_solver = s.meta_solver->meta_solver;
  return made;
}

Stopping<double> stopping(metasolve_stopping const* given) {
  auto const s = sized_or_default<metasolve_stopping>("stopping", given, METASOLVE_STOPPING_DEFAULT);
  return {column<double>(s.tolerance), column<std::int32_t>(s.max_iterations)};
}

Results<double> results(metasolve_results const* given) {
  auto const r = sized<metasolve_results>("results", required("results", given), METASOLVE_RESULTS_DEFAULT);
  return {.status = r.status,
          .iterations = r.iterations,
          .measure = r.measure,
          .solution = view(r.solution),
          .history = view(r.history),
          .origin = reinterpret_cast<Origin*>(r.origin),
          .tally = reinterpret_cast<Tally*>(r.tally)};
}

}  // namespace metasolve::c_api

char const* metasolve_version(void) { return METASOLVE_VERSION_STRING; }

char const* metasolve_last_error(void) { return metasolve::c_api::last_error.data(); }
