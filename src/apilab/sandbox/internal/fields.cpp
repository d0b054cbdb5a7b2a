#include "apilab/sandbox/internal/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "apilab/base/duration.hpp"

namespace apilab::sandbox::internal {

std::unexpected<Error> bad_field(const std::string& pointer, std::string_view message) {
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("{}: {}", pointer.empty() ? std::string("/") : pointer, message))
                    .with_detail(pointer));
}

std::string below(std::string_view pointer, std::string_view name) {
    return std::string(pointer) + http::pointer_step(name);
}

Result<void> only_keys(http::Json object, const std::string& pointer,
                       std::initializer_list<std::string_view> keys) {
    if (!object.is_object()) {
        return bad_field(pointer, fmt::format("expected an object with {}", fmt::join(keys, ", ")));
    }
    for (const auto& [key, value] : object.members()) {
        if (std::ranges::find(keys, key) == keys.end()) {
            return bad_field(below(pointer, key),
                             fmt::format("unknown key; known here: {}", fmt::join(keys, ", ")));
        }
    }
    return {};
}

Result<std::string> read_string(http::Json json, const std::string& pointer) {
    if (const auto text = json.string()) {
        return std::string(*text);
    }
    return bad_field(pointer, "expected a string");
}

Result<std::uint64_t> read_integer(http::Json json, const std::string& pointer, std::uint64_t low,
                                   std::uint64_t high) {
    const auto value = json.unsigned_integer();
    if (!value || *value < low || *value > high) {
        return bad_field(pointer, fmt::format("expected a whole number from {} to {}", low, high));
    }
    return *value;
}

Result<Duration> read_duration(http::Json json, const std::string& pointer) {
    if (const auto text = json.string()) {
        if (const auto value = parse_duration(*text)) {
            return *value;
        }
    }
    return bad_field(pointer, "expected a duration with its unit, such as \"50ms\" or \"2s\"");
}

Result<bool> read_boolean(http::Json json, const std::string& pointer) {
    if (const auto value = json.boolean()) {
        return *value;
    }
    return bad_field(pointer, "expected true or false");
}

}  // namespace apilab::sandbox::internal
