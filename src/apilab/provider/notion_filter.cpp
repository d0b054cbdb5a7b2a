#include "apilab/provider/notion_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"
#include "apilab/provider/internal/when.hpp"

namespace apilab::provider {

using http::json_quote;

NotionFilter NotionFilter::condition(const Of& of, std::string_view name, std::string_view value) {
    NotionFilter filter;
    const bool of_row = of.type.ends_with("_time") && of.property.empty();
    if (of.property.empty() && !of_row) {
        filter.wrong_ = fmt::format("the property of a {} condition has no name", of.type);
    }
    filter.json_ = fmt::format(R"({{"{}":{},"{}":{{"{}":{}}}}})", of_row ? "timestamp" : "property",
                               json_quote(of_row ? of.type : of.property), of.type, name, value);
    return filter;
}

NotionFilter NotionFilter::with_text(const Of& of, std::string_view name, std::string_view text) {
    const bool good = text.size() <= text_max && valid_utf8(text);
    auto filter = condition(of, name, good ? json_quote(text) : "null");
    if (!good && filter.wrong_.empty()) {
        filter.wrong_ = fmt::format("{} of '{}': expected UTF-8 of at most {} bytes", name,
                                    of.property, text_max);
    }
    return filter;
}

NotionFilter NotionFilter::joined(std::string_view how, const std::vector<NotionFilter>& filters) {
    NotionFilter filter;
    filter.wrong_ = filters.empty() ? fmt::format("'{}' joins no conditions", how) : "";
    std::string list;
    for (const auto& one : filters) {
        list += list.empty() ? "" : ",";
        list += one.json_;
        filter.levels_ = std::max(filter.levels_, one.levels_);
        if (filter.wrong_.empty()) {
            filter.wrong_ = one.wrong_;
        }
    }
    filter.levels_ += 1;
    if (filter.levels_ > levels_max && filter.wrong_.empty()) {
        filter.wrong_ = fmt::format("conditions are joined on {} levels, Notion takes {}",
                                    filter.levels_, levels_max);
    }
    filter.json_ = fmt::format(R"({{"{}":[{}]}})", how, list);
    return filter;
}

Result<std::string> NotionFilter::to_json() const {
    if (!wrong_.empty()) {
        return fail(ErrorKind::invalid_argument, "Notion filter: " + wrong_);
    }
    return json_;
}

NotionFilter::Text NotionFilter::title(std::string_view property) {
    return Text({std::string(property), "title"});
}
NotionFilter::Text NotionFilter::text(std::string_view property) {
    return Text({std::string(property), "rich_text"});
}
NotionFilter::Number NotionFilter::number(std::string_view property) {
    return Number({std::string(property), "number"});
}
NotionFilter NotionFilter::checkbox(std::string_view property, bool ticked) {
    return condition({std::string(property), "checkbox"}, "equals", ticked ? "true" : "false");
}
NotionFilter::Choice NotionFilter::select(std::string_view property) {
    return Choice({std::string(property), "select"});
}
NotionFilter::Choice NotionFilter::status(std::string_view property) {
    return Choice({std::string(property), "status"});
}
NotionFilter::Choices NotionFilter::multi_select(std::string_view property) {
    return Choices({std::string(property), "multi_select"});
}
NotionFilter::Choices NotionFilter::people(std::string_view property) {
    return Choices({std::string(property), "people"});
}
NotionFilter::Choices NotionFilter::relation(std::string_view property) {
    return Choices({std::string(property), "relation"});
}
NotionFilter::Date NotionFilter::date(std::string_view property) {
    return Date({std::string(property), "date"});
}
NotionFilter::Date NotionFilter::created_time() {
    return Date({"", "created_time"});
}
NotionFilter::Date NotionFilter::last_edited_time() {
    return Date({"", "last_edited_time"});
}
NotionFilter NotionFilter::all_of(const std::vector<NotionFilter>& filters) {
    return joined("and", filters);
}
NotionFilter NotionFilter::any_of(const std::vector<NotionFilter>& filters) {
    return joined("or", filters);
}

NotionFilter NotionFilter::Text::equals(std::string_view text) const {
    return with_text(of_, "equals", text);
}
NotionFilter NotionFilter::Text::does_not_equal(std::string_view text) const {
    return with_text(of_, "does_not_equal", text);
}
NotionFilter NotionFilter::Text::contains(std::string_view text) const {
    return with_text(of_, "contains", text);
}
NotionFilter NotionFilter::Text::does_not_contain(std::string_view text) const {
    return with_text(of_, "does_not_contain", text);
}
NotionFilter NotionFilter::Text::starts_with(std::string_view text) const {
    return with_text(of_, "starts_with", text);
}
NotionFilter NotionFilter::Text::ends_with(std::string_view text) const {
    return with_text(of_, "ends_with", text);
}

NotionFilter NotionFilter::Number::compare(std::string_view name, double value) const {
    auto filter =
        condition(of_, name, std::isfinite(value) ? fmt::format("{}", value) : std::string("null"));
    if (!std::isfinite(value) && filter.wrong_.empty()) {
        filter.wrong_ = fmt::format("{} of '{}': expected a finite number", name, of_.property);
    }
    return filter;
}
NotionFilter NotionFilter::Number::equals(double value) const {
    return compare("equals", value);
}
NotionFilter NotionFilter::Number::does_not_equal(double value) const {
    return compare("does_not_equal", value);
}
NotionFilter NotionFilter::Number::greater_than(double value) const {
    return compare("greater_than", value);
}
NotionFilter NotionFilter::Number::less_than(double value) const {
    return compare("less_than", value);
}
NotionFilter NotionFilter::Number::greater_than_or_equal_to(double value) const {
    return compare("greater_than_or_equal_to", value);
}
NotionFilter NotionFilter::Number::less_than_or_equal_to(double value) const {
    return compare("less_than_or_equal_to", value);
}

NotionFilter NotionFilter::Choice::equals(std::string_view option) const {
    return with_text(of_, "equals", option);
}
NotionFilter NotionFilter::Choice::does_not_equal(std::string_view option) const {
    return with_text(of_, "does_not_equal", option);
}

NotionFilter NotionFilter::Choices::contains(std::string_view option) const {
    return with_text(of_, "contains", option);
}
NotionFilter NotionFilter::Choices::does_not_contain(std::string_view option) const {
    return with_text(of_, "does_not_contain", option);
}

NotionFilter NotionFilter::Date::compare(std::string_view name, SystemTime when) const {
    return condition(of_, name, json_quote(internal::moment(when)));
}
NotionFilter NotionFilter::Date::equals(SystemTime when) const {
    return compare("equals", when);
}
NotionFilter NotionFilter::Date::before(SystemTime when) const {
    return compare("before", when);
}
NotionFilter NotionFilter::Date::after(SystemTime when) const {
    return compare("after", when);
}
NotionFilter NotionFilter::Date::on_or_before(SystemTime when) const {
    return compare("on_or_before", when);
}
NotionFilter NotionFilter::Date::on_or_after(SystemTime when) const {
    return compare("on_or_after", when);
}
NotionFilter NotionFilter::Date::past_week() const {
    return condition(of_, "past_week", "{}");
}
NotionFilter NotionFilter::Date::next_week() const {
    return condition(of_, "next_week", "{}");
}

Result<std::string> to_json(const std::vector<NotionSort>& sorts) {
    std::string list;
    for (std::size_t i = 0; i < sorts.size(); ++i) {
        const auto& sort = sorts[i];
        const bool of_row = sort.property.empty();
        if (of_row && sort.timestamp != "created_time" && sort.timestamp != "last_edited_time") {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("sorts[{}].timestamp: expected created_time or "
                                    "last_edited_time",
                                    i));
        }
        list += list.empty() ? "" : ",";
        list += fmt::format(
            R"({{"{}":{},"direction":"{}"}})", of_row ? "timestamp" : "property",
            json_quote(of_row ? sort.timestamp : sort.property),
            sort.direction == NotionSort::Direction::ascending ? "ascending" : "descending");
    }
    return "[" + list + "]";
}

}  // namespace apilab::provider
