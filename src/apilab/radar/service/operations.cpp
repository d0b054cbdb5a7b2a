#include "apilab/radar/service/operations.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/base/try.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "apilab/radar/internal/answers_heard.hpp"
#include "apilab/radar/internal/service_view.hpp"
#include "apilab/radar/service/call_history.hpp"
#include "apilab/radar/service/guard.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/work/gap_filler.hpp"
#include "apilab/work/sender.hpp"

namespace apilab::radar {

using internal::ServiceView;
using internal::StoreLook;
using runtime::Task;

namespace {

constexpr std::array<std::string_view, 4> paths{"/livez", "/readyz", "/status", "/metrics"};
constexpr std::size_t listed_max = 5;
constexpr std::size_t page = 1000;

http::Response answer(int status, std::string body, std::string_view type) {
    return http::Response(status, std::move(body),
                          {{"content-type", std::string(type)}, {"cache-control", "no-store"}});
}

std::optional<http::Response> refuse_others(const http::Request& request,
                                            const runtime::CallContext& context) {
    if (is_local(request, context)) {
        return std::nullopt;
    }
    return answer(403, "ask from this machine, or set a token\n", "text/plain");
}

std::uint64_t resident_memory() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    statm >> total >> resident;
    return statm ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

struct Wanted {
    /// Of the configured projects, with the version that is known.
    std::map<std::string, std::int64_t> watches;
    std::vector<std::string> targets;
    bool details = false;
};

Result<void> look_closer(work::Store& store, StoreLook& look) {
    APILAB_TRY(look.dead, store.jobs({.state = work::JobState::dead}, listed_max));
    for (auto& row : look.dead) {
        row.job.payload.clear();
    }
    for (const auto state : {work::MessageState::escalated, work::MessageState::failed,
                             work::MessageState::duplicated}) {
        APILAB_TRY(auto some, store.messages({.state = state}, listed_max));
        for (auto& message : some) {
            message.payload.clear();
            look.for_people.push_back(std::move(message));
        }
    }
    return {};
}

Result<StoreLook> look_into(work::Store& store, const Wanted& wanted) {
    StoreLook look;
    APILAB_TRY(look.schema, store.schema());
    APILAB_TRY(look.jobs, store.counts(""));
    APILAB_TRY(look.paused, store.paused());
    for (const auto& target : wanted.targets) {
        APILAB_TRY(look.effects[target], store.message_counts(target));
    }
    APILAB_TRY(const auto runs, store.list_documents(run_kind, "", page));
    for (const auto& run : runs) {
        const auto watch = wanted.watches.find(run.key);
        if (watch == wanted.watches.end() || watch->second == run.version) {
            continue;
        }
        APILAB_TRY(auto whole, store.document(run_kind, run.key));
        if (whole) {
            look.runs.push_back(*std::move(whole));
        }
    }
    if (wanted.details) {
        APILAB_CHECK(look_closer(store, look));
    }
    return look;
}

struct ProbeAnswer {
    work::SchemaState schema;
};

// The same origin may be asked by two clients: its breaker is as open as the more open one, its
// quota as spent as the more spent one says.
void join(std::vector<policy::CircuitBreaker::Snapshot>& all,
          const std::vector<policy::CircuitBreaker::Snapshot>& more) {
    using State = policy::CircuitBreaker::State;
    const auto rank = [](State state) {
        return state == State::open ? 2 : state == State::half_open ? 1 : 0;
    };
    for (const auto& one : more) {
        const auto same = std::ranges::find_if(all, [&](const auto& other) {
            return other.origin == one.origin && other.provider == one.provider &&
                   other.operation == one.operation;
        });
        if (same == all.end()) {
            all.push_back(one);
        } else if (rank(one.state) > rank(same->state)) {
            *same = one;
        }
    }
}

void join(std::vector<policy::RateLimiter::Snapshot>& all,
          const std::vector<policy::RateLimiter::Snapshot>& more) {
    const auto less = [](const auto& a, const auto& b) { return !a ? b : !b ? a : std::min(a, b); };
    for (const auto& one : more) {
        const auto same = std::ranges::find_if(all, [&](const auto& other) {
            return other.origin == one.origin && other.provider == one.provider &&
                   other.bucket == one.bucket;
        });
        if (same == all.end()) {
            all.push_back(one);
            continue;
        }
        same->free = less(same->free, one.free);
        same->remaining = less(same->remaining, one.remaining);
        same->waiting += one.waiting;
        same->under_way += one.under_way;
        same->frozen = std::max(same->frozen, one.frozen);
    }
}

}  // namespace

class Operations::Impl {
public:
    Impl(const Parts& parts, OperationsOptions options)
        : parts_(parts), options_(std::move(options)), started_(parts.scheduler.system_now()) {
        using namespace std::chrono_literals;
        options_.store_limit = std::clamp<Duration>(options_.store_limit, 10ms, 30s);
        options_.ready_every = std::clamp<Duration>(options_.ready_every, 0s, 1min);
        options_.stale_after =
            std::clamp<Duration>(options_.stale_after, 1h, std::chrono::days(30));
        for (const auto& watch : parts_.config.watches) {
            watches_[watch.name] = {.health = {.name = watch.name}};
        }
    }

