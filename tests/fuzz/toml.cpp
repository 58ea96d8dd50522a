// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <vector>

#include "fuzz.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/error.hpp"

/// Depending on the first byte: a configuration file, or overrides, one per line. Rejected with a message, or a
/// configuration that is unchanged after printing and reading.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  if (size == 0) return 0;
  std::string text(reinterpret_cast<char const*>(data) + 1, size - 1);
  std::vector<std::string> overrides;
  if (data[0] % 2 == 1) {
    for (std::size_t at = 0; at < text.size() && overrides.size() < 20;) {
      auto const end = std::min(text.find('\n', at), text.size());
      overrides.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    text.clear();
  }
  try {
    auto const config = config::parse(text, "input", overrides);
    auto const again = config::parse(config::to_toml(config), "again", {});
    fuzz::require(config::to_json(again) == config::to_json(config), "what is printed is read as the same");
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  }
  return 0;
}
