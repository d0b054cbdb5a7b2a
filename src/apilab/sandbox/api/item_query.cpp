#include "apilab/sandbox/api/item_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <compare>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::size_t text_max = 2000;
constexpr std::size_t comparisons_max = 100;
constexpr std::size_t depth_max = 16;
constexpr std::size_t sort_max = 4;

constexpr std::array<std::string_view, 8> field_names{
    "id", "number", "title", "package", "state", "labels", "created_at", "updated_at"};
constexpr std::array<std::string_view, 8> operators{"eq", "ne", "lt",       "le",
                                                    "gt", "ge", "contains", "in"};

bool is_field(std::string_view name) {
    return std::ranges::find(field_names, name) != field_names.end();
}

std::string join(const auto& words) {
    std::string text;
    for (const auto word : words) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
    }
    return text;
}

std::unexpected<Error> bad(std::string_view where, std::string_view message) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", where, message))
                    .with_detail(std::string(where)));
}

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                   : std::nullopt;
}

// Checked here, so that `takes` cannot fail.
Result<Condition> compare(std::string_view where, std::string field, std::string op,
                          std::vector<std::string> values) {
    if (op == "has") {
        op = "eq";
    }
    if (op == "gte" || op == "lte") {
        op = op == "gte" ? "ge" : "le";
    }
    if (!is_field(field)) {
        return bad(where,
                   fmt::format("there is no field '{}'; there are {}", field, join(field_names)));
    }
    if (std::ranges::find(operators, op) == operators.end()) {
        return bad(where,
                   fmt::format("there is no operator '{}'; there are {}", op, join(operators)));
    }
    if (field == "labels" && op != "eq" && op != "ne" && op != "in") {
        return bad(where, "labels take eq, ne, has and in");
    }
    for (const auto& value : values) {
        if (field == "number" && op != "contains" && !whole(value)) {
            return bad(where,
                       fmt::format("number is compared with whole numbers, not '{}'", value));
        }
        if (field.ends_with("_at") && op != "contains" && !http::parse_iso_time(value)) {
            return bad(where, fmt::format("{} is compared with times such as "
                                          "2026-03-01T00:00:00Z, not '{}'",
                                          field, value));
        }
    }
    Condition condition;
    condition.kind = Condition::Kind::compare;
    condition.field = std::move(field);
    condition.op = std::move(op);
    condition.values = std::move(values);
    return condition;
}

Condition joined(Condition::Kind kind, std::vector<Condition> parts) {
    if (parts.size() == 1) {
        return std::move(parts.front());
    }
    Condition condition;
    condition.kind = kind;
    condition.parts = std::move(parts);
    return condition;
}

std::string text_of(const Item& item, std::string_view field) {
    if (field == "id") {
        return item.id();
    }
    if (field == "number") {
        return std::to_string(item.number);
    }
    if (field == "created_at") {
        return http::format_iso_time(item.created);
    }
    if (field == "updated_at") {
        return http::format_iso_time(item.updated);
    }
    return field == "title" ? item.title : field == "package" ? item.package : item.state;
}

std::strong_ordering order(const Item& a, const Item& b, std::string_view field) {
    if (field == "number" || field == "id") {
        return a.number <=> b.number;
    }
    if (field == "created_at") {
        return a.created <=> b.created;
    }
    if (field == "updated_at") {
        return a.updated <=> b.updated;
    }
    if (field == "labels") {
        return a.labels <=> b.labels;
    }
    return text_of(a, field) <=> text_of(b, field);
}

std::strong_ordering order(const Item& item, std::string_view field, const std::string& value) {
    if (field == "number") {
        return item.number <=> whole(value).value_or(0);
    }
    if (field == "created_at" || field == "updated_at") {
        const auto time = http::parse_iso_time(value).value_or(SystemTime());
        return (field == "created_at" ? item.created : item.updated) <=> time;
    }
    return text_of(item, field) <=> value;
}

bool holds(std::strong_ordering order, std::string_view op) {
    if (op == "eq" || op == "in") {
        return order == 0;
    }
    if (op == "ne") {
        return order != 0;
    }
    if (op == "lt" || op == "le") {
        return order < 0 || (op == "le" && order == 0);
    }
    return order > 0 || (op == "ge" && order == 0);
}

// The two small languages: words, quoted texts and marks.
class Reader {
public:
    Reader(std::string_view where, std::string_view text) : where_(where), text_(text) {}

