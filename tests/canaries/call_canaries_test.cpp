// `apilab call` with a secret of each kind in each place that takes one, and everything that is
// kept and shown of it afterwards: the store's bytes, archives, pages, pictures, curl lines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "echo_server.hpp"
#include "watch.hpp"

namespace apilab::canaries {
namespace {

using cli_test::EchoServer;
using cli_test::Variables;
using cli_test::Words;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

Words operator+(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// What is shown of a call while it is made.
std::vector<Words> ways_to_show() {
    return {{"--json"},
            {"-vv"},
            {"--print", "HBhb", "--pretty", "all"},
            {"--timing", "--show-attempts"},
            {"--har", "call.har", "--html", "call.html"},
            {"--print-curl", "--offline"},
            {"--offline"},
            {"--offline", "--json"}};
}

// And of calls that are kept.
std::vector<Words> ways_to_look_back() {
    return {{"list"},
            {"list", "--json"},
            {"show", "last"},
            {"show", "last", "--json"},
            {"why", "last"},
            {"why", "last", "--json"},
            {"export", "last", "--curl"},
            {"export", "last", "--json"},
            {"export", "last", "--har", "kept.har", "--html", "kept.html", "--svg", "kept.svg"},
            {"import", "kept.har"}};
}

class CallCanaries : public testing::Test {
protected:
    CallCanaries() {
        variables_["HOME"] = folder_.path();
        for (const auto& one : canaries_) {
            variables_[one.name] = one.value;
        }
    }
    Watched look(Words words, std::chrono::milliseconds patience = 20s) const {
        words.insert(words.begin(), cli_test::apilab_path());
        return watch(words, variables_, folder_.path(), canaries_, patience);
    }
    void expect_none(const Words& words) const {
        const auto watched = look(words);
        EXPECT_THAT(watched.leaks, IsEmpty()) << testing::PrintToString(words);
        EXPECT_NE(watched.code, 2) << "was not even sent: " << testing::PrintToString(words);
    }
    void expect_none_anywhere(const Words& call) const {
        for (const auto& way : ways_to_show()) {
            expect_none(Words{"call"} + call + way);
        }
        for (const auto& way : ways_to_look_back()) {
            expect_none(Words{"trace"} + way);
        }
    }

    cli_test::TempDir folder_;
    Variables variables_;
    std::vector<Canary> canaries_ = all_kinds();
};

// One request that carries all twelve, each in a place that takes a secret.
Words with_all_kinds(const std::string& url) {
    return {"POST",
            url,
            "Authorization:Bearer env:APILAB_API_TOKEN",
            "X-Api-Key:env:APILAB_API_KEY",
            "Cookie:env:APILAB_SESSION_COOKIE",
            "X-Signature:env:APILAB_HMAC_KEY",
            "X-Webhook-Secret:env:APILAB_GITHUB_WEBHOOK_SECRET",
            "X-Service-Account:env:APILAB_GOOGLE_CREDENTIALS",
            "access_token==env:APILAB_API_TOKEN",
            "code==env:APILAB_OAUTH_CODE",
            "password=env:APILAB_API_PASSWORD",
            "client_secret=env:APILAB_OAUTH_CLIENT_SECRET",
            "refresh_token=env:APILAB_OAUTH_REFRESH_TOKEN",
            "code_verifier=env:APILAB_OAUTH_CODE_VERIFIER",
            "private_key=env:APILAB_SIGNING_KEY"};
}

TEST_F(CallCanaries, are_sent_and_in_nothing_that_is_shown_or_kept) {
    const EchoServer server([](const http::Request&) { return http::Response(200, "fine"); });
    for (const auto& call :
         {with_all_kinds(server.url("/a")), with_all_kinds(server.url("/a")) + Words{"--form"},
          with_all_kinds(server.url("/a")) + Words{"--session", "me"}}) {
        expect_none_anywhere(call);
    }
    expect_none_anywhere({server.url("/b"), "--bearer", "env:APILAB_API_TOKEN"});
    expect_none_anywhere({server.url("/c"), "--auth", "ada:env:APILAB_API_PASSWORD"});
    // They did go out, or nothing was proved.
    std::string sent;
    for (const auto& request : server.seen()) {
        sent += request.url().to_string() + "\n" + std::string(request.body()) + "\n";
        for (const auto& [name, value] : request.headers()) {
            sent += name + ": " + value + "\n";
        }
    }
    const auto seen = seen_in(sent, canaries_);
    for (const auto& one : canaries_) {
        EXPECT_THAT(seen, Contains(HasSubstr(one.name))) << "was not sent";
    }
}

TEST_F(CallCanaries, are_in_no_word_about_a_call_that_goes_wrong) {
    const EchoServer refuses([](const http::Request&) {
        return http::Response(401, "no").header("www-authenticate", "Bearer error=\"invalid\"");
    });
    expect_none_anywhere(with_all_kinds(refuses.url("/a")) + Words{"--fail"});
    expect_none_anywhere(with_all_kinds("http://127.0.0.1:1/a") + Words{"--retries", "0"});
}

// A server that says back what it was told: what is kept and exported of that has no secret either.
TEST_F(CallCanaries, are_not_kept_where_the_answer_repeats_them) {
    const EchoServer echo;
    for (const auto& way : {Words{"--har", "e.har", "--html", "e.html"}, Words{"--json"}}) {
        expect_none(Words{"call"} + with_all_kinds(echo.url("/e")) + Words{"-o", "/dev/null"} +
                    (way.front() == "--json" ? Words{"-v"} : way));
    }
    for (const auto& way : ways_to_look_back()) {
        expect_none(Words{"trace"} + way);
    }
}

// The watcher looks into each of these places: what nobody declared a secret is found there.
TEST_F(CallCanaries, that_nobody_declared_are_seen_in_each_place) {
    const EchoServer server([](const http::Request&) { return http::Response(200, "fine"); });
    variables_ = {{"HOME", folder_.path().string()}};
    const auto shown = look({"call", server.url("/ak_canary7Q1"), "--har", "call.har", "--html",
                             "call.html", "--json"});
    EXPECT_EQ(shown.code, 0);
    (void)look({"trace", "export", "last", "--har", "kept.har", "--html", "kept.html"});
    const auto last = look({"trace", "export", "last", "--curl"});
    for (const char* place : {"stdout", "call.har", "call.html", "kept.har", "kept.html",
                              ".local/state/apilab/traces.db"}) {
        EXPECT_THAT(last.leaks, Contains(place + std::string(": APILAB_API_KEY as it is")));
    }
}

}  // namespace
}  // namespace apilab::canaries
