// What every Transport promises about bodies that are streamed.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/body.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/send.hpp"
#include "subject.hpp"

namespace apilab::contract {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using runtime::Task;
using transport::SendOptions;
using Fault = Behaviour::Fault;

constexpr Duration patience = 50ms;

// A pipe: gives its pieces once, and says nothing about their size.
class OnceSource final : public runtime::BodySource {
public:
    OnceSource(runtime::Scheduler& scheduler, std::vector<std::string> pieces)
        : scheduler_(scheduler), pieces_(std::move(pieces)) {}
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return announced; }
    [[nodiscard]] bool replayable() const override { return false; }
    [[nodiscard]] Task<Result<void>> start() override {
        co_return at_ == 0 ? Result<void>()
                           : fail(ErrorKind::invalid_argument, "it was read already");
    }
    [[nodiscard]] Task<Result<std::string>> read(std::size_t /*max*/) override {
        if (at_ == fails_at) {
            co_return fail(Error(ErrorKind::io, "the disk is gone").with_detail("disk"));
        }
        if (at_ == hangs_at) {
            auto slept = co_await scheduler_.sleep_until(SteadyTime::max());
            co_return fail(std::move(slept).error());
        }
        co_return at_ < pieces_.size() ? pieces_[at_++] : std::string();
    }
    std::optional<std::uint64_t> announced;
    std::optional<std::size_t> fails_at;
    std::optional<std::size_t> hangs_at;

private:
    runtime::Scheduler& scheduler_;
    std::vector<std::string> pieces_;
    std::size_t at_ = 0;
};

class FailingSink final : public runtime::BodySink {
public:
    enum class At : std::uint8_t { begin, write, finish, nowhere };
    FailingSink(runtime::Scheduler& scheduler, At at) : scheduler_(scheduler), at_(at) {}
    [[nodiscard]] Task<Result<void>> begin(Response /*head*/) override { return step(At::begin); }
    [[nodiscard]] Task<Result<void>> write(std::string /*bytes*/) override {
        return step(At::write);
    }
    [[nodiscard]] Task<Result<void>> finish() override { return step(At::finish); }
    bool hangs = false;

private:
    Task<Result<void>> step(At now) {
        if (now != at_) {
            co_return Result<void>();
        }
        if (hangs) {
            co_return co_await scheduler_.sleep_until(SteadyTime::max());
        }
        co_return fail(Error(ErrorKind::io, "the disk is full").with_detail("disk"));
    }
    runtime::Scheduler& scheduler_;
    At at_;
};

class StreamingContract : public testing::TestWithParam<Implementation> {
protected:
    void peer_does(std::vector<Behaviour> behaviours) {
        subject_ = GetParam().make(std::move(behaviours));
    }
    Result<Response> send(Request request, SendOptions options) {
        attempt_ = {};
        options.attempt = &attempt_;
        return runtime::run(subject_->scheduler(),
                            transport::send(subject_->transport(), std::move(request), options));
    }
    Result<Response> upload(std::shared_ptr<runtime::BodySource> source, SendOptions options = {}) {
        options.upload = std::move(source);
        return send(Request("PUT", subject_->url("/")), options);
    }
    Result<Response> download(std::shared_ptr<runtime::BodySink> sink, SendOptions options = {}) {
        options.download = std::move(sink);
        return send(Request::get(subject_->url("/")), options);
    }
    void TearDown() override {
        if (subject_) {
            EXPECT_EQ(subject_->in_use(), 0U);
        }
    }

    std::unique_ptr<Subject> subject_;
    http::AttemptRecord attempt_;
};

