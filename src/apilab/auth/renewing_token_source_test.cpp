#include "apilab/auth/renewing_token_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "apilab/auth/memory_token_store.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/auth/refresh_token_grant.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A token endpoint that rotates, and needs 100 ms: the refresh token r<n> gives a<n+1> and r<n+1>,
// once.
class Rotating final : public runtime::Service {
public:
    explicit Rotating(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        used.emplace_back(request.body().substr(request.body().rfind('=') + 1));
        effects.push_back(context.operation.effect);
        if (auto slept = co_await scheduler_.sleep_for(100ms); !slept) {
            co_return fail(std::move(slept).error());
        }
        Result<http::Response> forced = http::Response(0);
        if (!answers.empty()) {
            forced = std::move(answers.front());
            answers.pop_front();
        }
        const bool happened = !forced && forced.error().outcome() == Outcome::unknown;
        if (!happened && (!forced || forced->status() != 0)) {
            co_return forced;
        }
        if (used.back() != "r" + std::to_string(given)) {
            co_return http::Response::json(400, R"({"error":"invalid_grant"})");
        }
        if (happened) {  // and nobody hears of it
            given += graceful ? 0 : 1;
            co_return forced;
        }
        ++given;
        co_return http::Response::json(200, R"({"access_token":"a)" + std::to_string(given) +
                                                R"(","refresh_token":"r)" + std::to_string(given) +
                                                R"(","token_type":"bearer","expires_in":300})");
    }

    void lose_next() {
        answers.emplace_back(
            fail(Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown)));
    }

    int given = 0;
    // A refresh token whose answer was lost still works.
    bool graceful = false;
    std::deque<Result<http::Response>> answers;
    std::vector<std::string> used;
    std::vector<std::optional<http::Effect>> effects;

private:
    runtime::Scheduler& scheduler_;
};

class Renewing : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    Rotating server{scheduler};
    SeededRng rng{1};
    MemoryTokenStore store;
    OAuth2Options options{.token_url = *http::Url::parse("http://id.test/token"),
                          .client_id = "c",
                          .client_secret = Secret("s"),
                          .refresh_token = Secret("r0"),
                          .renewal = {.life = {.jitter = 0}}};
    std::vector<std::string> results;

    std::unique_ptr<OAuth2TokenSource> source(TokenStore* shared = nullptr) {
        options.renewal.store = shared;
        return std::make_unique<OAuth2TokenSource>(scheduler, server, rng, options);
    }
    std::string token(TokenSource& from) {
        const auto token = runtime::run(scheduler, from.token());
        return token ? std::string(token->reveal()) : token.error().to_string();
    }
    std::string replace(TokenSource& from, const std::string& refused) {
        const auto token = runtime::run(scheduler, from.replace(Secret(refused)));
        return token ? std::string(token->reveal()) : token.error().to_string();
    }
    void settle(RenewingTokenSource& of) { runtime::run(scheduler, of.close()); }

    static Task<void> ask(Renewing* self, TokenSource* from) {
        const auto token = co_await from->token();
        self->results.push_back(token ? std::string(token->reveal()) : token.error().to_string());
    }
    static Task<void> come_back(Renewing* self, TokenSource* from, std::string refused) {
        const auto token = co_await from->replace(Secret(refused));
        self->results.push_back(token ? std::string(token->reveal()) : token.error().to_string());
    }
    template <class Start>
    static Task<void> crowd(Renewing* self, int count, Start start) {
        runtime::TaskGroup group(self->scheduler);
        for (int i = 0; i < count; ++i) {
            group.spawn(start(i));
        }
        co_await group.join();
    }
};

TEST_F(Renewing, fifty_callers_at_its_end_are_one_renewal_and_nobody_fails) {
    const auto tokens = source();
    EXPECT_EQ(token(*tokens), "a1");
    scheduler.advance(300s);
    runtime::run(scheduler, crowd(this, 50, [&](int) { return ask(this, tokens.get()); }));
    EXPECT_EQ(results, std::vector<std::string>(50, "a2"));
    EXPECT_THAT(server.used, ElementsAre("r0", "r1"));
}

