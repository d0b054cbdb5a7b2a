#include "apilab/sandbox/oauth/token_store.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox::oauth {
namespace {

using namespace std::chrono_literals;

const Grant mara{.client = "cid", .subject = "mara", .scope = "openid"};

class Tokens : public ::testing::Test {
protected:
    TokenStore store{{.seed = 3, .lifetime = 60s}};
    SteadyTime now{1h};

    Refreshed refresh(const std::string& token, RefreshRules rules = {}) {
        return store.refresh(token, "cid", rules, now);
    }
    TokenState state(const std::string& access) { return store.access(access, now).state; }
};

TEST_F(Tokens, an_access_token_lives_exactly_as_long_as_was_said) {
    const auto issued = store.issue(mara, false, now);
    EXPECT_TRUE(issued.refresh_token.empty());
    EXPECT_EQ(store.access(issued.access_token, now + 60s - 1ns).state, TokenState::live);
    EXPECT_EQ(store.access(issued.access_token, now + 60s).state, TokenState::expired);
    EXPECT_EQ(state("nonsense"), TokenState::unknown);
    EXPECT_EQ(store.access(issued.access_token, now).grant.subject, "mara");
}

TEST_F(Tokens, the_same_seed_gives_the_same_values_and_another_seed_others) {
    TokenStore same({.seed = 3});
    TokenStore other({.seed = 4});
    const auto value = store.issue(mara, true, now);
    EXPECT_EQ(same.issue(mara, true, now).refresh_token, value.refresh_token);
    EXPECT_NE(other.issue(mara, true, now).access_token, value.access_token);
    EXPECT_NE(store.issue(mara, true, now).access_token, value.access_token);
}

TEST_F(Tokens, with_rotation_a_refresh_token_is_good_for_one_exchange) {
    const auto first = store.issue(mara, true, now);
    const auto second = refresh(first.refresh_token);
    ASSERT_TRUE(second.issued);
    EXPECT_EQ(second.family, first.family);
    EXPECT_NE(second.issued->refresh_token, first.refresh_token);
    const auto again = refresh(first.refresh_token);
    EXPECT_FALSE(again.issued);
    EXPECT_EQ(again.replay_of, second.issued->number);
    EXPECT_TRUE(refresh(second.issued->refresh_token).issued) << "the family lives on";
}

TEST_F(Tokens, a_replay_may_end_the_whole_family) {
    const auto first = store.issue(mara, true, now);
    const auto stranger = store.issue(mara, true, now);
    const auto second = refresh(first.refresh_token);
    EXPECT_FALSE(refresh(first.refresh_token, {.revoke_family = true}).issued);
    EXPECT_EQ(state(second.issued->access_token), TokenState::revoked);
    EXPECT_FALSE(refresh(second.issued->refresh_token).issued);
    EXPECT_EQ(state(stranger.access_token), TokenState::live);
    EXPECT_TRUE(refresh(stranger.refresh_token).issued);
}

TEST_F(Tokens, without_rotation_the_refresh_token_stays) {
    store.add_consent("rt", mara);
    for (int i = 0; i < 3; ++i) {
        const auto again = refresh("rt", {.rotate = false});
        ASSERT_TRUE(again.issued);
        EXPECT_TRUE(again.issued->refresh_token.empty());
    }
}

TEST_F(Tokens, nobody_refreshes_what_is_withdrawn_unknown_or_of_another) {
    store.add_consent("gone", mara, true);
    store.add_consent("theirs", {.client = "other"});
    EXPECT_FALSE(refresh("gone").issued);
    EXPECT_NE(refresh("gone").family, 0U);
    EXPECT_FALSE(refresh("theirs").issued);
    EXPECT_FALSE(refresh("unknown").issued);
}

TEST_F(Tokens, revoking_an_access_token_ends_it_alone_and_a_refresh_token_all) {
    const auto first = store.issue(mara, true, now);
    const auto second = refresh(first.refresh_token);
    EXPECT_TRUE(store.revoke(first.access_token));
    EXPECT_EQ(state(first.access_token), TokenState::revoked);
    EXPECT_EQ(state(second.issued->access_token), TokenState::live);
    EXPECT_TRUE(store.revoke(second.issued->refresh_token));
    EXPECT_EQ(state(second.issued->access_token), TokenState::revoked);
    EXPECT_FALSE(store.revoke("unknown"));
}

TEST_F(Tokens, one_can_be_expired_early_and_a_reset_forgets_all) {
    const auto issued = store.issue(mara, true, now);
    EXPECT_TRUE(store.expire(issued.access_token));
    EXPECT_EQ(state(issued.access_token), TokenState::expired);
    store.reset();
    EXPECT_EQ(state(issued.access_token), TokenState::unknown);
    EXPECT_EQ(store.issue(mara, true, now).access_token, issued.access_token);
}

TEST_F(Tokens, one_is_ended_by_its_value_or_by_its_number) {
    const auto first = store.issue(mara, true, now);
    const auto second = store.issue(mara, true, now);
    EXPECT_TRUE(store.end(first.access_token, "expire"));
    EXPECT_EQ(state(first.access_token), TokenState::expired);
    EXPECT_TRUE(refresh(first.refresh_token).issued) << "only the access token is over";
    EXPECT_TRUE(store.end(std::to_string(second.number), "revoke"));
    EXPECT_EQ(state(second.access_token), TokenState::revoked);
    EXPECT_FALSE(refresh(second.refresh_token).issued) << "its family is over";
    EXPECT_FALSE(store.end("99", "expire"));
    EXPECT_FALSE(store.end("nonsense", "revoke"));
}

}  // namespace
}  // namespace apilab::sandbox::oauth
