#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_jobs.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/sqlite_store.hpp"

// How a claim ends. Each of these looks for the claim's fence first: the job may have been claimed
// again, and then nothing changes.
namespace apilab::work {

using internal::HeldJob;
using internal::SqliteCore;

namespace {

std::optional<HeldJob> held(SqliteCore& core, JobRef job) {
    auto query = core.use(
        "SELECT queue, order_key, entity, version, attempt, attempts_max, worker, "
        "coalesce(claimed, 0) FROM job WHERE id = ?1 AND fence = ?2 AND state = 'running'");
    if (!query.integer(job.id).integer(job.fence).step()) {
        return std::nullopt;
    }
    return HeldJob{.queue = query.get_text(0),
                   .order_key = query.get_text(1),
                   .entity = query.get_text(2),
                   .version = query.get_integer(3),
                   .attempt = static_cast<int>(query.get_integer(4)),
                   .attempts_max = static_cast<int>(query.get_integer(5)),
                   .worker = query.get_text(6),
                   .claimed = query.get_integer(7)};
}

void keep(SqliteCore& core, JobRef ref, const HeldJob& job, std::string_view outcome,
          std::string_view reason, std::int64_t now) {
    internal::keep_attempt(core, {.job = ref.id,
                                  .fence = ref.fence,
                                  .attempt = job.attempt,
                                  .worker = job.worker,
                                  .started = job.claimed,
                                  .ended = now,
                                  .outcome = outcome,
                                  .reason = reason});
}

void give_up(SqliteCore& core, JobRef ref, const HeldJob& job, std::string_view reason,
             std::int64_t now) {
    keep(core, ref, job, "dead", reason, now);
    core.use("UPDATE job SET state = 'dead', finished = ?2, reason = ?3 WHERE id = ?1")
        .integer(ref.id)
        .integer(now)
        .text(reason)
        .run();
    internal::let_next_pass(core, job.queue, job.order_key);
}

// Most jobs are in no line and leave nothing: one statement is enough. False: it may be another.
bool finish_alone(SqliteCore& core, JobRef job, bool stale, std::int64_t now) {
    return core.use(
                   "UPDATE job SET state = 'done', finished = ?3, stale = ?4, reason = '' "
                   "WHERE id = ?1 AND fence = ?2 AND state = 'running' AND order_key = '' "
                   "AND (entity = '' OR ?4)")
               .integer(job.id)
               .integer(job.fence)
               .integer(now)
               .integer(stale ? 1 : 0)
               .run() == 1;
}

void finish(SqliteCore& core, JobRef ref, const HeldJob& job, bool stale, std::int64_t now) {
    // How a job that is done went, its own row tells; no other is written.
    core.use("UPDATE job SET state = 'done', finished = ?2, stale = ?3, reason = '' WHERE id = ?1")
        .integer(ref.id)
        .integer(now)
        .integer(stale ? 1 : 0)
        .run();
    if (!stale && !job.entity.empty()) {
        core.use(
                "INSERT INTO entity (name, version, since) VALUES (?1, ?2, ?3) ON CONFLICT (name) "
                "DO UPDATE SET version = max(version, excluded.version), since = excluded.since")
            .text(job.entity)
            .integer(job.version)
            .integer(now)
            .run();
    }
    internal::let_next_pass(core, job.queue, job.order_key);
}

}  // namespace

Result<bool> SqliteStore::heartbeat(JobRef job, SystemTime until) {
    return core_->change_once([&]() -> Result<bool> {
        return core_
                   ->use(
                       "UPDATE job SET due = ?3 WHERE id = ?1 AND fence = ?2 "
                       "AND state = 'running'")
                   .integer(job.id)
                   .integer(job.fence)
                   .integer(internal::to_ms(until))
                   .run() == 1;
    });
}

Result<bool> SqliteStore::complete(JobRef job, const std::vector<NewMessage>& messages, bool stale,
                                   SystemTime now) {
    APILAB_CHECK(internal::check_messages(messages, core_->limits()));
    if (messages.empty()) {
        auto alone = core_->change_once([&]() -> Result<bool> {
            return finish_alone(*core_, job, stale, internal::to_ms(now));
        });
        if (!alone || *alone) {
            return alone;
        }
    }
    return core_->change([&]() -> Result<bool> {
        const auto mine = held(*core_, job);
        if (!mine) {
            return false;
        }
        finish(*core_, job, *mine, stale, internal::to_ms(now));
        for (const NewMessage& message : messages) {
            (void)internal::insert_message(*core_, message, job.id, internal::to_ms(now));
        }
        return true;
    });
}

Result<bool> SqliteStore::retry(JobRef job, SystemTime at, Duration delay, std::string_view reason,
                                SystemTime now) {
    const std::string why = internal::kept_reason(reason);
    return core_->change([&]() -> Result<bool> {
        const auto mine = held(*core_, job);
        if (!mine) {
            return false;
        }
        if (mine->attempt >= mine->attempts_max) {
            give_up(*core_, job, *mine, why, internal::to_ms(now));
            return true;
        }
        keep(*core_, job, *mine, "retry", why, internal::to_ms(now));
        core_
            ->use(
                "UPDATE job SET state = 'available', due = ?2, last_delay = ?3, reason = ?4 "
                "WHERE id = ?1")
            .integer(job.id)
            .integer(internal::to_ms(at))
            .integer(internal::to_ms(delay))
            .text(why)
            .run();
        return true;
    });
}

Result<bool> SqliteStore::bury(JobRef job, std::string_view reason, SystemTime now) {
    const std::string why = internal::kept_reason(reason);
    return core_->change([&]() -> Result<bool> {
        const auto mine = held(*core_, job);
        if (mine) {
            give_up(*core_, job, *mine, why, internal::to_ms(now));
        }
        return mine.has_value();
    });
}

Result<bool> SqliteStore::give_back(JobRef job, SystemTime now) {
    return core_->change([&]() -> Result<bool> {
        const auto mine = held(*core_, job);
        if (!mine) {
            return false;
        }
        keep(*core_, job, *mine, "returned", "", internal::to_ms(now));
        core_
            ->use(
                "UPDATE job SET state = 'available', due = min(coalesce(claimed_due, ?2), ?2), "
                "attempt = attempt - 1 WHERE id = ?1")
            .integer(job.id)
            .integer(internal::to_ms(now))
            .run();
        return true;
    });
}

}  // namespace apilab::work
