#include "apilab/sandbox/sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/corrupt.hpp"
#include "apilab/sandbox/internal/index_lag.hpp"
#include "apilab/sandbox/internal/limiting.hpp"
#include "apilab/sandbox/internal/misbehave.hpp"
#include "apilab/sandbox/internal/page_book.hpp"
#include "apilab/sandbox/internal/secret_watch.hpp"
#include "apilab/sandbox/query.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"

namespace apilab::sandbox {

using runtime::Task;

namespace {

constexpr std::string_view foreign_name = "foreign";

}  // namespace

// Where a request goes. Routes and mounts live as long as the sandbox.
struct Sandbox::Target {
    Mount* mount = nullptr;
    Router::Match match;
    /// Below the prefix, percent-encoded.
    std::string path;
    std::vector<std::string> segments;

    [[nodiscard]] bool index() const { return mount == nullptr && segments.empty(); }
};

Sandbox::Sandbox(runtime::Scheduler& scheduler, SandboxOptions options)
    : scheduler_(scheduler),
      base_url_(std::move(options.base_url)),
      foreign_origin_(std::move(options.foreign_origin)),
      journal_(std::make_shared<Journal>(options.journal)),
      webhooks_anywhere_(options.webhooks_anywhere),
      hub_(std::make_unique<webhook::DeliveryHub>(scheduler, journal_)) {}

Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::make(runtime::Scheduler& scheduler,
                                               SandboxOptions options) {
    auto providers = std::move(options.providers);
    const auto scenario = std::move(options.scenario);
    const auto seed = options.seed;
    std::unique_ptr<Sandbox> sandbox(new Sandbox(scheduler, std::move(options)));
    for (auto& provider : providers) {
        APILAB_CHECK(sandbox->mount(std::move(provider)));
    }
    APILAB_TRY([[maybe_unused]] const auto run, sandbox->start_run(scenario, seed));
    return sandbox;
}

Result<void> Sandbox::mount(std::unique_ptr<Provider> provider) {
    const std::string name(provider->name());
    const bool taken = std::ranges::any_of(
        mounts_, [&](const Mount& other) { return other.provider->name() == name; });
    if (name.empty() || name.contains('/') || taken) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("provider name '{}' is empty, has a slash or is taken", name));
    }
    auto router = Router::make(provider->routes());
    if (!router) {
        return fail(std::move(router).error().in("provider " + name));
    }
    surface_.entries.push_back({name, {provider->routes().begin(), provider->routes().end()}});
    mounts_.push_back({.provider = std::move(provider), .router = *std::move(router)});
    return {};
}

Result<Run> Sandbox::start_run(const Scenario& scenario, std::optional<std::uint64_t> seed) {
    const std::uint64_t number = seed ? *seed : scenario.seed.value_or(1);
    const SteadyTime now = scheduler_.now();
    auto faults = std::make_unique<FaultSet>(
        surface_, FaultSet::Options{.seed = number,
                                    .start = now,
                                    .failures_per_operation = scenario.failures_per_operation});
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        auto ids = faults->add(scenario.faults[i], now);
        if (!ids) {
            auto pointer = fmt::format("/fault/{}{}", i, ids.error().detail());
            return fail(std::move(ids).error().with_detail(pointer).in(
                fmt::format("scenario {}, fault {}", scenario.name, i)));
        }
    }
    APILAB_CHECK(internal::check_limits(scenario.limits, surface_));
    faults_ = std::move(faults);
    limits_ = std::make_shared<LimitSet>(scenario.limits);
    scenario_ = scenario;
    pages_ = std::make_unique<internal::PageBook>();
    lag_ = std::make_unique<internal::IndexLag>();
    for (Mount& mount : mounts_) {
        mount.provider->set_items(scenario.items.value_or(0));
        mount.provider->reset();
        mount.skew = Duration::zero();
    }
    journal_->start(now, scheduler_.system_now());
    handed_in_.clear();
    secrets_ = std::make_unique<internal::SecretWatch>(number);
    run_ = Run{.id = fmt::format("r-{:04}", ++runs_),
               .scenario = scenario.name,
               .description = scenario.description,
               .seed = number,
               .started = now,
               .checks = scenario.checks};
    reset_hub();
    return run_;
}

void Sandbox::stop_run() {
    if (!run_.stopped) {
        run_.stopped = scheduler_.now();
    }
}

void Sandbox::reset() {
    const Scenario again = scenario_;
    (void)start_run(again, run_.seed);  // it was accepted before, on the same surface
}

