#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::provider {

/// Which rows of a Notion data source a query is to have: one condition on a property, or several
/// joined. Each type of property has its own conditions, and a condition of another type is an
/// error of Notion's; here it does not compile. A value; nothing is sent. Source:
/// developers.notion.com/reference/filter-data-source-entries.
///
///     NotionFilter::all_of({NotionFilter::checkbox("Done", false),
///                           NotionFilter::date("Due").on_or_before(now),
///                           NotionFilter::any_of({NotionFilter::select("Kind").equals("bug"),
///                                                 NotionFilter::text("Name").contains("leak")})})
class NotionFilter {
public:
    /// Conditions joined within joined conditions: Notion takes two levels.
    static constexpr std::size_t levels_max = 2;
    /// Bytes of a text to compare with: Notion's own limit for one piece of text.
    static constexpr std::size_t text_max = 2000;

    class Property;
    class Text;
    class Number;
    class Choice;
    class Choices;
    class Date;

    /// `title` and `rich_text` properties, by name or id.
    [[nodiscard]] static Text title(std::string_view property);
    [[nodiscard]] static Text text(std::string_view property);
    [[nodiscard]] static Number number(std::string_view property);
    [[nodiscard]] static NotionFilter checkbox(std::string_view property, bool ticked);
    /// One of a list: `select`, `status`.
    [[nodiscard]] static Choice select(std::string_view property);
    [[nodiscard]] static Choice status(std::string_view property);
    /// Several of a list: `multi_select`, `people` (ids), `relation` (ids).
    [[nodiscard]] static Choices multi_select(std::string_view property);
    [[nodiscard]] static Choices people(std::string_view property);
    [[nodiscard]] static Choices relation(std::string_view property);
    [[nodiscard]] static Date date(std::string_view property);
    /// Of the row itself, whatever its properties. Notion rounds both to the minute: look back a
    /// minute more than you have to.
    [[nodiscard]] static Date created_time();
    [[nodiscard]] static Date last_edited_time();

    [[nodiscard]] static NotionFilter all_of(const std::vector<NotionFilter>& filters);
    [[nodiscard]] static NotionFilter any_of(const std::vector<NotionFilter>& filters);

    /// As the member `filter` of a query has it. Errors: `invalid_argument` for a property without
    /// name, a text beyond `text_max` or not UTF-8, a joined filter without conditions, or more
    /// than `levels_max` levels.
    [[nodiscard]] Result<std::string> to_json() const;

private:
    friend class Property;
    friend class Text;
    friend class Number;
    friend class Choice;
    friend class Choices;
    friend class Date;
    struct Of;
    NotionFilter() = default;
    // The condition's value is JSON text already, or a text to be quoted.
    static NotionFilter condition(const Of& of, std::string_view name, std::string_view value);
    static NotionFilter with_text(const Of& of, std::string_view name, std::string_view text);
    static NotionFilter joined(std::string_view how, const std::vector<NotionFilter>& filters);

    std::string json_;
    std::string wrong_;
    std::size_t levels_ = 0;
};

/// What a condition is about.
struct NotionFilter::Of {
    /// Empty: the row's own time.
    std::string property;
    /// `rich_text`, `number`, `created_time`, ...
    std::string_view type;
};

/// The conditions that every type has.
class NotionFilter::Property {
public:
    explicit Property(Of of) : of_(std::move(of)) {}
    [[nodiscard]] NotionFilter is_empty() const { return condition(of_, "is_empty", "true"); }
    [[nodiscard]] NotionFilter is_not_empty() const {
        return condition(of_, "is_not_empty", "true");
    }

protected:
    Of of_;
};

class NotionFilter::Text : public Property {
public:
    using Property::Property;
    [[nodiscard]] NotionFilter equals(std::string_view text) const;
    [[nodiscard]] NotionFilter does_not_equal(std::string_view text) const;
    [[nodiscard]] NotionFilter contains(std::string_view text) const;
    [[nodiscard]] NotionFilter does_not_contain(std::string_view text) const;
    [[nodiscard]] NotionFilter starts_with(std::string_view text) const;
    [[nodiscard]] NotionFilter ends_with(std::string_view text) const;
};

class NotionFilter::Number : public Property {
public:
    using Property::Property;
    /// Not-a-number and infinities are errors of `to_json`.
    [[nodiscard]] NotionFilter equals(double value) const;
    [[nodiscard]] NotionFilter does_not_equal(double value) const;
    [[nodiscard]] NotionFilter greater_than(double value) const;
    [[nodiscard]] NotionFilter less_than(double value) const;
    [[nodiscard]] NotionFilter greater_than_or_equal_to(double value) const;
    [[nodiscard]] NotionFilter less_than_or_equal_to(double value) const;

private:
    [[nodiscard]] NotionFilter compare(std::string_view name, double value) const;
};

class NotionFilter::Choice : public Property {
public:
    using Property::Property;
    [[nodiscard]] NotionFilter equals(std::string_view option) const;
    [[nodiscard]] NotionFilter does_not_equal(std::string_view option) const;
};

class NotionFilter::Choices : public Property {
public:
    using Property::Property;
    [[nodiscard]] NotionFilter contains(std::string_view option) const;
    [[nodiscard]] NotionFilter does_not_contain(std::string_view option) const;
};

class NotionFilter::Date : public Property {
public:
    using Property::Property;
    /// By the second, UTC.
    [[nodiscard]] NotionFilter equals(SystemTime when) const;
    [[nodiscard]] NotionFilter before(SystemTime when) const;
    [[nodiscard]] NotionFilter after(SystemTime when) const;
    [[nodiscard]] NotionFilter on_or_before(SystemTime when) const;
    [[nodiscard]] NotionFilter on_or_after(SystemTime when) const;
    [[nodiscard]] NotionFilter past_week() const;
    [[nodiscard]] NotionFilter next_week() const;

private:
    [[nodiscard]] NotionFilter compare(std::string_view name, SystemTime when) const;
};

/// One order of a query's rows; the first decides, the next among equals.
struct NotionSort {
    enum class Direction : std::uint8_t { ascending, descending };
    /// A property's name or id; empty: by `timestamp`.
    std::string property;
    /// `created_time` or `last_edited_time`, where `property` is empty.
    std::string timestamp = "created_time";
    Direction direction = Direction::ascending;
};
/// As the member `sorts` of a query has it. Error: `invalid_argument` for another timestamp.
[[nodiscard]] Result<std::string> to_json(const std::vector<NotionSort>& sorts);

}  // namespace apilab::provider
