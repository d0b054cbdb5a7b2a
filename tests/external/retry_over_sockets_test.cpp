// Google Cloud Storage's conformance table of retries (APILAB_DATA/retry/gcs_retry_tests.json): for
// each method, with or without a precondition, which faults a client must get over and which it
// must not. Played over real sockets: the client against a sandbox that carries out the faults.
//
// What a method does (`always_idempotent`, ...) is what the table's own groups say. A conditionally
// idempotent method is a write to us, and idempotent where the request carries a precondition; that
// is said with the call, as a program would.
//
// Out of scope, by rule: faults in the middle of an upload (`return-503-after-...`), since they are
// got over by the resumable upload protocol of that API.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "external_data.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using external::data_root;
using external::json_of;
using http::Effect;
using http::Json;

/// Answers every method with an object as large as the table's downloads.
class StorageProvider final : public Provider {
public:
    [[nodiscard]] std::string_view name() const override { return "storage"; }
    [[nodiscard]] std::span<const Route> routes() const override { return routes_; }
    [[nodiscard]] http::Response answer(const Incoming& incoming) override {
        const bool download = incoming.path.at("method") == "storage.objects.get";
        return http::Response(200, std::string(download ? 512U << 10U : 64U, 'x'));
    }
    [[nodiscard]] http::Response unknown_path(const http::Request& /*request*/) const override {
        return http::Response(404);
    }
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime /*now*/) const override {
        return http::Response::json(refusal.status, "{\"error\":{}}");
    }
    void reset() override {}

private:
    std::vector<Route> routes_ = {{"GET", "/{method}", "get", Effect::read},
                                  {"POST", "/{method}", "post", Effect::write},
                                  {"PUT", "/{method}", "put", Effect::write},
                                  {"PATCH", "/{method}", "patch", Effect::write},
                                  {"DELETE", "/{method}", "delete", Effect::write}};
};

enum class Kind : std::uint8_t { always, conditionally, never };

struct Play {
    std::string method;
    Kind kind = Kind::always;
    bool precondition = false;
    std::vector<std::string> faults;
};

/// The last word of a method's name as the HTTP method of the JSON API.
std::string http_method(std::string_view method) {
    const auto verb = method.substr(method.rfind('.') + 1);
    static const std::map<std::string_view, std::string> verbs = {
        {"get", "GET"},          {"list", "GET"},
        {"getIamPolicy", "GET"}, {"delete", "DELETE"},
        {"patch", "PATCH"},      {"update", "PUT"},
        {"setIamPolicy", "PUT"}, {"testIamPermissions", "GET"}};
    const auto found = verbs.find(verb);
    return found == verbs.end() ? "POST" : found->second;
}

Effect effect_of(const Play& play) {
    const bool safe =
        play.kind == Kind::always || (play.kind == Kind::conditionally && play.precondition);
    if (!safe) {
        return Effect::write;
    }
    return http_method(play.method) == "GET" ? Effect::read : Effect::idempotent;
}

/// The fault as the sandbox says it; empty: out of scope.
std::string_view sandbox_fault(std::string_view instruction) {
    static const std::map<std::string_view, std::string_view> faults = {
        {"return-503", "{ status = 503 }"},
        {"return-408", "{ status = 408 }"},
        {"return-400", "{ status = 400 }"},
        {"return-401", "{ status = 401 }"},
        {"return-reset-connection", "{ reset = \"before_response\" }"},
        {"return-broken-stream", "{ reset = \"mid_body\" }"},
        // Half of the object that `StorageProvider` serves.
        {"return-broken-stream-after-256K", "{ reset = \"mid_body\" }"}};
    const auto found = faults.find(instruction);
    return found == faults.end() ? std::string_view() : found->second;
}

bool in_scope(const std::vector<std::string>& faults) {
    const bool in_an_upload = std::ranges::any_of(
        faults, [](const auto& fault) { return fault.starts_with("return-503-after-"); });
    for (const auto& fault : faults) {
        EXPECT_TRUE(in_an_upload || !sandbox_fault(fault).empty()) << "unknown fault " << fault;
    }
    return !in_an_upload;
}

Scenario scenario_of(const std::vector<std::string>& faults) {
    std::string text = "name = \"gcs\"\n";
    for (std::size_t i = 0; i < faults.size(); ++i) {
        // Counters count the requests that reach their fault: the one before took its own away.
        text += fmt::format("[[fault]]\nwhere = \"storage:*\"\nwhat = {}\nwhen = {{ nth = 1 }}\n",
                            sandbox_fault(faults[i]));
    }
    auto scenario = parse_scenario(text);
    EXPECT_TRUE(scenario.has_value()) << text;
    return scenario ? *std::move(scenario) : Scenario();
}

