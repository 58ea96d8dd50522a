# SPDX-License-Identifier: Apache-2.0
# cmake -D FILE=FILE -P print.cmake -- PROGRAM ARGUMENT...: writes what the program prints to FILE; where it cannot run,
# warns and writes nothing.
set(command "")
set(begun OFF)
foreach(i RANGE ${CMAKE_ARGC})
  if(begun)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
    set(begun ON)
  endif()
endforeach()
list(REMOVE_ITEM command "")
execute_process(COMMAND ${command} OUTPUT_FILE "${FILE}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  file(REMOVE "${FILE}")
  message(WARNING "${command} does not run here (${status}): its page and completion are not installed")
endif()
