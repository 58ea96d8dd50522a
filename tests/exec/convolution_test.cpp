// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/convolution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tuple>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "tests/support/executors.hpp"

/// Convolutions by an executor's library against plain loops. Executors without a library skip.
namespace metasolve::test::convolution_test {
namespace {

using exec::Backend;
using exec::Buffer;
using exec::ConvolutionShape;
using Values = std::vector<float>;

Values random_values(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Values values(static_cast<std::size_t>(n));
  for (float& v : values) v = uniform(random);
  return values;
}

/// Images with space between rows, channels and tasks, and before the first.
struct Images {
  ConvolutionShape shape;
  std::int64_t tasks;
  std::int64_t first = 5;

  [[nodiscard]] std::int64_t x_size() const { return first + tasks * shape.x_task; }
  [[nodiscard]] std::int64_t y_size() const { return first + tasks * shape.y_task; }
};
ConvolutionShape padded_shape(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                              std::int64_t height, std::int64_t width) {
  ConvolutionShape s{.in = in, .out = out, .kernel = kernel, .stride = stride, .height = height, .width = width};
  s.x_row = s.x_width() + 3;
  s.x_channel = s.x_row * (s.x_height() + 1) + 2;
  s.x_task = s.x_channel * in + 7;
  s.y_row = width + 1;
  s.y_channel = s.y_row * (height + 2);
  s.y_task = s.y_channel * out + 4;
  return s;
}

/// f(x's index, w's index, y's index) for every product.
template <class F>
void over_products(Images const& images, F&& f) {
  auto const& s = images.shape;
  for (std::int64_t t = 0; t < images.tasks; ++t) {
    for (std::int64_t o = 0; o < s.out; ++o) {
      for (std::int64_t i = 0; i < s.in; ++i) {
        for (std::int64_t r = 0; r < s.height; ++r) {
          for (std::int64_t c = 0; c < s.width; ++c) {
            for (std::int64_t a = 0; a < s.kernel; ++a) {
              for (std::int64_t b = 0; b < s.kernel; ++b) {
                f(static_cast<std::size_t>(images.first + t * s.x_task + i * s.x_channel +
                                           (r * s.stride + a) * s.x_row + c * s.stride + b),
                  static_cast<std::size_t>(((o * s.in + i) * s.kernel + a) * s.kernel + b),
                  static_cast<std::size_t>(images.first + t * s.y_task + o * s.y_channel + r * s.y_row + c));
              }
            }
          }
        }
      }
    }
  }
}

/// Where `written`, the expected value, to 1e-5 of the largest; elsewhere the bits of before.
void expect_written(std::vector<double> const& expected, std::vector<bool> const& written, Values const& before,
                    Values const& result) {
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (written[i]) largest = std::max(largest, std::abs(expected[i]));
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (written[i]) {
      ASSERT_TRUE(std::abs(double{result[i]} - expected[i]) <= 1e-5 * largest) << result[i] << " at " << i;
    } else {
      ASSERT_EQ(result[i], before[i]) << "at " << i;
    }
  }
}

double dot(Values const& a, Values const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

/// An executor's convolution between values on the host.
class OnHostValues {
 public:
  OnHostValues(Backend& backend, ConvolutionShape const& shape, std::int64_t capacity, bool trains = true)
      : backend_(backend), convolution_(backend.convolution(shape, capacity, trains)) {}
  [[nodiscard]] bool exists() const { return convolution_ != nullptr; }

  /// Each returns the result, which starts as `to`.
  Values forward(Images const& at, Values const& x, Values const& w, Values const& to) const {
    return with(x, w, to, [&](float* dx, float* dw, float* dy) {
      convolution_->forward(dx + at.first, dw, dy + at.first, at.tasks);
    });
  }
  Values input_adjoint(Images const& at, Values const& y, Values const& w, Values const& to) const {
    return with(y, w, to, [&](float* dy, float* dw, float* dx) {
      convolution_->input_adjoint(dy + at.first, dw, dx + at.first, at.tasks);
    });
  }
  Values weight_adjoint(Images const& at, Values const& x, Values const& y, Values const& to) const {
    return with(x, y, to, [&](float* dx, float* dy, float* dw) {
      convolution_->weight_adjoint(dx + at.first, dy + at.first, dw, at.tasks);
    });
  }

 private:
  template <class F>
  Values with(Values const& first, Values const& second, Values const& to, F&& f) const {
    auto const a = exec::uploaded(backend_, first), b = exec::uploaded(backend_, second);
    auto const c = exec::uploaded(backend_, to);
    f(a.data(), b.data(), c.data());
    Values result(to.size());
    c.download(result.data(), c.size());
    return result;
  }
  Backend& backend_;
  std::unique_ptr<exec::Convolution> convolution_;
};

#define SKIP_WITHOUT(convolution) \
  if (!(convolution).exists()) GTEST_SKIP() << "no library for convolutions"

struct Convolutions : OnExecutors {
  /// Against the products added in double precision, with numbers around the images.
  void expect_as_loops(ConvolutionShape const& shape, std::int64_t tasks) {
    Images const images{shape, tasks};
    OnHostValues const convolution(backend(), shape, tasks);
    SKIP_WITHOUT(convolution);
    auto const x = random_values(images.x_size(), 1), y = random_values(images.y_size(), 2);
    auto const w = random_values(shape.weights(), 3);
    std::vector<double> x_bar(x.size()), y_of_x(y.size()), w_bar(w.begin(), w.end());
    std::vector<bool> x_written(x.size()), y_written(y.size()), w_written(w.size(), true);
    for (std::int64_t t = 0; t < tasks; ++t) {  // the whole rectangles, also what a stride leaves out
      for (std::int64_t i = 0; i < shape.in; ++i) {
        for (std::int64_t r = 0; r < shape.x_height(); ++r) {
          for (std::int64_t c = 0; c < shape.x_width(); ++c) {
            auto const at = images.first + t * shape.x_task + i * shape.x_channel + r * shape.x_row + c;
            x_written[static_cast<std::size_t>(at)] = true;
          }
        }
      }
    }
    over_products(images, [&](std::size_t at_x, std::size_t at_w, std::size_t at_y) {
      y_of_x[at_y] += double{w[at_w]} * double{x[at_x]};
      x_bar[at_x] += double{w[at_w]} * double{y[at_y]};
      w_bar[at_w] += double{x[at_x]} * double{y[at_y]};
      y_written[at_y] = true;
    });
    expect_written(y_of_x, y_written, y, convolution.forward(images, x, w, y));
    expect_written(x_bar, x_written, x, convolution.input_adjoint(images, y, w, x));
    expect_written(w_bar, w_written, w, convolution.weight_adjoint(images, x, y, w));
  }
};
METASOLVE_ON_EXECUTORS(Convolutions);

TEST_P(Convolutions, AreTheirSums) {
  for (std::int64_t const kernel : {3, 5}) {
    for (std::int64_t const stride : {1, 2}) {
      for (auto const& [in, out] : {std::pair{8, 8}, std::pair{9, 16}, std::pair{32, 13}}) {
        SCOPED_TRACE(std::to_string(kernel) + " x " + std::to_string(kernel) + ", stride " + std::to_string(stride) +
                     ", " + std::to_string(in) + " to " + std::to_string(out));
        ASSERT_NO_FATAL_FAILURE(expect_as_loops(padded_shape(in, out, kernel, stride, 7, 11), 6));
        if (IsSkipped()) return;
      }
    }
  }
}
TEST_P(Convolutions, OfOneNumberAndOfGapsAreTheirSums) {
  expect_as_loops(padded_shape(8, 8, 3, 1, 1, 1), 3);
  if (!IsSkipped()) expect_as_loops(padded_shape(8, 8, 2, 3, 4, 5), 5);
}

TEST_P(Convolutions, HaveTheirAdjoints) {
  auto const shape = padded_shape(16, 8, 5, 2, 9, 6);
  Images const images{shape, 3};
  OnHostValues const convolution(backend(), shape, 3);
  SKIP_WITHOUT(convolution);
  Values const no_x(static_cast<std::size_t>(images.x_size())), no_y(static_cast<std::size_t>(images.y_size())),
      no_w(static_cast<std::size_t>(shape.weights()));
  auto const x = random_values(images.x_size(), 1), y = random_values(images.y_size(), 2);
  auto const w = random_values(shape.weights(), 3);
  double const product = dot(y, convolution.forward(images, x, w, no_y));
  double const scale = std::sqrt(dot(x, x) * dot(y, y));
  EXPECT_TRUE(std::abs(product - dot(x, convolution.input_adjoint(images, y, w, no_x))) <= 1e-5 * scale);
  EXPECT_TRUE(std::abs(product - dot(w, convolution.weight_adjoint(images, x, y, no_w))) <= 1e-5 * scale);
}

TEST_P(Convolutions, OfATaskDependOnThatTaskAlone) {
  auto const shape = padded_shape(8, 16, 5, 1, 10, 9);
  Images const all{shape, 7}, one{shape, 1};
  OnHostValues const of_all(backend(), shape, 7), of_one(backend(), shape, 1, false),
      of_one_adjoint(backend(), shape, 1);
  SKIP_WITHOUT(of_all);
  auto const x = random_values(all.x_size(), 1), y = random_values(all.y_size(), 2);
  auto const w = random_values(shape.weights(), 3);
  auto const all_y = of_all.forward(all, x, w, y), all_x = of_all.input_adjoint(all, y, w, x);
  // From the numbers before a task's image to those before the next.
  auto const of_task = [&](Values const& values, std::int64_t task, std::int64_t size) {
    return Values(values.begin() + task * size, values.begin() + (task + 1) * size + all.first);
  };
  for (std::int64_t t = 0; t < all.tasks; ++t) {
    auto const x_t = of_task(x, t, shape.x_task), y_t = of_task(y, t, shape.y_task);
    EXPECT_EQ(of_one.forward(one, x_t, w, y_t), of_task(all_y, t, shape.y_task)) << "task " << t;
    EXPECT_EQ(of_one_adjoint.input_adjoint(one, y_t, w, x_t), of_task(all_x, t, shape.x_task)) << "task " << t;
  }
}

TEST_P(Convolutions, ArePlannedWithoutMemory) {
  auto const shape = padded_shape(8, 8, 3, 1, 8, 8);
  if (backend().convolution(shape, 9, true) == nullptr) GTEST_SKIP() << "no library for convolutions";
  std::size_t planned = 0;
  {
    exec::Planning const planning(backend());
    auto const convolution = backend().convolution(shape, 9, true);
    planned = planning.bytes();
  }
  std::size_t const before = backend().allocated();
  auto const convolution = backend().convolution(shape, 9, true);
  EXPECT_GT(planned, 0u);
  EXPECT_EQ(backend().allocated() - before, planned);
}

TEST_P(Convolutions, OfFewChannelsAreLeftToLoops) {
  EXPECT_EQ(backend().convolution(padded_shape(1, 4, 5, 1, 16, 16), 3, true), nullptr);
}

TEST(ConvolutionsOfACpu, HaveTheSameBitsWithAnyNumberOfThreads) {
  auto const shape = padded_shape(16, 16, 5, 1, 12, 12);
  std::int64_t const tasks = 150;  // more than one round of partial sums
  Images const images{shape, tasks};
  auto const x = random_values(images.x_size(), 1), y = random_values(images.y_size(), 2);
  auto const w = random_values(shape.weights(), 3);
  std::vector<std::tuple<Values, Values, Values>> results;
  for (int const threads : {1, 2, 3}) {
    auto const executor = Executor::cpu(threads);
    OnHostValues const convolution(executor.backend(), shape, tasks);
    SKIP_WITHOUT(convolution);
    results.emplace_back(convolution.forward(images, x, w, y), convolution.input_adjoint(images, y, w, x),
                         convolution.weight_adjoint(images, x, y, w));
    EXPECT_TRUE(results.back() == results.front()) << threads << " threads";
  }
}

}  // namespace
}  // namespace metasolve::test::convolution_test
