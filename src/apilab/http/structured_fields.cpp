#include "apilab/http/structured_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/internal/structured_chars.hpp"

namespace apilab::http::structured {
namespace {

using internal::key_char;
using internal::key_start;
using internal::printable;
using internal::token_char;
using internal::token_start;

constexpr std::size_t integer_digits_max = 15;
constexpr std::size_t decimal_whole_digits_max = 12;
constexpr std::size_t decimal_fraction_digits_max = 3;

/// Replaces the value of a key that is there, in its place, or adds it at the end. The number of
/// entries is limited, so looking through them is no trap.
template <class Value>
void put(std::vector<std::pair<std::string, Value>>& entries, std::string key, Value value) {
    const auto same = std::ranges::find(entries, key, &std::pair<std::string, Value>::first);
    if (same != entries.end()) {
        same->second = std::move(value);
    } else {
        entries.emplace_back(std::move(key), std::move(value));
    }
}

class Parser {
public:
    Parser(std::string_view field, const Limits& limits) : text_(field), limits_(limits) {}

    Result<Item> whole_item();
    Result<List> whole_list();
    Result<Dictionary> whole_dictionary();

private:
    [[nodiscard]] bool done() const { return at_ == text_.size(); }
    [[nodiscard]] bool next_is(char c) const { return !done() && text_[at_] == c; }
    bool take(char c) {
        const bool found = next_is(c);
        at_ += found ? 1 : 0;
        return found;
    }
    void skip_spaces() { at_ = std::min(text_.find_first_not_of(' ', at_), text_.size()); }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }
    template <class Predicate>
    std::string_view take_while(Predicate wanted) {
        const auto start = at_;
        while (!done() && wanted(text_[at_])) {
            ++at_;
        }
        return text_.substr(start, at_ - start);
    }

    [[nodiscard]] std::unexpected<Error> expected(std::string_view what) const {
        return fail(Error(ErrorKind::decode, fmt::format("expected {} at byte {}", what, at_))
                        .with_outcome(Outcome::answered)
                        .with_detail(std::to_string(at_)));
    }
    [[nodiscard]] static std::unexpected<Error> too_many(std::string_view what, std::size_t max) {
        return fail(Error(ErrorKind::too_large, fmt::format("more than {} {}", max, what))
                        .with_outcome(Outcome::answered));
    }

    Result<void> begin();
    Result<void> end();
    Result<bool> another();
    Result<std::string> key();
    Result<Parameters> parameters();
    Result<Member> member();
    Result<InnerList> inner_list();
    Result<Item> item();
    Result<BareItem> bare_item();
    Result<BareItem> number();
    Result<BareItem> quoted();
    Result<BareItem> bytes();
    Result<BareItem> boolean();
    Result<BareItem> date();
    Result<BareItem> display_string();

