# Run by apilab_embed: writes OUTPUT, a source file that defines FUNCTION over FILES (joined by `|`).
cmake_minimum_required(VERSION 3.25)

string(REPLACE "|" ";" files "${FILES}")
string(REGEX REPLACE "::[^:]+$" "" namespace "${FUNCTION}")
string(REGEX REPLACE "^.*::" "" name "${FUNCTION}")

set(table "")
foreach(file IN LISTS files)
    file(READ "${file}" hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    # 120 bytes to a line, each byte an escape.
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
    string(REPEAT "...." 120 line)
    string(REGEX REPLACE "(${line})" "\\1\"\n     \"" escaped "${escaped}")
    cmake_path(GET file FILENAME filename)
    string(APPEND table "    {\"${filename}\", std::string_view(\n     \"${escaped}\", ${size})},\n")
endforeach()

file(WRITE "${OUTPUT}.new" "// Written by cmake/EmbedBytes.cmake.
#include <span>
#include <string_view>

#include \"apilab/base/embedded.hpp\"

#pragma clang diagnostic ignored \"-Woverlength-strings\"

namespace ${namespace} {
[[nodiscard]] std::span<const apilab::EmbeddedFile> ${name}();
namespace {
constexpr apilab::EmbeddedFile table[] = {
${table}};
}
std::span<const apilab::EmbeddedFile> ${name}() { return table; }
}  // namespace ${namespace}
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
