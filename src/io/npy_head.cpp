// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
/// NumPy itself reads no longer ones by default (10000); those of a few axes have 128 bytes.
constexpr std::size_t longest_head = 65536;

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// Reads the literal of a Python dictionary that the head consists of.
class Literal {
 public:
  Literal(std::string_view text, std::string const& name) : text_(text), name_(name) {}

  void read(NpyHead& head) {
    bool has_type = false, has_order = false, has_shape = false;
    expect('{');
    while (!take('}')) {
      auto const key = quoted();
      expect(':');
      if (key == "descr" && !has_type) {
        if (peek() == '[') throw InputError(name_ + ": an array of a structured type; give one of plain numbers");
        head.type = quoted();
        has_type = true;
      } else if (key == "fortran_order" && !has_order) {
        head.fortran_order = truth();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        head.shape = shape();
        has_shape = true;
      } else {
        damaged();
      }
      if (!take(',') && peek() != '}') damaged();
    }
    if (!has_type || !has_order || !has_shape || peek() != '\0') damaged();
  }

 private:
  [[noreturn]] void damaged() const {
    throw InputError(
        name_ + ": is damaged: its head is " + shown(text_) +
        ", expected {'descr': ..., 'fortran_order': ..., 'shape': ...}; save the array again by numpy.save");
  }
  /// The next character other than white space; 0: none.
  char peek() {
    auto const next = text_.find_first_not_of(" \t\r\n", at_);
    at_ = next == text_.npos ? text_.size() : next;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) damaged();
  }
  std::string quoted() {
    char const quote = peek();
    if (quote != '\'' && quote != '"') damaged();
    auto const end = text_.find(quote, at_ + 1);
    if (end == text_.npos) damaged();
    std::string text(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return text;
  }
  bool truth() {
    peek();
    for (std::string_view const word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    damaged();
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> shape;
    expect('(');
    while (!take(')')) {
      peek();
      std::int64_t size = 0;
      auto const [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) damaged();
      at_ = static_cast<std::size_t>(end - text_.data());
      shape.push_back(size);
      if (!take(',') && peek() != ')') damaged();
    }
    return shape;
  }

  std::string_view text_;
  std::string const& name_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHead parse_npy_head(std::string_view content, std::string const& name) {
  if (!content.starts_with(magic) || content.size() < 10) {
    throw InputError(name + ": is no NumPy array, which begins with \\x93NUMPY; save one by numpy.save");
  }
  auto const version = static_cast<unsigned char>(content[6]);
  if (version < 1 || version > 3) {
    throw InputError(name + ": has the .npy format " + std::to_string(version) + ", expected 1 to 3; save it anew");
  }
  std::size_t const count = version == 1 ? 2 : 4;
  auto const length = little_endian(content.substr(8, count));
  if (content.size() < 8 + count || length > content.size() - 8 - count || length > longest_head) {
    throw InputError(name + ": is damaged: it ends within its head of " + std::to_string(length) +
                     " bytes; save the array again by numpy.save");
  }
  NpyHead head;
  head.bytes = 8 + count + length;
  Literal(content.substr(8 + count, length), name).read(head);
  return head;
}

}  // namespace metasolve::io
