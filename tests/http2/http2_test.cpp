// Started by run.sh: first to write a certificate, then, with the server up, to test.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/certificates.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using runtime::Task;

std::string folder() {
    const char* path = std::getenv("APILAB_HTTP2");
    return path == nullptr ? "" : path;
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

int write_certificate(const std::string& into) {
    const auto now = runtime::RealScheduler().system_now();
    const auto authority = server::CertificateAuthority::create(now);
    const auto issued = authority ? authority->issue(now) : Result<server::CertificateAndKey>();
    if (!authority || !issued) {
        return 1;
    }
    std::ofstream(into + "/certificate.pem") << issued->certificate;
    std::ofstream(into + "/key.pem") << issued->key.reveal();
    std::ofstream(into + "/ca.pem") << authority->certificate();
    return 0;
}

Task<void> keep_result(Task<Result<Response>> task, std::optional<Result<Response>>& result) {
    result = co_await std::move(task);
}

class Http2 : public testing::Test {
protected:
    void SetUp() override {
        if (folder().empty()) {
            GTEST_SKIP() << "run by tests/http2/run.sh";
        }
        options_.system_roots = false;
        options_.ca_pem = text_of(folder() + "/ca.pem");
        port_ = text_of(folder() + "/port");
    }
    void TearDown() override {
        if (transport_) {
            EXPECT_EQ(transport_->stats().calls, 0U);
        }
    }
    [[nodiscard]] http::Url url(std::string_view path) const {
        return *http::Url::parse("https://127.0.0.1:" + port_ + std::string(path));
    }
    CurlTransport& transport() {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        return *transport_;
    }
    Result<Response> call(Request request, SendOptions options = {}) {
        attempt_ = {};
        options.attempt = &attempt_;
        return runtime::run(scheduler_, send(transport(), std::move(request), std::move(options)));
    }
    Result<Response> get(std::string_view path, SendOptions options = {}) {
        return call(Request::get(url(path)), std::move(options));
    }
    static std::string said(const Result<Response>& answer, std::string_view field) {
        if (!answer) {
            return answer.error().to_string();
        }
        const auto json = http::JsonDocument::parse(answer->body());
        return json ? std::string(json->root()[field].string_or("")) : "no JSON";
    }
    static std::int64_t number(const Result<Response>& answer, std::string_view field) {
        const auto json = http::JsonDocument::parse(answer ? answer->body() : "{}");
        return json ? json->root()[field].integer().value_or(-1) : -1;
    }

    runtime::RealScheduler scheduler_;
    CurlTransportOptions options_;
    std::string port_;
    std::optional<CurlTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(Http2, is_spoken_with_a_server_that_offers_it) {
    const auto answer = call(Request::post(url("/a?b=c"), "{}"), {.idempotency_key = "k-1"});
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status(), 200);
    EXPECT_EQ(said(answer, "version"), "2.0");
    EXPECT_EQ(said(answer, "method"), "POST");
    EXPECT_EQ(said(answer, "target"), "/a?b=c");
    EXPECT_EQ(said(answer, "idempotency_key"), "k-1");
    EXPECT_EQ(answer->headers().get_all("x-many").size(), 2U);
    EXPECT_GT(attempt_.phases.tls, 0ns);
    EXPECT_GT(attempt_.bytes_sent, 0U);
    EXPECT_EQ(attempt_.outcome, Outcome::answered);
}

TEST_F(Http2, is_left_alone_where_it_is_turned_off) {
    options_.http2 = false;
    EXPECT_EQ(said(get("/"), "version"), "1.1");
}

TEST_F(Http2, calls_at_once_share_one_connection) {
    std::vector<std::optional<Result<Response>>> results(50);
    runtime::TaskGroup group(scheduler_);
    for (auto& result : results) {
        group.spawn(keep_result(send(transport(), Request::get(url("/"))), result));
    }
    runtime::run(scheduler_, group.join());
    for (const auto& result : results) {
        ASSERT_TRUE(result && *result);
        EXPECT_EQ(number(*result, "connections"), 1);
    }
    EXPECT_EQ(transport().stats().connections, 1U);
}

TEST_F(Http2, bodies_pass_both_ways_streamed_too) {
    const auto big = get("/big");
    ASSERT_TRUE(big);
    EXPECT_EQ(big->body(), std::string(3'000'000, 'b'));
    const auto sink = std::make_shared<runtime::StringSink>();
    ASSERT_TRUE(get("/big", {.download = sink}));
    EXPECT_EQ(sink->bytes().size(), 3'000'000U);
    const auto posted = call(Request::post(url("/"), std::string(2'000'000, 'p')));
    EXPECT_EQ(number(posted, "length"), 2'000'000);
    const auto streamed =
        call(Request("PUT", url("/")),
             {.upload = std::make_shared<runtime::StringSource>(std::string(300'000, 's'))});
    EXPECT_EQ(number(streamed, "length"), 300'000);
}

TEST_F(Http2, trailers_are_kept_apart) {
    const auto answer = get("/trailers");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body(), "ok");
    EXPECT_EQ(answer->trailers().value("x-late"), "yes");
    EXPECT_FALSE(answer->headers().contains("x-late"));
}

TEST_F(Http2, a_refused_stream_was_not_sent_and_a_reset_one_nobody_knows) {
    for (const bool write : {true, false}) {
        const auto refused = call(Request(write ? "POST" : "GET", url("/refused")));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind(), ErrorKind::connection_lost);
        EXPECT_EQ(refused.error().detail(), "refused_stream") << refused.error().to_string();
        EXPECT_EQ(refused.error().outcome(), Outcome::not_sent);
        EXPECT_FALSE(attempt_.replayed);
    }
    for (const auto* path : {"/reset", "/reset-in-body"}) {
        const auto reset = get(path);
        ASSERT_FALSE(reset) << path;
        EXPECT_EQ(reset.error().kind(), ErrorKind::connection_lost) << reset.error().to_string();
        EXPECT_EQ(reset.error().outcome(), Outcome::unknown);
    }
}

TEST_F(Http2, a_stream_that_stalls_ends_at_its_limit_and_leaves_the_others_alone) {
    std::optional<Result<Response>> other;
    runtime::TaskGroup group(scheduler_);
    ASSERT_TRUE(get("/"));
    group.spawn(keep_result(send(transport(), Request::get(url("/big"))), other));
    const auto silent = get("/silence", {.timeouts = {.first_byte = 50ms}});
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().detail(), "first_byte");
    EXPECT_EQ(silent.error().outcome(), Outcome::unknown);
    const auto stalled = get("/stall", {.timeouts = {.idle = 50ms}});
    ASSERT_FALSE(stalled);
    EXPECT_EQ(stalled.error().detail(), "idle");
    runtime::run(scheduler_, group.join());
    EXPECT_TRUE(other && *other);
    EXPECT_EQ(number(get("/"), "connections"), 1);
}

TEST_F(Http2, a_cancelled_call_ends_its_stream) {
    ASSERT_TRUE(get("/"));
    std::optional<Result<Response>> result;
    runtime::TaskGroup group(scheduler_);
    group.spawn(keep_result(send(transport(), Request::get(url("/silence"))), result));
    ASSERT_TRUE(get("/"));
    group.cancel();
    runtime::run(scheduler_, group.join());
    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(result->error().kind(), ErrorKind::cancelled);
    EXPECT_TRUE(get("/"));
}

}  // namespace
}  // namespace apilab::transport

int main(int count, char** arguments) {
    if (const char* into = std::getenv("APILAB_HTTP2_WRITE"); into != nullptr) {
        return apilab::transport::write_certificate(into);
    }
    testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
