// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/price_cache.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/cache_folder.hpp"
#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/notices.hpp"
#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

using nlohmann::ordered_json;

constexpr char const* format_name = "metasolve prices 1";

/// As Linux tells it; empty: it does not.
std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    auto const colon = line.find(": ");
    return colon == line.npos ? "" : line.substr(colon + 2);
  }
  return {};
}

KnownPrice price_from(ordered_json const& json) {
  auto const text = [&](char const* key) { return json.at(key).get<std::string>(); };
  auto const number = [&](char const* key) { return json.at(key).get<double>(); };
  KnownPrice known{{text("machine"), text("device"), text("version"), text("precision"), text("stage")},
                   {number("start_ns"), number("step_ns")},
                   json.at("measured").get<std::int64_t>()};
  bool const is_price = std::isfinite(known.price.start) && std::isfinite(known.price.step) && known.price.start >= 0 &&
                        known.price.step >= 0;
  if (!is_price) throw InputError("a price is below 0 or not finite");
  return known;
}

ordered_json json_of(KnownPrice const& known) {
  auto const& key = known.key;
  return {{"machine", key.machine},      {"device", key.device},      {"version", key.version},
          {"precision", key.precision},  {"stage", key.stage},        {"start_ns", known.price.start},
          {"step_ns", known.price.step}, {"measured", known.measured}};
}

}  // namespace

std::string this_machine() {
  utsname names{};
  std::string const name = ::uname(&names) == 0 ? names.nodename : "unknown";
  auto const cpu = cpu_name();
  return name + (cpu.empty() ? "" : ", " + cpu);
}

PriceCache::PriceCache(std::string folder, std::function<void(std::string const&)> notice)
    : folder_(std::move(folder)), notice_(std::move(notice)) {}

PriceCache PriceCache::from_environment() { return PriceCache(io::cache_folder(), io::notices_of_this_thread()); }

std::filesystem::path PriceCache::file() const {
  return folder_.empty() ? std::filesystem::path() : std::filesystem::path(folder_) / "prices.json";
}

std::vector<KnownPrice> PriceCache::all() const {
  std::vector<KnownPrice> prices;
  std::error_code unreadable;
  if (folder_.empty() || !std::filesystem::exists(file(), unreadable)) return prices;
  try {
    auto const document = io::parse_json<ordered_json>(io::read_file(file()), file().string());
    if (!document.is_object() || document.value("format", "") != format_name) {
      throw InputError(file().string() + ": is not a file of prices that this version writes");
    }
    for (auto const& json : document.at("prices")) prices.push_back(price_from(json));
    return prices;
  } catch (nlohmann::json::exception const&) {
    tell(file().string() + ": a price lacks something; prices are measured anew");
  } catch (Error const& error) {
    tell(std::string(error.what()) + "; prices are measured anew");
  }
  return {};
}

std::optional<KnownPrice> PriceCache::find(PriceKey const& key) const {
  auto const known = all();
  auto const found = std::ranges::find(known, key, &KnownPrice::key);
  return found == known.end() ? std::nullopt : std::optional(*found);
}

bool PriceCache::keep(KnownPrice const& price) const {
  if (folder_.empty()) return false;
  std::vector<KnownPrice> prices;
  {
    PriceCache const quiet(folder_);  // damage was reported when the price was looked for
    prices = quiet.all();
  }
  std::erase_if(prices, [&](KnownPrice const& other) { return other.key == price.key; });
  prices.push_back(price);
  ordered_json list = ordered_json::array();
  for (auto const& one : prices) list.push_back(json_of(one));
  try {
    io::ensure_directory(folder_);
    io::write_file_atomically(file(), io::document_text({{"format", format_name}, {"prices", list}}));
    return true;
  } catch (Error const& error) {
    tell(std::string(error.what()) + "; the measured price is not kept");
    return false;
  }
}

void PriceCache::tell(std::string const& line) const {
  if (notice_) notice_(line);
}

}  // namespace metasolve::train
