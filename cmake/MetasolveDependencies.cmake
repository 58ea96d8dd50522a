# SPDX-License-Identifier: Apache-2.0
# Finds the library's dependencies. Nothing is downloaded; scripts/setup installs all of them on Debian.

# what: package or header; found: whether it was found; debian: the package that provides it
function(metasolve_require what found debian)
  if(NOT found)
    message(FATAL_ERROR "metasolve: ${what} was not found. On Debian or Ubuntu: apt-get install ${debian} "
                        "(or run scripts/setup for all dependencies)")
  endif()
endfunction()

# ThreadSanitizer does not recognise the barriers of GCC's OpenMP runtime and would report false races.
set(METASOLVE_OPENMP OFF)
if(NOT METASOLVE_SANITIZE STREQUAL "thread")
  find_package(OpenMP QUIET COMPONENTS CXX)
  metasolve_require("OpenMP of ${CMAKE_CXX_COMPILER_ID}" "${OpenMP_CXX_FOUND}" "g++ (Clang: libomp-dev)")
  set(METASOLVE_OPENMP ON)
endif()

find_package(OpenBLAS QUIET MODULE)
metasolve_require("OpenBLAS with cblas.h" "${OpenBLAS_FOUND}" libopenblas-openmp-dev)

# Optional, for convolutions of wide layers: oneDNN on a CPU, cuDNN on a GPU. Sanitizers would report false races and
# unwritten memory in oneDNN, whose kernels they do not see.
set(METASOLVE_HAS_ONEDNN OFF)
set(METASOLVE_HAS_CUDNN OFF)
if(METASOLVE_OPENMP AND NOT METASOLVE_SANITIZE)
  find_package(OneDNN 2.6 QUIET MODULE)
  if(OneDNN_FOUND)
    set(METASOLVE_HAS_ONEDNN ON)
  endif()
endif()
if(METASOLVE_HAS_CUDA)
  find_package(CUDNN 9 QUIET MODULE)
  if(CUDNN_FOUND)
    set(METASOLVE_HAS_CUDNN ON)
  endif()
endif()

# Optional, for many processes. Sanitizers would report what an MPI does in its own memory and threads. A wheel serves
# one process.
set(METASOLVE_HAS_MPI OFF)
if(METASOLVE_MPI AND NOT METASOLVE_SANITIZE AND NOT SKBUILD)
  set(MPI_CXX_SKIP_MPICXX ON)  # C's interface alone
  find_package(MPI QUIET COMPONENTS CXX)
  if(MPI_CXX_FOUND)
    set(METASOLVE_HAS_MPI ON)
  elseif(NOT METASOLVE_MPI STREQUAL "AUTO")
    metasolve_require("MPI" OFF "libopenmpi-dev openmpi-bin (or libmpich-dev mpich)")
  endif()
endif()
set(METASOLVE_HAS_NCCL OFF)
if(METASOLVE_HAS_CUDA AND NOT SKBUILD)
  find_package(NCCL 2.18 QUIET MODULE)
  if(NCCL_FOUND)
    set(METASOLVE_HAS_NCCL ON)
  endif()
endif()

find_path(Boost_GRAPH_INCLUDE_DIR NAMES boost/graph/cuthill_mckee_ordering.hpp)
mark_as_advanced(Boost_GRAPH_INCLUDE_DIR)
metasolve_require("boost/graph/cuthill_mckee_ordering.hpp" "${Boost_GRAPH_INCLUDE_DIR}" libboost-dev)
add_library(metasolve_boost INTERFACE)
target_include_directories(metasolve_boost SYSTEM INTERFACE "${Boost_GRAPH_INCLUDE_DIR}")

find_path(Eigen_INCLUDE_DIR NAMES Eigen/OrderingMethods PATH_SUFFIXES eigen3)
mark_as_advanced(Eigen_INCLUDE_DIR)
metasolve_require("Eigen/OrderingMethods" "${Eigen_INCLUDE_DIR}" libeigen3-dev)
add_library(metasolve_eigen INTERFACE)
target_include_directories(metasolve_eigen SYSTEM INTERFACE "${Eigen_INCLUDE_DIR}")

find_package(nlohmann_json 3.10 QUIET CONFIG)
metasolve_require("nlohmann_json" "${nlohmann_json_FOUND}" nlohmann-json3-dev)

find_package(tomlplusplus 3.1 QUIET CONFIG)
metasolve_require("toml++" "${tomlplusplus_FOUND}" libtomlplusplus-dev)

find_path(Random123_INCLUDE_DIR NAMES Random123/philox.h)
mark_as_advanced(Random123_INCLUDE_DIR)
metasolve_require("Random123/philox.h" "${Random123_INCLUDE_DIR}" librandom123-dev)
add_library(metasolve_random123 INTERFACE)
target_include_directories(metasolve_random123 SYSTEM INTERFACE "${Random123_INCLUDE_DIR}")

# Compressed matrices: gzip, and SciPy's .npz, which is a zip archive. For metasolve_train alone.
find_package(ZLIB QUIET)
metasolve_require("zlib" "${ZLIB_FOUND}" zlib1g-dev)
find_path(Minizip_INCLUDE_DIR NAMES minizip/unzip.h)
find_library(Minizip_LIBRARY NAMES minizip)
mark_as_advanced(Minizip_INCLUDE_DIR Minizip_LIBRARY)
if(Minizip_INCLUDE_DIR AND Minizip_LIBRARY)
  set(metasolve_minizip_found ON)
endif()
metasolve_require("minizip/unzip.h with its library" "${metasolve_minizip_found}" libminizip-dev)
add_library(metasolve_minizip INTERFACE)
target_include_directories(metasolve_minizip SYSTEM INTERFACE "${Minizip_INCLUDE_DIR}")
target_link_libraries(metasolve_minizip INTERFACE "${Minizip_LIBRARY}" ZLIB::ZLIB)

# glibc's vector exp and log.
find_library(METASOLVE_MVEC_LIBRARY NAMES mvec)
mark_as_advanced(METASOLVE_MVEC_LIBRARY)

if(METASOLVE_APP)
  find_package(CLI11 2.1 QUIET CONFIG)
  metasolve_require("CLI11" "${CLI11_FOUND}" libcli11-dev)
endif()
if(METASOLVE_TESTS)
  find_package(GTest 1.11 QUIET)
  metasolve_require("GoogleTest" "${GTest_FOUND}" libgtest-dev)
endif()
if(METASOLVE_BENCH)
  find_package(benchmark QUIET CONFIG)
  metasolve_require("Google Benchmark" "${benchmark_FOUND}" "libbenchmark-dev, or set METASOLVE_BENCH=OFF")
endif()
