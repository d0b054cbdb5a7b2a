# Runs PROGRAM, an example of DOCUMENT. It must end with 0, and print what the file SHOWN holds where
# that is not empty.
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "the example of ${DOCUMENT} ended with ${status}")
endif()
file(READ "${SHOWN}" shown)
if(NOT shown STREQUAL "" AND NOT shown STREQUAL printed)
    # Indented lines are not wrapped.
    string(REPLACE "\n" "\n  " shown "${shown}")
    string(REPLACE "\n" "\n  " printed "${printed}")
    message(FATAL_ERROR " ${DOCUMENT} shows:\n  ${shown}\n but its example prints:\n  ${printed}")
endif()
