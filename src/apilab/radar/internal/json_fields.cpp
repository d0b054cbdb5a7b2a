#include "apilab/radar/internal/json_fields.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace apilab::radar::internal {
namespace {

constexpr std::size_t shown_max = 120;

bool is_absent(http::Json value) {
    return value.missing() || value.is_null();
}

}  // namespace

std::string readable(std::string_view text) {
    const bool cut = text.size() > shown_max;
    std::string out(text.substr(0, shown_max));
    // Not half a character: step back to the start of the one that was cut.
    while (cut && !out.empty() && (static_cast<unsigned char>(out.back()) & 0x80U) != 0) {
        out.pop_back();
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        // U+0080 to U+009F in UTF-8: a terminal may take them for the start of a sequence.
        const bool c1 =
            byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
        if (c1) {
            out[i + 1] = '?';
        }
        if (c1 || byte < 0x20 || byte == 0x7F) {
            out[i] = '?';
        }
    }
    return cut ? out + "..." : out;
}

Error wrong(const std::string& pointer, std::string what, std::string expected) {
    return Error(ErrorKind::invalid_argument, std::move(what))
        .with_detail(pointer)
        .with_remedy(std::move(expected))
        .in(pointer.empty() ? "top level" : pointer);
}

std::string step(std::string_view key) {
    return http::pointer_step(readable(key));
}

Result<std::string_view> text_field(http::Json object, std::string_view key, const Where& where) {
    const http::Json value = object[key];
    if (is_absent(value)) {
        return std::string_view();
    }
    if (const auto text = value.string()) {
        return *text;
    }
    return fail(wrong(where.pointer() + step(key), "not a string", "expected a string"));
}

Result<bool> flag_field(http::Json object, std::string_view key, const Where& where) {
    const http::Json value = object[key];
    if (is_absent(value)) {
        return false;
    }
    if (const auto flag = value.boolean()) {
        return *flag;
    }
    return fail(wrong(where.pointer() + step(key), "not true or false", "expected true or false"));
}

Result<http::Json> object_field(http::Json object, std::string_view key, const Where& where) {
    const http::Json value = object[key];
    if (is_absent(value)) {
        return http::Json();
    }
    if (value.is_object()) {
        return value;
    }
    return fail(wrong(where.pointer() + step(key), "not an object", "expected an object"));
}

Result<void> check_unique_keys(http::Json object, const Where& where) {
    std::vector<std::string_view> keys;
    for (const auto& [key, value] : object.members()) {
        keys.push_back(key);
    }
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end()) {
        return fail(wrong(where.pointer() + step(*twice), "the same key stands here twice",
                          "keep one of them, or let npm write the file again"));
    }
    return {};
}

}  // namespace apilab::radar::internal
