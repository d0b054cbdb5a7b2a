#include "apilab/sandbox/record/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/record/replay.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// An upstream that counts, and gives secrets away.
struct Upstream final : runtime::Service {
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext) override {
        last = request;
        ++calls;
        if (request.url().path() == "/v1/raw") {
            co_return http::Response(200, "\xff\xfe", {{"content-type", "image/x"}});
        }
        auto answer = http::Response::json(
            200, R"({"n":)" + std::to_string(calls) +
                     R"(,"next":"http://up.test/v1/things?page=2","access_token":"tok_12345678",)"
                     R"("echo":")" +
                     std::string(request.headers().value("authorization")) + R"("})");
        answer.header("set-cookie", "sid=abcdef0123");
        answer.header("x-api-token", "tok_12345678");
        answer.header("link", "<http://up.test/v1/things?page=2>; rel=\"next\"");
        co_return answer;
    }
    std::optional<http::Request> last;
    int calls = 0;
};

class Recordings : public ::testing::Test {
protected:
    http::Response send(std::string method, std::string_view target, std::string body = {}) {
        http::Request request(std::move(method),
                              *http::Url::parse("http://127.0.0.1:4020" + std::string(target)));
        request.header("authorization", "Bearer s3cr3t-of-mine");
        request.header("cookie", "sid=abcdef0123");
        request.body(std::move(body));
        return *runtime::run(scheduler, recorder.call(std::move(request), {}));
    }

    runtime::VirtualScheduler scheduler;
    Upstream upstream;
    transport::LoopbackTransport way{scheduler, upstream};
    Recorder recorder{way, *http::Url::parse("http://up.test/v1")};
};

TEST_F(Recordings, passes_everything_on_to_its_upstream_and_links_back_through_itself) {
    const auto answer = send("GET", "/things?page=1");
    EXPECT_EQ(upstream.last->url().to_string(), "http://up.test/v1/things?page=1");
    EXPECT_EQ(upstream.last->headers().value("authorization"), "Bearer s3cr3t-of-mine");
    EXPECT_THAT(answer.body(), HasSubstr("http://127.0.0.1:4020/things?page=2"));
    EXPECT_THAT(std::string(answer.headers().value("link")), HasSubstr("http://127.0.0.1:4020/"));
    EXPECT_THAT(answer.body(), HasSubstr("tok_12345678")) << "the client gets what is its own";
}

TEST_F(Recordings, keeps_no_credential_wherever_it_stands) {
    (void)send("GET", "/things?api_key=k3y-in-query&page=1");
    (void)send("POST", "/things", R"({"password":"in the request"})");
    const auto text = recording_json(recorder.recording());
    for (const auto* secret :
         {"s3cr3t", "abcdef0123", "tok_12345678", "k3y-in-query", "in the request", "set-cookie"}) {
        EXPECT_THAT(text, Not(HasSubstr(secret))) << secret;
    }
    EXPECT_THAT(text, HasSubstr("{base}/things?page=2"));
    EXPECT_THAT(text, HasSubstr("api_key=***&page=1"));
}

TEST_F(Recordings, is_written_read_and_served_again) {
    (void)send("GET", "/things?page=1");
    (void)send("GET", "/things?page=1");
    (void)send("GET", "/raw");
    const auto read = parse_recording(recording_json(recorder.recording()));
    ASSERT_TRUE(read) << read.error().to_string();
    ReplayProvider provider(*read);
    EXPECT_EQ(provider.name(), "recorded");
    ASSERT_EQ(provider.routes().size(), 2U);
    EXPECT_EQ(provider.routes()[0].operation, "get_things");
    const AskProvider ask(provider);
    EXPECT_THAT(ask.get("/things?page=1").body(), HasSubstr("\"n\":1"));
    EXPECT_THAT(ask.get("/things?page=1").body(), HasSubstr("\"n\":2"));
    EXPECT_THAT(ask.get("/things?page=1").body(), HasSubstr("\"n\":2")) << "the last again";
    EXPECT_THAT(ask.get("/things?page=9").body(), HasSubstr(ask.base_url + "/things?page=2"));
    EXPECT_EQ(ask.get("/raw").body(), "\xff\xfe");
    EXPECT_EQ(ask.get("/nowhere").status(), 404);
    provider.reset();
    EXPECT_THAT(ask.get("/things?page=1").body(), HasSubstr("\"n\":1"));
}

TEST_F(Recordings, what_is_no_recording_is_named_by_its_field) {
    const auto detail = [](std::string_view text) {
        const auto read = parse_recording(text);
        return read ? std::string("read") : read.error().detail();
    };
    EXPECT_EQ(detail("{"), "");
    EXPECT_EQ(detail(R"({"version":2,"name":"x","exchanges":[]})"), "/version");
    EXPECT_EQ(detail(R"({"version":1,"name":"a/b","exchanges":[]})"), "/name");
    EXPECT_EQ(detail(R"({"version":1,"name":"x","exchanges":{}})"), "/exchanges");
    EXPECT_EQ(detail(R"({"version":1,"name":"x","exchanges":[{"method":"GET","path":"x"}]})"),
              "/exchanges/0/path");
    EXPECT_EQ(detail(R"({"version":1,"name":"x","exchanges":[{"method":"GET","path":"/",)"
                     R"("status":200,"headers":[["a b","c"]]}]})"),
              "/exchanges/0/headers");
    EXPECT_EQ(detail(R"({"version":1,"name":"x","exchanges":[{"method":"GET","path":"/",)"
                     R"("status":200,"headers":[],"body_hex":"0"}]})"),
              "/exchanges/0/body_hex");
}

}  // namespace
}  // namespace apilab::sandbox
