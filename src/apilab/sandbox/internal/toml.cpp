#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::internal {

namespace {

// A step of a JSON pointer as it was before `~` and `/` in it were written `~0` and `~1`.
std::string unescaped(std::string_view step) {
    std::string text;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escaped = step[i] == '~' && i + 1 < step.size();
        text += !escaped ? step[i] : step[i + 1] == '1' ? '/' : '~';
        i += escaped ? 1 : 0;
    }
    return text;
}

// Goes over a string or a comment that begins at `at`; to where it ends. Any other character: one
// on.
std::size_t after_token(std::string_view toml, std::size_t at) {
    const char first = toml[at];
    if (first == '#') {
        return std::min(toml.find('\n', at), toml.size());
    }
    if (first != '"' && first != '\'') {
        return at + 1;
    }
    const std::string long_quote(3, first);
    const bool is_long = toml.substr(at).starts_with(long_quote);
    const std::string_view quote = is_long ? std::string_view(long_quote) : toml.substr(at, 1);
    std::size_t i = at + quote.size();
    while (i < toml.size() && !toml.substr(i).starts_with(quote) && (is_long || toml[i] != '\n')) {
        i += first == '"' && toml[i] == '\\' ? 2 : 1;
    }
    const bool closed = i < toml.size() && toml[i] != '\n';
    return std::min(closed ? i + quote.size() : i, toml.size());
}

// The parser bounds how deep values nest, but not how many parts a dotted key has: each is a table
// within the one before it, and what is made of them is walked by recursion.
Result<void> check_keys(std::string_view toml) {
    constexpr std::size_t parts_max = 16;
    std::size_t parts = 1;
    for (std::size_t at = 0; at < toml.size(); at = after_token(toml, at)) {
        const char c = toml[at];
        if (c == '.') {
            ++parts;
        } else if (std::string_view("\n=,[]{}").contains(c)) {
            parts = 1;
        }
        if (parts > parts_max) {
            const auto line = 1 + std::ranges::count(toml.substr(0, at), '\n');
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("line {}: a key has at most {} parts", line, parts_max))
                            .with_detail(fmt::format("line {}", line)));
        }
    }
    return {};
}

}  // namespace

Result<std::string> toml_to_json(std::string_view toml) {
    APILAB_CHECK(check_keys(toml));
    try {
        const toml::table table = toml::parse(toml);
        std::ostringstream out;
        out << toml::json_formatter(table);
        return std::move(out).str();
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("line {}, column {}: {}", at.line, at.column, error.description()))
                .with_detail(fmt::format("line {}", at.line)));
    }
}

std::optional<std::size_t> toml_line(std::string_view toml, std::string_view pointer) {
    try {
        const toml::table table = toml::parse(toml);
        const toml::node* node = &table;
        while (pointer.starts_with('/')) {
            pointer.remove_prefix(1);
            const auto step = unescaped(pointer.substr(0, pointer.find('/')));
            const toml::node* next = nullptr;
            if (const auto* inner = node->as_table()) {
                next = inner->get(step);
            } else if (const auto* list = node->as_array()) {
                std::size_t index = list->size();
                std::from_chars(step.data(), step.data() + step.size(), index);
                next = list->get(index);
            }
            if (next == nullptr) {
                break;
            }
            node = next;
            pointer.remove_prefix(std::min(pointer.find('/'), pointer.size()));
        }
        return node == &table ? std::nullopt
                              : std::optional<std::size_t>(node->source().begin.line);
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

}  // namespace apilab::sandbox::internal
