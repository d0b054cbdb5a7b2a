#pragma once

// An emulated Gmail behind weather that loses replies and an index that lags. For tests.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/service/google_tokens.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/google/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/seed/keys.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::radar::testing {

class Weather final : public runtime::Service {
public:
    Weather(runtime::Scheduler& scheduler, runtime::Service& inner)
        : scheduler_(scheduler), inner_(inner) {}

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext context) override {
        const std::string path(request.url().path());
        const bool sends = path.ends_with("/messages/send");
        tokens += path.ends_with("/token") ? 1 : 0;
        sends_seen += sends ? 1 : 0;
        if (path.ends_with("/messages") && scheduler_.now() < index_from) {
            ++hidden;
            co_return http::Response::json(200, R"({"resultSizeEstimate":0})");
        }
        if (sends && refuse) {
            co_return *refuse;
        }
        auto answer = co_await inner_.call(std::move(request), std::move(context));
        if (sends && lose > 0) {
            --lose;
            index_from = scheduler_.now() + index_lag;
            co_return fail(
                Error(ErrorKind::connection_lost, "reset").with_outcome(Outcome::unknown));
        }
        co_return answer;
    }

    /// So many replies to sends are lost; the mails are out.
    int lose = 0;
    /// So long after such a one nothing is found.
    Duration index_lag{};
    SteadyTime index_from = SteadyTime::min();
    /// What sends are answered with instead.
    std::optional<http::Response> refuse;
    int tokens = 0;
    int sends_seen = 0;
    int hidden = 0;

private:
    runtime::Scheduler& scheduler_;
    runtime::Service& inner_;
};

class GmailWorld : public ::testing::Test {
protected:
    GmailWorld() {
        auto provider = std::make_unique<sandbox::google::GoogleProvider>();
        google = provider.get();
        sandbox::SandboxOptions options;
        options.providers.push_back(std::move(provider));
        sandbox = std::move(sandbox::Sandbox::make(scheduler, std::move(options)).value());
        door.emplace(scheduler, *sandbox);
        weather.emplace(scheduler, *door);
    }

    static GmailSink consent() {
        return {.from = "Radar <me@apilab.example>",
                .to = {"team@apilab.example"},
                .client_id = "cid",
                .client_secret = Secret("sec"),
                .refresh_token = Secret("seed-refresh-token")};
    }
    std::int64_t number(const std::string& name) const { return google->numbers().at(name); }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(scheduler, std::move(task));
    }

    runtime::VirtualScheduler scheduler;
    SeededRng rng{1};
    sandbox::google::GoogleProvider* google = nullptr;
    std::unique_ptr<sandbox::Sandbox> sandbox;
    std::optional<transport::LoopbackTransport> door;
    std::optional<Weather> weather;
    http::Url base = http::Url::parse("http://sandbox.test/google").value();
};

}  // namespace apilab::radar::testing
