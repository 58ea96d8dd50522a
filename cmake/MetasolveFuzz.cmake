# SPDX-License-Identifier: Apache-2.0
# The fuzz targets, tests/fuzz/*.cpp, in two forms: replay_TARGET runs the corpus, in every build with tests, with any
# compiler; with METASOLVE_FUZZ and Clang also fuzz_TARGET, with libFuzzer and AddressSanitizer (scripts/fuzz).
set(metasolve_fuzz_dir "${PROJECT_SOURCE_DIR}/tests/fuzz")
set(metasolve_fuzz_targets csv matrix_market npy npz safetensors toml json model c_api)

# Targets that read files only need that part of the library, so that they build in seconds.
set(metasolve_fuzz_of_files csv matrix_market npy npz safetensors toml json)

if(METASOLVE_TESTS AND NOT METASOLVE_SANITIZE STREQUAL "thread")
  foreach(name IN LISTS metasolve_fuzz_targets)
    add_executable(replay_${name} "${metasolve_fuzz_dir}/${name}.cpp" "${metasolve_fuzz_dir}/replay.cpp")
    target_link_libraries(replay_${name} PRIVATE metasolve_train metasolve_internal nlohmann_json::nlohmann_json
                                                 tomlplusplus::tomlplusplus)
    set_target_properties(replay_${name} PROPERTIES CXX_EXTENSIONS OFF
                                                    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    target_compile_options(replay_${name} PRIVATE "$<$<CONFIG:Release>:-O1>")
    add_dependencies(metasolve_tests replay_${name})
    add_test(NAME Fuzz.${name} COMMAND replay_${name} "${metasolve_fuzz_dir}/corpus/${name}")
    set_tests_properties(Fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  endforeach()
endif()

if(METASOLVE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "METASOLVE_FUZZ needs Clang, whose libFuzzer it uses: -DCMAKE_CXX_COMPILER=clang++ (scripts/fuzz does it)")
  endif()
  set(metasolve_fuzz_flags -g1 -fno-omit-frame-pointer -fsanitize=address,undefined
                           -fno-sanitize=null,object-size,vptr -fno-sanitize-recover=all)
  file(GLOB metasolve_fuzz_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/io/*.cpp"
                                                     "${PROJECT_SOURCE_DIR}/src/config/*.cpp"
                                                     "${PROJECT_SOURCE_DIR}/src/matrices/*.cpp")
  add_library(metasolve_fuzz_files STATIC EXCLUDE_FROM_ALL ${metasolve_fuzz_sources}
              "${metasolve_fuzz_dir}/problem_keys.cpp"
              "${PROJECT_SOURCE_DIR}/src/sparse/csr_matrix.cpp"
              "${PROJECT_SOURCE_DIR}/src/sparse/symmetric_matrix.cpp"
              "${PROJECT_SOURCE_DIR}/src/sparse/symmetric_structure.cpp")
  target_compile_features(metasolve_fuzz_files PUBLIC cxx_std_20)
  target_include_directories(metasolve_fuzz_files PUBLIC "${PROJECT_SOURCE_DIR}/include" "${METASOLVE_BUILD_INCLUDE}")
  target_link_libraries(metasolve_fuzz_files PUBLIC metasolve_internal nlohmann_json::nlohmann_json
                                                    tomlplusplus::tomlplusplus metasolve_boost metasolve_minizip)
  add_library(metasolve_fuzz_main INTERFACE)
  target_compile_options(metasolve_fuzz_main INTERFACE ${metasolve_fuzz_flags} -fsanitize=fuzzer-no-link)
  target_link_options(metasolve_fuzz_main INTERFACE ${metasolve_fuzz_flags} -fsanitize=fuzzer)
  target_compile_options(metasolve_fuzz_files PRIVATE ${metasolve_fuzz_flags} -fsanitize=fuzzer-no-link)
  foreach(library IN ITEMS metasolve metasolve_train)
    target_compile_options(${library} PRIVATE ${metasolve_fuzz_flags} -fsanitize=fuzzer-no-link)
  endforeach()
  foreach(name IN LISTS metasolve_fuzz_targets)
    add_executable(fuzz_${name} EXCLUDE_FROM_ALL "${metasolve_fuzz_dir}/${name}.cpp")
    set_target_properties(fuzz_${name} PROPERTIES CXX_EXTENSIONS OFF)
    target_link_libraries(fuzz_${name} PRIVATE metasolve_fuzz_main)
    if(name IN_LIST metasolve_fuzz_of_files)
      target_link_libraries(fuzz_${name} PRIVATE metasolve_fuzz_files)
    else()
      target_link_libraries(fuzz_${name} PRIVATE metasolve_train metasolve_internal nlohmann_json::nlohmann_json
                                                 tomlplusplus::tomlplusplus)
    endif()
  endforeach()
endif()
