// Tokens in a real Redis: what every token store promises, and what dies with its holder.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/rng.hpp"
#include "apilab/shared/redis_token_store.hpp"
#include "server.hpp"

namespace apilab::redis_test {
namespace {

using namespace std::chrono_literals;
using shared::RedisTokenStore;
using ::testing::ElementsAre;

auth::StoredTokens entry(const std::string& access) {
    return {.tokens = {.access_token = Secret(access),
                       .refresh_token = Secret("r-\"\u00fc\n"),
                       .lifetime = 3600s,
                       .scope = "a b",
                       .id_token = Secret("id")},
            .obtained = SystemTime(1'700'000'000s),
            .generation = 7,
            .seed = "0123abcd",
            .refusal = "invalid_grant"};
}

class RedisTokens : public ::testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::available()) {
            GTEST_SKIP() << "there is no Redis (Debian package redis-tools)";
        }
        server.start();
    }
    [[nodiscard]] std::unique_ptr<RedisTokenStore> open(Duration lock_for = 2min) {
        return std::make_unique<RedisTokenStore>(shared::RedisUrl::parse(server.url()).value(), rng,
                                                 shared::RedisTokenOptions{.lock_for = lock_for});
    }

    RedisServer server;
    SystemRng rng;
};

TEST_F(RedisTokens, are_given_back_as_they_were_saved_also_to_another_replica) {
    const auto one = open();
    const auto other = open();
    EXPECT_EQ(*one->load("gmail"), std::nullopt);
    ASSERT_TRUE(one->save("gmail", entry("a1")));
    const auto loaded = other->load("gmail");
    ASSERT_TRUE(loaded && *loaded);
    const auto& got = **loaded;
    EXPECT_EQ(got.tokens.access_token, Secret("a1"));
    EXPECT_EQ(got.tokens.refresh_token, entry("").tokens.refresh_token);
    EXPECT_EQ(got.tokens.lifetime, entry("").tokens.lifetime);
    EXPECT_EQ(got.obtained, entry("").obtained);
    EXPECT_EQ(got.generation, 7U);
    EXPECT_EQ(got.seed, "0123abcd");
    EXPECT_EQ(got.refusal, "invalid_grant");
}

TEST_F(RedisTokens, are_kept_apart_and_forgotten_when_they_are_erased) {
    const auto store = open();
    ASSERT_TRUE(store->save("b", entry("b1")));
    ASSERT_TRUE(store->save("a", entry("a1")));
    ASSERT_TRUE(store->save("a", entry("a2")));
    EXPECT_THAT(*store->names(), ElementsAre("a", "b"));
    EXPECT_EQ((*store->load("a"))->tokens.access_token, Secret("a2"));
    ASSERT_TRUE(store->erase("a"));
    ASSERT_TRUE(store->erase("a"));
    EXPECT_EQ(*store->load("a"), std::nullopt);
    EXPECT_THAT(*store->names(), ElementsAre("b"));
}

TEST_F(RedisTokens, are_renewed_by_one_replica_at_a_time) {
    const auto one = open();
    const auto other = open();
    auto held = one->try_lock("a");
    ASSERT_TRUE(held && *held);
    EXPECT_EQ(*other->try_lock("a"), nullptr);
    EXPECT_NE(*other->try_lock("b"), nullptr);
    held->reset();
    EXPECT_NE(*other->try_lock("a"), nullptr);
}

TEST_F(RedisTokens, have_a_lock_that_runs_out_and_is_not_ended_by_who_had_it) {
    const auto one = open(1s);
    const auto other = open();
    auto first = one->try_lock("a");
    ASSERT_TRUE(first && *first);
    std::unique_ptr<auth::TokenStore::Lock> second;
    for (int tries = 0; tries < 1'000'000 && second == nullptr; ++tries) {
        second = *other->try_lock("a");
    }
    ASSERT_NE(second, nullptr) << "its holder might have died";
    first->reset();
    EXPECT_EQ(*one->try_lock("a"), nullptr) << "it is somebody else's now";
}

TEST_F(RedisTokens, under_a_name_that_is_none_are_refused) {
    const auto store = open();
    for (const std::string name : {"", ".", "../x", "a/b", "a b", "\u00fc"}) {
        EXPECT_EQ(store->load(name).error().detail(), "name") << name;
        EXPECT_EQ(store->save(name, {}).error().detail(), "name") << name;
        EXPECT_EQ(store->erase(name).error().detail(), "name") << name;
        EXPECT_EQ(store->try_lock(name).error().detail(), "name") << name;
    }
}

TEST_F(RedisTokens, are_an_error_while_redis_is_dead) {
    const auto store = open();
    ASSERT_TRUE(store->save("a", entry("a1")));
    auto held = store->try_lock("a");
    ASSERT_TRUE(held && *held);
    server.kill();
    EXPECT_EQ(store->load("a").error().kind(), ErrorKind::io);
    EXPECT_EQ(store->try_lock("a").error().kind(), ErrorKind::io);
    held->reset();  // it runs out, there
    server.start();
    EXPECT_EQ(*store->load("a"), std::nullopt) << "this one keeps nothing on a disk";
}

}  // namespace
}  // namespace apilab::redis_test
