// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/json.hpp"

#include "fuzz.hpp"
#include "metasolve/detail/config/schema.hpp"

/// A JSON document, such as a checkpoint's configuration: rejected with a message, or a configuration that is unchanged
/// after writing and reading.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  try {
    auto const document = io::parse_json(text, "input");
    auto const copy = document;  // traverses it, like every use
    fuzz::require(copy.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).size() > 0, "it can be printed");
    auto const config = config::from_json(document, "input");
    auto const again = config::from_json(config::to_json(config), "again");
    fuzz::require(config::to_json(again) == config::to_json(config), "what is written is read as the same");
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  }
  return 0;
}