    Task<Result<http::Response>> call(http::Request request, runtime::CallContext context) {
        const std::string_view path = request.url().path();
        if (!has(path)) {
            co_return answer(404, "no such page\n", "text/plain");
        }
        if (request.method() != "GET" && request.method() != "HEAD") {
            co_return answer(405, "GET or HEAD\n", "text/plain").header("allow", "GET, HEAD");
        }
        if (path == "/livez") {
            co_return answer(200, "ok\n", "text/plain");
        }
        if (path == "/readyz") {
            co_return co_await readyz();
        }
        auto refused =
            options_.refuse ? options_.refuse(request, context) : refuse_others(request, context);
        if (refused) {
            co_return *std::move(refused);
        }
        if (path == "/status") {
            co_return answer(200, internal::status_json(co_await view(true)), "application/json");
        }
        std::string text = internal::metrics_text(co_await view(false));
        text += parts_.metrics.text();
        if (options_.drift != nullptr) {
            text += options_.drift->text();
        }
        co_return answer(200, std::move(text), observe::MetricsObserver::content_type);
    }

private:
    struct Known {
        std::int64_t version = 0;
        internal::WatchHealth health;
    };
    // One look at the store, for all who ask while it is under way and shortly after.
    struct Probe {
        std::optional<Result<ProbeAnswer>> result;
        SteadyTime told;
        std::vector<runtime::Event*> waiting;
    };

    /// What an operation returns, or that it took too long: it is still done then.
    template <class T>
    Task<Result<T>> within(std::function<Result<T>(work::Store&)> operation) {
        struct Pending {
            runtime::Event over;
            std::optional<Result<T>> result;
        };
        const auto pending = std::make_shared<Pending>();
        parts_.writer.template post<T>(std::move(operation), [pending](Result<T> result) {
            pending->result.emplace(std::move(result));
            pending->over.set();
        });
        if (!pending->result) {
            (void)co_await parts_.scheduler.wait(&pending->over,
                                                 parts_.scheduler.now() + options_.store_limit);
        }
        if (!pending->result) {
            co_return fail(ErrorKind::timeout, "the store does not answer");
        }
        co_return *std::move(pending->result);
    }

    Task<http::Response> readyz() {
        internal::ReadinessFacts facts{.phase = parts_.phase,
                                       .disk_free = disk_free(),
                                       .disk_floor = parts_.config.disk_floor_bytes};
        // Before and after its life nothing else matters, and the store is left in peace.
        if (parts_.phase.started && !parts_.phase.stopping) {
            const auto probed = co_await probe();
            facts.phase = parts_.phase;
            if (probed) {
                facts.schema = probed->schema;
            } else {
                facts.store_error = probed.error().to_string();
            }
        }
        const auto readiness = internal::readiness_of(facts);
        co_return answer(readiness.ready ? 200 : 503, internal::readiness_json(readiness),
                         "application/json");
    }

    // Nobody's own: it goes on where the one who asked first has gone.
    [[nodiscard]] std::shared_ptr<Probe> begin_probe() const {
        auto probe = std::make_shared<Probe>();
        const auto ask = [](work::Store& store) -> Result<ProbeAnswer> {
            APILAB_CHECK(store.probe());
            APILAB_TRY(const auto schema, store.schema());
            return ProbeAnswer{.schema = schema};
        };
        parts_.writer.post<ProbeAnswer>(
            ask, [probe, &scheduler = parts_.scheduler](Result<ProbeAnswer> result) {
                probe->result.emplace(std::move(result));
                probe->told = scheduler.now();
                for (runtime::Event* one : std::exchange(probe->waiting, {})) {
                    one->set();
                }
            });
        return probe;
    }

    Task<Result<ProbeAnswer>> probe() {
        const auto now = parts_.scheduler.now();
        if (!probe_ || (probe_->result && now >= probe_->told + options_.ready_every)) {
            probe_ = begin_probe();
        }
        const auto probe = probe_;
        if (!probe->result) {
            runtime::Event over;
            probe->waiting.push_back(&over);
            (void)co_await parts_.scheduler.wait(&over, now + options_.store_limit);
            std::erase(probe->waiting, &over);
        }
        co_return probe->result.value_or(fail(ErrorKind::timeout, "the store does not answer"));
    }

    [[nodiscard]] std::int64_t disk_free() const {
        return parts_.disk_free ? parts_.disk_free() : -1;
    }

