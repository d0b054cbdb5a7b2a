#include "apilab/http/structured_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

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

constexpr std::int64_t integer_max = 999'999'999'999'999;

std::unexpected<Error> cannot_say(std::string_view what) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("a structured field cannot hold {}", what));
}

struct Writer {
    std::string out;

    Result<void> operator()(std::int64_t value) {
        if (value > integer_max || value < -integer_max) {
            return cannot_say("an integer of more than 15 digits");
        }
        out += std::to_string(value);
        return {};
    }
    Result<void> operator()(const Decimal& decimal) {
        if (decimal.thousandths > integer_max || decimal.thousandths < -integer_max) {
            return cannot_say("a decimal of more than 12 digits before the point");
        }
        const auto size = std::abs(decimal.thousandths);
        auto fraction = fmt::format("{:03}", size % 1000);
        fraction.erase(std::max<std::size_t>(fraction.find_last_not_of('0') + 1, 1));
        out += fmt::format("{}{}.{}", decimal.thousandths < 0 ? "-" : "", size / 1000, fraction);
        return {};
    }
    Result<void> operator()(const std::string& text) {
        if (!std::ranges::all_of(text, printable)) {
            return cannot_say("a string with anything but printable ASCII");
        }
        out += '"';
        for (const char c : text) {
            out.append(c == '"' || c == '\\' ? 1 : 0, '\\');
            out += c;
        }
        out += '"';
        return {};
    }
    Result<void> operator()(const Token& token) {
        if (token.text.empty() || !token_start(token.text.front()) ||
            !std::ranges::all_of(token.text, token_char)) {
            return cannot_say("that token");
        }
        out += token.text;
        return {};
    }
    Result<void> operator()(const Bytes& bytes) {
        out += fmt::format(":{}:", base64_encode(bytes.bytes));
        return {};
    }
    Result<void> operator()(bool value) {
        out += value ? "?1" : "?0";
        return {};
    }
    Result<void> operator()(const Date& date) {
        out += '@';
        return (*this)(date.seconds);
    }
    Result<void> operator()(const DisplayString& display) {
        if (!valid_utf8(display.text)) {
            return cannot_say("a display string that is no UTF-8");
        }
        out += "%\"";
        for (const char c : display.text) {
            if (printable(c) && c != '"' && c != '%') {
                out += c;
            } else {
                out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
            }
        }
        out += '"';
        return {};
    }

    Result<void> key(std::string_view key) {
        if (key.empty() || !key_start(key.front()) || !std::ranges::all_of(key, key_char)) {
            return cannot_say("that key");
        }
        out += key;
        return {};
    }
    Result<void> params(const Parameters& params) {
        for (const auto& [name, value] : params) {
            out += ';';
            APILAB_CHECK(key(name));
            if (value != BareItem(true)) {
                out += '=';
                APILAB_CHECK(std::visit(*this, value));
            }
        }
        return {};
    }
    Result<void> operator()(const Item& item) {
        APILAB_CHECK(std::visit(*this, item.value));
        return params(item.params);
    }
    Result<void> operator()(const InnerList& list) {
        out += '(';
        for (const auto& item : list.items) {
            out += out.back() == '(' ? "" : " ";
            APILAB_CHECK((*this)(item));
        }
        out += ')';
        return params(list.params);
    }
};

}  // namespace

std::optional<Decimal> Decimal::nearest(double value) {
    const double scaled = std::abs(value) * 1000;
    if (!(scaled < static_cast<double>(integer_max) + 1)) {  // NaN compares with nothing
        return std::nullopt;
    }
    const double down = std::floor(scaled);
    const double rest = scaled - down;
    const auto whole = static_cast<std::int64_t>(down);
    const bool up = rest > 0.5 || (rest == 0.5 && whole % 2 == 1);
    const std::int64_t size = whole + (up ? 1 : 0);
    if (size > integer_max) {
        return std::nullopt;
    }
    return Decimal{value < 0 ? -size : size};
}

Result<std::string> serialize(const Item& item) {
    Writer writer;
    APILAB_CHECK(writer(item));
    return std::move(writer.out);
}

Result<std::string> serialize(const List& list) {
    Writer writer;
    for (const auto& member : list) {
        writer.out += writer.out.empty() ? "" : ", ";
        APILAB_CHECK(std::visit(writer, member));
    }
    return std::move(writer.out);
}

Result<std::string> serialize(const Dictionary& dictionary) {
    Writer writer;
    for (const auto& [name, member] : dictionary) {
        writer.out += writer.out.empty() ? "" : ", ";
        APILAB_CHECK(writer.key(name));
        const auto* const item = std::get_if<Item>(&member);
        if (item != nullptr && item->value == BareItem(true)) {
            APILAB_CHECK(writer.params(item->params));
            continue;
        }
        writer.out += '=';
        APILAB_CHECK(std::visit(writer, member));
    }
    return std::move(writer.out);
}

}  // namespace apilab::http::structured
