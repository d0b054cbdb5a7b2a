#include "apilab/radar/service/guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "apilab/http/url.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Wants = Guard::Wants;

using Fields = std::map<std::string, std::string>;

constexpr SystemTime start{std::chrono::days(20'000)};

struct Asked {
    http::Request request;
    runtime::CallContext context;
};

// A request as a server hands it over.
Asked ask(const std::string& host, const Fields& fields = {}, const std::string& peer = "127.0.0.1",
          std::string method = "GET") {
    auto url = http::Url::parse("http://" + host + "/api/now");
    EXPECT_TRUE(url) << host;
    Asked asked{.request = http::Request(std::move(method), *url)};
    asked.request.header("host", host);
    for (const auto& [name, value] : fields) {
        asked.request.header(name, value);
    }
    asked.context.inbound = runtime::Inbound{.peer_address = peer};
    return asked;
}

class GuardTest : public ::testing::Test {
protected:
    Guard& guard(GuardOptions options = {.token = Secret("let-me-see-it-please"),
                                         .hosts = {"radar.example"}}) {
        made.emplace(std::move(options), rng);
        return *made;
    }
    int status(const Asked& asked, Wants wants, SystemTime now = start) {
        const auto admitted = made->admit(asked.request, asked.context, wants, now);
        return admitted ? 200 : admitted.error().status;
    }
    // `name=value` of a `set-cookie`.
    static std::string cookie(const std::string& set_cookie) {
        return set_cookie.substr(0, set_cookie.find(';'));
    }
    Guard::Pass local_pass(const std::string& host = "localhost:8080") {
        const auto asked = ask(host);
        return made->pass(asked.request, asked.context, {}, start);
    }
    Guard::Pass token_pass() {
        const auto asked = ask("radar.example", {}, "10.0.0.7");
        return *made->enter(asked.request, asked.context, Secret("let-me-see-it-please"), start);
    }
    // What our own page sends, less or more as `fields` say.
    static Asked act(const Guard::Pass& pass, const Fields& fields = {},
                     const std::string& host = "localhost:8080",
                     const std::string& peer = "127.0.0.1") {
        Fields all{{"content-type", "application/json"},
                   {"origin", "http://" + host},
                   {"sec-fetch-site", "same-origin"},
                   {"x-csrf-token", pass.csrf},
                   {"cookie", cookie(pass.set_cookie)}};
        for (const auto& [name, value] : fields) {
            if (value == "(none)") {
                all.erase(name);
            } else {
                all[name] = value;
            }
        }
        return ask(host, all, peer, "POST");
    }

    SeededRng rng{7};
    std::optional<Guard> made;
};

TEST_F(GuardTest, a_name_that_was_made_to_lead_here_is_refused_for_everything) {
    guard();
    for (const auto* host : {"evil.example", "evil.example:8080", "localhost.evil.example",
                             "127-0-0-1.evil.example", "10.0.0.7:8080", "radar.example.evil"}) {
        for (const auto wants : {Wants::page, Wants::data, Wants::entry, Wants::action}) {
            EXPECT_EQ(status(ask(host), wants), 421) << host;
        }
    }
    for (const auto* host : {"localhost", "localhost:8080", "127.0.0.1:9", "127.9.9.9", "[::1]:80",
                             "radar.example", "radar.example:8443"}) {
        EXPECT_EQ(status(ask(host), Wants::page), 200) << host;
    }
}

TEST_F(GuardTest, a_host_that_is_missing_or_twice_or_not_the_targets_is_refused) {
    guard();
    auto none = ask("localhost");
    none.request.headers() = {};
    EXPECT_EQ(status(none, Wants::page), 421);
    auto twice = ask("localhost");
    twice.request.headers().add("host", "localhost");
    EXPECT_EQ(status(twice, Wants::page), 421);
    auto other = ask("localhost");
    other.request.header("host", "evil.example");
    EXPECT_EQ(status(other, Wants::page), 421);
    auto path = ask("localhost");
    path.request.header("host", "localhost/evil.example");
    EXPECT_EQ(status(path, Wants::page), 421);
    auto target = ask("evil.example");
    target.request.header("host", "localhost");
    EXPECT_EQ(status(target, Wants::page), 421);
}

TEST_F(GuardTest, this_machine_needs_no_token_and_everybody_else_does) {
    guard();
    EXPECT_EQ(status(ask("localhost:8080"), Wants::data), 200);
    EXPECT_EQ(status(ask("[::1]:8080", {}, "::1"), Wants::data), 200);
    EXPECT_EQ(status(ask("localhost:8080", {}, "172.17.0.1"), Wants::data), 401);
    EXPECT_EQ(status(ask("radar.example", {}, "10.0.0.7"), Wants::data), 401);
    auto unknown = ask("localhost:8080");
    unknown.context.inbound.reset();
    EXPECT_EQ(status(unknown, Wants::data), 401) << "who cannot be placed is not from here";
}

TEST_F(GuardTest, who_comes_through_a_proxy_on_this_machine_is_from_elsewhere) {
    guard();
    for (const auto* name : {"forwarded", "x-forwarded-for", "x-real-ip", "via", "x-forwarded-host",
                             "fly-client-ip", "cf-connecting-ip"}) {
        EXPECT_EQ(status(ask("localhost:8080", {{name, "127.0.0.1"}}), Wants::data), 401) << name;
    }
    EXPECT_EQ(status(ask("radar.example"), Wants::data), 401) << "by its public name";
}

TEST_F(GuardTest, without_a_token_only_this_machine_is_let_in) {
    guard({.hosts = {"radar.example"}});
    EXPECT_EQ(status(ask("localhost"), Wants::data), 200);
    EXPECT_EQ(status(ask("radar.example", {}, "10.0.0.7"), Wants::data), 403);
    EXPECT_EQ(status(ask("radar.example", {{"authorization", "Bearer "}}, "10.0.0.7"), Wants::data),
              403);
    const auto asked = ask("radar.example", {}, "10.0.0.7");
    const auto entered = made->enter(asked.request, asked.context, Secret(""), start);
    ASSERT_FALSE(entered);
    EXPECT_EQ(entered.error().status, 403) << "an empty token is none";
}

TEST_F(GuardTest, a_token_is_shown_as_a_bearer_and_a_wrong_one_is_refused_from_here_too) {
    guard();
    const auto with = [](const std::string& value, const std::string& host = "radar.example") {
        return ask(host, {{"authorization", value}},
                   host == "localhost" ? "127.0.0.1" : "10.0.0.7");
    };
    EXPECT_EQ(status(with("Bearer let-me-see-it-please"), Wants::data), 200);
    EXPECT_EQ(status(with("bearer let-me-see-it-please"), Wants::data), 200);
    EXPECT_EQ(status(with("Bearer let-me-see-it-pleasE"), Wants::data), 401);
    EXPECT_EQ(status(with("Bearer let-me-see-it-pleas"), Wants::data), 401);
    EXPECT_EQ(status(with("Basic let-me-see-it-please"), Wants::data), 401);
    EXPECT_EQ(status(with("Bearer wrong", "localhost"), Wants::data), 401);
    auto twice = with("Bearer let-me-see-it-please");
    twice.request.headers().add("authorization", "Bearer let-me-see-it-please");
    EXPECT_EQ(status(twice, Wants::data), 401);
}

TEST_F(GuardTest, no_refusal_says_the_token) {
    guard();
    auto asked = ask("radar.example", {{"authorization", "Bearer guessed-value-1"}}, "10.0.0.7");
    const auto refused = made->admit(asked.request, asked.context, Wants::data, start);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().why + refused.error().remedy,
                AllOf(Not(HasSubstr("guessed")), Not(HasSubstr("let-me-see"))));
}

TEST_F(GuardTest, guessing_tokens_is_stopped_for_the_rest_of_the_minute_and_sessions_go_on) {
    guard({.token = Secret("let-me-see-it-please"), .hosts = {"radar.example"}, .wrong_max = 3});
    const auto pass = token_pass();
    const auto guess = ask("radar.example", {{"authorization", "Bearer no"}}, "10.0.0.7");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(status(guess, Wants::data), 401);
    }
    EXPECT_EQ(status(guess, Wants::data), 429);
    const auto right =
        ask("radar.example", {{"authorization", "Bearer let-me-see-it-please"}}, "10.0.0.7");
    EXPECT_EQ(status(right, Wants::data), 429);
    EXPECT_EQ(status(ask("radar.example", {{"cookie", cookie(pass.set_cookie)}}, "10.0.0.7"),
                     Wants::data),
              200);
    EXPECT_EQ(status(right, Wants::data, start + 61s), 200);
}

