// Of PostgresStore: how jobs and queues stand.

#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresParameters;

Result<std::optional<SystemTime>> PostgresStore::next_due(std::string_view queue) {
    // One whose key is somebody's comes up when that one is through, or loses its lease.
    static constexpr const char* sql =
        "SELECT min(j.due) FROM job j WHERE j.queue = $1"
        " AND j.state IN ('available', 'running')"
        " AND NOT EXISTS (SELECT 1 FROM paused WHERE queue = $1)"
        " AND " APILAB_POSTGRES_FIRST_OF_KEY;
    APILAB_CHECK(internal::check_name("queue", queue));
    return db_->atomically([&]() -> Result<std::optional<SystemTime>> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(queue)));
        return rows.row(0).maybe_time();
    });
}

Result<JobCounts> PostgresStore::counts(std::string_view queue) {
    static constexpr const char* sql = R"(
SELECT count(*) FILTER (WHERE state = 'available'), count(*) FILTER (WHERE state = 'running'),
    count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'dead'),
    min(due) FILTER (WHERE state = 'available')
FROM job WHERE $1 = '' OR queue = $1)";
    if (!queue.empty()) {
        APILAB_CHECK(internal::check_name("queue", queue));
    }
    return db_->atomically([&]() -> Result<JobCounts> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(queue)));
        auto row = rows.row(0);
        JobCounts counts;
        counts.available = row.integer();
        counts.running = row.integer();
        counts.done = row.integer();
        counts.dead = row.integer();
        counts.oldest_due = row.maybe_time();
        return counts;
    });
}

Result<std::vector<JobRow>> PostgresStore::jobs(const JobFilter& filter, std::size_t limit) {
    static constexpr const char* sql =
        "SELECT " APILAB_POSTGRES_JOB
        ", j.state, j.due, j.finished, j.reason, j.redrives, j.coalesced"
        " FROM job j" APILAB_POSTGRES_JOB_JOINS
        " WHERE ($9 = '' OR j.state = $9)"
        " AND " APILAB_POSTGRES_JOB_FILTER " ORDER BY j.id DESC LIMIT $10";
    return db_->atomically([&]() -> Result<std::vector<JobRow>> {
        PostgresParameters parameters;
        internal::add_filter(parameters, filter);
        parameters.text(filter.state ? to_string(*filter.state) : std::string_view());
        parameters.integer(static_cast<std::int64_t>(limit));
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        std::vector<JobRow> found;
        for (int i = 0; i < rows.size(); ++i) {
            auto row = rows.row(i);
            JobRow& job = found.emplace_back();
            job.job = internal::read_job(row);
            job.state = parse_job_state(row.bytes()).value_or(JobState::dead);
            job.due = row.time();
            job.finished = row.maybe_time();
            job.reason = row.bytes();
            job.redrives = row.small();
            job.coalesced = row.small();
        }
        return found;
    });
}

Result<std::vector<JobAttempt>> PostgresStore::attempts(std::int64_t job) {
    static constexpr const char* sql =
        "SELECT attempt, worker, started, ended, outcome, reason FROM attempt WHERE job = $1"
        " ORDER BY fence";
    return db_->atomically([&]() -> Result<std::vector<JobAttempt>> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().integer(job)));
        std::vector<JobAttempt> found;
        for (int i = 0; i < rows.size(); ++i) {
            auto row = rows.row(i);
            JobAttempt& attempt = found.emplace_back();
            attempt.attempt = row.small();
            attempt.worker = row.bytes();
            attempt.started = row.time();
            attempt.ended = row.maybe_time();
            attempt.outcome = row.bytes();
            attempt.reason = row.bytes();
        }
        return found;
    });
}

Result<void> PostgresStore::pause(std::string_view queue, std::string_view reason, SystemTime now) {
    static constexpr const char* sql = R"(
INSERT INTO paused (queue, reason, since) VALUES ($1, $2, $3)
ON CONFLICT (queue) DO UPDATE SET reason = EXCLUDED.reason)";
    APILAB_CHECK(internal::check_name("queue", queue));
    const std::string kept = internal::kept_reason(reason);
    return db_->atomically([&]() -> Result<void> {
        PostgresParameters parameters;
        parameters.text(queue).text(kept).time(now);
        APILAB_CHECK(db_->run(sql, parameters));
        return {};
    });
}

Result<bool> PostgresStore::resume(std::string_view queue) {
    static constexpr const char* sql = "DELETE FROM paused WHERE queue = $1";
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(queue)));
        return rows.changed() > 0;
    });
}

Result<std::vector<PausedQueue>> PostgresStore::paused() {
    static constexpr const char* sql =
        "SELECT queue, reason, since FROM paused ORDER BY queue COLLATE \"C\"";
    return db_->atomically([&]() -> Result<std::vector<PausedQueue>> {
        APILAB_TRY(const auto rows, db_->run(sql));
        std::vector<PausedQueue> found;
        for (int i = 0; i < rows.size(); ++i) {
            auto row = rows.row(i);
            PausedQueue& queue = found.emplace_back();
            queue.queue = row.bytes();
            queue.reason = row.bytes();
            queue.since = row.time();
        }
        return found;
    });
}

}  // namespace apilab::work