    Task<ServiceView> view(bool details) {
        ServiceView view = of_this_process();
        Wanted wanted{.targets = {"gmail", "notion", "slack"}, .details = details};
        for (const auto& [name, known] : watches_) {
            wanted.watches[name] = known.version;
        }
        const std::function<Result<StoreLook>(work::Store&)> ask = [wanted](work::Store& store) {
            return look_into(store, wanted);
        };
        auto look = co_await within(ask);
        if (look) {
            for (const auto& run : look->runs) {
                if (const auto known = watches_.find(run.key); known != watches_.end()) {
                    known->second = {.version = run.version,
                                     .health = internal::watch_health(run.key, run.body)};
                }
            }
            look->runs.clear();
            view.store = *std::move(look);
        } else {
            view.store_error = look.error().to_string();
        }
        for (const auto& [name, known] : watches_) {
            view.watches.push_back(known.health);
        }
        add_sources(view);
        co_return view;
    }

    [[nodiscard]] ServiceView of_this_process() const {
        const Config& config = parts_.config;
        ServiceView view{.now = parts_.scheduler.system_now(),
                         .started = started_,
                         .phase = parts_.phase,
                         .version = options_.version,
                         .simulated = config.simulated};
        view.store_kind = config.store.reveal().starts_with("postgres") ? "postgresql" : "sqlite";
        view.resident_bytes =
            options_.resident_memory ? options_.resident_memory() : resident_memory();
        view.disk_free = disk_free();
        view.disk_floor = config.disk_floor_bytes;
        view.stale_after = options_.stale_after;
        view.breakers = parts_.client.breakers();
        view.limits = parts_.client.limits();
        if (options_.effects != nullptr) {
            join(view.breakers, options_.effects->breakers());
            join(view.limits, options_.effects->limits());
        }
        for (const auto& webhook : config.webhooks) {
            add_webhooks(view, webhook.sender);
        }
        if (config.notion) {
            add_webhooks(view, "notion");  // its token may have come by itself
        }
        view.off = config.off;
        if (parts_.answers != nullptr) {
            view.clocks = parts_.answers->clocks();
        }
        view.received = parts_.receiver.stats();
        if (options_.ignored != nullptr) {
            view.ignored = *options_.ignored;
        }
        view.runner = parts_.runner.stats();
        view.outbox = parts_.outbox.stats();
        view.ticker = parts_.ticker.stats();
        view.sweeper = parts_.sweeper.stats();
        view.writer = parts_.writer.stats();
        if (parts_.budgets != nullptr) {
            view.shared = parts_.budgets->stats();
        }
        add_tokens(view);
        if (parts_.filler != nullptr) {
            const auto totals = parts_.filler->totals();
            const auto& checkpoint = parts_.filler->checkpoint();
            view.gaps = internal::GapHealth{.missing = totals.missing,
                                            .asked = totals.asked,
                                            .recovered = totals.recovered,
                                            .open = checkpoint.asked.size(),
                                            .walked = checkpoint.walked,
                                            .through = checkpoint.through};
        }
        if (options_.backup != nullptr) {
            view.backup = options_.backup->status();
        }
        return view;
    }

    void add_webhooks(ServiceView& view, std::string_view sender) const {
        if (const auto* known = work::find_sender(sender)) {
            const std::string source(known->source);
            view.webhooks[source] = parts_.receiver.stats_of("/webhooks/" + source);
        }
    }

    void add_tokens(ServiceView& view) const {
        if (parts_.gmail_tokens == nullptr) {
            return;
        }
        const auto status = parts_.gmail_tokens->status();
        internal::TokenHealth token{.name = "gmail", .state = std::string(to_string(status.state))};
        token.usable = status.state == auth::CredentialState::good ||
                       status.state == auth::CredentialState::none;
        if (status.left) {
            token.expires =
                view.now + std::chrono::duration_cast<SystemTime::duration>(*status.left);
        }
        view.tokens.push_back(std::move(token));
    }

    // What this process saw itself, and what runs before it had seen.
    void add_sources(ServiceView& view) const {
        for (const auto& [name, source] : parts_.calls.sources()) {
            view.sources[name] = {.last_success = source.last_success,
                                  .last_failure = source.last_failure,
                                  .problem = source.last_problem,
                                  .failures_in_a_row = source.failures_in_a_row};
        }
        for (const auto& watch : view.watches) {
            for (const auto& [name, at] : watch.answered) {
                auto& last = view.sources[name].last_success;
                last = last ? std::max(*last, at) : at;
            }
        }
    }

    const Parts& parts_;
    OperationsOptions options_;
    SystemTime started_;
    std::map<std::string, Known> watches_;
    std::shared_ptr<Probe> probe_;
};

Operations::Operations(const Parts& parts, OperationsOptions options)
    : impl_(std::make_unique<Impl>(parts, std::move(options))) {}
Operations::~Operations() = default;

bool Operations::has(std::string_view path) {
    return std::ranges::find(paths, path) != paths.end();
}

Task<Result<http::Response>> Operations::call(http::Request request, runtime::CallContext context) {
    return impl_->call(std::move(request), std::move(context));
}

}  // namespace apilab::radar
