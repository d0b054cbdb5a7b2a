// The baseline file of a shape.

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/data/shape.hpp"

namespace apilab::data {
namespace {

constexpr std::size_t file_size_max = std::size_t{16} << 20U;
constexpr std::uint64_t version = 1;

std::unexpected<Error> bad(const std::string& pointer, std::string_view expected) {
    return fail(Error(ErrorKind::decode, fmt::format("{}: expected {}", pointer, expected))
                    .with_detail(pointer));
}

Result<std::uint8_t> read_types(std::string_view text, const std::string& pointer) {
    std::uint8_t types = 0;
    while (!text.empty()) {
        const auto name = text.substr(0, text.find('|'));
        text.remove_prefix(std::min(name.size() + 1, text.size()));
        std::uint8_t bit = 1;
        while (bit <= ShapePlace::object && types_text(bit) != name) {
            bit = static_cast<std::uint8_t>(bit << 1U);
        }
        if (bit == 0 || bit > ShapePlace::object) {
            return bad(pointer, "types such as integer|null");
        }
        types |= bit;
    }
    if (types == 0) {
        return bad(pointer, "types such as integer|null");
    }
    return types;
}

Result<std::uint64_t> read_count(http::Json value, const std::string& pointer) {
    constexpr std::uint64_t count_max = std::uint64_t{1} << 53U;
    const auto count = value.missing() ? 0 : value.unsigned_integer();
    if (!count || *count > count_max) {
        return bad(pointer, "a count up to 2^53");
    }
    return *count;
}

Result<ShapePlace> read_place(http::Json json, const std::string& pointer,
                              const ShapeLimits& limits) {
    ShapePlace place;
    APILAB_TRY(place.types, read_types(json["types"].string_or(""), pointer + "/types"));
    APILAB_TRY(place.seen, read_count(json["seen"], pointer + "/seen"));
    APILAB_TRY(place.objects, read_count(json["objects"], pointer + "/objects"));
    place.any_text = json["any_text"].boolean().value_or(false);
    for (const auto& [value, count] : json["values"].members()) {
        APILAB_TRY(place.values[std::string(value)],
                   read_count(count, pointer + "/values" + http::pointer_step(value)));
    }
    if (place.values.size() > limits.values_max || (place.any_text && !place.values.empty())) {
        return bad(pointer + "/values",
                   fmt::format("at most {} values, none beside any_text", limits.values_max));
    }
    return place;
}

}  // namespace

std::string Shape::to_text() const {
    std::string out = fmt::format(
        "{{\n\"apilab_shape\": {},\n\"documents\": {},\n\"truncated\": {},\n\"places\": [", version,
        documents_, truncated_);
    std::string_view before = "\n";
    for (const auto& [pointer, place] : places_) {
        fmt::format_to(std::back_inserter(out), R"({}{{"at": {}, "types": "{}", "seen": {})",
                       std::exchange(before, ",\n"), http::json_quote(pointer),
                       types_text(place.types), place.seen);
        if (place.objects != 0) {
            fmt::format_to(std::back_inserter(out), R"(, "objects": {})", place.objects);
        }
        if (place.any_text) {
            out += R"(, "any_text": true)";
        } else if (place.is_enum()) {
            out += R"(, "values": {)";
            std::string_view comma;
            for (const auto& [value, count] : place.values) {
                fmt::format_to(std::back_inserter(out), "{}{}: {}", std::exchange(comma, ", "),
                               http::json_quote(value), count);
            }
            out += '}';
        }
        out += '}';
    }
    return out + "\n]\n}\n";
}

Result<Shape> Shape::parse(std::string_view text, ShapeLimits limits) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(text, {.size_max = file_size_max, .depth_max = 8}));
    const http::Json root = document.root();
    if (root["apilab_shape"].unsigned_integer() != version) {
        return bad("/apilab_shape", "1: a baseline of this program's version");
    }
    Shape shape(limits);
    APILAB_TRY(shape.documents_, read_count(root["documents"], "/documents"));
    shape.truncated_ = root["truncated"].boolean().value_or(false);
    if (!root["places"].is_array()) {
        return bad("/places", "a list");
    }
    std::size_t index = 0;
    for (const http::Json entry : root["places"].elements()) {
        const auto pointer = fmt::format("/places/{}", index++);
        const auto at = entry["at"].string();
        if (!at || !(at->empty() || at->starts_with('/'))) {
            return bad(pointer + "/at", "a JSON pointer");
        }
        if (shape.places_.size() >= limits.places_max) {
            return fail(ErrorKind::too_large,
                        fmt::format("{}: more than {} places", pointer, limits.places_max));
        }
        APILAB_TRY(auto place, read_place(entry, pointer, limits));
        if (!shape.places_.emplace(std::string(*at), std::move(place)).second) {
            return bad(pointer + "/at", "each place once");
        }
    }
    return shape;
}

}  // namespace apilab::data
