// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/text.hpp"

#include <locale.h>
#include <clocale>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

using namespace std::string_view_literals;

/// The encoding of text that is not UTF-8 or ASCII. Without a mark, zero bytes next to ASCII letters identify it.
std::string_view wide_encoding(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> marks{
      {{"\xFF\xFE\0\0"sv, "UTF-32"}, {"\0\0\xFE\xFF"sv, "UTF-32"}, {"\xFF\xFE"sv, "UTF-16"}, {"\xFE\xFF"sv, "UTF-16"}}};
  for (auto const& [mark, name] : marks) {
    if (text.starts_with(mark)) return name;
  }
  if (text.size() < 2 || (text[0] != '\0' && text[1] != '\0')) return {};
  if (text[0] == '\0' && text[1] == '\0') return text.size() >= 4 && text[3] != '\0' ? "UTF-32" : "";
  return text.size() >= 4 && text[0] != '\0' && text[2] == '\0' ? "UTF-32" : "UTF-16";
}

}  // namespace

std::size_t text_start(std::string_view text, std::filesystem::path const& path) {
  auto const wide = wide_encoding(text);
  if (!wide.empty()) {
    std::string const name(wide);
    throw InputError(path.string() + ": is " + name + " text, expected UTF-8; convert it, for example by `iconv -f " +
                     name + " -t UTF-8`");
  }
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? mark.size() : 0;
}

std::string read_text(std::filesystem::path const& path) {
  auto text = read_file(path);
  text.erase(0, text_start(text, path));
  if (text.find('\n') == text.npos) std::ranges::replace(text, '\r', '\n');
  return text;
}

bool parse_real(std::string_view word, double& value) {
  // Plus signs are common in scientific output, but std::from_chars rejects them.
  if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (end != word.data() + word.size()) return false;
  if (error == std::errc::result_out_of_range) {
    // std::from_chars does not distinguish underflow from overflow.
    static locale_t const plain = ::newlocale(LC_ALL_MASK, "C", nullptr);
    value = ::strtod_l(std::string(word).c_str(), nullptr, plain);
    return true;
  }
  return error == std::errc{};
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result(text.substr(0, longest));
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return "\"" + result + (text.size() > longest ? "...\"" : "\"");
}

std::string shortest(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string size_text(std::uint64_t bytes) {
  auto const megabytes = static_cast<double>(bytes) / 1e6;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), megabytes < 1000 ? "%.1f MB" : "%.2f GB",
                megabytes < 1000 ? megabytes : megabytes / 1000);
  return text.data();
}

}  // namespace metasolve::io