TEST_F(GuardTest, a_session_counts_until_its_end_and_only_as_it_was_signed) {
    guard();
    const auto pass = token_pass();
    EXPECT_THAT(pass.set_cookie,
                AllOf(HasSubstr("HttpOnly"), HasSubstr("SameSite=Strict"), HasSubstr("Path=/"),
                      HasSubstr("Max-Age=43200"), Not(HasSubstr("let-me-see"))));
    const auto with = [](const std::string& value) {
        return ask("radar.example", {{"cookie", value}}, "10.0.0.7");
    };
    const auto value = cookie(pass.set_cookie);
    EXPECT_EQ(status(with(value), Wants::data), 200);
    EXPECT_EQ(status(with("a=b; " + value + "; c=d"), Wants::data), 200);
    EXPECT_EQ(status(with(value), Wants::data, start + 12h), 401);
    for (std::size_t at = value.find('=') + 1; at < value.size(); at += 7) {
        auto bent = value;
        bent[at] = bent[at] == 'A' ? 'B' : 'A';
        EXPECT_EQ(status(with(bent), Wants::data), 401) << at;
    }
    EXPECT_EQ(status(with(value + "A"), Wants::data), 401);
    EXPECT_EQ(status(with("apilab_radar_80="), Wants::data), 401);
}

