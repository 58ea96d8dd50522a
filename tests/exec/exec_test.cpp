// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include "metasolve/detail/exec/backend.hpp"
#include "tests/support/executors.hpp"

/// Guarantees of every executor for memory, products, sums, sorts and partitions.
namespace metasolve::test::exec_test {
namespace {

using exec::Backend;
using exec::Buffer;
using exec::Gemm;
using exec::Transpose;

template <class T>
Buffer<T> buffer_of(Backend& backend, std::vector<T> const& values) {
  Buffer<T> buffer(backend, static_cast<std::int64_t>(values.size()));
  buffer.upload(values.data(), buffer.size());
  return buffer;
}
template <class T>
std::vector<T> values_of(Buffer<T> const& buffer) {
  std::vector<T> values(static_cast<std::size_t>(buffer.size()));
  buffer.download(values.data(), buffer.size());
  return values;
}
template <class T>
std::vector<T> random_values(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<T> values(static_cast<std::size_t>(n));
  for (T& v : values) v = static_cast<T>(uniform(random));
  return values;
}
template <class T>
bool same_bits(std::vector<T> const& a, std::vector<T> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Those of a device: BesideAStream in tests/api/stream_order_cuda_test.cpp.
TEST(Streams, OfACpuNeedNoOrder) {
  std::vector<Executor> executors{Executor::cpu(1)};
  if (has_serial()) executors.push_back(Executor::open("serial"));
  for (auto const& executor : executors) {
    executor.wait_for(nullptr);
    executor.make_wait(nullptr);
    EXPECT_EQ(executor.stream(), nullptr);
  }
}

struct Memory : OnExecutors {};
METASOLVE_ON_EXECUTORS(Memory);

TEST_P(Memory, IsZeroedAndKeepsWhatIsUploaded) {
  Buffer<double> buffer(backend(), 1000);
  EXPECT_EQ(values_of(buffer), std::vector<double>(1000));
  auto const values = random_values<double>(1000, 1);
  buffer.upload(values.data(), 1000);
  EXPECT_EQ(values_of(buffer), values);
  buffer.upload(values.data(), 3, 7);
  double part[3];
  buffer.download(part, 3, 7);
  EXPECT_EQ(part[2], values[2]);
  buffer.zero();
  EXPECT_EQ(values_of(buffer), std::vector<double>(1000));
}

TEST_P(Memory, IsCopiedInOrder) {
  auto const first = buffer_of<float>(backend(), {1, 2, 3});
  Buffer<float> second(backend(), 3);
  backend().copy(second.data(), first.data(), first.bytes());
  EXPECT_EQ(values_of(second), (std::vector<float>{1, 2, 3}));
}

TEST_P(Memory, UploadHasReadItsSourceOnReturn) {
  std::vector<std::int32_t> source(1 << 20, 1);
  Buffer<std::int32_t> buffer(backend(), 1 << 20);
  buffer.upload(source.data(), buffer.size());
  std::fill(source.begin(), source.end(), 2);
  EXPECT_EQ(values_of(buffer), std::vector<std::int32_t>(1 << 20, 1));
}

TEST_P(Memory, OfNothingIsAllowed) {
  Buffer<double> const buffer(backend(), 0);
  EXPECT_EQ(buffer.data(), nullptr);
  backend().copy(nullptr, nullptr, 0);
  backend().zero(nullptr, 0);
}

TEST_P(Memory, OfTheHandleOutlivesIt) {
  std::shared_ptr<void> memory;
  double value = 3;
  {
    auto const other = Executor::open(GetParam());
    memory = other.allocate(sizeof value);
    other.download(&value, memory.get(), sizeof value);
    EXPECT_EQ(value, 0);
    value = 5;
    other.upload(memory.get(), &value, sizeof value);
  }
  EXPECT_NE(memory.get(), nullptr);
}

TEST_P(Memory, IsCountedAndPlannedWithoutBeingTaken) {
  std::size_t const before = backend().allocated();
  {
    backend().set_planning(true);
    Buffer<double> const planned(backend(), std::int64_t{1} << 40);
    EXPECT_EQ(planned.data(), nullptr);
    EXPECT_EQ(backend().allocated() - before, std::size_t{8} << 40);
  }
  backend().set_planning(false);
  EXPECT_EQ(backend().allocated(), before);
  Buffer<float> buffer(backend(), 10);
  EXPECT_EQ(backend().allocated() - before, 40u);
  Buffer<float> const moved = std::move(buffer);
  EXPECT_EQ(backend().allocated() - before, 40u);
}

struct Products : OnExecutors {};
METASOLVE_ON_EXECUTORS(Products);

/// Compared with sums in long double, in rows padded by 3, 5 and 2 elements, whose padding must not change.
template <class Real>
void expect_product(Backend& backend, Transpose op_a, Transpose op_b, Real beta) {
  std::int64_t const m = 70, n = 13, k = 37;
  bool const ta = op_a == Transpose::yes;
  bool const tb = op_b == Transpose::yes;
  std::int64_t const lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 5, ldc = n + 2;
  auto const a = random_values<Real>(lda * (ta ? k : m), 1);
  auto const b = random_values<Real>(ldb * (tb ? n : k), 2);
  auto const c = random_values<Real>(ldc * m, 3);
  auto const da = buffer_of(backend, a);
  auto const db = buffer_of(backend, b);
  auto dc = buffer_of(backend, c);
  Real const alpha = Real(0.5);
  backend.gemm(Gemm<Real>{op_a, op_b, m, n, k, alpha, da.data(), lda, db.data(), ldb, beta, dc.data(), ldc});
  auto const result = values_of(dc);
  double const rounding = 100 * std::numeric_limits<Real>::epsilon();
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      long double sum = 0;
      for (std::int64_t l = 0; l < k; ++l) {
        sum += static_cast<long double>(a[ta ? l * lda + i : i * lda + l]) * b[tb ? j * ldb + l : l * ldb + j];
      }
      ASSERT_NEAR(result[i * ldc + j], static_cast<double>(alpha * sum + beta * c[i * ldc + j]), rounding)
          << "row " << i << ", column " << j;
    }
    for (std::int64_t j = n; j < ldc; ++j) ASSERT_EQ(result[i * ldc + j], c[i * ldc + j]) << "padding of row " << i;
  }
}

template <class Real>
void expect_products(Backend& backend) {
  for (auto const op_a : {Transpose::no, Transpose::yes}) {
    for (auto const op_b : {Transpose::no, Transpose::yes}) {
      for (Real const beta : {Real(0), Real(1), Real(-0.25)}) {
        SCOPED_TRACE(::testing::Message() << "op_a " << static_cast<bool>(op_a) << ", op_b " << static_cast<bool>(op_b)
                                          << ", beta " << beta);
        expect_product<Real>(backend, op_a, op_b, beta);
      }
    }
  }
}
TEST_P(Products, OfDoublesAreThoseOfLoops) { expect_products<double>(backend()); }
TEST_P(Products, OfFloatsAreThoseOfLoops) { expect_products<float>(backend()); }

/// The product of `rows` rows alone.
template <class Real>
std::vector<Real> product(Backend& backend, std::vector<Real> const& rows, std::vector<Real> const& b, int n, int k,
                          Transpose op_b) {
  auto const m = static_cast<std::int64_t>(rows.size()) / k;
  auto const padded = exec::padded_rows(m);
  auto a = rows;
  a.resize(static_cast<std::size_t>(padded * k));
  auto const da = buffer_of(backend, a);
  auto const db = buffer_of(backend, b);
  Buffer<Real> dc(backend, padded * n);
  backend.gemm(Gemm<Real>{.op_b = op_b,
                          .m = m,
                          .n = n,
                          .k = k,
                          .a = da.data(),
                          .lda = k,
                          .b = db.data(),
                          .ldb = op_b == Transpose::yes ? k : n,
                          .c = dc.data(),
                          .ldc = n,
                          .rows_alone = true});
  auto c = values_of(dc);
  c.resize(static_cast<std::size_t>(m * n));
  return c;
}

template <class Real>
void expect_rows_alone(Backend& backend, int n, int k, Transpose op_b) {
  std::int64_t const batch = 10000;
  auto const all = random_values<Real>(batch * k, 4);
  auto const b = random_values<Real>(std::int64_t{n} * k, 5);
  auto const together = product(backend, all, b, n, k, op_b);
  for (std::int64_t const row : {0, 1, 63, 64, 700, 4095, 9999}) {
    std::vector<Real> const alone(all.begin() + row * k, all.begin() + (row + 1) * k);
    std::vector<Real> const expected(together.begin() + row * n, together.begin() + (row + 1) * n);
    EXPECT_TRUE(same_bits(product(backend, alone, b, n, k, op_b), expected)) << "row " << row << " alone";
    // After 130 other rows, in a batch of 131.
    auto behind = random_values<Real>(std::int64_t{130} * k, 6);
    behind.insert(behind.end(), alone.begin(), alone.end());
    auto const result = product(backend, behind, b, n, k, op_b);
    EXPECT_TRUE(same_bits(std::vector<Real>(result.end() - n, result.end()), expected)) << "row " << row << " moved";
    // And they are correct.
    for (int j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      for (int i = 0; i < k; ++i) {
        double const term = double{alone[static_cast<std::size_t>(i)]} *
                            double{b[static_cast<std::size_t>(op_b == Transpose::yes ? j * k + i : i * n + j)]};
        sum += term;
        size += std::abs(term);
      }
      double const error = std::abs(double{expected[static_cast<std::size_t>(j)]} - sum);
      EXPECT_TRUE(error <= double{std::numeric_limits<Real>::epsilon()} * k * size)
          << "row " << row << ", column " << j;
    }
  }
}
TEST_P(Products, ARowsBitsDoNotDependOnTheOtherRows) {
  for (auto const op_b : {Transpose::no, Transpose::yes}) {
    for (auto const& [n, k] : {std::pair{5, 100}, {50, 33}, {16, 7}, {33, 300}, {1, 1}}) {
      expect_rows_alone<double>(backend(), n, k, op_b);
      expect_rows_alone<float>(backend(), n, k, op_b);
    }
  }
}

struct Sums : OnExecutors {};
METASOLVE_ON_EXECUTORS(Sums);

template <class T>
void expect_sums(Backend& backend, std::vector<T> const& values) {
  auto const n = static_cast<std::int64_t>(values.size());
  auto const x = buffer_of(backend, values);
  auto const sum_of = [&](bool squares) {
    auto to = buffer_of<double>(backend, {1.0});
    if constexpr (std::is_floating_point_v<T>) {
      squares ? backend.add_square_sum(x.data(), n, to.data()) : backend.add_sum(x.data(), n, to.data());
    } else {
      backend.add_sum(x.data(), n, to.data());
    }
    return values_of(to);
  };
  for (bool const squares : {false, true}) {
    if (squares && !std::is_floating_point_v<T>) continue;
    long double expected = 1;
    for (T const v : values) expected += squares ? static_cast<long double>(v) * v : static_cast<long double>(v);
    auto const first = sum_of(squares);
    EXPECT_NEAR(first[0], static_cast<double>(expected), 1e-9 + 1e-12 * std::abs(static_cast<double>(expected)))
        << n << " terms, squares " << squares;
    for (int repeat = 0; repeat < 3; ++repeat) EXPECT_TRUE(same_bits(sum_of(squares), first)) << n << " terms";
  }
}
TEST_P(Sums, AddToWhatIsThereWithTheSameBitsEachTime) {
  for (std::int64_t const n : {0, 1, 31, 1024, 1025, 100003, 1 << 20}) {
    expect_sums(backend(), random_values<float>(n, 1));
    expect_sums(backend(), random_values<double>(n, 2));
    std::vector<std::int32_t> counts(static_cast<std::size_t>(n));
    std::iota(counts.begin(), counts.end(), 0);
    expect_sums(backend(), counts);
  }
}
TEST_P(Sums, CarryNaN) {
  std::vector<double> values(5000, 1.0);
  values[4321] = std::numeric_limits<double>::quiet_NaN();
  auto const x = buffer_of(backend(), values);
  Buffer<double> to(backend(), 1);
  backend().add_square_sum(x.data(), x.size(), to.data());
  EXPECT_TRUE(std::isnan(values_of(to)[0]));
}

struct Sorts : OnExecutors {};
METASOLVE_ON_EXECUTORS(Sorts);

TEST_P(Sorts, AreStableAlsoWithNegativeKeys) {
  backend().reserve_sort(20000);
  for (std::int64_t const n : {0, 1, 2, 100, 20000}) {
    std::mt19937 random(3);
    std::vector<std::int32_t> keys(static_cast<std::size_t>(n));
    for (auto& key : keys) key = static_cast<std::int32_t>(random() % 41) - 20;
    std::vector<std::int32_t> values(keys.size());
    std::iota(values.begin(), values.end(), 0);
    auto expected = values;
    std::stable_sort(expected.begin(), expected.end(), [&](int a, int b) { return keys[a] < keys[b]; });
    auto device_keys = buffer_of(backend(), keys);
    auto device_values = buffer_of(backend(), values);
    backend().sort_by_key(device_keys.data(), device_values.data(), n);
    EXPECT_EQ(values_of(device_values), expected) << n << " pairs";
    std::stable_sort(keys.begin(), keys.end());
    EXPECT_EQ(values_of(device_keys), keys) << n << " pairs";
  }
}

struct Partitions : OnExecutors {};
METASOLVE_ON_EXECUTORS(Partitions);

TEST_P(Partitions, PutIndicesThatAreSetFirst) {
  backend().reserve_partition(20000);
  for (std::int64_t const n : {0, 1, 2, 100, 20000}) {
    for (std::uint32_t const share : {0u, 1u, 3u}) {  // of 4 that are set: none, a few, most
      std::mt19937 random(3);
      std::vector<std::int32_t> flags(static_cast<std::size_t>(n)), expected, others;
      for (std::int32_t i = 0; i < n; ++i) {
        bool const is_set = random() % 4 < share;
        flags[static_cast<std::size_t>(i)] = is_set ? 1 + i % 2 : 0;
        (is_set ? expected : others).push_back(i);
      }
      auto const count = static_cast<std::int64_t>(expected.size());
      expected.insert(expected.end(), others.rbegin(), others.rend());
      auto const device_flags = buffer_of(backend(), flags);
      Buffer<std::int32_t> indices(backend(), n);
      EXPECT_EQ(backend().partition(device_flags.data(), n, indices.data()), count);
      EXPECT_EQ(values_of(indices), expected) << n << " flags";
    }
  }
}

TEST(ExecutorNames, OpenWhatTheySay) {
  EXPECT_EQ(Executor::open("cpu").kind(), DeviceKind::cpu);
  EXPECT_EQ(Executor::open("auto").name(), exec::device_count("cuda") > 0 ? "cuda" : "cpu");
  if (has_serial()) {
    EXPECT_EQ(Executor::open("serial").name(), "serial");
    EXPECT_EQ(Executor::open("serial").kind(), DeviceKind::cpu) << "its memory is the host's";
  }
  EXPECT_NE(Executor::open("cpu", 1).description().find("1 thread"), std::string::npos);
  EXPECT_THROW((void)Executor::open("cpu", -1), InputError);
}

TEST(ExecutorNames, ThatAreNoneAreInputErrorsWhichListThem) {
  for (auto const* name :
       {"", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:1x", "cuda: 1", "cuda:99999999999", "cpu:0", "serial:0"}) {
    try {
      (void)Executor::open(name);
      ADD_FAILURE() << "opened \"" << name << '"';
    } catch (InputError const& e) {
      for (auto const* known : {"\"auto\"", "\"cpu\"", "\"serial\"", "\"cuda\"", "\"cuda:N\""}) {
        bool const is_built = std::string_view(known) != "\"serial\"" || has_serial();
        EXPECT_EQ(std::string(e.what()).find(known) != std::string::npos, is_built) << e.what();
      }
    }
  }
}

TEST(ExecutorNames, OfDevicesThatAreAbsentAreDeviceErrors) {
  EXPECT_THROW((void)Executor::open("cuda:1000"), DeviceError);
  EXPECT_THROW((void)Executor::cuda(-1), DeviceError);
  if (exec::device_count("cuda") > 0) GTEST_SKIP() << "there is a CUDA device";
  try {
    (void)Executor::open("cuda");
    ADD_FAILURE() << "opened a device that is not there";
  } catch (DeviceError const& e) {
    EXPECT_NE(std::string(e.what()).find("\"cpu\""), std::string::npos) << e.what();
  }
}

TEST(ExecutorPlugins, AreFoundByTheirNamesAndOpenWhatBearsThem) {
  for (auto const* plugin : exec::executor_plugins()) {
    EXPECT_EQ(exec::find_plugin(plugin->name), plugin);
    EXPECT_EQ(exec::device_count(plugin->name), plugin->devices());
    if (plugin->devices() == 0) {
      EXPECT_THROW((void)plugin->open({}), DeviceError) << plugin->name;
    } else {
      EXPECT_EQ(plugin->open({})->name(), plugin->name);
    }
  }
  EXPECT_EQ(exec::find_plugin("none"), nullptr);
  EXPECT_EQ(exec::device_count("none"), 0);
}

/// For the entry that `doctor` prints: a device is described, or the reason why there is none.
TEST(ExecutorPlugins, ReportWhatTheyFind) {
  for (auto const* plugin : exec::executor_plugins()) {
    auto const report = plugin->report();
    EXPECT_EQ(report.lines.empty(), report.facts.empty()) << plugin->name;
    for (auto const& [name, value] : report.lines) EXPECT_FALSE(name.empty() || value.empty()) << name << ": " << value;
    if (!plugin->has_devices) continue;
    auto const facts = nlohmann::json::parse(report.facts);
    EXPECT_EQ(facts["devices"].size(), static_cast<std::size_t>(plugin->devices()));
    EXPECT_EQ(facts["problem"].get<std::string>().empty(), plugin->devices() > 0);
  }
}

}  // namespace
}  // namespace metasolve::test::exec_test
