# SPDX-License-Identifier: Apache-2.0
# The Python package's tests: one ctest test per file of python/tests. pytest writes the cases of each into
# BUILD/reports/python, where scripts/summarise_tests.py counts them.
if(NOT METASOLVE_PYTHON)
  return()
endif()
if(NOT TARGET metasolve_python)
  add_test(NAME Python.tests COMMAND sh -c "echo 'skipped: ${METASOLVE_PYTHON_MISSING}'; exit 77")
  set_tests_properties(Python.tests PROPERTIES LABELS python SKIP_RETURN_CODE 77)
  return()
endif()
add_dependencies(metasolve_tests metasolve_python metasolve_python_stub)
file(GLOB metasolve_python_tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/python/tests/test_*.py")
foreach(file IN LISTS metasolve_python_tests)
  get_filename_component(name "${file}" NAME_WE)
  add_test(NAME Python.${name}
           COMMAND "${METASOLVE_PYTHON_EXECUTABLE}" -m pytest -q -p no:cacheprovider
                   "--junitxml=${PROJECT_BINARY_DIR}/reports/python/${name}.xml" "${file}"
           WORKING_DIRECTORY "${PROJECT_BINARY_DIR}/python")
  set_tests_properties(Python.${name} PROPERTIES LABELS python TIMEOUT 600
    SKIP_RETURN_CODE 5  # the whole file is skipped
    ENVIRONMENT "PYTHONPATH=${PROJECT_BINARY_DIR}/python;PYTHONDONTWRITEBYTECODE=1;HYPOTHESIS_STORAGE_DIRECTORY=${PROJECT_BINARY_DIR}/python/hypothesis")
endforeach()
