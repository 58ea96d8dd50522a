// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_gemm.hpp"

#include <array>
#include <initializer_list>
#include <type_traits>

#include "metasolve/detail/exec/cuda/cuda_check.hpp"
#include "metasolve/detail/exec/cuda/cuda_product.hpp"

namespace metasolve::exec {

/// cuBLAS is column-major and sees the transposes, so C' = op(B)' op(A)', with B as its first factor.
struct CudaGemm::Layouts {
  cublasLtMatrixLayoutOpaque_t first, second, result;
};

namespace {

using Layouts = CudaGemm::Layouts;

constexpr std::size_t workspace_bytes = std::size_t{32} << 20;  // NVIDIA's recommendation for Hopper

/// Row counts for which an algorithm for all row counts is chosen, and which it must support.
constexpr std::int64_t typical_rows = 4096;
constexpr std::int64_t least_rows = row_block;
constexpr std::int64_t most_rows = std::int64_t{1} << 20;

Layouts layouts(cudaDataType type, bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
                std::int64_t lda, std::int64_t ldb, std::int64_t ldc) {
  Layouts l{};
  auto const rows = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
  check(cublasLtMatrixLayoutInit(&l.first, type, rows(transpose_b ? k : n), rows(transpose_b ? n : k), ldb),
        "describe a matrix");
  check(cublasLtMatrixLayoutInit(&l.second, type, rows(transpose_a ? m : k), rows(transpose_a ? k : m), lda),
        "describe a matrix");
  check(cublasLtMatrixLayoutInit(&l.result, type, rows(n), rows(m), ldc), "describe a matrix");
  return l;
}

void set_batch(cublasLtMatrixLayoutOpaque_t& layout, std::int64_t batch, std::int64_t stride) {
  auto const count = static_cast<std::int32_t>(batch);
  check(cublasLtMatrixLayoutSetAttribute(&layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count),
        "describe a batch");
  check(cublasLtMatrixLayoutSetAttribute(&layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride),
        "describe a batch");
}

void set(cublasLtMatmulDescOpaque_t& operation, cublasLtMatmulDescAttributes_t what, bool transpose) {
  cublasOperation_t const op = transpose ? CUBLAS_OP_T : CUBLAS_OP_N;
  check(cublasLtMatmulDescSetAttribute(&operation, what, &op, sizeof op), "describe a product");
}

template <class T>
void set(cublasLtMatmulPreferenceOpaque_t& preference, cublasLtMatmulPreferenceAttributes_t what, T value) {
  check(cublasLtMatmulPreferenceSetAttribute(&preference, what, &value, sizeof value), "describe a product");
}

/// Largest power of two up to 16 that divides all values.
std::uint32_t common_alignment(std::initializer_list<std::uintptr_t> values) {
  std::uint32_t alignment = 16;
  for (std::uintptr_t const v : values) {
    while (v % alignment != 0) alignment /= 2;
  }
  return alignment;
}

}  // namespace

CudaGemm::CudaGemm() {
  check(cudaMalloc(&workspace_, workspace_bytes), "allocate the workspace of cuBLAS");
  cublasStatus_t const status = cublasLtCreate(&handle_);
  if (status != CUBLAS_STATUS_SUCCESS) report(cudaFree(workspace_), "free the workspace of cuBLAS");
  check(status, "start cuBLAS");
}

CudaGemm::~CudaGemm() {
  report(cublasLtDestroy(handle_), "end cuBLAS");
  report(cudaFree(workspace_), "free the workspace of cuBLAS");
}

std::optional<cublasLtMatmulAlgo_t> const& CudaGemm::algorithm(Shape const& s, Layouts const& given,
                                                               cublasLtMatmulDescOpaque_t& operation) {
  if (auto const found = algorithms_.find(s); found != algorithms_.end()) return found->second;
  bool const for_all_rows = s.rows == 0;

  cublasLtMatmulPreferenceOpaque_t preference;
  check(cublasLtMatmulPreferenceInit(&preference), "describe a product");
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace_bytes);
  // A split inner sum is added in the order of its parts at most, never in the order of arrival.
  set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
      static_cast<std::uint32_t>(for_all_rows ? CUBLASLT_REDUCTION_SCHEME_NONE
                                              : CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  for (auto const what : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(preference, what, s.alignment);
  }

  auto const with_rows = [&](std::int64_t rows) {
    return layouts(s.type, s.transpose_a, s.transpose_b, rows, s.n, s.k, s.lda, s.ldb, s.ldc);
  };
  Layouts l = for_all_rows ? with_rows(typical_rows) : given;
  std::array<cublasLtMatmulHeuristicResult_t, 16> candidates{};
  int count = 0;
  cublasStatus_t const found =
      cublasLtMatmulAlgoGetHeuristic(handle_, &operation, &l.first, &l.second, &l.result, &l.result, &preference,
                                     static_cast<int>(candidates.size()), candidates.data(), &count);
  if (found == CUBLAS_STATUS_NOT_SUPPORTED) {
    count = 0;
  } else {
    check(found, "find an algorithm for a product");
  }
  auto const can = [&](cublasLtMatmulAlgo_t const& algo, std::int64_t rows) {
    Layouts with = with_rows(rows);
    cublasLtMatmulHeuristicResult_t result{};
    cublasStatus_t const status = cublasLtMatmulAlgoCheck(handle_, &operation, &with.first, &with.second, &with.result,
                                                          &with.result, &algo, &result);
    return status == CUBLAS_STATUS_SUCCESS && result.workspaceSize <= workspace_bytes;
  };
  for (int i = 0; i < count; ++i) {
    cublasLtMatmulAlgo_t const& algo = candidates[static_cast<std::size_t>(i)].algo;
    if (candidates[static_cast<std::size_t>(i)].state != CUBLAS_STATUS_SUCCESS) continue;
    if (for_all_rows && !(can(algo, least_rows) && can(algo, most_rows))) continue;
    return algorithms_.emplace(s, algo).first->second;
  }
  return algorithms_.emplace(s, std::nullopt).first->second;
}

template <class Real>
void CudaGemm::run(Gemm<Real> const& g, cudaStream_t stream) {
  if (g.m == 0 || g.n == 0) return;
  constexpr bool is_double = std::is_same_v<Real, double>;
  constexpr cudaDataType type = is_double ? CUDA_R_64F : CUDA_R_32F;
  bool const transpose_a = g.op_a == Transpose::yes;
  bool const transpose_b = g.op_b == Transpose::yes;

  cublasLtMatmulDescOpaque_t operation;
  // Not TF32: products of floats keep 24 bits.
  check(cublasLtMatmulDescInit(&operation, is_double ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F, type),
        "describe a product");
  set(operation, CUBLASLT_MATMUL_DESC_TRANSA, transpose_b);
  set(operation, CUBLASLT_MATMUL_DESC_TRANSB, transpose_a);

  auto const bytes = [](auto x) { return static_cast<std::uintptr_t>(x) * sizeof(Real); };
  auto const address = [](void const* p) { return reinterpret_cast<std::uintptr_t>(p); };
  Shape const shape{type,
                    transpose_a,
                    transpose_b,
                    g.beta != Real(0),
                    g.rows_alone ? 0 : g.m,
                    g.n,
                    g.k,
                    g.lda,
                    g.ldb,
                    g.ldc,
                    g.batch,
                    common_alignment({address(g.a), address(g.b), address(g.c), bytes(g.lda), bytes(g.ldb),
                                      bytes(g.ldc), bytes(g.stride_a), bytes(g.stride_b), bytes(g.stride_c)})};
  Layouts l =
      layouts(type, transpose_a, transpose_b, g.rows_alone ? padded_rows(g.m) : g.m, g.n, g.k, g.lda, g.ldb, g.ldc);
  if (g.batch > 1) {
    set_batch(l.first, g.batch, g.stride_b);
    set_batch(l.second, g.batch, g.stride_a);
    set_batch(l.result, g.batch, g.stride_c);
  }
  auto const& algo = algorithm(shape, l, operation);
  if (!algo) return plain_product(g, stream);
  check(cublasLtMatmul(handle_, &operation, &g.alpha, g.b, &l.first, g.a, &l.second, &g.beta, g.c, &l.result, g.c,
                       &l.result, &*algo, workspace_, workspace_bytes, stream),
        "multiply matrices");
}

template void CudaGemm::run(Gemm<float> const&, cudaStream_t);
template void CudaGemm::run(Gemm<double> const&, cudaStream_t);

}  // namespace metasolve::exec