TEST_F(Renewing, shortly_before_its_end_one_renews_and_all_go_on_with_the_old_token) {
    const auto tokens = source();
    EXPECT_EQ(token(*tokens), "a1");
    scheduler.advance(270s);
    const auto before = scheduler.now();
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(token(*tokens), "a1");
    }
    EXPECT_EQ(scheduler.now(), before) << "nobody waited";
    EXPECT_TRUE(tokens->status().renewing);
    settle(*tokens);
    EXPECT_EQ(token(*tokens), "a2");
    EXPECT_THAT(server.used, ElementsAre("r0", "r1"));
}

TEST_F(Renewing, a_good_token_is_ready_without_a_coroutine) {
    const auto tokens = source();
    EXPECT_EQ(tokens->ready(), nullptr);
    EXPECT_EQ(token(*tokens), "a1");
    ASSERT_NE(tokens->ready(), nullptr);
    EXPECT_EQ(tokens->ready()->reveal(), "a1");
    scheduler.advance(270s);
    EXPECT_EQ(tokens->ready(), nullptr) << "somebody has to begin the renewal";
    EXPECT_EQ(token(*tokens), "a1");
    EXPECT_NE(tokens->ready(), nullptr) << "it is under way";
    settle(*tokens);
}

TEST_F(Renewing, a_token_that_still_serves_is_used_where_its_renewal_fails) {
    const auto tokens = source();
    EXPECT_EQ(token(*tokens), "a1");
    for (int i = 0; i < 3; ++i) {
        server.answers.emplace_back(http::Response(503));
    }
    scheduler.advance(270s);
    EXPECT_EQ(token(*tokens), "a1");
    settle(*tokens);
    EXPECT_EQ(token(*tokens), "a1") << "and within the pause nobody asks";
    EXPECT_EQ(server.used.size(), 2U);
    scheduler.advance(28s);
    EXPECT_EQ(token(*tokens), "a1") << "its last seconds: it was waited for, in vain";
    EXPECT_EQ(server.used.size(), 3U);
    scheduler.advance(2s);
    EXPECT_THAT(token(*tokens), HasSubstr("503"));
    scheduler.advance(1s);
    EXPECT_EQ(token(*tokens), "a2");
}

TEST_F(Renewing, invalid_grant_ends_it_once_the_token_is_over) {
    const auto tokens = source();
    EXPECT_EQ(token(*tokens), "a1");
    scheduler.advance(270s);
    server.given = 9;  // somebody else has used the refresh token
    EXPECT_EQ(token(*tokens), "a1");
    settle(*tokens);
    EXPECT_EQ(tokens->status().state, CredentialState::needs_consent);
    EXPECT_EQ(token(*tokens), "a1");
    scheduler.advance(30s);
    for (int i = 0; i < 10; ++i) {
        EXPECT_THAT(token(*tokens), HasSubstr("invalid_grant"));
        scheduler.advance(1h);
    }
    EXPECT_EQ(server.used.size(), 2U) << "silence";
}

TEST_F(Renewing, a_lost_reply_is_asked_for_once_more_and_a_server_with_grace_gives_it) {
    server.graceful = true;
    server.lose_next();
    const auto tokens = source();
    EXPECT_EQ(token(*tokens), "a1");
    EXPECT_THAT(server.used, ElementsAre("r0", "r0"));
    EXPECT_EQ(server.effects.front(), http::Effect::write) << "the service below repeats nothing";
}

TEST_F(Renewing, a_lost_reply_that_the_server_does_not_forgive_ends_in_one_consent) {
    server.lose_next();
    const auto tokens = source();
    const auto said = runtime::run(scheduler, tokens->token());
    EXPECT_EQ(said.error().provider_code(), "invalid_grant");
    EXPECT_EQ(said.error().first_cause(), "reset");
    EXPECT_EQ(tokens->status().state, CredentialState::needs_consent);
    scheduler.advance(1h);
    EXPECT_THAT(token(*tokens), HasSubstr("invalid_grant"));
    EXPECT_THAT(server.used, ElementsAre("r0", "r0"));
}

