# SPDX-License-Identifier: Apache-2.0
# Read by ctest, with the variables of cmake/MetasolveSuites.cmake: adds the suites of a program of tests.
if(NOT EXISTS "${suites_program}")
  add_test("${suites_prefix}${suites_name}_NOT_BUILT" "${suites_name}_NOT_BUILT")
  set_tests_properties("${suites_prefix}${suites_name}_NOT_BUILT" PROPERTIES LABELS "${suites_labels}")
  return()
endif()

if("${suites_program}" IS_NEWER_THAN "${suites_list}" OR "${CMAKE_CURRENT_LIST_FILE}" IS_NEWER_THAN "${suites_list}" OR
   "${CMAKE_PARENT_LIST_FILE}" IS_NEWER_THAN "${suites_list}")
  execute_process(COMMAND "${suites_program}" --gtest_list_tests "--gtest_filter=${suites_filter}"
                  WORKING_DIRECTORY "${suites_folder}" TIMEOUT 60
                  OUTPUT_VARIABLE suites_listed ERROR_QUIET RESULT_VARIABLE suites_failed)
  set(suites_text "")
  # suites_add(SUITE FILTER): a line for ctest.
  macro(suites_add suite filter)
    set(suites_test "${suites_prefix}${suite}")
    string(REPLACE "/" "-" suites_file "${suites_test}")
    string(APPEND suites_text "add_test([[${suites_test}]] [[${suites_program}]] [[--gtest_filter=${filter}]] "
           "--gtest_brief=1 [[--gtest_output=xml:${suites_results}/${suites_file}.xml]])\n"
           "set_tests_properties([[${suites_test}]] PROPERTIES WORKING_DIRECTORY [[${suites_folder}]] LABELS [[${suites_labels}]] "
           "TIMEOUT 900 ENVIRONMENT [[${suites_environment}]])\n")
  endmacro()
  if(suites_failed)
    suites_add("${suites_name}_CANNOT_BE_LISTED" "*")
  endif()
  set(suites_suite "")
  set(suites_cases "")
  foreach(special IN ITEMS "\;" "[" "]")  # in values of parameters, behind the names
    string(REPLACE "${special}" "," suites_listed "${suites_listed}")
  endforeach()
  string(REPLACE "\n" ";" suites_listed "${suites_listed}")
  foreach(line IN LISTS suites_listed ITEMS "End.")
    if(line MATCHES "^  ([^ ]+)")
      string(APPEND suites_cases ":${suites_suite}.${CMAKE_MATCH_1}")
    elseif(line MATCHES "^([A-Za-z0-9_/]+)\\.( |$)")
      set(suites_next "${CMAKE_MATCH_1}")
      if(suites_cases AND suites_filter STREQUAL "*")
        suites_add("${suites_suite}" "${suites_suite}.*")
      elseif(suites_cases)
        string(SUBSTRING "${suites_cases}" 1 -1 suites_cases)
        suites_add("${suites_suite}" "${suites_cases}")
      endif()
      set(suites_suite "${suites_next}")
      set(suites_cases "")
    endif()
  endforeach()
  file(WRITE "${suites_list}" "${suites_text}")
endif()
include("${suites_list}")
