// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cpu/cpu_exec.hpp"

#include <cblas.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <vector>

#include "src/exec/cpu/cpu_features.hpp"
#include "src/exec/cpu/cpu_row_product.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

// LAPACK as OpenBLAS brings it, by columns; its C header is a package of its own.
extern "C" {
void dpotrf_(char const* uplo, int const* n, double* a, int const* lda, int* info);
void dpotrs_(char const* uplo, int const* n, int const* nrhs, double const* a, int const* lda, double* b,
             int const* ldb, int* info);
}

namespace metasolve::exec {

namespace {

constexpr char lower_by_rows = 'U';  ///< the lower triangle by rows is LAPACK's upper one by columns

/// One thread a call of OpenBLAS while it lives: threads are ours, by rows and tasks, and BLAS threads inside them
/// would fight for the same cores. An OpenBLAS by OpenMP takes as many as the calling thread would; what the caller has
/// set comes back.
class OneBlasThread {
 public:
#if defined(_OPENMP)
  OneBlasThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneBlasThread() { omp_set_num_threads(before_); }
  OneBlasThread(OneBlasThread const&) = delete;
  OneBlasThread& operator=(OneBlasThread const&) = delete;

 private:
  int before_;
#else
  OneBlasThread() {}  // NOLINT: not unused
#endif
};

CBLAS_TRANSPOSE op(Transpose t) { return t == Transpose::yes ? CblasTrans : CblasNoTrans; }

void blas(Gemm<double> const& g, std::int64_t row, std::int64_t rows, double const* a) {
  cblas_dgemm(CblasRowMajor, op(g.op_a), op(g.op_b), static_cast<int>(rows), static_cast<int>(g.n),
              static_cast<int>(g.k), g.alpha, a, static_cast<int>(g.lda), g.b, static_cast<int>(g.ldb), g.beta,
              g.c + row * g.ldc, static_cast<int>(g.ldc));
}
void blas(Gemm<float> const& g, std::int64_t row, std::int64_t rows, float const* a) {
  cblas_sgemm(CblasRowMajor, op(g.op_a), op(g.op_b), static_cast<int>(rows), static_cast<int>(g.n),
              static_cast<int>(g.k), g.alpha, a, static_cast<int>(g.lda), g.b, static_cast<int>(g.ldb), g.beta,
              g.c + row * g.ldc, static_cast<int>(g.ldc));
}

/// Blocks of rows of C, each by one thread: which thread does not matter to the bits.
template <class Real>
void gemm_by_rows(Gemm<Real> const& g, int threads) {
  // Few rows and long sums, a narrow layer's gradient: two threads must have something to do.
  std::int64_t const at_a_time = g.op_a == Transpose::yes && g.m <= row_block ? row_block / 2 : row_block;
  std::int64_t const blocks = (g.m + at_a_time - 1) / at_a_time;
  constexpr std::int64_t worth_threads = 1 << 20;  // multiplications
  bool const parallel = blocks * g.batch > 1 && g.batch * g.m * g.n * g.k > worth_threads;
  if (g.rows_alone) {
    parallel_for(parallel, threads, blocks,
                 [&](std::int64_t i) { row_product(g, i * row_block, std::min(row_block, g.m - i * row_block)); });
    return;
  }
  OneBlasThread const one_thread;
  parallel_for(parallel, threads, blocks * g.batch, [&](std::int64_t i) {
    std::int64_t const row = i % blocks * at_a_time, of_batch = i / blocks;
    auto one = g;
    one.a += of_batch * g.stride_a;
    one.b += of_batch * g.stride_b;
    one.c += of_batch * g.stride_c;
    blas(one, row, std::min(at_a_time, g.m - row), g.op_a == Transpose::yes ? one.a + row : one.a + row * g.lda);
  });
}

template <class T, class Term>
double ordered_sum(T const* x, std::int64_t n, Term term) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += term(static_cast<double>(x[i]));
  return sum;
}
double identity(double x) { return x; }
double square(double x) { return x * x; }

}  // namespace

template <>
char const VectorsOf<kernels::simd_bytes>::as_the_library = 0;

