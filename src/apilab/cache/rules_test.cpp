#include "apilab/cache/rules.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "apilab/http/date.hpp"

namespace apilab::cache {
namespace {

using namespace std::chrono_literals;
using http::Headers;
using http::Request;
using http::Response;
using How = http::CacheRecord::How;
using Use = http::CacheRecord::Use;
using Action = Plan::Action;

const SystemTime t0 = *http::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT");

std::string date(Duration after = 0s) {
    return http::format_http_date(t0 + after);
}

Request get(const std::string& url = "http://api.test/things") {
    return Request::get(*http::Url::parse(url));
}

StoredResponse stored(Headers headers, int status = 200, const Request& request = get()) {
    return make_stored(request, Response(status, "body", std::move(headers)), t0, t0);
}
StoredResponse cc(std::string line, Headers more = {}) {
    more.add("cache-control", std::move(line));
    return stored(std::move(more));
}
RequestDirectives asked(std::string line) {
    return RequestDirectives::parse({{"cache-control", std::move(line)}});
}

TEST(Freshness, comes_from_max_age_then_expires_then_last_modified) {
    const std::string old = date(-1000s);
    struct Row {
        Headers headers;
        Duration lifetime;
        bool is_explicit;
    };
    const std::vector<Row> rows = {
        {{{"cache-control", "max-age=60"}, {"expires", date(10s)}}, 60s, true},
        {{{"cache-control", "s-maxage=60"}, {"expires", date(10s)}, {"date", date()}}, 10s, true},
        {{{"expires", date(10s)}}, 10s, true},  // no Date: when it came
        {{{"expires", date(10s)}, {"date", date(20s)}}, 0s, true},
        {{{"expires", "Fri 01 Jan 2038 00:00:00 GMT"}}, 0s, true},
        {{{"expires", "0"}, {"last-modified", old}}, 0s, true},
        {{{"expires", date(10s)}, {"expires", date(20s)}}, 0s, true},
        {{{"expires", "Fri, 01 Jan 9999 00:00:00 GMT"}}, seconds_max, true},
        {{{"last-modified", old}, {"date", date()}}, 100s, false},
        {{{"last-modified", date(-10 * 365 * 24h)}}, 7 * 24h, false},
        {{{"last-modified", date(10s)}}, 0s, false},
        {{}, 0s, false},
    };
    for (const auto& row : rows) {
        const auto entry = stored(row.headers);
        EXPECT_EQ(entry.freshness.lifetime, row.lifetime) << &row - rows.data();
        EXPECT_EQ(entry.freshness.is_explicit, row.is_explicit) << &row - rows.data();
    }
}

TEST(Freshness, is_not_guessed_for_queries_and_errors_unless_told) {
    const Headers headers{{"last-modified", date(-1000s)}};
    const auto asked_url = get("http://api.test/things?q=1");
    EXPECT_EQ(stored(headers, 200, asked_url).freshness.lifetime, 0s);
    const RuleOptions options{.heuristic_for_queries = true};
    EXPECT_EQ(
        make_stored(asked_url, Response(200, {}, headers), t0, t0, options).freshness.lifetime,
        100s);
    for (const int status : {201, 302, 404, 410, 500, 599}) {
        EXPECT_EQ(stored(headers, status).freshness.lifetime, 0s) << status;
    }
    for (const int status : {200, 203, 204, 300, 301, 308}) {
        EXPECT_EQ(stored(headers, status).freshness.lifetime, 100s) << status;
    }
}

TEST(Age, counts_what_was_told_the_way_and_the_stay) {
    const auto make = [](Headers headers) {
        return make_stored(get(), Response(200, {}, std::move(headers)), t0 - 2s, t0);
    };
    EXPECT_EQ(current_age(make({}), t0 + 5s), 7s);  // the way took 2 s
    EXPECT_EQ(current_age(make({{"age", "30"}}), t0 + 5s), 37s);
    EXPECT_EQ(current_age(make({{"date", date(-60s)}, {"age", "30"}}), t0 + 5s), 65s);
    EXPECT_EQ(current_age(make({{"date", date(60s)}}), t0), 2s);  // their clock is ahead
    EXPECT_EQ(current_age(make({}), t0 - 1s), seconds_max);       // ours was set back
}

TEST(Storing, is_for_complete_answers_to_get_that_are_of_use) {
    struct Row {
        const char* name;
        int status;
        Headers headers;
        bool kept;
    };
    const std::vector<Row> rows = {
        {"fresh", 200, {{"cache-control", "max-age=1"}}, true},
        {"private", 200, {{"cache-control", "private, max-age=1"}}, true},
        {"a validator", 200, {{"etag", "\"a\""}}, true},
        {"a date", 200, {{"last-modified", date()}}, true},
        {"nothing to ask by", 200, {}, false},
        {"old at once", 200, {{"cache-control", "max-age=0"}}, false},
        {"no-store", 200, {{"cache-control", "max-age=1, no-store"}, {"etag", "\"a\""}}, false},
        {"must-understand", 200, {{"cache-control", "no-store, must-understand, max-age=1"}}, true},
        {"unknown status", 599, {{"cache-control", "no-store, must-understand, max-age=1"}}, false},
        {"vary star", 200, {{"cache-control", "max-age=1"}, {"vary", "*"}}, false},
        {"partial", 206, {{"cache-control", "max-age=1"}}, false},
        {"not modified", 304, {{"cache-control", "max-age=1"}}, false},
        {"redirect", 302, {{"cache-control", "max-age=1"}}, true},
        {"error", 404, {{"etag", "\"a\""}, {"last-modified", date(-1h)}}, false},
        {"error for a while", 404, {{"cache-control", "max-age=1"}}, true},
        {"error until", 503, {{"expires", date(5s)}}, true},
        {"error public", 500, {{"cache-control", "public"}, {"last-modified", date(-1h)}}, false},
        {"unauthorised", 401, {{"cache-control", "max-age=1"}}, false},
        {"too many", 429, {{"cache-control", "max-age=1"}}, false},
        {"swr", 200, {{"cache-control", "max-age=0, stale-while-revalidate=9"}}, true},
    };
    for (const auto& row : rows) {
        auto entry = stored(row.headers, row.status);
        if (row.headers.contains("vary")) {
            entry.vary = {{"*", std::nullopt}};
        }
        EXPECT_EQ(may_store(get(), {}, entry), row.kept) << row.name;
    }
    const auto fresh = cc("max-age=9");
    EXPECT_FALSE(may_store(get(), asked("no-store"), fresh));
    const auto url = get().url();
    EXPECT_FALSE(may_store(Request("HEAD", url), {}, fresh));
    EXPECT_FALSE(may_store(Request::post(url, ""), {}, fresh));
    EXPECT_TRUE(may_store(get().header("authorization", "Bearer t"), {}, fresh));
}

TEST(Storing, leaves_out_what_belongs_to_the_connection_and_cookies) {
    const auto entry = stored({{"Connection", "X-Hop, close"},
                               {"X-Hop", "1"},
                               {"Set-Cookie", "session=secret"},
                               {"Proxy-Authenticate", "Basic"},
                               {"Transfer-Encoding", "chunked"},
                               {"TE", "trailers"},
                               {"Cache-Control", "max-age=9, no-cache=\"x-once\""},
                               {"X-Once", "1"},
                               {"X-Kept", "1"}});
    EXPECT_EQ(entry.headers.size(), 2U);
    EXPECT_TRUE(entry.headers.contains("x-kept"));
}

TEST(Cacheable, are_requests_without_range_body_and_conditions_of_their_own) {
    EXPECT_TRUE(may_use_cache(get()));
    EXPECT_TRUE(may_use_cache(Request("HEAD", get().url())));
    EXPECT_FALSE(may_use_cache(Request("OPTIONS", get().url())));
    EXPECT_FALSE(may_use_cache(get().body("x")));
    for (const char* name : {"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since",
                             "If-Unmodified-Since"}) {
        EXPECT_FALSE(may_use_cache(get().header(name, "x"))) << name;
    }
}

TEST(Plan, says_whether_a_stored_answer_does) {
    struct Row {
        const char* stored;
        const char* asked;
        Duration later;
        Action action;
        How how;
        Use use;
    };
    const std::vector<Row> rows = {
        {"max-age=10", "", 9s, Action::use, How::hit, Use::fresh},
        {"max-age=10", "", 10s, Action::ask, How::stale, Use::none},
        {"max-age=10, no-cache", "", 0s, Action::ask, How::stale, Use::none},
        {"max-age=10", "no-cache", 0s, Action::ask, How::request, Use::none},
        {"max-age=10", "max-age=5", 6s, Action::ask, How::request, Use::none},
        {"max-age=10", "max-age=5", 5s, Action::use, How::hit, Use::fresh},
        {"max-age=10, immutable", "max-age=0", 5s, Action::use, How::hit, Use::fresh},
        {"max-age=10, immutable", "", 11s, Action::ask, How::stale, Use::none},
        {"max-age=10", "min-fresh=5", 6s, Action::ask, How::request, Use::none},
        {"max-age=10", "min-fresh=5", 5s, Action::use, How::hit, Use::fresh},
        {"max-age=10", "max-stale", 9999s, Action::use, How::hit, Use::max_stale},
        {"max-age=10", "max-stale=5", 15s, Action::use, How::hit, Use::max_stale},
        {"max-age=10", "max-stale=5", 16s, Action::ask, How::stale, Use::none},
        {"max-age=10, must-revalidate", "max-stale", 11s, Action::ask, How::stale, Use::none},
        {"max-age=10, must-revalidate", "", 9s, Action::use, How::hit, Use::fresh},
        {"max-age=10, stale-while-revalidate=5", "", 15s, Action::use_and_revalidate, How::hit,
         Use::stale_while_revalidate},
        {"max-age=10, stale-while-revalidate=5", "", 16s, Action::ask, How::stale, Use::none},
        {"max-age=10, stale-while-revalidate=5", "max-age=10", 12s, Action::ask, How::stale,
         Use::none},
        {"max-age=10, stale-while-revalidate=5", "no-cache", 12s, Action::ask, How::request,
         Use::none},
        {"max-age=10, stale-while-revalidate=5, must-revalidate", "", 12s, Action::ask, How::stale,
         Use::none},
        {"max-age=10, stale-while-revalidate=5", "only-if-cached", 12s, Action::use, How::hit,
         Use::stale_while_revalidate},
        {"max-age=10", "only-if-cached", 5s, Action::use, How::hit, Use::fresh},
        {"max-age=10", "only-if-cached", 11s, Action::gateway_timeout, How::stale,
         Use::only_if_cached},
    };
    for (const auto& row : rows) {
        const auto entry = cc(row.stored);
        const auto result = plan(asked(row.asked), &entry, true, t0 + row.later);
        const auto name = std::string(row.stored) + " | " + row.asked;
        EXPECT_EQ(result.action, row.action) << name;
        EXPECT_EQ(result.how, row.how) << name;
        EXPECT_EQ(result.use, row.use) << name;
        EXPECT_EQ(result.left, 10s - row.later) << name;
    }
}

TEST(Plan, without_a_stored_answer_asks_or_gives_up) {
    EXPECT_EQ(plan({}, nullptr, false, t0).how, How::uri_miss);
    EXPECT_EQ(plan({}, nullptr, true, t0).how, How::vary_miss);
    EXPECT_EQ(plan({}, nullptr, false, t0).action, Action::ask);
    EXPECT_EQ(plan(asked("only-if-cached"), nullptr, false, t0).action, Action::gateway_timeout);
}

RC_GTEST_PROP(Plan, never_uses_what_is_stale_unless_somebody_allowed_it,
              (std::uint16_t max_age, std::uint16_t later)) {
    const auto entry = cc("max-age=" + std::to_string(max_age));
    const auto result = plan({}, &entry, false, t0 + seconds(later));
    RC_ASSERT((result.action == Action::use) == (later < max_age));
}

TEST(StaleIfError, is_for_failures_of_the_other_side_within_its_window) {
    const auto entry = cc("max-age=10, stale-if-error=5");
    const auto may = [&](Result<Response> failure, Duration later = 12s, std::string line = {}) {
        return may_use_on_error(asked(std::move(line)), entry, failure, t0 + later);
    };
    for (const int status : {500, 502, 503, 504}) {
        EXPECT_TRUE(may(Response(status))) << status;
    }
    for (const int status : {200, 400, 404, 429, 501, 505}) {
        EXPECT_FALSE(may(Response(status))) << status;
    }
    for (const auto kind :
         {ErrorKind::connect, ErrorKind::connection_lost, ErrorKind::timeout, ErrorKind::deadline,
          ErrorKind::breaker_open, ErrorKind::resolve, ErrorKind::overloaded}) {
        EXPECT_TRUE(may(fail(kind, ""))) << to_string(kind);
    }
    for (const auto kind : {ErrorKind::cancelled, ErrorKind::invalid_argument, ErrorKind::tls,
                            ErrorKind::too_large, ErrorKind::auth}) {
        EXPECT_FALSE(may(fail(kind, ""))) << to_string(kind);
    }
    EXPECT_TRUE(may(Response(503), 15s));
    EXPECT_FALSE(may(Response(503), 16s));
    EXPECT_TRUE(may(Response(503), 16s, "stale-if-error=6"));
    EXPECT_FALSE(may(Response(503), 12s, "no-cache"));
    const Result<Response> failed = Response(503);
    EXPECT_FALSE(may_use_on_error({}, cc("max-age=10"), failed, t0 + 11s));
    EXPECT_TRUE(may_use_on_error({}, cc("max-age=10"), failed, t0 + 11s, {.stale_if_error = 1h}));
    EXPECT_FALSE(may_use_on_error({}, cc("max-age=10, must-revalidate, stale-if-error=99"), failed,
                                  t0 + 11s));
    EXPECT_FALSE(
        may_use_on_error({}, cc("max-age=10, no-cache, stale-if-error=99"), failed, t0 + 1s));
}

TEST(Revalidation, asks_with_the_validators_as_they_came) {
    auto request = get();
    const auto entry =
        stored({{"etag", "W/\"a\""}, {"last-modified", "Sun, 22 Nov 2026 10:00:00 GMT"}});
    EXPECT_TRUE(add_validators(request, entry));
    EXPECT_EQ(request.headers().value("if-none-match"), "W/\"a\"");
    EXPECT_EQ(request.headers().value("if-modified-since"), "Sun, 22 Nov 2026 10:00:00 GMT");
    auto plain = get();
    EXPECT_FALSE(add_validators(plain, cc("max-age=1")));
    EXPECT_TRUE(plain.headers().empty());
}

TEST(Revalidation, a_304_with_another_etag_speaks_of_something_else) {
    const auto entry = stored({{"etag", "W/\"a\""}});
    EXPECT_TRUE(confirms(Response(304), entry));
    EXPECT_TRUE(confirms(Response(304, {}, {{"etag", "\"a\""}}), entry));
    EXPECT_FALSE(confirms(Response(304, {}, {{"etag", "\"b\""}}), entry));
}

TEST(Revalidation, a_304_updates_fields_but_not_those_of_the_bytes) {
    const auto entry = stored({{"etag", "W/\"a\""},
                               {"content-length", "4"},
                               {"content-type", "text/plain"},
                               {"age", "50"},
                               {"x-old", "1"},
                               {"x-both", "1"},
                               {"cache-control", "max-age=10"}});
    const Response update(304, {},
                          {{"etag", "\"a\""},
                           {"content-length", "0"},
                           {"content-type", "text/html"},
                           {"content-encoding", "gzip"},
                           {"content-foo", "new"},
                           {"set-cookie", "a=b"},
                           {"x-both", "2"},
                           {"x-both", "3"},
                           {"cache-control", "max-age=20"}});
    const auto now = merged(entry, get(), update, t0 + 60s, t0 + 61s);
    EXPECT_EQ(now.headers.value("etag"), "W/\"a\"");
    EXPECT_EQ(now.headers.value("content-length"), "4");
    EXPECT_EQ(now.headers.value("content-type"), "text/plain");
    EXPECT_FALSE(now.headers.contains("content-encoding"));
    EXPECT_FALSE(now.headers.contains("set-cookie"));
    EXPECT_EQ(now.headers.value("content-foo"), "new");
    EXPECT_EQ(now.headers.value("x-old"), "1");
    EXPECT_EQ(now.headers.get_all("x-both").size(), 2U);
    EXPECT_EQ(now.body, entry.body);
    EXPECT_EQ(now.freshness.lifetime, 20s);
    EXPECT_EQ(current_age(now, t0 + 61s), 1s);  // the age of old does not count any more
}

TEST(Head, tells_whether_the_stored_answer_still_holds) {
    const auto entry = stored({{"etag", "\"a\""}, {"content-length", "4"}});
    const auto head = [](int status, Headers headers) {
        return Response(status, {}, std::move(headers));
    };
    EXPECT_EQ(compare_head(head(200, {{"etag", "\"a\""}}), entry), HeadVerdict::same);
    EXPECT_EQ(compare_head(head(200, {{"etag", "\"b\""}}), entry), HeadVerdict::changed);
    EXPECT_EQ(compare_head(head(200, {{"etag", "\"a\""}, {"content-length", "5"}}), entry),
              HeadVerdict::changed);
    EXPECT_EQ(compare_head(head(200, {}), entry), HeadVerdict::says_nothing);
    EXPECT_EQ(compare_head(head(410, {{"etag", "\"b\""}}), entry), HeadVerdict::says_nothing);
}

TEST(Answer, has_the_present_age_and_shares_the_body) {
    auto entry = cc("max-age=10", {{"age", "3"}});
    entry.body = std::make_shared<const std::string>("bytes");
    const auto response = to_response(entry, t0 + 5500ms);
    EXPECT_EQ(response.headers().value("age"), "8");
    EXPECT_EQ(&response.body(), entry.body.get());
    EXPECT_EQ(to_response(entry, t0, false).body(), "");
}

TEST(Invalidation, follows_what_may_have_changed_something) {
    const auto url = *http::Url::parse("http://api.test/things");
    const auto texts = [&](const Request& request, http::Effect effect, Result<Response> result) {
        std::vector<std::string> all;
        for (const auto& one : invalidated_by(request, effect, result)) {
            all.push_back(one.to_string());
        }
        return all;
    };
    using Strings = std::vector<std::string>;
    const auto write = http::Effect::write;
    const Request post = Request::post(url, "{}");
    EXPECT_EQ(texts(post, write, Response(200)), Strings{"http://api.test/things"});
    EXPECT_EQ(texts(Request("M-SEARCH", url), write, Response(302)),
              Strings{"http://api.test/things"});
    EXPECT_EQ(texts(post, write, Response(500)), Strings{});
    EXPECT_EQ(texts(post, http::Effect::read, Response(200)), Strings{});
    EXPECT_EQ(texts(get(), write, Response(200)), Strings{});
    EXPECT_EQ(texts(post, write,
                    Response(201, {}, {{"location", "/things/1"}, {"content-location", "2"}})),
              (Strings{"http://api.test/things", "http://api.test/things/1", "http://api.test/2"}));
    EXPECT_EQ(texts(post, write, Response(201, {}, {{"location", "http://evil.test/x"}})),
              Strings{"http://api.test/things"});
    const auto error = [](Outcome outcome) {
        return Result<Response>(fail(Error(ErrorKind::timeout, "").with_outcome(outcome)));
    };
    EXPECT_EQ(texts(post, write, error(Outcome::unknown)).size(), 1U);
    EXPECT_EQ(texts(post, write, error(Outcome::not_sent)).size(), 0U);
}

TEST(RuleOptions, are_checked) {
    EXPECT_TRUE(RuleOptions{}.validate());
    EXPECT_FALSE(RuleOptions{.heuristic_fraction = 1.1}.validate());
    EXPECT_FALSE(RuleOptions{.heuristic_max = -1s}.validate());
}

}  // namespace
}  // namespace apilab::cache
