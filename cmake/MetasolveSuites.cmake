# SPDX-License-Identifier: Apache-2.0
include(GoogleTest)

# metasolve_cases(TARGET LABELS [PREFIX p] [FILTER f] [ENVIRONMENT e...]): the cases of a program of tests become tests of
# ctest, PREFIX before their names; with METASOLVE_TEST_SUITES its suites, which write their cases to
# Testing/gtest/PREFIXSUITE.xml (`-` for `/`). They are listed when ctest runs: a program that cannot start is then a
# failed test, not a failed build.
function(metasolve_cases target labels)
  cmake_parse_arguments(cases "" "PREFIX;FILTER" "ENVIRONMENT" ${ARGN})
  if(NOT cases_FILTER)
    set(cases_FILTER "*")
  endif()
  set(written "${CMAKE_CURRENT_BINARY_DIR}/${cases_PREFIX}${target}_cases.cmake")
  if(METASOLVE_TEST_SUITES)
    file(GENERATE OUTPUT "${written}" CONTENT "set(suites_program [[$<TARGET_FILE:${target}>]])
set(suites_name [[${target}]])
set(suites_prefix [[${cases_PREFIX}]])
set(suites_labels [[${labels}]])
set(suites_filter [[${cases_FILTER}]])
set(suites_environment [[${cases_ENVIRONMENT}]])
set(suites_folder [[${PROJECT_SOURCE_DIR}]])
set(suites_results [[${PROJECT_BINARY_DIR}/Testing/gtest]])
set(suites_list [[${CMAKE_CURRENT_BINARY_DIR}/${cases_PREFIX}${target}_suites.cmake]])
include([[${PROJECT_SOURCE_DIR}/cmake/AddSuites.cmake]])
")
  else()
    set(environment "")
    if(cases_ENVIRONMENT)  # an empty value would be lost, and the next name taken for it
      set(environment ENVIRONMENT "${cases_ENVIRONMENT}")
    endif()
    gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${cases_PREFIX}"
                         TEST_FILTER "${cases_FILTER}" TEST_LIST "${cases_PREFIX}${target}_list"
                         WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                         PROPERTIES LABELS "${labels}" TIMEOUT 600 ${environment})
    # CMake's own test for unbuilt targets has no label.
    file(GENERATE OUTPUT "${written}" CONTENT "if(NOT EXISTS \"$<TARGET_FILE:${target}>\")
  set_tests_properties(${target}_NOT_BUILT PROPERTIES LABELS \"${labels}\")
endif()
")
  endif()
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${written}")
endfunction()
