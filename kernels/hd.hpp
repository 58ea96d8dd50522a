// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The only decoration macro of the project: a function that host and device compile.
#if defined(__CUDACC__)
#define METASOLVE_HD __host__ __device__
#else
#define METASOLVE_HD
#endif