TEST_F(Renewing, two_lost_replies_leave_it_for_later) {
    server.graceful = true;
    server.lose_next();
    server.lose_next();
    const auto tokens = source();
    EXPECT_THAT(token(*tokens), HasSubstr("reset"));
    EXPECT_EQ(server.used.size(), 2U);
    scheduler.advance(1s);
    EXPECT_EQ(token(*tokens), "a1");
}

TEST_F(Renewing, what_is_not_spent_may_be_repeated_below) {
    options.rotates = false;
    server.lose_next();
    const auto tokens = source();
    EXPECT_THAT(token(*tokens), HasSubstr("reset")) << "that is the service's business";
    EXPECT_EQ(server.effects.front(), http::Effect::idempotent);
    EXPECT_EQ(server.used.size(), 1U);
}

TEST_F(Renewing, many_who_saw_one_token_refused_cost_one_renewal) {
    const auto tokens = source();
    EXPECT_EQ(token(*tokens), "a1");
    scheduler.advance(100s);
    runtime::run(scheduler,
                 crowd(this, 50, [&](int) { return come_back(this, tokens.get(), "a1"); }));
    EXPECT_EQ(results, std::vector<std::string>(50, "a2"));
    EXPECT_EQ(replace(*tokens, "a1"), "a2") << "one who comes late";
    EXPECT_EQ(server.used.size(), 2U);
}

TEST_F(Renewing, a_storm_of_401s_is_not_answered_with_a_storm_of_renewals) {
    const auto tokens = source();
    std::string now = token(*tokens);
    int refused = 0;
    for (int second = 0; second < 600; ++second) {  // a server that says 401 to everything
        if (const auto next = runtime::run(scheduler, tokens->token())) {
            ++refused;
            now = replace(*tokens, std::string(next->reveal()));
        }
        scheduler.advance(1s);
    }
    EXPECT_THAT(now, HasSubstr("in a row were refused"));
    EXPECT_LE(server.used.size(), 7U) << "at 0, 0, 30, 90, 210, 450 s";
    EXPECT_LE(refused, 7);
    const auto error = runtime::run(scheduler, tokens->token()).error();
    EXPECT_EQ(error.status(), 401);
    EXPECT_GT(error.retry_after(), 0s);
}

TEST_F(Renewing, with_a_store_two_processes_share_one_renewal) {
    const auto one = source(&store);
    const auto other = source(&store);
    EXPECT_EQ(token(*one), "a1");
    EXPECT_EQ(token(*other), "a1");
    scheduler.advance(300s);
    runtime::run(scheduler, crowd(this, 20, [&](int i) {
                     return ask(this, i % 2 == 0 ? one.get() : other.get());
                 }));
    EXPECT_EQ(results, std::vector<std::string>(20, "a2"));
    EXPECT_THAT(server.used, ElementsAre("r0", "r1"));
    EXPECT_EQ(replace(*other, "a2"), "a3");
    EXPECT_EQ(replace(*one, "a2"), "a3") << "from the store";
    EXPECT_EQ(server.used.size(), 3U);
}

TEST_F(Renewing, a_restart_finds_its_token_and_the_newest_refresh_token) {
    EXPECT_EQ(token(*source(&store)), "a1");
    scheduler.advance(200s);
    EXPECT_EQ(token(*source(&store)), "a1");
    scheduler.advance(100s);
    EXPECT_EQ(token(*source(&store)), "a2");
    EXPECT_THAT(server.used, ElementsAre("r0", "r1"));
}

TEST_F(Renewing, an_entry_from_the_future_has_no_known_age_and_is_renewed) {
    EXPECT_EQ(token(*source(&store)), "a1");
    auto entry = **store.load("default");
    entry.obtained = scheduler.system_now() + 1h;  // the clock was set back since
    ++entry.generation;
    ASSERT_TRUE(store.save("default", entry));
    EXPECT_EQ(token(*source(&store)), "a2");
    EXPECT_THAT(server.used, ElementsAre("r0", "r1"));
}

