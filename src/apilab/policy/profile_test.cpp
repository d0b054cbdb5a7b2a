#include "apilab/policy/profile.hpp"

#include <gtest/gtest.h>

namespace apilab::policy {
namespace {

const SystemTime wall{std::chrono::seconds(1'700'000'000)};

AttemptOutcome answer(int status, const http::Headers& headers, std::string_view body = {}) {
    return {.status = status, .headers = &headers, .body = body, .system_at = wall};
}

TEST(Profile, an_unknown_provider_gets_the_generic_one) {
    EXPECT_EQ(profile_of("nobody").name, "generic");
    EXPECT_EQ(profile_of("").name, "generic");
    EXPECT_EQ(profile_of("github").name, "github");
}

TEST(Profile, a_retry_after_wins_over_the_reset) {
    const http::Headers headers = {
        {"retry-after", "3"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000900"}};
    EXPECT_EQ(announced_wait(profile_of("github"), answer(403, headers)).wait,
              std::chrono::seconds(3));
}

TEST(Profile, an_epoch_reset_is_rounded_up_and_never_negative) {
    const http::Headers soon = {{"x-ratelimit-remaining", "0"},
                                {"x-ratelimit-reset", "1700000009"}};
    EXPECT_EQ(announced_wait(profile_of("github"), answer(429, soon)).wait,
              std::chrono::seconds(10));
    const http::Headers past = {{"x-ratelimit-remaining", "0"},
                                {"x-ratelimit-reset", "1699990000"}};
    EXPECT_EQ(announced_wait(profile_of("github"), answer(429, past)).wait, Duration::zero());
}

TEST(Profile, a_reset_that_is_no_epoch_falls_back_to_the_minute) {
    for (const char* reset : {"", "soon", "-5", "99999999999", "17e8"}) {
        const http::Headers headers = {{"x-ratelimit-remaining", "0"},
                                       {"x-ratelimit-reset", reset}};
        EXPECT_EQ(announced_wait(profile_of("github"), answer(403, headers)).wait,
                  std::chrono::seconds(60))
            << reset;
    }
}

TEST(Profile, a_plain_answer_announces_nothing) {
    const http::Headers headers = {{"x-ratelimit-remaining", "0"},
                                   {"x-ratelimit-reset", "1700000009"}};
    EXPECT_FALSE(announced_wait(profile_of("github"), answer(200, headers)).wait);
    EXPECT_FALSE(is_limited(profile_of("github"), answer(200, headers)));
}

}  // namespace
}  // namespace apilab::policy
