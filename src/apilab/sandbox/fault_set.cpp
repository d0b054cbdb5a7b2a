#include "apilab/sandbox/fault_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox {

namespace {

constexpr std::size_t operations_max = 100'000;
constexpr Duration delay_max = std::chrono::hours(1);

// Well mixed, so that neighbouring seeds and faults give unrelated streams (splitmix64's step).
std::uint64_t mix(std::uint64_t seed, std::uint64_t number) {
    std::uint64_t z = seed + number * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

Duration draw(const FaultDelay& delay, Rng& rng) {
    switch (delay.kind) {
        case FaultDelay::Kind::fixed:
            return std::min(delay.base, delay_max);
        case FaultDelay::Kind::uniform:
            return std::min(Duration(rng.between(delay.base.count(), delay.high.count())),
                            delay_max);
        case FaultDelay::Kind::lognormal: {
            // Box-Muller rather than std::normal_distribution: the same everywhere.
            const double u = 1.0 - rng.uniform();
            const double angle = 2.0 * std::numbers::pi * rng.uniform();
            const double normal = std::sqrt(-2.0 * std::log(u)) * std::cos(angle);
            const double ns =
                static_cast<double>(delay.base.count()) * std::exp(delay.sigma * normal);
            const auto limit = static_cast<double>(delay_max.count());
            return ns >= limit ? delay_max : Duration(std::llround(ns));
        }
    }
    return {};
}

std::string operations_of(const Surface::Entry& entry) {
    std::string text;
    for (const Route& route : entry.routes) {
        text += fmt::format("{}{} ({} {})", text.empty() ? "" : ", ", route.operation, route.method,
                            route.path_template);
    }
    return text;
}

// Does anything that the provider answers fit? An empty operation and path mean everything.
bool reaches(const FaultWhere& where, const Surface::Entry& entry) {
    return std::ranges::any_of(entry.routes, [&](const Route& route) {
        if (!where.operation.empty()) {
            return where.operation == route.operation;
        }
        if (where.method != "*" && where.method != route.method) {
            return false;
        }
        const auto pattern = PathPattern::parse(route.path_template);
        return !where.path || (pattern && where.path->overlaps(*pattern));
    });
}

}  // namespace

struct FaultSet::Armed {
    Armed(FaultStatus first, std::uint64_t seed, SteadyTime now)
        : status(std::move(first)), rng(seed), since(now) {}
    FaultStatus status;
    SeededRng rng;
    SteadyTime since;
    std::deque<SteadyTime> recent;  // for `within`
    std::optional<SteadyTime> held_until;
};

FaultSet::FaultSet(Surface surface, Options options)
    : surface_(std::move(surface)), options_(options) {}

FaultSet::~FaultSet() = default;

Result<void> FaultSet::check(const Fault& fault) const {
    const FaultWhere& where = fault.where;
    bool served = false;
    bool reached = false;
    std::string known;
    for (const auto& entry : surface_.entries) {
        if (where.provider == "*" || where.provider == entry.provider) {
            served = true;
            reached = reached || reaches(where, entry);
            known += fmt::format("{}{}: {}", known.empty() ? "" : "; ", entry.provider,
                                 operations_of(entry));
        }
    }
    if (!served) {
        std::string names;
        for (const auto& entry : surface_.entries) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", entry.provider);
        }
        return internal::bad_field("/where", fmt::format("provider '{}' is not served here; served "
                                                         "are: {}",
                                                         where.provider, names));
    }
    if (!reached) {
        return internal::bad_field(
            "/where", fmt::format("'{}' reaches no operation; known are: {}", where.text, known));
    }
    return {};
}

Result<std::vector<std::string>> FaultSet::add(Fault fault, SteadyTime now) {
    APILAB_CHECK(check(fault));
    std::vector<std::string> providers{std::string()};
    if (fault.per_provider) {
        providers.clear();
        for (const auto& entry : surface_.entries) {
            if (reaches(fault.where, entry)) {
                providers.push_back(entry.provider);
            }
        }
    }
    if (armed_.size() + providers.size() > faults_max) {
        return fail(ErrorKind::too_large, fmt::format("more than {} faults", faults_max));
    }
    const auto shared = std::make_shared<const Fault>(std::move(fault));
    std::vector<std::string> ids;
    for (auto& provider : providers) {
        const auto number = next_id_++;
        ids.push_back(fmt::format("f{}", number));
        FaultStatus status{.id = ids.back(), .fault = shared, .provider = std::move(provider)};
        armed_.emplace_back(std::move(status), mix(options_.seed, number), now);
    }
    return ids;
}

bool FaultSet::remove(std::string_view id) {
    return std::erase_if(armed_, [&](const Armed& armed) { return armed.status.id == id; }) != 0;
}

void FaultSet::clear() {
    armed_.clear();
    failures_.clear();
}

bool FaultSet::matches(const Armed& armed, const FaultRequest& request) const {
    const FaultWhere& where = armed.status.fault->where;
    const FaultWhat& what = armed.status.fault->what;
    if (what.stage() != FaultWhat::Stage::request ||
        (what.close == ClosePoint::stale_keepalive && !request.reused_connection)) {
        return false;
    }
    if (!armed.status.provider.empty() && armed.status.provider != request.provider) {
        return false;
    }
    if (where.provider != "*" && where.provider != request.provider) {
        return false;
    }
    if (!where.operation.empty()) {
        return where.operation == request.route->operation;
    }
    if (where.method != "*" && where.method != request.route->method) {
        return false;
    }
    return !where.path || where.path->match(request.segments, nullptr);
}

