#include "apilab/cache/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/http/date.hpp"

namespace apilab::cache {

using http::Headers;
using http::iequals;
using How = http::CacheRecord::How;
using Use = http::CacheRecord::Use;

namespace {

// Fields of one connection or one exchange (RFC 9111 section 3.1), and `set-cookie`: whoever keeps
// cookies stands below the cache and has seen it; kept here it would be a secret in a file.
constexpr std::array<std::string_view, 12> not_kept{
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "authentication-info",
};

// What describes the bytes that are kept.
constexpr std::array<std::string_view, 6> not_updated{
    "content-encoding", "content-length", "content-md5", "content-range", "content-type", "etag",
};

constexpr std::array<int, 4> of_the_moment_4xx{401, 407, 408, 425};
constexpr std::array<int, 6> heuristic_statuses{200, 203, 204, 300, 301, 308};

bool one_of(const auto& statuses, int status) {
    return std::ranges::find(statuses, status) != statuses.end();
}

bool among(const auto& names, std::string_view name) {
    return std::ranges::any_of(names, [&](const auto& one) { return iequals(one, name); });
}

std::vector<std::string> members(std::string_view list) {
    std::vector<std::string> names;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        std::string name;
        for (const char c : list.substr(0, end)) {
            if (c != ' ' && c != '\t') {
                name += c;
            }
        }
        names.push_back(std::move(name));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return names;
}

Headers kept_of(const Headers& all, const ResponseDirectives& directives) {
    std::vector<std::string> named;
    for (const auto line : all.get_all("connection")) {
        std::ranges::move(members(line), std::back_inserter(named));
    }
    Headers kept;
    for (const auto& [name, value] : all) {
        if (!among(not_kept, name) && !among(named, name) &&
            !among(directives.no_cache_fields, name)) {
            kept.add(name, value);
        }
    }
    return kept;
}

// In whole seconds, as dates are. Dates far apart would not fit into a duration.
Duration between(SystemTime from, SystemTime to) {
    const auto apart = std::chrono::floor<seconds>(to) - std::chrono::floor<seconds>(from);
    return std::clamp(apart, -seconds_max, seconds_max);
}

std::optional<SystemTime> date_field(const Headers& headers, std::string_view name,
                                     SystemTime now) {
    const auto lines = headers.get_all(name);
    return lines.size() == 1 ? http::parse_http_date(lines.front(), now) : std::nullopt;
}

// The dates of HTTP are read leniently (`Thu 01 Jan`, without a comma); what makes an answer fresh
// is not. Only asctime has none, and a month where the others have a day.
bool is_strict_date(std::string_view text) {
    constexpr std::size_t after_weekday = 4;
    return text.contains(',') || (text.size() > after_weekday &&
                                  !(text[after_weekday] >= '0' && text[after_weekday] <= '9'));
}

SystemTime made_at(const StoredResponse& stored) {
    return date_field(stored.headers, "date", stored.answered).value_or(stored.answered);
}

bool known_status(int status) {
    return !http::reason_phrase(status).empty();
}

Duration heuristic(const StoredResponse& stored, bool has_query, const RuleOptions& options) {
    const bool allowed = one_of(heuristic_statuses, stored.status) ||
                         (stored.freshness.directives.is_public && stored.status < 400);
    const auto modified = date_field(stored.headers, "last-modified", stored.answered);
    if (!allowed || !modified || (has_query && !options.heuristic_for_queries)) {
        return Duration::zero();
    }
    const auto age = std::max(between(*modified, made_at(stored)), Duration::zero());
    return std::min(std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::nano>(
                        static_cast<double>(age.count()) * options.heuristic_fraction)),
                    options.heuristic_max);
}

}  // namespace

std::size_t StoredResponse::size() const {
    constexpr std::size_t each = 64;  // of a field, and of the entry in its lists
    std::size_t sum = (each * 8) + body->size() + reason.size();
    for (const auto& [name, value] : headers) {
        sum += each + name.size() + value.size();
    }
    for (const auto& [name, value] : vary) {
        sum += each + name.size() + (value ? value->size() : 0);
    }
    return sum;
}

Result<void> RuleOptions::validate() const {
    if (!(heuristic_fraction >= 0.0 && heuristic_fraction <= 1.0)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("heuristic_fraction is {}, outside 0 to 1", heuristic_fraction));
    }
    if (heuristic_max < Duration::zero() || stale_if_error < Duration::zero()) {
        return fail(ErrorKind::invalid_argument, "heuristic_max or stale_if_error is below 0");
    }
    return {};
}

bool may_use_cache(const http::Request& request) {
    static constexpr std::array<std::string_view, 6> own{"range",         "if-range",
                                                         "if-match",      "if-unmodified-since",
                                                         "if-none-match", "if-modified-since"};
    return (request.method() == "GET" || request.method() == "HEAD") && request.body().empty() &&
           std::ranges::none_of(request.headers(),
                                [](const auto& field) { return among(own, field.first); });
}

