// The web platform's URL vectors (APILAB_DATA/standards/url/urltestdata.json), as far as a strict
// RFC 3986 reader of http and https URLs can agree with a browser:
//
// - whatever we accept, a browser accepts too and takes to the same place;
// - what a browser refuses for http and https, we refuse.
//
// Out of scope, by rule: results that are not http or https; user information (we refuse it);
// fragments (we drop them). We may refuse more than a browser, which repairs spaces, backslashes
// and the like. Where both accept, these differ by rule and are not compared: hosts that a browser
// rewrites (IPv4 shorthands, IPv6 zeros), and dots or escapes in the path of an absolute URL, which
// we keep as they were written.

#include <gtest/gtest.h>

#include <string>

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

bool comparable(const Json& row, const Url& url) {
    const bool resolved = row["base"].is_string();
    const bool dots = url.path().contains("/.") || url.path().contains("%2e");
    return (resolved || !dots) && !url.host().contains(':') && !url.query().contains('\'');
}

TEST(UrlVectors, agree_with_browsers_where_both_accept) {
    const auto file = data_root() / "standards" / "url" / "urltestdata.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA to the folder that holds it)";
    }
    const auto document = json_of(file);
    int compared = 0;
    int refused_by_both = 0;
    for (const auto row : document.root().elements()) {
        const auto url = row.is_object() ? read(row) : fail(ErrorKind::decode, "a comment");
        const std::string shown = row.to_text();
        if (row["failure"].boolean() == true) {
            EXPECT_FALSE(url.has_value()) << shown << " is " << url->to_string();
            refused_by_both += url ? 0 : 1;
        } else if (url && comparable(row, *url)) {
            std::string href(row["href"].string_or(""));
            href = href.substr(0, href.find('#'));
            const std::string ours = url->to_string();
            EXPECT_TRUE(ours == href || ours + "?" == href) << shown << " is " << ours;
            ++compared;
        }
    }
    RecordProperty("compared", compared);
    RecordProperty("refused_by_both", refused_by_both);
    EXPECT_GT(compared, 0);
    EXPECT_GT(refused_by_both, 0);
}

}  // namespace
}  // namespace apilab::http