    std::string_view text_;
    Limits limits_;
    std::size_t at_ = 0;
};

Result<void> Parser::begin() {
    if (text_.size() > limits_.field_size_max) {
        return too_many("bytes", limits_.field_size_max);
    }
    skip_spaces();
    return {};
}

Result<void> Parser::end() {
    skip_spaces();
    if (!done()) {
        return expected("the end of the field");
    }
    return {};
}

/// After a member of a list or dictionary: must there be one more? (Also after a comma at the end.)
Result<bool> Parser::another() {
    skip_blanks();
    if (done()) {
        return false;
    }
    if (!take(',')) {
        return expected("a comma");
    }
    skip_blanks();
    return true;
}

Result<Item> Parser::whole_item() {
    APILAB_CHECK(begin());
    APILAB_TRY(auto found, item());
    APILAB_CHECK(end());
    return found;
}

Result<List> Parser::whole_list() {
    APILAB_CHECK(begin());
    List list;
    bool more = !done();
    while (more) {
        if (list.size() == limits_.members_max) {
            return too_many("members", limits_.members_max);
        }
        APILAB_TRY(auto found, member());
        list.push_back(std::move(found));
        APILAB_TRY(more, another());
    }
    return list;
}

Result<Dictionary> Parser::whole_dictionary() {
    APILAB_CHECK(begin());
    Dictionary dictionary;
    bool more = !done();
    for (std::size_t count = 0; more; ++count) {
        if (count == limits_.members_max) {
            return too_many("members", limits_.members_max);
        }
        APILAB_TRY(auto name, key());
        if (take('=')) {
            APILAB_TRY(auto found, member());
            put(dictionary, std::move(name), std::move(found));
        } else {
            APILAB_TRY(auto params, parameters());
            put(dictionary, std::move(name), Member(Item{true, std::move(params)}));
        }
        APILAB_TRY(more, another());
    }
    return dictionary;
}

Result<std::string> Parser::key() {
    if (done() || !key_start(text_[at_])) {
        return expected("a key (a-z or *)");
    }
    return std::string(take_while(key_char));
}

Result<Parameters> Parser::parameters() {
    Parameters params;
    for (std::size_t count = 0; take(';'); ++count) {
        if (count == limits_.params_max) {
            return too_many("parameters", limits_.params_max);
        }
        skip_spaces();
        APILAB_TRY(auto name, key());
        BareItem value = true;
        if (take('=')) {
            APILAB_TRY(value, bare_item());
        }
        put(params, std::move(name), std::move(value));
    }
    return params;
}

Result<Member> Parser::member() {
    if (next_is('(')) {
        APILAB_TRY(auto found, inner_list());
        return Member(std::move(found));
    }
    APILAB_TRY(auto found, item());
    return Member(std::move(found));
}

Result<InnerList> Parser::inner_list() {
    take('(');
    InnerList list;
    while (true) {
        skip_spaces();
        if (take(')')) {
            APILAB_TRY(list.params, parameters());
            return list;
        }
        if (list.items.size() == limits_.members_max) {
            return too_many("items of an inner list", limits_.members_max);
        }
        APILAB_TRY(auto found, item());
        list.items.push_back(std::move(found));
        if (!next_is(' ') && !next_is(')')) {
            return expected("a space or ) in an inner list");
        }
    }
}

Result<Item> Parser::item() {
    Item found;
    APILAB_TRY(found.value, bare_item());
    APILAB_TRY(found.params, parameters());
    return found;
}

Result<BareItem> Parser::bare_item() {
    if (done()) {
        return expected("an item");
    }
    const char first = text_[at_];
    switch (first) {
        case '"':
            return quoted();
        case ':':
            return bytes();
        case '?':
            return boolean();
        case '@':
            return date();
        case '%':
            return display_string();
        default:
            break;
    }
    if (first == '-' || ascii_digit(first)) {
        return number();
    }
    if (token_start(first)) {
        return BareItem(Token{std::string(take_while(token_char))});
    }
    return expected("an item");
}

Result<BareItem> Parser::number() {
    const bool negative = take('-');
    const auto whole = take_while(ascii_digit);
    if (whole.empty()) {
        return expected("a digit");
    }
    // 15 digits and three more stay below 2^63.
    const auto append = [](std::int64_t value, std::string_view digits) {
        for (const char digit : digits) {
            value = value * 10 + (digit - '0');
        }
        return value;
    };
    if (!take('.')) {
        if (whole.size() > integer_digits_max) {
            return expected("at most 15 digits before here");
        }
        const auto value = append(0, whole);
        return BareItem(negative ? -value : value);
    }
    const auto fraction = take_while(ascii_digit);
    if (whole.size() > decimal_whole_digits_max || fraction.empty() ||
        fraction.size() > decimal_fraction_digits_max) {
        return expected("at most 12 digits, a point and one to three digits before here");
    }
    auto value = append(append(0, whole), fraction);
    for (auto place = fraction.size(); place < decimal_fraction_digits_max; ++place) {
        value *= 10;
    }
    return BareItem(Decimal{negative ? -value : value});
}

Result<BareItem> Parser::quoted() {
    take('"');
    std::string value;
    while (true) {
        value += take_while([](char c) { return printable(c) && c != '"' && c != '\\'; });
        if (take('"')) {
            return BareItem(std::move(value));
        }
        if (!take('\\')) {
            return expected("a printable ASCII character or a closing quote");
        }
        if (!next_is('"') && !next_is('\\')) {
            return expected("a quote or a backslash after the backslash");
        }
        value += text_[at_++];
    }
}

Result<BareItem> Parser::bytes() {
    take(':');
    std::string encoded(take_while([](char c) { return c != ':'; }));
    if (encoded.find('=') == std::string::npos) {
        encoded.append((4 - encoded.size() % 4) % 4, '=');  // section 4.2.7: padding may be missing
    }
    auto decoded = base64_decode(encoded);
    if (!decoded) {
        return expected("base64 before here");
    }
    if (!take(':')) {
        return expected("a closing colon");
    }
    return BareItem(Bytes{std::move(*decoded)});
}

Result<BareItem> Parser::boolean() {
    take('?');
    if (take('1')) {
        return BareItem(true);
    }
    if (take('0')) {
        return BareItem(false);
    }
    return expected("0 or 1 after the question mark");
}

Result<BareItem> Parser::date() {
    take('@');
    APILAB_TRY(const auto value, number());
    const auto* const seconds = std::get_if<std::int64_t>(&value);
    if (seconds == nullptr) {
        return expected("whole seconds before here");
    }
    return BareItem(Date{*seconds});
}

Result<BareItem> Parser::display_string() {
    take('%');
    if (!take('"')) {
        return expected("a quote after the percent sign");
    }
    std::string value;
    while (true) {
        value += take_while([](char c) { return printable(c) && c != '"' && c != '%'; });
        if (take('"')) {
            break;
        }
        if (!take('%')) {
            return expected("a printable ASCII character or a closing quote");
        }
        constexpr std::string_view digits = "0123456789abcdef";  // upper case is a mistake
        const auto high = done() ? digits.npos : digits.find(text_[at_]);
        const auto low = text_.size() - at_ < 2 ? digits.npos : digits.find(text_[at_ + 1]);
        if (high == digits.npos || low == digits.npos) {
            return expected("two lower case hexadecimal digits");
        }
        value += static_cast<char>(high * 16 + low);
        at_ += 2;
    }
    if (!valid_utf8(value)) {
        return expected("UTF-8 before here");
    }
    return BareItem(DisplayString{std::move(value)});
}

}  // namespace

const BareItem* find(const Parameters& params, std::string_view key) {
    const auto found = std::ranges::find(
        params, key, [](const auto& param) -> std::string_view { return param.first; });
    return found == params.end() ? nullptr : &found->second;
}

Result<Item> parse_item(std::string_view field, const Limits& limits) {
    return Parser(field, limits).whole_item();
}

Result<List> parse_list(std::string_view field, const Limits& limits) {
    return Parser(field, limits).whole_list();
}

Result<Dictionary> parse_dictionary(std::string_view field, const Limits& limits) {
    return Parser(field, limits).whole_dictionary();
}

std::optional<std::string> combined(const Headers& headers, std::string_view name) {
    std::optional<std::string> all;
    for (const auto line : headers.get_all(name)) {
        all = all ? fmt::format("{}, {}", *all, line) : std::string(line);
    }
    return all;
}

}  // namespace apilab::http::structured
