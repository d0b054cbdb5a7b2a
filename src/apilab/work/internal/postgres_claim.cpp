// Of PostgresStore: work is taken.

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresConnection;
using internal::PostgresParameters;

namespace {

// A worker that dies with a job's last attempt takes the job with it: nobody would call it dead.
Result<void> bury_abandoned(PostgresConnection& db, const Claim& claim, SystemTime now) {
    static constexpr const char* sql = R"(
WITH d AS (
    UPDATE job SET state = 'dead', finished = $2, reason = $3
    WHERE id IN (
        SELECT id FROM job WHERE queue = $1 AND state IN ('available', 'running')
            AND state = 'running' AND due <= $2 AND attempt >= attempts_max
            AND NOT EXISTS (SELECT 1 FROM paused WHERE queue = $1)
        ORDER BY due LIMIT 1000 FOR UPDATE SKIP LOCKED)
    RETURNING id, fence, due)
UPDATE attempt a SET outcome = 'lease_lost', ended = d.due, reason = $3 FROM d
WHERE a.job = d.id AND a.fence = d.fence)";
    APILAB_CHECK(db.run(
        sql, PostgresParameters().text(claim.queue).time(now).text(internal::lease_lost_reason)));
    return {};
}

struct Candidate {
    std::int64_t id = 0;
    std::string order_key;
};

// Rows that others have under their hands are left to them, without waiting.
Result<std::vector<Candidate>> candidates(PostgresConnection& db, const Claim& claim,
                                          SystemTime now) {
    static constexpr const char* sql =
        "SELECT j.id, j.order_key FROM job j WHERE j.queue = $1"
        " AND j.state IN ('available', 'running') AND j.due <= $2"
        " AND NOT EXISTS (SELECT 1 FROM paused WHERE queue = $1)"
        " AND " APILAB_POSTGRES_FIRST_OF_KEY
        " ORDER BY j.priority, j.due, j.id LIMIT $3 FOR UPDATE OF j SKIP LOCKED";
    PostgresParameters parameters;
    parameters.text(claim.queue).time(now).integer(static_cast<std::int64_t>(claim.limit));
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    std::vector<Candidate> found;
    for (int i = 0; i < rows.size(); ++i) {
        auto row = rows.row(i);
        const std::int64_t id = row.integer();
        found.push_back({id, row.bytes()});
    }
    return found;
}

std::int64_t lock_of(const PostgresConnection& db, const Claim& claim, std::string_view key) {
    std::string name = db.schema() + '\n' + claim.queue + '\n';
    name += key;
    const std::string hash = sha256(name);
    std::int64_t lock = 0;
    std::memcpy(&lock, hash.data(), sizeof lock);
    return lock;
}

// Who decides about an order key holds its lock until the commit: without it two claimers, each of
// whom sees the world before the other one's commit, could each take a job of one key (the second
// one a job that became the first of its key meanwhile). Nobody waits: a key that somebody else
// decides about is left to him.
Result<void> keep_locked(PostgresConnection& db, const Claim& claim,
                         std::vector<Candidate>& chosen) {
    static constexpr const char* sql =
        "SELECT k FROM unnest($1) AS k WHERE pg_try_advisory_xact_lock(k)";
    std::vector<std::int64_t> locks;
    for (const Candidate& candidate : chosen) {
        if (!candidate.order_key.empty()) {
            locks.push_back(lock_of(db, claim, candidate.order_key));
        }
    }
    if (locks.empty()) {
        return {};
    }
    APILAB_TRY(const auto rows, db.run(sql, PostgresParameters().integers(locks)));
    std::set<std::int64_t> held;
    for (int i = 0; i < rows.size(); ++i) {
        held.insert(rows.row(i).integer());
    }
    std::erase_if(chosen, [&](const Candidate& candidate) {
        return !candidate.order_key.empty() &&
               !held.contains(lock_of(db, claim, candidate.order_key));
    });
    return {};
}

// Looks again: this statement sees what was committed before the locks were had.
Result<std::vector<Job>> take(PostgresConnection& db, const Claim& claim,
                              const std::vector<Candidate>& chosen, SystemTime now) {
    static constexpr const char* sql =
        "WITH w AS (SELECT id, due FROM job WHERE id = ANY ($1)),"
        " j AS (UPDATE job AS j SET state = 'running', fence = fence + 1,"
        " attempt = attempt + 1, due = $4, open_key = NULL,"
        " claimed_due = CASE WHEN state = 'running' THEN claimed_due ELSE j.due END FROM w"
        " WHERE j.id = w.id AND " APILAB_POSTGRES_FIRST_OF_KEY
        " RETURNING j.*, w.due AS was_due),"
        " l AS (UPDATE attempt a SET outcome = 'lease_lost', ended = j.was_due FROM j"
        " WHERE a.job = j.id AND a.outcome = 'running' AND a.fence < j.fence),"
        " b AS (INSERT INTO attempt (job, fence, attempt, worker, started, outcome)"
        " SELECT id, fence, attempt, $3, $2, 'running' FROM j)"
        " SELECT " APILAB_POSTGRES_JOB " FROM j" APILAB_POSTGRES_JOB_JOINS;
    std::vector<std::int64_t> ids;
    std::map<std::int64_t, std::size_t> place;
    for (const Candidate& candidate : chosen) {
        place[candidate.id] = ids.size();
        ids.push_back(candidate.id);
    }
    PostgresParameters parameters;
    parameters.integers(ids).time(now).text(claim.worker).time(now + claim.lease);
    APILAB_TRY(const auto rows, db.run(sql, parameters));
    std::vector<Job> jobs;
    for (int i = 0; i < rows.size(); ++i) {
        auto row = rows.row(i);
        jobs.push_back(internal::read_job(row));
    }
    std::ranges::sort(jobs, {}, [&](const Job& job) { return place[job.ref.id]; });
    return jobs;
}

}  // namespace

Result<std::vector<Job>> PostgresStore::claim(const Claim& claim, SystemTime now) {
    APILAB_CHECK(internal::check_claim(claim));
    return db_->atomically([&]() -> Result<std::vector<Job>> {
        APILAB_CHECK(bury_abandoned(*db_, claim, now));
        APILAB_TRY(auto chosen, candidates(*db_, claim, now));
        APILAB_CHECK(keep_locked(*db_, claim, chosen));
        if (chosen.empty()) {
            return std::vector<Job>();
        }
        return take(*db_, claim, chosen, now);
    });
}

}  // namespace apilab::work
