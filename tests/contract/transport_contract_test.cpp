// What every Transport promises, whatever it is made of.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/http/internal/encode.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"
#include "subject.hpp"

namespace apilab::contract {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using runtime::CallContext;
using runtime::Task;
using transport::SendOptions;
using Fault = Behaviour::Fault;

// Silence is waited out for real by some.
constexpr Duration patience = 50ms;

Task<void> keep_result(Task<Result<Response>> task, std::optional<Result<Response>>& result) {
    result = co_await std::move(task);
}

class TransportContract : public testing::TestWithParam<Implementation> {
protected:
    void peer_does(std::vector<Behaviour> behaviours) {
        subject_ = GetParam().make(std::move(behaviours));
    }
    Result<Response> call(Request request, CallContext context = {}) {
        attempt_ = {};
        context.attempt = &attempt_;
        return runtime::run(subject_->scheduler(),
                            subject_->transport().call(std::move(request), context));
    }
    Result<Response> get(CallContext context = {}) {
        return call(Request::get(subject_->url("/")), std::move(context));
    }
    [[nodiscard]] CallContext short_patience() const {
        CallContext context;
        context.timeouts.first_byte = patience;
        context.timeouts.idle = patience;
        return context;
    }
    void TearDown() override {
        if (subject_) {
            EXPECT_EQ(subject_->in_use(), 0U);
        }
    }

    std::unique_ptr<Subject> subject_;
    http::AttemptRecord attempt_;
};

// For those that show the wire: faults, headers as they go out, connections that are kept.
class WireContract : public TransportContract {};

TEST_P(TransportContract, says_what_it_is) {
    peer_does({{}});
    EXPECT_FALSE(subject_->transport().describe().empty());
}

TEST_P(TransportContract, every_complete_answer_is_a_value_whatever_its_status) {
    const std::vector<int> statuses = {200, 201, 204, 301, 304, 400, 401, 404, 429, 500, 503, 599};
    std::vector<Behaviour> behaviours;
    behaviours.reserve(statuses.size());
    for (const int status : statuses) {
        behaviours.push_back({Response(status)});
    }
    peer_does(behaviours);
    for (const int status : statuses) {
        const auto answer = get();
        ASSERT_TRUE(answer) << status << ": " << answer.error().to_string();
        EXPECT_EQ(answer->status(), status);
        EXPECT_EQ(attempt_.status, status);
        EXPECT_EQ(attempt_.error, std::nullopt);
        EXPECT_EQ(attempt_.outcome, Outcome::answered);
    }
}

TEST_P(TransportContract, bodies_arrive_byte_by_byte_as_they_were) {
    std::string every_byte;
    for (int i = 0; i < 256; ++i) {
        every_byte += static_cast<char>(i);
    }
    const std::vector<std::string> bodies = {"", "x", every_byte, "\r\n\r\n0\r\n\r\n",
                                             std::string(1'000'000, 'b')};
    std::vector<Behaviour> behaviours;
    behaviours.reserve(bodies.size());
    for (const auto& body : bodies) {
        behaviours.push_back({Response(200, body)});
    }
    peer_does(behaviours);
    for (const auto& body : bodies) {
        const auto answer = get();
        ASSERT_TRUE(answer) << answer.error().to_string();
        EXPECT_EQ(answer->body(), body);
    }
}

TEST_P(TransportContract, headers_arrive_in_order_repeated_ones_too) {
    Response response(200, "ok");
    response.headers().add("x-first", "1");
    response.headers().add("link", "<a>; rel=\"next\"");
    response.headers().add("link", "<b>; rel=\"last\"");
    peer_does({{response}});
    const auto answer = get();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->headers().value("X-First"), "1");
    EXPECT_EQ(answer->headers().get_all("Link"),
              (std::vector<std::string_view>{"<a>; rel=\"next\"", "<b>; rel=\"last\""}));
}