TEST_F(GuardTest, a_session_of_this_machine_is_worth_nothing_elsewhere) {
    guard();
    const auto pass = local_pass("localhost");
    EXPECT_EQ(status(ask("localhost", {{"cookie", cookie(pass.set_cookie)}}), Wants::data), 200);
    EXPECT_EQ(status(ask("radar.example", {{"cookie", cookie(pass.set_cookie)}}, "10.0.0.7"),
                     Wants::data),
              401);
}

TEST_F(GuardTest, sessions_outlive_a_restart_and_another_token_ends_them) {
    guard();
    const auto value = cookie(token_pass().set_cookie);
    const auto asked = ask("radar.example", {{"cookie", value}}, "10.0.0.7");
    guard();
    EXPECT_EQ(status(asked, Wants::data), 200);
    guard({.token = Secret("another-one-by-now"), .hosts = {"radar.example"}});
    EXPECT_EQ(status(asked, Wants::data), 401);
}

TEST_F(GuardTest, a_cookie_is_secure_where_the_way_is) {
    guard();
    const auto plain = ask("radar.example", {}, "10.0.0.7");
    const auto behind = ask("radar.example", {{"x-forwarded-proto", "https"}}, "10.0.0.7");
    auto tls = plain;
    tls.context.inbound->tls = true;
    const Secret token("let-me-see-it-please");
    EXPECT_THAT(made->enter(plain.request, plain.context, token, start)->set_cookie,
                Not(HasSubstr("Secure")));
    EXPECT_THAT(made->enter(behind.request, behind.context, token, start)->set_cookie,
                HasSubstr("; Secure"));
    EXPECT_THAT(made->enter(tls.request, tls.context, token, start)->set_cookie,
                HasSubstr("; Secure"));
}

TEST_F(GuardTest, data_is_for_no_page_of_another_site) {
    guard();
    for (const auto* site : {"cross-site", "same-site", ""}) {
        EXPECT_EQ(status(ask("localhost:8080", {{"sec-fetch-site", site}}), Wants::data), 403);
    }
    for (const auto* origin : {"http://evil.example", "null", "http://localhost:3000",
                               "http://localhost:8080.evil.example", "http://localhost"}) {
        EXPECT_EQ(status(ask("localhost:8080", {{"origin", origin}}), Wants::data), 403) << origin;
    }
    EXPECT_EQ(status(ask("localhost:8080", {{"sec-fetch-site", "same-origin"}}), Wants::data), 200);
    EXPECT_EQ(status(ask("localhost:8080", {{"sec-fetch-site", "none"}}), Wants::data), 200);
    EXPECT_EQ(status(ask("localhost:8080", {{"origin", "http://localhost:8080"}}), Wants::data),
              200);
}

TEST_F(GuardTest, the_page_itself_may_be_opened_from_a_link_anywhere) {
    guard();
    EXPECT_EQ(
        status(ask("radar.example", {{"sec-fetch-site", "cross-site"}}, "10.0.0.7"), Wants::page),
        200);
}