Result<void> Sandbox::set_limits(std::string_view provider, std::vector<LimitRule> rules) {
    auto limits = scenario_.limits;
    limits.insert_or_assign(std::string(provider), std::move(rules));
    APILAB_CHECK(internal::check_limits(limits, surface_));
    scenario_.limits = std::move(limits);
    limits_ = std::make_shared<LimitSet>(scenario_.limits);
    return {};
}

Sandbox::Target Sandbox::find_target(const http::Request& request) {
    Target target;
    const std::string_view path = request.url().path();
    const auto without_prefix = [&](Mount& mount) {
        target.path = path;
        target.segments = split_path(path);
        target.mount = &mount;
        target.match = mount.router.find(request.method(), target.segments);
        return target;
    };
    if (request.url().origin() == foreign_origin_) {
        const auto found = std::ranges::find(
            mounts_, foreign_name, [](const Mount& mount) { return mount.provider->name(); });
        if (found != mounts_.end()) {
            return without_prefix(*found);
        }
    }
    for (Mount& mount : mounts_) {
        const auto name = mount.provider->name();
        if (path.substr(1).starts_with(name)) {
            const auto rest = path.substr(1 + name.size());
            if (rest.empty() || rest.front() == '/') {
                target.mount = &mount;
                target.path = rest.empty() ? "/" : rest;
                target.segments = split_path(target.path);
                target.match = mount.router.find(request.method(), target.segments);
                return target;
            }
        }
    }
    target.path = path;
    target.segments = split_path(path);
    for (Mount& mount : mounts_) {
        const auto roots = mount.provider->root_segments();
        if (!target.segments.empty() &&
            std::ranges::find(roots, target.segments.front()) != roots.end()) {
            return without_prefix(mount);
        }
    }
    return target;
}

std::string Sandbox::base_url(std::string_view provider, const http::Request& request) const {
    if (provider == foreign_name) {
        return foreign_origin_;
    }
    return base_url_ ? base_url_(provider) : fmt::format("{}/{}", request.url().origin(), provider);
}

http::Response Sandbox::list_providers(const http::Request& request) const {
    std::string body = "{\"sandbox\":\"apilab\",\"providers\":[";
    for (const Mount& mount : mounts_) {
        const auto name = mount.provider->name();
        body += fmt::format("{}{{\"name\":{},\"url\":{}}}", &mount == mounts_.data() ? "" : ",",
                            http::json_quote(name), http::json_quote(base_url(name, request)));
    }
    return http::Response::json(200, body + "]}");
}

SystemTime Sandbox::clock_of(const Target& target) const {
    return scheduler_.system_now() +
           (target.mount != nullptr ? target.mount->skew : Duration::zero());
}

http::Response Sandbox::refuse(const Target& target, const FaultDecision& decision) const {
    const FaultWhat& what = decision.fault->what;
    const SystemTime now = clock_of(target);
    std::string wait = internal::retry_after_text(what, now);
    if (decision.held) {
        FaultWhat rest;
        rest.retry_after = FaultRetryAfter{.kind = what.retry_after->kind, .wait = *decision.held};
        wait = internal::retry_after_text(rest, now);
    }
    auto response = target.mount->provider->refuse(
        {.status = what.status, .limit = what.limit, .retry_after = wait}, now);
    if (what.body) {
        response.body(*what.body);
        response.header("content-type", what.body_is_json ? "application/json; charset=utf-8"
                                                          : "text/plain; charset=utf-8");
    }
    for (const auto& [name, value] : what.headers) {
        response.header(name, value);
    }
    if (!wait.empty()) {
        response.header("retry-after", wait);
    }
    return response;
}

http::Response Sandbox::redirect(const http::Request& request, const FaultRedirect& how,
                                 Exchange& row) const {
    const http::Url& here = request.url();
    std::string location = how.to;
    std::string kind = how.to;
    if (how.to == foreign_name) {
        location = foreign_origin_ + "/landing";
    } else if (how.to.starts_with("foreign/")) {
        location = foreign_origin_ + how.to.substr(foreign_name.size());
        kind = foreign_name;
    } else if (how.to == "loop") {
        location = here.to_string();
    } else if (how.to == "http") {
        location = here.secure() && !plain_origin_.empty()
                       ? plain_origin_ + std::string(here.target())
                       : fmt::format("http://{}{}", here.authority(), here.target());
    } else {
        kind = "reference";
    }
    row.facts["redirect"] = kind;
    if (const auto there = here.resolve(location)) {
        row.facts["redirect_to"] = there->path();
    }
    http::Response answer(how.status);
    answer.header("location", std::move(location));
    return answer;
}

