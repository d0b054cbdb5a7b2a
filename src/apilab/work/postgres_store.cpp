#include "apilab/work/postgres_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_schema.hpp"
#include "apilab/work/internal/postgres_url.hpp"

namespace apilab::work {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

Result<void> check_schema_name(std::string_view name) {
    constexpr std::size_t name_max = 63;
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (name.empty() || name.size() > name_max || !std::ranges::all_of(name, fits) ||
        (name.front() >= '0' && name.front() <= '9') || name.starts_with("pg_")) {
        return fail(Error(ErrorKind::invalid_argument,
                          "schema: not 1 to 63 of a-z0-9_, no digit first, not pg_...")
                        .with_detail("schema"));
    }
    return {};
}

Result<void> check_range(std::string_view name, Duration value, Duration min, Duration max) {
    if (value < min || value > max) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: {} ms is not within {} to {} ms", name,
                                      std::chrono::floor<milliseconds>(value).count(),
                                      std::chrono::floor<milliseconds>(min).count(),
                                      std::chrono::floor<milliseconds>(max).count()))
                        .with_detail(std::string(name)));
    }
    return {};
}

Result<void> check_options(const PostgresStoreOptions& options) {
    APILAB_CHECK(internal::check_options(options.limits));
    APILAB_CHECK(check_schema_name(options.schema));
    APILAB_CHECK(check_range("connect_timeout", options.connect_timeout, seconds(2), minutes(5)));
    APILAB_CHECK(
        check_range("statement_timeout", options.statement_timeout, milliseconds(100), hours(1)));
    APILAB_CHECK(check_range("lock_timeout", options.lock_timeout, milliseconds(10), hours(1)));
    return check_range("idle_timeout", options.idle_timeout, seconds(1), hours(1));
}

}  // namespace

PostgresStore::PostgresStore(std::unique_ptr<internal::PostgresConnection> database,
                             StoreOptions limits)
    : db_(std::move(database)), limits_(limits) {}

PostgresStore::~PostgresStore() = default;

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(const Secret& url,
                                                           PostgresStoreOptions options) {
    APILAB_CHECK(check_options(options));
    APILAB_TRY(auto parsed, internal::PostgresUrl::parse(url));
    const StoreOptions limits = options.limits;
    auto database =
        std::make_unique<internal::PostgresConnection>(std::move(parsed), std::move(options));
    APILAB_CHECK(database->connect());
    APILAB_CHECK(internal::migrate(*database));
    return std::unique_ptr<PostgresStore>(new PostgresStore(std::move(database), limits));
}

Result<void> PostgresStore::begin() {
    return db_->begin();
}

Result<void> PostgresStore::commit() {
    return db_->commit();
}

void PostgresStore::rollback() {
    db_->rollback();
}

}  // namespace apilab::work
