#include "apilab/http/rate_limit_headers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/internal/rate_limit_lists.hpp"
#include "apilab/http/internal/waits.hpp"
#include "apilab/http/structured_fields.hpp"

namespace apilab::http {
namespace {

using internal::clamped_wait;
using internal::decimal;
using internal::trim;
using internal::wait_between;
using std::chrono::seconds;

constexpr std::size_t readings_max = 32;
constexpr std::size_t value_size_max = 256;
constexpr double count_end = 1e15;
constexpr double nanoseconds_per_second = 1e9;

// What an answer says in one family of names, as it stands there.
using Text = std::optional<std::string_view>;
struct Family {
    Text limit;
    Text remaining;
    Text used;
    Text reset;
    Text reset_after;
    Text bucket;
    Text resource;
    Text scope;
    Text global;
    Text daily;
    Text daily_remaining;
    Text interval;
    Text secondly;
    Text secondly_remaining;
};
struct Name {
    std::string_view rest;
    Text Family::* slot;
};

constexpr std::array<Name, 11> common_names = {{
    {"limit", &Family::limit},
    {"remaining", &Family::remaining},
    {"used", &Family::used},
    {"reset", &Family::reset},
    {"reset-after", &Family::reset_after},
    {"resource", &Family::resource},
    {"bucket", &Family::bucket},
    {"scope", &Family::scope},
    {"global", &Family::global},
    // GitLab's.
    {"observed", &Family::used},
    {"name", &Family::resource},
}};
constexpr std::array<Name, 7> hubspot_names = {{
    {"max", &Family::limit},
    {"remaining", &Family::remaining},
    {"interval-milliseconds", &Family::interval},
    {"daily", &Family::daily},
    {"daily-remaining", &Family::daily_remaining},
    {"secondly", &Family::secondly},
    {"secondly-remaining", &Family::secondly_remaining},
}};

struct Reset {
    Duration in{};
    ResetForm form = ResetForm::none;
};

// Whole seconds and the rest apart: a double does not hold the nanoseconds of today exactly. In
// counts, since a clock at the end of its range has no whole second next to it.
Duration until(double since_1970, double nanoseconds_per_unit, SystemTime from) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t count = from.time_since_epoch().count();
    const std::int64_t seconds_count = count / second;
    const double whole = static_cast<double>(seconds_count) * (1e9 / nanoseconds_per_unit);
    const double rest = static_cast<double>(count % second) / nanoseconds_per_unit;
    return clamped_wait((since_1970 - whole) - rest, nanoseconds_per_unit);
}

std::optional<double> number_of(std::string_view text) {
    return text.size() > value_size_max ? std::nullopt : decimal(text);
}

std::optional<std::int64_t> whole_count(std::string_view text) {
    const auto number = number_of(text);  // some write their counts as decimals: `598.0`
    return number && *number >= 0 && *number < count_end
               ? std::optional(static_cast<std::int64_t>(std::floor(*number)))
               : std::nullopt;
}

class Reader {
public:
    Reader(const Headers& headers, SystemTime now) : headers_(headers), now_(now) {}

    RateLimitReadings read();

private:
    bool sort_fields();
    void add(RateLimitReading reading);
    void read_lists();
    void add_named();
    void add_draft();
    void add_family(const Family& family, RateLimitDialect dialect);
    void add_hubspot();
    void add_shopify();

    [[nodiscard]] SystemTime from() const;
    [[nodiscard]] std::optional<Reset> reset_of(std::string_view text) const;
    std::string text_of(Text text);
    std::optional<std::int64_t> count_of(Text text);
    void take_limit(Text text, RateLimitReading& reading, std::vector<RateLimitReading>& policies);
    void take_reset(const Family& family, RateLimitReading& reading);