TEST_P(StreamingContract, an_upload_arrives_whether_its_length_is_known_or_not) {
    peer_does({{}});
    const std::string big(300'000, 'u');
    ASSERT_TRUE(upload(std::make_shared<runtime::StringSource>(big)));
    const std::vector<std::string> pieces = {big, "x", big};
    const auto once = upload(std::make_shared<OnceSource>(subject_->scheduler(), pieces));
    ASSERT_TRUE(once) << once.error().to_string();
    ASSERT_TRUE(upload(std::make_shared<runtime::StringSource>("")));
    ASSERT_EQ(subject_->seen().size(), 3U);
    EXPECT_TRUE(subject_->seen()[0].body() == big);
    EXPECT_TRUE(subject_->seen()[1].body() == big + "x" + big);
    EXPECT_EQ(subject_->seen()[2].body(), "");
    if (GetParam().has_wire) {
        EXPECT_EQ(subject_->seen()[0].headers().value("content-length"), "300000");
        EXPECT_FALSE(subject_->seen()[1].headers().contains("content-length"));
        EXPECT_EQ(subject_->seen()[1].headers().value("transfer-encoding"), "chunked");
        EXPECT_EQ(subject_->seen()[2].headers().value("content-length"), "0");
    }
}

TEST_P(StreamingContract, a_source_that_fails_ends_the_call_with_its_own_error) {
    peer_does({{}});
    const auto source =
        std::make_shared<OnceSource>(subject_->scheduler(), std::vector<std::string>{"a", "b"});
    source->fails_at = 1;
    const auto answer = upload(source);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::io) << answer.error().to_string();
    EXPECT_EQ(answer.error().detail(), "disk");
    EXPECT_TRUE(subject_->seen().empty() || !GetParam().has_wire);
}

TEST_P(StreamingContract, a_source_that_gives_nothing_ends_at_the_idle_timeout) {
    peer_does({{}});
    const auto source =
        std::make_shared<OnceSource>(subject_->scheduler(), std::vector<std::string>{"a", "b"});
    source->hangs_at = 1;
    const auto answer = upload(source, {.timeouts = {.first_byte = 1h, .idle = patience}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
    EXPECT_EQ(answer.error().detail(), "idle");
}

TEST_P(StreamingContract, a_source_is_held_to_the_length_it_announced) {
    for (const std::uint64_t announced : {1U, 3U}) {
        peer_does({{}});
        const auto source =
            std::make_shared<OnceSource>(subject_->scheduler(), std::vector<std::string>{"a", "b"});
        source->announced = announced;
        const auto answer = upload(source);
        ASSERT_FALSE(answer) << announced;
        EXPECT_EQ(answer.error().kind(), ErrorKind::io);
        EXPECT_EQ(answer.error().detail(), "upload_length");
    }
}

TEST_P(StreamingContract, what_was_read_once_is_not_sent_twice) {
    peer_does({{}});
    const auto source =
        std::make_shared<OnceSource>(subject_->scheduler(), std::vector<std::string>{"a"});
    ASSERT_TRUE(upload(source));
    const auto again = upload(source);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(again.error().outcome(), Outcome::not_sent);
}

TEST_P(StreamingContract, a_good_answer_goes_to_the_sink_and_another_stays_in_memory) {
    const std::string big(300'000, 'd');
    peer_does({{Response(200, big)}, {Response(404, "no")}, {Response(201, "")}});
    const auto sink = std::make_shared<runtime::StringSink>();
    const auto good = download(sink);
    ASSERT_TRUE(good) << good.error().to_string();
    EXPECT_EQ(good->body(), "");
    EXPECT_TRUE(sink->bytes() == big);
    EXPECT_TRUE(sink->complete());

    const auto bad_sink = std::make_shared<runtime::StringSink>();
    const auto bad = download(bad_sink);
    ASSERT_TRUE(bad);
    EXPECT_EQ(bad->body(), "no");
    EXPECT_EQ(bad_sink->bytes(), "");
    EXPECT_FALSE(bad_sink->complete());

    const auto empty_sink = std::make_shared<runtime::StringSink>();
    ASSERT_TRUE(download(empty_sink));
    EXPECT_TRUE(empty_sink->complete());
}

TEST_P(StreamingContract, a_sink_that_fails_ends_the_call_with_its_own_error) {
    using At = FailingSink::At;
    for (const At at : {At::begin, At::write, At::finish}) {
        peer_does({{Response(200, "body")}});
        const auto answer = download(std::make_shared<FailingSink>(subject_->scheduler(), at));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), ErrorKind::io);
        EXPECT_EQ(answer.error().detail(), "disk");
        EXPECT_EQ(answer.error().outcome(),
                  at == At::finish ? Outcome::answered : Outcome::unknown);
        EXPECT_EQ(subject_->in_use(), 0U);
    }
}

TEST_P(StreamingContract, a_sink_that_hangs_ends_at_the_idle_timeout) {
    using At = FailingSink::At;
    for (const At at : {At::begin, At::write, At::finish}) {
        peer_does({{Response(200, "body")}});
        const auto sink = std::make_shared<FailingSink>(subject_->scheduler(), at);
        sink->hangs = true;
        const auto answer = download(sink, {.timeouts = {.first_byte = 1h, .idle = patience}});
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
        EXPECT_EQ(answer.error().detail(), "idle");
    }
}

TEST_P(StreamingContract, an_answer_that_breaks_off_never_completes_the_sink) {
    if (!GetParam().has_wire) {
        GTEST_SKIP() << "it shows no faults";
    }
    for (const Fault fault : {Fault::truncate, Fault::reset_in_body, Fault::stall_in_body}) {
        peer_does({{Response(200, "0123456789"), fault}, {Response(200, "good")}});
        const auto sink = std::make_shared<runtime::StringSink>();
        const auto answer =
            download(sink, {.timeouts = {.first_byte = patience, .idle = patience}});
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().outcome(), Outcome::unknown);
        EXPECT_FALSE(sink->complete());
        ASSERT_TRUE(download(sink));
        EXPECT_EQ(sink->bytes(), "good");
        EXPECT_TRUE(sink->complete());
    }
}

