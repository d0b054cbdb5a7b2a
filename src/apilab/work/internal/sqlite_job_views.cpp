#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_filter.hpp"
#include "apilab/work/internal/sqlite_jobs.hpp"
#include "apilab/work/internal/sqlite_query.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store.hpp"

// Jobs as people see them, and what they do about them.
namespace apilab::work {

using internal::Conditions;
using internal::SqliteCore;

namespace {

std::optional<std::int64_t> ms_of(const std::optional<SystemTime>& time) {
    return time ? std::optional(internal::to_ms(*time)) : std::nullopt;
}

std::optional<SystemTime> time_at(const internal::Query& row, int column) {
    return row.is_null(column) ? std::nullopt
                               : std::optional(internal::from_ms(row.get_integer(column)));
}

Conditions conditions(const JobFilter& filter, std::optional<JobState> state) {
    Conditions all;
    all.integer("j.id = ?", filter.id);
    all.text("j.queue = ?", filter.queue);
    all.text("j.kind = ?", filter.kind);
    all.text("j.state = ?", state ? std::string(to_string(*state)) : std::string());
    all.text("instr(j.reason, ?) > 0", filter.reason_has);
    all.text("e.source = ?", filter.source);
    all.text("e.type = ?", filter.type);
    all.integer("j.created >= ?", ms_of(filter.since));
    all.integer("j.created < ?", ms_of(filter.until));
    return all;
}

void count(JobCounts& counts, const internal::Query& row) {
    const auto state = parse_job_state(row.get_text(0)).value_or(JobState::dead);
    const std::int64_t number = row.get_integer(1);
    switch (state) {
        case JobState::available: {
            counts.available += number;
            const auto due = time_at(row, 2);
            counts.oldest_due = counts.oldest_due && due ? std::min(*counts.oldest_due, *due)
                                                         : (due ? due : counts.oldest_due);
            break;
        }
        case JobState::running:
            counts.running += number;
            break;
        case JobState::done:
            counts.done += number;
            break;
        case JobState::dead:
            counts.dead += number;
            break;
    }
}

}  // namespace

Result<JobCounts> SqliteStore::counts(std::string_view queue) {
    if (!queue.empty()) {
        APILAB_CHECK(internal::check_name("queue", queue));
    }
    return core_->read([&]() -> Result<JobCounts> {
        // Each line from its own index; one statement, so that no job is counted twice on its way.
        auto query = core_->use(
            queue.empty()
                ? "SELECT state, count(*), min(due) FROM job INDEXED BY job_ready "
                  "WHERE state IN ('available', 'running') AND blocked = 0 GROUP BY state "
                  "UNION ALL SELECT state, count(*), min(due) FROM job INDEXED BY job_line "
                  "WHERE order_key <> '' AND state IN ('available', 'running') AND blocked = 1 "
                  "GROUP BY state "
                  "UNION ALL SELECT 'done', count(*), 0 FROM job INDEXED BY job_done "
                  "WHERE state = 'done' "
                  "UNION ALL SELECT 'dead', count(*), 0 FROM job INDEXED BY job_dead "
                  "WHERE state = 'dead'"
                : "SELECT state, count(*), min(due) FROM job INDEXED BY job_ready "
                  "WHERE queue = ?1 AND state IN ('available', 'running') AND blocked = 0 "
                  "GROUP BY state "
                  "UNION ALL SELECT state, count(*), min(due) FROM job INDEXED BY job_line "
                  "WHERE queue = ?1 AND order_key <> '' AND state IN ('available', 'running') "
                  "AND blocked = 1 GROUP BY state "
                  "UNION ALL SELECT 'done', count(*), 0 FROM job INDEXED BY job_done "
                  "WHERE queue = ?1 AND state = 'done' "
                  "UNION ALL SELECT 'dead', count(*), 0 FROM job INDEXED BY job_dead "
                  "WHERE queue = ?1 AND state = 'dead'");
        if (!queue.empty()) {
            query.text(queue);
        }
        JobCounts counts;
        while (query.step()) {
            count(counts, query);
        }
        return counts;
    });
}

Result<std::vector<JobRow>> SqliteStore::jobs(const JobFilter& filter, std::size_t limit) {
    return core_->read([&]() -> Result<std::vector<JobRow>> {
        const auto asked = conditions(filter, filter.state);
        auto query = core_->once(
            fmt::format("SELECT {}, j.state, j.due, j.finished, j.reason, j.redrives, j.coalesced "
                        "FROM job j LEFT JOIN event e ON e.id = j.event WHERE {} "
                        "ORDER BY j.id DESC LIMIT ?",
                        APILAB_JOB_COLUMNS, asked.where()));
        asked.bind(query);
        query.integer(static_cast<std::int64_t>(limit));
        std::vector<JobRow> rows;
        constexpr int next = internal::job_columns;
        while (query.step()) {
            rows.push_back({.job = internal::read_job(query),
                            .state = parse_job_state(query.get_text(next)).value_or(JobState::dead),
                            .due = internal::from_ms(query.get_integer(next + 1)),
                            .finished = time_at(query, next + 2),
                            .reason = query.get_text(next + 3),
                            .redrives = static_cast<int>(query.get_integer(next + 4)),
                            .coalesced = static_cast<int>(query.get_integer(next + 5))});
        }
        return rows;
    });
}

Result<std::vector<JobAttempt>> SqliteStore::attempts(std::int64_t job) {
    return core_->read([&]() -> Result<std::vector<JobAttempt>> {
        // The attempt that runs, or was the good one, stands in the job's own row.
        auto query = core_->use(
            "SELECT fence, attempt, worker, started, ended, outcome, reason FROM job_attempt "
            "WHERE job = ?1 UNION ALL "
            "SELECT fence, attempt, worker, claimed, CASE state WHEN 'done' THEN finished END, "
            "CASE WHEN state = 'running' THEN state WHEN stale THEN 'stale' ELSE state END, '' "
            "FROM job WHERE id = ?1 AND state IN ('running', 'done') ORDER BY 1");
        query.integer(job);
        std::vector<JobAttempt> attempts;
        while (query.step()) {
            attempts.push_back({.attempt = static_cast<int>(query.get_integer(1)),
                                .worker = query.get_text(2),
                                .started = internal::from_ms(query.get_integer(3)),
                                .ended = time_at(query, 4),
                                .outcome = query.get_text(5),
                                .reason = query.get_text(6)});
        }
        return attempts;
    });
}

Result<std::size_t> SqliteStore::redrive(const JobFilter& filter, Duration pace, std::size_t limit,
                                         SystemTime now) {
    if (pace < Duration::zero() || pace > std::chrono::hours(24)) {
        return fail(
            Error(ErrorKind::invalid_argument, "pace: expected 0 to 1 day").with_detail("pace"));
    }
    return core_->change([&]() -> Result<std::size_t> {
        const auto asked = conditions(filter, JobState::dead);
        std::vector<std::int64_t> ids;
        {
            auto query = core_->once(
                fmt::format("SELECT j.id FROM job j LEFT JOIN event e ON e.id = j.event WHERE {} "
                            "ORDER BY j.id LIMIT ?",
                            asked.where()));
            asked.bind(query);
            query.integer(static_cast<std::int64_t>(limit));
            while (query.step()) {
                ids.push_back(query.get_integer(0));
            }
        }
        std::int64_t due = internal::to_ms(now);
        for (const std::int64_t id : ids) {
            (void)internal::wake_job(*core_, id, due);
            due += internal::to_ms(pace);
        }
        return ids.size();
    });
}

Result<void> SqliteStore::pause(std::string_view queue, std::string_view reason, SystemTime now) {
    APILAB_CHECK(internal::check_name("queue", queue));
    const std::string why = internal::kept_reason(reason);
    return core_->change([&]() -> Result<void> {
        core_
            ->use(
                "INSERT INTO paused_queue (queue, reason, since) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (queue) DO UPDATE SET reason = excluded.reason")
            .text(queue)
            .text(why)
            .integer(internal::to_ms(now))
            .run();
        return {};
    });
}

Result<bool> SqliteStore::resume(std::string_view queue) {
    return core_->change([&]() -> Result<bool> {
        return core_->use("DELETE FROM paused_queue WHERE queue = ?1").text(queue).run() == 1;
    });
}

Result<std::vector<PausedQueue>> SqliteStore::paused() {
    return core_->read([&]() -> Result<std::vector<PausedQueue>> {
        auto query = core_->use("SELECT queue, reason, since FROM paused_queue ORDER BY queue");
        std::vector<PausedQueue> all;
        while (query.step()) {
            all.push_back({.queue = query.get_text(0),
                           .reason = query.get_text(1),
                           .since = internal::from_ms(query.get_integer(2))});
        }
        return all;
    });
}

}  // namespace apilab::work
