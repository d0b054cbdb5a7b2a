// Of PostgresStore: schedules.

#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresParameters;

namespace {

constexpr std::size_t spec_max = 255;

}  // namespace

Result<void> PostgresStore::put_schedule(std::string_view name, std::string_view spec,
                                         SystemTime next) {
    static constexpr const char* sql = R"(
INSERT INTO schedule (name, spec, next) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET spec = EXCLUDED.spec, next = EXCLUDED.next
    WHERE schedule.spec <> EXCLUDED.spec)";
    APILAB_CHECK(internal::check_name("name", name));
    APILAB_CHECK(internal::check_text("spec", spec, spec_max));
    return db_->atomically([&]() -> Result<void> {
        APILAB_CHECK(db_->run(sql, PostgresParameters().text(name).text(spec).time(next)));
        return {};
    });
}

Result<std::vector<ScheduleRow>> PostgresStore::schedules() {
    static constexpr const char* sql =
        "SELECT name, spec, next, last, paused FROM schedule ORDER BY name COLLATE \"C\"";
    return db_->atomically([&]() -> Result<std::vector<ScheduleRow>> {
        APILAB_TRY(const auto rows, db_->run(sql));
        std::vector<ScheduleRow> found;
        for (int i = 0; i < rows.size(); ++i) {
            auto row = rows.row(i);
            ScheduleRow& schedule = found.emplace_back();
            schedule.name = row.bytes();
            schedule.spec = row.bytes();
            schedule.next = row.time();
            schedule.last = row.maybe_time();
            schedule.paused = row.boolean();
        }
        return found;
    });
}

Result<bool> PostgresStore::fire(std::string_view name, SystemTime expected, SystemTime next,
                                 const NewJob& job, SystemTime now) {
    // The second of two waits for the first one's row, and finds it gone on.
    static constexpr const char* sql = R"(
UPDATE schedule SET next = $3, last = $4 WHERE name = $1 AND next = $2 AND NOT paused)";
    APILAB_CHECK(internal::check_job(job, limits_));
    return db_->atomically([&]() -> Result<bool> {
        PostgresParameters parameters;
        parameters.text(name).time(expected).time(next).time(now);
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        if (rows.changed() == 0) {
            return false;
        }
        APILAB_CHECK(internal::add_job(*db_, job, {}, now));
        return true;
    });
}

Result<bool> PostgresStore::skip_schedule(std::string_view name, SystemTime expected,
                                          SystemTime next) {
    static constexpr const char* sql =
        "UPDATE schedule SET next = $3 WHERE name = $1 AND next = $2 AND NOT paused";
    return db_->atomically([&]() -> Result<bool> {
        PostgresParameters parameters;
        parameters.text(name).time(expected).time(next);
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        return rows.changed() > 0;
    });
}

Result<bool> PostgresStore::pause_schedule(std::string_view name, bool paused) {
    static constexpr const char* sql = "UPDATE schedule SET paused = $2 WHERE name = $1";
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(name).boolean(paused)));
        return rows.changed() > 0;
    });
}

Result<bool> PostgresStore::remove_schedule(std::string_view name) {
    static constexpr const char* sql = "DELETE FROM schedule WHERE name = $1";
    return db_->atomically([&]() -> Result<bool> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(name)));
        return rows.changed() > 0;
    });
}

}  // namespace apilab::work
