// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/from_first.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

#include "metasolve/error.hpp"

namespace metasolve::exec {

namespace {

/// How f ended on rank 0.
enum class End : std::int32_t { done, input, output, device, other };

[[noreturn]] void rethrow(End end, std::string const& message) {
  switch (end) {
    case End::input:
      throw InputError(message);
    case End::output:
      throw OutputError(message);
    case End::device:
      throw DeviceError(message);
    default:
      throw Error(message);
  }
}

struct Result {
  End end = End::done;
  std::uint64_t bytes = 0;
};

}  // namespace

std::string from_first(Ranks* ranks, std::function<std::string()> const& f) {
  if (ranks == nullptr || ranks->size() == 1) return f();
  Result result;
  std::string text;
  std::exception_ptr own;
  if (ranks->rank() == 0) {
    auto const failed = [&](End end, std::exception const& error) {
      result.end = end;
      text = error.what();
      own = std::current_exception();
    };
    try {
      text = f();
    } catch (InputError const& error) {
      failed(End::input, error);
    } catch (OutputError const& error) {
      failed(End::output, error);
    } catch (DeviceError const& error) {
      failed(End::device, error);
    } catch (std::exception const& error) {
      failed(End::other, error);
    }
    result.bytes = text.size();
  }
  ranks->broadcast(&result, sizeof(result));
  text.resize(result.bytes);
  if (result.bytes > 0) ranks->broadcast(text.data(), text.size());
  if (own) std::rethrow_exception(own);
  if (result.end != End::done) rethrow(result.end, text);
  return text;
}

std::vector<double> numbers_from_first(Ranks* ranks, std::function<std::vector<double>()> const& f) {
  auto const bytes = from_first(ranks, [&] {
    auto const numbers = f();
    return std::string(reinterpret_cast<char const*>(numbers.data()), numbers.size() * sizeof(double));
  });
  std::vector<double> numbers(bytes.size() / sizeof(double));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

std::vector<std::string> gathered(Ranks& ranks, std::string const& text) {
  auto const n = static_cast<std::size_t>(ranks.size());
  std::uint64_t const mine = text.size();
  std::vector<std::uint64_t> sizes(n);
  ranks.all_gather(&mine, sizeof(mine), sizes.data());
  auto const most = static_cast<std::size_t>(*std::ranges::max_element(sizes));
  std::string padded = text, all(n * most, '\0');
  padded.resize(most);
  if (most > 0) ranks.all_gather(padded.data(), most, all.data());
  std::vector<std::string> texts;
  texts.reserve(n);
  for (std::size_t r = 0; r < n; ++r) texts.push_back(all.substr(r * most, static_cast<std::size_t>(sizes[r])));
  return texts;
}

}  // namespace metasolve::exec
