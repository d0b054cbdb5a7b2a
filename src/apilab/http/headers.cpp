#include "apilab/http/headers.hpp"

#include <algorithm>

#include "apilab/base/ascii.hpp"

namespace apilab::http {
namespace {

bool token_char(char c) {
    return ascii_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (iequals(key, name)) {
            return value;
        }
    }
    return std::nullopt;
}

std::string_view Headers::value(std::string_view name) const {
    return get(name).value_or(std::string_view());
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : fields_) {
        if (iequals(key, name)) {
            values.emplace_back(value);
        }
    }
    return values;
}

void Headers::add(std::string name, std::string value) {
    if (fields_.capacity() == 0) {
        fields_.reserve(8);  // what most messages have; growing by doubling would move them thrice
    }
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
    for (auto field = fields_.begin(); field != fields_.end(); ++field) {
        if (iequals(field->first, name)) {
            field->second = std::move(value);
            // Compared with the field that stays: `name` may be a view of one that moves.
            const auto same = [&](const Field& other) {
                return iequals(other.first, field->first);
            };
            fields_.erase(std::remove_if(field + 1, fields_.end(), same), fields_.end());
            return;
        }
    }
    add(std::string(name), std::move(value));
}

std::size_t Headers::remove(std::string_view name) {
    const std::string own(name);  // `name` may be a view of a field that moves
    return std::erase_if(fields_, [&](const Field& field) { return iequals(field.first, own); });
}

bool valid_field_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, token_char);
}

bool valid_field_value(std::string_view value) {
    return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace apilab::http