    [[nodiscard]] bool over() {
        skip();
        return at_ == text_.size();
    }
    void skip() {
        while (at_ < text_.size() && text_[at_] == ' ') {
            ++at_;
        }
    }
    /// Takes the mark where it is next.
    bool take(std::string_view mark) {
        skip();
        if (!text_.substr(at_).starts_with(mark)) {
            return false;
        }
        at_ += mark.size();
        return true;
    }
    /// Takes the word where it is next as a whole.
    bool take_word(std::string_view word) {
        skip();
        const auto rest = text_.substr(at_);
        if (!rest.starts_with(word) || (rest.size() > word.size() && is_plain(rest[word.size()]))) {
            return false;
        }
        at_ += word.size();
        return true;
    }
    [[nodiscard]] std::string word() {
        skip();
        const auto from = at_;
        while (at_ < text_.size() && is_plain(text_[at_])) {
            ++at_;
        }
        return std::string(text_.substr(from, at_ - from));
    }
    [[nodiscard]] Result<std::string> value() {
        skip();
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '\'' && quote != '"') {
            auto plain = word();
            return plain.empty() ? wrong("expected a value")
                                 : Result<std::string>(std::move(plain));
        }
        std::string value;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == quote) {
                ++at_;
                // Doubled, it stands for itself.
                if (at_ == text_.size() || text_[at_] != quote) {
                    return value;
                }
            }
            value += text_[at_];
        }
        return wrong("a quote that does not end");
    }
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view message) const {
        return bad(where_, fmt::format("{} at character {}", message, at_ + 1));
    }
    [[nodiscard]] Result<void> count_one() {
        return ++comparisons_ > comparisons_max
                   ? Result<void>(wrong(fmt::format("more than {} comparisons", comparisons_max)))
                   : Result<void>();
    }
    [[nodiscard]] std::string_view where() const { return where_; }

private:
    static bool is_plain(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == ':' || c == '.' || c == '@' || c == '/' ||
               static_cast<unsigned char>(c) >= 0x80;
    }

    std::string_view where_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t comparisons_ = 0;
};

struct Language {
    Result<Condition> (*comparison)(Reader& reader);
    bool (*takes_and)(Reader& reader);
    bool (*takes_or)(Reader& reader);
    bool (*takes_not)(Reader& reader);
};

Result<Condition> parse_any(Reader& reader, const Language& language, std::size_t depth);

Result<Condition> parse_one(Reader& reader, const Language& language, std::size_t depth) {
    if (depth > depth_max) {
        return reader.wrong(fmt::format("more than {} levels", depth_max));
    }
    if (language.takes_not(reader)) {
        Condition negated;
        negated.kind = Condition::Kind::none;
        APILAB_TRY(auto inner, parse_one(reader, language, depth + 1));
        negated.parts.push_back(std::move(inner));
        return negated;
    }
    if (reader.take("(")) {
        APILAB_TRY(auto inner, parse_any(reader, language, depth + 1));
        return reader.take(")") ? Result<Condition>(std::move(inner)) : reader.wrong("expected )");
    }
    APILAB_CHECK(reader.count_one());
    return language.comparison(reader);
}

Result<Condition> parse_all(Reader& reader, const Language& language, std::size_t depth) {
    std::vector<Condition> parts;
    do {
        APILAB_TRY(auto part, parse_one(reader, language, depth));
        parts.push_back(std::move(part));
    } while (language.takes_and(reader));
    return joined(Condition::Kind::all, std::move(parts));
}

Result<Condition> parse_any(Reader& reader, const Language& language, std::size_t depth) {
    std::vector<Condition> parts;
    do {
        APILAB_TRY(auto part, parse_all(reader, language, depth));
        parts.push_back(std::move(part));
    } while (language.takes_or(reader));
    return joined(Condition::Kind::any, std::move(parts));
}

Result<Condition> parse_text(std::string_view where, std::string_view text,
                             const Language& language) {
    if (text.size() > text_max) {
        return bad(where, fmt::format("expected at most {} bytes", text_max));
    }
    Reader reader(where, text);
    APILAB_TRY(auto condition, parse_any(reader, language, 0));
    return reader.over() ? Result<Condition>(std::move(condition))
                         : reader.wrong("expected and, or, or the end");
}