CpuExec::CpuExec(int threads) : threads_(settled_threads(threads)) {
  require_cpu_features();
  // An OpenBLAS with threads of its own knows only one number for the whole process.
  if (openblas_get_parallel() == OPENBLAS_THREAD) openblas_set_num_threads(1);
}

std::string CpuExec::description() const {
  return "CPU, " + std::to_string(threads_) + (threads_ == 1 ? " thread, " : " threads, ") +
         std::to_string(kernels::simd_bytes * 8) + "-bit SIMD";
}

void CpuExec::upload(void* to, void const* from_host, std::size_t bytes) { copy(to, from_host, bytes); }
void CpuExec::download(void* to_host, void const* from, std::size_t bytes) { copy(to_host, from, bytes); }
void CpuExec::copy(void* to, void const* from, std::size_t bytes) {
  if (bytes != 0) std::memcpy(to, from, bytes);
}
void CpuExec::zero(void* to, std::size_t bytes) {
  if (bytes != 0) std::memset(to, 0, bytes);
}

void CpuExec::gemm(Gemm<float> const& g) { gemm_by_rows(g, threads_); }
void CpuExec::gemm(Gemm<double> const& g) { gemm_by_rows(g, threads_); }

void CpuExec::cholesky(SymmetricBatch const& a, std::int32_t* info) {
  int const n = static_cast<int>(a.n);
  OneBlasThread const one_thread;
  parallel_for(a.batch > 1, threads_, a.batch, [&](std::int64_t i) {
    int status = 0;
    dpotrf_(&lower_by_rows, &n, a.matrices + i * a.n * a.n, &n, &status);
    info[i] = status;
  });
}
void CpuExec::cholesky_solve(SymmetricBatch const& factors, double* right_sides, std::int32_t const* info) {
  int const n = static_cast<int>(factors.n), one = 1;
  OneBlasThread const one_thread;
  parallel_for(factors.batch > 1, threads_, factors.batch, [&](std::int64_t i) {
    if (info[i] != 0) return;
    int status = 0;
    dpotrs_(&lower_by_rows, &n, &one, factors.matrices + i * factors.n * factors.n, &n, right_sides + i * factors.n, &n,
            &status);
  });
}

void CpuExec::add_sum(float const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, identity); }
void CpuExec::add_sum(double const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, identity); }
void CpuExec::add_sum(std::int32_t const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, identity); }
void CpuExec::add_square_sum(float const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, square); }
void CpuExec::add_square_sum(double const* x, std::int64_t n, double* to) { *to += ordered_sum(x, n, square); }

void CpuExec::sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) {
  // The index in the low bits makes an unstable sort of one word stable.
  thread_local std::vector<std::uint64_t> words;
  thread_local std::vector<std::int32_t> sorted;
  words.resize(static_cast<std::size_t>(n));
  sorted.resize(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    auto const key = static_cast<std::uint32_t>(keys[i]) ^ 0x80000000u;
    words[static_cast<std::size_t>(i)] = (static_cast<std::uint64_t>(key) << 32) | static_cast<std::uint32_t>(i);
  }
  std::sort(words.begin(), words.end());
  for (std::size_t i = 0; i < words.size(); ++i) sorted[i] = values[words[i] & 0xffffffffu];
  std::copy(sorted.begin(), sorted.end(), values);
  for (std::size_t i = 0; i < words.size(); ++i) {
    keys[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(words[i] >> 32) ^ 0x80000000u);
  }
}

std::int64_t CpuExec::partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) {
  std::int32_t *front = indices, *back = indices + n;
  for (std::int32_t i = 0; i < n; ++i) *(flags[i] != 0 ? front++ : --back) = i;
  return front - indices;
}

void* CpuExec::do_allocate(std::size_t bytes) {
  constexpr std::size_t alignment = 256;  // as a device's: may serve as a solver's workspace
  if (bytes > std::numeric_limits<std::size_t>::max() - alignment) throw std::bad_alloc();
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, bytes);  // also commits the pages, so that what was planned is what is used
  return memory;
}
void CpuExec::do_deallocate(void* memory) noexcept { std::free(memory); }

}  // namespace metasolve::exec
