// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <filesystem>
#include <new>

#include "fuzz.hpp"
#include "metasolve/error.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "models.hpp"

/// Changes a model's file as the input says, updates its checksum, loads it and solves with it: rejected with a
/// message, or valid statuses for valid right-hand sides.
namespace metasolve::fuzz {
namespace {

std::array<io::SafetensorsFile, 2> originals() {
  auto const one = [](char const* problem) {
    auto const path = std::filesystem::temp_directory_path() / ("metasolve-fuzz-" + std::to_string(::getpid()));
    write_model(path, problem);
    auto file = io::read_safetensors(path);
    MetaSolver::load(path);  // if the unchanged model cannot be loaded, all changes would be rejected
    std::filesystem::remove(path);
    return file;
  };
  return {one("poisson"), one("robertson")};
}

void change(io::Tensor& tensor, Choices& choices) {
  auto const width = io::size_of(tensor.dtype);
  auto const count = tensor.data.size() / width;
  auto const put = [&](auto value) {
    if (count > 0) std::memcpy(tensor.data.data() + choices.byte() % count * width, &value, width);
  };
  switch (choices.byte() % 4) {
    case 0:
      width == 4 ? put(static_cast<std::uint32_t>(choices.word())) : put(choices.word());
      break;
    case 1:
      width == 4 ? put(static_cast<float>(choices.odd())) : put(choices.odd());
      break;
    case 2:
      if (!tensor.shape.empty()) tensor.shape.front() = choices.byte();
      break;
    default:
      tensor.name += "x";
  }
}

/// The rest of the input: a whole description, or a text within it and its replacement, one line each.
void change(std::string& description, std::string_view rest) {
  if (rest.starts_with('{')) {
    description = rest;
    return;
  }
  auto const cut = rest.find('\n');
  if (cut == 0 || cut == std::string_view::npos) return;
  auto const at = description.find(rest.substr(0, cut));
  if (at != std::string::npos) description.replace(at, cut, rest.substr(cut + 1));
}

void solve_with(MetaSolver const& model) {
  static auto const executor = Executor::cpu(1);
  std::array<std::int32_t, 2> status{};
  std::array<double, 8> y{1, 0, 0, 0.9, 1e-5, 0.1, 0.5, 0.2}, to{};
  std::array<double, 6> const p{0.04, 3e7, 1e4, 0.04, 3e7, 1e4};
  Setup const setup{.capacity = 2, .meta_solver = model};
  if (model.problem() == "robertson") {
    ImplicitEulerSolver solver(executor, {"robertson"}, setup);
    solver.solve({.count = 2, .previous = {y.data(), 3, 1}, .parameters = {p.data(), 3, 1}, .step = 1e-3}, {1e-9, 50},
                 {.status = status.data(), .solution = {to.data(), 3, 1}});
  } else {
    auto solver = JacobiSolver<double>::poisson(executor, 4, Measure::relative_residual, setup);
    solver.solve({.count = 2, .rhs = {y.data(), 4, 1}}, {1e-6, 50},
                 {.status = status.data(), .solution = {to.data(), 4, 1}});
  }
  for (auto const s : status) require(s >= 0 && s <= 4, "a status is one of them");
}

}  // namespace
}  // namespace metasolve::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  static auto const models = fuzz::originals();
  static fuzz::MemoryFile file;
  fuzz::Choices choices(data, size);
  auto model = models[choices.byte() % models.size()];
  for (auto edits = choices.byte() % 4; edits > 0; --edits) {
    fuzz::change(model.tensors[choices.byte() % model.tensors.size()], choices);
  }
  fuzz::change(model.metadata["model"], choices.rest());
  std::string bytes;
  try {
    bytes = io::encode_safetensors(model.tensors, model.metadata);
  } catch (InputError const&) {
    return 0;  // no file can hold this
  }
  try {
    auto const path = file.holding(bytes);
    fuzz::solve_with(MetaSolver::load(path));
    train::read_checkpoint(path);
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  } catch (std::bad_alloc const&) {  // a network larger than memory
  }
  return 0;
}
