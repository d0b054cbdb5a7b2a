#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/headers.hpp"

/// Structured fields (RFC 9651): the grammar of `RateLimit`, `Cache-Status`, `Idempotency-Key` and
/// most header fields invented since 2021. Values only; no field has a meaning here.
namespace apilab::http::structured {

/// A number with up to twelve digits before the point and three after it, exact.
struct Decimal {
    std::int64_t thousandths = 0;

    /// Rounded to three digits, halves to the even one (RFC 9651 section 4.1.5). Nothing where
    /// there are more than twelve digits before the point, and for infinity and NaN.
    [[nodiscard]] static std::optional<Decimal> nearest(double value);
    [[nodiscard]] double value() const { return static_cast<double>(thousandths) / 1000; }
    friend bool operator==(const Decimal&, const Decimal&) = default;
};
/// A word without quotes: `gzip`, `text/html`.
struct Token {
    std::string text;
    friend bool operator==(const Token&, const Token&) = default;
};
/// A byte sequence, decoded.
struct Bytes {
    std::string bytes;
    friend bool operator==(const Bytes&, const Bytes&) = default;
};
/// Seconds since 1970. Up to fifteen digits, which is more than a `SystemTime` holds.
struct Date {
    std::int64_t seconds = 0;
    friend bool operator==(const Date&, const Date&) = default;
};
/// Text for people, in UTF-8.
struct DisplayString {
    std::string text;
    friend bool operator==(const DisplayString&, const DisplayString&) = default;
};

/// `std::int64_t`: at most fifteen digits. `std::string`: printable ASCII.
using BareItem =
    std::variant<std::int64_t, Decimal, std::string, Token, Bytes, bool, Date, DisplayString>;

/// In the order of the field. Of a key that comes twice the last value counts, in the place of the
/// first.
using Parameters = std::vector<std::pair<std::string, BareItem>>;

struct Item {
    BareItem value;
    Parameters params;
    friend bool operator==(const Item&, const Item&) = default;
};
struct InnerList {
    std::vector<Item> items;
    Parameters params;
    friend bool operator==(const InnerList&, const InnerList&) = default;
};
using Member = std::variant<Item, InnerList>;
using List = std::vector<Member>;
/// Of a key that comes twice the last value counts, in the place of the first.
using Dictionary = std::vector<std::pair<std::string, Member>>;

/// The value of that key, or null. Lives as long as the parameters.
[[nodiscard]] const BareItem* find(const Parameters& params, std::string_view key);

/// What a field may have. The defaults are above what RFC 9651 asks every parser to take (a list of
/// 1,024, 256 in an inner list, 256 parameters, byte sequences of 16,384).
struct Limits {
    /// Bytes of the field. Default 64 KiB.
    std::size_t field_size_max = std::size_t{64} << 10U;
    /// Members of the list or dictionary, items of each inner list. Default 1,024.
    std::size_t members_max = 1024;
    /// Of each item and inner list. Default 256.
    std::size_t params_max = 256;
};

/// Reads a whole field of that type, strictly by RFC 9651 section 4.2: nothing is repaired, and one
/// mistake makes the whole field unreadable. Depth is bounded by the grammar (an inner list holds
/// no list). An empty field is an empty list or dictionary, and no item. The one liberty is the
/// RFC's: base64 without its padding is read.
///
/// Errors: `decode` (what was expected; `detail()` is the offset in bytes), `too_large` (the
/// limit).
[[nodiscard]] Result<Item> parse_item(std::string_view field, const Limits& limits = {});
[[nodiscard]] Result<List> parse_list(std::string_view field, const Limits& limits = {});
[[nodiscard]] Result<Dictionary> parse_dictionary(std::string_view field,
                                                  const Limits& limits = {});

/// All lines of a field as the one value they stand for (RFC 9110 section 5.3): joined by `, `.
/// Nothing where there is none.
[[nodiscard]] std::optional<std::string> combined(const Headers& headers, std::string_view name);

/// The one way of writing a value (RFC 9651 section 4.1). An empty list or dictionary is empty
/// text: such a field is not sent at all. Errors: `invalid_argument` for what no field can say: a
/// key, token or string with other characters, a number of too many digits, text that is no UTF-8.
[[nodiscard]] Result<std::string> serialize(const Item& item);
[[nodiscard]] Result<std::string> serialize(const List& list);
[[nodiscard]] Result<std::string> serialize(const Dictionary& dictionary);

}  // namespace apilab::http::structured
