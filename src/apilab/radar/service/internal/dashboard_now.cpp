#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/client/client.hpp"
#include "apilab/policy/circuit_breaker.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/internal/dashboard_api.hpp"
#include "apilab/radar/service/internal/dashboard_runs.hpp"
#include "apilab/work/receiver.hpp"

namespace apilab::radar::internal {

namespace json = boost::json;

namespace {

constexpr std::size_t calls_shown = 20;

struct ProviderSum {
    std::size_t calls = 0;
    std::size_t ok = 0;
    std::size_t refused = 0;
    std::size_t failed = 0;
    std::size_t attempts = 0;
    std::size_t throttled = 0;
    std::vector<double> elapsed_ms;
    std::optional<SystemTime> last;
    std::optional<SystemTime> last_ok;
    std::string last_trouble;
};

// Nearest rank.
double percentile(std::vector<double>& values, double part) {
    if (values.empty()) {
        return 0;
    }
    const auto rank =
        static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1)) - 1;
    std::ranges::nth_element(values, at);
    return *at;
}

std::map<std::string, ProviderSum> providers_of(const CallHistory& history) {
    std::map<std::string, ProviderSum> sums;
    for (const auto& entry : history.calls()) {
        const auto& record = entry.story.record;
        ProviderSum& sum = sums[record.provider.empty() ? record.origin : record.provider];
        ++sum.calls;
        sum.attempts += record.attempts.size();
        sum.throttled += static_cast<std::size_t>(
            std::ranges::count(record.attempts, 429, &http::AttemptRecord::status));
        sum.elapsed_ms.push_back(ms_of(record.elapsed));
        sum.last = entry.story.started;
        if (record.error) {
            ++sum.failed;
            sum.last_trouble = to_string(*record.error);
        } else if (record.status >= 400) {
            ++sum.refused;
            sum.last_trouble = fmt::format("{}", record.status);
        } else {
            ++sum.ok;
            sum.last_ok = entry.story.started;
        }
    }
    return sums;
}

json::array provider_array(const CallHistory& history) {
    json::array out;
    for (auto& [name, sum] : providers_of(history)) {
        json::object one;
        one["name"] = name;
        one["calls"] = sum.calls;
        one["ok"] = sum.ok;
        one["refused"] = sum.refused;
        one["failed"] = sum.failed;
        one["attempts"] = sum.attempts;
        one["throttled"] = sum.throttled;
        one["p50_ms"] = percentile(sum.elapsed_ms, 0.5);
        one["p99_ms"] = percentile(sum.elapsed_ms, 0.99);
        one["last"] = time_or_null(sum.last);
        one["last_ok"] = time_or_null(sum.last_ok);
        one["last_trouble"] = sum.last_trouble;
        out.push_back(std::move(one));
    }
    return out;
}

// All that one look into the store tells.
struct StoreLook {
    work::JobCounts jobs;
    work::MessageCounts messages;
    std::vector<work::PausedQueue> paused;
    std::vector<work::ScheduleRow> schedules;
    std::size_t quarantined = 0;
};

Result<StoreLook> look(work::Store& store) {
    StoreLook found;
    APILAB_TRY(found.jobs, store.counts({}));
    APILAB_TRY(found.messages, store.message_counts({}));
    APILAB_TRY(found.paused, store.paused());
    APILAB_TRY(found.schedules, store.schedules());
    APILAB_TRY(const auto quarantined, store.quarantined(quarantine_max));
    found.quarantined = quarantined.size();
    return found;
}

json::array watch_array(const Config& config, const json::object& runs) {
    json::array out;
    for (const Watch& watch : config.watches) {
        json::object one;
        one["name"] = watch.name;
        one["where"] =
            watch.path.empty() ? fmt::format("{}:{}", watch.repository, watch.file) : watch.path;
        const auto* run = runs.if_contains(watch.name);
        one["run"] = run == nullptr ? json::value(nullptr) : *run;
        out.push_back(std::move(one));
    }
    return out;
}

// `1 dead letter`, `2 dead letters`.
std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

class Alerts {
public:
    void add(bool when, std::string_view level, std::string text, std::string_view page) {
        if (when) {
            list_.push_back(json::object{{"level", level}, {"text", text}, {"page", page}});
        }
    }
    [[nodiscard]] json::array list() && { return std::move(list_); }

private:
    json::array list_;
};

void store_alerts(Alerts& alerts, const StoreLook& look) {
    alerts.add(look.messages.escalated > 0, "bad",
               counted(look.messages.escalated, "effect", "effects") +
                   " of unknown outcome: look, and say what it was",
               "inbox");
    alerts.add(look.messages.duplicated > 0, "bad",
               counted(look.messages.duplicated, "effect", "effects") + " happened more than once",
               "inbox");
    alerts.add(look.messages.failed > 0, "warn",
               counted(look.messages.failed, "effect", "effects") + " refused for good", "inbox");
    alerts.add(look.jobs.dead > 0, "bad", counted(look.jobs.dead, "dead letter", "dead letters"),
               "inbox");
    alerts.add(look.quarantined > 0, "warn",
               counted(static_cast<std::int64_t>(look.quarantined), "event", "events") +
                   " in quarantine: genuine and yet not believed",
               "inbox");
    for (const auto& paused : look.paused) {
        alerts.add(true, "warn",
                   fmt::format("the queue {} is paused: {}", paused.queue, paused.reason), "inbox");
    }
}

