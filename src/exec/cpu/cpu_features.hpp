// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace metasolve::exec {

/// Throws DeviceError if the library was compiled for instructions that this CPU lacks.
void require_cpu_features();

/// The vector instructions that the library was compiled for, such as "AVX-512F".
std::string compiled_simd();

/// The widest vector instructions that this CPU has.
std::string present_simd();

/// The version line of the BLAS in use.
std::string blas_version();

/// The name of a better BLAS kernel for this CPU if the BLAS has fallen back to one for CPUs without AVX; else "".
std::string better_blas_kernel();

/// Makes the BLAS use better_blas_kernel() unless OPENBLAS_CORETYPE is set. Only for programs, which own the process,
/// before they start threads or call the BLAS.
void use_better_blas_kernel();

}  // namespace metasolve::exec
