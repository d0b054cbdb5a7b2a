#include "apilab/auth/hmac_signer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/base/digest.hpp"
#include "apilab/http/date.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::HasSubstr;
using ::testing::Not;

std::string part_of(std::string_view authorization, std::string_view name) {
    const auto at = authorization.find(std::string(name) + "=");
    const auto rest = authorization.substr(std::min(at, authorization.size()));
    const auto value = rest.substr(std::min(name.size() + 1, rest.size()));
    return std::string(value.substr(0, value.find(',')));
}

// A server that reads signatures by itself and takes dates within 30 s of its own clock.
class Server final : public runtime::Service {
public:
    explicit Server(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        seen.push_back(request);
        if (auto slept = co_await scheduler_.sleep_for(10ms); !slept) {
            co_return fail(std::move(slept).error());
        }
        const SystemTime now = scheduler_.system_now() + ahead;
        http::Response answer(accepts(request, now) ? 200 : refusal);
        if (has_date) {
            answer.header("date", http::format_http_date(now));
        }
        co_return answer;
    }

    Duration ahead{};
    int refusal = 401;
    bool has_date = true;
    Secret key{"s3cret"};
    std::vector<http::Request> seen;

private:
    [[nodiscard]] bool accepts(const http::Request& request, SystemTime now) const {
        const auto& headers = request.headers();
        const auto date = http::parse_http_date(headers.value("x-date"));
        std::string text = request.method() + "\n" + request.url().target() + "\nhost:api.test\n" +
                           "x-date:" + std::string(headers.value("x-date")) + "\n" +
                           to_hex(sha256(request.body()));
        return date && std::chrono::abs(*date - now) <= 30s &&
               equal_in_constant_time(part_of(headers.value("authorization"), "signature"),
                                      to_hex(hmac_sha256(key, text)));
    }
    runtime::Scheduler& scheduler_;
};

class HmacSigning : public ::testing::Test {
protected:
    runtime::VirtualScheduler scheduler;
    Server server{scheduler};
    HmacSignerOptions options{
        .key_id = "k1", .key = Secret("s3cret"), .origin = "https://api.test", .headers = {}};

    static http::Request request(std::string_view url = "https://api.test/items?b=2&a=1") {
        return http::Request::get(*http::Url::parse(url));
    }
    Result<http::Response> call(HmacSigner& signer, http::Request made,
                                runtime::CallContext context = {}) {
        return runtime::run(scheduler, signer.call(std::move(made), std::move(context)));
    }
    static Task<void> ask(HmacSigner* signer, std::vector<int>* statuses) {
        const auto answer = co_await signer->call(request(), {});
        statuses->push_back(answer ? answer->status() : 0);
    }
    static Task<void> two_at_once(HmacSigning* self, HmacSigner* signer,
                                  std::vector<int>* statuses) {
        runtime::TaskGroup group(self->scheduler);
        group.spawn(ask(signer, statuses));
        group.spawn(ask(signer, statuses));
        co_await group.join();
    }
};

