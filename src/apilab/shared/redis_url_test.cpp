#include "apilab/shared/redis_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::shared {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedisUrl, has_user_password_place_and_database) {
    const auto url = RedisUrl::parse(Secret("redis://ada:p%40ss@cache.internal:6380/3"));
    ASSERT_TRUE(url) << url.error().to_string();
    EXPECT_EQ(url->user, "ada");
    EXPECT_EQ(url->password.reveal(), "p@ss");
    EXPECT_EQ(url->host, "cache.internal");
    EXPECT_EQ(url->port, 6380);
    EXPECT_EQ(url->database, 3);
    EXPECT_EQ(url->describe(), "redis://cache.internal:6380/3");
}

TEST(RedisUrl, needs_no_more_than_a_host) {
    EXPECT_EQ(RedisUrl::parse(Secret("redis://localhost"))->describe(), "redis://localhost:6379/0");
    EXPECT_EQ(RedisUrl::parse(Secret("redis://[::1]:1234/"))->describe(), "redis://[::1]:1234/0");
    EXPECT_EQ(RedisUrl::parse(Secret("redis://:secret@h"))->password.reveal(), "secret");
    EXPECT_EQ(RedisUrl::parse(Secret("unix:/run/redis.sock"))->describe(), "unix:/run/redis.sock");
}

TEST(RedisUrl, what_is_wrong_is_said_without_the_text) {
    for (const char* text : {"", "redis:", "http://h", "redis://", "redis://h:0", "redis://h:70000",
                             "redis://h:x", "redis://h/x", "redis://h/-1", "redis://hunter2@h",
                             "redis://:%zz@h", "redis://[::1", "rediss://hunter2:x@h", "unix:"}) {
        const auto url = RedisUrl::parse(Secret(text));
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(url.error().detail(), "redis");
        EXPECT_THAT(url.error().to_string(), Not(HasSubstr("hunter2")));
    }
}

}  // namespace
}  // namespace apilab::shared
