#include "apilab/sandbox/notion/internal/rich_text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "apilab/sandbox/internal/json_value.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr std::size_t text_max = 2000;
constexpr std::size_t equation_max = 1000;
constexpr std::size_t shown_max = 200;

json::object annotations() {
    return {{"bold", false},      {"italic", false}, {"strikethrough", false},
            {"underline", false}, {"code", false},   {"color", "default"}};
}

json::object frame(std::string_view type, json::object inner, std::string_view plain) {
    return {{"type", type},
            {type, std::move(inner)},
            {"annotations", annotations()},
            {"plain_text", plain},
            {"href", nullptr}};
}

using Piece = std::expected<json::object, std::string>;

Piece read_text(http::Json one, const std::string& path) {
    const auto content = one["text"]["content"];
    if (!content.is_string()) {
        return should_be(path + (one["text"].missing() ? ".text" : ".text.content"),
                         one["text"].missing() ? "defined" : "a string", content);
    }
    if (const auto units = utf16_units(*content.string()); units > text_max) {
        return too_long(path + ".text.content", text_max, units);
    }
    auto full = text_piece(*content.string());
    if (const auto link = one["text"]["link"]["url"].string()) {
        if (utf16_units(*link) > text_max) {
            return too_long(path + ".text.link.url", text_max, utf16_units(*link));
        }
        full["href"] = *link;
        full["text"].as_object()["link"] = json::object{{"url", *link}};
    }
    return full;
}

Piece read_mention(http::Json mention, const std::string& path) {
    static constexpr std::array<std::string_view, 5> kinds = {"user", "page", "database",
                                                              "data_source", "date"};
    for (const auto kind : kinds) {
        if (mention[kind].is_object()) {
            auto inner = to_value(mention[kind]).as_object();
            const auto id = std::string(mention[kind]["id"].string_or(""));
            if (kind == "date") {
                inner.emplace("end", nullptr);
                inner.emplace("time_zone", nullptr);
            }
            if (kind == "user") {
                inner = {{"object", "user"}, {"id", id}};
            }
            const auto plain = kind == "date"   ? std::string(mention[kind]["start"].string_or(""))
                               : kind == "user" ? "@" + id
                                                : std::string("Untitled");
            return frame("mention", {{"type", kind}, {kind, std::move(inner)}}, plain);
        }
    }
    return should_be(path + ".mention.user", "defined", http::Json());
}

Piece read_piece(http::Json one, const std::string& path) {
    if (one["mention"].is_object()) {
        return read_mention(one["mention"], path);
    }
    if (one["equation"].is_object()) {
        const auto expression = one["equation"]["expression"].string_or("");
        if (utf16_units(expression) > equation_max) {
            return too_long(path + ".equation.expression", equation_max, utf16_units(expression));
        }
        return frame("equation", {{"expression", expression}}, expression);
    }
    return read_text(one, path);
}

}  // namespace

std::size_t utf16_units(std::string_view utf8) {
    std::size_t units = 0;
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        units += (byte & 0xC0U) == 0x80U ? 0 : byte >= 0xF0U ? 2 : 1;
    }
    return units;
}

std::unexpected<std::string> too_long(std::string_view path, std::size_t most, std::size_t is) {
    return std::unexpected(fmt::format(
        "body failed validation: {}.length should be ≤ `{}`, instead was `{}`.", path, most, is));
}

std::unexpected<std::string> should_be(std::string_view path, std::string_view wanted,
                                       http::Json is) {
    return std::unexpected(
        fmt::format("body failed validation: {} should be {}, instead was `{}`.", path, wanted,
                    is.missing() ? "undefined" : is.to_text().substr(0, shown_max)));
}

json::object text_piece(std::string_view content) {
    return frame("text", {{"content", content}, {"link", nullptr}}, content);
}

json::array rich_text(std::string_view content) {
    return content.empty() ? json::array() : json::array{text_piece(content)};
}

std::string plain_text(const json::array& pieces) {
    std::string text;
    for (const auto& one : pieces) {
        const auto* plain = one.as_object().if_contains("plain_text");
        text += plain == nullptr ? "" : std::string_view(plain->as_string());
    }
    return text;
}

std::expected<json::array, std::string> read_rich_text(http::Json pieces, const std::string& path) {
    if (!pieces.is_array()) {
        return should_be(path, pieces.missing() ? "defined" : "an array", pieces);
    }
    if (pieces.size() > list_max) {
        return too_long(path, list_max, pieces.size());
    }
    json::array all;
    for (const auto one : pieces.elements()) {
        auto full = read_piece(one, fmt::format("{}[{}]", path, all.size()));
        if (!full) {
            return std::unexpected(std::move(full).error());
        }
        if (one["annotations"].is_object()) {
            auto& shown = (*full)["annotations"].as_object();
            for (const auto& [name, value] : one["annotations"].members()) {
                if (shown.contains(name)) {
                    shown[name] = to_value(value);
                }
            }
        }
        all.emplace_back(*std::move(full));
    }
    return all;
}

}  // namespace apilab::sandbox::notion
