// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cpu/cpu_features.hpp"

#include <cblas.h>

#include <cstdlib>

#include "metasolve/error.hpp"

// In an OpenBLAS with kernels for many CPUs: unload the kernel, and choose one, by OPENBLAS_CORETYPE if set. Exported,
// but in no header; absent from an OpenBLAS for one CPU.
extern "C" {
[[gnu::weak]] void gotoblas_dynamic_quit();
[[gnu::weak]] void gotoblas_dynamic_init();
}

namespace metasolve::exec {

namespace {
[[maybe_unused]] void require(bool present, char const* name) {
  if (present) return;
  throw DeviceError(std::string("this build uses ") + name +
                    " instructions, which this CPU lacks; configure again on this machine, or with "
                    "-DMETASOLVE_CPU_ARCH=x86-64-v2");
}
}  // namespace

void require_cpu_features() {
#if defined(__AVX512F__)
  require(__builtin_cpu_supports("avx512f") != 0, "AVX-512");
#endif
#if defined(__AVX2__)
  require(__builtin_cpu_supports("avx2") != 0, "AVX2");
#endif
#if defined(__FMA__)
  require(__builtin_cpu_supports("fma") != 0, "FMA");
#endif
}

std::string compiled_simd() {
#if defined(__AVX512F__)
  return "AVX-512F";
#elif defined(__AVX2__)
  return "AVX2";
#elif defined(__AVX__)
  return "AVX";
#elif defined(__SSE2__)
  return "SSE2";
#else
  return "none";
#endif
}

std::string present_simd() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") != 0) return "AVX-512F";
  if (__builtin_cpu_supports("avx2") != 0) return "AVX2";
  if (__builtin_cpu_supports("avx") != 0) return "AVX";
  return "SSE2";
#else
  return "not known for this kind of CPU";
#endif
}

std::string blas_version() { return openblas_get_config(); }

std::string better_blas_kernel() {
#if defined(__x86_64__)
  std::string const kernel = openblas_get_corename();
  bool const fell_back = kernel == "Prescott" || kernel == "Core2" || kernel == "Katmai" || kernel == "Nehalem";
  if (!fell_back) return "";
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return "";
}

void use_better_blas_kernel() {
  constexpr auto name = "OPENBLAS_CORETYPE";
  if (gotoblas_dynamic_quit == nullptr || gotoblas_dynamic_init == nullptr || std::getenv(name) != nullptr) return;
  std::string const kernel = better_blas_kernel();
  if (kernel.empty() || setenv(name, kernel.c_str(), 0) != 0) return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(name);
}

}  // namespace metasolve::exec
