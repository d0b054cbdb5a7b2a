#include "apilab/base/error.hpp"

#include <gtest/gtest.h>

#include <set>

#include "apilab/base/as_kind.hpp"

namespace apilab {
namespace {

using namespace std::chrono_literals;

TEST(Error, starts_with_nothing_but_its_kind_and_message) {
    const Error error(ErrorKind::io, "cannot open x");
    EXPECT_EQ(error.kind(), ErrorKind::io);
    EXPECT_EQ(error.message(), "cannot open x");
    EXPECT_EQ(error.outcome(), Outcome::not_sent);
    EXPECT_EQ(error.ending(), Ending::none);
    EXPECT_EQ(error.status(), 0);
    EXPECT_EQ(error.attempts(), 0);
    EXPECT_FALSE(error.retry_after().has_value());
    EXPECT_EQ(error.provider_code(), "");
    EXPECT_EQ(error.request_id(), "");
    EXPECT_EQ(error.detail(), "");
    EXPECT_EQ(error.remedy(), "");
    EXPECT_EQ(error.first_cause(), "");
    EXPECT_TRUE(error.context().empty());
    EXPECT_EQ(error.to_string(), "cannot open x");
}

TEST(Error, keeps_everything_it_is_told) {
    const Error error = Error(ErrorKind::status, "HTTP 503")
                            .with_outcome(Outcome::answered)
                            .with_ending(Ending::attempts)
                            .with_status(503)
                            .with_provider_code("overloaded")
                            .with_request_id("req-1")
                            .with_detail("first_byte")
                            .with_remedy("try later")
                            .with_retry_after(3s)
                            .with_attempts(4)
                            .with_first_cause("reset");
    EXPECT_EQ(error.outcome(), Outcome::answered);
    EXPECT_EQ(error.ending(), Ending::attempts);
    EXPECT_EQ(error.status(), 503);
    EXPECT_EQ(error.provider_code(), "overloaded");
    EXPECT_EQ(error.request_id(), "req-1");
    EXPECT_EQ(error.detail(), "first_byte");
    EXPECT_EQ(error.remedy(), "try later");
    EXPECT_EQ(error.retry_after(), 3s);
    EXPECT_EQ(error.attempts(), 4);
    EXPECT_EQ(error.first_cause(), "reset");
}

TEST(Error, of_another_kind_keeps_everything_else) {
    const Error error = Error(ErrorKind::status, "HTTP 403")
                            .with_outcome(Outcome::answered)
                            .with_ending(Ending::attempts)
                            .with_status(403)
                            .with_provider_code("limited")
                            .with_request_id("req-1")
                            .with_detail("first_byte")
                            .with_remedy("wait")
                            .with_retry_after(3s)
                            .with_attempts(4)
                            .with_first_cause("reset")
                            .in("/packages")
                            .in("page 2");
    const Error limit = as_kind(error, ErrorKind::rate_limited);
    EXPECT_EQ(limit.kind(), ErrorKind::rate_limited);
    EXPECT_EQ(limit.to_string(), error.to_string());
    EXPECT_EQ(limit.context(), error.context());
    EXPECT_EQ(limit.outcome(), error.outcome());
    EXPECT_EQ(limit.ending(), error.ending());
    EXPECT_EQ(limit.status(), 403);
    EXPECT_EQ(limit.provider_code(), "limited");
    EXPECT_EQ(limit.request_id(), "req-1");
    EXPECT_EQ(limit.detail(), "first_byte");
    EXPECT_EQ(limit.remedy(), "wait");
    EXPECT_EQ(limit.retry_after(), 3s);
    EXPECT_EQ(limit.attempts(), 4);
    EXPECT_EQ(limit.first_cause(), "reset");
}

TEST(Error, reads_from_the_outermost_context_to_the_cure) {
    const Error error = Error(ErrorKind::decode, "not an object")
                            .with_remedy("expected an object of packages")
                            .in("/packages")
                            .in("reading package-lock.json");
    EXPECT_EQ(error.context().front(), "/packages");
    EXPECT_EQ(
        error.to_string(),
        "reading package-lock.json: /packages: not an object (expected an object of packages)");
}

TEST(Error, says_which_kinds_have_a_chance_when_tried_again) {
    const std::set<ErrorKind> retryable = {
        ErrorKind::resolve,      ErrorKind::connect,      ErrorKind::connection_lost,
        ErrorKind::timeout,      ErrorKind::rate_limited, ErrorKind::protocol,
        ErrorKind::breaker_open, ErrorKind::overloaded,
    };
    for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i) {
        const auto kind = static_cast<ErrorKind>(i);
        EXPECT_EQ(Error(kind, "x").retryable(), retryable.contains(kind)) << to_string(kind);
    }
}

TEST(Error, says_which_statuses_have_a_chance_when_tried_again) {
    const std::set<int> retryable = {408, 425, 429, 500, 502, 503, 504};
    for (int status = 100; status < 600; ++status) {
        const Error error = Error(ErrorKind::status, "x").with_status(status);
        EXPECT_EQ(error.retryable(), retryable.contains(status)) << status;
    }
}

template <class Enum>
std::set<std::string_view> names_up_to(Enum last) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        names.insert(to_string(static_cast<Enum>(i)));
    }
    return names;
}

TEST(Error, every_enumerator_has_a_name_of_its_own) {
    EXPECT_EQ(names_up_to(ErrorKind::internal).size(),
              static_cast<std::size_t>(ErrorKind::internal) + 1);
    EXPECT_EQ(names_up_to(Outcome::answered),
              (std::set<std::string_view>{"not_sent", "unknown", "answered"}));
    EXPECT_EQ(names_up_to(Ending::body_not_replayable).size(),
              static_cast<std::size_t>(Ending::body_not_replayable) + 1);
    EXPECT_EQ(to_string(ErrorKind::connection_lost), "connection_lost");
    EXPECT_EQ(to_string(Ending::non_idempotent), "non_idempotent");
}

}  // namespace
}  // namespace apilab
