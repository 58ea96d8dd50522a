// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/metrics_log.hpp"

#include <cerrno>
#include <cstring>
#include <limits>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

namespace fs = std::filesystem;

/// The epoch of a log line; -1: not a log line.
int epoch_of(std::string_view line) {
  nlohmann::json entry;
  try {
    entry = io::parse_json(line, "metrics");
  } catch (InputError const&) {
    return -1;
  }
  if (!entry.is_object()) return -1;
  auto const epoch = entry.find("epoch");
  if (epoch == entry.end() || !epoch->is_number_unsigned()) return -1;
  auto const value = epoch->get<std::uint64_t>();
  return value <= static_cast<std::uint64_t>(std::numeric_limits<int>::max()) ? static_cast<int>(value) : -1;
}

/// Valid log lines of ascending epochs up to `epochs`.
struct GoodLines {
  std::string text;
  int count = 0;
  bool others = false;  ///< there are other lines, which are not of later epochs
};

GoodLines good_lines(std::string_view text, int epochs) {
  GoodLines good;
  int before = -1;
  while (!text.empty()) {
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return good;  // a partial line left by a cut
    auto const line = text.substr(0, end);
    text.remove_prefix(end + 1);
    int const epoch = epoch_of(line);
    if (epoch > before && epoch <= epochs) {
      good.text.append(line).append("\n");
      before = epoch;
      ++good.count;
    } else if (epoch <= epochs) {
      good.others = true;
    }
  }
  return good;
}

std::string lines_text(int count) { return std::to_string(count) + (count == 1 ? " line" : " lines"); }

io::LineWriter open_writer(fs::path const& file, KeptLog const& kept) {
  if (kept.in_place) return io::LineWriter(file, kept.lines.size());
  if (kept.damaged) set_aside(file, "damaged");
  io::write_file_atomically(file, kept.lines);
  return io::LineWriter(file, kept.lines.size());
}

}  // namespace

KeptLog examine_log(fs::path const& file, int epochs, std::uint64_t bytes, std::string const& hash) {
  std::error_code error;
  auto const status = fs::status(file, error);
  std::string const name = file.string();
  if (!fs::exists(status)) {
    if (bytes == 0) return {};
    return {{}, false, false, name + ": is missing: a new log begins with epoch " + std::to_string(epochs + 1)};
  }
  std::string text;
  if (fs::is_regular_file(status)) {
    try {
      text = io::read_file(file);
    } catch (InputError const& problem) {
      return {
          {}, false, true, std::string(problem.what()) + "; it is kept as " + file.filename().string() + ".damaged"};
    }
  }
  std::string const aside = "; the file is kept as " + file.filename().string() + ".damaged";
  if (!fs::is_regular_file(status)) return {{}, false, true, name + ": is no regular file: a new log begins" + aside};

  bool const long_enough = text.size() >= bytes;
  auto const expected = std::string_view(text).substr(0, bytes);
  auto const known = good_lines(expected, epochs);
  if (long_enough && known.text.size() == bytes) {
    if (hash.empty() || io::hash_text(expected) == hash) return {std::string(expected), true, false, {}};
    return {std::string(expected), true, false,
            name + ": was changed since the last checkpoint; its " + lines_text(known.count) + " are kept as they are"};
  }
  auto good = good_lines(text, epochs);
  bool const damaged = good.others || long_enough;
  std::string const missing = name + (damaged ? ": is damaged: " : ": is shorter than the last checkpoint knows it: ") +
                              lines_text(good.count) + " of " + std::to_string(epochs) +
                              (epochs == 1 ? " epoch" : " epochs") + " could be kept" + (damaged ? aside : "");
  return {std::move(good.text), false, damaged, missing};
}

fs::path set_aside(fs::path const& file, std::string const& suffix) {
  std::error_code error;
  for (int n = 1;; ++n) {
    fs::path to = file.string() + "." + suffix + (n == 1 ? "" : "-" + std::to_string(n));
    if (fs::exists(fs::symlink_status(to, error))) continue;
    error.clear();
    fs::rename(file, to, error);
    if (!error) return to;
    throw OutputError(file.string() + ": cannot be renamed to " + to.filename().string() + ": " + error.message() +
                      "; check the folder and its permissions");
  }
}

MetricsLog::MetricsLog(fs::path const& file, KeptLog const& kept) : file_(file), writer_(open_writer(file, kept)) {
  hash_.add(kept.lines);
}

void MetricsLog::append(std::string const& line) {
  writer_.append(line);
  hash_.add(line);
  hash_.add("\n");
}

std::string MetricsLog::sync() {
  std::string notice;
  if (!writer_.in_place()) {
    KeptLog kept;
    auto const whole = writer_.content();
    std::error_code error;
    bool const gone = !fs::exists(fs::symlink_status(file_, error));
    if (io::hash_text(whole) == hash_.text()) {
      kept = {whole, false, !gone,
              file_.string() + (gone ? ": was removed" : ": was replaced by another file") +
                  " while the training ran; it is written again"};
      if (!gone) kept.notice += ", and the other is kept as " + file_.filename().string() + ".damaged";
    } else {
      auto good = good_lines(whole, std::numeric_limits<int>::max());
      kept = {
          std::move(good.text), false, !gone && good.others,
          file_.string() + ": was cut or changed while the training ran; " + lines_text(good.count) + " could be kept"};
    }
    *this = MetricsLog(file_, kept);
    notice = kept.notice;
  }
  writer_.sync();
  return notice;
}

}  // namespace metasolve::train