// Counts the match, and says whether the fault takes it.
bool FaultSet::fires(Armed& armed, SteadyTime now) const {
    const Fault& fault = *armed.status.fault;
    if ((fault.times && armed.status.hits >= *fault.times) ||
        (fault.ttl && now - armed.since >= *fault.ttl)) {
        return false;
    }
    const std::uint64_t count = ++armed.status.matches;
    switch (fault.when.kind) {
        case FaultWhen::Kind::always:
            return true;
        case FaultWhen::Kind::first:
            return count <= fault.when.n;
        case FaultWhen::Kind::nth:
            return count == fault.when.n;
        case FaultWhen::Kind::every:
            if (!fault.when.within) {
                return count % fault.when.n == 0;
            }
            armed.recent.push_back(now);
            while (now - armed.recent.front() >= *fault.when.within) {
                armed.recent.pop_front();
            }
            if (armed.recent.size() < fault.when.n) {
                return false;
            }
            armed.recent.clear();
            return true;
        case FaultWhen::Kind::probability:
            return armed.rng.uniform() < fault.when.probability;
        case FaultWhen::Kind::window:
            return now - options_.start >= fault.when.from && now - options_.start < fault.when.to;
    }
    return false;
}

bool FaultSet::spared(std::string_view identity) const {
    if (!options_.failures_per_operation) {
        return false;
    }
    const auto found = failures_.find(std::string(identity));
    return found != failures_.end() && found->second >= *options_.failures_per_operation;
}

FaultDecision FaultSet::decide(const FaultRequest& request) {
    FaultDecision decision;
    const bool spared_now = spared(request.identity);
    for (Armed& armed : armed_) {
        if (!matches(armed, request)) {
            continue;
        }
        const auto& fault = armed.status.fault;
        const bool delays = fault->what.delay_only();
        if (!delays && decision.fault) {
            continue;
        }
        if (armed.held_until && request.now < *armed.held_until) {
            decision.held = *armed.held_until - request.now;
            decision.fault = fault;
        } else if ((!delays && spared_now) || !fires(armed, request.now)) {
            continue;
        } else if (!delays) {
            decision.fault = fault;
        }
        if (decision.fault == fault) {
            decision.fault_id = armed.status.id;
        }
        ++armed.status.hits;
        if (fault->what.delay && !decision.held) {
            decision.delay += draw(*fault->what.delay, armed.rng);
        }
        decision.hits.push_back({armed.status.id, std::string(fault->what.kind())});
    }
    decision.delay = std::min(decision.delay, delay_max);
    if (decision.fault && options_.failures_per_operation) {
        if (failures_.size() >= operations_max) {
            failures_.clear();
        }
        ++failures_[std::string(request.identity)];
    }
    return decision;
}

FaultDecision FaultSet::decide_at(FaultWhat::Stage stage, std::string_view provider,
                                  SteadyTime now) {
    FaultDecision decision;
    for (Armed& armed : armed_) {
        const auto& fault = armed.status.fault;
        const auto fits = [&](const std::string& named) {
            return named.empty() || named == "*" || named == provider;
        };
        if (fault->what.stage() != stage || !fits(armed.status.provider) ||
            !fits(fault->where.provider) || !fires(armed, now)) {
            continue;
        }
        ++armed.status.hits;
        decision.fault = fault;
        decision.fault_id = armed.status.id;
        decision.hits.push_back({armed.status.id, std::string(fault->what.kind())});
        if (fault->what.delay) {
            decision.delay = draw(*fault->what.delay, armed.rng);
        }
        break;
    }
    return decision;
}

void FaultSet::announced(std::string_view fault_id, SteadyTime until) {
    for (Armed& armed : armed_) {
        if (armed.status.id == fault_id && armed.status.fault->what.hold) {
            armed.held_until = std::max(armed.held_until.value_or(until), until);
        }
    }
}

void FaultSet::served(std::string_view identity) {
    if (!failures_.empty()) {
        failures_.erase(std::string(identity));
    }
}

bool FaultSet::turns_pages() const {
    return std::ranges::any_of(armed_, [](const Armed& armed) {
        return armed.status.fault->what.page != PageFault::none;
    });
}

std::vector<FaultStatus> FaultSet::status(SteadyTime now) const {
    std::vector<FaultStatus> all;
    for (const Armed& armed : armed_) {
        FaultStatus status = armed.status;
        const Fault& fault = *status.fault;
        const FaultWhen& when = fault.when;
        status.expired = (fault.ttl && now - armed.since >= *fault.ttl) ||
                         (when.kind == FaultWhen::Kind::window && now - options_.start >= when.to);
        status.completed = (fault.times && status.hits >= *fault.times) ||
                           (when.kind == FaultWhen::Kind::first && status.hits >= when.n) ||
                           (when.kind == FaultWhen::Kind::nth && status.matches >= when.n);
        all.push_back(std::move(status));
    }
    return all;
}

}  // namespace apilab::sandbox