bool may_store(const http::Request& request, const RequestDirectives& asked,
               const StoredResponse& stored) {
    const auto& directives = stored.freshness.directives;
    const int status = stored.status;
    if (request.method() != "GET" || status < 200 || status == 206 || status == 304 ||
        asked.no_store) {
        return false;
    }
    if (directives.must_understand ? !known_status(status) : directives.no_store) {
        return false;
    }
    if (!stored.vary.empty() && stored.vary.front().first == "*") {
        return false;
    }
    const bool fresh = stored.freshness.lifetime > Duration::zero();
    if (status >= 400) {
        return fresh && stored.freshness.is_explicit && status != 429 &&
               !one_of(of_the_moment_4xx, status);
    }
    return fresh || stored.has_validator() || directives.stale_while_revalidate ||
           directives.stale_if_error;
}

StoredResponse make_stored(const http::Request& request, const http::Response& response,
                           SystemTime requested, SystemTime answered, const RuleOptions& options) {
    StoredResponse stored{
        .status = response.status(),
        .reason = response.reason(),
        .headers = kept_of(response.headers(), ResponseDirectives::parse(response.headers())),
        .decoded_from = response.decoded_from(),
        .requested = requested,
        .answered = answered};
    refresh_freshness(stored, !request.url().query().empty(), options);
    return stored;
}

void refresh_freshness(StoredResponse& stored, bool has_query, const RuleOptions& options) {
    Freshness& freshness = stored.freshness;
    freshness.directives = ResponseDirectives::parse(stored.headers);
    const SystemTime made = made_at(stored);
    const auto apparent = std::max(between(made, stored.answered), Duration::zero());
    const auto delay = std::max(stored.answered - stored.requested, Duration::zero());
    const Duration told = parse_age(stored.headers).value_or(seconds(0));
    freshness.initial_age = std::max<Duration>(apparent, told + delay);
    freshness.is_explicit = true;
    if (freshness.directives.max_age) {
        freshness.lifetime = *freshness.directives.max_age;
    } else if (stored.headers.contains("expires")) {
        // What cannot be read has passed (section 5.3).
        const auto expires = is_strict_date(stored.headers.value("expires"))
                                 ? date_field(stored.headers, "expires", stored.answered)
                                 : std::nullopt;
        freshness.lifetime =
            expires ? std::max(between(made, *expires), Duration::zero()) : Duration::zero();
    } else {
        freshness.is_explicit = false;
        freshness.lifetime = heuristic(stored, has_query, options);
    }
}

Duration current_age(const StoredResponse& stored, SystemTime now) {
    return now < stored.answered ? Duration(seconds_max)
                                 : stored.freshness.initial_age + (now - stored.answered);
}

Duration time_left(const StoredResponse& stored, SystemTime now) {
    return stored.freshness.lifetime - current_age(stored, now);
}

namespace {

// Fresh, but not for this request? (section 5.2.1)
bool refused_by(const RequestDirectives& asked, const StoredResponse& stored, SystemTime now,
                Duration left) {
    if (asked.no_cache) {
        return true;
    }
    // RFC 8246: what never changes is not asked for again by a reload (`max-age=0`).
    if (asked.max_age && !stored.freshness.directives.immutable &&
        current_age(stored, now) > *asked.max_age) {
        return true;
    }
    return asked.min_fresh && left < *asked.min_fresh;
}

}  // namespace

Plan plan(const RequestDirectives& asked, const StoredResponse* stored, bool variants,
          SystemTime now) {
    Plan plan;
    const auto give_up_or_ask = [&](How how) {
        plan.how = how;
        plan.action = asked.only_if_cached ? Plan::Action::gateway_timeout : Plan::Action::ask;
        plan.use = asked.only_if_cached ? Use::only_if_cached : Use::none;
        return plan;
    };
    if (stored == nullptr) {
        return give_up_or_ask(variants ? How::vary_miss : How::uri_miss);
    }
    const auto& directives = stored->freshness.directives;
    const Duration left = time_left(*stored, now);
    plan.left = left;
    if (directives.no_cache) {
        return give_up_or_ask(How::stale);
    }
    const bool fresh = left > Duration::zero();
    if (fresh && refused_by(asked, *stored, now, left)) {
        return give_up_or_ask(How::request);
    }
    plan.how = How::hit;
    plan.action = Plan::Action::use;
    if (fresh) {
        plan.use = Use::fresh;
        return plan;
    }
    const bool strict = directives.must_revalidate || asked.no_cache || asked.min_fresh ||
                        (asked.max_age && current_age(*stored, now) > *asked.max_age);
    if (strict) {
        return give_up_or_ask(asked.no_cache ? How::request : How::stale);
    }
    if (asked.max_stale && -left <= *asked.max_stale) {
        plan.use = Use::max_stale;
        return plan;
    }
    if (directives.stale_while_revalidate && -left <= *directives.stale_while_revalidate) {
        plan.use = Use::stale_while_revalidate;
        // Whoever asks for stored answers only asks for no request in the background either.
        plan.action = asked.only_if_cached ? Plan::Action::use : Plan::Action::use_and_revalidate;
        return plan;
    }
    return give_up_or_ask(How::stale);
}

