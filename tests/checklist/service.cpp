// A small service to run a checklist on: for each push of GitHub it asks GitHub once. What it does
// wrong is told by an argument, one fault at a time.
//
//     service PORT VOLUME [FAULT]
//
// `ends` before it listens, `deaf` (never listens), `unready` (503 for ever), `bare` (has no ready
// path), `stubborn` (SIGTERM is nothing to it), `loopback` (listens there alone), `tells` (logs its
// token), `shows` (its token stands in its arguments; added by the manifest), `litters` (a file
// beside its volume), `parent` (starts another process), `chatty` (its log is very long), `dead`
// (has given up on one thing, number 7, and does it when it is told so by who shows its token).

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "apilab/base/environment.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/send.hpp"

namespace {

using apilab::Result;
using apilab::http::Request;
using apilab::http::Response;
using apilab::runtime::Task;

struct Settings {
    std::uint16_t port = 0;
    std::string volume;
    std::string fault;
    apilab::Environment environment = apilab::process_environment();

    [[nodiscard]] std::string value(std::string_view name) const {
        const auto found = environment.find(name);
        return found == environment.end() ? "" : found->second;
    }
    // Read each time: it may be replaced.
    [[nodiscard]] std::string webhook_secret() const {
        std::ifstream file(value("WEBHOOK_SECRET_FILE"));
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

void say(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

class Web final : public apilab::runtime::Service {
public:
    Web(apilab::runtime::RealScheduler& scheduler, const Settings& settings)
        : settings_(settings), way_(scheduler, {}), work_(scheduler) {}

    Task<Result<Response>> call(Request request,
                                apilab::runtime::CallContext /*context*/) override {
        const auto path = request.url().path();
        if (path == "/webhooks/github") {
            co_return take(request);
        }
        if (path == "/readyz" && settings_.fault == "unready") {
            co_return Response(503, "not yet\n");
        }
        if (path == "/metrics") {
            co_return Response(200, fmt::format("pushes_total {}\n", pushes_));
        }
        if (path == "/dead") {
            co_return Response(200, dead_ ? R"([{"id":"7"}])" : "[]");
        }
        if (path == "/dead/7/again" || path == "/breakers/github/close") {
            co_return act(request);
        }
        const bool known = path == "/livez" || (path == "/readyz" && settings_.fault != "bare");
        co_return Response(known ? 200 : 404, known ? "ok\n" : "no such path\n");
    }

    Task<void> settled() { co_await work_.join(); }

private:
    Response act(const Request& request) {
        if (request.headers().value("authorization") != "Bearer " + settings_.value("TOKEN")) {
            return Response(401, "who is that?\n");
        }
        dead_ = false;
        work_.spawn(ask_github());
        return Response(202, "taken\n");
    }

    Response take(const Request& request) {
        const auto wanted =
            apilab::sandbox::webhook::github_signature(settings_.webhook_secret(), request.body());
        if (request.headers().value("x-hub-signature-256") != wanted) {
            return Response(401, "not signed\n");
        }
        ++pushes_;
        std::ofstream(settings_.volume + "/pushes", std::ios::app) << pushes_ << '\n';
        work_.spawn(ask_github());
        return Response(202, "taken\n");
    }

    Task<void> ask_github() {
        const auto url =
            apilab::http::Url::parse(settings_.value("GITHUB_URL") + "/repos/octo/webshop");
        auto request = Request::get(*url);
        request.header("authorization", "Bearer " + settings_.value("TOKEN"));
        request.header("user-agent", "checklist-service");
        const auto answer = co_await apilab::transport::send(way_, std::move(request));
        say(fmt::format("github answered {}", answer ? answer->status() : 0));
    }

    const Settings& settings_;
    apilab::transport::AsioTransport way_;
    apilab::runtime::TaskGroup work_;
    int pushes_ = 0;
    bool dead_ = settings_.fault == "dead";
};

// What happens before it listens. A code: it ends with it.
int begin(const Settings& settings) {
    for (const auto* name : {"TOKEN", "WEBHOOK_SECRET_FILE"}) {
        if (settings.value(name).empty()) {
            say(fmt::format("{} is not set", name));
            return 2;
        }
    }
    if (settings.fault == "ends") {
        say("cannot open the database");
        return 4;
    }
    if (settings.fault == "tells") {
        say("using token " + settings.value("TOKEN"));
    }
    if (settings.fault == "chatty") {
        for (int i = 1; i <= 20'500; ++i) {
            fmt::print("line {}\n", i);
        }
    }
    if (settings.fault == "litters") {
        std::ofstream("notes.txt") << "left behind";
    }
    if (settings.fault == "parent") {
        const int child = ::fork();
        if (child == 0) {
            ::pause();
            std::_Exit(0);
        }
        say(fmt::format("child {}", child));
    }
    return 0;
}

int serve(const Settings& settings) {
    apilab::runtime::RealScheduler scheduler;
    Web web(scheduler, settings);
    apilab::server::Server server(
        scheduler, web,
        {.address = settings.fault == "loopback" ? "127.0.0.1" : "0.0.0.0", .port = settings.port});
    apilab::runtime::Event told;
    const apilab::runtime::Signals signals(scheduler, {SIGTERM}, [&](int /*number*/) {
        if (settings.fault != "stubborn") {
            told.set();
        }
    });
    if (settings.fault != "deaf") {
        if (const auto listening = server.listen(); !listening) {
            say(listening.error().to_string());
            return 1;
        }
    }
    scheduler.run_until_complete([](auto& loop, auto& event, auto& port, auto& work) -> Task<void> {
        (void)co_await loop.wait(&event, apilab::SteadyTime::max());
        co_await port.stop({});
        co_await work.settled();
    }(scheduler, told, server, web));
    say("ended as told");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        return 64;
    }
    const Settings settings{.port = static_cast<std::uint16_t>(std::atoi(argv[1])),
                            .volume = argv[2],
                            .fault = argc > 3 ? argv[3] : ""};
    const int code = begin(settings);
    return code != 0 ? code : serve(settings);
}
