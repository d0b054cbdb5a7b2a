// A server with a quota of so many requests a second for all its clients together, in windows of
// one second from the first request on. It says what is left in every answer, and takes 20 ms for
// one.
//
//     quota_server PORT PER_SECOND seconds|epoch
//
// `seconds`: the IETF draft's `RateLimit`, whole seconds from now, rounded up. `epoch`: GitHub's
// `X-RateLimit-*`, whole seconds since 1970, rounded up. `GET /stats` is free and tells what became
// of each client, by its header `x-client`, and of each window. Serves until it is killed.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"

namespace {

using namespace apilab;
using std::chrono::seconds;

constexpr auto latency = std::chrono::milliseconds(20);

class Quota final : public runtime::Service {
public:
    Quota(runtime::Scheduler& scheduler, int per_second, bool epoch)
        : scheduler_(scheduler), per_second_(per_second), epoch_(epoch) {}

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        if (request.url().path() == "/stats") {
            co_return http::Response::json(200, stats());
        }
        auto response = decide(std::string(request.headers().value("x-client")));
        (void)co_await scheduler_.sleep_for(latency);
        co_return response;
    }

private:
    struct Counts {
        int granted = 0;
        int refused = 0;
    };

    http::Response decide(const std::string& client) {
        const auto now = scheduler_.now();
        if (windows_.empty()) {
            start_ = now;
        }
        const auto index = (now - start_) / seconds(1);
        auto& window = windows_[index];
        const bool granted = window.all < per_second_;
        window.all += granted ? 1 : 0;
        auto& counts = window.clients[client];
        ++(granted ? counts.granted : counts.refused);
        auto response = granted ? http::Response(200, "{}") : http::Response(429, "{}");
        const auto left = start_ + seconds(index + 1) - now;
        const auto whole = std::chrono::ceil<seconds>(left).count();
        announce(response, per_second_ - window.all, left, whole);
        if (!granted) {
            response.header("retry-after", std::to_string(whole));
        }
        return response;
    }

    void announce(http::Response& response, int remaining, Duration left, long whole) const {
        if (!epoch_) {
            response.header("ratelimit-policy", fmt::format("\"all\";q={};w=1", per_second_));
            response.header("ratelimit", fmt::format("\"all\";r={};t={}", remaining, whole));
            return;
        }
        const auto end = std::chrono::ceil<seconds>(scheduler_.system_now() + left);
        response.header("x-ratelimit-limit", std::to_string(per_second_));
        response.header("x-ratelimit-remaining", std::to_string(remaining));
        response.header("x-ratelimit-reset", std::to_string(end.time_since_epoch().count()));
    }

    // [{"ours": [granted, refused], ...}, ...] in the order of the windows; one without a request
    // is an empty object.
    [[nodiscard]] std::string stats() const {
        std::string text;
        long next = 0;
        for (const auto& [index, window] : windows_) {
            for (; next <= index; ++next) {
                text += text.empty() ? "" : ",";
                text += next < index ? "{}" : "";
            }
            std::string clients;
            for (const auto& [name, counts] : window.clients) {
                clients += fmt::format("{}\"{}\":[{},{}]", clients.empty() ? "" : ",", name,
                                       counts.granted, counts.refused);
            }
            text += "{" + clients + "}";
        }
        return "[" + text + "]";
    }

    struct Window {
        int all = 0;
        std::map<std::string, Counts> clients;
    };
    runtime::Scheduler& scheduler_;
    int per_second_;
    bool epoch_;
    SteadyTime start_;
    std::map<long, Window> windows_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "quota_server PORT PER_SECOND seconds|epoch\n");
        return 2;
    }
    runtime::RealScheduler scheduler;
    Quota quota(scheduler, std::stoi(argv[2]), std::string(argv[3]) == "epoch");
    server::ServerOptions options;
    options.port = static_cast<std::uint16_t>(std::stoi(argv[1]));
    server::Server server(scheduler, quota, options);
    if (const auto listening = server.listen(); !listening) {
        std::fprintf(stderr, "%s\n", listening.error().to_string().c_str());
        return 1;
    }
    scheduler.run();
    return 0;
}
