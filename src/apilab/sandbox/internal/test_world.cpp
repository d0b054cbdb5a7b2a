#include "apilab/sandbox/internal/test_world.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "apilab/http/wire.hpp"

namespace apilab::sandbox::internal {

using http::Effect;
using runtime::Task;

ThingsProvider::ThingsProvider(std::string name)
    : name_(std::move(name)),
      routes_({{"GET", "/items", "list_items", Effect::read},
               {"GET", "/items/{id}", "get_item", Effect::read},
               {"PUT", "/items/{id}", "put_item", Effect::idempotent},
               {"POST", "/items", "create_item", Effect::write},
               {"POST", "/search", "search", Effect::read},
               {"GET", "/files/{path+}", "get_file", Effect::read}}) {}

http::Response ThingsProvider::answer(const Incoming& incoming) {
    last_ = incoming;
    last_.request = nullptr;  // gone after this call
    if (incoming.route->operation == "create_item") {
        ++created_;
        return http::Response::json(201, fmt::format("{{\"id\":{}}}", created_));
    }
    if (incoming.path.contains("id") && incoming.path.at("id") == "missing") {
        return http::Response::json(404, "{\"message\":\"no such item\"}");
    }
    return http::Response::json(
        200, fmt::format("{{\"operation\":\"{}\",\"base\":\"{}\",\"padding\":\"{}\"}}",
                         incoming.route->operation, incoming.base_url, std::string(200, 'x')));
}

http::Response ThingsProvider::unknown_path(const http::Request& /*request*/) const {
    return http::Response::json(404, "{\"message\":\"things has no such path\"}");
}

http::Response ThingsProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int status = refusal.status != 0 ? refusal.status : 429;
    auto response = http::Response::json(status, fmt::format("{{\"refused\":{}}}", status));
    response.header("x-limit", refusal.limit);
    return response;
}

World::World(std::string_view scenario_toml, std::uint64_t seed, std::string provider_name) {
    auto scenario = parse_scenario(scenario_toml);
    if (!scenario) {
        throw std::logic_error(scenario.error().to_string());
    }
    SandboxOptions options;
    options.seed = seed;
    options.scenario = *std::move(scenario);
    auto provider = std::make_unique<ThingsProvider>(std::move(provider_name));
    things = provider.get();
    options.providers.push_back(std::move(provider));
    auto made = Sandbox::make(scheduler, std::move(options));
    if (!made) {
        throw std::logic_error(made.error().to_string());
    }
    sandbox = *std::move(made);
}

Task<Seen> World::attempt(Call call) {
    const std::string origin = call.tls ? "https://sandbox.test" : "http://sandbox.test";
    http::Request request(call.method, *http::Url::parse(origin + call.target));
    request.headers() = call.headers;
    request.body(call.body);
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.connection = call.connection,
                                       .request_on_connection = call.request_on_connection,
                                       .first_byte = scheduler.now(),
                                       .complete = scheduler.now(),
                                       .local_port = call.port,
                                       .tls = call.tls};
    auto answer = co_await sandbox->call(std::move(request), std::move(context));
    if (!answer) {
        co_return Seen();
    }
    const http::WirePlan& plan = *answer->wire();
    http::WireResult result{.bytes_sent = answer->body().size()};
    const bool lost = plan.reset != http::WirePlan::Reset::none || plan.close_before_response ||
                      (plan.truncate_body_at && *plan.truncate_body_at < answer->body().size()) ||
                      plan.framing == http::WirePlan::Framing::chunk_without_end;
    const bool stalls = plan.stall_at || plan.framing == http::WirePlan::Framing::wrong_length;
    result.cut_by_plan = lost;
    if (stalls) {
        (void)co_await scheduler.sleep_for(patience);
        result.peer_closed = true;
    }
    result.finished = scheduler.now();
    plan.on_finished(result);
    if (lost || stalls) {
        co_return Seen();
    }
    co_return Seen{answer->status(), answer->headers(), answer->body()};
}

Seen World::send(Call call) {
    return runtime::run(scheduler, attempt(std::move(call)));
}

}  // namespace apilab::sandbox::internal
