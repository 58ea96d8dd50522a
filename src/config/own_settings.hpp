// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <typeindex>

namespace metasolve::config {

/// Settings structs of problems, one per type: default-constructible, copyable, comparable. A struct that was never
/// written to has its default value.
class OwnSettings {
 public:
  template <class S>
  [[nodiscard]] S const& of() const {
    auto const found = held_.find(typeid(S));
    if (found != held_.end()) return static_cast<Held<S> const&>(*found->second).settings;
    static S const defaults{};
    return defaults;
  }
  template <class S>
  [[nodiscard]] S& of() {
    auto& held = held_[typeid(S)];
    if (!held) {
      held = std::make_shared<Held<S>>();
    } else if (held.use_count() > 1) {  // shared with a copy of the whole
      held = held->copy();
    }
    return static_cast<Held<S>&>(*held).settings;
  }

  bool operator==(OwnSettings const& other) const { return has_all_of(other) && other.has_all_of(*this); }

 private:
  struct Any {
    virtual ~Any() = default;
    [[nodiscard]] virtual std::shared_ptr<Any> copy() const = 0;
    [[nodiscard]] virtual bool equals(OwnSettings const& all) const = 0;
  };
  template <class S>
  struct Held final : Any {
    S settings{};
    [[nodiscard]] std::shared_ptr<Any> copy() const override { return std::make_shared<Held>(*this); }
    [[nodiscard]] bool equals(OwnSettings const& all) const override { return all.of<S>() == settings; }
  };

  [[nodiscard]] bool has_all_of(OwnSettings const& other) const {
    for (auto const& [type, held] : other.held_) {
      if (!held->equals(*this)) return false;
    }
    return true;
  }

  std::map<std::type_index, std::shared_ptr<Any>> held_;
};

}  // namespace metasolve::config
