#include "apilab/sandbox/internal/meaning.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/internal/json_value.hpp"

namespace apilab::sandbox::internal {
namespace {

namespace json = boost::json;

constexpr std::size_t body_max = std::size_t{64} << 10U;
constexpr int depth_max = 4;
/// Seconds since 1970 of our days have ten digits, milliseconds thirteen.
constexpr double epoch_least = 1e9;
constexpr std::size_t digits_least = 10;
constexpr std::size_t hex_least = 16;

// Differ by their nature, whatever their value looks like.
constexpr std::array<std::string_view, 6> counters{"attempt",    "attempts", "nonce",
                                                   "retrycount", "retries",  "tries"};
// Differ where their value looks like an id that was drawn, or like a time.
constexpr std::array<std::string_view, 18> marks{"clientmsgid", "clientrequestid",
                                                 "clienttoken", "correlationid",
                                                 "createdat",   "date",
                                                 "guid",        "id",
                                                 "messageid",   "now",
                                                 "requestid",   "sentat",
                                                 "time",        "timestamp",
                                                 "traceid",     "ts",
                                                 "updatedat",   "uuid"};

std::string plain(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c != '_' && c != '-') {
            text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return text;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
}

bool looks_like_time(std::string_view text) {
    const bool date = text.size() >= digits_least &&
                      std::all_of(text.begin(), text.begin() + 4, is_digit) && text[4] == '-' &&
                      text[7] == '-';
    return date || (text.size() >= digits_least &&
                    std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; }));
}

bool looks_drawn(const json::value& value) {
    if (const auto* text = value.if_string()) {
        return looks_like_time(*text) ||
               (text->size() >= hex_least && std::ranges::all_of(*text, is_hex));
    }
    return value.is_number() && value.to_number<double>() >= epoch_least;
}

// How many members were masked.
std::size_t mask(json::object& object, int depth) {
    std::size_t masked = 0;
    for (auto& member : object) {
        const auto name = plain(member.key());
        auto& value = member.value();
        if (auto* inner = value.if_object(); inner != nullptr && depth < depth_max) {
            masked += mask(*inner, depth + 1);
        } else if (std::ranges::find(counters, name) != counters.end() ||
                   (std::ranges::find(marks, name) != marks.end() && looks_drawn(value))) {
            value = nullptr;
            ++masked;
        }
    }
    return masked;
}

}  // namespace

std::string meaning_sha256(std::string_view body) {
    if (body.size() > body_max || !body.starts_with('{')) {
        return {};
    }
    const auto document = http::JsonDocument::parse(body);
    if (!document) {
        return {};
    }
    auto value = to_value(document->root());
    auto* object = value.if_object();
    if (object == nullptr || mask(*object, 0) == 0) {
        return {};
    }
    return sha256_hex(json::serialize(value));
}

}  // namespace apilab::sandbox::internal