// Where a fault answers and the provider is not asked; a status of 0 is never sent.
std::optional<http::Response> Sandbox::answer_in_place(const Target& target,
                                                       const Incoming& incoming,
                                                       const FaultDecision& decision,
                                                       Exchange& row) const {
    if (!decision.fault) {
        return std::nullopt;
    }
    const FaultWhat& what = decision.fault->what;
    const Provider& provider = *target.mount->provider;
    std::optional<http::Response> refusal;
    if (what.redirect) {
        return redirect(*incoming.request, *what.redirect, row);
    }
    if (what.status != 0 || !what.limit.empty()) {
        refusal = refuse(target, decision);
    } else if ((what.auth == "expire" || what.auth == "revoke") && !provider.keeps_tokens()) {
        refusal = provider.refuse({.status = 401}, clock_of(target));
    } else if (what.auth == "reduce_scope") {
        refusal = internal::reduced_scope(provider, clock_of(target));
        row.facts["scope"] = "reduced";
    } else if (!internal::reaches_provider(what)) {
        return http::Response(0);
    } else if (what.page == PageFault::expired) {
        const auto* shape = provider.pages_of(target.match.route->operation);
        const bool goes_on = shape != nullptr && shape->by != PageShape::By::position &&
                             (shape->goes_on || row.facts.contains("page_asked") ||
                              row.facts["batch"].contains('='));
        refusal = goes_on ? provider.expired_page(incoming) : std::nullopt;
        if (refusal) {
            row.facts["page_fault"] = to_string(what.page);
        }
    }
    if (refusal) {
        internal::note_refusal_in_body(*refusal, row);
    }
    return refusal;
}

void Sandbox::lag_behind(const internal::PageAsk& ask, const FaultDecision& decision,
                         http::Response& response, Exchange& row) {
    if (!response.ok()) {
        return;
    }
    const SteadyTime now = scheduler_.now();
    if (decision.fault && decision.fault->what.index_lag && row.effect == http::Effect::write) {
        const Duration lag = *decision.fault->what.index_lag;
        row.facts["index_lag"] = format_duration(lag);
        lag_->written(row.provider, response, now + lag);
    }
    if (ask.shape != nullptr) {
        lag_->hide(row.provider, *ask.shape, now, response, row.facts);
    }
}

void Sandbox::turn_page(const internal::PageAsk& ask, const FaultDecision& decision,
                        http::Response& response, Exchange& row) {
    if (ask.shape == nullptr || !response.ok()) {
        return;
    }
    if (faults_->turns_pages()) {
        pages_->turn(ask, decision.fault ? decision.fault->what.page : PageFault::none,
                     foreign_origin_, response, row.facts);
    }
    internal::note_page(ask, response, row.facts);
}

Incoming Sandbox::incoming_of(const Target& target, const http::Request& request,
                              const FaultDecision& decision, Exchange& row) const {
    return {.request = &request,
            .route = target.match.route,
            .path = target.match.values,
            .query = split_query(request.url().query()),
            .now = scheduler_.now(),
            .system_now = clock_of(target),
            .base_url = base_url(target.mount->provider->name(), request),
            .auth = decision.fault ? decision.fault->what.auth : std::string_view(),
            .facts = &row.facts,
            .hub = hub_.get()};
}

// Counted when it arrives, however long a fault holds it back; not where a fault keeps it from the
// provider. A clock that goes wrong is wrong for this request already.
LimitAnswer Sandbox::count(const Target& target, const http::Request& request,
                           const FaultDecision& decision, Exchange& row) {
    const Provider& provider = *target.mount->provider;
    if (decision.fault && decision.fault->what.auth == "skew") {
        target.mount->skew = decision.fault->what.auth_skew;
    }
    if (!settings_.limits || !limits_->counts(provider.name()) ||
        (decision.fault && !internal::reaches_provider(decision.fault->what))) {
        return {};
    }
    return internal::ask_limits(*limits_, provider, incoming_of(target, request, decision, row),
                                row);
}

http::Response Sandbox::produce(const Target& target, const http::Request& request,
                                const FaultDecision& decision, LimitAnswer& limit, Exchange& row) {
    Provider& provider = *target.mount->provider;
    Incoming incoming = incoming_of(target, request, decision, row);
    provider.describe(incoming);
    internal::PageAsk ask;
    if (const auto* shape = provider.pages_of(target.match.route->operation)) {
        if (scenario_.page_items) {
            internal::cap_page(*shape, *scenario_.page_items, incoming);
        }
        ask = internal::read_page_ask(*shape, incoming, target.path, row.facts);
    }
    if (auto instead = answer_in_place(target, incoming, decision, row)) {
        return *std::move(instead);
    }
    if (limit.refused) {
        auto refusal = internal::refuse_for_limit(limit, provider, incoming.system_now);
        internal::note_refusal_in_body(refusal, row);
        return refusal;
    }
    auto response = provider.answer(incoming);
    internal::show_limits(*limits_, limit, provider, response, row, incoming.system_now);
    lag_behind(ask, decision, response, row);
    turn_page(ask, decision, response, row);
    if (decision.fault && response.ok()) {
        internal::drift_body(decision.fault->what, response, row.facts);
        internal::corrupt_answer(decision.fault->what.corrupt, response, row.facts);
    }
    internal::note_refusal_in_body(response, row);
    const auto effect = row.facts.find("effect");
    const bool denied = effect != row.facts.end() && effect->second == "none";
    row.applied = row.effect != http::Effect::read && response.ok() && !denied;
    return response;
}