Result<std::vector<std::string>> read_values(Reader& reader, bool many) {
    std::vector<std::string> values;
    if (!many) {
        APILAB_TRY(auto one, reader.value());
        values.push_back(std::move(one));
        return values;
    }
    if (!reader.take("(")) {
        return reader.wrong("expected ( before the values");
    }
    do {
        APILAB_CHECK(reader.count_one());
        APILAB_TRY(auto one, reader.value());
        values.push_back(std::move(one));
    } while (reader.take(","));
    return reader.take(")") ? Result<std::vector<std::string>>(std::move(values))
                            : reader.wrong("expected ) behind the values");
}

Result<Condition> filter_comparison(Reader& reader) {
    auto field = reader.word();
    if (field.empty()) {
        return reader.wrong("expected a field");
    }
    auto op = reader.word();
    APILAB_TRY(auto values, read_values(reader, op == "in"));
    return compare(reader.where(), std::move(field), std::move(op), std::move(values));
}

Result<Condition> rsql_comparison(Reader& reader) {
    auto field = reader.word();
    if (field.empty()) {
        return reader.wrong("expected a field");
    }
    std::string op;
    if (reader.take("==")) {
        op = "eq";
    } else if (reader.take("!=")) {
        op = "ne";
    } else if (reader.take("=")) {
        op = reader.word();
        if (!reader.take("=")) {
            return reader.wrong("expected an operator such as == or =ge=");
        }
    } else {
        return reader.wrong("expected an operator such as == or =ge=");
    }
    APILAB_TRY(auto values, read_values(reader, op == "in"));
    return compare(reader.where(), std::move(field), std::move(op), std::move(values));
}

constexpr Language filter_language{
    .comparison = filter_comparison,
    .takes_and = [](Reader& reader) { return reader.take_word("and"); },
    .takes_or = [](Reader& reader) { return reader.take_word("or"); },
    .takes_not = [](Reader& reader) { return reader.take_word("not"); }};
constexpr Language rsql_language{.comparison = rsql_comparison,
                                 .takes_and = [](Reader& reader) { return reader.take(";"); },
                                 .takes_or = [](Reader& reader) { return reader.take(","); },
                                 .takes_not = [](Reader& /*reader*/) { return false; }};

Result<std::string> json_value(http::Json json, const std::string& pointer) {
    if (const auto text = json.string()) {
        return std::string(*text);
    }
    if (const auto number = json.integer()) {
        return std::to_string(*number);
    }
    return bad(pointer, "expected a string or a whole number");
}

Result<Condition> json_comparison(http::Json json, const std::string& pointer) {
    std::vector<std::string> values;
    const auto value = json["value"];
    if (value.is_array()) {
        if (value.size() > comparisons_max) {
            return bad(pointer + "/value", "more than 100 values");
        }
        for (const auto each : value.elements()) {
            APILAB_TRY(auto one,
                       json_value(each, fmt::format("{}/value/{}", pointer, values.size())));
            values.push_back(std::move(one));
        }
    } else {
        APILAB_TRY(auto one, json_value(value, pointer + "/value"));
        values.push_back(std::move(one));
    }
    return compare(pointer, std::string(json["field"].string_or("")),
                   std::string(json["op"].string_or("eq")), std::move(values));
}

Result<Condition> json_condition(http::Json json, const std::string& pointer, std::size_t depth,
                                 std::size_t& count) {
    if (!json.is_object() || depth > depth_max || ++count > comparisons_max) {
        return bad(pointer, "expected an object, at most 16 levels deep and 100 in all");
    }
    for (const auto& [name, kind] :
         {std::pair("and", Condition::Kind::all), std::pair("or", Condition::Kind::any)}) {
        const auto list = json[name];
        if (list.missing()) {
            continue;
        }
        const auto below = fmt::format("{}/{}", pointer, name);
        if (!list.is_array() || list.size() == 0) {
            return bad(below, "expected an array of conditions");
        }
        std::vector<Condition> parts;
        for (const auto each : list.elements()) {
            APILAB_TRY(auto part, json_condition(each, fmt::format("{}/{}", below, parts.size()),
                                                 depth + 1, count));
            parts.push_back(std::move(part));
        }
        return joined(kind, std::move(parts));
    }
    if (const auto inner = json["not"]; !inner.missing()) {
        Condition negated;
        negated.kind = Condition::Kind::none;
        APILAB_TRY(auto part, json_condition(inner, pointer + "/not", depth + 1, count));
        negated.parts.push_back(std::move(part));
        return negated;
    }
    return json_comparison(json, pointer);
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

}  // namespace

