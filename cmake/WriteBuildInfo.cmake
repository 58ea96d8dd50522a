# SPDX-License-Identifier: Apache-2.0
# cmake -P: writes the commit into build_info.hpp. Arguments: GIT, SOURCE, TEMPLATE, OUTPUT.
# The file changes only if its text changes, so that unchanged builds compile nothing.

set(INFO_GIT_COMMIT unknown)
if(GIT)
  # Within another checkout (an unpacked archive, a vendored copy) the commit would be the outer repository's.
  execute_process(COMMAND "${GIT}" -C "${SOURCE}" rev-parse --show-toplevel
                  OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  file(REAL_PATH "${SOURCE}" source)
  if(NOT failed AND top STREQUAL source)
    execute_process(COMMAND "${GIT}" -C "${SOURCE}" rev-parse --short=12 --verify HEAD
                    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
      set(INFO_GIT_COMMIT "${commit}")
      # --no-optional-locks: a build must not lock the index against a user's git command.
      execute_process(COMMAND "${GIT}" --no-optional-locks -C "${SOURCE}" status --porcelain
                      OUTPUT_VARIABLE changes ERROR_QUIET)
      if(changes)
        string(APPEND INFO_GIT_COMMIT "+dirty")
      endif()
    endif()
  endif()
endif()
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)  # writes only if different
