# SPDX-License-Identifier: Apache-2.0
# Target metasolve_build_info: writes generated/build_info.hpp, again whenever the commit changes.

string(TOUPPER "${CMAKE_BUILD_TYPE}" metasolve_build_type)
set(INFO_FLAGS "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${metasolve_build_type}}")
if(METASOLVE_CPU_ARCH)
  string(APPEND INFO_FLAGS " -march=${METASOLVE_CPU_ARCH}")
endif()
if(METASOLVE_SANITIZE)
  string(APPEND INFO_FLAGS " -fsanitize=${METASOLVE_SANITIZE}")
endif()
string(STRIP "${INFO_FLAGS}" INFO_FLAGS)
set(INFO_GIT_COMMIT "@INFO_GIT_COMMIT@")  # stays a placeholder until build time
set(INFO_COMPILER "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
if(METASOLVE_HAS_CUDA)
  set(INFO_CUDA true)
  set(INFO_CUDA_TOOLKIT "${CUDAToolkit_VERSION}")
  string(REPLACE ";" "," INFO_CUDA_ARCHITECTURES "${CMAKE_CUDA_ARCHITECTURES}")
else()
  set(INFO_CUDA false)
  set(INFO_CUDA_TOOLKIT "")
  set(INFO_CUDA_ARCHITECTURES "")
endif()

# Two steps: at configure time everything but the commit, which is added at build time since it changes in between.
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/generated")
configure_file("${PROJECT_SOURCE_DIR}/cmake/build_info.hpp.in" "${PROJECT_BINARY_DIR}/generated/build_info.hpp.in" @ONLY)
find_package(Git QUIET)
set(metasolve_write_build_info
    "${CMAKE_COMMAND}" "-DGIT=${GIT_EXECUTABLE}" "-DSOURCE=${PROJECT_SOURCE_DIR}"
    "-DTEMPLATE=${PROJECT_BINARY_DIR}/generated/build_info.hpp.in"
    "-DOUTPUT=${PROJECT_BINARY_DIR}/generated/build_info.hpp"
    -P "${PROJECT_SOURCE_DIR}/cmake/WriteBuildInfo.cmake")
add_custom_target(metasolve_build_info COMMAND ${metasolve_write_build_info}
                  BYPRODUCTS "${PROJECT_BINARY_DIR}/generated/build_info.hpp"
                  COMMENT "Reading the commit" VERBATIM)
