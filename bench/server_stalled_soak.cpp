// Holds many connections stalled at once and reports what that costs: the bar is 10,000
// (sandbox design, "Bars"). Not a test: it needs as many descriptors, on each side, as connections.
//
//     server_stalled_soak [connections]
//
// Server and client are two processes, so that each has the descriptor limit for itself. Exit 0:
// every connection was held, and its end was reported once.

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/wire.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"

namespace {

using namespace apilab;
constexpr std::size_t stall_at = 30;

struct Counters {
    std::size_t held = 0;
    std::size_t reported = 0;
    std::size_t by_peer = 0;
};

// Every answer stalls.
class Stalling final : public runtime::Service {
public:
    explicit Stalling(Counters& counters) {
        auto plan = std::make_shared<http::WirePlan>();
        plan->stall_at = stall_at;
        plan->on_finished = [&counters](const http::WireResult& result) {
            ++counters.reported;
            counters.by_peer += result.peer_closed && result.bytes_sent == stall_at ? 1 : 0;
        };
        plan_ = std::move(plan);
    }
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext /*context*/) override {
        http::Response response(200, std::string(1024, 'x'));
        response.wire(plan_);
        co_return response;
    }

private:
    std::shared_ptr<const http::WirePlan> plan_;
};

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

long resident_kib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == "VmRSS:") {
            long kib = 0;
            status >> kib;
            return kib;
        }
    }
    return 0;
}

// A connection that has asked, or -1.
int ask(std::uint16_t port) {
    constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int peer = ::socket(AF_INET, SOCK_STREAM, 0);
    const bool asked =
        ::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
        ::send(peer, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size());
    return asked ? peer : -1;
}

// Opens them all, reads what each is given, says so, and goes when told; its end closes them.
int run_client(std::size_t count, std::uint16_t port, int say, int listen) {
    std::vector<int> peers;
    for (std::size_t i = 0; i < count; ++i) {
        peers.push_back(ask(port));
        if (peers.back() < 0) {
            return 1;
        }
    }
    std::size_t held = 0;
    for (const int peer : peers) {
        char bytes[stall_at];
        held += ::recv(peer, bytes, sizeof(bytes), MSG_WAITALL) == ssize_t{stall_at} ? 1 : 0;
    }
    char byte = 0;
    const bool told = ::write(say, &held, sizeof(held)) == sizeof(held);
    return told && ::read(listen, &byte, 1) == 1 ? 0 : 1;
}

// Both give up after half a minute: a client that failed must not leave the server waiting.
constexpr int looks_max = 3000;

runtime::Task<void> until_asked(runtime::RealScheduler* scheduler, const server::Server* server,
                                std::size_t target) {
    for (int i = 0; i < looks_max && server->stats().requests < target; ++i) {
        (void)co_await scheduler->sleep_for(std::chrono::milliseconds(10));
    }
}

runtime::Task<void> until_reported(runtime::RealScheduler* scheduler, const Counters* counters,
                                   std::size_t target) {
    for (int i = 0; i < looks_max && counters->reported < target; ++i) {
        (void)co_await scheduler->sleep_for(std::chrono::milliseconds(10));
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t count = 10'000;
    if (argc > 1) {
        const std::string_view text(argv[1]);
        std::from_chars(text.data(), text.data() + text.size(), count);
    }
    const std::size_t descriptors = raise_descriptor_limit();
    if (count + 64 > descriptors) {
        count = descriptors - 64;
        std::printf("the descriptor limit allows only %zu connections\n", count);
    }
    int from_client[2];
    int to_client[2];
    if (pipe(from_client) != 0 || pipe(to_client) != 0) {
        return 1;
    }
    Counters counters;
    runtime::RealScheduler scheduler;
    Stalling service(counters);
    server::Server server(scheduler, service);
    if (auto listening = server.listen(); !listening) {
        std::printf("%s\n", listening.error().to_string().c_str());
        return 1;
    }
    const pid_t client = fork();
    if (client == 0) {
        _exit(run_client(count, server.port(), from_client[1], to_client[0]));
    }
    const long before = resident_kib();
    const auto started = std::chrono::steady_clock::now();
    runtime::run(scheduler, until_asked(&scheduler, &server, count));
    if (::read(from_client[0], &counters.held, sizeof(counters.held)) != sizeof(counters.held)) {
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    const long after = resident_kib();
    const std::size_t open = server.stats().connections_open;
    if (::write(to_client[1], "x", 1) != 1) {
        return 1;
    }
    waitpid(client, nullptr, 0);
    runtime::run(scheduler, until_reported(&scheduler, &counters, count));
    runtime::run(scheduler, server.stop(std::chrono::seconds(5)));
    std::printf("asked %zu, open at once %zu, held %zu, in %.2f s\n", count, open, counters.held,
                took.count());
    std::printf("resident %.1f MiB before, %.1f MiB with all of them: %.1f KiB each\n",
                static_cast<double>(before) / 1024, static_cast<double>(after) / 1024,
                static_cast<double>(after - before) / static_cast<double>(count));
    std::printf("ends reported %zu, by the peer %zu\n", counters.reported, counters.by_peer);
    return open == count && counters.held == count && counters.reported == count &&
                   counters.by_peer == count
               ? 0
               : 1;
}
