#include <cctype>

#include "rules.hpp"

namespace apilab::arch {
namespace {

constexpr std::size_t file_lines_max = 600;
constexpr std::size_t function_lines_max = 70;
constexpr std::size_t core_lines_max = 100;
constexpr std::size_t extra_lines_max = 200;

}  // namespace

Violations check_sizes(const SourceFile& file) {
    Violations violations;
    const std::size_t lines = lines_of(file.text).size();
    if (lines > file_lines_max) {
        violations.push_back({file.path, 0,
                              std::to_string(lines) + " lines; split it (at most " +
                                  std::to_string(file_lines_max) + ")"});
    }
    if (!is_cpp(file.path)) {
        return violations;
    }
    for (const Function& function : functions_of(code_only(file.text))) {
        if (function.lines > function_lines_max) {
            violations.push_back({file.path, function.first_line,
                                  "a function of " + std::to_string(function.lines) +
                                      " lines; split it (at most " +
                                      std::to_string(function_lines_max) + ")"});
        }
    }
    return violations;
}

Violations check_program_size(const SourceFile& file, bool has_starter) {
    const std::size_t lines = lines_of(file.text).size();
    const std::size_t lines_max = has_starter ? core_lines_max : extra_lines_max;
    if (lines <= lines_max) {
        return {};
    }
    return {{file.path, 0,
             std::to_string(lines) + " lines; what is not the lesson belongs into the library or " +
                 "beside exercise.hpp (" + (has_starter ? "a core program" : "an extra program") +
                 " has at most " + std::to_string(lines_max) + ")"}};
}

std::set<std::string> cmake_words(std::string_view text) {
    std::set<std::string> words;
    for (std::string_view line : lines_of(text)) {
        line = line.substr(0, line.find('#'));
        while (!line.empty()) {
            const auto end = std::min(line.find_first_of(" \t()\""), line.size());
            if (end > 0) {
                words.emplace(line.substr(0, end));
            }
            line.remove_prefix(std::min(end + 1, line.size()));
        }
    }
    return words;
}

Violations check_listed(const SourceFile& file, std::string_view path,
                        const std::set<std::string>& listed) {
    // An internal header has no list to stand in; the file that includes it brings it along.
    const bool private_header =
        path.ends_with(".hpp") &&
        (path.find("internal/") != std::string_view::npos || !file.path.starts_with("src/apilab/"));
    if (private_header || listed.contains(std::string(path))) {
        return {};
    }
    // One program per source: the list may hold the program's name (`url` of `url_fuzz.cpp`).
    std::string_view stem = path.substr(0, path.rfind('.'));
    if (stem.ends_with("_fuzz")) {
        stem.remove_suffix(5);
    }
    if (path.ends_with(".cpp") && !file.path.starts_with("src/apilab/") &&
        listed.contains(std::string(stem))) {
        return {};
    }
    return {{file.path, 0, "no CMakeLists.txt lists it: nothing builds, checks or installs it"}};
}

}  // namespace apilab::arch
