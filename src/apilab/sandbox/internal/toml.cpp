#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

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

}  // namespace

Result<std::string> toml_to_json(std::string_view toml) {
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
