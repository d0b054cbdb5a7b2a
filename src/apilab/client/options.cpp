#include "apilab/client/options.hpp"

#include <fmt/format.h>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/internal/validate.hpp"

namespace apilab::client {
namespace {

Result<void> in_range(std::string_view name, Duration value, Duration low, Duration high) {
    if (value < low || value > high) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{} is {}, outside {} to {}", name, format_duration(value),
                                format_duration(low), format_duration(high)));
    }
    return {};
}

Result<void> validate_each(const auto&... options) {
    Result<void> result;
    ((result = result && options ? options->validate() : result), ...);
    return result;
}

Result<void> validate_breaker(const ClientOptions& options) {
    if (!options.breaker) {
        return {};
    }
    APILAB_CHECK(options.breaker->validate());
    if (options.breaker->window < options.timeouts.attempt * 2) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("breaker.window ({}) is shorter than two attempt timeouts ({})",
                              format_duration(options.breaker->window),
                              format_duration(options.timeouts.attempt)))
                .with_remedy("raise breaker.window or lower timeouts.attempt"));
    }
    return {};
}

constexpr auto least = std::chrono::milliseconds(1);
constexpr auto most = std::chrono::hours(1);

}  // namespace

namespace internal {

Result<void> validate(const runtime::Timeouts& timeouts) {
    APILAB_CHECK(in_range("timeouts.attempt", timeouts.attempt, least, most));
    APILAB_CHECK(in_range("timeouts.connect", timeouts.connect, Duration::zero(), most));
    APILAB_CHECK(in_range("timeouts.first_byte", timeouts.first_byte, Duration::zero(), most));
    return in_range("timeouts.idle", timeouts.idle, Duration::zero(), most);
}

Result<void> validate(const CallOptions& options) {
    if (options.timeouts) {
        APILAB_CHECK(validate(*options.timeouts));
    }
    // A deadline that has passed is no mistake: it ends the call at once.
    return options.deadline ? in_range("deadline", *options.deadline, Duration::min(), most)
                            : Result<void>();
}

}  // namespace internal

Result<void> CacheOptions::validate() const {
    if (!store) {
        return fail(
            Error(ErrorKind::invalid_argument, "cache.store is null")
                .with_remedy(
                    "set it to *cache::MemoryCache::make() or *cache::SqliteCache::open()"));
    }
    return rules.validate();
}

std::string CacheOptions::describe() const {
    using Mode = runtime::CacheChoice::Mode;
    const auto what = [&]() -> std::string_view {
        switch (mode) {
            case Mode::use:
                return "fresh answers are used";
            case Mode::revalidate:
                return "stored answers are asked for again";
            case Mode::refresh:
                return "answers are stored and not used";
            case Mode::bypass:
                return "only where a call asks for it";
        }
        return "";
    }();
    return fmt::format("{}: {}; {} revalidations in the background",
                       principal.empty() ? "by credentials" : "by principal", what, background_max);
}

Result<void> TraceOptions::validate() const {
    if (!(sample >= 0 && sample <= 1)) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("tracing.sample is {}; allowed are 0 to 1", sample))
                        .with_detail("tracing.sample"));
    }
    return {};
}

Result<void> ClientOptions::validate() const {
    APILAB_CHECK(in_range("deadline", deadline, least, most));
    APILAB_CHECK(internal::validate(timeouts));
    if (timeouts.attempt > deadline) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("timeouts.attempt ({}) is longer than the deadline ({})",
                                      format_duration(timeouts.attempt), format_duration(deadline)))
                        .with_remedy("lower timeouts.attempt or raise deadline"));
    }
    APILAB_CHECK(retry.validate());
    if (budget) {
        APILAB_CHECK(budget->validate());
    } else if (retry.max_attempts > 1 && !retry_without_budget) {
        return fail(Error(ErrorKind::invalid_argument, "retry has no budget")
                        .with_remedy("set budget, or retry_without_budget = true if you mean it"));
    }
    if (hedge && !budget) {
        return fail(Error(ErrorKind::invalid_argument, "hedge has no budget")
                        .with_remedy("set budget: hedges are bounded by it"));
    }
    APILAB_CHECK(validate_each(cache, hedge, freeze, limiter, bulkhead, redirects, tracing));
    APILAB_CHECK(validate_breaker(*this));
    if (!request_id_header.empty() && !http::valid_field_name(request_id_header)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("request_id_header '{}' is no header name", request_id_header));
    }
    constexpr std::size_t prefix_max = 16;
    if (id_prefix.empty() || id_prefix.size() > prefix_max ||
        id_prefix.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("id_prefix '{}' is not 1 to 16 of a-z and 0-9", id_prefix));
    }
    if (origins_max == 0) {
        return fail(ErrorKind::invalid_argument, "origins_max is 0");
    }
    return {};
}

}  // namespace apilab::client