void run_alerts(Alerts& alerts, const json::object& runs) {
    for (const auto& [watch, value] : runs) {
        const auto& run = value.as_object();
        const auto error = std::string_view(run.at("error").as_string());
        const auto name = std::string_view(watch);
        alerts.add(!error.empty(), "bad", fmt::format("{} was not checked: {}", name, error),
                   "decisions");
        alerts.add(error.empty() && !run.at("complete").as_bool(), "warn",
                   fmt::format("{} was checked without every source: no all-clear", name),
                   "decisions");
    }
}

void own_alerts(Alerts& alerts, const DashboardContext& context) {
    const auto& parts = context.parts;
    for (const auto& breaker : parts.client.breakers()) {
        alerts.add(breaker.state != policy::CircuitBreaker::State::closed, "warn",
                   fmt::format("{} is left alone: {}", breaker.origin, breaker.reason), "breakers");
    }
    const auto free = parts.disk_free ? parts.disk_free() : -1;
    alerts.add(free >= 0 && static_cast<std::uint64_t>(free) < parts.config.disk_floor_bytes, "bad",
               "the disk under the store is nearly full", "now");
    alerts.add(parts.config.watches.empty(), "warn",
               "nothing is watched: name a [[watch]] in radar.toml; `apilab radar config explain` "
               "shows what is set",
               "decisions");
}

json::object receiver_object(const work::ReceiverStats& stats) {
    json::object out;
    out["requests"] = stats.requests;
    out["stored"] = stats.stored;
    out["duplicates"] = stats.duplicates;
    out["revived"] = stats.revived;
    out["conflicts"] = stats.conflicts + stats.replayed;
    out["unverified"] = stats.unverified + stats.out_of_time;
    out["refused"] = stats.not_found + stats.unsupported + stats.too_large + stats.malformed;
    out["shed"] = stats.shed + stats.failed + stats.late;
    return out;
}

json::array schedule_array(const StoreLook& look) {
    json::array out;
    for (const auto& schedule : look.schedules) {
        out.push_back(json::object{{"name", schedule.name},
                                   {"spec", schedule.spec},
                                   {"next", shown_time(schedule.next)},
                                   {"last", time_or_null(schedule.last)},
                                   {"paused", schedule.paused}});
    }
    return out;
}

void put_store(json::object& out, const StoreLook& look) {
    out["jobs"] = counts_object(look.jobs);
    out["outbox"] = counts_object(look.messages);
    out["quarantined"] = look.quarantined;
    out["schedules"] = schedule_array(look);
}

}  // namespace

json::object counts_object(const work::JobCounts& counts) {
    json::object out;
    out["available"] = counts.available;
    out["running"] = counts.running;
    out["done"] = counts.done;
    out["dead"] = counts.dead;
    out["oldest_due"] = time_or_null(counts.oldest_due);
    return out;
}

json::object counts_object(const work::MessageCounts& counts) {
    json::object out;
    out["open"] = counts.pending + counts.sending + counts.unknown;
    out["unknown"] = counts.unknown;
    out["applied"] = counts.applied;
    out["reconciled"] = counts.reconciled;
    out["duplicated"] = counts.duplicated;
    out["escalated"] = counts.escalated;
    out["failed"] = counts.failed;
    return out;
}

Task get_now(DashboardContext* context, ApiCall /*call*/) {
    const auto& parts = context->parts;
    Alerts alerts;
    json::object out;
    auto seen = co_await in_store<StoreLook>(context, look);
    auto runs = co_await runs_of(context);
    if (seen && runs) {
        store_alerts(alerts, *seen);
        run_alerts(alerts, *runs);
        put_store(out, *seen);
        out["watches"] = watch_array(parts.config, *runs);
    } else {
        alerts.add(true, "bad", seen ? runs.error().why : seen.error().why, "now");
    }
    own_alerts(alerts, *context);
    out["at"] = shown_time(parts.scheduler.system_now());
    out["phase"] = parts.phase.stopping ? "stopping" : parts.phase.started ? "ready" : "starting";
    out["store_error"] = seen ? std::string() : seen.error().why;
    out["disk_free"] = parts.disk_free ? parts.disk_free() : -1;
    out["providers"] = provider_array(parts.calls);
    out["inbox"] = receiver_object(parts.receiver.stats());
    json::array calls;
    const auto& kept = parts.calls.calls();
    for (auto entry = kept.rbegin(); entry != kept.rend() && calls.size() < calls_shown; ++entry) {
        calls.push_back(call_line(*entry));
    }
    out["calls"] = std::move(calls);
    out["alerts"] = std::move(alerts).list();
    co_return out;
}

}  // namespace apilab::radar::internal