class RetryOverSockets : public testing::Test {
protected:
    void SetUp() override {
        SandboxOptions options;
        options.providers.push_back(std::make_unique<StorageProvider>());
        sandbox_ = *Sandbox::make(scheduler_, std::move(options));
        host_ = std::make_unique<SandboxHost>(scheduler_, *sandbox_,
                                              HostOptions{.port = 0, .admin_port = 0});
        ASSERT_TRUE(host_->start().has_value());
        client::ClientOptions client_options;
        client_options.retry.transient = {.base = 1ms, .cap = 1ms};
        client_options.budget->capacity = 1'000'000;  // the table is not about budgets
        client_options.breaker.reset();               // nor about an origin that fails all the time
        client_ = *client::Client::create(scheduler_, transport_, rng_, client_options);
    }

    Result<http::Response> send(const Play& play) {
        const auto url = http::Url::parse(host_->origin() + "/storage/" + play.method);
        http::Request request(http_method(play.method), *url);
        client::CallOptions options;
        options.operation.provider = "generic";
        options.operation.effect = effect_of(play);
        return runtime::run(scheduler_, client_->send(std::move(request), std::move(options)));
    }

    /// Plays one row; returns how many requests arrived.
    std::size_t check(const Play& play, bool succeeds) {
        EXPECT_TRUE(sandbox_->start_run(scenario_of(play.faults), 1).has_value());
        const auto reply = send(play);
        EXPECT_EQ(reply && reply->ok(), succeeds);
        return sandbox_->journal().rows().size();
    }

    runtime::RealScheduler scheduler_;
    SeededRng rng_{1};
    // A connection for each request: a reset on a kept one may be got over by the transport, and
    // then the table would not be about the client's decisions.
    transport::AsioTransport transport_{scheduler_, {.idle_keep_alive = 0s}};
    std::unique_ptr<Sandbox> sandbox_;
    std::unique_ptr<SandboxHost> host_;
    std::unique_ptr<client::Client> client_;
};

/// How many requests a client sends that is right: it goes on behind the faults that it may get
/// over, and stops at the first of the others.
std::size_t requests_of(const Play& play) {
    const bool may_repeat = effect_of(play) != Effect::write;
    std::size_t count = 1;
    for (const auto& fault : play.faults) {
        const bool permanent = fault == "return-400" || fault == "return-401";
        if (permanent || !may_repeat) {
            return count;
        }
        ++count;
    }
    return count;
}

std::map<std::string, Kind> kinds_of(const Json& tests) {
    std::map<std::string, Kind> kinds;
    for (const auto test : tests.elements()) {
        const auto group = test["description"].string_or("");
        for (const auto method : test["methods"].elements()) {
            const std::string name(method["name"].string_or("?"));
            if (group == "always_idempotent") {
                kinds[name] = Kind::always;
            } else if (group.starts_with("conditionally_idempotent")) {
                kinds[name] = Kind::conditionally;
            } else if (group == "non_idempotent") {
                kinds[name] = Kind::never;
            }
        }
    }
    return kinds;
}

TEST_F(RetryOverSockets, every_row_of_the_table_ends_as_it_says) {
    const auto file = data_root() / "retry" / "gcs_retry_tests.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file << " (set APILAB_DATA to the folder that holds it)";
    }
    const auto document = json_of(file);
    const auto tests = document.root()["retryTests"];
    const auto kinds = kinds_of(tests);
    int played = 0;
    int out_of_scope = 0;
    for (const auto test : tests.elements()) {
        for (const auto row : test["cases"].elements()) {
            Play play{.precondition = test["preconditionProvided"].boolean().value_or(false)};
            for (const auto fault : row["instructions"].elements()) {
                play.faults.emplace_back(fault.string_or("?"));
            }
            for (const auto method : test["methods"].elements()) {
                play.method = method["name"].string_or("?");
                SCOPED_TRACE(test["description"].string_or("?"));
                SCOPED_TRACE(play.method + " " + row.to_text());
                if (!in_scope(play.faults)) {
                    ++out_of_scope;
                    continue;
                }
                ASSERT_TRUE(kinds.contains(play.method));
                play.kind = kinds.at(play.method);
                const auto arrived = check(play, test["expectSuccess"].boolean().value_or(false));
                EXPECT_EQ(arrived, requests_of(play));
                ++played;
            }
        }
    }
    RecordProperty("played", played);
    RecordProperty("out_of_scope", out_of_scope);
    EXPECT_GT(played, 0);
}

}  // namespace
}  // namespace apilab::sandbox
