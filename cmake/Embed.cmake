# apilab_embed(<target> FUNCTION <qualified name> FILES <file>...)
#
# Compiles files into <target> and defines
#
#     std::span<const apilab::EmbeddedFile> <qualified name>();
#
# (declare it in a header of your own; include "apilab/base/embedded.hpp" and <span>). Files keep the
# order given and are known by their name without folder. Bytes are written as escapes in one string
# literal per file: lossless for any content, and the compiler reads a megabyte in well under a second,
# where a list of integers would take many.
function(apilab_embed target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "FUNCTION" "FILES")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_FUNCTION OR NOT arg_FILES)
        message(FATAL_ERROR "apilab_embed(${target}): give FUNCTION and FILES, nothing else")
    endif()
    string(REPLACE "::" "_" stem "${arg_FUNCTION}")
    set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded/${stem}.cpp")
    set(inputs "")
    foreach(file IN LISTS arg_FILES)
        cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
        list(APPEND inputs "${file}")
    endforeach()
    string(REPLACE ";" "|" joined "${inputs}")
    set(script "${PROJECT_SOURCE_DIR}/cmake/EmbedBytes.cmake")
    add_custom_command(OUTPUT "${output}"
        COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DFUNCTION=${arg_FUNCTION}" "-DFILES=${joined}"
            -P "${script}"
        DEPENDS ${inputs} "${script}"
        COMMENT "Embedding files for ${arg_FUNCTION}"
        VERBATIM)
    target_sources(${target} PRIVATE "${output}")
endfunction()
