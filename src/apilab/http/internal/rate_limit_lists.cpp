#include "apilab/http/internal/rate_limit_lists.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "apilab/http/internal/waits.hpp"

namespace apilab::http::internal {
namespace {

using Readings = std::optional<std::vector<RateLimitReading>>;

const std::int64_t* integer(const structured::BareItem* value) {
    const auto* const number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
    return number != nullptr && *number >= 0 ? number : nullptr;
}

Duration whole_seconds(std::int64_t count) {
    return clamped_wait(static_cast<double>(count), 1e9);
}

// The name of an IETF policy: a string; a word in drafts before and after.
const std::string* policy_name(const structured::BareItem& value) {
    if (const auto* const token = std::get_if<structured::Token>(&value)) {
        return &token->text;
    }
    return std::get_if<std::string>(&value);
}

/// Takes over `pk`. False where it is something else than bytes.
bool take_partition(const structured::Parameters& params, RateLimitReading& reading) {
    const auto* const pk = structured::find(params, "pk");
    const auto* const bytes = pk == nullptr ? nullptr : std::get_if<structured::Bytes>(pk);
    if (bytes != nullptr) {
        reading.partition = bytes->bytes;
    }
    return pk == nullptr || bytes != nullptr;
}

/// Takes over `w`. False where it is no positive whole number.
bool take_window(const structured::Parameters& params, RateLimitReading& reading) {
    const auto* const w = structured::find(params, "w");
    const auto* const count = integer(w);
    if (count != nullptr) {
        reading.window = whole_seconds(*count);
    }
    return w == nullptr || (count != nullptr && *count > 0);
}

/// Takes over `qu`. False where it is no text; another unit than the draft's is `other`.
bool take_unit(const structured::Parameters& params, RateLimitReading& reading) {
    const auto* const qu = structured::find(params, "qu");
    if (qu == nullptr) {
        return true;
    }
    const auto* const name = policy_name(*qu);
    if (name == nullptr) {
        return false;
    }
    static constexpr std::array<std::pair<std::string_view, RateLimitUnit>, 3> units = {{
        {"requests", RateLimitUnit::requests},
        {"content-bytes", RateLimitUnit::content_bytes},
        {"concurrent-requests", RateLimitUnit::concurrent_requests},
    }};
    const auto* const known =
        std::ranges::find(units, *name, &std::pair<std::string_view, RateLimitUnit>::first);
    reading.unit = known == units.end() ? RateLimitUnit::other : known->second;
    return true;
}

/// `"burst";q=100;w=60` as a reading; nothing where it breaks the draft.
std::optional<RateLimitReading> named_policy(const structured::Item& item) {
    const auto* const name = policy_name(item.value);
    const auto* const quota = integer(structured::find(item.params, "q"));
    if (name == nullptr || quota == nullptr) {
        return std::nullopt;
    }
    RateLimitReading reading{.dialect = RateLimitDialect::ietf, .bucket = *name, .limit = *quota};
    const bool sound = take_window(item.params, reading) && take_unit(item.params, reading) &&
                       take_partition(item.params, reading);
    return sound ? std::optional(std::move(reading)) : std::nullopt;
}

/// `"burst";r=50;t=30`.
std::optional<RateLimitReading> named_state(const structured::Item& item) {
    const auto* const name = policy_name(item.value);
    const auto* const left = integer(structured::find(item.params, "r"));
    const auto* const t = structured::find(item.params, "t");
    const auto* const reset = integer(t);
    if (name == nullptr || left == nullptr || (t != nullptr && reset == nullptr)) {
        return std::nullopt;
    }
    RateLimitReading reading{
        .dialect = RateLimitDialect::ietf, .bucket = *name, .remaining = *left};
    if (reset != nullptr) {
        reading.reset_in = whole_seconds(*reset);
        reading.reset_form = ResetForm::seconds;
    }
    return take_partition(item.params, reading) ? std::optional(std::move(reading)) : std::nullopt;
}

/// `100;w=60`, a policy of the drafts that had no names.
std::optional<RateLimitReading> nameless_policy(const structured::Item& item) {
    const auto* const quota = integer(&item.value);
    if (quota == nullptr) {
        return std::nullopt;
    }
    RateLimitReading reading{.dialect = RateLimitDialect::ietf_draft, .limit = *quota};
    return take_window(item.params, reading) ? std::optional(std::move(reading)) : std::nullopt;
}

/// Every member of the list through `read`; nothing where one cannot be read.
template <class Read>
Readings read_all(std::string_view field, Read read) {
    const auto list = structured::parse_list(field, rate_limit_list_limits);
    if (!list) {
        return std::nullopt;
    }
    std::vector<RateLimitReading> readings;
    for (const auto& member : *list) {
        const auto* const item = std::get_if<structured::Item>(&member);
        auto reading = item == nullptr ? std::nullopt : read(*item);
        if (!reading) {
            return std::nullopt;
        }
        readings.push_back(std::move(*reading));
    }
    return readings;
}

}  // namespace

std::optional<std::vector<RateLimitReading>> named_policies(std::string_view field) {
    return read_all(field, named_policy);
}

std::optional<std::vector<RateLimitReading>> named_states(std::string_view field) {
    return read_all(field, named_state);
}

std::optional<std::vector<RateLimitReading>> nameless_policies(std::string_view field) {
    return read_all(field, nameless_policy);
}

std::optional<RateLimitReading> state_in_one_field(std::string_view field) {
    const auto dictionary = structured::parse_dictionary(field, rate_limit_list_limits);
    if (!dictionary) {
        return std::nullopt;
    }
    RateLimitReading reading{.dialect = RateLimitDialect::ietf_draft};
    for (const auto& [key, member] : *dictionary) {
        if (key != "limit" && key != "remaining" && key != "reset") {
            continue;
        }
        const auto* const item = std::get_if<structured::Item>(&member);
        const auto* const number = item == nullptr ? nullptr : integer(&item->value);
        if (number == nullptr) {
            return std::nullopt;
        }
        if (key == "limit") {
            reading.limit = *number;
        } else if (key == "remaining") {
            reading.remaining = *number;
        } else {
            reading.reset_in = whole_seconds(*number);
            reading.reset_form = ResetForm::seconds;
        }
    }
    const bool says_something = reading.limit || reading.remaining || reading.reset_in;
    return says_something ? std::optional(std::move(reading)) : std::nullopt;
}

}  // namespace apilab::http::internal
