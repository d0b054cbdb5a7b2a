// Streamed bodies on the wire: how they are framed, and what the limits do to them.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/file_body.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::transport {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using internal::RawPeer;
using runtime::Task;
using Then = RawPeer::Then;
using When = RawPeer::When;

const std::string ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

class UnknownLength final : public runtime::BodySource {
public:
    explicit UnknownLength(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return {}; }
    [[nodiscard]] bool replayable() const override { return true; }
    [[nodiscard]] Task<Result<void>> start() override {
        at_ = 0;
        co_return Result<void>();
    }
    [[nodiscard]] Task<Result<std::string>> read(std::size_t /*max*/) override {
        co_return at_ < pieces_.size() ? pieces_[at_++] : std::string();
    }

private:
    std::vector<std::string> pieces_;
    std::size_t at_ = 0;
};

// Both take longer than the phase of the socket that came before them may.
class SlowSource final : public runtime::BodySource {
public:
    explicit SlowSource(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return 4; }
    [[nodiscard]] bool replayable() const override { return false; }
    [[nodiscard]] Task<Result<void>> start() override { return scheduler_.sleep_for(30ms); }
    [[nodiscard]] Task<Result<std::string>> read(std::size_t /*max*/) override {
        APILAB_CO_CHECK(co_await scheduler_.sleep_for(30ms));
        co_return pieces_-- > 0 ? std::string(2, 's') : std::string();
    }

private:
    runtime::Scheduler& scheduler_;
    int pieces_ = 2;
};

class SlowSink final : public runtime::BodySink {
public:
    explicit SlowSink(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}
    [[nodiscard]] Task<Result<void>> begin(Response /*head*/) override {
        return scheduler_.sleep_for(30ms);
    }
    [[nodiscard]] Task<Result<void>> write(std::string bytes) override {
        all += bytes;
        return scheduler_.sleep_for(30ms);
    }
    [[nodiscard]] Task<Result<void>> finish() override { return scheduler_.sleep_for(30ms); }
    std::string all;

private:
    runtime::Scheduler& scheduler_;
};

class CountingSink final : public runtime::BodySink {
public:
    [[nodiscard]] Task<Result<void>> begin(Response head) override {
        heads.push_back(std::move(head));
        co_return Result<void>();
    }
    [[nodiscard]] Task<Result<void>> write(std::string bytes) override {
        largest = std::max(largest, bytes.size());
        total += bytes.size();
        co_return Result<void>();
    }
    [[nodiscard]] Task<Result<void>> finish() override {
        ++finished;
        co_return Result<void>();
    }
    std::vector<Response> heads;
    std::size_t largest = 0;
    std::size_t total = 0;
    int finished = 0;
};

class AsioStreaming : public testing::Test {
protected:
    RawPeer& answer_with(std::vector<RawPeer::Reply> replies) {
        transport_.reset();
        peer_.emplace(scheduler_, std::move(replies));
        return *peer_;
    }
    Result<Response> send_one(Request request, SendOptions options) {
        if (!transport_) {
            transport_.emplace(scheduler_, options_);
        }
        attempt_ = {};
        options.attempt = &attempt_;
        return runtime::run(scheduler_, send(*transport_, std::move(request), std::move(options)));
    }
    Result<Response> put(std::shared_ptr<runtime::BodySource> source) {
        return send_one(Request("PUT", url()), {.upload = std::move(source)});
    }
    Result<Response> get(std::shared_ptr<runtime::BodySink> sink) {
        return send_one(Request::get(url()), {.download = std::move(sink)});
    }
    [[nodiscard]] http::Url url() const { return *http::Url::parse(peer_->url()); }

    runtime::RealScheduler scheduler_;
    AsioTransportOptions options_;
    std::optional<RawPeer> peer_;
    std::optional<AsioTransport> transport_;
    http::AttemptRecord attempt_;
};

TEST_F(AsioStreaming, a_body_of_unknown_length_is_chunked_and_the_connection_stays) {
    const auto& peer = answer_with({{ok}});
    for (int i = 0; i < 2; ++i) {
        const auto answer = put(
            std::make_shared<UnknownLength>(std::vector<std::string>{"abc", std::string(20, 'd')}));
        ASSERT_TRUE(answer) << answer.error().to_string();
    }
    EXPECT_EQ(peer.accepted(), 1U);
    EXPECT_EQ(peer.seen().at(1).body, "abc" + std::string(20, 'd'));
    const std::string framed = "3\r\nabc\r\n14\r\n" + std::string(20, 'd') + "\r\n0\r\n\r\n";
    EXPECT_EQ(attempt_.bytes_sent, peer.seen().at(1).head.size() + framed.size());
}

TEST_F(AsioStreaming, a_body_and_an_upload_are_not_both_sent) {
    answer_with({{ok}});
    const auto answer = send_one(Request::post(url(), "{}"),
                                 {.upload = std::make_shared<runtime::StringSource>("x")});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(answer.error().detail(), "upload");
}

TEST_F(AsioStreaming, a_length_of_ones_own_has_to_be_the_sources) {
    answer_with({{ok}});
    const auto own = [&](std::string length, std::shared_ptr<runtime::BodySource> source) {
        return send_one(Request("PUT", url()).header("content-length", std::move(length)),
                        {.upload = std::move(source)});
    };
    EXPECT_TRUE(own("1", std::make_shared<runtime::StringSource>("x")));
    EXPECT_EQ(own("2", std::make_shared<runtime::StringSource>("x")).error().detail(),
              "content-length");
    EXPECT_EQ(
        own("1", std::make_shared<UnknownLength>(std::vector<std::string>{"x"})).error().detail(),
        "content-length");
}

