#include "apilab/auth/loopback_listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace apilab::auth {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Loopback : public ::testing::Test {
protected:
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport{scheduler, {.system_roots = false}};
    LoopbackListener listener{scheduler};
    std::string uri;
    std::optional<Result<Secret>> got;

    void TearDown() override { runtime::run(scheduler, listener.close()); }

    void open(ExpectedAnswer expected = {.state = Secret("xyz"), .issuer = {}}) {
        auto opened = listener.open(std::move(expected));
        ASSERT_TRUE(opened) << opened.error().to_string();
        uri = *std::move(opened);
    }
    Result<http::Response> send(const http::Request& request) {
        return runtime::run(scheduler, transport.call(request, {}));
    }
    http::Response get(const std::string& url) {
        auto answer = send(http::Request::get(*http::Url::parse(url)));
        EXPECT_TRUE(answer) << url << ": " << answer.error().to_string();
        return answer ? *std::move(answer) : http::Response(0);
    }
    Result<Secret> code(SteadyTime deadline = SteadyTime::max()) {
        return runtime::run(scheduler, listener.code(deadline));
    }
    static Task<void> await(Loopback* self) {
        self->got = co_await self->listener.code(SteadyTime::max());
    }
    // Waits, lets the waiter begin, does as told, and waits for its end.
    static Task<void> awaited(Loopback* self, std::vector<std::string> queries, bool cancel) {
        runtime::TaskGroup group(self->scheduler);
        group.spawn(await(self));
        for (const auto& query : queries) {
            (void)co_await self->transport.call(
                http::Request::get(*http::Url::parse(self->uri + "?" + query)), {});
        }
        if (cancel) {
            (void)co_await self->scheduler.sleep_for(1ms);
            group.cancel();
        }
        co_await group.join();
    }
};

TEST_F(Loopback, listens_on_a_free_port_of_127_0_0_1_and_nowhere_else) {
    open();
    EXPECT_THAT(uri, ::testing::MatchesRegex("http://127\\.0\\.0\\.1:[0-9]+/callback"));
    const auto port = std::to_string(http::Url::parse(uri)->port());
    for (const auto* host : {"127.0.0.2", "[::1]"}) {
        const auto answer = send(http::Request::get(
            *http::Url::parse("http://" + std::string(host) + ":" + port + "/callback")));
        EXPECT_FALSE(answer) << host;
    }
}

TEST_F(Loopback, the_code_comes_to_who_waits) {
    open();
    runtime::run(scheduler, awaited(this, {"code=c0de&state=xyz"}, false));
    ASSERT_TRUE(got && *got) << got->error().to_string();
    EXPECT_EQ((*got)->reveal(), "c0de");
}

TEST_F(Loopback, a_code_that_came_before_anybody_waited_is_there) {
    open();
    EXPECT_EQ(get(uri + "?code=c0de&state=xyz").status(), 200);
    EXPECT_EQ(code()->reveal(), "c0de");
}

TEST_F(Loopback, another_state_does_not_end_the_wait) {
    open();
    runtime::run(scheduler, awaited(this,
                                    {"code=evil&state=abc", "code=evil", "error=access_denied",
                                     "code=evil&state=xyz&state=xyz", "code=c0de&state=xyz"},
                                    false));
    ASSERT_TRUE(got && *got) << got->error().to_string();
    EXPECT_EQ((*got)->reveal(), "c0de");
}

TEST_F(Loopback, whatever_else_is_asked_for_is_refused_and_does_not_end_the_wait) {
    open();
    EXPECT_EQ(get(uri + "?code=evil&state=abc").status(), 400);
    EXPECT_EQ(get(uri + "/?code=evil&state=xyz").status(), 404);
    const auto base = http::Url::parse(uri)->origin();
    EXPECT_EQ(get(base + "/favicon.ico").status(), 404);
    EXPECT_EQ(get(base + "/?code=evil&state=xyz").status(), 404);
    const auto posted = send(http::Request::post(*http::Url::parse(uri + "?code=evil&state=xyz"),
                                                 "code=evil&state=xyz"));
    ASSERT_TRUE(posted) << posted.error().to_string();
    EXPECT_EQ(posted->status(), 405);
    EXPECT_EQ(get(uri + "?code=c0de&state=xyz").status(), 200);
    EXPECT_EQ(code()->reveal(), "c0de");
}

TEST_F(Loopback, by_another_name_it_is_not_found) {
    open();
    const auto answer = send(http::Request::get(*http::Url::parse(uri + "?code=c&state=xyz"))
                                 .header("host", "rebound.test"));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status(), 404);
}

