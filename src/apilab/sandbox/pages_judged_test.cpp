// The library's own walks over pages before the judge, under virtual time: every fault on pages
// times every kind of page.

#include <gtest/gtest.h>

#include <set>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/sandbox/internal/test_walker.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using data::PageKind;
using data::WalkEnd;
using internal::page_fault;
using internal::Walker;
using runtime::Task;

struct List {
    std::string name;
    std::string where;
    data::PageRules rules;
    std::string target;
    std::string body;
    std::string token;
    std::string key = "/id";
    /// Positions are counted: nothing leads back or away, nothing expires.
    bool counted = false;
    /// Tokens do not expire.
    bool lasts = false;
    /// An old token is refused like any other mistake: no reason to begin anew.
    bool unclear = false;
    /// The next page is a URL.
    bool urls = false;
};

std::vector<List> lists() {
    std::vector<List> all;
    const auto api = [&](std::string name, PageKind kind) {
        all.push_back({.name = name,
                       .where = "api:list_items_" + name,
                       .rules = data::page_rules::sandbox(kind),
                       .target = "/api/items/" + name + "?limit=20",
                       .token = "api_bearer_stub",
                       .counted = kind == PageKind::page_number || kind == PageKind::offset,
                       .lasts = kind == PageKind::link_header,
                       .urls = kind == PageKind::link_header || kind == PageKind::next_url});
    };
    api("link", PageKind::link_header);
    api("next", PageKind::next_url);
    api("cursor", PageKind::cursor);
    all[1].rules.expired = all[2].rules.expired;  // the same sandbox refuses both
    api("page", PageKind::page_number);
    api("offset", PageKind::offset);
    all.push_back({.name = "github",
                   .where = "github:GET *",
                   .rules = data::page_rules::github(),
                   .target = "/github/repos/octo/hello/releases?per_page=1",
                   .token = "ghp_stubtoken",
                   .lasts = true,
                   .urls = true});
    all.push_back({.name = "slack",
                   .where = "slack:users.list",
                   .rules = data::page_rules::slack("/members"),
                   .target = "/slack/api/users.list?limit=60",
                   .body = "include_locale=true",
                   .token = "xoxb-stub"});
    all.push_back({.name = "notion",
                   .where = "notion:search",
                   .rules = data::page_rules::notion(),
                   .target = "/notion/v1/search",
                   .body = R"({"page_size":30})",
                   .token = "ntn_stub",
                   .unclear = true});
    all.push_back({.name = "gmail",
                   .where = "google:list_messages",
                   .rules = data::page_rules::gmail(),
                   .target = "/google/gmail/v1/users/me/messages?maxResults=10",
                   .unclear = true});
    return all;
}

struct Outcome {
    std::vector<std::string> ids;
    std::optional<Error> error;
    data::WalkSummary summary;
    RunReport report;
    std::int64_t foreign = 0;

    [[nodiscard]] std::size_t distinct() const { return std::set(ids.begin(), ids.end()).size(); }
    [[nodiscard]] Verdict verdict(std::string_view id) const {
        for (const auto& check : report.checks) {
            if (check.card.id == id) {
                return check.finding.verdict;
            }
        }
        ADD_FAILURE() << "no check " << id;
        return Verdict::unknown;
    }
};

using TextPages = data::Pages<std::string>;

Task<void> read_all(TextPages* pages, Outcome* outcome) {
    while (auto item = co_await pages->next()) {
        if (!*item) {
            outcome->error = item->error();
            break;
        }
        const auto document = http::JsonDocument::parse(**item);
        outcome->ids.push_back(document->root()["id"].to_text());
    }
    co_await pages->close();
    outcome->summary = pages->summary();
}

std::string google_token(Walker& walker) {
    const auto reply = walker.send("POST", "/google/token",
                                   "grant_type=refresh_token&refresh_token=seed-refresh-token&"
                                   "client_id=cid&client_secret=sec",
                                   {{"content-type", "application/x-www-form-urlencoded"}});
    const auto document = http::JsonDocument::parse(reply.body);
    return std::string(document->root()["access_token"].string_or(""));
}

