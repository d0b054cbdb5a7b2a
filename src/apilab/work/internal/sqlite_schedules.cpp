#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_jobs.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {

constexpr std::size_t spec_max = 255;

Result<void> SqliteStore::put_schedule(std::string_view name, std::string_view spec,
                                       SystemTime next) {
    APILAB_CHECK(internal::check_name("name", name));
    APILAB_CHECK(internal::check_text("spec", spec, spec_max));
    return core_->change([&]() -> Result<void> {
        core_
            ->use(
                "INSERT INTO schedule (name, spec, next) VALUES (?1, ?2, ?3) ON CONFLICT (name) "
                "DO UPDATE SET spec = excluded.spec, next = excluded.next "
                "WHERE spec <> excluded.spec")
            .text(name)
            .text(spec)
            .integer(internal::to_ms(next))
            .run();
        return {};
    });
}

Result<std::vector<ScheduleRow>> SqliteStore::schedules() {
    return core_->read([&]() -> Result<std::vector<ScheduleRow>> {
        auto query =
            core_->use("SELECT name, spec, next, last, paused FROM schedule ORDER BY name");
        std::vector<ScheduleRow> all;
        while (query.step()) {
            all.push_back({.name = query.get_text(0),
                           .spec = query.get_text(1),
                           .next = internal::from_ms(query.get_integer(2)),
                           .last = query.is_null(3)
                                       ? std::nullopt
                                       : std::optional(internal::from_ms(query.get_integer(3))),
                           .paused = query.get_integer(4) != 0});
        }
        return all;
    });
}

Result<bool> SqliteStore::fire(std::string_view name, SystemTime expected, SystemTime next,
                               const NewJob& job, SystemTime now) {
    APILAB_CHECK(internal::check_job(job, core_->limits()));
    return core_->change([&]() -> Result<bool> {
        const bool mine = core_
                              ->use(
                                  "UPDATE schedule SET next = ?3, last = ?4 WHERE name = ?1 "
                                  "AND next = ?2 AND paused = 0")
                              .text(name)
                              .integer(internal::to_ms(expected))
                              .integer(internal::to_ms(next))
                              .integer(internal::to_ms(now))
                              .run() == 1;
        if (mine) {
            (void)internal::insert_job(*core_, job, {}, internal::to_ms(now));
        }
        return mine;
    });
}

Result<bool> SqliteStore::skip_schedule(std::string_view name, SystemTime expected,
                                        SystemTime next) {
    return core_->change_once([&]() -> Result<bool> {
        return core_
                   ->use(
                       "UPDATE schedule SET next = ?3 WHERE name = ?1 AND next = ?2 "
                       "AND paused = 0")
                   .text(name)
                   .integer(internal::to_ms(expected))
                   .integer(internal::to_ms(next))
                   .run() == 1;
    });
}

Result<bool> SqliteStore::pause_schedule(std::string_view name, bool paused) {
    return core_->change([&]() -> Result<bool> {
        return core_->use("UPDATE schedule SET paused = ?2 WHERE name = ?1")
                   .text(name)
                   .integer(paused ? 1 : 0)
                   .run() == 1;
    });
}

Result<bool> SqliteStore::remove_schedule(std::string_view name) {
    return core_->change([&]() -> Result<bool> {
        return core_->use("DELETE FROM schedule WHERE name = ?1").text(name).run() == 1;
    });
}

}  // namespace apilab::work
