#include <fmt/format.h>
#include <toml++/toml.h>

#include <sstream>

#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::internal {

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

}  // namespace apilab::sandbox::internal
