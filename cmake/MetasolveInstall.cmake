# SPDX-License-Identifier: Apache-2.0
# Headers, library, command line, and the files by which CMake and pkg-config find them.
include(CMakePackageConfigHelpers)

install(TARGETS metasolve EXPORT metasolveTargets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
# The Fortran module as source: what a compiler makes of it only that compiler can read.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/metasolve" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h" PATTERN "*.f90")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/kernels/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/metasolve/kernels"
        FILES_MATCHING PATTERN "*.hpp")
install(FILES "${METASOLVE_BUILD_INCLUDE}/metasolve/version.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/metasolve")
# An absolute folder for includes stays where it is, a relative one follows the prefix that installation names.
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY "\${CMAKE_INSTALL_PREFIX}"
           OUTPUT_VARIABLE metasolve_include)
install(CODE "set(SOURCE \"${PROJECT_SOURCE_DIR}\")
set(ROOTS ${METASOLVE_KERNEL_ROOTS})
set(DESTINATION \"${metasolve_include}/metasolve/internal\")")
install(SCRIPT "${PROJECT_SOURCE_DIR}/cmake/InstallInternalHeaders.cmake")
install(FILES "${metasolve_compiled_dir}/executor_list.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/metasolve/internal/compiled")
if(TARGET metasolve-cli)
  # The installed tree may be moved as a whole.
  file(RELATIVE_PATH metasolve_rpath "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(metasolve-cli PROPERTIES INSTALL_RPATH "$ORIGIN/${metasolve_rpath}")
  install(TARGETS metasolve-cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

set(metasolve_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/metasolve")
install(EXPORT metasolveTargets NAMESPACE metasolve:: DESTINATION "${metasolve_package_dir}")
# A file of its own: who does not ask for the component need not have OpenMP.
install(TARGETS metasolve_kernels EXPORT metasolveKernelsTargets)
install(EXPORT metasolveKernelsTargets NAMESPACE metasolve:: DESTINATION "${metasolve_package_dir}")
get_target_property(metasolve_type metasolve TYPE)
if(metasolve_type STREQUAL "STATIC_LIBRARY")
  set(METASOLVE_STATIC ON)
else()
  set(METASOLVE_STATIC OFF)
endif()
# OpenMP's runtime: where it lies here, and its names there. FindOpenMP lists pthread beside it, which is in the C library.
set(METASOLVE_OPENMP_NAMES "")
set(METASOLVE_OPENMP_DIR "")
set(metasolve_openmp_link "")
if(METASOLVE_OPENMP)
  foreach(name IN LISTS OpenMP_CXX_LIB_NAMES)
    if(NOT name STREQUAL "pthread" AND NOT METASOLVE_OPENMP_NAMES)
      get_filename_component(METASOLVE_OPENMP_DIR "${OpenMP_${name}_LIBRARY}" DIRECTORY)
      set(metasolve_openmp_link " -L${METASOLVE_OPENMP_DIR} -l${name}")
      # Without the development files of that compiler there is the library that programs run with.
      set(METASOLVE_OPENMP_NAMES "${name} lib${name}.so.1 lib${name}.so.5")
    endif()
  endforeach()
endif()
set(METASOLVE_CUDA_WORD FALSE)
if(METASOLVE_HAS_CUDA)
  set(METASOLVE_CUDA_WORD TRUE)
endif()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/metasolveConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/generated/metasolveConfig.cmake"
                              INSTALL_DESTINATION "${metasolve_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/metasolveConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/generated/metasolveConfig.cmake"
              "${PROJECT_BINARY_DIR}/generated/metasolveConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindOpenBLAS.cmake" DESTINATION "${metasolve_package_dir}")

# What a program that links the static library by pkg-config --static must link as well.
set(METASOLVE_PC_PRIVATE "-lopenblas")
get_filename_component(metasolve_openblas_dir "${OpenBLAS_LIBRARY}" DIRECTORY)
string(PREPEND METASOLVE_PC_PRIVATE "-L${metasolve_openblas_dir} ")
get_target_property(metasolve_toml_type tomlplusplus::tomlplusplus TYPE)
if(NOT metasolve_toml_type STREQUAL "INTERFACE_LIBRARY")  # some distributions compile it, others ship headers alone
  string(APPEND METASOLVE_PC_PRIVATE " -ltomlplusplus")
endif()
if(METASOLVE_OPENMP)
  string(APPEND METASOLVE_PC_PRIVATE "${metasolve_openmp_link}")
endif()
if(METASOLVE_MVEC_LIBRARY)
  string(APPEND METASOLVE_PC_PRIVATE " -lmvec")
endif()
foreach(library IN LISTS CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
  if(library MATCHES "^(stdc\\+\\+|c\\+\\+|c\\+\\+abi|m)$")  # C++'s own, for programs in C and Fortran
    string(APPEND METASOLVE_PC_PRIVATE " -l${library}")
  endif()
endforeach()
if(METASOLVE_HAS_CUDA)
  string(APPEND METASOLVE_PC_PRIVATE " -L${CUDAToolkit_LIBRARY_DIR} -lcudart -lcublas -lcublasLt -lcusolver -lcusparse")
endif()
# Relative to the file itself, so that the installed tree may be moved.
file(RELATIVE_PATH METASOLVE_PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" METASOLVE_PC_PREFIX "${METASOLVE_PC_PREFIX}")
foreach(folder IN ITEMS LIBDIR INCLUDEDIR)
  set(METASOLVE_PC_${folder} "${CMAKE_INSTALL_${folder}}")
  cmake_path(IS_ABSOLUTE METASOLVE_PC_${folder} metasolve_stays)
  if(NOT metasolve_stays)
    string(PREPEND METASOLVE_PC_${folder} "\${prefix}/")
  endif()
endforeach()
set(METASOLVE_PC_KERNEL_FLAGS ${metasolve_cxx_kernel_flags})
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND METASOLVE_PC_KERNEL_FLAGS -Wno-psabi)
endif()
set(METASOLVE_PC_KERNEL_LIBRARIES "")
if(METASOLVE_OPENMP)
  # As GCC and Clang both spell it, and not, say, -fopenmp=libomp: the templates are for the caller's compiler to compile.
  list(APPEND METASOLVE_PC_KERNEL_FLAGS -fopenmp)
  list(APPEND METASOLVE_PC_KERNEL_LIBRARIES -fopenmp)
endif()
if(METASOLVE_MVEC_LIBRARY)
  list(APPEND METASOLVE_PC_KERNEL_LIBRARIES -lmvec)
endif()
list(JOIN METASOLVE_PC_KERNEL_FLAGS " " METASOLVE_PC_KERNEL_FLAGS)
list(JOIN METASOLVE_PC_KERNEL_LIBRARIES " " METASOLVE_PC_KERNEL_LIBRARIES)
foreach(name IN ITEMS metasolve metasolve-kernels)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/generated/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/generated/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
