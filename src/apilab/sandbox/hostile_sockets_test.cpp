// What is no request, or two at once, or without end, over real sockets: at the data port and at
// the admin port, which ask nobody then, answer once and close, and go on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <array>
#include <thread>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/foreign/provider.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/internal/test_world.hpp"

namespace apilab::sandbox {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view admin_token = "t0ken-of-this-test";

// A peer that sends what it likes, piece by piece, and then reads until the other side closes.
class Peer {
public:
    explicit Peer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API asks for it
        (void)::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() { ::close(socket_); }

    // False where the other side takes no more.
    [[nodiscard]] bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto put = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return true;
    }
    void end() const { ::shutdown(socket_, SHUT_WR); }
    [[nodiscard]] std::string read_all() const {
        std::string answer;
        std::array<char, 4096> buffer{};
        ssize_t count = 0;
        while ((count = ::recv(socket_, buffer.data(), buffer.size(), 0)) > 0) {
            answer.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return answer;
    }

private:
    int socket_;
};

class HostileSockets : public testing::Test {
protected:
    HostileSockets() {
        SandboxOptions options;
        options.providers.push_back(std::make_unique<internal::ThingsProvider>());
        options.providers.push_back(std::make_unique<foreign::ForeignProvider>());
        sandbox_ = Sandbox::make(scheduler_, std::move(options)).value();
        host_ = std::make_unique<SandboxHost>(
            scheduler_, *sandbox_,
            HostOptions{
                .port = 0, .admin_port = 0, .admin_token = Secret(std::string(admin_token))});
        const auto started = host_->start();
        EXPECT_TRUE(started);
    }

    // The peer has a thread of its own; the sandbox's is this one.
    template <class Work>
    std::string play(std::uint16_t port, Work work) {
        std::string answer;
        std::jthread client([&] {
            const Peer peer(port);
            answer = work(peer);
            scheduler_.stop();
        });
        scheduler_.run();
        client.join();
        scheduler_.poll();  // what the server still had to note
        return answer;
    }
    std::string send(std::uint16_t port, const std::string& bytes) {
        return play(port, [&](const Peer& peer) {
            (void)peer.send(bytes);
            peer.end();
            return peer.read_all();
        });
    }
    std::vector<std::uint16_t> ports() const { return {host_->port(), host_->admin_port()}; }