// The answer is decided: writes it down, and has its end on the wire written down too.
void Sandbox::note(std::uint64_t seq, const FaultDecision& decision, const LimitAnswer& limit,
                   SystemTime their_now, http::Response& response) {
    const SteadyTime now = scheduler_.now();
    http::WirePlan plan;
    if (decision.fault) {
        plan = internal::wire_plan(decision.fault->what, response);
    }
    plan.on_finished = [journal = journal_, limits = limits_, limit,
                        seq](const http::WireResult& result) {
        journal->finish(seq, result);
        limits->finished(limit);
    };
    if (Exchange* row = journal_->find(seq)) {
        row->status = response.status();
        const auto announced = internal::read_announcement(response, now, their_now);
        row->announced = announced.wait;
        row->announced_until = announced.until;
        row->limit_reset = internal::read_limit_reset(response, now, their_now);
        internal::note_limit_reset(limit, now, their_now, *row);
        if (decision.fault && !decision.held && announced.wait) {
            faults_->announced(decision.fault_id, now + *announced.wait);
        }
    }
    if (response.status() == 0) {  // never sent; what stands there does not matter
        response.status(500);
    }
    response.wire(std::make_shared<const http::WirePlan>(std::move(plan)));
}

Task<Result<http::Response>> Sandbox::call(http::Request request, runtime::CallContext context) {
    const Target target = find_target(request);
    Exchange row = describe_request(request, target.path, context, scheduler_.now(), *journal_);
    if (context.inbound) {
        const auto listener = listeners_.find(context.inbound->local_port);
        row.listener = listener == listeners_.end() ? "" : listener->second;
    }
    FaultDecision decision;
    LimitAnswer limit;
    std::string identity;
    if (target.mount != nullptr) {
        row.provider = target.mount->provider->name();
    }
    if (target.match.route != nullptr) {
        row.operation = target.match.route->operation;
        row.effect = target.match.route->effect;
        identity = row.provider + '\n' +
                   (row.idempotency_key.empty() ? row.identity : "key " + row.idempotency_key);
        if (!run_.stopped && settings_.faults) {
            decision = faults_->decide({.provider = row.provider,
                                        .route = target.match.route,
                                        .segments = target.segments,
                                        .identity = identity,
                                        .now = scheduler_.now(),
                                        .reused_connection = row.request_on_connection > 1});
        }
        decision.delay += settings_.delay;
        row.decision = decision.fault ? Exchange::Decision::fault : Exchange::Decision::served;
        row.faults = decision.hits;
        row.held = decision.held.has_value();
        row.delay = decision.delay;
        limit = count(target, request, decision, row);
    } else if (!target.index()) {
        row.decision = Exchange::Decision::unsupported;
    }
    if (auto places = secrets_->places_in(request, row.operation); !places.empty()) {
        row.facts.emplace("secret_in", std::move(places));
    }
    const std::uint64_t seq = journal_->add(row);
    if (decision.delay > Duration::zero()) {
        if (auto slept = co_await scheduler_.sleep_for(decision.delay); !slept) {
            journal_->finish(seq, {.finished = scheduler_.now(), .peer_closed = true});
            limits_->finished(limit);
            co_return fail(std::move(slept).error());
        }
    }
    http::Response response;
    if (target.match.route != nullptr) {
        response = produce(target, request, decision, limit, row);
        internal::show_skew(target.mount->skew, scheduler_.system_now(), response, row.facts);
        internal::note_validators(response, row);
        internal::note_told_wait(response, row);
        if (Exchange* kept = journal_->find(seq)) {
            kept->applied = row.applied;
        }
        journal_->keep_facts(seq, std::move(row.facts));
        if (!decision.fault && !limit.refused) {
            faults_->served(identity);
        }
    } else if (target.mount != nullptr) {
        response = target.mount->provider->unknown_path(request);
    } else {
        response = target.index() ? list_providers(request)
                                  : http::Response(404, "no such provider; GET / lists them\n",
                                                   {{"content-type", "text/plain"}});
    }
    note(seq, decision, limit, clock_of(target), response);
    co_return response;
}

}  // namespace apilab::sandbox
