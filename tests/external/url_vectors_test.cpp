// The web platform's URL vectors (APILAB_DATA/standards/url), as far as a strict RFC 3986 reader of
// http and https URLs can agree with a browser:
//
// - whatever we accept, a browser accepts too and takes to the same place;
// - what a browser refuses for http and https, we refuse;
// - what a browser accepts as http or https and we refuse is refused for one of the reasons of
//   `why_refused`: the list of intended differences. A row without such a reason fails.
//
// Out of scope, by rule: results that are not http or https; fragments (we drop them). Where both
// accept, `why_not_compared` has the rules for what is not compared. setters_tests.json: a `Url`
// has no setters. percent-encoding.json: columns of other encodings than UTF-8, and what the query
// of a browser leaves as it is (our encoder leaves the unreserved characters only).

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/url.hpp"
#include "external_data.hpp"

namespace apilab::http {
namespace {

using external::data_root;
using external::json_of;

Result<Url> read(const Json& row) {
    const auto input = row["input"].string_or("");
    if (!row["base"].is_string()) {
        return Url::parse(input);
    }
    APILAB_TRY(const auto base, Url::parse(row["base"].string_or("")));
    return base.resolve(input);
}

bool rfc3986_char(char c) {
    return ascii_alnum(c) || std::string_view("-._~:/?#[]@!$&'()*+,;=%").contains(c);
}

bool has_broken_escape(std::string_view text) {
    for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
        const auto digits = text.substr(at + 1, 2);
        if (digits.size() < 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != text.npos) {
            return true;
        }
    }
    return false;
}

/// Between `//` and the next `/`, `?` or `#`; nothing where there is no `//` or a third slash.
std::optional<std::string_view> authority_of(std::string_view text) {
    const auto scheme = text.starts_with("//") ? 0 : text.find("://");
    if (scheme == text.npos || scheme > std::string_view("https").size()) {
        return std::nullopt;
    }
    text.remove_prefix(text.starts_with("//") ? 2 : scheme + 3);
    text = text.substr(0, text.find_first_of("/?#"));
    return text.empty() ? std::nullopt : std::optional(text);
}

/// Is the host something that only a browser takes for a name or an address: an IPv4 shorthand, a
/// number, escapes, an address with a dot at its end, no label at all?
bool odd_host(std::string_view authority) {
    auto host = authority.substr(0, authority.find(':'));
    const bool dot_at_end = host.ends_with('.');
    host.remove_suffix(dot_at_end ? 1 : 0);
    const auto last = host.substr(host.rfind('.') + 1);
    return host.contains('%') || last.empty() || ascii_digit(last.front());
}

/// The intended differences: why an URL that a browser repairs or takes is none to us. Empty: none.
std::string_view why_refused(std::string_view text) {
    const auto scheme = text.substr(0, text.find(':'));
    const bool absolute = scheme == "http" || scheme == "https";
    const auto authority = authority_of(text);
    if (!std::ranges::all_of(text, rfc3986_char)) {
        return "a character that RFC 3986 does not have: it would have to be escaped";
    }
    if (has_broken_escape(text)) {
        return "a percent sign without two hexadecimal digits";
    }
    if (std::ranges::count(text, '#') > 1) {
        return "a fragment inside a fragment";
    }
    if (authority ? authority->contains('@') : text.contains('@')) {
        return "user information: a password in a URL ends in logs";
    }
    if (!authority && (absolute || text.starts_with("//"))) {
        return "a scheme or slashes without a host";
    }
    if (!authority && text.substr(0, text.find('/')).contains(':')) {
        return "a relative path whose first segment has a colon (RFC 3986 section 4.2)";
    }
    if (authority && odd_host(*authority)) {
        return "a host that is no name and no whole address";
    }
    const auto colon = authority ? authority->rfind(':') : text.npos;
    if (colon != text.npos && authority->find_first_not_of('0', colon + 1) == text.npos) {
        return "port 0";
    }
    return {};
}

std::string_view why_not_compared(const Json& row, const Url& url) {
    if (url.host().contains(':')) {
        return "a browser writes IPv6 addresses anew";
    }
    if (!row["base"].is_string() && (url.path().contains("/.") || url.path().contains("%2e"))) {
        return "the path of an absolute URL stays as it was written";
    }
    if (url.query().contains('\'')) {
        return "a browser escapes the apostrophe in a query";
    }
    return {};
}

struct Tally {
    int compared = 0;
    int not_compared = 0;
    int refused_by_both = 0;
    int refused_by_us = 0;
    int of_other_schemes = 0;
};

void check(const Json& row, Tally& tally) {
    const auto url = read(row);
    const std::string shown = row.to_text();
    const std::string_view href = row["href"].string_or("");
    if (row["failure"].boolean() == true) {
        EXPECT_FALSE(url.has_value()) << shown << " is " << url->to_string();
        ++tally.refused_by_both;
    } else if (url && why_not_compared(row, *url).empty()) {
        const auto expected = href.substr(0, href.find('#'));
        const std::string ours = url->to_string();
        EXPECT_TRUE(ours == expected || ours + "?" == expected) << shown << " is " << ours;
        ++tally.compared;
    } else if (url) {
        ++tally.not_compared;
    } else if (href.starts_with("http://") || href.starts_with("https://")) {
        const bool base_at_fault =
            row["base"].is_string() && !Url::parse(row["base"].string_or(""));
        const auto* const culprit = base_at_fault ? "base" : "input";
        EXPECT_NE(why_refused(row[culprit].string_or("")), "") << shown;
        ++tally.refused_by_us;
    } else {
        ++tally.of_other_schemes;
    }
}

TEST(UrlVectors, agree_with_browsers_where_both_accept_and_differ_by_rule) {
    const auto file = data_root() / "standards" / "url" / "urltestdata.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA to the folder that holds it)";
    }
    const auto document = json_of(file);
    Tally tally;
    for (const auto row : document.root().elements()) {
        if (row.is_object()) {  // strings are comments
            check(row, tally);
        }
    }
    RecordProperty("compared", tally.compared);
    RecordProperty("not_compared", tally.not_compared);
    RecordProperty("refused_by_both", tally.refused_by_both);
    RecordProperty("refused_by_us", tally.refused_by_us);
    RecordProperty("of_other_schemes", tally.of_other_schemes);
    EXPECT_GT(tally.compared, 0);
    EXPECT_GT(tally.refused_by_both, 0);
}

TEST(UrlVectors, what_is_not_ascii_is_percent_encoded_as_utf_8) {
    const auto file = data_root() / "standards" / "url" / "percent-encoding.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA to the folder that holds it)";
    }
    const auto document = json_of(file);
    int checked = 0;
    for (const auto row : document.root().elements()) {
        const auto input = row["input"].string_or("");
        const auto left_by_browsers = [](char c) {
            return c > ' ' && c <= '~' && !ascii_alnum(c) && !std::string_view("-._~").contains(c);
        };
        if (row.is_object() && std::ranges::none_of(input, left_by_browsers)) {
            EXPECT_EQ(percent_encode(input), row["output"]["utf-8"].string_or("")) << row.to_text();
            EXPECT_EQ(percent_decode(percent_encode(input)), input);
            ++checked;
        }
    }
    RecordProperty("checked", checked);
    EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace apilab::http
