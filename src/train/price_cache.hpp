// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/engine/price.hpp"

/// Prices that were measured, kept between runs.
namespace metasolve::train {

/// What a measured price holds for.
struct PriceKey {
  std::string machine;    ///< its name and CPU
  std::string device;     ///< Executor::description(), which also tells the threads
  std::string version;    ///< of this library
  std::string precision;  ///< of the solver
  std::string stage;      ///< engine::TaskKind::cost_name()
  bool operator==(PriceKey const&) const = default;
};

/// The name and CPU of this machine.
std::string this_machine();

struct KnownPrice {
  PriceKey key;
  engine::Price price;        ///< nanoseconds per task, and per iteration of one
  std::int64_t measured = 0;  ///< seconds since 1970
};

/// prices.json in the cache folder. A file that is damaged or not of this kind is reported and replaced by the next
/// price. Errors produce a notice and never stop a run.
class PriceCache {
 public:
  /// folder: empty: nothing is kept. notice: one line describing a problem; may be empty.
  explicit PriceCache(std::string folder, std::function<void(std::string const&)> notice = {});
  /// In io::cache_folder. Notices as io::notices_of_this_thread.
  static PriceCache from_environment();

  [[nodiscard]] std::filesystem::path file() const;  ///< empty: nothing is kept
  [[nodiscard]] std::vector<KnownPrice> all() const;
  [[nodiscard]] std::optional<KnownPrice> find(PriceKey const& key) const;
  /// Replaces a price of the same key. Returns whether it is kept.
  bool keep(KnownPrice const& price) const;

 private:
  void tell(std::string const& line) const;

  std::string folder_;
  std::function<void(std::string const&)> notice_;
};

}  // namespace metasolve::train