    void expect_still_there() {
        EXPECT_THAT(send(host_->port(), "GET /things/items/a HTTP/1.1\r\nhost: localhost\r\n\r\n"),
                    StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(send(host_->admin_port(),
                         "GET /_sandbox/health HTTP/1.1\r\nhost: localhost\r\n"
                         "authorization: Bearer " +
                             std::string(admin_token) + "\r\n\r\n"),
                    StartsWith("HTTP/1.1 200"));
    }

    runtime::RealScheduler scheduler_;
    std::unique_ptr<Sandbox> sandbox_;
    std::unique_ptr<SandboxHost> host_;
};

std::size_t answers_in(std::string_view bytes) {
    std::size_t count = 0;
    for (auto at = bytes.find("HTTP/1.1 "); at != std::string_view::npos;
         at = bytes.find("HTTP/1.1 ", at + 1)) {
        ++count;
    }
    return count;
}

TEST_F(HostileSockets, a_request_within_a_request_reaches_nobody) {
    const std::string inner = "GET /things/items/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n";
    const std::string auth = "authorization: Bearer " + std::string(admin_token) + "\r\n";
    const auto length = std::to_string(inner.size());
    const std::string post = "POST /things/items HTTP/1.1\r\nhost: localhost\r\n" + auth;
    const std::vector<std::string> table = {
        post + "content-length: " + length + "\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" +
            inner,
        post + "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n" + inner,
        post + "content-length: 0\r\ncontent-length: " + length + "\r\n\r\n" + inner,
        post + "content-length: 0, " + length + "\r\n\r\n" + inner,
        post + "content-length: +0\r\n\r\n" + inner,
        post + "content-length: 0x0\r\n\r\n" + inner,
        post + "content-length : " + length + "\r\n\r\n" + inner,
        post + "transfer-encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
        post + "transfer-encoding: xchunked\r\n\r\n" + inner,
        post + "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner,
        post + "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        post +
            "transfer-encoding:\x0b"
            "chunked\r\n\r\n0\r\n\r\n" +
            inner,
        post + "x: 1\r\n content-length: 0\r\n\r\n" + inner,
        post + "x: 1\r\n\ttransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        post + "transfer-encoding: chunked\r\n\r\n0\n\r\n" + inner,
        post + "transfer-encoding: chunked\r\n\r\n0x0\r\n\r\n" + inner,
        post + "transfer-encoding: chunked\r\n\r\n-1\r\n\r\n" + inner,
        post + "transfer-encoding: chunked\r\n\r\n10000000000000000\r\n" + inner,
        post + "transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" + inner,
        post + "transfer-encoding: chunked\r\n\r\n1;\x01\r\na\r\n0\r\n\r\n" + inner,
        "GET /things/items HTTP/1.1\nhost: localhost\n" + auth + "\n" + inner,
        "GET /things/items HTTP/1.1\r\nhost: localhost\n\r\n" + inner,
        "GET /things/items HTTP/1.1\r\nhost: localhost\r\nx: a\rb\r\n\r\n" + inner,
        "GET /things/items HTTP/1.1\r\nhost: localhost\r\nx: a" + std::string(1, '\0') +
            "\r\n\r\n" + inner,
        "GET /things/items HTTP/1.1\r\nhost: localhost\r\nhost: evil.test\r\n\r\n" + inner,
        "GET  /things/items HTTP/1.1\r\nhost: localhost\r\n\r\n" + inner,
        "GET /things/items HTTP/1.1 \r\nhost: localhost\r\n\r\n" + inner,
        " GET /things/items HTTP/1.1\r\nhost: localhost\r\n\r\n" + inner,
        "GET /things/items HTTP/1.2\r\nhost: localhost\r\n\r\n" + inner,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + inner,
        "\x16\x03\x01\x02" + std::string(40, '\0') + inner,
    };
    for (const auto port : ports()) {
        for (const auto& bytes : table) {
            const auto answer = send(port, bytes);
            EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 400"), StartsWith("HTTP/1.1 413"),
                                      StartsWith("HTTP/1.1 501"), StartsWith("HTTP/1.1 505")))
                << bytes;
            EXPECT_EQ(answers_in(answer), 1U) << bytes;
        }
    }
    EXPECT_TRUE(sandbox_->journal().rows().empty());
    expect_still_there();
}

TEST_F(HostileSockets, a_body_of_a_gigabyte_is_refused_before_it_comes) {
    for (const auto port : ports()) {
        for (const auto* size : {"1073741824", "9223372036854775807"}) {
            const auto answer = play(port, [&](const Peer& peer) {
                (void)peer.send(fmt::format(
                    "POST /things/items HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
                    size));
                return peer.read_all();
            });
            EXPECT_THAT(answer, StartsWith("HTTP/1.1 413")) << size;
        }
    }
    EXPECT_TRUE(sandbox_->journal().rows().empty());
    expect_still_there();
}

TEST_F(HostileSockets, a_chunked_body_without_end_is_refused_at_the_limit) {
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    const std::string dust = [] {
        std::string bytes;
        for (int i = 0; i < 200; ++i) {
            bytes += "1;" + std::string(300, 'e') + "\r\na\r\n";
        }
        return bytes;
    }();
    for (const auto port : ports()) {
        for (const auto& piece : {chunk, dust}) {
            std::size_t sent = 0;
            const auto answer = play(port, [&](const Peer& peer) {
                (void)peer.send(
                    "POST /things/items HTTP/1.1\r\nhost: localhost\r\n"
                    "transfer-encoding: chunked\r\n\r\n");
                while (sent < (std::size_t{64} << 20U) && peer.send(piece)) {
                    sent += piece.size();
                }
                return peer.read_all();
            });
            // A peer that goes on sending may lose the answer; that it is let in no further counts.
            EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 413"), testing::IsEmpty()));
            EXPECT_LT(sent, std::size_t{40} << 20U);
        }
    }
    EXPECT_TRUE(sandbox_->journal().rows().empty());
    expect_still_there();
}