TEST_F(GuardTest, an_action_of_our_own_page_is_let_through) {
    guard();
    EXPECT_EQ(status(act(local_pass()), Wants::action), 200);
    EXPECT_EQ(status(act(token_pass(), {}, "radar.example", "10.0.0.7"), Wants::action), 200);
    EXPECT_EQ(status(act(token_pass(), {{"origin", "https://radar.example"}}, "radar.example",
                         "10.0.0.7"),
                     Wants::action),
              200)
        << "TLS ends in front of us";
    EXPECT_EQ(status(act(local_pass(), {{"origin", "(none)"}}), Wants::action), 200);
    EXPECT_EQ(status(act(local_pass(), {{"sec-fetch-site", "(none)"}}), Wants::action), 200);
}

TEST_F(GuardTest, an_action_of_another_site_is_refused_whatever_else_it_has) {
    guard();
    for (const auto& [name, value] :
         std::multimap<std::string, std::string>{{"origin", "http://evil.example"},
                                                 {"origin", "null"},
                                                 {"origin", "http://localhost:3000"},
                                                 {"sec-fetch-site", "cross-site"},
                                                 {"sec-fetch-site", "same-site"},
                                                 {"sec-fetch-site", "none"}}) {
        EXPECT_EQ(status(act(local_pass(), {{name, value}}), Wants::action), 403) << value;
    }
    EXPECT_EQ(status(act(local_pass(), {{"origin", "(none)"}, {"sec-fetch-site", "(none)"}}),
                     Wants::action),
              403)
        << "who does not say where it comes from";
}

TEST_F(GuardTest, an_action_needs_the_csrf_token_of_its_own_session) {
    guard();
    const auto pass = local_pass();
    EXPECT_EQ(status(act(pass, {{"x-csrf-token", "(none)"}}), Wants::action), 403);
    EXPECT_EQ(status(act(pass, {{"x-csrf-token", ""}}), Wants::action), 403);
    EXPECT_EQ(status(act(pass, {{"x-csrf-token", local_pass().csrf}}), Wants::action), 403)
        << "another session's";
    EXPECT_EQ(status(act(pass, {{"cookie", "(none)"}}), Wants::action), 403) << "no session";
}

TEST_F(GuardTest, an_action_is_json_by_post) {
    guard();
    const auto pass = local_pass();
    for (const auto* type : {"text/plain", "application/x-www-form-urlencoded",
                             "multipart/form-data; boundary=x", "(none)"}) {
        EXPECT_EQ(status(act(pass, {{"content-type", type}}), Wants::action), 415) << type;
    }
    EXPECT_EQ(
        status(act(pass, {{"content-type", "application/json; charset=utf-8"}}), Wants::action),
        200);
    auto get = act(pass);
    get.request = http::Request("GET", get.request.url());
    get.request.headers() = act(pass).request.headers();
    EXPECT_EQ(status(get, Wants::action), 415);
}

TEST_F(GuardTest, a_bearer_acts_without_a_session_and_not_from_another_site) {
    guard();
    const Fields fields{{"authorization", "Bearer let-me-see-it-please"},
                        {"content-type", "application/json"}};
    EXPECT_EQ(status(ask("radar.example", fields, "10.0.0.7", "POST"), Wants::action), 200);
    auto evil = fields;
    evil["origin"] = "http://evil.example";
    EXPECT_EQ(status(ask("radar.example", evil, "10.0.0.7", "POST"), Wants::action), 403);
}

TEST_F(GuardTest, the_token_is_taken_from_our_own_page_only) {
    guard();
    const Fields ours{{"content-type", "application/json"}, {"origin", "http://radar.example"}};
    EXPECT_EQ(status(ask("radar.example", ours, "10.0.0.7", "POST"), Wants::entry), 200);
    auto evil = ours;
    evil["origin"] = "http://evil.example";
    EXPECT_EQ(status(ask("radar.example", evil, "10.0.0.7", "POST"), Wants::entry), 403);
    EXPECT_EQ(
        status(ask("radar.example", {{"content-type", "application/json"}}, "10.0.0.7", "POST"),
               Wants::entry),
        403);
}

TEST_F(GuardTest, every_answer_lets_in_nothing_but_our_own_files) {
    http::Response response(200, "x");
    Guard::protect(response);
    EXPECT_EQ(response.headers().value("content-security-policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
              "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    EXPECT_EQ(response.headers().value("x-content-type-options"), "nosniff");
    EXPECT_EQ(response.headers().value("referrer-policy"), "no-referrer");
    EXPECT_EQ(response.headers().value("cache-control"), "no-store");
    EXPECT_EQ(response.headers().value("cross-origin-opener-policy"), "same-origin");
    EXPECT_EQ(response.headers().value("cross-origin-resource-policy"), "same-origin");
}

}  // namespace
}  // namespace apilab::radar
