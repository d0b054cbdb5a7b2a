#include <algorithm>
#include <charconv>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/judge/trials/internal/receiver.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox::trials {

using runtime::Task;

bool Receiver::signed_at_all(const http::Request& request) const {
    const auto& headers = request.headers();
    return headers.contains("x-hub-signature-256") || headers.contains("x-slack-signature") ||
           headers.contains("webhook-signature");
}

bool Receiver::in_time(std::string_view stamp) const {
    std::int64_t seconds = 0;
    std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
    const auto then = SystemTime(std::chrono::seconds(seconds));
    const auto off = std::chrono::abs(sandbox_.scheduler().system_now() - then);
    return off <= std::chrono::minutes(5) || sins_.ignores_time;
}

bool Receiver::signed_by_standard(const http::Request& request, const std::string& body,
                                  bool former) const {
    const auto& headers = request.headers();
    const auto stamp = headers.value("webhook-timestamp");
    const auto right =
        webhook::standard_signature(webhook_secret(sandbox_.run().seed, "standard", former),
                                    headers.value("webhook-id"), stamp, body);
    auto given = headers.value("webhook-signature");
    while (right && !given.empty()) {
        const auto one = given.substr(0, given.find(' '));
        if (one == *right) {
            return in_time(stamp);
        }
        given.remove_prefix(sins_.looks_at_the_first_only ? given.size()
                                                          : std::min(one.size() + 1, given.size()));
    }
    return false;
}

bool Receiver::signed_rightly(const http::Request& request) const {
    const auto seed = sandbox_.run().seed;
    const auto& headers = request.headers();
    std::string body = request.body();
    if (sins_.reads_then_verifies) {
        const auto document = http::JsonDocument::parse(body);
        body = document ? document->root().to_text() : body;
    }
    if (headers.contains("x-github-event")) {
        return headers.value("x-hub-signature-256") ==
               webhook::github_signature(seed_secret(seed, "github webhook secret", ""), body);
    }
    if (headers.contains("webhook-id")) {
        return signed_by_standard(request, body, false) ||
               (sins_.keeps_the_former_secret && signed_by_standard(request, body, true));
    }
    const auto stamp = headers.value("x-slack-request-timestamp");
    return in_time(stamp) &&
           headers.value("x-slack-signature") ==
               webhook::slack_signature(seed_secret(seed, "slack signing secret", ""), stamp, body);
}

namespace {

bool of_known_type(const http::Request& request, http::Json root) {
    const auto& headers = request.headers();
    if (const auto type = headers.value("x-github-event"); !type.empty()) {
        return type == "push" || type == "issues";
    }
    const auto inner = root["event"]["type"].string_or("");
    return inner.empty() ? !root["type"].string_or("").starts_with("weather")
                         : inner == "app_mention" || inner == "message";
}

}  // namespace

Task<Result<http::Response>> Receiver::call(http::Request request,
                                            runtime::CallContext /*context*/) {
    const auto& headers = request.headers();
    const bool believed =
        sins_.believes_everybody ||
        (sins_.believes_any_signature ? signed_at_all(request) : signed_rightly(request));
    const auto document = http::JsonDocument::parse(request.body());
    if (!believed || !document) {
        co_return http::Response(401);
    }
    const auto root = document->root();
    if (const auto challenge = root["challenge"].string()) {
        co_return http::Response(200, sins_.keeps_challenge ? "" : std::string(*challenge));
    }
    if (headers.value("x-github-event") == "ping") {
        co_return http::Response(200);
    }
    if (!of_known_type(request, root) && !sins_.acts_on_unknown_types) {
        co_return http::Response(sins_.refuses_unknown_types ? 400 : 200);
    }
    const std::string event(
        headers.get("x-github-delivery")
            .value_or(headers.get("webhook-id").value_or(root["event_id"].string_or(""))));
    if (sins_.drops_retries && headers.contains("x-slack-retry-num")) {
        co_return http::Response(200);
    }
    bool known = seen_.contains(event);
    if (sins_.checks_then_acts) {
        (void)co_await sandbox_.scheduler().sleep_for(std::chrono::milliseconds(1));
    } else {
        known = !seen_.insert(event).second;
    }
    seen_.insert(event);
    if (known && !sins_.forgets) {
        co_return http::Response(sins_.refuses_copies ? 409 : 200);
    }
    if (sins_.works_first) {
        co_await work(event);
    } else if (!sins_.drops_half || ++count_ % 2 == 0) {
        jobs_.spawn(work(event));
    }
    co_return http::Response(202);
}

Task<void> Receiver::work(std::string event) {
    http::Request request("POST", *http::Url::parse("http://sandbox.test/effects"));
    request.body("{\"event\":" + http::json_quote(event) + "}");
    transport::LoopbackTransport way(sandbox_.scheduler(), sandbox_);
    (void)co_await way.call(std::move(request), {});
}

}  // namespace apilab::sandbox::trials