TEST(HmacText, is_these_bytes_and_no_others) {
    auto request = http::Request::post(*http::Url::parse("https://api.test:8443/items?b=2&a=%20"),
                                       "test", "text/plain");
    request.header("x-date", "Sun, 06 Nov 1994 08:49:37 GMT");
    request.headers().add("X-Twice", "1");
    request.headers().add("x-twice", "2");
    EXPECT_EQ(hmac_text(request, {"host", "x-date", "content-type", "x-twice", "x-none"}),
              "POST\n"
              "/items?b=2&a=%20\n"
              "host:api.test:8443\n"
              "x-date:Sun, 06 Nov 1994 08:49:37 GMT\n"
              "content-type:text/plain\n"
              "x-twice:1, 2\n"
              "x-none:\n"
              "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    request.header("host", "front.test");
    EXPECT_THAT(hmac_text(request, {"host"}), HasSubstr("\nhost:front.test\n"));
}

TEST_F(HmacSigning, a_server_that_does_the_same_accepts_it) {
    HmacSigner signer(server, scheduler, options);
    EXPECT_EQ(call(signer, request())->status(), 200);
    EXPECT_EQ(call(signer, http::Request::post(request().url(), "body"))->status(), 200);
    EXPECT_FALSE(signer.last_refusal());
    const auto field = server.seen.front().headers().value("authorization");
    EXPECT_THAT(std::string(field),
                testing::MatchesRegex(
                    "HMAC-SHA256 keyId=k1, signedheaders=host;x-date, signature=[0-9a-f]{64}"));
}

TEST_F(HmacSigning, each_part_of_the_request_is_signed) {
    HmacSigner signer(server, scheduler, options);
    ASSERT_EQ(call(signer, request())->status(), 200);
    const auto good = server.seen.front();
    const auto status_of = [&](http::Request changed) {
        return runtime::run(scheduler, server.call(std::move(changed), {}))->status();
    };
    EXPECT_EQ(status_of(good), 200);
    auto other_body = good;
    EXPECT_EQ(status_of(other_body.body("x")), 401);
    auto other_query = good;
    EXPECT_EQ(status_of(other_query.url(*http::Url::parse("https://api.test/items?b=2"))), 401);
    auto other_date = good;
    EXPECT_EQ(
        status_of(other_date.header("x-date", http::format_http_date(scheduler.system_now() + 2s))),
        401);
    http::Request other_method("DELETE", good.url());
    other_method.headers() = good.headers();
    EXPECT_EQ(status_of(other_method), 401);
}

TEST_F(HmacSigning, headers_that_are_named_are_signed_where_they_are_there) {
    options.headers = {"content-type", "x-tenant"};
    HmacSigner signer(server, scheduler, options);
    (void)call(signer, request().header("x-tenant", "t1"));
    EXPECT_EQ(part_of(server.seen.front().headers().value("authorization"), "signedheaders"),
              "host;x-date;x-tenant");
}

TEST_F(HmacSigning, a_clock_that_is_wrong_costs_one_request_and_is_learned) {
    for (const auto skew : {Duration(-10min), Duration(2h)}) {
        for (const int refusal : {401, 403}) {
            server.ahead = skew;
            server.refusal = refusal;
            server.seen.clear();
            HmacSigner signer(server, scheduler, options);
            EXPECT_EQ(call(signer, request())->status(), 200);
            EXPECT_EQ(server.seen.size(), 2U);
            EXPECT_LE(std::chrono::abs(signer.correction() - skew), 1s) << "dates have seconds";
            EXPECT_EQ(call(signer, request())->status(), 200);
            EXPECT_EQ(server.seen.size(), 3U) << "learned";
            EXPECT_FALSE(signer.last_refusal());
        }
    }
}

TEST_F(HmacSigning, a_clock_that_was_set_again_is_learned_again) {
    HmacSigner signer(server, scheduler, options);
    server.ahead = 1h;
    EXPECT_EQ(call(signer, request())->status(), 200);
    server.ahead = {};
    EXPECT_EQ(call(signer, request())->status(), 200);
    EXPECT_LE(std::chrono::abs(signer.correction()), 1s);
}

TEST_F(HmacSigning, who_was_under_way_when_another_learned_signs_again_too) {
    server.ahead = 1h;
    HmacSigner signer(server, scheduler, options);
    std::vector<int> statuses;
    runtime::run(scheduler, two_at_once(this, &signer, &statuses));
    EXPECT_EQ(statuses, (std::vector<int>{200, 200}));
    EXPECT_EQ(server.seen.size(), 4U);
}

TEST_F(HmacSigning, a_refusal_for_another_reason_is_the_answer) {
    server.key = Secret("another");
    HmacSigner signer(server, scheduler, options);
    EXPECT_EQ(call(signer, request())->status(), 401);
    EXPECT_EQ(server.seen.size(), 1U) << "the clocks agree";
    server.ahead = 1h;
    EXPECT_EQ(call(signer, request())->status(), 401);
    EXPECT_EQ(server.seen.size(), 3U) << "and once more, never again";
    server.has_date = false;
    server.ahead = 2h;
    EXPECT_EQ(call(signer, request())->status(), 401);
    EXPECT_EQ(server.seen.size(), 4U) << "without a date there is nothing to learn";
}

TEST_F(HmacSigning, a_refusal_tells_what_was_signed_and_not_by_what) {
    server.key = Secret("another");
    HmacSigner signer(server, scheduler, options);
    ASSERT_EQ(call(signer, request())->status(), 401);
    ASSERT_TRUE(signer.last_refusal());
    const auto& refusal = *signer.last_refusal();
    EXPECT_EQ(refusal.status, 401);
    EXPECT_EQ(refusal.text, hmac_text(server.seen.back(), {"host", "x-date"}));
    EXPECT_THAT(refusal.text, Not(HasSubstr("s3cret")));
    EXPECT_FALSE(refusal.server_date.empty());
    EXPECT_EQ(refusal.correction, 0s);
}

TEST_F(HmacSigning, a_server_a_day_away_is_not_followed) {
    server.ahead = 24h + 1min;
    HmacSigner signer(server, scheduler, options);
    EXPECT_EQ(call(signer, request())->status(), 401);
    EXPECT_EQ(server.seen.size(), 1U);
    EXPECT_EQ(signer.correction(), 0s);
}

TEST_F(HmacSigning, only_its_origin_gets_a_signature_or_teaches_the_time) {
    server.ahead = 1h;
    HmacSigner signer(server, scheduler, options);
    for (const auto* elsewhere : {"http://api.test/", "https://api.test:8443/",
                                  "https://api.test.evil.test/", "https://evil.test/"}) {
        EXPECT_EQ(call(signer, request(elsewhere))->status(), 401);
        EXPECT_TRUE(server.seen.back().headers().empty()) << elsewhere;
    }
    EXPECT_EQ(call(signer, request().header("authorization", "Basic abc"))->status(), 401);
    EXPECT_EQ(server.seen.back().headers().value("authorization"), "Basic abc");
    EXPECT_EQ(signer.correction(), 0s);
    EXPECT_FALSE(signer.last_refusal());
}

TEST_F(HmacSigning, what_cannot_be_signed_is_not_sent) {
    HmacSigner signer(server, scheduler, options);
    runtime::CallContext context;
    context.upload = std::make_shared<runtime::StringSource>("streamed");
    EXPECT_EQ(call(signer, request(), context).error().kind(), ErrorKind::invalid_argument);
    auto bad = options;
    bad.key = Secret();
    EXPECT_FALSE(bad.validate());
    bad = options;
    bad.key_id = "a,b";
    HmacSigner unsound(server, scheduler, bad);
    EXPECT_EQ(call(unsound, request()).error().kind(), ErrorKind::invalid_argument);
    bad = options;
    bad.tolerance = 999ms;
    EXPECT_FALSE(bad.validate());
    bad = options;
    bad.headers = {"Content-Type"};
    EXPECT_FALSE(bad.validate());
    bad.headers = {"host"};
    EXPECT_FALSE(bad.validate());
    EXPECT_TRUE(server.seen.empty());
}

}  // namespace
}  // namespace apilab::auth