TEST_F(Renewing, what_one_process_is_refused_for_good_no_other_asks_for) {
    server.given = 9;
    EXPECT_THAT(token(*source(&store)), HasSubstr("invalid_grant"));
    const auto other = source(&store);
    EXPECT_THAT(token(*other), HasSubstr("invalid_grant"));
    EXPECT_EQ(other->status().state, CredentialState::needs_consent);
    EXPECT_EQ(server.used.size(), 1U);

    options.refresh_token = Secret("r9");  // the user consented again
    EXPECT_EQ(token(*source(&store)), "a10");
    EXPECT_EQ(token(*source(&store)), "a10");
    EXPECT_EQ(server.used.size(), 2U);
}

TEST_F(Renewing, a_new_login_revives_a_process_that_was_told_to_stop) {
    const auto grant = std::make_shared<RefreshTokenGrant>(
        RefreshTokenOptions{.endpoint = {.url = options.token_url, .client = {.client_id = "c"}}});
    ASSERT_TRUE(store.save("default", {.tokens = {.refresh_token = Secret("r0")},
                                       .obtained = scheduler.system_now(),
                                       .generation = 1}));
    RenewingTokenSource tokens(scheduler, server, rng, grant, {}, {.store = &store});
    server.given = 5;
    EXPECT_THAT(token(tokens), HasSubstr("invalid_grant"));
    scheduler.advance(1h);
    EXPECT_THAT(token(tokens), HasSubstr("invalid_grant"));
    auto entry = **store.load("default");
    EXPECT_EQ(entry.refusal, "invalid_grant");
    entry = {
        .tokens = {.access_token = Secret("a5"), .refresh_token = Secret("r5"), .lifetime = 300s},
        .obtained = scheduler.system_now(),
        .generation = entry.generation + 1};
    ASSERT_TRUE(store.save("default", entry));
    EXPECT_THAT(token(tokens), HasSubstr("invalid_grant")) << "it looked a moment ago";
    scheduler.advance(30s);
    EXPECT_EQ(token(tokens), "a5");
    EXPECT_EQ(tokens.status().state, CredentialState::good);
    scheduler.advance(300s);
    EXPECT_EQ(token(tokens), "a6");
    EXPECT_THAT(server.used, ElementsAre("r0", "r5"));
}

TEST_F(Renewing, who_has_an_older_consent_does_not_write_over_the_newer_one) {
    const auto stale = source(&store);
    server.given = 9;
    options.refresh_token = Secret("r9");
    EXPECT_EQ(token(*source(&store)), "a10");
    EXPECT_THAT(token(*stale), HasSubstr("invalid_grant"));
    EXPECT_EQ(token(*source(&store)), "a10");
}

// A disk that is full from time to time.
class Full final : public TokenStore {
public:
    Result<std::optional<StoredTokens>> load(std::string_view name) override {
        return inner.load(name);
    }
    Result<void> save(std::string_view name, const StoredTokens& tokens) override {
        return full ? Result<void>(fail(ErrorKind::io, "disk full")) : inner.save(name, tokens);
    }
    Result<void> erase(std::string_view name) override { return inner.erase(name); }
    Result<std::vector<std::string>> names() override { return inner.names(); }
    Result<std::unique_ptr<Lock>> try_lock(std::string_view name) override {
        return inner.try_lock(name);
    }
    MemoryTokenStore inner;
    bool full = true;
};

TEST_F(Renewing, a_new_pair_is_not_used_before_it_is_stored_and_not_asked_for_twice) {
    Full disk;
    const auto tokens = source(&disk);
    EXPECT_THAT(token(*tokens), HasSubstr("storing a new token: disk full"));
    EXPECT_EQ(tokens->ready(), nullptr);
    scheduler.advance(1s);
    EXPECT_THAT(token(*tokens), HasSubstr("disk full"));
    disk.full = false;
    scheduler.advance(1s);
    EXPECT_EQ(token(*tokens), "a1");
    EXPECT_EQ((*disk.load("default"))->tokens.refresh_token, Secret("r1"));
    EXPECT_THAT(server.used, ElementsAre("r0"));
}

