#include "call/request_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::cli {
namespace {

using Kind = RequestItem::Kind;

struct Sign {
    std::string_view text;
    Kind kind;
};
// The longer ones first: at the same place they win.
constexpr std::array signs{
    Sign{":=@", Kind::json_file}, Sign{"==@", Kind::query_file}, Sign{":@", Kind::header_file},
    Sign{":=", Kind::json},       Sign{"=@", Kind::text_file},   Sign{"==", Kind::query},
    Sign{":", Kind::header},      Sign{";", Kind::header_empty}, Sign{"=", Kind::text},
    Sign{"@", Kind::upload},
};
constexpr std::string_view special = ":;=@";
constexpr std::string_view type_mark = ";type=";
/// Of a word that is no item, in a message.
constexpr std::size_t shown_max = 40;

// A word without its backslashes, and which of its bytes had one. A backslash before anything but
// a part of a sign stands for itself.
struct Unescaped {
    std::string text;
    std::vector<bool> escaped;
};

Unescaped unescaped(std::string_view word) {
    Unescaped out;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const bool two = word[i] == '\\' && i + 1 < word.size();
        if (two && special.contains(word[i + 1])) {
            out.text += word[++i];
            out.escaped.push_back(true);
            continue;
        }
        out.text += word[i];
        out.escaped.push_back(false);
        if (two) {  // two backslashes are two, and the second escapes nothing
            out.text += word[++i];
            out.escaped.push_back(false);
        }
    }
    return out;
}

struct Found {
    Sign sign;
    std::size_t at;
};

std::optional<Found> find_sign(const Unescaped& word) {
    for (std::size_t at = 0; at < word.text.size(); ++at) {
        const std::string_view rest = std::string_view(word.text).substr(at);
        for (const Sign& sign : signs) {
            if (!rest.starts_with(sign.text)) {
                continue;
            }
            const auto first = word.escaped.begin() + static_cast<std::ptrdiff_t>(at);
            const auto last = first + static_cast<std::ptrdiff_t>(sign.text.size());
            if (std::find(first, last, true) == last) {
                return Found{sign, at};
            }
        }
    }
    return std::nullopt;
}

std::unexpected<Error> wrong(const RequestItem& item, std::string_view what, std::string remedy) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", item.place(), what))
                    .with_detail("item")
                    .with_remedy(std::move(remedy)));
}

Result<void> check_header(const RequestItem& item) {
    if (ascii_lowered(item.name).starts_with("http") && item.value.starts_with("//")) {
        return wrong(item, "a second URL", "one URL comes before the items");
    }
    if (!http::valid_field_name(item.name)) {
        return wrong(item, "this is no name of a header",
                     "write Name:value, with letters, digits and - in the name");
    }
    if (item.kind == Kind::header_empty && !item.value.empty()) {
        return wrong(item, "a value behind ;",
                     "Name; sends an empty header, Name:value one with a value");
    }
    if (!http::valid_field_value(item.value)) {
        return wrong(item, "a line break in the value of a header", "leave it out");
    }
    return {};
}

Result<void> check(const RequestItem& item) {
    switch (item.kind) {
        case Kind::header:
        case Kind::header_file:
        case Kind::header_unset:
        case Kind::header_empty:
            APILAB_CHECK(check_header(item));
            break;
        case Kind::query:
        case Kind::query_file:
            if (item.name.empty()) {
                return wrong(item, "a parameter without a name", "write name==value");
            }
            break;
        default:
            break;
    }
    const bool file = item.kind == Kind::header_file || item.kind == Kind::query_file ||
                      item.kind == Kind::text_file || item.kind == Kind::json_file ||
                      item.kind == Kind::upload;
    if (file && item.value.empty()) {
        return wrong(item, "no file behind @", "write the file's path there, or escape it: \\@");
    }
    return {};
}

bool is_method(std::string_view word) {
    static constexpr std::array known{"GET",    "HEAD",    "POST",    "PUT",  "PATCH",
                                      "DELETE", "OPTIONS", "CONNECT", "TRACE"};
    const auto same = [&](std::string_view method) { return http::iequals(method, word); };
    if (std::ranges::any_of(known, same)) {
        return true;
    }
    const auto capital = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; };
    return !word.empty() && word.front() != '-' && std::ranges::all_of(word, capital);
}

}  // namespace

std::string_view sign_of(RequestItem::Kind kind) {
    if (kind == Kind::header_unset) {
        return ":";
    }
    return std::ranges::find(signs, kind, &Sign::kind)->text;
}

std::string RequestItem::place() const {
    return fmt::format("item {} ({}{}{})", number, name.substr(0, shown_max), sign_of(kind),
                       value.empty() ? "" : "...");
}

Result<RequestItem> parse_request_item(std::string_view word, std::size_t number) {
    if (word.size() > RequestLine::word_max) {
        return fail(
            Error(ErrorKind::too_large, fmt::format("item {} has {} bytes; at most {} are taken",
                                                    number, word.size(), RequestLine::word_max))
                .with_remedy("put it into a file: name=@file"));
    }
    const auto plain = unescaped(word);
    const auto found = find_sign(plain);
    if (!found) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("item {} ('{}{}') is no item", number, word.substr(0, shown_max),
                              word.size() > shown_max ? "..." : ""))
                .with_detail("item")
                .with_remedy("write Header:value, name==value (query), field=value, "
                             "field:=json or name@file"));
    }
    RequestItem item{.kind = found->sign.kind,
                     .name = plain.text.substr(0, found->at),
                     .value = plain.text.substr(found->at + found->sign.text.size()),
                     .number = number};
    if (item.kind == Kind::header && item.value.empty()) {
        item.kind = Kind::header_unset;
    }
    if (item.kind == Kind::upload) {
        if (const auto at = item.value.find(type_mark); at != std::string::npos) {
            item.type = item.value.substr(at + type_mark.size());
            item.value.resize(at);
        }
    }
    APILAB_CHECK(check(item));
    return item;
}

Result<RequestLine> parse_request_line(std::span<const std::string> words) {
    RequestLine line;
    if (words.size() > 1 && is_method(words.front())) {
        line.method = words.front();
        std::ranges::transform(line.method, line.method.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        words = words.subspan(1);
    }
    if (words.empty() || words.front().empty()) {
        return fail(Error(ErrorKind::invalid_argument, "there is no URL")
                        .with_remedy("apilab call [METHOD] URL [ITEM...]"));
    }
    line.target = words.front();
    if (line.target.size() > RequestLine::word_max || words.size() - 1 > RequestLine::items_max) {
        return fail(Error(ErrorKind::too_large,
                          fmt::format("at most {} items and {} bytes of a URL are taken",
                                      RequestLine::items_max, RequestLine::word_max))
                        .with_remedy("put the body into a file: @file"));
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
        APILAB_TRY(auto item, parse_request_item(words[i], i));
        line.items.push_back(std::move(item));
    }
    return line;
}

}  // namespace apilab::cli