TEST_P(TransportContract, the_request_arrives_as_it_was_given) {
    peer_does({{}});
    auto request = Request("PATCH", subject_->url("/a%2Fb/c?x=1&x=2&y=%20"));
    request.header("x-many", "one").body(std::string(100'000, 'r'));
    request.headers().add("x-many", "two");
    ASSERT_TRUE(call(request));
    ASSERT_EQ(subject_->seen().size(), 1U);
    const auto& seen = subject_->seen().front();
    EXPECT_EQ(seen.method(), "PATCH");
    EXPECT_EQ(seen.url().target(), "/a%2Fb/c?x=1&x=2&y=%20");
    EXPECT_EQ(seen.body(), request.body());
    EXPECT_EQ(seen.headers().get_all("x-many"), (std::vector<std::string_view>{"one", "two"}));
}

TEST_P(WireContract, what_http_needs_is_added) {
    peer_does({{}});
    CallContext context;
    context.idempotency_key = "key-1";
    ASSERT_TRUE(call(Request("POST", subject_->url("/")), context));
    const auto& headers = subject_->seen().front().headers();
    EXPECT_EQ(headers.value("host"), subject_->url("/").authority());
    EXPECT_EQ(headers.value("content-length"), "0");
    EXPECT_EQ(headers.value("idempotency-key"), "key-1");
    EXPECT_TRUE(headers.value("user-agent").starts_with("apilab/"));
}

TEST_P(WireContract, content_codings_are_asked_for_and_undone) {
    Response coded(200, http::internal::gzip("hello"));
    coded.header("content-encoding", "gzip");
    peer_does({{coded}});
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "hello");
    EXPECT_EQ(answer->decoded_from(), "gzip");
    EXPECT_FALSE(answer->headers().contains("content-encoding"));
    EXPECT_FALSE(answer->headers().contains("content-length"));
    EXPECT_EQ(subject_->seen().front().headers().value("accept-encoding"), "gzip, br, zstd");
    const auto as_it_comes =
        call(Request::get(subject_->url("/")).header("accept-encoding", "gzip"));
    ASSERT_TRUE(as_it_comes);
    EXPECT_EQ(as_it_comes->body(), coded.body());
}

TEST_P(WireContract, answers_to_head_and_204_and_304_have_no_body) {
    Response not_modified(304);
    not_modified.header("etag", "\"1\"");
    peer_does({{Response(204)}, {not_modified}, {Response(200, "")}});
    EXPECT_EQ(get()->body(), "");
    const auto unchanged = get();
    EXPECT_EQ(unchanged->body(), "");
    EXPECT_EQ(unchanged->headers().value("etag"), "\"1\"");
    EXPECT_EQ(call(Request("HEAD", subject_->url("/")))->body(), "");
}

TEST_P(TransportContract, the_attempt_is_recorded_and_its_number_left_alone) {
    peer_does({{}});
    CallContext context;
    http::AttemptRecord record;
    record.number = 7;
    context.attempt = &record;
    const SteadyTime before = subject_->scheduler().now();
    ASSERT_TRUE(
        runtime::run(subject_->scheduler(),
                     subject_->transport().call(Request::get(subject_->url("/")), context)));
    EXPECT_EQ(record.number, 7);
    EXPECT_GE(record.started, before);
    EXPECT_EQ(record.started + record.elapsed <= subject_->scheduler().now(), true);
    EXPECT_EQ(record.status, 200);
    EXPECT_EQ(record.outcome, Outcome::answered);
    EXPECT_FALSE(record.reused_connection);
    EXPECT_FALSE(record.replayed);
    if (GetParam().has_wire) {
        EXPECT_GT(record.bytes_sent, 20U);
        EXPECT_GT(record.bytes_received, 20U);
    }
}

struct Row {
    Fault fault;
    ErrorKind kind;
    std::string detail;
};

TEST_P(WireContract, an_answer_that_never_becomes_complete_is_an_error_of_unknown_outcome) {
    const Row rows[] = {
        {Fault::reset_before, ErrorKind::connection_lost, "reset"},
        {Fault::reset_in_head, ErrorKind::connection_lost, "reset"},
        {Fault::reset_in_body, ErrorKind::connection_lost, "reset"},
        {Fault::close_before, ErrorKind::connection_lost, "closed"},
        {Fault::truncate, ErrorKind::protocol, "truncated"},
        {Fault::silence, ErrorKind::timeout, "first_byte"},
        {Fault::stall_in_head, ErrorKind::timeout, "idle"},
        {Fault::stall_in_body, ErrorKind::timeout, "idle"},
    };
    for (const auto& row : rows) {
        peer_does({{Response(200, "0123456789"), row.fault}});
        const auto answer = get(short_patience());
        const int number = static_cast<int>(row.fault);
        ASSERT_FALSE(answer) << number;
        EXPECT_EQ(answer.error().kind(), row.kind) << number << answer.error().to_string();
        EXPECT_EQ(answer.error().detail(), row.detail) << number;
        EXPECT_EQ(answer.error().outcome(), Outcome::unknown) << number;
        EXPECT_EQ(attempt_.error, row.kind) << number;
        EXPECT_EQ(attempt_.error_message, answer.error().message()) << number;
        EXPECT_EQ(attempt_.outcome, Outcome::unknown) << number;
        EXPECT_EQ(attempt_.status, 0) << number;
        EXPECT_EQ(subject_->seen().size(), 1U) << number;
        EXPECT_EQ(subject_->in_use(), 0U) << number;
    }
}

TEST_P(TransportContract, silence_ends_at_the_earliest_limit_and_names_it) {
    struct Limit {
        std::string detail;
        ErrorKind kind;
        std::function<void(CallContext&, SteadyTime)> set;
    };
    const Limit limits[] = {
        {"first_byte", ErrorKind::timeout,
         [](CallContext& c, SteadyTime) { c.timeouts.first_byte = patience; }},
        {"attempt", ErrorKind::timeout,
         [](CallContext& c, SteadyTime) { c.timeouts.attempt = patience; }},
        {"attempt", ErrorKind::timeout,
         [](CallContext& c, SteadyTime now) { c.attempt_deadline = now + patience; }},
        {"total", ErrorKind::deadline,
         [](CallContext& c, SteadyTime now) { c.deadline = now + patience; }},
        {"total", ErrorKind::deadline,
         [](CallContext& c, SteadyTime now) {
             c.deadline = now + patience;
             c.attempt_deadline = now + 2 * patience;
             c.timeouts.first_byte = Duration::zero();
         }},
    };
    for (const auto& limit : limits) {
        // A connection that stands already: on a busy machine, making one may outlast the limit.
        peer_does({{}, {Response(200), Fault::silence}});
        ASSERT_TRUE(get());
        CallContext context;
        const SteadyTime start = subject_->scheduler().now();
        limit.set(context, start);
        const auto answer = get(context);
        ASSERT_FALSE(answer) << limit.detail;
        EXPECT_EQ(answer.error().kind(), limit.kind) << limit.detail;
        EXPECT_EQ(answer.error().detail(), limit.detail);
        EXPECT_EQ(answer.error().outcome(), Outcome::unknown) << limit.detail;
        EXPECT_GE(subject_->scheduler().now(), start + patience) << limit.detail;
    }
}

TEST_P(TransportContract, a_deadline_that_has_passed_sends_nothing) {
    peer_does({{}});
    CallContext context;
    context.deadline = subject_->scheduler().now();
    const auto total = get(context);
    ASSERT_FALSE(total);
    EXPECT_EQ(total.error().kind(), ErrorKind::deadline);
    EXPECT_EQ(total.error().outcome(), Outcome::not_sent);
    context.deadline = SteadyTime::max();
    context.attempt_deadline = subject_->scheduler().now();
    const auto attempt = get(context);
    ASSERT_FALSE(attempt);
    EXPECT_EQ(attempt.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(attempt.error().outcome(), Outcome::not_sent);
    if (GetParam().has_wire) {
        EXPECT_TRUE(subject_->seen().empty());
    }
}

TEST_P(WireContract, what_may_not_be_written_is_refused_and_nothing_sent) {
    peer_does({{}});
    const Request requests[] = {
        Request("BAD METHOD", subject_->url("/")),
        Request::get(subject_->url("/")).header("x\r\ny", "z"),
        Request::get(subject_->url("/")).header("x", "a\r\ny: z"),
        Request::post(subject_->url("/"), "x").header("transfer-encoding", "chunked"),
    };
    for (const auto& request : requests) {
        const auto answer = call(request);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(answer.error().outcome(), Outcome::not_sent);
        EXPECT_EQ(attempt_.outcome, Outcome::not_sent);
    }
    EXPECT_TRUE(subject_->seen().empty());
}

TEST_P(WireContract, a_connection_is_reused_and_after_a_failure_it_is_not) {
    peer_does({{}, {}, {Response(200, "0123456789"), Fault::truncate}, {}, {}});
    ASSERT_TRUE(get());
    EXPECT_FALSE(attempt_.reused_connection);
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.reused_connection);
    ASSERT_FALSE(get());
    ASSERT_TRUE(get());
    EXPECT_FALSE(attempt_.reused_connection);
    ASSERT_TRUE(get());
    EXPECT_TRUE(attempt_.reused_connection);
}

TEST_P(WireContract, a_peer_that_closes_after_its_answer_costs_the_next_call_nothing) {
    peer_does({{Response(200, "a"), Fault::close_after}, {Response(200, "b")}});
    EXPECT_EQ(get()->body(), "a");
    while (subject_->step()) {
    }
    const auto answer = call(Request::post(subject_->url("/"), "{}"));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "b");
    EXPECT_EQ(subject_->seen().size(), 2U);
}

