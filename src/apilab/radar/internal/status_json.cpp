// The status page: JSON for people and programs.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/internal/service_view.hpp"
#include "apilab/work/job_outcome.hpp"

namespace apilab::radar::internal {
namespace {

namespace json = boost::json;

constexpr std::size_t words_max = 300;

json::value time_of(const std::optional<SystemTime>& time) {
    return time
               ? json::value(http::format_iso_time(std::chrono::floor<std::chrono::seconds>(*time)))
               : json::value(nullptr);
}

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

// Words come from databases, other APIs and files: bounded, and the process's secrets hidden.
json::string words(std::string_view text) {
    const std::string scrubbed = Scrubber::of_process().scrubbed(text);
    return json::string(work::cut_reason(scrubbed, words_max));
}

json::object jobs_json(const ServiceView& view) {
    const StoreLook& store = *view.store;
    json::array dead;
    for (const auto& row : store.dead) {
        dead.push_back(json::object{{"id", row.job.ref.id},
                                    {"kind", row.job.kind},
                                    {"reason", words(row.reason)},
                                    {"since", time_of(row.finished)}});
    }
    const Duration age = store.jobs.oldest_due
                             ? std::max(view.now - *store.jobs.oldest_due, Duration::zero())
                             : Duration::zero();
    return json::object{{"available", store.jobs.available},
                        {"running", store.jobs.running},
                        {"dead", store.jobs.dead},
                        {"oldest_age_s", seconds(age)},
                        {"dead_letters", std::move(dead)}};
}

json::object effects_json(const StoreLook& store) {
    json::object targets;
    for (const auto& [target, counts] : store.effects) {
        targets[target] =
            json::object{{"pending", counts.pending},       {"sending", counts.sending},
                         {"unknown", counts.unknown},       {"applied", counts.applied},
                         {"reconciled", counts.reconciled}, {"duplicated", counts.duplicated},
                         {"escalated", counts.escalated},   {"failed", counts.failed}};
    }
    json::array people;
    for (const auto& message : store.for_people) {
        people.push_back(json::object{{"id", message.ref.id},
                                      {"target", message.target},
                                      {"key", words(message.key)},
                                      {"state", work::to_string(message.state)},
                                      {"reason", words(message.reason)}});
    }
    return json::object{{"targets", std::move(targets)}, {"for_people", std::move(people)}};
}

json::array watches_json(const ServiceView& view) {
    json::array all;
    for (const auto& watch : view.watches) {
        json::object one{{"name", watch.name},
                         {"last_run", time_of(watch.finished)},
                         {"last_complete", time_of(watch.last_complete)},
                         {"complete", watch.complete},
                         {"error", nullptr},
                         {"complete_age_s", nullptr}};
        if (!watch.error.empty()) {
            one["error"] = words(watch.error);
        }
        if (watch.last_complete) {
            one["complete_age_s"] = seconds(view.now - *watch.last_complete);
        }
        all.push_back(std::move(one));
    }
    return all;
}

json::array sources_json(const ServiceView& view) {
    json::array all;
    for (const auto& [name, source] : view.sources) {
        json::object one{{"name", words(name)},
                         {"last_success", time_of(source.last_success)},
                         {"last_failure", time_of(source.last_failure)},
                         {"failures_in_a_row", source.failures_in_a_row},
                         {"problem", nullptr}};
        if (source.failures_in_a_row > 0) {
            one["problem"] = words(source.problem);
        }
        all.push_back(std::move(one));
    }
    return all;
}

json::array breakers_json(const ServiceView& view) {
    json::array all;
    for (const auto& breaker : view.breakers) {
        all.push_back(json::object{{"provider", breaker.provider},
                                   {"origin", breaker.origin},
                                   {"state", to_string(breaker.state)},
                                   {"reason", words(breaker.reason)},
                                   {"probe_in_s", seconds(breaker.probe_in)}});
    }
    return all;
}

json::array limits_json(const ServiceView& view) {
    const auto number = [](const std::optional<std::int64_t>& value) {
        return value ? json::value(*value) : json::value(nullptr);
    };
    json::array all;
    for (const auto& limit : view.limits) {
        json::object one{{"provider", limit.provider},
                         {"origin", limit.origin},
                         {"bucket", words(limit.bucket)},
                         {"limit", number(limit.limit)},
                         {"remaining", number(limit.remaining)},
                         {"free", number(limit.free)},
                         {"reset_in_s", nullptr},
                         {"waiting", limit.waiting},
                         {"frozen_s", seconds(limit.frozen)}};
        if (limit.reset_in) {
            one["reset_in_s"] = seconds(*limit.reset_in);
        }
        all.push_back(std::move(one));
    }
    return all;
}

json::value gaps_json(const std::optional<GapHealth>& gaps) {
    if (!gaps) {
        return nullptr;
    }
    return json::object{
        {"missing", gaps->missing},           {"asked", gaps->asked},
        {"recovered", gaps->recovered},       {"open", gaps->open},
        {"looked_at", time_of(gaps->walked)}, {"complete_through", time_of(gaps->through)}};
}

json::value backup_json(const std::optional<BackupStatus>& backup) {
    if (!backup) {
        return nullptr;
    }
    json::object one{{"last_success", time_of(backup->last_success)},
                     {"last_drill", time_of(backup->last_drill)},
                     {"file", backup->file},
                     {"bytes", backup->bytes},
                     {"kept", backup->kept},
                     {"error", nullptr}};
    if (!backup->error.empty()) {
        one["error"] = words(backup->error);
    }
    return one;
}

json::object webhooks_json(const ServiceView& view) {
    json::object all;
    for (const auto& [sender, stats] : view.webhooks) {
        all[sender] = json::object{{"requests", stats.requests},
                                   {"stored", stats.stored},
                                   {"duplicates", stats.duplicates},
                                   {"quarantined", stats.conflicts + stats.replayed},
                                   {"refused", stats.unverified + stats.out_of_time},
                                   {"unavailable", stats.shed + stats.failed + stats.late}};
    }
    return all;
}

json::object store_json(const ServiceView& view) {
    json::object store{
        {"kind", view.store_kind}, {"ok", view.store.has_value()},   {"error", nullptr},
        {"schema", nullptr},       {"waiting", view.writer.waiting}, {"disk_free_bytes", nullptr}};
    if (view.store) {
        store["schema"] = json::object{{"present", view.store->schema.present},
                                       {"known", view.store->schema.known}};
    } else {
        store["error"] = words(view.store_error);
    }
    if (view.disk_free >= 0) {
        store["disk_free_bytes"] = view.disk_free;
    }
    return store;
}

json::value shared_json(const ServiceView& view) {
    if (!view.shared) {
        return nullptr;
    }
    json::object one{{"replicas", view.shared->replicas},
                     {"permits", view.shared->permits},
                     {"alone", view.shared->alone},
                     {"unused", view.shared->unused},
                     {"refused", view.shared->refused},
                     {"failures", view.shared->failures},
                     {"error", nullptr}};
    if (!view.shared->store_error.empty()) {
        one["error"] = words(view.shared->store_error);
    }
    return one;
}

std::string_view phase_of(const Phase& phase) {
    if (phase.stopping) {
        return "stopping";
    }
    return phase.started ? "running" : "starting";
}

}  // namespace

std::string readiness_json(const Readiness& readiness) {
    json::object checks;
    for (const auto& [name, said] : readiness.checks) {
        checks[name] = words(said);
    }
    return json::serialize(json::object{{"ready", readiness.ready}, {"checks", std::move(checks)}});
}

std::string status_json(const ServiceView& view) {
    const auto problems = problems_of(view);
    json::array told;
    for (const Problem& problem : problems) {
        told.push_back(json::object{{"part", problem.part},
                                    {"name", words(problem.name)},
                                    {"problem", words(problem.words)}});
    }
    json::array tokens;
    for (const auto& token : view.tokens) {
        tokens.push_back(json::object{
            {"name", token.name}, {"state", token.state}, {"expires", time_of(token.expires)}});
    }
    json::object status{{"status", problems.empty() ? "ok" : "degraded"},
                        {"phase", phase_of(view.phase)},
                        {"version", view.version},
                        {"simulated", view.simulated},
                        {"now", time_of(view.now)},
                        {"started", time_of(view.started)},
                        {"problems", std::move(told)},
                        {"store", store_json(view)},
                        {"jobs", nullptr},
                        {"effects", nullptr},
                        {"watches", watches_json(view)},
                        {"sources", sources_json(view)},
                        {"breakers", breakers_json(view)},
                        {"limits", limits_json(view)},
                        {"shared", shared_json(view)},
                        {"tokens", std::move(tokens)},
                        {"webhooks", webhooks_json(view)},
                        {"gaps", gaps_json(view.gaps)},
                        {"backup", backup_json(view.backup)}};
    if (view.store) {
        status["jobs"] = jobs_json(view);
        status["effects"] = effects_json(*view.store);
    }
    return json::serialize(status);
}

}  // namespace apilab::radar::internal