    const Headers& headers_;
    SystemTime now_;
    bool has_lists_ = false;
    RateLimitReadings out_;
    Family draft_;
    Family x_;
    Family x_hyphenated_;
    Family hubspot_;
    Text shopify_;
    std::vector<RateLimitReading> named_;           // IETF policies
    std::vector<RateLimitReading> states_;          // what is left of them
    std::vector<RateLimitReading> nameless_;        // policies of the older drafts
    std::optional<RateLimitReading> in_one_field_;  // RateLimit: limit=..., ...
};

/// Puts the value under the name that `prefix` leaves of it. The first of a name stays.
template <std::size_t N>
bool put(std::string_view field, std::string_view value, std::string_view prefix,
         const std::array<Name, N>& names, Family& family) {
    if (field.size() <= prefix.size() || !iequals(field.substr(0, prefix.size()), prefix)) {
        return false;
    }
    const auto rest = field.substr(prefix.size());
    for (const auto& name : names) {
        if (iequals(rest, name.rest) && !(family.*name.slot)) {
            family.*name.slot = trim(value);
        }
    }
    return true;
}

// One walk over the fields: this runs on every answer, and most have nothing of ours.
bool Reader::sort_fields() {
    bool found = false;
    for (const auto& [name, value] : headers_) {
        const char first = name.empty() ? '\0' : ascii_lower(name.front());
        if (first == 'r') {
            has_lists_ =
                has_lists_ || iequals(name, "ratelimit") || iequals(name, "ratelimit-policy");
            found = put(name, value, "ratelimit-", common_names, draft_) || has_lists_ || found;
        } else if (first == 'x') {
            if (!shopify_ && iequals(name, "x-shopify-shop-api-call-limit")) {
                shopify_ = trim(value);
            }
            found = put(name, value, "x-ratelimit-", common_names, x_) ||
                    put(name, value, "x-rate-limit-", common_names, x_hyphenated_) ||
                    put(name, value, "x-hubspot-ratelimit-", hubspot_names, hubspot_) || shopify_ ||
                    found;
        }
    }
    return found;
}

void Reader::add(RateLimitReading reading) {
    if (!reading.remaining && reading.limit && reading.used) {
        reading.remaining = std::max<std::int64_t>(*reading.limit - *reading.used, 0);
    }
    const bool says_something =
        reading.limit || reading.remaining || reading.used || reading.reset_in;
    if (says_something && out_.readings.size() < readings_max) {
        out_.readings.push_back(std::move(reading));
    }
}

void Reader::read_lists() {
    if (const auto field = structured::combined(headers_, "ratelimit-policy")) {
        if (auto named = internal::named_policies(*field)) {
            named_ = std::move(*named);
        } else if (auto nameless = internal::nameless_policies(*field)) {
            nameless_ = std::move(*nameless);
        } else {
            ++out_.garbage;
        }
    }
    if (const auto field = structured::combined(headers_, "ratelimit")) {
        if (auto states = internal::named_states(*field)) {
            states_ = std::move(*states);
        } else {
            in_one_field_ = internal::state_in_one_field(*field);
            out_.garbage += in_one_field_ ? 0 : 1;
        }
    }
}

/// What is left of each policy together with the policy; then policies that nothing was said about.
void Reader::add_named() {
    std::vector<bool> told(named_.size(), false);
    for (auto& state : states_) {
        for (std::size_t i = 0; i < named_.size(); ++i) {
            const auto& policy = named_[i];
            const bool same_part = policy.partition.empty() || state.partition.empty() ||
                                   policy.partition == state.partition;
            if (policy.bucket == state.bucket && same_part) {
                state.limit = policy.limit;
                state.window = policy.window;
                state.unit = policy.unit;
                state.partition = state.partition.empty() ? policy.partition : state.partition;
                told[i] = true;
                break;
            }
        }
        add(std::move(state));
    }
    for (std::size_t i = 0; i < named_.size(); ++i) {
        if (!told[i]) {
            add(std::move(named_[i]));
        }
    }
}

/// The moment that other moments of this answer are measured against. Reading a date is the dearest
/// part of all this, so it is done where a moment asks for it.
SystemTime Reader::from() const {
    return parse_http_date(trim(headers_.value("date")), now_).value_or(now_);
}

// The rule of `ResetForm`.
std::optional<Reset> Reader::reset_of(std::string_view text) const {
    if (const auto number = number_of(text)) {
        if (*number < 1e7) {
            return Reset{clamped_wait(*number, nanoseconds_per_second), ResetForm::seconds};
        }
        if (*number >= 1e9 && *number < 1e11) {
            return Reset{until(*number, nanoseconds_per_second, from()), ResetForm::epoch_seconds};
        }
        if (*number >= 1e12 && *number < 1e14) {
            return Reset{until(*number, 1e6, from()), ResetForm::epoch_milliseconds};
        }
        return std::nullopt;
    }
    auto moment = parse_iso_time(text);  // both look at no more than 64 bytes
    moment = moment ? moment : parse_http_date(text, now_);
    return moment ? std::optional(Reset{wait_between(from(), *moment), ResetForm::date})
                  : std::nullopt;
}

std::string Reader::text_of(Text text) {
    if (!text) {
        return {};
    }
    if (text->size() > value_size_max) {
        ++out_.garbage;
        return {};
    }
    return std::string(*text);
}

std::optional<std::int64_t> Reader::count_of(Text text) {
    if (!text) {
        return std::nullopt;
    }
    const auto count = whole_count(*text);
    out_.garbage += count ? 0 : 1;
    return count;
}

/// A number; or, by the older drafts, the limit that is nearest and then all policies:
/// `100, 100;w=60, 1000;w=3600`.
void Reader::take_limit(Text text, RateLimitReading& reading,
                        std::vector<RateLimitReading>& policies) {
    if (!text || text->find_first_of(",;") == std::string_view::npos) {
        reading.limit = count_of(text);
        return;
    }
    auto all = internal::nameless_policies(*text);
    if (!all || all->empty()) {
        ++out_.garbage;
        return;
    }
    reading.limit = all->front().limit;
    reading.window = all->front().window;
    policies.insert(policies.end(), std::make_move_iterator(all->begin() + 1),
                    std::make_move_iterator(all->end()));
}

/// `-Reset-After` (seconds from now) wins over `-Reset`.
void Reader::take_reset(const Family& family, RateLimitReading& reading) {
    std::optional<Reset> reset;
    if (family.reset_after) {
        if (const auto wait = number_of(*family.reset_after)) {
            reset = Reset{clamped_wait(*wait, nanoseconds_per_second), ResetForm::seconds};
        }
        out_.garbage += reset ? 0 : 1;
    }
    if (!reset && family.reset) {
        reset = reset_of(*family.reset);
        out_.garbage += reset ? 0 : 1;
    }
    if (reset) {
        reading.reset_in = reset->in;
        reading.reset_form = reset->form;
    }
}

void Reader::add_family(const Family& family, RateLimitDialect dialect) {
    RateLimitReading reading{.dialect = dialect};
    std::vector<RateLimitReading> policies;
    if (dialect == RateLimitDialect::ietf_draft) {
        policies = std::move(nameless_);
    }
    take_limit(family.limit, reading, policies);
    reading.remaining = count_of(family.remaining);
    reading.used = count_of(family.used);
    take_reset(family, reading);
    reading.bucket = text_of(family.bucket ? family.bucket : family.resource);
    reading.scope = text_of(family.scope);
    if (reading.scope.empty() && family.global && iequals(*family.global, "true")) {
        reading.scope = "global";
    }
    const auto own = std::ranges::find(policies, reading.limit, &RateLimitReading::limit);
    if (reading.limit && own != policies.end()) {
        reading.window = reading.window ? reading.window : own->window;
        policies.erase(own);
    }
    add(std::move(reading));
    for (auto& policy : policies) {
        policy.dialect = dialect;
        add(std::move(policy));
    }
}

/// The fields of the older drafts, or their one field, with the policies beside it.
void Reader::add_draft() {
    if (in_one_field_) {
        const auto own =
            std::ranges::find(nameless_, in_one_field_->limit, &RateLimitReading::limit);
        if (in_one_field_->limit && own != nameless_.end()) {
            in_one_field_->window = own->window;
            nameless_.erase(own);
        }
        add(std::move(*in_one_field_));
    }
    add_family(draft_, RateLimitDialect::ietf_draft);
}

void Reader::add_hubspot() {
    RateLimitReading rolling{.dialect = RateLimitDialect::hubspot,
                             .limit = count_of(hubspot_.limit),
                             .remaining = count_of(hubspot_.remaining)};
    if (const auto interval = count_of(hubspot_.interval)) {
        rolling.window = clamped_wait(static_cast<double>(*interval), 1e6);
    }
    add(std::move(rolling));
    add({.dialect = RateLimitDialect::hubspot,
         .bucket = "secondly",
         .limit = count_of(hubspot_.secondly),
         .remaining = count_of(hubspot_.secondly_remaining),
         .window = seconds(1)});
    add({.dialect = RateLimitDialect::hubspot,
         .bucket = "daily",
         .limit = count_of(hubspot_.daily),
         .remaining = count_of(hubspot_.daily_remaining),
         .window = std::chrono::hours(24)});
}

void Reader::add_shopify() {
    if (!shopify_) {
        return;
    }
    const auto slash = std::min(shopify_->find('/'), shopify_->size());
    const auto rest = shopify_->substr(std::min(slash + 1, shopify_->size()));
    const auto used = whole_count(trim(shopify_->substr(0, slash)));
    const auto size = whole_count(trim(rest));
    if (!used || !size) {
        ++out_.garbage;
        return;
    }
    add({.dialect = RateLimitDialect::shopify, .limit = size, .used = used});
}

RateLimitReadings Reader::read() {
    const bool found = sort_fields();
    if (!found || decimal(trim(headers_.value("age"))).value_or(0) > 0) {
        return {};
    }
    if (has_lists_) {
        read_lists();
    }
    add_named();
    add_draft();
    const bool discord = x_.reset_after || x_.bucket || x_.scope || x_.global;
    add_family(x_, discord ? RateLimitDialect::discord : RateLimitDialect::x_ratelimit);
    add_family(x_hyphenated_, RateLimitDialect::x_rate_limit);
    add_hubspot();
    add_shopify();
    return std::move(out_);
}

}  // namespace

std::string_view to_string(RateLimitDialect dialect) {
    switch (dialect) {
        case RateLimitDialect::ietf:
            return "ietf";
        case RateLimitDialect::ietf_draft:
            return "ietf_draft";
        case RateLimitDialect::x_ratelimit:
            return "x_ratelimit";
        case RateLimitDialect::discord:
            return "discord";
        case RateLimitDialect::x_rate_limit:
            return "x_rate_limit";
        case RateLimitDialect::hubspot:
            return "hubspot";
        case RateLimitDialect::shopify:
            return "shopify";
    }
    return "unknown";
}

RateLimitReadings read_rate_limits(const Headers& headers, SystemTime now) {
    return Reader(headers, now).read();
}

}  // namespace apilab::http
