#include "apilab/sandbox/internal/test_receiver.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/effects/provider.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox::internal {

using namespace std::chrono_literals;
using http::Json;
using runtime::Task;

namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == at) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::string_view sender_of(const http::Request& request) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> marks{{
        {"x-github-event", "github"},
        {"x-slack-request-timestamp", "slack"},
        {"webhook-id", "standard"},
        {"stripe-signature", "stripe"},
        {"x-notion-signature", "notion"},
    }};
    for (const auto& [header, from] : marks) {
        if (request.headers().contains(header)) {
            return from;
        }
    }
    return request.headers().value("user-agent").starts_with("Stripe") ? "stripe" : "notion";
}

}  // namespace

// What a delivery says.
struct TestReceiver::Told {
    std::string id;
    bool known = true;
    std::string object;
    std::string version;

    static Told read(const http::Request& request, Json root) {
        const auto from = sender_of(request);
        Told told;
        if (from == "github") {
            const auto type = request.headers().value("x-github-event");
            told.id = request.headers().value("x-github-delivery");
            told.known = type == "push" || type == "issues";
            told.object = root["issue"]["number"].number_text();
            told.version = root["issue"]["updated_at"].string_or("");
        } else if (from == "slack") {
            const auto event = root["event"];
            const auto type = event["type"].string_or("");
            told.id = root["event_id"].string_or("");
            told.known = type == "app_mention" || type == "message";
            if (type == "message") {
                told.object = event["message"]["ts"].string_or(
                    event["deleted_ts"].string_or(event["ts"].string_or("")));
                told.version = event["event_ts"].string_or("");
            }
        } else {
            const auto type = root["type"].string_or("");
            told.known = !type.starts_with("weather");
            told.id = from == "standard" ? request.headers().value("webhook-id")
                                         : root["id"].string_or("");
            if (type.starts_with("customer.")) {
                told.object = root["data"]["object"]["id"].string_or("");
                told.version = root["created"].number_text();
            } else if (type.starts_with("page.")) {
                told.object = root["entity"]["id"].string_or("");
                told.version = root["timestamp"].string_or("");
            } else if (type.starts_with("order.") && type != "order.shipped") {
                told.object = root["data"]["id"].string_or("");
                told.version = root["timestamp"].string_or("");
            }
        }
        return told;
    }
};

bool TestReceiver::in_time(std::string_view stamp) const {
    if (stamp.empty() || stamp.find_first_not_of("0123456789") != std::string_view::npos) {
        return false;
    }
    const SystemTime then{std::chrono::seconds{std::stoll(std::string(stamp))}};
    return sins_.ignores_time || std::chrono::abs(sandbox_.scheduler().system_now() - then) <= 5min;
}

bool TestReceiver::signed_by(const http::Request& request, const std::string& body,
                             bool former) const {
    const auto& headers = request.headers();
    const auto from = sender_of(request);
    const auto secret = webhook_secret(sandbox_.run().seed, from, former);
    if (from == "github") {
        const auto sha1 = "sha1=" + webhook::hmac_sha1_hex(secret, body);
        return (sins_.believes_sha1 && headers.value("x-hub-signature") == sha1) ||
               headers.value("x-hub-signature-256") == webhook::github_signature(secret, body);
    }
    if (from == "notion") {
        return headers.value("x-notion-signature") == webhook::notion_signature(secret, body);
    }
    if (from == "slack") {
        const auto stamp = headers.value("x-slack-request-timestamp");
        return in_time(stamp) &&
               headers.value("x-slack-signature") == webhook::slack_signature(secret, stamp, body);
    }
    const bool stripe = from == "stripe";
    auto given =
        split(headers.value(stripe ? "stripe-signature" : "webhook-signature"), stripe ? ',' : ' ');
    std::string stamp(headers.value("webhook-timestamp"));
    if (stripe) {
        stamp = given.front().starts_with("t=") ? given.front().substr(2) : "";
        given.erase(given.begin());
    }
    const auto right =
        stripe ? "v1=" + webhook::stripe_signature(secret, stamp, body)
               : webhook::standard_signature(secret, headers.value("webhook-id"), stamp, body)
                     .value_or("-");
    given.resize(sins_.looks_at_one_signature ? std::min<std::size_t>(given.size(), 1)
                                              : given.size());
    return in_time(stamp) && std::ranges::find(given, right) != given.end();
}