TEST_P(WireContract, a_read_on_a_connection_that_dies_is_replayed_once_and_a_write_never) {
    for (const Fault fault : {Fault::reset_before, Fault::close_before}) {
        peer_does({{}, {Response(200), fault}, {Response(200, "second")}, {Response(200), fault}});
        ASSERT_TRUE(get());
        const auto read = get();
        ASSERT_TRUE(read) << read.error().to_string();
        EXPECT_EQ(read->body(), "second");
        EXPECT_TRUE(attempt_.replayed);
        EXPECT_EQ(subject_->seen().size(), 3U);
        const auto write = call(Request::post(subject_->url("/"), "{}"));
        ASSERT_FALSE(write);
        EXPECT_EQ(write.error().kind(), ErrorKind::connection_lost);
        EXPECT_EQ(write.error().outcome(), Outcome::unknown);
        EXPECT_FALSE(attempt_.replayed);
        EXPECT_EQ(subject_->seen().size(), 4U);
    }
}

TEST_P(WireContract, the_effect_and_not_the_method_decides_what_is_replayed) {
    peer_does({{}, {Response(200), Fault::reset_before}, {Response(200, "found")}});
    ASSERT_TRUE(get());
    CallContext context;
    context.operation.effect = http::Effect::read;
    const auto answer = call(Request::post(subject_->url("/v1/query"), "{}"), context);
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body(), "found");
}

