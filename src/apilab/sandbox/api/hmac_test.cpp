#include "apilab/sandbox/api/hmac.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/http/date.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/sign.hpp"

namespace apilab::sandbox::api {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const SystemTime now{1'700'000'000s};

// By hand, so that the test is no copy of what it tests. SHA-256 of "test".
http::Request signed_request(std::string_view key, SystemTime date = now) {
    auto request =
        http::Request::post(*http::Url::parse("http://shop.test/api/auth/hmac?b=2&a=1"), "test");
    const auto text =
        "POST\n/api/auth/hmac?b=2&a=1\nhost:shop.test\nx-date:" + http::format_http_date(date) +
        "\n9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    request.header("x-date", http::format_http_date(date))
        .header("authorization", "HMAC-SHA256 keyId=api, signedheaders=host;x-date, signature=" +
                                     webhook::hmac_sha256_hex(key, text));
    return request;
}

std::string_view why(const http::Request& request) {
    return check_hmac(request, "api", {"one", "two"}, now).why;
}

TEST(Hmac, what_any_of_the_keys_signed_is_good) {
    EXPECT_EQ(why(signed_request("one")), "");
    EXPECT_EQ(why(signed_request("two")), "");
    EXPECT_EQ(why(signed_request("three")), "wrong_signature");
}

TEST(Hmac, a_change_of_any_part_is_noticed) {
    auto changed = signed_request("one");
    EXPECT_EQ(why(changed.body("tesT")), "wrong_signature");
    changed = signed_request("one");
    EXPECT_EQ(why(changed.url(*http::Url::parse("http://shop.test/api/auth/hmac?a=1&b=2"))),
              "wrong_signature");
    changed = signed_request("one");
    EXPECT_EQ(why(changed.header("x-date", http::format_http_date(now + 1s))), "wrong_signature");
    http::Request put("PUT", signed_request("one").url());
    put.headers() = signed_request("one").headers();
    EXPECT_EQ(why(put.body("test")), "wrong_signature");
}

TEST(Hmac, the_date_is_within_five_minutes) {
    EXPECT_EQ(why(signed_request("one", now + 5min)), "");
    EXPECT_EQ(why(signed_request("one", now - 5min)), "");
    EXPECT_EQ(why(signed_request("one", now + 5min + 1s)), "wrong_date");
    EXPECT_EQ(why(signed_request("one", now - 5min - 1s)), "wrong_date");
}

TEST(Hmac, what_cannot_be_read_has_a_word_of_its_own) {
    const auto with = [](std::string field) {
        return signed_request("one").header("authorization", std::move(field));
    };
    EXPECT_EQ(why(with("Bearer x")), "missing");
    EXPECT_EQ(why(with("HMAC-SHA256 ")), "malformed");
    EXPECT_EQ(why(with("HMAC-SHA256 keyId=api")), "malformed");
    EXPECT_EQ(why(with("HMAC-SHA256 keyId=you, signature=x")), "unknown_key");
    EXPECT_EQ(why(with("HMAC-SHA256 keyId=api, signature=x")), "unsigned_header");
    EXPECT_EQ(why(with("HMAC-SHA256 keyId=api, signedheaders=host, signature=x")),
              "unsigned_header");
    EXPECT_EQ(why(with("HMAC-SHA256 keyId=api,signedheaders=x-date;host,signature=")),
              "wrong_signature");
    EXPECT_EQ(why(with("HMAC-SHA256 ,,=,;")), "malformed");
}

TEST(Hmac, the_path_of_the_sandbox_takes_its_keys_and_tells_what_was_signed) {
    runtime::VirtualScheduler scheduler;
    SandboxOptions options;
    options.providers.push_back(std::make_unique<ApiProvider>(1));
    const auto sandbox = Sandbox::make(scheduler, std::move(options)).value();
    const auto send = [&](const http::Request& request) {
        return runtime::run(scheduler, sandbox->call(request, {})).value();
    };
    const auto today = scheduler.system_now();
    EXPECT_EQ(send(signed_request("api_signing_stub", today)).status(), 200);
    EXPECT_EQ(send(signed_request(seed_secret(1, "api signing key", "sk_"), today)).status(), 200);
    const auto late = send(signed_request("api_signing_stub", today - 1h));
    EXPECT_EQ(late.status(), 401);
    EXPECT_EQ(late.headers().value("date"), http::format_http_date(today));
    EXPECT_THAT(late.body(), HasSubstr("wrong_date"));
    EXPECT_THAT(late.body(), HasSubstr(R"(by our reading: POST\n/api/auth/hmac?b=2&a=1\nhost:)"));
    const auto bare = send(http::Request::get(*http::Url::parse("http://shop.test/api/auth/hmac")));
    EXPECT_EQ(bare.status(), 401);
    EXPECT_THAT(std::string(bare.headers().value("www-authenticate")), HasSubstr("HMAC-SHA256"));
}

}  // namespace
}  // namespace apilab::sandbox::api