TEST_F(HostileSockets, heads_beyond_measure_are_refused) {
    std::string many;
    for (int i = 0; i < 10'000; ++i) {
        many += fmt::format("a{}: 1\r\n", i);
    }
    const std::string get = "GET /things/items HTTP/1.1\r\nhost: localhost\r\n";
    for (const auto port : ports()) {
        EXPECT_THAT(send(port, get + many + "\r\n"), StartsWith("HTTP/1.1 431"));
        EXPECT_THAT(send(port, get + "x: " + std::string(200'000, 'x') + "\r\n\r\n"),
                    StartsWith("HTTP/1.1 431"));
        EXPECT_THAT(send(port, "GET /" + std::string(40'000, 'x') + " HTTP/1.1\r\nhost: h\r\n\r\n"),
                    StartsWith("HTTP/1.1 414"));
        EXPECT_THAT(send(port, std::string(200'000, 'G')),
                    AnyOf(StartsWith("HTTP/1.1 400"), StartsWith("HTTP/1.1 431")));
    }
    EXPECT_TRUE(sandbox_->journal().rows().empty());
    expect_still_there();
}

TEST_F(HostileSockets, tricks_with_the_path_lead_nowhere_else) {
    const std::vector<std::string> paths = {"/things/../_sandbox/health",
                                            "/things/%2e%2e/_sandbox/health",
                                            "/things/..%2f_sandbox/health",
                                            "/things/%2e%2e%2f%2e%2e%2fetc/passwd",
                                            "//_sandbox/health",
                                            "/./_sandbox//health",
                                            "/_sandbox/%68ealth",
                                            "/_sandbox/health%00",
                                            "/_sandbox/health/..",
                                            "/_sandbox;x/health",
                                            "/%5f%73andbox/health",
                                            "/things/items/%00",
                                            "/things/items/%ff%fe",
                                            "/things/items/a%0d%0ax-evil:%201",
                                            "/things/items/a%2f..%2f..",
                                            "http://evil.test/_sandbox/health",
                                            "http://evil.test/things/items/a",
                                            "/things/items/\\..\\..",
                                            "/things/" + std::string(20'000, '/'),
                                            "*",
                                            "/#/things/items"};
    for (const auto& path : paths) {
        const auto request = "GET " + path + " HTTP/1.1\r\nhost: localhost\r\n\r\n";
        const auto data = send(host_->port(), request);
        EXPECT_THAT(data, StartsWith("HTTP/1.1 ")) << path;
        EXPECT_THAT(data, testing::Not(AnyOf(StartsWith("HTTP/1.1 5"), HasSubstr("\"run\""))))
            << path;
        EXPECT_THAT(data, testing::Not(HasSubstr("\r\nx-evil"))) << path;
        EXPECT_THAT(send(host_->admin_port(), request), StartsWith("HTTP/1.1 4")) << path;
    }
    expect_still_there();
}

TEST_F(HostileSockets, the_admin_port_is_closed_to_a_page_that_a_browser_shows) {
    const std::string auth = "authorization: Bearer " + std::string(admin_token) + "\r\n";
    const auto post = [&](const std::string& host, const std::string& fields) {
        return send(host_->admin_port(), "POST /_sandbox/reset HTTP/1.1\r\nhost: " + host + "\r\n" +
                                             fields + "content-length: 0\r\n\r\n");
    };
    const auto run = sandbox_->run().id;
    EXPECT_THAT(post("localhost", ""), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(post("localhost", "authorization: Bearer t0ken\r\n"), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(post("localhost", "cookie: token=" + std::string(admin_token) + "\r\n"),
                StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(post("localhost", auth + "origin: http://evil.test\r\n"),
                StartsWith("HTTP/1.1 403"));
    EXPECT_THAT(post("localhost", auth + "origin: null\r\n"), StartsWith("HTTP/1.1 403"));
    EXPECT_THAT(post("rebound.test", auth), StartsWith("HTTP/1.1 403"));
    EXPECT_THAT(post("localhost.evil.test", auth), StartsWith("HTTP/1.1 403"));
    EXPECT_EQ(sandbox_->run().id, run) << "nothing of it took effect";
    // A page may ask whether it may ask, and gets no leave.
    const auto preflight = send(host_->admin_port(),
                                "OPTIONS /_sandbox/reset HTTP/1.1\r\nhost: localhost\r\n"
                                "origin: http://evil.test\r\n"
                                "access-control-request-method: POST\r\n\r\n");
    EXPECT_THAT(preflight, StartsWith("HTTP/1.1 4"));
    EXPECT_THAT(preflight, testing::Not(HasSubstr("ccess-control-allow")));
    EXPECT_THAT(post("localhost", auth), StartsWith("HTTP/1.1 20"));
}

}  // namespace
}  // namespace apilab::sandbox
