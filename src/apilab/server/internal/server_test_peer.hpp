#pragma once

// Test support: a blocking raw socket as the other side, and a server on a thread of its own.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "apilab/http/wire.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/server/server.hpp"

namespace apilab::server::internal {

/// A test that waits longer than this fails instead of hanging.
constexpr int test_patience_seconds = 20;

/// A blocking TCP client that shows every byte and how the connection ended.
class TestPeer {
public:
    enum class End : std::uint8_t { open, fin, reset, timeout };

    explicit TestPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{.tv_sec = test_patience_seconds, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }
    TestPeer(const TestPeer&) = delete;
    TestPeer& operator=(const TestPeer&) = delete;
    TestPeer(TestPeer&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)),
          connected_(other.connected_),
          end_(other.end_),
          buffer_(std::move(other.buffer_)) {}
    TestPeer& operator=(TestPeer&&) = delete;
    ~TestPeer() { close(); }

    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] int descriptor() const { return socket_; }
    [[nodiscard]] End end() const { return end_; }

    /// False where the connection would not take all of it.
    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto put = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return true;
    }
    void fin() const { ::shutdown(socket_, SHUT_WR); }
    void reset() {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        close();
    }
    void close() {
        if (socket_ >= 0) {
            ::close(std::exchange(socket_, -1));
        }
    }

    /// Everything up to and including `mark`; less where the connection ended before.
    std::string read_until(std::string_view mark) {
        while (buffer_.find(mark) == std::string::npos && receive()) {
        }
        const auto at = buffer_.find(mark);
        return take(at == std::string::npos ? buffer_.size() : at + mark.size());
    }
    std::string read_exactly(std::size_t count) {
        while (buffer_.size() < count && receive()) {
        }
        return take(std::min(count, buffer_.size()));
    }
    /// Until the connection ends; `end()` says how.
    std::string read_all() {
        while (receive()) {
        }
        return take(buffer_.size());
    }
    /// One whole answer by its Content-Length (none: head only), head and body together.
    std::string read_answer(bool head_only = false) {
        std::string head = read_until("\r\n\r\n");
        const std::size_t at = head.find("content-length: ");
        if (head_only || at == std::string::npos) {
            return head;
        }
        const auto length = std::strtoull(head.c_str() + at + 16, nullptr, 10);
        return head + read_exactly(length);
    }
    std::string ask(std::string_view bytes) {
        EXPECT_TRUE(send(bytes));
        return read_answer();
    }

private:
    bool receive() {
        char bytes[16 * 1024];
        const auto got = ::recv(socket_, bytes, sizeof(bytes), 0);
        if (got > 0) {
            buffer_.append(bytes, static_cast<std::size_t>(got));
            return true;
        }
        if (got == 0) {
            end_ = End::fin;
        } else {
            end_ = errno == ECONNRESET || errno == EPIPE ? End::reset : End::timeout;
        }
        return false;
    }
    std::string take(std::size_t count) {
        std::string out = buffer_.substr(0, count);
        buffer_.erase(0, count);
        return out;
    }

    int socket_;
    bool connected_ = false;
    End end_ = End::open;
    std::string buffer_;
};

/// What `WirePlan::on_finished` said, for the test's thread to wait for.
class TestReports {
public:
    [[nodiscard]] std::function<void(const http::WireResult&)> hook() {
        return [this](const http::WireResult& result) {
            const std::lock_guard lock(mutex_);
            results_.push_back(result);
            changed_.notify_all();
        };
    }
    /// The results, once there are `count` of them (or patience is over).
    std::vector<http::WireResult> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(test_patience_seconds),
                          [&] { return results_.size() >= count; });
        return results_;
    }
    [[nodiscard]] std::size_t count() {
        const std::lock_guard lock(mutex_);
        return results_.size();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<http::WireResult> results_;
};

/// A service made of a function.
class TestService final : public runtime::Service {
public:
    using Handler =
        std::function<runtime::Task<Result<http::Response>>(http::Request, runtime::CallContext)>;
    explicit TestService(Handler handler) : handler_(std::move(handler)) {}
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext context) override {
        return handler_(std::move(request), std::move(context));
    }

private:
    Handler handler_;
};

/// An answer that is there at once.
inline runtime::Task<Result<http::Response>> answer_with(http::Response response) {
    co_return response;
}

/// A server on port 0 and the thread that runs it.
class TestServer {
public:
    explicit TestServer(TestService::Handler handler, ServerOptions options = {})
        : service_(std::move(handler)), server_(scheduler_, service_, std::move(options)) {
        const auto listening = server_.listen();
        EXPECT_TRUE(listening) << (listening ? "" : listening.error().to_string());
        thread_ = std::thread([this] {
            scheduler_.run();
            runtime::run(scheduler_, server_.stop(grace_));
        });
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;
    ~TestServer() { stop({}); }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] runtime::RealScheduler& scheduler() { return scheduler_; }
    [[nodiscard]] TestPeer connect() { return TestPeer(port()); }

    /// Runs `work` on the server's thread and waits for it.
    template <class Work>
    auto on_thread(Work work) {
        std::packaged_task<decltype(work())()> task(std::move(work));
        auto done = task.get_future();
        boost::asio::post(scheduler_.io_context(), std::move(task));
        return done.get();
    }
    [[nodiscard]] ServerStats stats() {
        return on_thread([this] { return server_.stats(); });
    }
    /// Asks again and again; false when patience is over.
    bool eventually(const std::function<bool(const ServerStats&)>& holds) {
        const auto deadline =
            std::chrono::steady_clock::now() + std::chrono::seconds(test_patience_seconds);
        while (std::chrono::steady_clock::now() < deadline) {
            if (holds(stats())) {
                return true;
            }
            std::this_thread::yield();
        }
        return false;
    }

    void begin_stop(Duration grace) {
        // Posted: a stop before the thread has come to run() would be lost.
        boost::asio::post(scheduler_.io_context(), [this, grace] {
            grace_ = grace;
            scheduler_.stop();
        });
    }
    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    void stop(Duration grace) {
        if (thread_.joinable()) {
            begin_stop(grace);
            join();
        }
    }

private:
    runtime::RealScheduler scheduler_;
    TestService service_;
    Server server_;
    Duration grace_{};
    std::thread thread_;
};

}  // namespace apilab::server::internal
