# SPDX-License-Identifier: Apache-2.0
# Finds OpenBLAS with its CBLAS header. Target: OpenBLAS::OpenBLAS.
# CMake's FindBLAS does not look for headers, and the configuration files of OpenBLAS differ by distribution and build;
# Debian has a folder with header and library for each threading flavour.

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_OpenBLAS QUIET openblas)
endif()
set(OpenBLAS_FLAVOURS openblas-openmp openblas-pthread openblas-serial openblas)

# Only OpenBLAS' own cblas.h has openblas_config.h next to it; the reference one does not.
find_path(OpenBLAS_INCLUDE_DIR NAMES openblas_config.h HINTS ${PC_OpenBLAS_INCLUDE_DIRS}
          PATH_SUFFIXES ${OpenBLAS_FLAVOURS})
find_library(OpenBLAS_LIBRARY NAMES openblas HINTS ${PC_OpenBLAS_LIBRARY_DIRS} PATH_SUFFIXES ${OpenBLAS_FLAVOURS})
mark_as_advanced(OpenBLAS_INCLUDE_DIR OpenBLAS_LIBRARY)

if(OpenBLAS_INCLUDE_DIR AND EXISTS "${OpenBLAS_INCLUDE_DIR}/cblas.h")
  set(OpenBLAS_CBLAS_HEADER "${OpenBLAS_INCLUDE_DIR}/cblas.h")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLAS REQUIRED_VARS OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR OpenBLAS_CBLAS_HEADER
                                  VERSION_VAR PC_OpenBLAS_VERSION)

if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::OpenBLAS PROPERTIES IMPORTED_LOCATION "${OpenBLAS_LIBRARY}"
                                                      INTERFACE_INCLUDE_DIRECTORIES "${OpenBLAS_INCLUDE_DIR}")
endif()
