// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/npy.hpp"

#include "fuzz.hpp"
#include "metasolve/error.hpp"

/// An array: rejected with a message, or as many numbers as its shape says.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  try {
    auto const array = io::parse_npy({reinterpret_cast<char const*>(data), size}, "x.npy");
    std::int64_t count = 1;
    for (auto const axis : array.shape) count *= axis;
    auto const numbers = array.whole ? array.integers.size() : array.reals.size();
    fuzz::require(static_cast<std::int64_t>(numbers) == count, "an array is full");
    if (array.whole) return 0;
    auto const again = io::parse_npy(io::npy_text(array.reals, array.shape), "y.npy");
    fuzz::require(again.shape == array.shape && again.reals.size() == array.reals.size(),
                  "what is written can be read");
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  }
  return 0;
}