bool may_use_on_error(const RequestDirectives& asked, const StoredResponse& stored,
                      const Result<http::Response>& failure, SystemTime now,
                      const RuleOptions& options) {
    const auto& directives = stored.freshness.directives;
    if (directives.must_revalidate || directives.no_cache || asked.no_cache) {
        return false;
    }
    if (failure) {
        const int status = failure->status();
        if (status != 500 && (status < 502 || status > 504)) {
            return false;
        }
    } else {
        switch (failure.error().kind()) {
            case ErrorKind::resolve:
            case ErrorKind::connect:
            case ErrorKind::connection_lost:
            case ErrorKind::timeout:
            case ErrorKind::deadline:
            case ErrorKind::breaker_open:
            case ErrorKind::overloaded:
                break;
            default:
                return false;
        }
    }
    Duration allowed = options.stale_if_error;
    if (directives.stale_if_error) {
        allowed = *directives.stale_if_error;
    }
    if (asked.stale_if_error) {
        allowed = std::max<Duration>(allowed, *asked.stale_if_error);
    }
    return allowed > Duration::zero() && -time_left(stored, now) <= allowed;
}

bool add_validators(http::Request& request, const StoredResponse& stored) {
    if (const auto etag = stored.headers.get("etag")) {
        request.header("if-none-match", std::string(*etag));
    }
    if (const auto modified = stored.headers.get("last-modified")) {
        request.header("if-modified-since", std::string(*modified));
    }
    return stored.has_validator();
}

namespace {

std::string_view opaque(std::string_view etag) {
    return etag.starts_with("W/") ? etag.substr(2) : etag;
}

}  // namespace

bool confirms(const http::Response& not_modified, const StoredResponse& stored) {
    const auto theirs = not_modified.headers().get("etag");
    const auto ours = stored.headers.get("etag");
    return !theirs || !ours || opaque(*theirs) == opaque(*ours);
}

StoredResponse merged(const StoredResponse& stored, const http::Request& request,
                      const http::Response& update, SystemTime requested, SystemTime answered,
                      const RuleOptions& options) {
    StoredResponse result = stored;  // shares the body
    const auto news = kept_of(update.headers(), ResponseDirectives::parse(update.headers()));
    // `age` counts anew with each answer: an old one says nothing of the new.
    result.headers.remove("age");
    for (const auto& [name, value] : news) {
        if (!among(not_updated, name)) {
            result.headers.remove(name);
        }
    }
    for (const auto& [name, value] : news) {
        if (!among(not_updated, name)) {
            result.headers.add(name, value);
        }
    }
    result.requested = requested;
    result.answered = answered;
    refresh_freshness(result, !request.url().query().empty(), options);
    return result;
}

HeadVerdict compare_head(const http::Response& head, const StoredResponse& stored) {
    if (head.status() != 200 || stored.status != 200) {
        return HeadVerdict::says_nothing;
    }
    const auto differs = [&](std::string_view name) {
        const auto said = head.headers().get(name);
        const auto known = stored.headers.get(name);
        return said && known && *said != *known;
    };
    const bool changed = differs("etag") || differs("last-modified") ||
                         (stored.decoded_from.empty() && differs("content-length"));
    if (changed) {
        return HeadVerdict::changed;
    }
    const bool vouched =
        head.headers().contains("etag") || head.headers().contains("last-modified");
    return vouched && stored.has_validator() ? HeadVerdict::same : HeadVerdict::says_nothing;
}

http::Response to_response(const StoredResponse& stored, SystemTime now, bool with_body) {
    http::Response response(stored.status, {}, stored.headers);
    response.reason(stored.reason).decoded_from(stored.decoded_from);
    if (with_body) {
        response.shared_body(stored.body);
    }
    const auto age = std::max(current_age(stored, now), Duration::zero());
    response.header("age", std::to_string(std::chrono::floor<seconds>(age).count()));
    return response;
}

std::vector<http::Url> invalidated_by(const http::Request& request, http::Effect effect,
                                      const Result<http::Response>& result) {
    const std::string_view method = request.method();
    const bool safe = method == "GET" || method == "HEAD" || method == "OPTIONS" ||
                      method == "TRACE" || effect == http::Effect::read;
    if (safe) {
        return {};
    }
    if (!result) {
        return result.error().outcome() == Outcome::unknown ? std::vector<http::Url>{request.url()}
                                                            : std::vector<http::Url>();
    }
    if (result->status() < 200 || result->status() >= 400) {
        return {};
    }
    std::vector<http::Url> urls{request.url()};
    for (const char* name : {"location", "content-location"}) {
        if (const auto said = result->headers().get(name)) {
            auto url = request.url().resolve(*said);
            if (url && url->origin() == request.url().origin()) {
                urls.push_back(*std::move(url));
            }
        }
    }
    return urls;
}

}  // namespace apilab::cache
