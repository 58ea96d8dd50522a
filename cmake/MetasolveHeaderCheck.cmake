# SPDX-License-Identifier: Apache-2.0
# Compiles each installed header alone, included twice, as a user would: a header that depends on its includer's
# includes, or lacks its guard, fails here.

file(GLOB metasolve_public_headers RELATIVE "${PROJECT_SOURCE_DIR}/include" CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/include/metasolve/*.hpp" "${PROJECT_SOURCE_DIR}/include/metasolve/*.h")
file(GLOB_RECURSE metasolve_kernel_headers RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/kernels/*.hpp")
list(TRANSFORM metasolve_kernel_headers PREPEND "metasolve/")
# These compile the engine's own templates: tests/api/problem_solver_test.cpp includes it first.
list(REMOVE_ITEM metasolve_public_headers metasolve/problem_solver.hpp metasolve/train_problem.hpp)

# These include MPI's; tests/consumer/run compiles them.
list(REMOVE_ITEM metasolve_public_headers metasolve/mpi.hpp metasolve/mpi.h)

set(metasolve_header_sources "")
foreach(header IN ITEMS metasolve/version.h LISTS metasolve_public_headers metasolve_kernel_headers)
  string(MAKE_C_IDENTIFIER "${header}" name)
  set(source "${PROJECT_BINARY_DIR}/header_check/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "#include <${header}>\n#include <${header}>  // twice: the guard works\n")
  list(APPEND metasolve_header_sources "${source}")
endforeach()

if(metasolve_header_sources)
  add_library(metasolve_header_check OBJECT ${metasolve_header_sources})
  target_compile_features(metasolve_header_check PRIVATE cxx_std_20)
  # Only the include folders of the library: reading its headers must not require any dependency.
  target_include_directories(metasolve_header_check PRIVATE "${PROJECT_SOURCE_DIR}/include" "${METASOLVE_BUILD_INCLUDE}")
  target_compile_options(metasolve_header_check PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         "$<$<BOOL:${METASOLVE_CPU_ARCH}>:-march=${METASOLVE_CPU_ARCH}>"
                         "$<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>" "$<$<BOOL:${METASOLVE_WERROR}>:-Werror>"
                         -Wno-unknown-pragmas)
  set_target_properties(metasolve_header_check PROPERTIES CXX_EXTENSIONS OFF UNITY_BUILD OFF)
endif()
