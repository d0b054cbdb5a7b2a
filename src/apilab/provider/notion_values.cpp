#include "apilab/provider/notion_values.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/provider/internal/when.hpp"
#include "apilab/provider/notion.hpp"

namespace apilab::provider {
namespace {

using http::json_quote;

// Bytes of the character that begins here, and what it counts in UTF-16.
struct Character {
    std::size_t bytes = 1;
    std::size_t units = 1;
};
Character character_at(std::string_view utf8, std::size_t at) {
    const auto first = static_cast<unsigned char>(utf8[at]);
    const std::size_t bytes = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : first >= 0xC0U ? 2 : 1;
    return {.bytes = std::min(bytes, utf8.size() - at), .units = std::size_t(bytes == 4 ? 2 : 1)};
}

std::string value_of(std::string_view type, std::string_view json) {
    return fmt::format(R"({{"{}":{}}})", type, json);
}

std::string option_of(std::string_view type, std::string_view option) {
    return option.empty() ? NotionValue::none(type)
                          : value_of(type, "{\"name\":" + json_quote(option) + "}");
}

// `[{"name":"a"},{"name":"b"}]`
std::string list_of(std::string_view member, const std::vector<std::string>& texts) {
    std::string list;
    for (const auto& text : texts) {
        list += list.empty() ? "" : ",";
        list += fmt::format(R"({{"{}":{}}})", member, json_quote(text));
    }
    return "[" + list + "]";
}

}  // namespace

std::string NotionValue::title(std::string_view text) {
    return value_of("title", Notion::rich_text(text));
}
std::string NotionValue::text(std::string_view text) {
    return value_of("rich_text", Notion::rich_text(text));
}
std::string NotionValue::number(double value) {
    return std::isfinite(value) ? value_of("number", fmt::format("{}", value)) : none("number");
}
std::string NotionValue::integer(std::int64_t value) {
    return value_of("number", std::to_string(value));
}
std::string NotionValue::checkbox(bool ticked) {
    return value_of("checkbox", ticked ? "true" : "false");
}
std::string NotionValue::select(std::string_view option) {
    return option_of("select", option);
}
std::string NotionValue::status(std::string_view option) {
    return option_of("status", option);
}
std::string NotionValue::multi_select(const std::vector<std::string>& options) {
    return value_of("multi_select", list_of("name", options));
}
std::string NotionValue::date(SystemTime when) {
    return value_of("date", "{\"start\":" + json_quote(internal::moment(when)) + "}");
}
std::string NotionValue::url(std::string_view url) {
    return value_of("url", json_quote(url));
}
std::string NotionValue::people(const std::vector<std::string>& users) {
    return value_of("people", list_of("id", users));
}
std::string NotionValue::relation(const std::vector<std::string>& pages) {
    return value_of("relation", list_of("id", pages));
}
std::string NotionValue::none(std::string_view type) {
    constexpr std::array<std::string_view, 6> lists{"title",  "rich_text", "multi_select",
                                                    "people", "relation",  "files"};
    const bool list = std::ranges::find(lists, type) != lists.end();
    return value_of(type, list ? "[]" : type == "checkbox" ? "false" : "null");
}

std::string notion_properties(const std::vector<std::pair<std::string, std::string>>& values) {
    std::string properties;
    for (const auto& [name, value] : values) {
        properties += properties.empty() ? "" : ",";
        properties += json_quote(name) + ":" + value;
    }
    return "{" + properties + "}";
}

std::vector<std::string_view> notion_pieces(std::string_view utf8, std::size_t piece) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < utf8.size();) {
        std::size_t end = at;
        for (std::size_t units = 0; end < utf8.size();) {
            const auto next = character_at(utf8, end);
            if (units + next.units > piece && end > at) {
                break;
            }
            units += next.units;
            end += next.bytes;
        }
        pieces.push_back(utf8.substr(at, end - at));
        at = end;
    }
    return pieces;
}

namespace notion {
namespace {

std::string name_of(const User& user) {
    if (user.name && !user.name->empty()) {
        return *user.name;
    }
    return user.person && user.person->email ? *user.person->email : user.id;
}

template <class List, class Text>
std::string joined(const List& list, Text text) {
    std::string all;
    for (const auto& one : list) {
        all += all.empty() ? "" : ", ";
        all += text(one);
    }
    return all;
}

// Of a wall clock in a zone.
std::optional<SystemTime> moment_in(std::string_view zone, SystemTime wall) {
    try {
        const auto* const found = date::locate_zone(zone);
        const date::local_time<Duration> local(wall.time_since_epoch());
        const auto info = found->get_info(std::chrono::floor<std::chrono::seconds>(local));
        if (info.result == date::local_info::nonexistent) {
            return SystemTime(info.second.begin);
        }
        return wall - info.first.offset;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

constexpr std::size_t day_length = 10;

std::optional<SystemTime> moment_of(std::string_view text, const Date& date,
                                    std::string_view zone) {
    const auto& own = date.time_zone;
    if (text.size() > day_length) {
        const auto time = text.substr(day_length);
        const bool has_offset = time.ends_with('Z') || time.find_first_of("+-") != text.npos;
        if (has_offset) {
            return http::parse_iso_time(text);
        }
        const auto wall = http::parse_iso_time(std::string(text) + "Z");
        return wall ? moment_in(own && !own->empty() ? *own : zone, *wall) : std::nullopt;
    }
    const auto wall = http::parse_iso_time(text);
    return wall ? moment_in(zone, *wall) : std::nullopt;
}

}  // namespace

std::string plain_text(const std::vector<RichText>& pieces) {
    std::string text;
    for (const auto& piece : pieces) {
        text += piece.plain_text;
    }
    return text;
}

std::string to_text(const PropertyValue& value) {
    if (value.title || value.rich_text) {
        return plain_text(value.title ? *value.title : *value.rich_text);
    }
    if (value.select || value.status) {
        return value.select ? value.select->name : value.status->name;
    }
    if (value.multi_select) {
        return joined(*value.multi_select, [](const SelectOption& one) { return one.name; });
    }
    if (value.people) {
        return joined(*value.people, name_of);
    }
    for (const auto* text : {&value.url, &value.email, &value.phone_number}) {
        if (*text) {
            return **text;
        }
    }
    if (value.date) {
        return value.date->start;
    }
    if (value.number) {
        return fmt::format("{}", *value.number);
    }
    return value.checkbox ? (*value.checkbox ? "true" : "false") : "";
}

const PropertyValue* find_property(const Page& page, std::string_view name) {
    const auto found = page.properties.find(std::string(name));
    return found == page.properties.end() ? nullptr : &found->second;
}

bool may_be_cut(const PropertyValue& value) {
    constexpr std::size_t shown_max = 25;
    const auto full = [](const auto& list) { return list && list->size() >= shown_max; };
    return full(value.title) || full(value.rich_text) || full(value.people) ||
           full(value.relation) || value.has_more.value_or(false);
}

std::optional<SystemTime> start_of(const Date& date, std::string_view zone) {
    return moment_of(date.start, date, zone);
}

std::optional<SystemTime> end_of(const Date& date, std::string_view zone) {
    if (!date.end || date.end->empty()) {
        return start_of(date, zone);
    }
    if (date.end->size() > day_length) {
        return moment_of(*date.end, date, zone);
    }
    // The midnight after it.
    const auto wall = http::parse_iso_time(*date.end);
    return wall ? moment_in(zone, *wall + std::chrono::days(1)) : std::nullopt;
}

}  // namespace notion
}  // namespace apilab::provider