TEST_P(StreamingContract, a_read_whose_upload_is_gone_is_not_replayed) {
    if (!GetParam().has_wire) {
        GTEST_SKIP() << "it has no connections that die";
    }
    for (const bool replayable : {true, false}) {
        peer_does({{}, {Response(200), Fault::reset_before}, {Response(200, "found")}});
        ASSERT_TRUE(send(Request::get(subject_->url("/")), {}));
        std::shared_ptr<runtime::BodySource> source =
            std::make_shared<runtime::StringSource>("query");
        if (!replayable) {
            source = std::make_shared<OnceSource>(subject_->scheduler(),
                                                  std::vector<std::string>{"query"});
        }
        const auto answer = upload(source, {.effect = http::Effect::read});
        EXPECT_EQ(answer.has_value(), replayable);
        EXPECT_EQ(attempt_.replayed, replayable);
        if (replayable) {
            EXPECT_EQ(subject_->seen().back().body(), "query");
        } else {
            EXPECT_EQ(answer.error().kind(), ErrorKind::connection_lost);
        }
    }
}

TEST_P(StreamingContract, cancelling_while_a_source_or_a_sink_waits_leaves_nothing) {
    for (const bool up : {true, false}) {
        peer_does({{Response(200, "body")}});
        const auto source =
            std::make_shared<OnceSource>(subject_->scheduler(), std::vector<std::string>{"a"});
        source->hangs_at = 0;
        const auto sink =
            std::make_shared<FailingSink>(subject_->scheduler(), FailingSink::At::write);
        sink->hangs = true;
        SendOptions options;
        Request request = Request::get(subject_->url("/"));
        if (up) {
            options.upload = source;
        } else {
            options.download = sink;
        }
        std::optional<Result<Response>> result;
        const auto keep = [](Task<Result<Response>> task,
                             std::optional<Result<Response>>& into) -> Task<void> {
            into = co_await std::move(task);
        };
        runtime::TaskGroup group(subject_->scheduler());
        group.spawn(keep(transport::send(subject_->transport(), request, options), result));
        for (int i = 0; i < 50; ++i) {
            subject_->scheduler().poll();
        }
        EXPECT_FALSE(result);
        group.cancel();
        runtime::run(subject_->scheduler(), group.join());
        ASSERT_TRUE(result && !*result);
        EXPECT_EQ(result->error().kind(), ErrorKind::cancelled);
        EXPECT_EQ(subject_->in_use(), 0U);
    }
}

std::string name_of(const testing::TestParamInfo<Implementation>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(, StreamingContract,
                         testing::Values(asio_against_scripted_bytes(), asio_against_our_server(),
                                         asio_against_our_server_with_tls(),
                                         curl_against_scripted_bytes(), curl_against_our_server(),
                                         curl_against_our_server_with_tls(), loopback(),
                                         scripted()),
                         name_of);

}  // namespace
}  // namespace apilab::contract
