// SPDX-License-Identifier: Apache-2.0
#include <cublas_api.h>
#include <cusolverDn.h>
#include <cusparse.h>

#include <memory>
#include <vector>

#include "tests/emulated_device/device.hpp"

/// The subset of cuSOLVER and cuSPARSE that the project calls.

using emulated::enqueue;
using emulated::require_device;

char const* cublasGetStatusName(cublasStatus_t) { return "a status of the emulated device"; }

struct cusolverDnContext {
  cudaStream_t stream = nullptr;
};
extern "C" void dpotrf_(char const*, int const*, double*, int const*, int*);
extern "C" void dpotrs_(char const*, int const*, int const*, double const*, int const*, double*, int const*, int*);

cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* to) {
  return *to = new cusolverDnContext, CUSOLVER_STATUS_SUCCESS;
}
cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) { return delete handle, CUSOLVER_STATUS_SUCCESS; }
cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, cudaStream_t stream) {
  return handle->stream = stream, CUSOLVER_STATUS_SUCCESS;
}
cusolverStatus_t cusolverDnDpotrfBatched(cusolverDnHandle_t handle, cublasFillMode_t which, int n, double* a[], int lda,
                                         int* info, int batch) {
  if (emulated::is_capturing(handle->stream)) return CUSOLVER_STATUS_EXECUTION_FAILED;
  enqueue(handle->stream, [=] {
    auto const count = static_cast<std::size_t>(batch);
    require_device(a, count * sizeof *a, "addresses of matrices");
    require_device(info, count * sizeof *info, "info");
    for (int i = 0; i < batch; ++i) {
      require_device(a[i], (static_cast<std::size_t>(lda) * (n - 1) + n) * sizeof(double), "a matrix");
      dpotrf_(which == CUBLAS_FILL_MODE_UPPER ? "U" : "L", &n, a[i], &lda, info + i);
    }
  });
  return CUSOLVER_STATUS_SUCCESS;
}
cusolverStatus_t cusolverDnDpotrsBatched(cusolverDnHandle_t handle, cublasFillMode_t which, int n, int sides,
                                         double* a[], int lda, double* b[], int ldb, int* info, int batch) {
  if (emulated::is_capturing(handle->stream)) return CUSOLVER_STATUS_EXECUTION_FAILED;
  enqueue(handle->stream, [=] {
    for (double** const p : {a, b}) require_device(p, static_cast<std::size_t>(batch) * sizeof *p, "addresses");
    for (int i = 0; i < batch; ++i) {
      require_device(a[i], (static_cast<std::size_t>(lda) * (n - 1) + n) * sizeof(double), "a matrix");
      require_device(b[i], static_cast<std::size_t>(n) * sizeof(double), "a right-hand side");
      dpotrs_(which == CUBLAS_FILL_MODE_UPPER ? "U" : "L", &n, &sides, a[i], &lda, b[i], &ldb, info);
    }
  });
  return CUSOLVER_STATUS_SUCCESS;
}

struct cusparseContext {
  cudaStream_t stream = nullptr;
};
struct cusparseDnVecDescr {
  std::int64_t n;
  double* data;
};
struct cusparseSpMatDescr {
  std::int64_t rows, entries;
  int *row_ptrs, *col_idxs;
  double* values;
};
/// A triangular solve: it stores the values of its analysis, as cuSPARSE may.
struct cusparseSpSVDescr {
  std::shared_ptr<std::vector<double>> values = std::make_shared<std::vector<double>>();
};
constexpr std::size_t workspace_bytes = 4096;

