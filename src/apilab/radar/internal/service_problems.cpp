// What of a running radar a person should know, and whether it is ready.

#include <fmt/format.h>

#include <chrono>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/internal/kept_json.hpp"
#include "apilab/radar/internal/service_view.hpp"
#include "apilab/radar/service/item.hpp"

namespace apilab::radar::internal {
namespace {

using namespace std::chrono_literals;

// A source fails once in a while; three times in a row is a word worth.
constexpr std::uint64_t failures_worth_a_word = 3;
constexpr Duration queue_age_max = 15min;
constexpr Duration backup_age_max = 48h;
// Half of what a signature with a time may be off.
constexpr Duration clock_off_max = 150s;

std::string when(const std::optional<SystemTime>& time) {
    return time ? http::format_iso_time(std::chrono::floor<std::chrono::seconds>(*time)) : "never";
}

class Problems {
public:
    void add(std::string part, std::string name, std::string words) {
        all.push_back(
            {.part = std::move(part), .name = std::move(name), .words = std::move(words)});
    }
    std::vector<Problem> all;
};

void others(const ServiceView& view, Problems& problems) {
    for (const auto& [name, source] : view.sources) {
        if (source.failures_in_a_row >= failures_worth_a_word) {
            problems.add(
                "source", name,
                fmt::format("{} calls in a row failed ({}); last answered: {}",
                            source.failures_in_a_row, source.problem, when(source.last_success)));
        }
    }
    for (const auto& breaker : view.breakers) {
        if (breaker.state != policy::CircuitBreaker::State::closed) {
            problems.add("breaker", breaker.provider.empty() ? breaker.origin : breaker.provider,
                         fmt::format("{}: {}; next probe in {}", to_string(breaker.state),
                                     breaker.reason, format_duration(breaker.probe_in)));
        }
    }
    for (const auto& limit : view.limits) {
        if (limit.frozen > Duration::zero()) {
            problems.add("limit", limit.provider.empty() ? limit.origin : limit.provider,
                         fmt::format("refused{}{}: nobody is asked for another {}",
                                     limit.bucket.empty() ? "" : " for ", limit.bucket,
                                     format_duration(limit.frozen)));
        }
    }
    for (const auto& name : view.off) {
        problems.add("off", name, "it is switched off, and neither asked nor told");
    }
    for (const auto& [origin, ahead] : view.clocks) {
        if (std::chrono::abs(ahead) > clock_off_max) {
            problems.add("clock", origin,
                         fmt::format("its clock is {} {} ours: one of the two is wrong",
                                     format_duration(std::chrono::abs(ahead)),
                                     ahead > Duration::zero() ? "ahead of" : "behind"));
        }
    }
    if (view.shared && !view.shared->store_error.empty()) {
        problems.add("shared", "budget",
                     fmt::format("each replica spends its share, one of {}: {}",
                                 view.shared->replicas, view.shared->store_error));
    }
    for (const auto& token : view.tokens) {
        if (!token.usable) {
            problems.add("token", token.name, token.state);
        }
    }
}

void watches(const ServiceView& view, Problems& problems) {
    for (const auto& watch : view.watches) {
        const bool stale =
            !watch.last_complete || view.now - *watch.last_complete > view.stale_after;
        if (!watch.error.empty()) {
            problems.add("watch", watch.name, watch.error);
        } else if (stale && (watch.finished || view.now - view.started > view.stale_after)) {
            problems.add("watch", watch.name,
                         fmt::format("no run in which every source answered; the last one: {}",
                                     when(watch.last_complete)));
        }
    }
}

void kept(const ServiceView& view, Problems& problems) {
    if (!view.store) {
        problems.add("store", view.store_kind, view.store_error);
        return;
    }
    const StoreLook& store = *view.store;
    if (store.jobs.dead > 0) {
        problems.add("jobs", "dead",
                     fmt::format("{} dead letters wait for a person", store.jobs.dead));
    }
    if (store.jobs.oldest_due && view.now - *store.jobs.oldest_due > queue_age_max) {
        problems.add("jobs", "late",
                     fmt::format("the oldest has been due since {}", when(store.jobs.oldest_due)));
    }
    for (const auto& queue : store.paused) {
        problems.add("jobs", "paused", fmt::format("queue {}: {}", queue.queue, queue.reason));
    }
    for (const auto& [target, counts] : store.effects) {
        const auto people = counts.escalated + counts.failed + counts.duplicated;
        if (people > 0) {
            problems.add("effects", target,
                         fmt::format("{} escalated, {} failed, {} duplicated", counts.escalated,
                                     counts.failed, counts.duplicated));
        }
    }
}

void upkeep(const ServiceView& view, Problems& problems) {
    for (const auto& [name, error] : {std::pair("jobs", &view.runner.store_error),
                                      std::pair("schedules", &view.ticker.store_error),
                                      std::pair("sweeper", &view.sweeper.store_error)}) {
        if (!error->empty()) {
            problems.add("store", name, *error);
        }
    }
    if (view.disk_free >= 0 && static_cast<std::uint64_t>(view.disk_free) < view.disk_floor * 2) {
        problems.add("disk", "free",
                     fmt::format("{} MiB left, {} MiB is the floor", view.disk_free >> 20U,
                                 view.disk_floor >> 20U));
    }
    if (!view.backup) {
        return;
    }
    if (!view.backup->error.empty()) {
        problems.add("backup", "last", view.backup->error);
    } else if (!view.backup->last_drill ? view.now - view.started > backup_age_max
                                        : view.now - *view.backup->last_drill > backup_age_max) {
        problems.add(
            "backup", "drill",
            fmt::format("the last one that could be restored: {}", when(view.backup->last_drill)));
    }
}

}  // namespace

std::vector<Problem> problems_of(const ServiceView& view) {
    Problems problems;
    kept(view, problems);
    upkeep(view, problems);
    watches(view, problems);
    others(view, problems);
    return std::move(problems.all);
}

Readiness readiness_of(const ReadinessFacts& facts) {
    Readiness readiness;
    const auto check = [&](const char* name, std::string wrong) {
        readiness.ready = readiness.ready && wrong.empty();
        readiness.checks.emplace_back(name, wrong.empty() ? "ok" : std::move(wrong));
    };
    check("phase", facts.phase.stopping ? "stopping" : !facts.phase.started ? "starting" : "");
    check("store", facts.store_error.value_or(""));
    std::string schema;
    if (facts.schema && !facts.schema->current()) {
        schema = fmt::format("has {} steps, this program knows {}", facts.schema->present,
                             facts.schema->known);
    }
    check("schema", std::move(schema));
    const bool full =
        facts.disk_free >= 0 && static_cast<std::uint64_t>(facts.disk_free) < facts.disk_floor;
    check("disk", full ? fmt::format("{} MiB left, {} MiB is the floor", facts.disk_free >> 20U,
                                     facts.disk_floor >> 20U)
                       : std::string());
    return readiness;
}

WatchHealth watch_health(const std::string& name, std::string_view run) {
    WatchHealth health{.name = name};
    const auto record = read_run(run);
    if (!record) {
        health.error = "its last run cannot be read: " + record.error().to_string();
        return health;
    }
    health.finished = record->finished;
    health.complete = record->complete;
    health.error = record->error;
    health.last_complete = record->last_complete;
    const auto report = http::JsonDocument::parse(record->report, {.size_max = kept_json_max});
    if (report) {
        for (const http::Json source : report->root()["sources"].elements()) {
            if (source["status"].string_or("") == "ok") {
                health.answered.emplace_back(
                    source["name"].string_or(""),
                    http::parse_iso_time(source["as_of"].string_or("")).value_or(record->finished));
            }
        }
    }
    return health;
}

}  // namespace apilab::radar::internal
