// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/linear_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "metasolve/detail/app/outline.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

using LinearMethod = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;
using Ordering = LinearSolver::Ordering;
using Precision = LinearSolver::Precision;
using Preconditioner = LinearSolver::Preconditioner;

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, char const*>, N>;

constexpr char const* by_itself = "auto";  ///< of --matrix

constexpr Names<Matrix, 3> matrix_names{
    {{Matrix::general, "general"}, {Matrix::symmetric, "symmetric"}, {Matrix::positive_definite, "positive_definite"}}};
constexpr Names<LinearMethod, 8> method_names{{{LinearMethod::automatic, "automatic"},
                                               {LinearMethod::cholesky, "cholesky"},
                                               {LinearMethod::ldl, "ldl"},
                                               {LinearMethod::lu, "lu"},
                                               {LinearMethod::dense_lu, "dense_lu"},
                                               {LinearMethod::cg, "cg"},
                                               {LinearMethod::bicgstab, "bicgstab"},
                                               {LinearMethod::gmres, "gmres"}}};
constexpr Names<Preconditioner, 7> preconditioner_names{{{Preconditioner::automatic, "automatic"},
                                                         {Preconditioner::none, "none"},
                                                         {Preconditioner::jacobi, "jacobi"},
                                                         {Preconditioner::block_jacobi, "block_jacobi"},
                                                         {Preconditioner::ssor, "ssor"},
                                                         {Preconditioner::ilu, "ilu"},
                                                         {Preconditioner::incomplete_cholesky, "ic"}}};
constexpr Names<Ordering, 4> ordering_names{{{Ordering::automatic, "automatic"},
                                             {Ordering::natural, "natural"},
                                             {Ordering::rcm, "rcm"},
                                             {Ordering::amd, "amd"}}};
constexpr Names<Precision, 2> precision_names{{{Precision::full, "full"}, {Precision::mixed, "mixed"}}};

template <class Enum, std::size_t N>
std::vector<std::string> texts(Names<Enum, N> const& names) {
  std::vector<std::string> all;
  for (auto const& [value, name] : names) all.emplace_back(name);
  return all;
}

struct LinearOption {
  std::string flag, type, doc;
  std::vector<std::string> values = {};  ///< of one that takes one of these
};

std::vector<LinearOption> linear_options() {
  auto kinds = texts(matrix_names);
  kinds.emplace_back(by_itself);
  return {
      {"--matrices", "DIR|FILE.npz",
       "a folder as for spd, of general matrices; or one file: .npz or .npy of one matrix or several of one pattern, "
       "or "
       "Matrix Market"},
      {"--rhs", "FILE.npy", "right-hand sides [tasks][N], in the place of b_k; default: all ones"},
      {"--guess", "FILE.npy|DIR",
       "where cg, bicgstab and gmres begin: [tasks][N], or a folder of x_k.npy; default: zeros"},
      {"--matrix", "KIND",
       "what is known of the matrices; auto, the default: symmetric ones are tried as positive definite, and solved as "
       "general where that breaks down",
       kinds},
      {"--method", "METHOD", "automatic, the default: a direct method that fits the matrix", texts(method_names)},
      {"--preconditioner", "KIND", joined(texts(preconditioner_names), ", ") + "; default: automatic"},
      {"--fill-level", "NUMBER", "of ilu and ic; default: 0"},
      {"--block-size", "NUMBER", "unknowns in a block of block_jacobi, 1 to 16; default: 4"},
      {"--restart", "NUMBER", "iterations of gmres between restarts, 1 to 200; default: 30"},
      {"--omega", "NUMBER", "of ssor, above 0 and below 2; default: 1"},
      {"--shift", "NUMBER", "of ilu and ic, in units of the diagonal; default: 0"},
      {"--ordering", "KIND", joined(texts(ordering_names), ", ") + "; default: automatic"},
      {"--precision", "FORMAT", "of factors: full, or mixed: single precision, refined in double; default: full",
       texts(precision_names)}};
}

/// Values by flag, checked.
class Options {
 public:
  explicit Options(GivenOptions const& given) : request_{linear_problem, "", given, "", {}, {}, {}} {}

  [[nodiscard]] bool has(char const* flag) const { return request_.given.contains(flag); }
  [[nodiscard]] std::string text(char const* flag) const { return request_.option(flag).value_or(""); }
  template <class Enum, std::size_t N>
  void choose(char const* flag, Names<Enum, N> const& names, Enum& value) const {
    if (!has(flag)) return;
    auto const found = std::ranges::find(names, text(flag), [](auto const& pair) { return std::string(pair.second); });
    if (found == names.end()) {
      throw InputError(std::string(flag) + ": given " + text(flag) + ", expected one of " + joined(texts(names), ", "));
    }
    value = found->first;
  }
  void read(char const* flag, config::IntegerRange const& range, int& value) const {
    if (auto const given = request_.integer(flag, range)) value = static_cast<int>(*given);
  }
  void read(char const* flag, config::RealRange const& range, double& value) const {
    if (auto const given = request_.real(flag, range)) value = *given;
  }
  /// @throws InputError the flag is given although `fits` is false
  void require(char const* flag, bool fits, std::string const& where) const {
    if (has(flag) && !fits)
      throw InputError(std::string(flag) + ": for " + where + " alone; give that, or leave it out");
  }

