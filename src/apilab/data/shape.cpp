#include "apilab/data/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "apilab/base/ascii.hpp"

namespace apilab::data {
namespace {

using Kind = ShapeChange::Kind;

constexpr std::array<std::pair<std::string_view, ShapePlace::Type>, 7> type_names{
    {{"null", ShapePlace::null},
     {"boolean", ShapePlace::boolean},
     {"integer", ShapePlace::integer},
     {"number", ShapePlace::number},
     {"string", ShapePlace::string},
     {"array", ShapePlace::array},
     {"object", ShapePlace::object}}};

std::uint8_t type_of(const http::Json& value) {
    switch (value.kind()) {
        case http::Json::Kind::missing:
        case http::Json::Kind::null:
            return ShapePlace::null;
        case http::Json::Kind::boolean:
            return ShapePlace::boolean;
        case http::Json::Kind::integer:
            return ShapePlace::integer;
        case http::Json::Kind::number:
            return ShapePlace::number;
        case http::Json::Kind::string:
            return ShapePlace::string;
        case http::Json::Kind::array:
            return ShapePlace::array;
        case http::Json::Kind::object:
            return ShapePlace::object;
    }
    return 0;
}

/// Without its last step.
std::string_view parent_of(std::string_view pointer) {
    return pointer.substr(0, pointer.rfind('/'));
}

std::string_view last_step(std::string_view pointer) {
    return pointer.substr(std::min(pointer.rfind('/'), pointer.size()));
}

/// Do values at this place name a person or a thing, or are they secret, however short they are?
bool never_an_enum(std::string_view pointer) {
    static constexpr std::array telling{"name",   "login", "email", "user",    "title", "token",
                                        "secret", "key",   "pass",  "address", "phone", "id"};
    std::string step;
    std::ranges::transform(last_step(pointer), std::back_inserter(step), ascii_lower);
    return std::ranges::any_of(telling, [&](std::string_view word) {
        // `id` as the whole or the end, since `sides` has it too.
        return word == "id" ? step.ends_with("/id") || step.ends_with("_id") : step.contains(word);
    });
}

/// `open`, `NOT_FOUND`, `text.plain`, `v2`; not what has many digits, as ids and dates have.
bool enum_word(std::string_view text) {
    constexpr std::size_t word_max = 32;
    constexpr auto digits_max = 2;
    return !text.empty() && text.size() <= word_max && !ascii_digit(text.front()) &&
           std::ranges::count_if(text, ascii_digit) <= digits_max &&
           std::ranges::all_of(text, [](char c) {
               return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
                      c == '_' || c == '-' || c == '.';
           });
}

void add_value(ShapePlace& place, std::string_view value, std::uint64_t count,
               const std::string& pointer, const ShapeLimits& limits) {
    if (place.any_text) {
        return;
    }
    if (!never_an_enum(pointer) && enum_word(value)) {
        place.values[std::string(value)] += count;
    } else {
        place.any_text = true;
    }
    if (place.values.size() > limits.values_max) {
        place.any_text = true;
    }
    if (place.any_text) {
        place.values.clear();
    }
}

/// An integer is a number too.
std::uint8_t new_types(std::uint8_t before, std::uint8_t now) {
    if ((before & ShapePlace::number) != 0) {
        before |= ShapePlace::integer;
    }
    return static_cast<std::uint8_t>(now & ~before & ~ShapePlace::null);
}

}  // namespace

std::string types_text(std::uint8_t types) {
    std::string text;
    for (const auto& [name, bit] : type_names) {
        if ((types & bit) != 0) {
            text += (text.empty() ? "" : "|") + std::string(name);
        }
    }
    return text;
}

std::string_view to_string(Kind kind) {
    static constexpr std::array<std::string_view, 6> names{
        "removed", "now_optional", "now_null", "type_changed", "new_field", "new_value"};
    return names.at(static_cast<std::size_t>(kind));
}

bool ShapeChange::breaking() const {
    return kind != Kind::new_field && kind != Kind::new_value;
}

std::string ShapeChange::to_string() const {
    const std::string_view place =
        pointer.empty() ? std::string_view("the document") : std::string_view(pointer);
    switch (kind) {
        case Kind::removed:
            return fmt::format("{}: removed, was {}", place, before);
        case Kind::now_optional:
            return fmt::format("{}: always there before, now sometimes missing", place);
        case Kind::now_null:
            return fmt::format("{}: {}, now null too", place, before);
        case Kind::type_changed:
            return fmt::format("{}: {}, now {}", place, before, now);
        case Kind::new_field:
            return before.empty() ? fmt::format("{}: new, {}", place, now)
                                  : fmt::format("{}: only null before, now {}", place, now);
        case Kind::new_value:
            return fmt::format("{}: a new value, {}", place, now);
    }
    return std::string(place);
}

bool ShapePlace::is_enum() const {
    constexpr std::uint64_t times_each = 3;
    std::uint64_t sum = 0;
    for (const auto& [value, count] : values) {
        sum += count;
    }
    return !any_text && !values.empty() && sum >= times_each * values.size();
}

ShapePlace* Shape::at(const std::string& pointer) {
    const auto found = places_.find(pointer);
    if (found != places_.end()) {
        return &found->second;
    }
    if (places_.size() >= limits_.places_max) {
        truncated_ = true;
        return nullptr;
    }
    return &places_[pointer];
}

void Shape::observe(const http::Json& document) {
    if (!document.missing()) {
        ++documents_;
        visit(document, "", 0);
    }
}

void Shape::visit(const http::Json& value, const std::string& pointer, std::size_t depth) {
    ShapePlace* const place = at(pointer);
    if (place == nullptr) {
        return;
    }
    place->types |= type_of(value);
    ++place->seen;
    if (const auto text = value.string()) {
        add_value(*place, *text, 1, pointer, limits_);
    } else if (depth >= limits_.depth_max) {
        truncated_ = truncated_ || value.is_array() || value.is_object();
    } else if (value.is_array()) {
        for (const http::Json element : value.elements()) {
            visit(element, pointer + "/*", depth + 1);
        }
    } else if (value.is_object()) {
        ++place->objects;
        visit_members(value, pointer, depth);
    }
}

void Shape::visit_members(const http::Json& value, const std::string& pointer, std::size_t depth) {
    const bool map = value.size_hint() > limits_.members_max;
    std::vector<std::string_view> names;
    for (const auto& [key, member] : value.members()) {
        constexpr std::size_t name_max = 200;
        if (map || key.size() > name_max) {
            visit(member, pointer + "/*", depth + 1);
        } else if (std::ranges::find(names, key) == names.end()) {  // the first counts
            names.push_back(key);
            visit(member, pointer + http::pointer_step(key), depth + 1);
        }
    }
}

void Shape::merge(const Shape& other) {
    documents_ += other.documents_;
    truncated_ = truncated_ || other.truncated_;
    for (const auto& [pointer, theirs] : other.places_) {
        ShapePlace* const place = at(pointer);
        if (place == nullptr) {
            continue;
        }
        place->types |= theirs.types;
        place->seen += theirs.seen;
        place->objects += theirs.objects;
        if (theirs.any_text) {
            place->any_text = true;
            place->values.clear();
        }
        for (const auto& [value, count] : theirs.values) {
            add_value(*place, value, count, pointer, limits_);
        }
    }
}

bool Shape::optional(std::string_view pointer) const {
    const auto place = places_.find(pointer);
    const auto around = places_.find(parent_of(pointer));
    return place != places_.end() && !pointer.empty() && last_step(pointer) != "/*" &&
           around != places_.end() && place->second.seen < around->second.objects;
}

void Shape::compare_place(const std::string& pointer, const ShapePlace& before, const Shape& now,
                          std::vector<ShapeChange>& out) const {
    const auto change = [&](Kind kind, std::string then, std::string later) {
        out.push_back(
            {.kind = kind, .pointer = pointer, .before = std::move(then), .now = std::move(later)});
    };
    const auto found = now.places_.find(pointer);
    if (found == now.places_.end()) {
        const auto around = now.places_.find(parent_of(pointer));
        const bool could_be = around != now.places_.end() && around->second.objects != 0;
        if (could_be && last_step(pointer) != "/*" && !now.truncated_ && !optional(pointer)) {
            change(Kind::removed, types_text(before.types), "");
        }
        return;
    }
    const ShapePlace& later = found->second;
    if (!optional(pointer) && now.optional(pointer)) {
        change(Kind::now_optional, types_text(before.types), types_text(later.types));
    }
    if (before.types == ShapePlace::null) {
        if (later.types != ShapePlace::null) {
            change(Kind::new_field, "null", types_text(later.types));
        }
        return;
    }
    if ((before.types & ShapePlace::null) == 0 && (later.types & ShapePlace::null) != 0) {
        change(Kind::now_null, types_text(before.types), types_text(later.types));
    }
    if (new_types(before.types, later.types) != 0) {
        change(Kind::type_changed, types_text(before.types), types_text(later.types));
    }
    if (before.is_enum()) {
        for (const auto& [value, count] : later.values) {
            if (!before.values.contains(value)) {
                change(Kind::new_value, "", value);
            }
        }
        if (later.any_text) {
            change(Kind::new_value, "", "a text that is no word of an enum");
        }
    }
}

std::vector<ShapeChange> Shape::changes(const Shape& now) const {
    std::vector<ShapeChange> out;
    for (const auto& [pointer, place] : places_) {
        compare_place(pointer, place, now, out);
    }
    for (const auto& [pointer, place] : now.places_) {
        const auto around = places_.find(parent_of(pointer));
        if (!pointer.empty() && !places_.contains(pointer) && last_step(pointer) != "/*" &&
            around != places_.end() && around->second.objects != 0 && !truncated_) {
            out.push_back({.kind = Kind::new_field,
                           .pointer = pointer,
                           .before = {},
                           .now = types_text(place.types)});
        }
    }
    std::ranges::sort(out, [](const ShapeChange& a, const ShapeChange& b) {
        return std::tuple(!a.breaking(), std::string_view(a.pointer), a.kind,
                          std::string_view(a.now)) < std::tuple(!b.breaking(),
                                                                std::string_view(b.pointer), b.kind,
                                                                std::string_view(b.now));
    });
    return out;
}

}  // namespace apilab::data
