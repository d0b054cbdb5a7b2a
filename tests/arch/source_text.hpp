#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::arch {

/// A file of the repository: its path from the root with `/`, and what it holds.
struct SourceFile {
    std::string path;
    std::string text;
};

struct Violation {
    std::string path;
    /// From 1; 0: the file as a whole.
    std::size_t line = 0;
    /// What is wrong, and what to do instead.
    std::string message;
};

struct Include {
    std::size_t line = 0;
    std::string target;
    bool quoted = false;
};

struct Function {
    std::size_t first_line = 0;
    std::size_t lines = 0;
};

[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
[[nodiscard]] std::size_t line_at(std::string_view text, std::size_t offset);

/// C++ with the content of comments, strings and characters blanked out. Lines and columns stay.
[[nodiscard]] std::string code_only(std::string_view text);

[[nodiscard]] std::vector<Include> includes_of(std::string_view text);

/// Where `name` stands in `code` as a whole name (`exit` is not in `exiting`, nor a member
/// `x.exit`). With `call`, only where a `(` follows.
[[nodiscard]] std::vector<std::size_t> find_name(std::string_view code, std::string_view name,
                                                 bool call);

/// The function bodies of C++ code, from the line of their head to the closing brace. A heuristic:
/// a brace in a namespace or class that is no initialiser, namespace or type opens one. Tables (`=
/// {...}`) within do not count.
[[nodiscard]] std::vector<Function> functions_of(std::string_view code);

[[nodiscard]] bool is_cpp(std::string_view path);
[[nodiscard]] bool is_test(std::string_view path);

}  // namespace apilab::arch
