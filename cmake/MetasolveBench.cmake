# SPDX-License-Identifier: Apache-2.0
# One executable per bench/*.cpp; bench/support is shared.
file(GLOB metasolve_bench_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cpp")
file(GLOB metasolve_bench_support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/support/*.cpp")
if(METASOLVE_HAS_CUDA)
  list(FILTER metasolve_bench_support EXCLUDE REGEX "/no_cuda\\.cpp$")
  list(APPEND metasolve_bench_support "${PROJECT_SOURCE_DIR}/bench/support/on_cuda.cu")
endif()
# Benchmarks use the same environment settings as the command line.
list(APPEND metasolve_bench_support "${PROJECT_SOURCE_DIR}/src/app/environment.cpp")
add_library(metasolve_bench_support STATIC ${metasolve_bench_support})
target_include_directories(metasolve_bench_support PUBLIC "${PROJECT_SOURCE_DIR}/bench")
target_link_libraries(metasolve_bench_support PUBLIC metasolve_train metasolve_internal metasolve_random123
                                                     OpenBLAS::OpenBLAS benchmark::benchmark tomlplusplus::tomlplusplus
                                                     nlohmann_json::nlohmann_json)
if(METASOLVE_HAS_CUDA)
  target_link_libraries(metasolve_bench_support PUBLIC CUDA::cudart)
endif()
set_target_properties(metasolve_bench_support PROPERTIES CXX_EXTENSIONS OFF CUDA_RUNTIME_LIBRARY Shared)

foreach(source IN LISTS metasolve_bench_sources)
  get_filename_component(name "${source}" NAME_WE)
  set(target "bench_${name}")
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE metasolve_bench_support)
  target_compile_definitions(${target} PRIVATE "METASOLVE_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
  set_target_properties(${target} PROPERTIES OUTPUT_NAME "${name}" CXX_EXTENSIONS OFF
                                             RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
endforeach()

add_subdirectory("${PROJECT_SOURCE_DIR}/bench/black_box" "${PROJECT_BINARY_DIR}/bench/black_box")
add_subdirectory("${PROJECT_SOURCE_DIR}/bench/online" "${PROJECT_BINARY_DIR}/bench/online")
add_subdirectory("${PROJECT_SOURCE_DIR}/bench/ranks" "${PROJECT_BINARY_DIR}/bench/ranks")
add_subdirectory("${PROJECT_SOURCE_DIR}/bench/qp" "${PROJECT_BINARY_DIR}/bench/qp")
if(METASOLVE_PEERS)
  add_subdirectory("${PROJECT_SOURCE_DIR}/bench/peers" "${PROJECT_BINARY_DIR}/bench/peers")
  add_subdirectory("${PROJECT_SOURCE_DIR}/bench/linear" "${PROJECT_BINARY_DIR}/bench/linear")
endif()
