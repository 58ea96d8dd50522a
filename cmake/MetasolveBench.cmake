# SPDX-License-Identifier: Apache-2.0
# One executable for each bench/*.cpp.
file(GLOB metasolve_bench_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cpp")
foreach(source IN LISTS metasolve_bench_sources)
  get_filename_component(name "${source}" NAME_WE)
  set(target "bench_${name}")
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE metasolve metasolve_internal metasolve_random123 OpenBLAS::OpenBLAS
                                          benchmark::benchmark)
  target_compile_definitions(${target} PRIVATE "METASOLVE_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
  set_target_properties(${target} PROPERTIES OUTPUT_NAME "${name}" CXX_EXTENSIONS OFF
                                             RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
endforeach()

if(METASOLVE_PEERS)
  add_subdirectory("${PROJECT_SOURCE_DIR}/bench/peers" "${PROJECT_BINARY_DIR}/bench/peers")
endif()