Outcome walked(const List& list, const std::string& scenario, data::PageOptions options = {},
               data::NextOrigin origin = data::NextOrigin::same) {
    Walker walker(scenario);
    Outcome outcome;
    auto request = http::Request::get(*http::Url::parse("http://sandbox.test" + list.target));
    if (!list.body.empty()) {
        request = http::Request::post(
            request.url(), list.body,
            list.body.front() == '{' ? "application/json" : "application/x-www-form-urlencoded");
    }
    request.header("notion-version", "2022-06-28");
    request.header("authorization",
                   "Bearer " + (list.token.empty() ? google_token(walker) : list.token));
    auto rules = list.rules;
    rules.next_origin = origin;
    options.key = list.key;
    options.scheduler = &walker.scheduler;
    SeededRng rng(3);
    transport::LoopbackTransport transport(walker.scheduler, *walker.sandbox);
    const auto client = *client::Client::create(walker.scheduler, transport, rng);
    auto pages = TextPages::create(*client, std::move(request), std::move(rules), data::item_text,
                                   std::move(options));
    if (!pages) {
        ADD_FAILURE() << list.name << ": " << pages.error().to_string();
        return outcome;
    }
    runtime::run(walker.scheduler, read_all(&*pages, &outcome));
    walker.sandbox->stop_run();
    outcome.report = *judge_run(*walker.sandbox);
    outcome.foreign = walker.sandbox->numbers().at("foreign requests");
    return outcome;
}

void expect_nothing_broken(const Outcome& outcome, const std::string& name) {
    for (const auto* id : {"PAG-01", "PAG-02", "PAG-03", "PAG-04", "PAG-05", "PAG-06"}) {
        EXPECT_NE(outcome.verdict(id), Verdict::fail) << name << " " << id << "\n"
                                                      << report_text(outcome.report);
    }
}

class OurPages : public ::testing::TestWithParam<std::size_t> {
protected:
    void SetUp() override {
        list = lists()[GetParam()];
        whole = walked(list, "name = \"none\"");
        ASSERT_FALSE(whole.error) << whole.error->to_string();
        pages = whole.summary.pages;
        ASSERT_GE(pages, 3U) << list.name;
    }
    void expect_whole(const Outcome& outcome) {
        EXPECT_EQ(outcome.error, std::nullopt)
            << list.name << ": " << (outcome.error ? outcome.error->to_string() : "");
        EXPECT_EQ(outcome.ids.size(), whole.ids.size()) << list.name;
        EXPECT_EQ(outcome.distinct(), whole.distinct()) << list.name;
        EXPECT_EQ(outcome.summary.end, WalkEnd::complete) << list.name;
        EXPECT_LE(outcome.summary.requests, pages + 2) << list.name;
        expect_nothing_broken(outcome, list.name);
    }
    List list;
    Outcome whole;
    std::uint64_t pages = 0;
};

TEST_P(OurPages, are_complete_where_nothing_is_wrong) {
    expect_whole(whole);
    EXPECT_EQ(whole.verdict("PAG-01"), list.counted ? Verdict::unknown : Verdict::pass);
    EXPECT_EQ(whole.distinct(), whole.ids.size());
}

TEST_P(OurPages, leave_every_circle_with_an_error) {
    if (list.counted) {
        return;
    }
    for (const auto* kind : {"loop", "cycle", "repeat"}) {
        const auto outcome = walked(list, page_fault(list.where, kind));
        ASSERT_TRUE(outcome.error) << list.name << kind;
        EXPECT_EQ(outcome.error->detail(), "circle") << outcome.error->to_string();
        EXPECT_EQ(outcome.summary.end, WalkEnd::failed);
        EXPECT_EQ(outcome.distinct(), outcome.ids.size()) << list.name << kind;
        EXPECT_LE(outcome.summary.requests, pages + 2);
        EXPECT_EQ(outcome.verdict("PAG-02"), Verdict::pass) << list.name << kind;
        expect_nothing_broken(outcome, list.name);
    }
    EXPECT_EQ(walked(list, page_fault(list.where, "loop")).distinct(), whole.distinct());
}

