#include "apilab/radar/service/google_tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "apilab/auth/memory_token_store.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/provider/gmail.hpp"
#include "apilab/radar/internal/test_gmail.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using ::testing::HasSubstr;

class GoogleTokens : public testing::GmailWorld {
protected:
    Result<std::unique_ptr<auth::RenewingTokenSource>> make(const GmailSink& sink,
                                                            auth::TokenStore* store = nullptr) {
        return google_tokens(scheduler, *weather, rng, sink, base.with("/token"), store);
    }
    // A service account's key file as Google writes it, with the seed world's key.
    GmailSink account(const std::string& email = "apilab@sandbox.iam.gserviceaccount.com") {
        const auto text =
            R"({"type":"service_account","project_id":"demo","private_key_id":"k1","private_key":)" +
            http::json_quote(sandbox::seed::key("google-service-account")) +
            R"(,"client_email":")" + email +
            R"(","token_uri":"https://oauth2.googleapis.com/token"})";
        EXPECT_THAT(write_file_atomically(folder_ / "key.json", text), IsOk());
        return {.from = "Radar <me@apilab.example>",
                .to = {"team@apilab.example"},
                .service_account_file = (folder_ / "key.json").string()};
    }
    Result<provider::gmail::Profile> profile(auth::TokenSource& tokens) {
        auth::BearerAuth user(*weather, tokens, base.origin());
        return run(provider::Gmail({.client = &user, .base = base}).profile());
    }

    TemporaryFolder made_ = TemporaryFolder::make("apilab-key-").value();
    std::filesystem::path folder_ = made_.path();
};

TEST_F(GoogleTokens, of_a_user_s_consent_open_the_mailbox) {
    const auto tokens = make(consent());
    ASSERT_THAT(tokens, IsOk());
    EXPECT_THAT(profile(**tokens), IsOk());
    EXPECT_EQ((*tokens)->status().state, auth::CredentialState::good);
    run((*tokens)->close());
}

TEST_F(GoogleTokens, of_a_service_account_act_for_the_sender) {
    const auto tokens = make(account());
    ASSERT_THAT(tokens, IsOk());
    EXPECT_THAT(profile(**tokens), IsOk());
    // An hour later another assertion is signed, and nobody consents.
    scheduler.advance(1h);
    EXPECT_THAT(profile(**tokens), IsOk());
    EXPECT_EQ(weather->tokens, 2);
    run((*tokens)->close());
}

TEST_F(GoogleTokens, of_an_account_that_google_does_not_know_end_with_its_word) {
    const auto tokens = make(account("nobody@demo.iam.gserviceaccount.com"));
    ASSERT_THAT(tokens, IsOk());
    const auto answer = profile(**tokens);
    ASSERT_THAT(answer, IsError(ErrorKind::auth));
    EXPECT_EQ(answer.error().provider_code(), "invalid_grant");
    EXPECT_EQ((*tokens)->status().state, auth::CredentialState::misconfigured);
    run((*tokens)->close());
}

TEST_F(GoogleTokens, that_die_after_seven_days_need_consent_and_nobody_asks_in_a_loop) {
    const auto tokens = make(consent());
    ASSERT_THAT(tokens, IsOk());
    for (int hour = 0; hour < 24 * 7; ++hour) {
        EXPECT_THAT(profile(**tokens), IsOk());
        scheduler.advance(1h);
    }
    // The consent screen is in testing: Google ends the refresh token, and what came of it.
    ASSERT_TRUE(google->end_token("seed-refresh-token", "revoke"));
    const int asked = weather->tokens;
    for (int minute = 0; minute < 3 * 24 * 60; ++minute) {
        const auto answer = profile(**tokens);
        ASSERT_THAT(answer, IsError(ErrorKind::auth));
        EXPECT_EQ(answer.error().provider_code(), "invalid_grant");
        EXPECT_THAT(answer.error().remedy(), HasSubstr("consent"));
        scheduler.advance(1min);
    }
    EXPECT_EQ((*tokens)->status().state, auth::CredentialState::needs_consent);
    EXPECT_LE(weather->tokens - asked, 1) << "in three days";
    run((*tokens)->close());
}

TEST_F(GoogleTokens, that_are_dead_stay_so_over_a_restart_until_somebody_consents_again) {
    auth::MemoryTokenStore store;
    ASSERT_TRUE(google->end_token("seed-refresh-token", "revoke"));
    for (int life = 0; life < 5; ++life) {
        const auto tokens = make(consent(), &store);
        ASSERT_THAT(tokens, IsOk());
        EXPECT_THAT(profile(**tokens), IsError(ErrorKind::auth));
        EXPECT_EQ((*tokens)->status().state, auth::CredentialState::needs_consent);
        run((*tokens)->close());
    }
    EXPECT_EQ(weather->tokens, 1) << "a crash loop is no loop of token requests";
    google->reset();
    auto again = consent();
    again.refresh_token = Secret("another-refresh-token");
    const auto tokens = make(again, &store);
    ASSERT_THAT(tokens, IsOk());
    EXPECT_FALSE(profile(**tokens));
    EXPECT_EQ(weather->tokens, 2) << "another token is tried";
    run((*tokens)->close());
}

TEST_F(GoogleTokens, settings_that_do_not_fit_are_named) {
    const auto detail = [&](const GmailSink& sink) {
        const auto tokens = make(sink);
        return tokens ? std::string("made") : tokens.error().detail();
    };
    EXPECT_EQ(detail({.from = "me@apilab.example"}), "gmail.refresh_token");
    auto sink = consent();
    sink.client_id.clear();
    EXPECT_EQ(detail(sink), "gmail.client_id");
    sink = consent();
    sink.client_secret = Secret();
    EXPECT_EQ(detail(sink), "gmail.client_secret");
    sink = consent();
    sink.service_account_file = "/run/secrets/key.json";
    EXPECT_EQ(detail(sink), "gmail.service_account_file");
    sink = account();
    sink.from = "nobody";
    EXPECT_EQ(detail(sink), "gmail.from");
    sink.from = "me@apilab.example";
    std::filesystem::permissions(sink.service_account_file, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_THAT(make(sink), IsError(ErrorKind::invalid_argument));
}

}  // namespace
}  // namespace apilab::radar
