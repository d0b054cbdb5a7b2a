#include "learn/compile_error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace apilab::cli {
namespace {

// `src/x.cpp:31:9`: the file and the line; line 0 where it is no such place.
CompileError place_of(std::string_view place) {
    const auto column = place.rfind(':');
    const auto line = column == std::string_view::npos || column == 0
                          ? std::string_view::npos
                          : place.rfind(':', column - 1);
    CompileError error;
    if (line == std::string_view::npos) {
        return error;
    }
    const auto digits = place.substr(line + 1, column - line - 1);
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), error.line);
    if (code != std::errc() || end != digits.data() + digits.size()) {
        return {};
    }
    error.file = place.substr(0, line);
    return error;
}

std::optional<CompileError> error_in(std::string_view line) {
    if (line.starts_with("error: ")) {  // about no place: a flag, a file that is not there
        return CompileError{.file = {}, .line = 0, .message = std::string(line.substr(7))};
    }
    for (const std::string_view mark : {": fatal error: ", ": error: "}) {
        const auto at = line.find(mark);
        if (at == std::string_view::npos) {
            continue;
        }
        auto error = place_of(line.substr(0, at));
        error.message = line.substr(at + mark.size());
        return error;
    }
    return std::nullopt;
}

}  // namespace

std::string without_commands(std::string_view said) {
    std::string kept;
    for (bool is_command = false; !said.empty();) {
        const auto line = said.substr(0, said.find('\n'));
        const bool names_command = line.starts_with("FAILED: ");
        if (!is_command && !names_command && !line.starts_with("ninja: build stopped")) {
            (kept += line) += '\n';
        }
        is_command = names_command;  // it stands in the next line
        said.remove_prefix(std::min(line.size() + 1, said.size()));
    }
    return kept;
}

std::optional<CompileError> first_error(std::string_view said) {
    while (!said.empty()) {
        const auto line = said.substr(0, said.find('\n'));
        if (auto error = error_in(line)) {
            return error;
        }
        said.remove_prefix(std::min(line.size() + 1, said.size()));
    }
    return std::nullopt;
}

std::string to_string(const CompileError& error, std::string_view folder) {
    std::string_view file = error.file;
    if (file.starts_with(folder) && file.substr(folder.size()).starts_with('/')) {
        file.remove_prefix(folder.size() + 1);
    }
    return error.line == 0 ? error.message
                           : fmt::format("{}:{}: {}", file, error.line, error.message);
}

}  // namespace apilab::cli
