// Headers as real APIs send them: Retry-After rows of APILAB_DATA/ratelimits/header-samples.json,
// and the Link headers of GitHub's recorded answers (APILAB_DATA/github/fixtures).
//
// Out of scope here: rows without Retry-After (quotas are rate_limit_samples_test.cpp's). A
// negative number is "ignore" to the table's author and "now" to us; either way there is no wait.

#include <gtest/gtest.h>

#include <cctype>
#include <string>

#include "apilab/http/date.hpp"
#include "apilab/http/link.hpp"
#include "apilab/http/retry_after.hpp"
#include "apilab/http/url.hpp"
#include "external_data.hpp"

namespace apilab::http {
namespace {

using external::data_root;
using external::files_in;
using external::json_of;

Headers headers_of(const Json& json) {
    Headers headers;
    for (const auto& [name, value] : json.members()) {
        headers.add(std::string(name), std::string(value.string_or("")));
    }
    // The raw recordings list names and values in turn.
    std::string name;
    bool is_name = true;
    for (const auto item : json.elements()) {
        if (is_name) {
            name = item.string_or("");
        } else {
            headers.add(name, std::string(item.string_or("")));
        }
        is_name = !is_name;
    }
    return headers;
}

void check_retry_after(std::string_view id, const Headers& headers, SystemTime now) {
    const std::string text(headers.value("retry-after"));
    const auto result = parse_retry_after(headers, now);
    if (text.find_first_not_of("0123456789") == std::string::npos) {
        EXPECT_EQ(result.source, RetryAfter::Source::seconds) << id;
        EXPECT_EQ(result.wait, std::chrono::seconds(std::stoll(text))) << id;
    } else if (const auto date = parse_http_date(text)) {
        const auto sent = parse_http_date(headers.value("date"));
        EXPECT_EQ(result.source, RetryAfter::Source::date) << id;
        EXPECT_EQ(result.wait, std::max<Duration>(*date - sent.value_or(now), Duration())) << id;
    } else if (text.starts_with('-')) {
        EXPECT_EQ(result.wait.value_or(Duration()), Duration()) << id;
    } else {
        EXPECT_EQ(result.source, RetryAfter::Source::garbage) << id;
        EXPECT_FALSE(result.wait.has_value()) << id;
    }
}

TEST(HeaderSamples, every_retry_after_is_understood) {
    const auto file = data_root() / "ratelimits" / "header-samples.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA to the folder that holds it)";
    }
    const auto document = json_of(file);
    const auto now = *parse_iso_time("2026-11-22T10:00:00Z");
    int checked = 0;
    int without = 0;
    for (const auto row : document.root().elements()) {
        const auto headers = headers_of(row["headers"]);
        if (headers.contains("retry-after")) {
            check_retry_after(row["id"].string_or("?"), headers, now);
            ++checked;
        } else {
            EXPECT_EQ(parse_retry_after(headers, now).source, RetryAfter::Source::none);
            ++without;
        }
    }
    EXPECT_GT(checked, 0);
    EXPECT_GT(without, 0);
}

/// The link's page number, by its query.
int page_of(const std::string& target) {
    const auto url = Url::parse(target);
    EXPECT_TRUE(url.has_value()) << target;
    const auto at = url ? url->query().rfind("page=") : std::string::npos;
    return at == std::string::npos ? 0 : std::stoi(url->query().substr(at + 5));
}

int check_links(const Headers& headers) {
    for (const auto field : headers.get_all("link")) {
        // As many links as there are targets, each with a relation, each a whole URL.
        const auto links = parse_link(field);
        EXPECT_EQ(links.size(), static_cast<std::size_t>(std::ranges::count(field, '<')));
        for (const auto& link : links) {
            EXPECT_TRUE(link.has("rel")) << field;
            EXPECT_TRUE(Url::parse(link.target).has_value()) << link.target;
        }
        const auto next = find_link(headers, "next");
        const auto last = find_link(headers, "last");
        const auto previous = find_link(headers, "prev");
        EXPECT_EQ(next.has_value(), last.has_value()) << "GitHub sends both or none";
        if (next && last) {
            EXPECT_LE(page_of(*next), page_of(*last)) << field;
        }
        if (next && previous) {
            EXPECT_EQ(page_of(*next), page_of(*previous) + 2) << field;
        }
    }
    return static_cast<int>(headers.get_all("link").size());
}

TEST(HeaderSamples, every_link_that_github_sent_is_understood) {
    std::error_code missing;
    int fields = 0;
    for (const auto& folder : std::filesystem::recursive_directory_iterator(
             data_root() / "github" / "fixtures", missing)) {
        if (folder.path().extension() != ".json") {
            continue;
        }
        const auto document = json_of(folder.path());
        for (const auto exchange : document.root().elements()) {
            const Json plain = exchange["headers"];
            fields += check_links(headers_of(plain.missing() ? exchange["rawHeaders"] : plain));
        }
    }
    if (missing) {
        GTEST_SKIP() << "no GitHub recordings under " << data_root();
    }
    EXPECT_GT(fields, 0);
}

}  // namespace
}  // namespace apilab::http