TEST_F(Loopback, a_state_counts_once) {
    open();
    EXPECT_EQ(get(uri + "?code=first&state=xyz").status(), 200);
    EXPECT_EQ(get(uri + "?code=second&state=xyz").status(), 404);
    EXPECT_EQ(code()->reveal(), "first");
}

TEST_F(Loopback, a_refusal_ends_the_wait_too) {
    open();
    const auto answer = get(uri + "?error=access_denied&error_description=No%20thanks&state=xyz");
    EXPECT_EQ(answer.status(), 400);
    EXPECT_THAT(answer.body(), HasSubstr("access_denied: No thanks"));
    const auto refused = code();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().provider_code(), "access_denied");
}

TEST_F(Loopback, an_answer_of_another_server_ends_the_wait_without_a_code) {
    open({.state = Secret("xyz"), .issuer = "https://id.test", .issuer_required = true});
    EXPECT_EQ(get(uri + "?code=c0de&state=xyz&iss=https://evil.test").status(), 400);
    EXPECT_EQ(code().error().detail(), "iss");
}

TEST_F(Loopback, the_page_is_escaped_and_has_nothing_from_elsewhere) {
    open();
    const auto answer =
        get(uri + "?error=%3Cscript%3E%26%22'%3C/script%3E&error_description=%3Cb%3E&state=xyz");
    EXPECT_THAT(answer.body(), Not(HasSubstr("<script")));
    EXPECT_THAT(answer.body(), Not(HasSubstr("<b>")));
    EXPECT_THAT(answer.body(), HasSubstr("&lt;script&gt;&amp;&quot;&#39;&lt;/script&gt;"));
    for (const auto* word : {"src=", "href=", "http:", "https:", "url("}) {
        EXPECT_THAT(answer.body(), Not(HasSubstr(word)));
    }
}

TEST_F(Loopback, every_page_forbids_to_keep_it_and_to_tell_where_one_comes_from) {
    open();
    for (const auto& query : {"?code=evil&state=abc", "x", "?code=c0de&state=xyz"}) {
        const auto answer = get(uri + query);
        EXPECT_EQ(answer.headers().value("cache-control"), "no-store");
        EXPECT_EQ(answer.headers().value("referrer-policy"), "no-referrer");
        EXPECT_THAT(answer.headers().value("content-security-policy"),
                    StartsWith("default-src 'none'"));
        EXPECT_EQ(answer.headers().value("content-type"), "text/html; charset=utf-8");
        EXPECT_THAT(answer.body(), Not(HasSubstr("c0de")));
    }
}

TEST_F(Loopback, nobody_comes_before_the_deadline) {
    open();
    const auto late = code(scheduler.now());
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind(), ErrorKind::deadline);
    EXPECT_EQ(late.error().ending(), Ending::deadline);
}

TEST_F(Loopback, a_cancellation_ends_the_wait_and_the_listener_goes_on) {
    open();
    runtime::run(scheduler, awaited(this, {}, true));
    ASSERT_TRUE(got && !*got);
    EXPECT_EQ(got->error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(get(uri + "?code=c0de&state=xyz").status(), 200);
    EXPECT_EQ(code()->reveal(), "c0de");
}

TEST_F(Loopback, one_login_at_a_time) {
    open();
    const auto second = listener.open({.state = Secret("abc"), .issuer = {}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(get(uri + "?code=evil&state=abc").status(), 400);
    EXPECT_EQ(get(uri + "?code=c0de&state=xyz").status(), 200);
    EXPECT_EQ(code()->reveal(), "c0de");
}

TEST_F(Loopback, after_one_login_the_next) {
    open();
    const auto before = uri;
    runtime::run(scheduler, listener.close());
    EXPECT_FALSE(send(http::Request::get(*http::Url::parse(before))));
    EXPECT_EQ(code().error().kind(), ErrorKind::invalid_argument);
    open({.state = Secret("abc"), .issuer = {}});
    EXPECT_EQ(get(uri + "?code=old&state=xyz").status(), 400);
    EXPECT_EQ(get(uri + "?code=c0de&state=abc").status(), 200);
    EXPECT_EQ(code()->reveal(), "c0de");
}

TEST_F(Loopback, an_empty_state_is_no_login) {
    const auto opened = listener.open({.state = Secret(), .issuer = {}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().detail(), "state");
}

}  // namespace
}  // namespace apilab::auth