TEST_F(Renewing, garbage_from_the_server_is_named_and_writes_over_nothing) {
    const auto tokens = source(&store);
    EXPECT_EQ(token(*tokens), "a1");
    const std::vector<std::pair<std::string, std::string>> all{
        {"<html>come back later</html>", "/access_token"},
        {"", "/access_token"},
        {R"({"error":"bad_verification_code"})", "bad_verification_code"},
        {R"({"access_token":["x"]})", "/access_token"},
        {R"({"access_token":""})", "/access_token"},
        {R"({"access_token":"x","token_type":"mac"})", "/token_type"},
        {"[" + std::string(2000, '['), "/access_token"}};
    scheduler.advance(300s);
    for (const auto& [body, said] : all) {
        server.answers.emplace_back(http::Response(200, body));
        const auto error = runtime::run(scheduler, tokens->token()).error();
        EXPECT_TRUE(error.detail() == said || error.provider_code() == said) << body;
        const auto kept = **store.load("default");
        EXPECT_EQ(kept.generation, 1U) << body;
        EXPECT_EQ(kept.tokens.refresh_token, Secret("r1")) << body;
        scheduler.advance(1s);
    }
    EXPECT_EQ(token(*tokens), "a2") << "and none of it was the end";
}

TEST_F(Renewing, whatever_lifetime_is_named_is_lived_with) {
    for (const auto* lifetime : {"\"300\"", "-5", "99999999999999999999", "0", "null", "1e400"}) {
        Rotating other(scheduler);
        other.answers.emplace_back(http::Response::json(
            200, std::string(R"({"access_token":"x","expires_in":)") + lifetime + "}"));
        OAuth2TokenSource tokens(scheduler, other, rng, options);
        const auto got = runtime::run(scheduler, tokens.token());
        // What is no JSON number is no JSON: then the answer is named as garbage.
        EXPECT_TRUE(got ? got->reveal() == "x" : got.error().kind() == ErrorKind::decode)
            << lifetime;
        settle(tokens);
    }
}

TEST_F(Renewing, another_process_that_never_ends_its_renewal_is_not_waited_for_for_ever) {
    const auto tokens = source(&store);
    auto held = store.try_lock("default");
    EXPECT_THAT(token(*tokens), HasSubstr("another process is renewing this token"));
    EXPECT_EQ(server.used.size(), 0U);
    held->reset();
    scheduler.advance(1s);
    EXPECT_EQ(token(*tokens), "a1");
}

TEST_F(Renewing, an_entry_that_cannot_be_read_is_said_and_stays) {
    Full disk;
    disk.full = false;
    options.renewal.name = "../else";
    const auto tokens = source(&disk);
    EXPECT_THAT(token(*tokens), HasSubstr("a credential's name has"));
    EXPECT_EQ(server.used.size(), 0U);
}

TEST_F(Renewing, a_status_tells_all_but_the_token) {
    const auto tokens = source(&store);
    EXPECT_EQ(to_string(tokens->status().state), "none");
    EXPECT_EQ(token(*tokens), "a1");
    const auto status = tokens->status();
    EXPECT_EQ(to_string(status.state), "good");
    EXPECT_EQ(status.fingerprint, Secret("a1").fingerprint());
    EXPECT_EQ(status.left, 300s - 100ms);
    EXPECT_EQ(status.generation, 1U);
    EXPECT_FALSE(status.renewing);
}

TEST_F(Renewing, half_an_hour_at_a_call_a_second_sees_no_401_and_six_renewals) {
    const auto tokens = source();
    int used_after_its_end = 0;
    std::string last;
    SteadyTime came;
    for (int second = 0; second < 1800; ++second) {
        const auto now = token(*tokens);
        if (now != last) {
            came = scheduler.now() - 100ms;
            last = now;
        }
        used_after_its_end += scheduler.now() >= came + 301s ? 1 : 0;
        scheduler.advance(1s);
    }
    settle(*tokens);
    EXPECT_EQ(used_after_its_end, 0);
    EXPECT_EQ(server.used.size(), 7U);
}

TEST(RenewalOptions, an_option_out_of_range_is_named) {
    EXPECT_TRUE(RenewalOptions().validate());
    EXPECT_EQ(RenewalOptions{.deadline = 0s}.validate().error().detail(), "deadline");
    EXPECT_EQ(RenewalOptions{.name = "a/b"}.validate().error().detail(), "name");
    EXPECT_EQ(RenewalOptions{.life = {.jitter = 2}}.validate().error().detail(), "jitter");
}

}  // namespace
}  // namespace apilab::auth
