// GitHub's webhooks as fast as they are taken, or so many a second. Each is another event; all are
// signed before the clock starts. Prints: taken a second, latency at 50 and 99 %, refused or lost.
//
//     webhook_load PORT SECRET COUNT CONNECTIONS RATE FIRST       RATE 0: as fast as they are taken
//
// With a rate the latency counts from when the delivery was due, also where it had to wait for a
// connection: a server that stalls is not spared.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "apilab/base/digest.hpp"
#include "apilab/base/secret.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Load {
    std::uint16_t port = 0;
    std::string secret;
    std::size_t count = 0;
    std::size_t connections = 0;
    double rate = 0;
    std::size_t first = 0;
};

// A push of some 2 KB.
std::string write_request(const Load& load, std::size_t number) {
    const auto body = fmt::format(
        R"({{"ref":"refs/heads/main","after":"{0:040x}","commits":[{{"id":"{0:040x}",)"
        R"("message":"{1}","timestamp":"2026-01-01T00:00:00Z"}}],"repository":{{"id":1296269,)"
        R"("full_name":"octo/webshop","owner":{{"login":"octo","id":1}}}},"number":{0}}})",
        number, std::string(1600, 'x'));
    return fmt::format(
        "POST /webhooks HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: GitHub-Hookshot/044aadd\r\n"
        "Accept: */*\r\nContent-Type: application/json\r\nX-GitHub-Delivery: "
        "00000000-0000-4000-8000-{:012}\r\nX-GitHub-Event: push\r\nX-GitHub-Hook-ID: 30\r\n"
        "X-Hub-Signature-256: sha256={}\r\nContent-Length: {}\r\n\r\n{}",
        load.port, number, apilab::to_hex(apilab::hmac_sha256(apilab::Secret(load.secret), body)),
        body.size(), body);
}

struct Connection {
    int socket = -1;
    std::string answer;
    bool busy = false;
    Clock::time_point due;
};

class Run {
public:
    explicit Run(const Load& load) : load_(load), epoll_(::epoll_create1(0)) {
        for (std::size_t i = 0; i < load.count; ++i) {
            requests_.push_back(write_request(load, load.first + i));
        }
        connections_.resize(load.connections);
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            connect(i);
            idle_.push_back(i);
        }
    }

    int run() {
        const auto start = Clock::now();
        while (done_ < load_.count) {
            send_due(start);
            wait(start);
        }
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        std::ranges::sort(latencies_);
        const auto at = [&](double part) {
            const auto place = static_cast<std::size_t>(part * static_cast<double>(done_ - 1));
            return latencies_[place];
        };
        std::printf("%.1f %.3f %.3f %zu\n", static_cast<double>(done_ - bad_) / seconds, at(0.5),
                    at(0.99), bad_);
        return bad_ == 0 ? 0 : 1;
    }

private:
    void connect(std::size_t place) {
        Connection& one = connections_[place];
        one.socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(load_.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(one.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (::connect(one.socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
            0) {
            std::perror("webhook_load: connect");
            std::exit(1);
        }
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.u64 = place;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, one.socket, &wanted);
    }

    [[nodiscard]] Clock::time_point due(Clock::time_point start, std::size_t number) const {
        const auto after = std::chrono::duration<double>(static_cast<double>(number) / load_.rate);
        return start + std::chrono::duration_cast<Clock::duration>(after);
    }

    void send_due(Clock::time_point start) {
        while (sent_ < load_.count && !idle_.empty()) {
            const auto now = Clock::now();
            const auto when = load_.rate > 0 ? due(start, sent_) : now;
            if (when > now) {
                return;
            }
            Connection& one = connections_[idle_.front()];
            idle_.pop_front();
            one.due = when;
            one.busy = true;
            // The kernel's buffers take a request of 2 KB whole.
            const auto& bytes = requests_[sent_++];
            if (::send(one.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
                static_cast<ssize_t>(bytes.size())) {
                std::perror("webhook_load: send");
                std::exit(1);
            }
        }
    }

    void wait(Clock::time_point start) {
        int patience = 1000;
        if (load_.rate > 0 && sent_ < load_.count && !idle_.empty()) {
            const auto left = due(start, sent_) - Clock::now();
            patience = static_cast<int>(
                std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
        }
        std::vector<epoll_event> events(256);
        const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                       std::max(patience, 0));
        for (int i = 0; i < ready; ++i) {
            read(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
        }
    }

    void read(std::size_t place) {
        Connection& one = connections_[place];
        std::vector<char> bytes(4096);
        const auto got = ::recv(one.socket, bytes.data(), bytes.size(), 0);
        if (got <= 0) {
            std::fprintf(stderr, "webhook_load: the server closed a connection\n");
            std::exit(1);
        }
        one.answer.append(bytes.data(), static_cast<std::size_t>(got));
        // Both answer without a body, or with one that came in the same piece.
        if (!one.busy || !one.answer.contains("\r\n\r\n")) {
            return;
        }
        bad_ += one.answer.starts_with("HTTP/1.1 2") ? 0U : 1U;
        one.answer.clear();
        one.busy = false;
        ++done_;
        latencies_.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - one.due).count());
        idle_.push_back(place);
    }

    Load load_;
    int epoll_;
    std::vector<std::string> requests_;
    std::vector<Connection> connections_;
    std::deque<std::size_t> idle_;
    std::vector<double> latencies_;
    std::size_t sent_ = 0;
    std::size_t done_ = 0;
    std::size_t bad_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::fprintf(stderr, "webhook_load PORT SECRET COUNT CONNECTIONS RATE FIRST\n");
        return 2;
    }
    return Run({.port = static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)),
                .secret = argv[2],
                .count = std::strtoul(argv[3], nullptr, 10),
                .connections = std::strtoul(argv[4], nullptr, 10),
                .rate = std::strtod(argv[5], nullptr),
                .first = std::strtoul(argv[6], nullptr, 10)})
        .run();
}
