// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"

#include <cblas.h>

#include <algorithm>

#include "metasolve/detail/exec/cpu/cpu_features.hpp"
#include "metasolve/detail/exec/cpu/cpu_row_product.hpp"
#include "metasolve/detail/exec/cpu/one_blas_thread.hpp"

namespace metasolve::exec {

namespace {

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

/// Each thread takes blocks of rows of C; the bits do not depend on which thread.
template <class Real>
void gemm_by_rows(Gemm<Real> const& g, int threads) {
  // With few rows and long sums, as in a narrow layer's gradient, two threads must still get work.
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

}  // namespace

template <>
char const VectorsOf<kernels::simd_bytes>::as_the_library = 0;

CpuExec::CpuExec(int threads) : threads_(settled_threads(threads)) {
  require_cpu_features();
  // An OpenBLAS with its own threads has only one thread count for the whole process.
  if (openblas_get_parallel() == OPENBLAS_THREAD) openblas_set_num_threads(1);
}

std::string CpuExec::description() const {
  return "CPU, " + std::to_string(threads_) + (threads_ == 1 ? " thread, " : " threads, ") +
         std::to_string(kernels::simd_bytes * 8) + "-bit SIMD";
}

void CpuExec::gemm(Gemm<float> const& g) { gemm_by_rows(g, threads_); }
void CpuExec::gemm(Gemm<double> const& g) { gemm_by_rows(g, threads_); }

void CpuExec::do_over_blocks(std::int64_t rows, std::int64_t block, std::int64_t work,
                             void (*part)(void*, std::int64_t, std::int64_t), void* context) {
  std::int64_t const blocks = (rows + block - 1) / block;
  constexpr std::int64_t worth_threads = 1 << 18;
  parallel_for(blocks > 1 && rows * work > worth_threads, threads_, blocks,
               [&](std::int64_t b) { part(context, b * block, std::min(block, rows - b * block)); });
}

}  // namespace metasolve::exec
