#include "apilab/sandbox/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr SteadyTime start{1h};

http::Request request(std::string_view target, std::string method = "GET", std::string body = "") {
    http::Request made(std::move(method), *http::Url::parse("http://h" + std::string(target)));
    made.body(std::move(body));
    return made;
}

Exchange describe(const http::Request& made, Journal& journal) {
    return describe_request(made, made.url().path(), {}, start, journal);
}

TEST(Journal, keeps_the_newest_rows_and_counts_those_that_went) {
    Journal journal({.rows_max = 3});
    journal.start(start, SystemTime());
    for (int i = 0; i < 5; ++i) {
        journal.add({});
    }
    EXPECT_EQ(journal.rows().size(), 3U);
    EXPECT_EQ(journal.rows().front().seq, 3U);
    EXPECT_EQ(journal.dropped(), 2U);
    EXPECT_EQ(journal.find(2), nullptr);
    EXPECT_EQ(journal.find(6), nullptr);
    ASSERT_NE(journal.find(4), nullptr);
    EXPECT_EQ(journal.find(4)->seq, 4U);
}

TEST(Journal, is_bounded_in_bytes_too) {
    Journal journal({.rows_max = 1000, .bytes_max = 20'000});
    for (int i = 0; i < 100; ++i) {
        journal.add({.path = std::string(1000, 'x')});
    }
    EXPECT_LT(journal.rows().size(), 20U);
    EXPECT_GT(journal.rows().size(), 5U);
    EXPECT_EQ(journal.rows().size() + journal.dropped(), 100U);
}

TEST(Journal, headers_that_nobody_shares_count_as_well) {
    Journal journal({.rows_max = 1000, .bytes_max = 100'000});
    for (int i = 0; i < 500; ++i) {
        auto made = request("/");
        made.header("x-trace", std::string(400, 'v') + std::to_string(i));
        journal.add(describe(made, journal));
    }
    EXPECT_LT(journal.rows().size(), 150U);
    EXPECT_GT(journal.rows().size(), 40U);
}

TEST(Journal, an_end_is_written_once_and_only_to_its_row) {
    Journal journal;
    const auto seq = journal.add({});
    journal.finish(seq, {.bytes_sent = 10, .finished = start + 1s, .peer_closed = true});
    journal.finish(seq, {.bytes_sent = 99, .finished = start + 2s});
    journal.finish(seq + 1, {.bytes_sent = 99, .finished = start + 2s});
    EXPECT_EQ(journal.rows()[0].finished, start + 1s);
    EXPECT_EQ(journal.rows()[0].bytes_out, 10U);
    EXPECT_TRUE(journal.rows()[0].peer_closed);
}

TEST(Journal, an_end_that_comes_after_a_new_start_touches_nothing) {
    Journal journal;
    const auto seq = journal.add({});
    journal.start(start, SystemTime());
    journal.add({});
    journal.finish(seq, {.finished = start + 1s});
    EXPECT_FALSE(journal.rows()[0].finished);
}

TEST(Journal, keeps_no_secret) {
    Journal journal;
    auto made = request("/items?q=1&access_token=s3cret&client_secret=hush");
    made.header("Authorization", "Bearer s3cret").header("Cookie", "sid=s3cret");
    made.header("X-Api-Key", "s3cret").header("user-agent", "t/1");
    const auto row = describe(made, journal);
    EXPECT_THAT(row.query, Not(HasSubstr("s3cret")));
    EXPECT_THAT(row.query, Not(HasSubstr("hush")));
    EXPECT_THAT(row.query, HasSubstr("q=1"));
    for (const auto& [name, value] : *row.headers) {
        EXPECT_THAT(value, Not(HasSubstr("s3cret"))) << name;
    }
    EXPECT_THAT(row.headers->value("authorization"), HasSubstr("Bearer fp:"));
    EXPECT_EQ(row.headers->value("user-agent"), "t/1");
}

TEST(Journal, one_credential_has_one_fingerprint) {
    Journal journal;
    const auto print = [&](const std::string& token) {
        auto made = request("/");
        made.header("authorization", "Bearer " + token);
        return std::string(describe(made, journal).headers->value("authorization"));
    };
    EXPECT_EQ(print("a"), print("a"));
    EXPECT_NE(print("a"), print("b"));
}

TEST(Journal, identity_is_the_same_for_the_same_meaning_only) {
    Journal journal;
    const auto identity = [&](const http::Request& made) {
        return describe(made, journal).identity;
    };
    const auto base = identity(request("/a?x=1&y=2"));
    EXPECT_EQ(identity(request("/a?y=2&x=1")), base);
    EXPECT_EQ(identity(request("/a?x=%31&y=2")), base);
    EXPECT_NE(identity(request("/a?x=1&y=3")), base);
    EXPECT_NE(identity(request("/b?x=1&y=2")), base);
    EXPECT_NE(identity(request("/a?x=1&y=2", "POST")), base);
    EXPECT_NE(identity(request("/a?x=1&y=2", "GET", "b")), base);
}

TEST(Journal, equal_headers_share_their_memory) {
    Journal journal;
    auto made = request("/");
    made.header("user-agent", "t/1");
    const auto one = describe(made, journal).headers;
    made.header("idempotency-key", "k1");
    EXPECT_EQ(describe(made, journal).headers, one) << "the key has a field of its own";
    made.header("user-agent", "t/2");
    EXPECT_NE(describe(made, journal).headers, one);
}

TEST(Journal, long_values_are_cut) {
    Journal journal;
    auto made = request("/" + std::string(5000, 'p'));
    made.header("x-long", std::string(5000, 'v'));
    const auto row = describe(made, journal);
    EXPECT_LT(row.path.size(), 2100U);
    EXPECT_LT(row.headers->value("x-long").size(), 600U);
}

TEST(Exchange, an_announced_wait_begins_when_the_answer_is_out) {
    Exchange row;
    EXPECT_FALSE(row.not_before());
    row.announced = 2s;
    EXPECT_FALSE(row.not_before()) << "not sent yet";
    row.finished = start;
    EXPECT_EQ(row.not_before(), start + 2s);
    row.announced_until = start + 5s;
    EXPECT_EQ(row.not_before(), start + 5s);
}

}  // namespace
}  // namespace apilab::sandbox
