// The metrics of a radar; those of its calls are the client's (observe::MetricsObserver).

#include <algorithm>
#include <array>
#include <chrono>

#include "apilab/radar/internal/metric_text.hpp"
#include "apilab/radar/internal/service_view.hpp"

namespace apilab::radar::internal {
namespace {

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

double stamp(SystemTime time) {
    return seconds(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()));
}

template <class Number>
double number(Number value) {
    return static_cast<double>(value);
}

void process(const ServiceView& view, MetricText& out) {
    out.family("radar_build_info", "gauge", "Always 1; what runs.");
    out.sample({{"version", view.version}, {"store", view.store_kind}}, 1);
    out.family("process_start_time_seconds", "gauge", "When it began, by the calendar.");
    out.sample(stamp(view.started));
    out.family("process_resident_memory_bytes", "gauge", "Memory that is in use.");
    out.sample(number(view.resident_bytes));
    out.family("radar_running", "gauge", "1 while it is neither starting nor stopping.");
    out.sample(view.phase.started && !view.phase.stopping ? 1 : 0);
    if (view.disk_free >= 0) {
        out.family("radar_disk_free_bytes", "gauge", "Room on the disk of the store.");
        out.sample(number(view.disk_free));
    }
}

void webhooks(const ServiceView& view, MetricText& out) {
    out.family("radar_webhooks_total", "counter", "Webhooks by sender and what became of them.");
    for (const auto& [sender, stats] : view.webhooks) {
        for (const auto& [verdict, value] : std::array{
                 std::pair("stored", stats.stored), std::pair("duplicate", stats.duplicates),
                 std::pair("revived", stats.revived), std::pair("conflict", stats.conflicts),
                 std::pair("replayed", stats.replayed), std::pair("handshake", stats.handshakes),
                 std::pair("unsupported", stats.unsupported),
                 std::pair("too_large", stats.too_large),
                 std::pair("out_of_time", stats.out_of_time),
                 std::pair("unverified", stats.unverified), std::pair("malformed", stats.malformed),
                 std::pair("shed", stats.shed), std::pair("failed", stats.failed),
                 std::pair("late", stats.late)}) {
            out.sample({{"sender", sender}, {"verdict", verdict}}, number(value));
        }
    }
    out.sample({{"sender", "none"}, {"verdict", "not_found"}}, number(view.received.not_found));
    out.family("radar_webhooks_last_timestamp_seconds", "gauge",
               "When the last genuine webhook of a sender came; 0: none since the start.");
    for (const auto& [sender, stats] : view.webhooks) {
        out.sample({{"sender", sender}}, stats.last ? stamp(*stats.last) : 0);
    }
    out.family("radar_events_ignored_total", "counter",
               "Events that were taken and mean nothing here: of unknown kinds, of no project.");
    for (const auto& [sender, stats] : view.webhooks) {
        const auto ignored = view.ignored.find(sender);
        out.sample({{"sender", sender}},
                   ignored == view.ignored.end() ? 0 : number(ignored->second));
    }
}

void jobs(const ServiceView& view, MetricText& out) {
    out.family("radar_jobs_total", "counter", "Jobs by how an attempt ended.");
    const auto& stats = view.runner;
    for (const auto& [outcome, value] :
         std::array{std::pair("done", stats.done), std::pair("stale", stats.stale),
                    std::pair("retried", stats.retried), std::pair("dead", stats.dead),
                    std::pair("returned", stats.returned), std::pair("late", stats.late),
                    std::pair("unsettled", stats.unsettled)}) {
        out.sample({{"outcome", outcome}}, number(value));
    }
    out.family("radar_job_timeouts_total", "counter", "Attempts that took too long.");
    out.sample(number(stats.timed_out));
    out.family("radar_job_leases_lost_total", "counter", "Leases that were lost in an attempt.");
    out.sample(number(stats.lost));
    out.family("radar_jobs_running", "gauge", "Jobs that this process is about.");
    out.sample(number(stats.running));
    out.family("radar_schedule_fires_total", "counter", "Jobs that schedules enqueued.");
    out.sample(number(view.ticker.fired));
    if (!view.store) {
        return;
    }
    const auto& counts = view.store->jobs;
    out.family("radar_queue_jobs", "gauge", "Jobs that are kept, by state.");
    out.sample({{"state", "available"}}, number(counts.available));
    out.sample({{"state", "running"}}, number(counts.running));
    out.sample({{"state", "dead"}}, number(counts.dead));
    out.family("radar_queue_oldest_age_seconds", "gauge",
               "How long the oldest job has been due; 0: none is.");
    out.sample(
        counts.oldest_due ? seconds(std::max(view.now - *counts.oldest_due, Duration::zero())) : 0);
}

void effects(const ServiceView& view, MetricText& out) {
    const auto& stats = view.outbox;
    out.family("radar_effects_total", "counter", "Effects on others by how they were settled.");
    for (const auto& [outcome, value] :
         std::array{std::pair("applied", stats.applied), std::pair("reconciled", stats.reconciled),
                    std::pair("duplicated", stats.duplicated),
                    std::pair("escalated", stats.escalated), std::pair("failed", stats.failed)}) {
        out.sample({{"outcome", outcome}}, number(value));
    }
    out.family("radar_effect_sends_total", "counter", "Requests that make an effect.");
    out.sample(number(stats.sends));
    out.family("radar_effect_look_ups_total", "counter", "Look-ups whether one was made.");
    out.sample(number(stats.look_ups));
    out.family("radar_effect_unknown_outcomes_total", "counter",
               "Requests of which nobody knew whether they had their effect.");
    out.sample(number(stats.unknown));
    if (!view.store) {
        return;
    }
    out.family("radar_outbox_messages", "gauge", "Messages that are kept, by target and state.");
    for (const auto& [target, counts] : view.store->effects) {
        for (const auto& [state, value] : std::array{
                 std::pair("pending", counts.pending), std::pair("sending", counts.sending),
                 std::pair("unknown", counts.unknown), std::pair("applied", counts.applied),
                 std::pair("reconciled", counts.reconciled),
                 std::pair("duplicated", counts.duplicated),
                 std::pair("escalated", counts.escalated), std::pair("failed", counts.failed)}) {
            out.sample({{"target", target}, {"state", state}}, number(value));
        }
    }
}

void store(const ServiceView& view, MetricText& out) {
    out.family("radar_store_up", "gauge", "1: the store could be read for this scrape.");
    out.sample(view.store ? 1 : 0);
    if (view.store) {
        out.family("radar_store_schema_current", "gauge",
                   "1: the schema is the one that is known.");
        out.sample(view.store->schema.current() ? 1 : 0);
    }
    out.family("radar_store_errors_total", "counter", "What the store said no to, by who asked.");
    for (const auto& [part, value] :
         std::array{std::pair("writer", view.writer.failed_transactions),
                    std::pair("webhooks", view.received.failed),
                    std::pair("jobs", view.runner.store_errors),
                    std::pair("outbox", view.outbox.store_errors),
                    std::pair("schedules", view.ticker.store_errors),
                    std::pair("sweeper", view.sweeper.store_errors)}) {
        out.sample({{"part", part}}, number(value));
    }
    out.family("radar_store_operations_total", "counter", "Operations that were committed.");
    out.sample(number(view.writer.operations));
    out.family("radar_store_transactions_total", "counter", "Transactions that were committed.");
    out.sample(number(view.writer.transactions));
    out.family("radar_store_overloaded_total", "counter", "Operations refused: too many waited.");
    out.sample(number(view.writer.overloaded));
    out.family("radar_store_waiting_operations", "gauge", "Operations that wait for the disk.");
    out.sample(number(view.writer.waiting));
    out.family("radar_swept_rows_total", "counter", "Rows that were kept long enough.");
    out.sample(number(view.sweeper.rows));
}

void successes(const ServiceView& view, MetricText& out) {
    out.family("radar_watch_last_success_timestamp_seconds", "gauge",
               "When a run in which every source answered ended last; 0: never.");
    for (const auto& watch : view.watches) {
        out.sample({{"watch", watch.name}}, watch.last_complete ? stamp(*watch.last_complete) : 0);
    }
    out.family("radar_watch_last_run_timestamp_seconds", "gauge",
               "When a run ended last; 0: never.");
    for (const auto& watch : view.watches) {
        out.sample({{"watch", watch.name}}, watch.finished ? stamp(*watch.finished) : 0);
    }
    out.family("radar_source_last_success_timestamp_seconds", "gauge",
               "When somebody else answered last; 0: never.");
    for (const auto& [name, source] : view.sources) {
        out.sample({{"source", name}}, source.last_success ? stamp(*source.last_success) : 0);
    }
    out.family("radar_source_failures_in_a_row", "gauge", "Failed calls since the last success.");
    for (const auto& [name, source] : view.sources) {
        out.sample({{"source", name}}, number(source.failures_in_a_row));
    }
}

void others(const ServiceView& view, MetricText& out) {
    out.family("radar_breaker_state", "gauge", "0 closed, 1 half-open, 2 open.");
    for (const auto& breaker : view.breakers) {
        using State = policy::CircuitBreaker::State;
        const double state = breaker.state == State::open        ? 2
                             : breaker.state == State::half_open ? 1
                                                                 : 0;
        out.sample({{"provider", breaker.provider}, {"origin", breaker.origin}}, state);
    }
    out.family("radar_budget_remaining", "gauge", "Calls that a quota still lets through.");
    for (const auto& limit : view.limits) {
        const auto left = limit.remaining ? limit.remaining : limit.free;
        if (left) {
            out.sample(
                {{"provider", limit.provider}, {"origin", limit.origin}, {"bucket", limit.bucket}},
                number(*left));
        }
    }
    out.family("radar_budget_waiting_calls", "gauge", "Calls that wait for a quota.");
    for (const auto& limit : view.limits) {
        out.sample(
            {{"provider", limit.provider}, {"origin", limit.origin}, {"bucket", limit.bucket}},
            number(limit.waiting));
    }
    out.family("radar_clock_skew_seconds", "gauge",
               "How far the clock of others is ahead of ours, by their last answer.");
    for (const auto& [origin, ahead] : view.clocks) {
        out.sample({{"origin", origin}}, seconds(ahead));
    }
    out.family("radar_token_usable", "gauge",
               "1: calls can be made with it, or it can be renewed.");
    for (const auto& token : view.tokens) {
        out.sample({{"name", token.name}}, token.usable ? 1 : 0);
    }
    out.family("radar_token_expiry_timestamp_seconds", "gauge", "When the access token ends.");
    for (const auto& token : view.tokens) {
        if (token.expires) {
            out.sample({{"name", token.name}}, stamp(*token.expires));
        }
    }
}

void shared_budget(const ServiceView& view, MetricText& out) {
    if (!view.shared) {
        return;
    }
    out.family("radar_shared_permits_total", "counter",
               "Requests that replicas may make together, by who gave the permit: the store, or "
               "this replica's share while the store failed.");
    out.sample({{"by", "store"}}, number(view.shared->permits));
    out.sample({{"by", "share"}}, number(view.shared->alone));
    out.family("radar_shared_unused_total", "counter", "Permits that were not used in time.");
    out.sample(number(view.shared->unused));
    out.family("radar_shared_refused_total", "counter",
               "Requests whose turn could not come in time.");
    out.sample(number(view.shared->refused));
    out.family("radar_shared_failures_total", "counter", "What the shared store did not answer.");
    out.sample(number(view.shared->failures));
    out.family("radar_shared_up", "gauge", "1: the shared store answered last.");
    out.sample(view.shared->store_error.empty() ? 1 : 0);
    out.family("radar_shared_replicas", "gauge", "So many spend, as the store said last.");
    out.sample(number(view.shared->replicas));
}

void safety(const ServiceView& view, MetricText& out) {
    if (view.gaps) {
        out.family("radar_gap_deliveries_total", "counter",
                   "Deliveries that never came, by what was done.");
        out.sample({{"state", "missing"}}, number(view.gaps->missing));
        out.sample({{"state", "asked"}}, number(view.gaps->asked));
        out.sample({{"state", "recovered"}}, number(view.gaps->recovered));
    }
    if (!view.backup) {
        return;
    }
    out.family("radar_backup_last_success_timestamp_seconds", "gauge",
               "When the newest snapshot was taken that could be restored; 0: never.");
    out.sample(view.backup->last_success ? stamp(*view.backup->last_success) : 0);
    out.family("radar_backup_drill_last_success_timestamp_seconds", "gauge",
               "When a snapshot was last restored for a drill; 0: never.");
    out.sample(view.backup->last_drill ? stamp(*view.backup->last_drill) : 0);
    out.family("radar_backup_failures_total", "counter", "Backups or drills that failed.");
    out.sample(number(view.backup->failures));
    out.family("radar_backup_size_bytes", "gauge", "The newest snapshot.");
    out.sample(number(view.backup->bytes));
}

}  // namespace

std::string metrics_text(const ServiceView& view) {
    MetricText out;
    process(view, out);
    webhooks(view, out);
    jobs(view, out);
    effects(view, out);
    store(view, out);
    successes(view, out);
    others(view, out);
    shared_budget(view, out);
    safety(view, out);
    const auto left_out = out.left_out();
    out.family("radar_metrics_left_out", "gauge", "Series that a limit kept out of this answer.");
    out.sample(number(left_out));
    return out.text();
}

}  // namespace apilab::radar::internal