bool TestReceiver::genuine(const http::Request& request) const {
    std::string body = request.body();
    if (sins_.reads_then_verifies) {
        const auto document = http::JsonDocument::parse(body);
        body = document ? document->root().to_text() : "";
    }
    return sins_.believes_everybody || signed_by(request, body, false) ||
           (sins_.keeps_the_former_secret && signed_by(request, body, true));
}

Task<Result<http::Response>> TestReceiver::call(http::Request request, runtime::CallContext) {
    const auto from = sender_of(request);
    if (sins_.takes_only_two && from != "github" && from != "slack") {
        co_return http::Response(404);
    }
    const auto document = http::JsonDocument::parse(request.body());
    const auto root = document ? document->root() : Json();
    if (root["verification_token"].is_string()) {
        co_return http::Response(200);
    }
    if (!genuine(request)) {
        co_return http::Response(401);
    }
    if (const auto challenge = root["challenge"].string()) {
        co_return http::Response(200, sins_.keeps_challenge ? "" : std::string(*challenge));
    }
    if (request.headers().value("x-github-event") == "ping") {
        co_return http::Response(200);
    }
    if (sins_.drops_retries && request.headers().contains("x-slack-retry-num")) {
        co_return http::Response(200);
    }
    if (sins_.puts_off) {
        co_return http::Response(503);
    }
    const Told told = Told::read(request, root);
    if (!told.known && !sins_.acts_on_news) {
        co_return http::Response(sins_.refuses_news ? 400 : 200);
    }
    bool known = seen_.contains(told.id);
    if (sins_.checks_then_acts) {
        (void)co_await sandbox_.scheduler().sleep_for(1ms);
    } else {
        known = !seen_.insert(told.id).second;
    }
    seen_.insert(told.id);
    if (known && !sins_.forgets) {
        co_return http::Response(sins_.refuses_copies ? 409 : 200);
    }
    std::string& newest = versions_[told.object];
    if (!told.object.empty() && told.version < newest && !sins_.overwrites) {
        co_return http::Response(200);
    }
    newest = std::max(newest, told.version);
    if (sins_.works_first) {
        co_await work(told.id, told.version);
    } else if ((!sins_.drops_half || ++count_ % 2 == 0) && (!sins_.sheds || jobs_.running() < 10)) {
        jobs_.spawn(work(told.id, told.version));
    }
    co_return http::Response(202);
}

Task<void> TestReceiver::work(std::string event, std::string version) {
    http::Request request("POST", *http::Url::parse("http://sandbox.test/effects"));
    std::string body = "{\"event\":" + http::json_quote(event);
    body += version.empty() ? "" : ",\"version\":" + http::json_quote(version);
    request.body(body + "}");
    transport::LoopbackTransport way(sandbox_.scheduler(), sandbox_);
    (void)co_await way.call(std::move(request), {});
}

namespace {

Task<void> meet(Sandbox& sandbox, TestReceiver& receiver) {
    transport::LoopbackTransport way(sandbox.scheduler(), receiver);
    co_await sandbox.play_world(way, *http::Url::parse("http://program.test"));
    co_await receiver.finish();
}

}  // namespace

RunReport judge_receiver(std::string_view scenario, ReceiverSins sins, bool killed,
                         std::uint64_t seed, bool met) {
    runtime::VirtualScheduler scheduler;
    SandboxOptions options;
    options.seed = seed;
    options.scenario = parse_scenario(scenario).value();
    options.providers.push_back(std::make_unique<effects::EffectsProvider>());
    auto sandbox = Sandbox::make(scheduler, std::move(options)).value();
    if (killed) {
        sandbox->note_outbound({.from = "kill"});
    }
    TestReceiver receiver(*sandbox, sins);
    if (met) {
        runtime::run(scheduler, meet(*sandbox, receiver));
    }
    sandbox->stop_run();
    return judge_run(*sandbox).value();
}

Finding finding_of(const RunReport& report, std::string_view id) {
    for (const auto& result : report.checks) {
        if (result.card.id == id) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check in the report");
}

}  // namespace apilab::sandbox::internal
