# SPDX-License-Identifier: Apache-2.0
# metasolve_internal: flags and include folders shared by the library, command line, tests and benchmarks. They do not
# propagate to consumers, except *_language_flags and *_kernel_flags for those who compile our templates
# (MetasolveKernels.cmake): they determine speed and exact results, or are required to compile.

add_library(metasolve_internal INTERFACE)
target_include_directories(metasolve_internal INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated"
                           "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")

set(metasolve_cxx_flags -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
set(metasolve_cuda_flags -Xcompiler=-Wall,-Wextra ${metasolve_quick_device_flags})
set(metasolve_cxx_kernel_flags "")
set(metasolve_cuda_kernel_flags "")
# -std set by hand: CMake 3.25 does not know that nvcc 13 supports C++20.
# Bodies call constexpr functions of the standard library (std::numeric_limits), which are not __device__.
set(metasolve_cuda_language_flags -std=c++20 --expt-relaxed-constexpr)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Vectors wider than the baseline's registers are only passed between inline functions of one build.
  list(APPEND metasolve_cxx_flags -Wno-psabi)
  list(APPEND metasolve_cuda_flags -Xcompiler=-Wno-psabi)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 warns about its own headers: `"literal" + std::string` (GCC bug 105651), and "uninitialised" members of
    # std::function, std::variant and the AVX-512 intrinsics (bug 105593).
    list(APPEND metasolve_cxx_flags -Wno-restrict -Wno-maybe-uninitialized)
    list(APPEND metasolve_cuda_flags -Xcompiler=-Wno-restrict,-Wno-maybe-uninitialized)
  endif()
endif()
if(METASOLVE_WERROR)
  list(APPEND metasolve_cxx_flags -Werror)
  list(APPEND metasolve_cuda_flags -Werror=all-warnings)
endif()

if(METASOLVE_CPU_ARCH)
  include(CheckCXXCompilerFlag)
  string(MAKE_C_IDENTIFIER "METASOLVE_MARCH_${METASOLVE_CPU_ARCH}" metasolve_march_known)
  check_cxx_compiler_flag("-march=${METASOLVE_CPU_ARCH}" ${metasolve_march_known})
  if(NOT ${metasolve_march_known})
    message(FATAL_ERROR "METASOLVE_CPU_ARCH=${METASOLVE_CPU_ARCH}: the compiler rejects -march=${METASOLVE_CPU_ARCH}")
  endif()
  # Also for the host side of .cu files: an inline function must be identical in all files that contain a copy of it.
  list(APPEND metasolve_cxx_kernel_flags "-march=${METASOLVE_CPU_ARCH}")
  list(APPEND metasolve_cuda_kernel_flags "-Xcompiler=-march=${METASOLVE_CPU_ARCH}")
endif()

# With -O1: GCC fuses products and sums, as at -O3, only with its "expensive" optimisations; without them results differ
# in their bits.
set(metasolve_fuses "$<$<CXX_COMPILER_ID:GNU>:-fexpensive-optimizations>")

if(METASOLVE_SANITIZE STREQUAL "address")
  # Without recovery a UBSan finding is a failed test, not just a line in a log. The excluded checks are covered by
  # AddressSanitizer, at a fifth of the compile time.
  set(metasolve_sanitize_flags -fsanitize=address,undefined -fno-sanitize=null,object-size,vptr
                               -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
elseif(METASOLVE_SANITIZE STREQUAL "thread")
  set(metasolve_sanitize_flags -fsanitize=thread -fno-omit-frame-pointer -g1)
elseif(METASOLVE_SANITIZE)
  message(FATAL_ERROR "METASOLVE_SANITIZE=${METASOLVE_SANITIZE}: expected empty, address or thread")
endif()
if(METASOLVE_SANITIZE)
  list(APPEND metasolve_cxx_flags ${metasolve_sanitize_flags})
  target_link_options(metasolve_internal INTERFACE ${metasolve_sanitize_flags})
endif()

if(METASOLVE_OPENMP)
  target_link_libraries(metasolve_internal INTERFACE OpenMP::OpenMP_CXX)
else()
  # Variables and parameters used only by a pragma are unused without it.
  list(APPEND metasolve_cxx_flags -Wno-unknown-pragmas -Wno-unused-variable -Wno-unused-parameter)
endif()

target_compile_options(metasolve_internal INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:${metasolve_cxx_flags};${metasolve_cxx_kernel_flags}>"
  "$<$<COMPILE_LANGUAGE:CUDA>:${metasolve_cuda_language_flags};${metasolve_cuda_flags};${metasolve_cuda_kernel_flags}>")

if(PROJECT_IS_TOP_LEVEL)
  find_program(METASOLVE_CCACHE ccache)
  mark_as_advanced(METASOLVE_CCACHE)
  # ccache is optional: if it has no writable folder (a user without a home, a full disk), build without it.
  set(metasolve_ccache_works FALSE)
  if(METASOLVE_CCACHE)
    set(metasolve_probe "${PROJECT_BINARY_DIR}/generated/ccache_probe")
    string(RANDOM LENGTH 16 metasolve_new)  # a cached result would not test it
    file(WRITE "${metasolve_probe}.cpp" "int metasolve_probe_${metasolve_new};\n")
    execute_process(COMMAND "${METASOLVE_CCACHE}" "${CMAKE_CXX_COMPILER}" -c "${metasolve_probe}.cpp" -o "${metasolve_probe}.o"
                    RESULT_VARIABLE metasolve_failed OUTPUT_QUIET ERROR_VARIABLE metasolve_reason)
    if(metasolve_failed)
      string(STRIP "${metasolve_reason}" metasolve_reason)
      message(STATUS "ccache is not used, it fails here: ${metasolve_reason}")
    else()
      set(metasolve_ccache_works TRUE)
    endif()
  endif()
  foreach(language IN ITEMS CXX CUDA)
    if(metasolve_ccache_works AND NOT DEFINED CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER "${METASOLVE_CCACHE}")
    endif()
  endforeach()
endif()
