#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/radar/service/item.hpp"

namespace apilab::radar {

/// A column of the working list.
struct NotionColumn {
    std::string_view name;
    /// `rich_text`, `number`, ...
    std::string_view type;
    /// What it is made with where it is missing, as the data source takes it.
    std::string_view schema;
};

/// Whose columns are ours: written by the target and by nobody else.
inline constexpr std::array<NotionColumn, 15> machine_columns{{
    {"Package", "title", R"({"title":{}})"},
    {"Key", "rich_text", R"({"rich_text":{}})"},
    {"Watch", "rich_text", R"({"rich_text":{}})"},
    {"Status", "select",
     R"({"select":{"options":[{"name":"open","color":"orange"},{"name":"resolved","color":"green"}]}})"},
    {"Action", "select", R"({"select":{}})"},
    {"Level", "select", R"({"select":{}})"},
    {"Installed", "rich_text", R"({"rich_text":{}})"},
    {"Candidate", "rich_text", R"({"rich_text":{}})"},
    {"Command", "rich_text", R"({"rich_text":{}})"},
    {"Advisories", "rich_text", R"({"rich_text":{}})"},
    {"Why", "rich_text", R"({"rich_text":{}})"},
    {"Confidence", "rich_text", R"({"rich_text":{}})"},
    {"Score", "number", R"({"number":{}})"},
    {"Revision", "number", R"({"number":{}})"},
    {"As of", "date", R"({"date":{}})"},
}};

/// People's columns: made where a list is set up, read by `NotionReader`, never written.
inline constexpr std::array<NotionColumn, 3> human_columns{{
    {"Decision", "select",
     R"({"select":{"options":[{"name":"accepted"},{"name":"ignore"},{"name":"done"}]}})"},
    {"Owner", "people", R"({"people":{}})"},
    {"Snooze until", "date", R"({"date":{}})"},
}};

/// What the machine's columns of an item say: names and JSON values, for `NotionEffect`. Pure. Each
/// text has 10,000 bytes at most; what is cut off ends with `...`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> notion_columns(const Item& item);

/// A hash of what they say, `Revision` and `As of` apart: another one is another revision. 16
/// hexadecimal digits.
[[nodiscard]] std::string notion_row_hash(const Item& item);

}  // namespace apilab::radar
