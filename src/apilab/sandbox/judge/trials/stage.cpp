#include <algorithm>
#include <stdexcept>

#include "apilab/http/wire.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/effects/provider.hpp"
#include "apilab/sandbox/foreign/provider.hpp"
#include "apilab/sandbox/judge/trials/internal/stage.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox::trials {

using runtime::Task;

namespace {

// What most trials need; the mailboxes and workspaces of the others take their time to be made.
std::vector<std::unique_ptr<Provider>> small_providers(const World& world, std::uint64_t seed) {
    std::vector<std::unique_ptr<Provider>> providers;
    providers.push_back(std::make_unique<github::GitHubProvider>(
        world.github, github::GitHubOptions{.seed = seed}));
    providers.push_back(std::make_unique<api::ApiProvider>(seed));
    providers.push_back(std::make_unique<effects::EffectsProvider>());
    providers.push_back(std::make_unique<foreign::ForeignProvider>());
    providers.push_back(std::make_unique<oauth::OAuthProvider>(oauth::OAuthOptions{.seed = seed}));
    return providers;
}

}  // namespace

Stage::Stage(std::string_view scenario, Providers providers, std::uint64_t seed) {
    static const auto world = make_world();  // read-only, and some milliseconds
    auto parsed = parse_scenario("name = \"trial\"\n" + std::string(scenario));
    if (!parsed || !world) {
        throw std::logic_error(parsed ? "no world" : parsed.error().to_string());
    }
    SandboxOptions options;
    options.seed = seed;
    options.scenario = *std::move(parsed);
    options.providers = providers == Providers::all ? make_providers(*world, {.seed = seed})
                                                    : small_providers(*world, seed);
    auto made = Sandbox::make(scheduler, std::move(options));
    if (!made) {
        throw std::logic_error(made.error().to_string());
    }
    sandbox = *std::move(made);
}

Task<void> Stage::attempt(Call call, std::uint64_t connection, Seen* seen) {
    const auto url =
        call.target.starts_with('/') ? "http://sandbox.test" + call.target : call.target;
    http::Request request(call.method, *http::Url::parse(url));
    request.headers() = call.headers;
    if (!request.headers().contains("user-agent")) {
        request.header("user-agent", "trial/1");
    }
    if (call.body.starts_with('{') && !request.headers().contains("content-type")) {
        request.header("content-type", "application/json");
    }
    request.body(call.body);
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.connection = connection,
                                       .request_on_connection = ++carried_[connection],
                                       .first_byte = scheduler.now(),
                                       .complete = scheduler.now()};
    const SteadyTime limit = scheduler.now() + patience;
    auto answer = co_await sandbox->call(std::move(request), std::move(context));
    if (!answer) {
        co_return;
    }
    const http::WirePlan& plan = *answer->wire();
    const bool lost = plan.reset != http::WirePlan::Reset::none || plan.close_before_response ||
                      (plan.truncate_body_at && *plan.truncate_body_at < answer->body().size());
    http::WireResult result{.bytes_sent = answer->body().size(), .cut_by_plan = lost};
    const bool stalls = plan.stall_at || plan.stall_body_at;
    if (stalls) {
        (void)co_await scheduler.sleep_for(limit - scheduler.now());
    }
    result.peer_closed = stalls || scheduler.now() > limit;
    result.finished = std::min(scheduler.now(), limit);
    plan.on_finished(result);
    if (!lost && !result.peer_closed) {
        *seen = Seen{answer->status(), answer->headers(), answer->body()};
    }
}

Task<void> Stage::attempt_all(std::vector<Call> calls, std::vector<Seen>* seen) {
    runtime::TaskGroup group(scheduler);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const auto connection = calls[i].connection == 0 ? ++connections_ : calls[i].connection;
        group.spawn(attempt(std::move(calls[i]), connection, &(*seen)[i]));
    }
    co_await group.join();
}

std::vector<Seen> Stage::send_together(std::vector<Call> calls) {
    std::vector<Seen> seen(calls.size());
    runtime::run(scheduler, attempt_all(std::move(calls), &seen));
    return seen;
}

Seen Stage::send(Call call) {
    std::vector<Call> one;
    one.push_back(std::move(call));
    return send_together(std::move(one)).front();
}

void Stage::receive(runtime::Service& program) {
    transport::LoopbackTransport way(scheduler, program);
    runtime::run(scheduler, sandbox->play_world(way, *http::Url::parse("http://program.test")));
}

Exchange& Stage::last_row() {
    return *sandbox->edit_journal().find(sandbox->journal().rows().back().seq);
}

std::string Stage::fact(const std::string& name) {
    const auto& facts = last_row().facts;
    const auto found = facts.find(name);
    return found == facts.end() ? "" : found->second;
}

}  // namespace apilab::sandbox::trials
