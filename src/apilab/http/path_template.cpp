#include "apilab/http/path_template.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/try.hpp"
#include "apilab/http/url.hpp"

namespace apilab::http {
namespace {

using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

constexpr std::size_t value_size_max = 8192;

struct Place {
    std::string_view name;
    /// `{+name}`.
    bool several = false;
};

bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7F;
}

// Some servers decode once more than they should: `%252e` reaches the file system as `.`. Two
// rounds are what has been seen; a third stays text.
bool has_dot_segment(std::string_view value) {
    auto text = percent_decode(percent_decode(value));
    std::ranges::replace(text, '\\', '/');
    std::string_view rest = text;
    while (true) {
        const auto size = rest.find('/');
        const auto part = rest.substr(0, size);
        if (part == "." || part == "..") {
            return true;
        }
        if (size == std::string_view::npos) {
            return false;
        }
        rest.remove_prefix(size + 1);
    }
}

// What is wrong with a value, or null.
const char* why_not(std::string_view value, const Place& place) {
    if (value.empty()) {
        return "is empty";
    }
    if (value.size() > value_size_max) {
        return "is longer than 8192 bytes";
    }
    if (std::ranges::any_of(value, is_control)) {
        return "holds a control character";
    }
    if (has_dot_segment(value)) {
        return "has a segment '.' or '..'";
    }
    if (place.several && (value.starts_with('/') || value.ends_with('/') || value.contains("//"))) {
        return "has an empty segment";
    }
    return nullptr;
}

std::string encoded(std::string_view value, const Place& place) {
    if (!place.several) {
        return percent_encode(value);
    }
    std::string path;
    while (true) {
        const auto size = value.find('/');
        path += percent_encode(value.substr(0, size));
        if (size == std::string_view::npos) {
            return path;
        }
        path += '/';
        value.remove_prefix(size + 1);
    }
}

Result<std::string> filled(const Place& place, const Values& values) {
    const auto* found =
        std::ranges::find(values, place.name, [](const auto& pair) { return pair.first; });
    if (found == values.end()) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("path template: no value for '{}'", place.name));
    }
    if (const auto* why = why_not(found->second, place)) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("path template: the value of '{}' {}", place.name, why))
                        .with_remedy("give the bare name or id; it is encoded here"));
    }
    return encoded(found->second, place);
}

}  // namespace

Result<std::string> expand_path(std::string_view path_template, Values values) {
    std::string path;
    std::string_view rest = path_template;
    while (true) {
        const auto open = rest.find('{');
        path += rest.substr(0, open);
        if (open == std::string_view::npos) {
            break;
        }
        const auto close = rest.find('}', open);
        if (close == std::string_view::npos) {
            return fail(ErrorKind::invalid_argument, "path template: '{' is not closed by '}'");
        }
        Place place{.name = rest.substr(open + 1, close - open - 1)};
        if (place.name.starts_with('+')) {
            place = {.name = place.name.substr(1), .several = true};
        }
        APILAB_TRY(auto segment, filled(place, values));
        path += segment;
        rest.remove_prefix(close + 1);
    }
    for (const auto& [name, value] : values) {
        if (!path_template.contains(fmt::format("{{{}}}", name)) &&
            !path_template.contains(fmt::format("{{+{}}}", name))) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("path template: there is no place '{}'", name));
        }
    }
    return path;
}

}  // namespace apilab::http
