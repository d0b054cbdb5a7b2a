#include "apilab/observe/internal/json_fields.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "apilab/base/base64.hpp"

namespace apilab::observe::internal {

JsonFields::JsonFields(http::Json json, std::string place, std::optional<Error>& error)
    : json_(json), place_(std::move(place)), error_(&error) {
    if (!json_.missing() && !json_.is_object()) {
        wrong("", "expected an object");
    }
}

std::string JsonFields::place(std::string_view name) const {
    return name.empty() ? place_ : place_ + http::pointer_step(name);
}

void JsonFields::wrong(std::string_view name, std::string_view what) const {
    if (!*error_) {
        auto where = place(name);
        auto message = fmt::format("{}: {}", where.empty() ? "the document" : where, what);
        error_->emplace(Error(ErrorKind::decode, std::move(message)).with_detail(std::move(where)));
    }
}

std::string JsonFields::text(std::string_view name) const {
    const auto value = json_[name];
    if (const auto string = value.string()) {
        return std::string(*string);
    }
    if (value.missing()) {
        return {};
    }
    if (const auto encoded = value["base64"].string()) {
        if (auto bytes = base64_decode(*encoded)) {
            return *std::move(bytes);
        }
        wrong(name, "its base64 cannot be read");
        return {};
    }
    wrong(name, "expected a string");
    return {};
}

std::int64_t JsonFields::integer(std::string_view name, std::int64_t min, std::int64_t max) const {
    if (!has(name)) {
        return 0;
    }
    const auto value = json_[name].integer();
    if (!value || *value < min || *value > max) {
        wrong(name, fmt::format("expected an integer from {} to {}", min, max));
        return 0;
    }
    return *value;
}

std::uint64_t JsonFields::count(std::string_view name) const {
    const auto value = json_[name].unsigned_integer();
    if (!value && has(name)) {
        wrong(name, "expected an integer from 0");
    }
    return value.value_or(0);
}

double JsonFields::number(std::string_view name, double min, double max) const {
    if (!has(name)) {
        return 0;
    }
    const auto value = json_[name].number();
    if (!value || !(*value >= min && *value <= max)) {
        wrong(name, fmt::format("expected a number from {} to {}", min, max));
        return 0;
    }
    return *value;
}

bool JsonFields::flag(std::string_view name) const {
    const auto value = json_[name].boolean();
    if (!value && has(name)) {
        wrong(name, "expected true or false");
    }
    return value.value_or(false);
}

Duration JsonFields::duration(std::string_view name, Duration min, Duration max) const {
    return Duration(integer(name, min.count(), max.count()));
}

std::uint64_t JsonFields::hex(std::string_view name) const {
    if (!has(name)) {
        return 0;
    }
    const auto digits = json_[name].string_or("");
    std::uint64_t value = 0;
    const auto end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, value, 16);
    if (digits.size() != 16 || code != std::errc() || stop != end) {
        wrong(name, "expected 16 hexadecimal digits");
        return 0;
    }
    return value;
}

JsonFields JsonFields::object(std::string_view name) const {
    return {json_[name], place(name), *error_};
}

http::Json JsonFields::elements(std::string_view name, std::size_t max) const {
    const auto array = json_[name];
    if (array.missing()) {
        return array;
    }
    if (!array.is_array()) {
        wrong(name, "expected an array");
        return {};
    }
    if (array.size() > max) {
        wrong(name, fmt::format("has {} elements, more than {}", array.size(), max));
        return {};
    }
    return array;
}

}  // namespace apilab::observe::internal