TEST_P(TransportContract, many_calls_at_once_are_all_answered) {
    peer_does({{Response(200, "ok")}});
    std::vector<std::optional<Result<Response>>> results(100);
    runtime::TaskGroup group(subject_->scheduler());
    for (auto& result : results) {
        group.spawn(keep_result(
            transport::send(subject_->transport(), Request::get(subject_->url("/"))), result));
    }
    runtime::run(subject_->scheduler(), group.join());
    for (const auto& result : results) {
        ASSERT_TRUE(result && *result);
        EXPECT_EQ((*result)->body(), "ok");
    }
    EXPECT_EQ(subject_->seen().size(), results.size());
}

TEST_P(TransportContract, cancelling_after_any_number_of_steps_ends_the_call_and_leaves_nothing) {
    int cancelled = 0;
    int too_late = 0;
    bool was_over = false;
    for (int steps = 0; !was_over; ++steps) {
        ASSERT_LT(steps, 2000) << "the call never ends";
        peer_does({{Response(200, std::string(200'000, 'x'))}});
        (void)runtime::run(subject_->scheduler(), subject_->scheduler().sleep_for(1ns));
        const std::size_t before = transport::internal::open_descriptors();
        std::optional<Result<Response>> result;
        runtime::TaskGroup group(subject_->scheduler());
        group.spawn(keep_result(
            transport::send(subject_->transport(), Request::get(subject_->url("/"))), result));
        for (int i = 0; i < steps && !result; ++i) {
            subject_->step();
        }
        was_over = result.has_value();
        group.cancel();
        runtime::run(subject_->scheduler(), group.join());
        ASSERT_TRUE(result) << steps;
        EXPECT_EQ(subject_->in_use(), 0U) << steps;
        if (*result) {
            too_late += was_over ? 0 : 1;
        } else {
            ++cancelled;
            EXPECT_EQ(result->error().kind(), ErrorKind::cancelled) << steps;
            EXPECT_TRUE(subject_->seen().empty() || result->error().outcome() == Outcome::unknown)
                << steps;
        }
        subject_->destroy_transport();
        for (int i = 0; i < 100 && transport::internal::open_descriptors() > before; ++i) {
            subject_->step();
        }
        EXPECT_EQ(transport::internal::open_descriptors(), before) << steps;
        subject_.reset();
    }
    if (GetParam().has_sockets) {
        EXPECT_GT(cancelled, 5);
        EXPECT_LE(too_late, GetParam().steps_after_the_answer)
            << "a cancellation may be missed only when the answer is there";
    }
}

std::string name_of(const testing::TestParamInfo<Implementation>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(, TransportContract,
                         testing::Values(asio_against_scripted_bytes(), asio_against_our_server(),
                                         asio_against_our_server_with_tls(),
                                         curl_against_scripted_bytes(), curl_against_our_server(),
                                         curl_against_our_server_with_tls(), loopback(),
                                         scripted()),
                         name_of);

INSTANTIATE_TEST_SUITE_P(, WireContract,
                         testing::Values(asio_against_scripted_bytes(), asio_against_our_server(),
                                         asio_against_our_server_with_tls(),
                                         curl_against_scripted_bytes(), curl_against_our_server(),
                                         curl_against_our_server_with_tls(), loopback()),
                         name_of);

}  // namespace
}  // namespace apilab::contract