 private:
  problems::SolveRequest request_;
};

/// Rejects options that the method does not use.
void require_used(Options const& given, LinearSolver::Options const& o) {
  bool const krylov = is_krylov(o.method);
  bool const factors =
      krylov && (o.preconditioner == Preconditioner::automatic || o.preconditioner == Preconditioner::ilu ||
                 o.preconditioner == Preconditioner::incomplete_cholesky);
  std::string const iterates = "--method cg, bicgstab or gmres", factor = "--preconditioner ilu or ic";
  given.require("--preconditioner", krylov, iterates);
  given.require("--guess", krylov, iterates);
  given.require("--restart", o.method == LinearMethod::gmres, "--method gmres");
  given.require("--fill-level", factors, factor);
  given.require("--shift", factors, factor);
  given.require("--omega", krylov && o.preconditioner == Preconditioner::ssor, "--preconditioner ssor");
  given.require("--block-size", krylov && o.preconditioner == Preconditioner::block_jacobi,
                "--preconditioner block_jacobi");
  given.require("--precision", !krylov || o.precision == Precision::full, "direct methods");
}

}  // namespace

bool is_krylov(LinearMethod method) {
  return method == LinearMethod::cg || method == LinearMethod::bicgstab || method == LinearMethod::gmres;
}

void add_linear_options(CLI::App& command, GivenOptions& given) {
  for (auto const& option : linear_options()) {
    std::string const doc = std::string(linear_problem) + ": " + option.doc;
    if (auto* const shared = command.get_option_no_throw(option.flag)) {
      shared->description(shared->get_description() + "; " + doc);
      if (option.type.find('.') != option.type.npos) shared->type_name(option.type);
      continue;
    }
    auto* const added = command.add_option_function<std::string>(
        option.flag, [&given, flag = option.flag](std::string const& value) { given[flag] = value; }, doc);
    added->type_name(option.type);
    if (!option.values.empty()) added->check(offered(option.values));
  }
}

std::vector<std::string> linear_flags() {
  std::vector<std::string> flags;
  for (auto const& option : linear_options()) flags.push_back(option.flag);
  return flags;
}

void refuse_option(std::string const& flag, std::string const& problem) {
  std::vector<std::string> others;
  for (auto const* const other : problems::known_problems()) {
    auto const options = other->solve_options();
    if (std::ranges::find(options, flag, &problems::SolveOption::flag) != options.end())
      others.push_back(other->name());
  }
  if (std::ranges::count(linear_flags(), flag) > 0) others.emplace_back(linear_problem);
  throw InputError(flag + ": for --problem " + joined(others, ", ") + ", not for " + problem + "; leave it out");
}

LinearChoices read_linear_choices(GivenOptions const& given) {
  auto const flags = linear_flags();
  for (auto const& [flag, value] : given) {
    if (std::ranges::count(flags, flag) == 0) refuse_option(flag, linear_problem);
  }
  Options const options(given);
  if (!options.has("--matrices")) {
    throw InputError("--matrices: not given; expected a folder of matrices A_0.mtx, A_1.mtx, ..., or a file of them");
  }
  LinearChoices choices;
  choices.files = {options.text("--matrices"), options.text("--rhs"), options.text("--guess")};
  auto& o = choices.options;
  if (options.has("--matrix") && options.text("--matrix") != by_itself) {
    Matrix matrix = Matrix::general;
    options.choose("--matrix", matrix_names, matrix);
    choices.matrix = matrix;
  }
  options.choose("--method", method_names, o.method);
  options.choose("--preconditioner", preconditioner_names, o.preconditioner);
  options.choose("--ordering", ordering_names, o.ordering);
  options.choose("--precision", precision_names, o.precision);
  options.read("--fill-level", config::IntegerRange{0, 1'000'000}, o.fill_level);
  options.read("--block-size", config::IntegerRange{1, 16}, o.block_size);
  options.read("--restart", config::IntegerRange{1, 200}, o.restart);
  options.read("--omega", config::RealRange{0, 2, config::Bound::open, config::Bound::open}, choices.omega);
  options.read("--shift", config::RealRange{0, 1e12}, choices.shift);
  require_used(options, o);
  return choices;
}

}  // namespace metasolve::app