TEST_F(AsioStreaming, an_upload_has_a_limit_of_its_own) {
    options_.upload_bytes_max = 10;
    answer_with({{ok}});
    const auto known = put(std::make_shared<runtime::StringSource>(std::string(11, 'x')));
    ASSERT_FALSE(known);
    EXPECT_EQ(known.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(known.error().detail(), "upload");
    EXPECT_EQ(known.error().outcome(), Outcome::not_sent);
    EXPECT_EQ(attempt_.bytes_sent, 0U);
    const auto unknown =
        put(std::make_shared<UnknownLength>(std::vector<std::string>{"12345", "123456"}));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(unknown.error().outcome(), Outcome::unknown);
    EXPECT_TRUE(put(std::make_shared<runtime::StringSource>(std::string(10, 'x'))));
}

TEST_F(AsioStreaming, an_answer_that_comes_before_the_upload_is_over_is_the_answer) {
    // More than the kernel's buffers hold, and the peer reads none of it.
    const std::string large(std::size_t{64} * 1024 * 1024, 'x');
    for (const char* status : {"413 Content Too Large", "200 OK"}) {
        for (const bool streamed : {true, false}) {
            answer_with({{"HTTP/1.1 " + std::string(status) + "\r\ncontent-length: 3\r\n\r\nbig",
                          Then::hang, When::head}});
            const auto answer = streamed ? put(std::make_shared<runtime::StringSource>(large))
                                         : send_one(Request::post(url(), large), {});
            ASSERT_TRUE(answer) << answer.error().to_string();
            EXPECT_EQ(answer->body(), "big");
            EXPECT_LT(attempt_.bytes_sent, large.size());
            EXPECT_EQ(transport_->stats().connections, 0U) << "half a body went out on it";
        }
    }
}

TEST_F(AsioStreaming, an_answer_that_flows_while_the_body_is_sent_does_not_block_it) {
    // The peer echoes a head and a part, then reads the body, then ends its answer.
    const std::string large(std::size_t{16} * 1024 * 1024, 'x');
    const std::string part(8'000'000, 'p');
    const auto& peer = answer_with(
        {{"HTTP/1.1 200 OK\r\ncontent-length: 16000000\r\n\r\n" + part, Then::keep, When::head},
         {part, Then::keep, When::body}});
    const auto answer = put(std::make_shared<runtime::StringSource>(large));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_TRUE(answer->body() == part + part);
    EXPECT_EQ(peer.seen().at(0).body.size(), large.size());
}

TEST_F(AsioStreaming, a_large_answer_passes_in_pieces_and_is_never_held_as_a_whole) {
    const std::string big(5'000'000, 'x');
    answer_with({{"HTTP/1.1 200 OK\r\nx-id: 7\r\ncontent-length: 5000000\r\n\r\n" + big}});
    const auto sink = std::make_shared<CountingSink>();
    const auto answer = get(sink);
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(sink->total, big.size());
    EXPECT_LE(sink->largest, 64U * 1024U);
    EXPECT_EQ(sink->finished, 1);
    ASSERT_EQ(sink->heads.size(), 1U);
    EXPECT_EQ(sink->heads.front().headers().value("x-id"), "7");
    EXPECT_EQ(answer->headers().value("x-id"), "7");
    EXPECT_EQ(attempt_.bytes_received, peer_->seen().empty() ? 0U : big.size() + 53U);
    const auto again = get(std::make_shared<CountingSink>());
    EXPECT_TRUE(attempt_.reused_connection);
}

TEST_F(AsioStreaming, waiting_for_a_source_or_a_sink_is_not_held_against_the_socket) {
    answer_with({{"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"}});
    const auto sink = std::make_shared<SlowSink>(scheduler_);
    const auto answer = send_one(Request("PUT", url()),
                                 {.timeouts = {.connect = 20ms, .first_byte = 20ms, .idle = 10s},
                                  .upload = std::make_shared<SlowSource>(scheduler_),
                                  .download = sink});
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(peer_->seen().at(0).body, "ssss");
    EXPECT_EQ(sink->all, "body");
}

TEST_F(AsioStreaming, the_size_limit_holds_for_a_sink_too) {
    options_.body_bytes_max = 10;
    answer_with({{"HTTP/1.1 200 OK\r\n\r\n12345678901", Then::hang}});
    const auto sink = std::make_shared<CountingSink>();
    const auto answer = get(sink);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(sink->finished, 0);
}

TEST_F(AsioStreaming, a_file_goes_up_and_comes_down) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "apilab-asio-streaming";
    std::filesystem::create_directories(folder);
    const std::string content(200'000, 'f');
    ASSERT_TRUE(write_file_atomically(folder / "up", content));
    const auto& peer =
        answer_with({{ok},
                     {"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345", Then::fin},
                     {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole"}});
    ASSERT_TRUE(put(*runtime::FileSource::open(folder / "up")));
    EXPECT_TRUE(peer.seen().at(0).body == content);
    const auto sink = std::make_shared<runtime::FileSink>(folder / "down");
    EXPECT_FALSE(get(sink));
    EXPECT_FALSE(std::filesystem::exists(folder / "down"));
    ASSERT_TRUE(get(sink));
    EXPECT_EQ(read_file(folder / "down", 100), "whole");
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace apilab::transport
