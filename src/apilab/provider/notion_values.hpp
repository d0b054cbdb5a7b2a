#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/provider/notion_models.hpp"

namespace apilab::provider {

/// Property values as `Notion::create` and `Notion::update` take them: JSON texts. Texts are UTF-8;
/// long ones are sent in pieces and never cut. Source:
/// developers.notion.com/reference/page-property-values.
///
///     notion_properties({{"Name", NotionValue::title("lodash")},
///                        {"Score", NotionValue::number(491)},
///                        {"Level", NotionValue::none("select")}})
struct NotionValue {
    [[nodiscard]] static std::string title(std::string_view text);
    /// A property of type `rich_text`.
    [[nodiscard]] static std::string text(std::string_view text);
    /// Not finite: no value.
    [[nodiscard]] static std::string number(double value);
    [[nodiscard]] static std::string integer(std::int64_t value);
    [[nodiscard]] static std::string checkbox(bool ticked);
    /// By its name, without a comma (a data source refuses those); one that is not there yet is
    /// added to a select. Empty: no value.
    [[nodiscard]] static std::string select(std::string_view option);
    /// The option has to be there. Empty: no value.
    [[nodiscard]] static std::string status(std::string_view option);
    [[nodiscard]] static std::string multi_select(const std::vector<std::string>& options);
    /// To the second, UTC.
    [[nodiscard]] static std::string date(SystemTime when);
    [[nodiscard]] static std::string url(std::string_view url);
    /// By their ids.
    [[nodiscard]] static std::string people(const std::vector<std::string>& users);
    /// By their ids.
    [[nodiscard]] static std::string relation(const std::vector<std::string>& pages);
    /// Takes away what a property of that type holds.
    [[nodiscard]] static std::string none(std::string_view type);
};

/// `{"Name":...,"Score":...}`: names and values as above.
[[nodiscard]] std::string notion_properties(
    const std::vector<std::pair<std::string, std::string>>& values);

/// A text in pieces of at most `piece` UTF-16 units, as Notion counts, never cut within a
/// character; one that counts more than a piece stands alone. Views of it.
[[nodiscard]] std::vector<std::string_view> notion_pieces(std::string_view utf8, std::size_t piece);

namespace notion {

/// All pieces joined.
[[nodiscard]] std::string plain_text(const std::vector<RichText>& pieces);
/// What a value says as a text: of a text, a choice or several (`a, b`), people (names, else
/// e-mail addresses, else ids), an address, a date's start, a number, a tick (`true`). Empty for no
/// value and for types that say nothing in words.
[[nodiscard]] std::string to_text(const PropertyValue& value);
/// Null where the page has none of that name.
[[nodiscard]] const PropertyValue* find_property(const Page& page, std::string_view name);
/// Pages show 25 items of a text, of people and of relations at most: there may be more.
[[nodiscard]] bool may_be_cut(const PropertyValue& value);

/// When a date begins. A day begins at midnight in `zone`, a time without an offset is in the
/// date's own zone, else in `zone` (`Europe/Berlin`). Of a time that comes twice the first counts;
/// one that is left out is the moment after the gap. Nothing for a text that is no date, or a zone
/// that nobody knows.
[[nodiscard]] std::optional<SystemTime> start_of(const Date& date, std::string_view zone = "UTC");
/// When it ends, the last day included: the end of a range, else as `start_of`.
[[nodiscard]] std::optional<SystemTime> end_of(const Date& date, std::string_view zone = "UTC");

}  // namespace notion
}  // namespace apilab::provider
