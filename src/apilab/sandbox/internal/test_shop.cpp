#include "apilab/sandbox/internal/test_shop.hpp"

#include <stdexcept>

#include "apilab/http/wire.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::internal {

using runtime::Task;

std::string shop_key(std::uint64_t number) {
    return sha256_hex("key " + std::to_string(number)).substr(0, 32);
}

Shopper::Shopper(std::string_view scenario_toml, std::uint64_t seed) {
    SandboxOptions options;
    options.seed = seed;
    auto scenario = parse_scenario(scenario_toml);
    if (!scenario) {
        throw std::logic_error(scenario.error().to_string());
    }
    options.scenario = *std::move(scenario);
    options.providers.push_back(std::make_unique<api::ApiProvider>(seed));
    auto made = Sandbox::make(scheduler, std::move(options));
    if (!made) {
        throw std::logic_error(made.error().to_string());
    }
    sandbox = *std::move(made);
}

Task<Seen> Shopper::attempt(http::Request request, std::uint64_t connection, std::uint64_t nth) {
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.connection = connection,
                                       .request_on_connection = nth,
                                       .first_byte = scheduler.now(),
                                       .complete = scheduler.now()};
    auto answer = co_await sandbox->call(std::move(request), std::move(context));
    if (!answer) {
        co_return Seen();
    }
    const bool lost = answer->wire()->reset != http::WirePlan::Reset::none;
    answer->wire()->on_finished(http::WireResult{.finished = scheduler.now(), .cut_by_plan = lost});
    co_return lost ? Seen() : Seen{answer->status(), answer->headers(), answer->body()};
}

Seen Shopper::send(std::string method, const std::string& target, std::string body,
                   std::string cookie, http::Headers headers, bool keep) {
    http::Request request(std::move(method), *http::Url::parse("http://" + host + target));
    request.headers() = std::move(headers);
    request.header("host", host);
    if (!cookie.empty()) {
        request.header("cookie", std::move(cookie));
    }
    request.body(std::move(body));
    const bool open = keep && on_connection_ > 0;
    connection_ += open ? 0 : 1;
    on_connection_ = open ? on_connection_ + 1 : 1;
    const Seen seen =
        runtime::run(scheduler, attempt(std::move(request), connection_, on_connection_));
    on_connection_ = seen.complete() ? on_connection_ : 0;
    return seen;
}

void Shopper::log_in() {
    take_cookies(send("POST", "/api/session", R"({"user":"ada","password":"api_password_stub"})"));
}

void Shopper::take_cookies(const Seen& seen) {
    for (const auto field : seen.headers.get_all("set-cookie")) {
        (field.starts_with("sid=") ? sid : theme) = field.substr(0, field.find(';'));
    }
}

Seen Shopper::order(const std::string& reference, const std::string& key, bool keep, bool apart,
                    const std::optional<std::string>& other_cookie) {
    http::Headers headers;
    if (!key.empty()) {
        headers.add("idempotency-key", key);
    }
    return send("POST", "/api/orders", "{\"reference\":\"" + reference + "\",\"sku\":\"left-box\"}",
                other_cookie.value_or(apart ? sid : sid + "; " + theme), std::move(headers), keep);
}

Task<void> Shopper::one_of_crowd(std::uint64_t connection) {
    (void)co_await attempt(http::Request::get(*http::Url::parse("http://shop.test/api/items")),
                           connection, 1);
}

void Shopper::crowd(int count) {
    runtime::TaskGroup group(scheduler);
    for (int i = 0; i < count; ++i) {
        group.spawn(one_of_crowd(++connection_));
    }
    on_connection_ = 0;
    runtime::run(scheduler, group.join());
}

Finding Shopper::finding(std::string_view check) const {
    sandbox->stop_run();
    const auto report = judge_run(*sandbox);
    for (const auto& result : report->checks) {
        if (result.card.id == check) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check in the report");
}

}  // namespace apilab::sandbox::internal
