# SPDX-License-Identifier: Apache-2.0
# Runs at installation: copies the headers of src/ that the component `kernels` needs, those alone. They are looked for
# now, not when the build is configured, since a header may have gained an #include in between.
# Set by the caller: SOURCE, ROOTS, DESTINATION.

cmake_policy(VERSION 3.25)  # no project has set one here

set(waiting ${ROOTS})
set(needed "")
while(waiting)
  list(POP_FRONT waiting header)
  if(header IN_LIST needed)
    continue()
  endif()
  list(APPEND needed "${header}")
  file(STRINGS "${SOURCE}/${header}" includes REGEX "^ *# *include")
  foreach(include IN LISTS includes)
    if(include MATCHES "\"(src/[^\"]+)\"")
      list(APPEND waiting "${CMAKE_MATCH_1}")
    elseif(include MATCHES "<(boost|nlohmann|toml\\+\\+|CLI|Random123|cblas|openblas)[/._>]")
      message(FATAL_ERROR "${header}, which metasolve::kernels installs, needs a third party's header: ${include}")
    endif()
  endforeach()
endwhile()
foreach(header IN LISTS needed)
  get_filename_component(folder "${header}" DIRECTORY)
  file(INSTALL "${SOURCE}/${header}" DESTINATION "${DESTINATION}/${folder}")
endforeach()
