#include "apilab/radar/service/internal/dashboard_api.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <charconv>

#include "apilab/base/digest.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/date.hpp"

namespace apilab::radar::internal {

namespace json = boost::json;

namespace {

// Beyond year 2286 keys would not be in order any more.
constexpr std::int64_t newest_us = 9'999'999'999'999'999;
constexpr auto audit_life = std::chrono::days(365);

// The newest first, by key: what lies further back has the larger one.
std::string audit_key(SystemTime time, std::uint64_t nonce) {
    const auto us =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    return fmt::format("{:016d}-{:016x}", newest_us - us, nonce);
}

}  // namespace

std::string_view ApiCall::text(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string_view() : std::string_view(found->second);
}

Refused not_found(std::string_view what) {
    return {.status = 404,
            .why = fmt::format("there is no such {}", what),
            .remedy = "it may have been removed; load the list again"};
}

Refused wrong_field(std::string_view field, std::string_view right) {
    return {.status = 422,
            .why = fmt::format("{} is not as it should be", field),
            .remedy = fmt::format("{}: {}", field, right)};
}

Refused refused_by(const Error& error) {
    if (error.kind() == ErrorKind::invalid_argument) {
        return {.status = 422, .why = error.message(), .remedy = error.remedy()};
    }
    return {.status = 503,
            .why = "the store does not answer: " + error.message(),
            .remedy = "it is tried again by itself; /readyz and the log say more"};
}

Got<std::int64_t> number_of(const ApiCall& call, std::string_view name, std::int64_t fallback,
                            std::int64_t least, std::int64_t most) {
    const auto text = call.text(name);
    if (text.empty()) {
        return fallback;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least ||
        number > most) {
        return std::unexpected(
            wrong_field(name, fmt::format("a whole number from {} to {}", least, most)));
    }
    return number;
}

std::string shown_time(SystemTime time) {
    auto text = http::format_iso_time(time);
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
    text.insert(text.size() - 1, fmt::format(".{:03d}", ((ms % 1000) + 1000) % 1000));
    return text;
}

json::value time_or_null(const std::optional<SystemTime>& time) {
    return time ? json::value(shown_time(*time)) : json::value(nullptr);
}

double ms_of(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

std::string_view state_of(const Item& item, SystemTime now) {
    if (item.resolved) {
        return "resolved";
    }
    if (declines(item.human.decision)) {
        return "declined";
    }
    return item.human.snooze_until && *item.human.snooze_until > now ? "snoozed" : "open";
}

std::string answer_text(const json::object& answer) {
    std::string text = json::serialize(answer);
    if (!valid_utf8(text)) {  // a header or body of somebody else: what it was cannot be shown
        for (char& c : text) {
            c = static_cast<unsigned char>(c) >= 0x80U ? '?' : c;
        }
    }
    Scrubber::of_process().scrub(text);
    return text;
}

Result<void> write_audit(work::Store& store, const Visitor& visitor, const Audited& audited,
                         std::string_view result, std::uint64_t nonce, SystemTime now) {
    json::object entry;
    entry["at"] = shown_time(now);
    entry["by"] = to_string(visitor.by);
    entry["peer"] = visitor.peer;
    // Tells two sessions apart without being one.
    entry["session"] = visitor.session.empty() ? "" : to_hex(sha256(visitor.session)).substr(0, 8);
    entry["action"] = audited.action;
    entry["target"] = audited.target;
    entry["detail"] = audited.detail;
    entry["result"] = result;
    APILAB_TRY([[maybe_unused]] const auto version,
               store.put_document("audit", audit_key(now, nonce), json::serialize(entry), {}, now));
    APILAB_TRY(const auto old,
               store.documents("audit", audit_key(now - audit_life, ~std::uint64_t{0}), 20));
    for (const auto& document : old) {
        APILAB_TRY([[maybe_unused]] const bool gone, store.remove_document("audit", document.key));
    }
    return {};
}

}  // namespace apilab::radar::internal
