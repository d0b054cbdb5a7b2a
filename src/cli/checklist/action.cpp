#include "checklist/action.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::array<std::string_view, 4> methods{"POST", "PUT", "PATCH", "DELETE"};
constexpr std::size_t action_max = 2'000;
constexpr std::size_t value_max = 200;

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_' || c == '.';
    });
}

bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= value_max && std::ranges::all_of(text, [](char c) {
        return ascii_alnum(c) || std::string_view("-_.:@").contains(c);
    });
}

// False: something is missing, or no plain value.
bool put_values_in(std::string& text, const ValueOf& value_of) {
    for (auto at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
        const auto end = std::min(text.find('}', at), text.size());
        const auto name = std::string_view(text).substr(at + 1, end - at - 1);
        if (end == text.size() || !is_name(name)) {
            continue;  // a brace of JSON's
        }
        const auto value = value_of(name);
        if (!value || !is_plain(*value)) {
            return false;
        }
        text.replace(at, end - at + 1, *value);
    }
    return true;
}

std::optional<std::string> text_of(const http::Json& value) {
    if (const auto text = value.string()) {
        return std::string(*text);
    }
    const auto number = value.integer();
    return number ? std::optional(fmt::format("{}", *number)) : std::nullopt;
}

}  // namespace

Result<Action> parse_action(std::string_view text) {
    Action action;
    const auto space = std::min(text.find(' '), text.size());
    action.method = text.substr(0, space);
    auto rest = text.substr(std::min(space + 1, text.size()));
    const auto end = std::min(rest.find(' '), rest.size());
    action.path = rest.substr(0, end);
    action.body = rest.substr(std::min(end + 1, rest.size()));
    const bool known = std::ranges::find(methods, action.method) != methods.end();
    const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c != '\x7f'; });
    if (!known || !action.path.starts_with('/') || !plain || text.size() > action_max) {
        return fail(Error(ErrorKind::invalid_argument, fmt::format("'{}' is no request", text))
                        .with_remedy("write a method, a path and, where there is one, a body: "
                                     "\"POST /admin/dead/{id}/again\""));
    }
    return action;
}

std::optional<Action> filled(Action action, const ValueOf& value_of) {
    const bool whole = put_values_in(action.path, value_of) && put_values_in(action.body, value_of);
    return whole ? std::optional(std::move(action)) : std::nullopt;
}

std::optional<std::string> field_of_first(std::string_view document, std::string_view name) {
    const auto parsed = http::JsonDocument::parse(document);
    if (!parsed) {
        return std::nullopt;
    }
    const auto root = parsed->root();
    if (const auto dot = name.find('.'); dot != std::string_view::npos) {
        return text_of(root[name.substr(0, dot)].at_pointer("/0")[name.substr(dot + 1)]);
    }
    if (root.is_array()) {
        return text_of(root.at_pointer("/0")[name]);
    }
    for (const auto& [key, value] : root.members()) {
        if (value.is_array() && value.size() > 0) {
            return text_of(value.at_pointer("/0")[name]);
        }
    }
    return std::nullopt;
}

}  // namespace apilab::cli::checklist
