#include "apilab/work/internal/sqlite_jobs.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_query.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {
namespace internal {
namespace {

// A job that waits under the same key takes what is new; nothing where none waits.
std::optional<std::int64_t> coalesce(SqliteCore& core, const NewJob& job, const Origin& origin) {
    auto waiting = core.use(
        "SELECT id, version FROM job INDEXED BY job_waiting WHERE queue = ?1 "
        "AND coalesce_key <> '' AND coalesce_key = ?2 AND state = 'available' "
        "ORDER BY id DESC LIMIT 1");
    waiting.text(job.queue).text(job.coalesce_key);
    if (!waiting.step()) {
        return std::nullopt;
    }
    const std::int64_t id = waiting.get_integer(0);
    if (waiting.get_integer(1) > job.version) {
        core.use("UPDATE job SET coalesced = coalesced + 1 WHERE id = ?1").integer(id).run();
        return id;
    }
    const std::string_view key = job.idempotency_key.empty() ? origin.key : job.idempotency_key;
    auto update = core.use(
        "UPDATE job SET coalesced = coalesced + 1, event = ?2, entity = ?3, version = ?4, "
        "payload = ?5, idempotency_key = CASE WHEN ?6 <> '' OR fence = 0 THEN ?6 "
        "ELSE 'job:' || id || '/' || (coalesced + 1) END WHERE id = ?1");
    update.integer(id).integer(origin.event).text(job.entity).integer(job.version);
    if (origin.event != 0 && job.payload.empty()) {
        update.null();
    } else {
        update.blob(job.payload);
    }
    update.text(key).run();
    return id;
}

struct InLine {
    std::int64_t id = 0;
    bool waits = false;
};

// The one of the line that is ready or runs; there is one where the line is not empty.
std::optional<InLine> first_in_line(SqliteCore& core, std::string_view queue,
                                    std::string_view order_key) {
    auto query = core.use(
        "SELECT id, state = 'available' FROM job INDEXED BY job_line WHERE queue = ?1 "
        "AND order_key <> '' AND order_key = ?2 AND state IN ('available', 'running') "
        "AND blocked = 0 LIMIT 1");
    if (!query.text(queue).text(order_key).step()) {
        return std::nullopt;
    }
    return InLine{.id = query.get_integer(0), .waits = query.get_integer(1) != 0};
}

// Has the job that comes into the line to wait for another one of it?
bool has_to_wait(SqliteCore& core, std::int64_t id, std::string_view queue,
                 std::string_view order_key) {
    if (order_key.empty()) {
        return false;
    }
    const auto ahead = first_in_line(core, queue, order_key);
    if (!ahead) {
        return false;
    }
    if (ahead->id < id || !ahead->waits) {
        return true;
    }
    core.use("UPDATE job SET blocked = 1 WHERE id = ?1").integer(ahead->id).run();
    return false;
}

}  // namespace

Store::Enqueued insert_job(SqliteCore& core, const NewJob& job, const Origin& origin,
                           std::int64_t now) {
    if (!job.coalesce_key.empty()) {
        if (const auto waiting = coalesce(core, job, origin)) {
            return {.id = *waiting, .coalesced = true};
        }
    }
    const bool blocked =
        has_to_wait(core, std::numeric_limits<std::int64_t>::max(), job.queue, job.order_key);
    const std::string_view key = job.idempotency_key.empty() ? origin.key : job.idempotency_key;
    auto insert = core.use(
        "INSERT INTO job (queue, kind, state, blocked, priority, due, attempts_max, created, "
        "event, version, entity, order_key, coalesce_key, idempotency_key, trace_context, payload) "
        "VALUES (?1, ?2, 'available', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    insert.text(job.queue).text(job.kind).integer(blocked ? 1 : 0).integer(job.priority);
    insert.integer(job.run_at ? to_ms(*job.run_at) : now).integer(job.attempts_max).integer(now);
    insert.integer(origin.event).integer(job.version).text(job.entity).text(job.order_key);
    insert.text(job.coalesce_key).text(key).text(job.trace_context);
    if (origin.event != 0 && job.payload.empty()) {
        insert.null();  // the event has it
    } else {
        insert.blob(job.payload);
    }
    insert.run();
    return {.id = core.last_id(), .coalesced = false};
}

bool wake_job(SqliteCore& core, std::int64_t job, std::int64_t due) {
    std::string queue;
    std::string order_key;
    {
        auto dead = core.use("SELECT queue, order_key FROM job WHERE id = ?1 AND state = 'dead'");
        if (!dead.integer(job).step()) {
            return false;
        }
        queue = dead.get_text(0);
        order_key = dead.get_text(1);
    }
    const bool blocked = has_to_wait(core, job, queue, order_key);
    core.use(
            "UPDATE job SET state = 'available', attempt = 0, last_delay = 0, due = ?2, "
            "blocked = ?3, finished = NULL, redrives = redrives + 1 WHERE id = ?1")
        .integer(job)
        .integer(due)
        .integer(blocked ? 1 : 0)
        .run();
    return true;
}

void let_next_pass(SqliteCore& core, std::string_view queue, std::string_view order_key) {
    if (order_key.empty()) {
        return;
    }
    core.use(
            "UPDATE job SET blocked = 0 WHERE id = (SELECT id FROM job INDEXED BY job_line "
            "WHERE queue = ?1 AND order_key <> '' AND order_key = ?2 "
            "AND state IN ('available', 'running') AND blocked = 1 ORDER BY id LIMIT 1)")
        .text(queue)
        .text(order_key)
        .run();
}

void keep_attempt(SqliteCore& core, const EndedAttempt& ended) {
    core.use(
            "INSERT INTO job_attempt (job, fence, attempt, worker, started, ended, outcome, "
            "reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .integer(ended.job)
        .integer(ended.fence)
        .integer(ended.attempt)
        .text(ended.worker)
        .integer(ended.started)
        .integer(ended.ended)
        .text(ended.outcome)
        .text(ended.reason)
        .run();
}

Job read_job(const Query& row) {
    Job job;
    job.ref = {.id = row.get_integer(0), .fence = row.get_integer(1)};
    job.queue = row.get_text(2);
    job.kind = row.get_text(3);
    job.payload = row.get_text(4);
    job.idempotency_key = row.get_text(5);
    job.order_key = row.get_text(6);
    job.entity = row.get_text(7);
    job.version = row.get_integer(8);
    job.attempt = static_cast<int>(row.get_integer(9));
    job.attempts_max = static_cast<int>(row.get_integer(10));
    job.last_delay = std::chrono::milliseconds(row.get_integer(11));
    job.created = from_ms(row.get_integer(12));
    job.event = row.get_integer(13);
    job.source = row.get_text(14);
    job.type = row.get_text(15);
    job.trace_context = row.get_text(16);
    job.stale = row.get_integer(17) != 0;
    return job;
}

}  // namespace internal

using internal::SqliteCore;

namespace {

struct Candidate {
    Job job;
    bool expired = false;
    std::int64_t lease_end = 0;
    std::string worker;
    std::int64_t claimed = 0;
};

// Priorities that open jobs of the queue have are few, and each is one look into the index. One
// scan over all of them would walk past every job that is not due yet.
std::optional<std::int64_t> next_priority(SqliteCore& core, std::string_view queue,
                                          std::optional<std::int64_t> after) {
    auto query = core.use(
        "SELECT priority FROM job INDEXED BY job_ready WHERE queue = ?1 AND priority > ?2 "
        "AND state IN ('available', 'running') AND blocked = 0 ORDER BY priority LIMIT 1");
    query.text(queue).integer(after.value_or(std::numeric_limits<std::int64_t>::min()));
    return query.step() ? std::optional(query.get_integer(0)) : std::nullopt;
}

std::vector<Candidate> due_jobs(SqliteCore& core, std::string_view queue, std::int64_t priority,
                                std::int64_t now, std::size_t limit) {
    // While a job runs, `due` is the end of its lease: one rule for both.
    auto query = core.use("SELECT " APILAB_JOB_COLUMNS
                          ", j.state = 'running', j.due, j.worker, coalesce(j.claimed, 0) "
                          "FROM job j INDEXED BY job_ready LEFT JOIN event e ON e.id = j.event "
                          "WHERE j.queue = ?1 AND j.priority = ?2 AND j.due <= ?3 "
                          "AND j.state IN ('available', 'running') AND j.blocked = 0 "
                          "ORDER BY j.due, j.id LIMIT ?4");
    query.text(queue).integer(priority).integer(now).integer(static_cast<std::int64_t>(limit));
    std::vector<Candidate> found;
    while (query.step()) {
        found.push_back({.job = internal::read_job(query),
                         .expired = query.get_integer(internal::job_columns) != 0,
                         .lease_end = query.get_integer(internal::job_columns + 1),
                         .worker = query.get_text(internal::job_columns + 2),
                         .claimed = query.get_integer(internal::job_columns + 3)});
    }
    return found;
}

// The job is the caller's; false: its last attempt ran out of lease, and it is a dead letter.
bool take(SqliteCore& core, Candidate& found, const Claim& claim, std::int64_t now) {
    Job& job = found.job;
    const bool spent = found.expired && job.attempt >= job.attempts_max;
    if (found.expired) {
        internal::keep_attempt(core, {.job = job.ref.id,
                                      .fence = job.ref.fence,
                                      .attempt = job.attempt,
                                      .worker = found.worker,
                                      .started = found.claimed,
                                      .ended = found.lease_end,
                                      .outcome = "lease_lost",
                                      .reason = spent ? internal::lease_lost_reason : ""});
    }
    if (spent) {
        core.use("UPDATE job SET state = 'dead', finished = ?2, reason = ?3 WHERE id = ?1")
            .integer(job.ref.id)
            .integer(now)
            .text(internal::lease_lost_reason)
            .run();
        internal::let_next_pass(core, job.queue, job.order_key);
        return false;
    }
    ++job.attempt;
    ++job.ref.fence;
    core.use(
            "UPDATE job SET state = 'running', attempt = ?2, fence = ?3, due = ?4, worker = ?5, "
            "claimed = ?6, claimed_due = CASE state WHEN 'running' THEN claimed_due ELSE due END "
            "WHERE id = ?1")
        .integer(job.ref.id)
        .integer(job.attempt)
        .integer(job.ref.fence)
        .integer(now + internal::to_ms(claim.lease))
        .text(claim.worker)
        .integer(now)
        .run();
    return true;
}

// The jobs that `due_jobs` has just found, none of which was running: by one statement.
void take_all(SqliteCore& core, std::vector<Candidate>& found, const Claim& claim,
              std::int64_t priority, std::int64_t now) {
    core.use(
            "UPDATE job SET state = 'running', attempt = attempt + 1, fence = fence + 1, "
            "due = ?5, worker = ?6, claimed = ?3, claimed_due = due WHERE id IN ("
            "SELECT id FROM job INDEXED BY job_ready WHERE queue = ?1 AND priority = ?2 "
            "AND due <= ?3 AND state IN ('available', 'running') AND blocked = 0 "
            "ORDER BY due, id LIMIT ?4)")
        .text(claim.queue)
        .integer(priority)
        .integer(now)
        .integer(static_cast<std::int64_t>(found.size()))
        .integer(now + internal::to_ms(claim.lease))
        .text(claim.worker)
        .run();
    for (Candidate& candidate : found) {
        ++candidate.job.attempt;
        ++candidate.job.ref.fence;
    }
}

// Which of them are the caller's now; the others became dead letters.
std::vector<Candidate> take(SqliteCore& core, std::vector<Candidate> found, const Claim& claim,
                            std::int64_t priority, std::int64_t now) {
    if (std::ranges::none_of(found, &Candidate::expired)) {
        take_all(core, found, claim, priority, now);
        return found;
    }
    std::vector<Candidate> mine;
    for (Candidate& candidate : found) {
        if (take(core, candidate, claim, now)) {
            mine.push_back(std::move(candidate));
        }
    }
    return mine;
}

bool is_paused(SqliteCore& core, std::string_view queue) {
    return core.use("SELECT 1 FROM paused_queue WHERE queue = ?1").text(queue).step();
}

std::vector<Job> claim_due(SqliteCore& core, const Claim& claim, std::int64_t now) {
    std::vector<Job> jobs;
    if (is_paused(core, claim.queue)) {
        return jobs;
    }
    auto priority = next_priority(core, claim.queue, std::nullopt);
    while (priority && jobs.size() < claim.limit) {
        const std::size_t wanted = claim.limit - jobs.size();
        auto found = due_jobs(core, claim.queue, *priority, now, wanted);
        const std::size_t looked_at = found.size();
        auto mine = take(core, std::move(found), claim, *priority, now);
        for (Candidate& candidate : mine) {
            jobs.push_back(std::move(candidate.job));
        }
        // Less than was asked for, and no dead letter let another one pass: the priority has none.
        if (looked_at < wanted && mine.size() == looked_at) {
            priority = next_priority(core, claim.queue, priority);
        }
    }
    return jobs;
}

}  // namespace

Result<Store::Enqueued> SqliteStore::enqueue(const NewJob& job, SystemTime now) {
    APILAB_CHECK(internal::check_job(job, core_->limits()));
    return core_->change([&]() -> Result<Enqueued> {
        return internal::insert_job(*core_, job, {}, internal::to_ms(now));
    });
}

Result<std::vector<Job>> SqliteStore::claim(const Claim& claim, SystemTime now) {
    APILAB_CHECK(internal::check_claim(claim));
    return core_->change([&]() -> Result<std::vector<Job>> {
        return claim_due(*core_, claim, internal::to_ms(now));
    });
}

Result<std::optional<SystemTime>> SqliteStore::next_due(std::string_view queue) {
    APILAB_CHECK(internal::check_name("queue", queue));
    return core_->read([&]() -> Result<std::optional<SystemTime>> {
        std::optional<std::int64_t> first;
        if (is_paused(*core_, queue)) {
            return std::nullopt;
        }
        for (auto priority = next_priority(*core_, queue, std::nullopt); priority;
             priority = next_priority(*core_, queue, priority)) {
            auto query = core_->use(
                "SELECT due FROM job INDEXED BY job_ready WHERE queue = ?1 AND priority = ?2 "
                "AND state IN ('available', 'running') AND blocked = 0 ORDER BY due LIMIT 1");
            if (query.text(queue).integer(*priority).step()) {
                first = std::min(first.value_or(query.get_integer(0)), query.get_integer(0));
            }
        }
        return first ? std::optional(internal::from_ms(*first)) : std::nullopt;
    });
}

}  // namespace apilab::work
