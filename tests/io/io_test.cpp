// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>
#include <vector>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

#ifndef METASOLVE_SOURCE_DIR
#define METASOLVE_SOURCE_DIR "."
#endif

namespace metasolve::io::io_test {
namespace {

namespace fs = std::filesystem;
using test::expect_message;
using test::TemporaryFolder;

std::size_t files_in(fs::path const& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

/// During its lifetime no file may grow beyond `bytes`: simulates a full disk for writers.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit const limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(FileSizeLimit const&) = delete;
  FileSizeLimit& operator=(FileSizeLimit const&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

TEST(AtomicFile, WritesAndReplaces) {
  TemporaryFolder const folder;
  fs::path const path = folder / "weights.bin";
  write_file_atomically(path, "old");
  std::string const binary("new\0\n\xff", 6);
  write_file_atomically(path, std::as_bytes(std::span(binary)));
  EXPECT_EQ(read_file(path), binary);
  EXPECT_EQ(TemporaryFolder::read(path), binary);
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AtomicFile, FailedWriteKeepsTheOldFileAndNoTemporary) {
  TemporaryFolder const folder;
  fs::path const path = folder.write("weights.bin", "old");
  {
    FileSizeLimit const limit(4096);
    expect_message<OutputError>([&] { write_file_atomically(path, std::string(1 << 20, 'x')); },
                                {path.string(), "cannot be written", "File too large", "free space"});
  }
  EXPECT_EQ(TemporaryFolder::read(path), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AtomicFile, RefusesWhatIsNoFile) {
  TemporaryFolder const folder;
  expect_message<OutputError>([&] { write_file_atomically(folder / "no/such/file", "x"); },
                              {"no/such/file", "No such file or directory"});
  expect_message<OutputError>([&] { write_file_atomically(folder.path(), "x"); }, {"is a directory"});
  expect_message<OutputError>([&] { write_file_atomically(folder.path() / "", "x"); }, {"names no file"});
  expect_message<OutputError>([&] { write_file_atomically("/dev/null", "x"); }, {"/dev/null", "no regular file"});
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(AtomicFile, FollowsLinksAndKeepsPermissions) {
  TemporaryFolder const folder;
  fs::path const target = folder.write("target", "old");
  ::chmod(target.c_str(), 0640);
  fs::create_symlink("target", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(TemporaryFolder::read(target), "new");
  EXPECT_EQ(fs::status(target).permissions(), static_cast<fs::perms>(0640));
}

TEST(AtomicFile, ReadersSeeWholeFilesOnly) {
  TemporaryFolder const folder;
  fs::path const path = folder / "state";
  std::string const first(100'000, 'a');
  std::string const second(200'000, 'b');
  write_file_atomically(path, first);
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) write_file_atomically(path, i % 2 == 0 ? second : first);
  });
  for (int i = 0; i < 200; ++i) {
    std::string const seen = read_file(path);
    EXPECT_TRUE(seen == first || seen == second);
  }
  writer.join();
}

TEST(EnsureDirectory, CreatesParentsAndRefusesFiles) {
  TemporaryFolder const folder;
  ensure_directory(folder / "a/b/c");
  ensure_directory(folder / "a/b/c");
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  fs::path const file = folder.write("file", "x");
  expect_message<OutputError>([&] { ensure_directory(file); }, {file.string()});
  expect_message<OutputError>([&] { ensure_directory(file / "below"); }, {"below"});
}

TEST(LineWriter, AppendsContinuesAndCuts) {
  TemporaryFolder const folder;
  fs::path const path = folder / "metrics.jsonl";
  std::uint64_t kept = 0;
  {
    LineWriter writer(path);
    writer.append("one");
    kept = writer.bytes();
    writer.append("two");
    writer.sync();
    EXPECT_EQ(writer.bytes(), 8U);
    LineWriter moved = std::move(writer);
    moved.append("three");
  }
  EXPECT_EQ(LineWriter(path).bytes(), 14U);
  {
    LineWriter writer(path, kept);
    writer.append("2");
  }
  EXPECT_EQ(TemporaryFolder::read(path), "one\n2\n");
  LineWriter const fresh(path, 0);
  EXPECT_EQ(TemporaryFolder::read(path), "");
}

TEST(LineWriter, RefusesWhatDoesNotFitTheCheckpoint) {
  TemporaryFolder const folder;
  fs::path const path = folder.write("metrics.jsonl", "one\ntwo\n");
  expect_message<InputError>([&] { LineWriter(path, 9); }, {path.string(), "has 8 bytes", "9", "lines are missing"});
  expect_message<InputError>([&] { LineWriter(path, 5); }, {path.string(), "byte 5", "within a line"});
  expect_message<InputError>([&] { LineWriter(folder / "absent", 5); }, {"absent", "is missing"});
  EXPECT_FALSE(fs::exists(folder / "absent"));
  EXPECT_EQ(TemporaryFolder::read(path), "one\ntwo\n");
  expect_message<OutputError>([&] { LineWriter(folder.path()); }, {folder.path().string(), "cannot be opened"});
  expect_message<InputError>([&] { LineWriter(path).append("a\nb"); }, {path.string(), "line feed"});
}

TEST(LineWriter, EndsAnUnfinishedLine) {
  TemporaryFolder const folder;
  fs::path const path = folder.write("metrics.jsonl", "one\ntw");
  LineWriter(path).append("three");
  EXPECT_EQ(TemporaryFolder::read(path), "one\ntw\nthree\n");
}

TEST(LineWriter, FullDiskLeavesWholeLines) {
  TemporaryFolder const folder;
  fs::path const path = folder / "metrics.jsonl";
  LineWriter writer(path);
  writer.append("one");
  {
    FileSizeLimit const limit(100);
    expect_message<OutputError>([&] { writer.append(std::string(1000, 'x')); }, {path.string(), "File too large"});
  }
  EXPECT_EQ(TemporaryFolder::read(path), "one\n");
  writer.append("two");
  EXPECT_EQ(TemporaryFolder::read(path), "one\ntwo\n");
  expect_message<OutputError>([&] { LineWriter("/dev/full").append("x"); }, {"/dev/full", "No space left"});
}

class Csv : public ::testing::Test {
 protected:
  CsvTable read(std::string_view content, std::vector<std::string> const& columns) {
    return read_columns(folder_.write("data.csv", content), columns);
  }
  void expect_refused(std::string_view content, std::initializer_list<std::string> parts) {
    expect_message<InputError>([&] { read(content, {"a", "b"}); }, {(folder_ / "data.csv").string()});
    expect_message<InputError>([&] { read(content, {"a", "b"}); }, parts);
  }

  TemporaryFolder folder_;
};

TEST_F(Csv, ReadsTheReferenceFile) {
  fs::path const path = fs::path(METASOLVE_SOURCE_DIR) / "tests/data/poisson.csv";
  EXPECT_EQ(read_numbered_columns(path, "f").columns, 16U);
  CsvTable const table = read_columns(path, {"k_1e-6", "f1", "f16"});
  EXPECT_EQ(table.rows, 100);
  EXPECT_EQ(table.header.size(), 20U);
  EXPECT_EQ(table.ignored.size(), 17U);
  ASSERT_EQ(table.values.size(), 300U);
  EXPECT_EQ(table.values[0], 145.0);
  EXPECT_EQ(table.values[1], 0.11044621325310608);
  EXPECT_EQ(table.values[2], -0.42797336766790106);
  EXPECT_EQ(table.values[3], 164.0);
}

TEST_F(Csv, AcceptsWhatProgramsWrite) {
  CsvTable const table = read(
      "\xEF\xBB\xBF \"b\" , note,\"a\"\r\n 1.5 ,\"x, \"\"y\"\"\n z\", +2e3\r\n-.5,,\"7\"\r\n3,in\"ch,4\r\n\r\n  \r\n",
      {"a", "b"});
  EXPECT_EQ(table.header, (std::vector<std::string>{"b", "note", "a"}));
  EXPECT_EQ(table.ignored, std::vector<std::string>{"note"});
  EXPECT_EQ(table.rows, 3);
  EXPECT_EQ(table.values, (std::vector<double>{2000, 1.5, 7, -0.5, 4, 3}));
  EXPECT_EQ(read("a,b,\n1,2,\n3,4,", {"a", "b"}).rows, 2);
  EXPECT_EQ(read("a,c,c\n1,2,3", {"a"}).values, std::vector<double>{1});
}

TEST_F(Csv, ReadsNumberedColumnsOrNamesWhatIsWrongWithThem) {
  auto const table = read_numbered_columns(folder_.write("data.csv", "f2,f10x,f1,f\n1,2,3,4\n"), "f");
  EXPECT_EQ(table.values, (std::vector<double>{3, 1}));
  EXPECT_EQ(table.ignored, (std::vector<std::string>{"f10x", "f"}));
  auto const refuse = [&](std::string const& header, std::initializer_list<std::string> parts) {
    auto const file = folder_.write("data.csv", header + "\n");
    expect_message<InputError>([&] { read_numbered_columns(file, "f"); }, {"data.csv:1: "});
    expect_message<InputError>([&] { read_numbered_columns(file, "f"); }, parts);
  };
  refuse("f1,f2,f4", {"\"f4\" but not \"f3\""});
  refuse("f2,f3", {"\"f3\" but not \"f1\""});
  refuse("f0,f1,f2", {"\"f0\"", "numbered from f1"});
  refuse("f1,f02", {"\"f02\"", "leading zeros"});
  refuse("f1,f2,f1", {"\"f1\" is there more than once"});
  refuse("f1,f99999999999999999999", {"\"f99999999999999999999\" but not \"f2\""});
  refuse("f1;f2;f3", {"\"f1;f2;f3\"", "separated by semicolons"});
  refuse("# f1,f2", {"\"# f1\"", "take the # away"});
  refuse("#f1 f2", {"\"#f1 f2\"", "take the # away"});
  refuse("1,2.5", {"\"1\", \"2.5\"", "header line"});
  refuse("F1,F2", {"\"F1\"", "f1, f2"});
}

TEST_F(Csv, ReadsTheNearestNumber) {
  EXPECT_EQ(read("a,b\n1e-400,-1e-400\n4.9e-324,0.00001e-318\n", {"a", "b"}).values,
            (std::vector<double>{0, -0.0, 4.9e-324, 1e-323}));
  expect_refused("a,b\n1,3e700\n", {":2", "\"3e700\"", "beyond the range"});
  expect_refused("a,b\n1,-3e700\n", {":2", "\"-3e700\"", "beyond the range"});
}

TEST_F(Csv, AcceptsOldLineEndsAndNamesOtherEncodings) {
  EXPECT_EQ(read("a,b\r1,2\r3,4\r", {"b", "a"}).values, (std::vector<double>{2, 1, 4, 3}));
  expect_refused("a,b\r1,2\r3,x\r", {":3", "\"x\""});
  using namespace std::string_view_literals;
  expect_refused("\xFF\xFE\x61\0,\0b\0"sv, {"UTF-16", "iconv"});
  expect_refused("\0a\0,\0b"sv, {"UTF-16"});
  expect_refused("\xFF\xFE\0\0a\0\0\0"sv, {"UTF-32"});
}

TEST_F(Csv, RefusesFilesThatAreNoTable) {
  expect_message<InputError>([&] { read_columns(folder_ / "absent.csv", {"a"}); }, {"absent.csv", "No such file"});
  expect_message<InputError>([&] { read_columns(folder_.path(), {"a"}); }, {folder_.path().string(), "is a directory"});
  expect_refused("", {"is empty"});
  expect_refused(" \r\n\n", {"is empty"});
  expect_refused("a,b\n", {"no rows"});
  expect_refused("a,b\r\n\r\n", {"no rows"});
}

TEST_F(Csv, RefusesWrongHeaders) {
  expect_refused("a,c\n1,2\n", {":1", "lacks b", "\"a\", \"c\""});
  expect_refused("c,d\n1,2\n", {":1", "lacks a, b"});
  expect_refused("a,b,a\n1,2,3\n", {":1", "\"a\" is there more than once"});
}

TEST_F(Csv, RefusesWrongRows) {
  expect_refused("a,b\n1,2\n3\n", {":3", "has 1 cells, expected 2"});
  expect_refused("a,b\n1,2,3\n", {":2", "has 3 cells, expected 2"});
  expect_refused("a,b\n1,2\n\n3,4\n", {":3", "has 1 cells"});
  expect_refused("a,b,c\n1,2,\"x\ny\"\n3,z,4\n", {":4", "\"b\"", "\"z\" is not a number"});
  expect_refused("a,b\n1,2\n\"3,4\n", {":3", "never closed"});
}

TEST_F(Csv, RefusesCellsThatAreNoFiniteNumbers) {
  for (std::string const cell : {"", "x", "1x", "1 2", "0x10", "--1", "+-1", "1e", "."}) {
    expect_refused("a,b\n1,2\n1," + cell + "\n", {":3", "column \"b\"", "\"" + cell + "\" is not a number"});
  }
  for (std::string const cell : {"nan", "inf", "-inf", "NAN", "Infinity"}) {
    expect_refused("a,b\n" + cell + ",2\n", {":2", "column \"a\"", "\"" + cell + "\" is not finite"});
  }
  expect_refused("a,b\n1,1e999\n", {":2", "column \"b\"", "beyond the range"});
}

TEST_F(Csv, EveryTruncationIsReadOrRefusedCleanly) {
  std::string const whole = "a,b,\"c\"\r\n1,2,\"x,\"\"\"\r\n3.5,-4e1,z\r\n";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    try {
      CsvTable const table = read(whole.substr(0, length), {"a", "b"});
      EXPECT_EQ(table.values.size(), static_cast<std::size_t>(table.rows) * 2);
    } catch (InputError const& error) {
      EXPECT_NE(std::string(error.what()).find("data.csv"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace metasolve::io::io_test