char const* cusparseGetErrorString(cusparseStatus_t) { return "an error of the emulated device"; }
cusparseStatus_t cusparseCreate(cusparseHandle_t* to) { return *to = new cusparseContext, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseDestroy(cusparseHandle_t handle) { return delete handle, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseSetStream(cusparseHandle_t handle, cudaStream_t stream) {
  return handle->stream = stream, CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseCreateCsr(cusparseSpMatDescr_t* to, std::int64_t rows, std::int64_t, std::int64_t entries,
                                   void* row_ptrs, void* col_idxs, void* values, cusparseIndexType_t,
                                   cusparseIndexType_t, cusparseIndexBase_t, cudaDataType) {
  *to = new cusparseSpMatDescr{rows, entries, static_cast<int*>(row_ptrs), static_cast<int*>(col_idxs),
                               static_cast<double*>(values)};
  return CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t a) { return delete a, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseSpMatSetAttribute(cusparseSpMatDescr_t, cusparseSpMatAttribute_t, void*, std::size_t) {
  return CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseCreateDnVec(cusparseDnVecDescr_t* to, std::int64_t n, void* data, cudaDataType) {
  return *to = new cusparseDnVecDescr{n, static_cast<double*>(data)}, CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseDestroyDnVec(cusparseConstDnVecDescr_t v) { return delete v, CUSPARSE_STATUS_SUCCESS; }

namespace {
void require_matrix(cusparseSpMatDescr const& a) {
  auto const rows = static_cast<std::size_t>(a.rows), entries = static_cast<std::size_t>(a.entries);
  require_device(a.row_ptrs, (rows + 1) * sizeof *a.row_ptrs, "row pointers");
  require_device(a.col_idxs, entries * sizeof *a.col_idxs, "columns");
  require_device(a.values, entries * sizeof *a.values, "values");
  if (a.row_ptrs[rows] != a.entries)
    emulated::fail("a sparse matrix of " + std::to_string(a.row_ptrs[rows]) + " entries");
}
void require_vector(cusparseDnVecDescr const& v) {
  require_device(v.data, static_cast<std::size_t>(v.n) * sizeof(double), "a vector");
}
}  // namespace

cusparseStatus_t cusparseSpMV_bufferSize(cusparseHandle_t, cusparseOperation_t, void const*, cusparseConstSpMatDescr_t,
                                         cusparseConstDnVecDescr_t, void const*, cusparseDnVecDescr_t, cudaDataType,
                                         cusparseSpMVAlg_t, std::size_t* bytes) {
  return *bytes = workspace_bytes, CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseSpMV_preprocess(cusparseHandle_t, cusparseOperation_t, void const*, cusparseConstSpMatDescr_t,
                                         cusparseConstDnVecDescr_t, void const*, cusparseDnVecDescr_t, cudaDataType,
                                         cusparseSpMVAlg_t, void*) {
  return CUSPARSE_STATUS_SUCCESS;
}
/// y = a x.
cusparseStatus_t cusparseSpMV(cusparseHandle_t handle, cusparseOperation_t, void const*, cusparseConstSpMatDescr_t a,
                              cusparseConstDnVecDescr_t x, void const*, cusparseDnVecDescr_t y, cudaDataType,
                              cusparseSpMVAlg_t, void* buffer) {
  enqueue(handle->stream, [a = *a, x = *x, y = *y, buffer] {
    require_matrix(a), require_vector(x), require_vector(y);
    require_device(buffer, workspace_bytes, "a workspace");
    for (std::int64_t r = 0; r < a.rows; ++r) {
      double sum = 0;
      for (int e = a.row_ptrs[r]; e < a.row_ptrs[r + 1]; ++e) sum += a.values[e] * x.data[a.col_idxs[e]];
      y.data[r] = sum;
    }
  });
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseSpSV_createDescr(cusparseSpSVDescr_t* to) {
  return *to = new cusparseSpSVDescr, CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseSpSV_destroyDescr(cusparseSpSVDescr_t plan) { return delete plan, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseSpSV_bufferSize(cusparseHandle_t, cusparseOperation_t, void const*, cusparseConstSpMatDescr_t,
                                         cusparseConstDnVecDescr_t, cusparseDnVecDescr_t, cudaDataType,
                                         cusparseSpSVAlg_t, cusparseSpSVDescr_t, std::size_t* bytes) {
  return *bytes = workspace_bytes, CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseSpSV_analysis(cusparseHandle_t handle, cusparseOperation_t, void const*,
                                       cusparseConstSpMatDescr_t a, cusparseConstDnVecDescr_t, cusparseDnVecDescr_t,
                                       cudaDataType, cusparseSpSVAlg_t, cusparseSpSVDescr_t plan, void* buffer) {
  enqueue(handle->stream, [a = *a, kept = plan->values, buffer] {
    require_matrix(a);
    require_device(buffer, workspace_bytes, "a workspace");
    kept->assign(a.values, a.values + a.entries);
  });
  return CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseSpSV_updateMatrix(cusparseHandle_t handle, cusparseSpSVDescr_t plan, void* given,
                                           cusparseSpSVUpdate_t) {
  enqueue(handle->stream, [kept = plan->values, given] {
    auto const* const values = static_cast<double const*>(given);
    require_device(values, kept->size() * sizeof(double), "values");
    kept->assign(values, values + kept->size());
  });
  return CUSPARSE_STATUS_SUCCESS;
}
/// Solves u y = x, or u' y = x, with an upper triangle.
cusparseStatus_t cusparseSpSV_solve(cusparseHandle_t handle, cusparseOperation_t way, void const*,
                                    cusparseConstSpMatDescr_t u, cusparseConstDnVecDescr_t x, cusparseDnVecDescr_t y,
                                    cudaDataType, cusparseSpSVAlg_t, cusparseSpSVDescr_t plan) {
  bool const transposed = way == CUSPARSE_OPERATION_TRANSPOSE;
  enqueue(handle->stream, [u = *u, x = *x, y = *y, values = plan->values, transposed] {
    require_matrix(u), require_vector(x), require_vector(y);
    std::vector<double> v(x.data, x.data + x.n);
    for (std::int64_t k = 0; k < u.rows; ++k) {
      auto const row = static_cast<std::size_t>(transposed ? k : u.rows - 1 - k);
      double& value = v[row];
      double diagonal = 0;
      for (int pass = 0; pass < 2; ++pass) {  // the diagonal first
        for (int e = u.row_ptrs[row]; e < u.row_ptrs[row + 1]; ++e) {
          auto const column = static_cast<std::size_t>(u.col_idxs[e]);
          double const entry = (*values)[static_cast<std::size_t>(e)];
          if (column == row) diagonal = entry;
          if (column > row && pass == 0 && !transposed) value -= entry * v[column];
          if (column > row && pass == 1 && transposed) v[column] -= entry * value;
        }
        if (pass == 0) value /= diagonal;
      }
    }
    std::copy(v.begin(), v.end(), y.data);
  });
  return CUSPARSE_STATUS_SUCCESS;
}