TEST_P(OurPages, go_on_behind_an_empty_page) {
    const auto outcome = walked(list, page_fault(list.where, "empty_with_token", "nth = 2"));
    if (list.counted) {
        // An empty page may be where a counted list ends; with a total it is not.
        expect_nothing_broken(outcome, list.name);
        return;
    }
    expect_whole(outcome);
    EXPECT_EQ(outcome.verdict("PAG-03"), Verdict::pass) << list.name;
}

TEST_P(OurPages, drop_what_comes_twice) {
    const auto outcome = walked(list, page_fault(list.where, "moving"));
    expect_whole(outcome);
    EXPECT_EQ(outcome.summary.duplicates, pages - 1) << list.name;
}

TEST_P(OurPages, begin_anew_once_where_a_token_is_too_old) {
    if (list.counted || list.lasts) {
        return;
    }
    const auto once = walked(list, page_fault(list.where, "expired", "nth = 2"));
    EXPECT_EQ(once.error.has_value(), list.unclear) << list.name;
    EXPECT_EQ(once.summary.restarts, list.unclear ? 0U : 1U) << list.name;
    if (!list.unclear) {
        expect_whole(once);
    }
    EXPECT_EQ(once.verdict("PAG-05"), Verdict::pass) << list.name;
    const auto always = walked(list, page_fault(list.where, "expired"));
    EXPECT_TRUE(always.error) << list.name;
    EXPECT_EQ(always.verdict("PAG-05"), Verdict::pass) << list.name;
}

TEST_P(OurPages, take_no_credential_elsewhere) {
    if (!list.urls) {
        return;
    }
    const auto refused = walked(list, page_fault(list.where, "foreign_next"));
    EXPECT_TRUE(refused.error) << list.name;
    EXPECT_EQ(refused.foreign, 0) << list.name;
    EXPECT_EQ(refused.verdict("PAG-06"), Verdict::pass) << list.name;
    const auto bare = walked(list, page_fault(list.where, "foreign_next"), {},
                             data::NextOrigin::without_credentials);
    EXPECT_EQ(bare.foreign, 1) << list.name;
    EXPECT_EQ(bare.verdict("PAG-06"), Verdict::pass) << list.name;
}

TEST_P(OurPages, wait_out_a_429_in_the_middle_and_go_on) {
    const auto outcome =
        walked(list, "name = \"x\"\n[[fault]]\nwhere = \"" + list.where +
                         "\"\nwhat = { limit = \"primary\", status = 429, retry_after = \"1s\" }\n"
                         "when = { nth = 2 }\n");
    expect_whole(outcome);
    EXPECT_EQ(outcome.verdict("PAG-04"), Verdict::pass) << list.name;
    EXPECT_NE(outcome.verdict("RL-01"), Verdict::fail) << list.name;
}

TEST_P(OurPages, are_the_same_with_pages_asked_for_ahead) {
    data::PageOptions options{.prefetch = 4};
    expect_whole(walked(list, "name = \"none\"", options));
    expect_whole(walked(list, page_fault(list.where, "moving", "nth = 2"), options));
}

TEST_P(OurPages, do_not_trust_a_total_without_end) {
    if (list.rules.total_items.empty() && list.rules.total_pages.empty()) {
        return;
    }
    const auto outcome = walked(list, page_fault(list.where, "count_mismatch"));
    EXPECT_EQ(outcome.distinct(), whole.distinct()) << list.name;
    EXPECT_LE(outcome.summary.requests, pages + 2) << list.name;
}

INSTANTIATE_TEST_SUITE_P(EveryKind, OurPages, ::testing::Range<std::size_t>(0, 9),
                         [](const auto& info) { return lists()[info.param].name; });

TEST(OurPagesOfNotion, say_that_a_list_at_its_cap_is_not_whole) {
    const auto list = lists()[7];
    const auto outcome = walked(list, page_fault(list.where, "incomplete", "nth = 2"));
    EXPECT_EQ(outcome.summary.end, WalkEnd::incomplete);
    EXPECT_NE(outcome.summary.incomplete, "");
}

}  // namespace
}  // namespace apilab::sandbox