bool Condition::takes(const Item& item) const {
    const auto takes_it = [&](const Condition& part) { return part.takes(item); };
    switch (kind) {
        case Kind::all:
            return std::ranges::all_of(parts, takes_it);
        case Kind::any:
            return std::ranges::any_of(parts, takes_it);
        case Kind::none:
            return std::ranges::none_of(parts, takes_it);
        case Kind::compare:
            break;
    }
    if (field == "labels") {
        const bool has = std::ranges::any_of(values, [&](const std::string& value) {
            return std::ranges::find(item.labels, value) != item.labels.end();
        });
        return has == (op != "ne");
    }
    if (op == "contains") {
        return text_of(item, field).contains(values.front());
    }
    return std::ranges::any_of(
        values, [&](const std::string& value) { return holds(order(item, field, value), op); });
}

Result<Condition> parse_filter(std::string_view text) {
    return parse_text("filter", text, filter_language);
}

Result<Condition> parse_rsql(std::string_view text) {
    return parse_text("rsql", text, rsql_language);
}

Result<Condition> parse_json_filter(http::Json json, const std::string& pointer) {
    std::size_t count = 0;
    return json_condition(json, pointer, 0, count);
}

Result<Condition> parse_fields(const std::vector<std::pair<std::string, std::string>>& query) {
    std::vector<Condition> parts;
    for (const auto& [name, value] : query) {
        const auto bracket = std::min(name.find('['), name.size());
        auto field = name.substr(0, bracket);
        // `state=all` and its like are read elsewhere.
        if (!is_field(field) || name == "state") {
            continue;
        }
        std::string op = "eq";
        if (bracket != name.size()) {
            if (!name.ends_with(']')) {
                return bad(name, "expected ] at the end");
            }
            op = name.substr(bracket + 1, name.size() - bracket - 2);
        }
        std::vector<std::string> values;
        if (op == "in") {
            for (const auto word : split(value)) {
                values.emplace_back(word);
            }
        } else {
            values.push_back(value);
        }
        if (parts.size() == comparisons_max) {
            return bad(name, "more than 100 comparisons");
        }
        APILAB_TRY(auto part, compare(name, std::move(field), std::move(op), std::move(values)));
        parts.push_back(std::move(part));
    }
    return joined(Condition::Kind::all, std::move(parts));
}

Result<std::vector<SortBy>> parse_sort(std::string_view text) {
    std::vector<SortBy> by;
    for (auto word : split(text)) {
        const bool descending = word.starts_with('-');
        if (descending || word.starts_with('+')) {
            word.remove_prefix(1);
        }
        if (!is_field(word) || by.size() == sort_max) {
            return bad("sort", fmt::format("expected at most {} of {}, with - before what descends",
                                           sort_max, join(field_names)));
        }
        by.push_back({.field = std::string(word), .descending = descending});
    }
    return by;
}

void sort_items(std::vector<const Item*>& rows, const std::vector<SortBy>& by) {
    std::ranges::sort(rows, [&](const Item* a, const Item* b) {
        for (const auto& [field, descending] : by) {
            if (const auto here = order(*a, *b, field); here != 0) {
                return descending ? here > 0 : here < 0;
            }
        }
        return a->number > b->number;
    });
}

Result<std::vector<std::string>> parse_sparse(std::string_view text) {
    std::vector<std::string> members;
    for (const auto word : split(text)) {
        if (!is_field(word)) {
            return bad("fields", fmt::format("there is no field '{}'; there are {}", word,
                                             join(field_names)));
        }
        members.emplace_back(word);
    }
    return members;
}

std::string sparse_text(const Item& item, const std::vector<std::string>& members) {
    if (members.empty()) {
        return item.to_text();
    }
    const auto wanted = [&](std::string_view name) {
        return name == "id" || std::ranges::find(members, name) != members.end();
    };
    boost::json::object object;
    for (const auto name : field_names) {
        if (!wanted(name)) {
            continue;
        }
        if (name == "number") {
            object[name] = item.number;
        } else if (name == "labels") {
            object[name] = boost::json::array(item.labels.begin(), item.labels.end());
        } else {
            object[name] = text_of(item, name);
        }
    }
    return boost::json::serialize(object);
}

}  // namespace apilab::sandbox::api
