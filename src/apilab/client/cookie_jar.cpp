#include "apilab/client/cookie_jar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "apilab/http/date.hpp"

namespace apilab::client {
namespace {

constexpr std::size_t field_max = 4096;
// 400 days, as user agents cap it (RFC 6265bis section 5.5).
constexpr std::chrono::seconds life_max = std::chrono::hours(24 * 400);

std::string lower(std::string_view text) {
    std::string made(text);
    for (char& c : made) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return made;
}

std::string_view trim(std::string_view text) {
    const auto first = std::min(text.find_first_not_of(" \t"), text.size());
    const auto last = text.find_last_not_of(" \t");
    return last == std::string_view::npos ? std::string_view()
                                          : text.substr(first, last - first + 1);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The leading digits, between `least` and `most` of them, not followed by another.
std::optional<int> digits(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    int value = 0;
    while (count < text.size() && is_digit(text[count])) {
        if (++count > most) {
            return std::nullopt;
        }
        value = value * 10 + (text[count - 1] - '0');
    }
    if (count < least) {
        return std::nullopt;
    }
    text.remove_prefix(count);
    return value;
}

// Section 5.1.1: separators are everything but digits, letters, colon and what is not ASCII.
bool is_delimiter(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x09 || (byte >= 0x20 && byte <= 0x2F) || (byte >= 0x3B && byte <= 0x40) ||
           (byte >= 0x5B && byte <= 0x60) || (byte >= 0x7B && byte <= 0x7E);
}

struct DateParts {
    std::optional<std::array<int, 3>> time;
    std::optional<int> day;
    std::optional<int> month;
    std::optional<int> year;

    void take(std::string_view token);
};

std::optional<std::array<int, 3>> time_of(std::string_view token) {
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto value = digits(token, 1, 2);
        const bool more = i + 1 < parts.size();
        if (!value || (more && !token.starts_with(':'))) {
            return std::nullopt;
        }
        parts[i] = *value;
        token.remove_prefix(more ? 1 : 0);
    }
    return parts;
}

void DateParts::take(std::string_view token) {
    constexpr std::array months{"jan", "feb", "mar", "apr", "may", "jun",
                                "jul", "aug", "sep", "oct", "nov", "dec"};
    if (!time) {
        time = time_of(token);
        if (time) {
            return;
        }
    }
    std::string_view rest = token;
    if (!day) {
        day = digits(rest, 1, 2);
        if (day) {
            return;
        }
    }
    if (!month) {
        const auto name = lower(token.substr(0, 3));
        const auto found = std::ranges::find(months, std::string_view(name));
        if (found != months.end()) {
            month = static_cast<int>(found - months.begin()) + 1;
            return;
        }
    }
    rest = token;
    if (!year) {
        year = digits(rest, 2, 4);
    }
}

// Section 5.1.3. An address is only ever itself.
bool domain_matches(std::string_view host, std::string_view domain) {
    if (host == domain) {
        return true;
    }
    const bool address = host.contains(':') || is_digit(host.back());
    return !address && host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.';
}

// Section 5.1.4.
bool path_matches(std::string_view request, std::string_view cookie) {
    return request.starts_with(cookie) && (request.size() == cookie.size() ||
                                           cookie.ends_with('/') || request[cookie.size()] == '/');
}

std::string default_path(const http::Url& url) {
    const auto slash = url.path().rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : url.path().substr(0, slash);
}

std::optional<SystemTime> read_max_age(std::string_view text, SystemTime now) {
    const std::string_view number = text.starts_with('-') ? text.substr(1) : text;
    if (number.empty() || !std::ranges::all_of(number, is_digit)) {
        return std::nullopt;
    }
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), seconds);
    if (text.starts_with('-') || (error == std::errc() && seconds == 0)) {
        return now - std::chrono::seconds(1);
    }
    const bool far = error != std::errc() || seconds > life_max.count();
    return now + (far ? life_max : std::chrono::seconds(seconds));
}

struct Attributes {
    std::optional<SystemTime> max_age;
    std::optional<SystemTime> expires;
    std::string domain;
    std::string path;
    bool secure = false;
};

void take_attribute(std::string_view text, SystemTime now, Attributes& found) {
    const auto equals = std::min(text.find('='), text.size());
    const auto name = trim(text.substr(0, equals));
    const auto value = trim(text.substr(std::min(equals + 1, text.size())));
    if (http::iequals(name, "max-age")) {
        if (const auto until = read_max_age(value, now)) {
            found.max_age = until;
        }
    } else if (http::iequals(name, "expires")) {
        if (const auto until = parse_cookie_date(value)) {
            found.expires = until;
        }
    } else if (http::iequals(name, "domain") && !value.empty()) {
        found.domain = lower(value.starts_with('.') ? value.substr(1) : value);
    } else if (http::iequals(name, "path")) {
        found.path = value.starts_with('/') ? value : std::string_view();
    } else if (http::iequals(name, "secure")) {
        found.secure = true;
    }
}

// What the beginning of a name promises (RFC 6265bis section 4.1.3).
bool keeps_its_promise(const Cookie& cookie, const Attributes& attributes) {
    const auto name = lower(cookie.name);
    if (name.starts_with("__secure-")) {
        return cookie.secure;
    }
    if (name.starts_with("__host-")) {
        return cookie.secure && cookie.host_only && attributes.path == "/";
    }
    return true;
}

bool expired(const Cookie& cookie, SystemTime now) {
    return cookie.expires && *cookie.expires <= now;
}

bool belongs_to(const Cookie& cookie, const http::Url& url) {
    const bool host =
        cookie.host_only ? cookie.domain == url.host() : domain_matches(url.host(), cookie.domain);
    return host && path_matches(url.path(), cookie.path) && (!cookie.secure || url.secure());
}

}  // namespace

std::optional<SystemTime> parse_cookie_date(std::string_view text) {
    DateParts parts;
    while (!text.empty()) {
        const auto end =
            static_cast<std::size_t>(std::ranges::find_if(text, is_delimiter) - text.begin());
        if (end > 0) {
            parts.take(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!parts.time || !parts.day || !parts.month || !parts.year) {
        return std::nullopt;
    }
    int year = *parts.year;
    year += year < 70 ? 2000 : (year < 100 ? 1900 : 0);
    const auto [hours, minutes, seconds] = *parts.time;
    if (year < 1601 || seconds > 59) {
        return std::nullopt;
    }
    return http::parse_iso_time(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                                            std::clamp(year, 1678, 2261), *parts.month, *parts.day,
                                            hours, minutes, seconds));
}

std::optional<Cookie> parse_set_cookie(std::string_view field, const http::Url& url,
                                       SystemTime now) {
    if (field.size() > field_max || !http::valid_field_value(field)) {
        return std::nullopt;
    }
    const auto pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(pair.size() + 1, field.size()));
    const auto equals = pair.find('=');
    Cookie cookie;
    cookie.name = trim(pair.substr(0, equals));
    if (equals == std::string_view::npos || cookie.name.empty()) {
        return std::nullopt;
    }
    cookie.value = Secret(std::string(trim(pair.substr(equals + 1))));
    Attributes attributes;
    while (!field.empty()) {
        const auto text = field.substr(0, field.find(';'));
        take_attribute(text, now, attributes);
        field.remove_prefix(std::min(text.size() + 1, field.size()));
    }
    cookie.expires = attributes.max_age ? attributes.max_age : attributes.expires;
    if (cookie.expires && *cookie.expires > now + life_max) {
        cookie.expires = now + life_max;
    }
    cookie.secure = attributes.secure;
    cookie.path = attributes.path.empty() ? default_path(url) : attributes.path;
    cookie.domain = url.host();
    if (!attributes.domain.empty() && attributes.domain != url.host()) {
        if (!domain_matches(url.host(), attributes.domain) || !attributes.domain.contains('.')) {
            return std::nullopt;
        }
        cookie.domain = attributes.domain;
    }
    cookie.host_only = attributes.domain.empty();
    const bool honest = (!cookie.secure || url.secure()) && keeps_its_promise(cookie, attributes);
    return honest ? std::optional(std::move(cookie)) : std::nullopt;
}

void CookieJar::store(const http::Headers& answer, const http::Url& url, SystemTime now) {
    for (const auto field : answer.get_all("set-cookie")) {
        if (auto cookie = parse_set_cookie(field, url, now)) {
            keep(*std::move(cookie), now);
        }
    }
}

void CookieJar::keep(Cookie cookie, SystemTime now) {
    std::erase_if(cookies_, [&](const Kept& kept) { return expired(kept.cookie, now); });
    const auto same = std::ranges::find_if(cookies_, [&](const Kept& kept) {
        return kept.cookie.name == cookie.name && kept.cookie.domain == cookie.domain &&
               kept.cookie.host_only == cookie.host_only && kept.cookie.path == cookie.path;
    });
    if (expired(cookie, now)) {
        if (same != cookies_.end()) {
            cookies_.erase(same);
        }
        return;
    }
    if (same != cookies_.end()) {
        same->cookie = std::move(cookie);  // it keeps its age (section 5.3, step 11)
        return;
    }
    make_room(cookie.domain);
    cookies_.push_back({std::move(cookie), next_++});
}

// They lie in the order of their making: the first is the oldest.
void CookieJar::make_room(const std::string& domain) {
    const auto ours = [&](const Kept& kept) { return kept.cookie.domain == domain; };
    if (static_cast<std::size_t>(std::ranges::count_if(cookies_, ours)) >=
        std::max<std::size_t>(limits_.per_domain_max, 1)) {
        cookies_.erase(std::ranges::find_if(cookies_, ours));
    }
    if (cookies_.size() >= std::max<std::size_t>(limits_.cookies_max, 1)) {
        cookies_.erase(cookies_.begin());
    }
}

std::vector<Cookie> CookieJar::cookies() const {
    std::vector<Cookie> all;
    all.reserve(cookies_.size());
    for (const Kept& kept : cookies_) {
        all.push_back(kept.cookie);
    }
    return all;
}

std::string CookieJar::header_for(const http::Url& url, SystemTime now) const {
    std::vector<const Kept*> going;
    for (const Kept& kept : cookies_) {
        if (!expired(kept.cookie, now) && belongs_to(kept.cookie, url)) {
            going.push_back(&kept);
        }
    }
    // Longer paths first, then older cookies (section 5.4).
    std::ranges::sort(going, [](const Kept* a, const Kept* b) {
        return std::pair(b->cookie.path.size(), a->created) <
               std::pair(a->cookie.path.size(), b->created);
    });
    std::string text;
    for (const Kept* kept : going) {
        text += text.empty() ? "" : "; ";
        text += kept->cookie.name + "=";
        text += kept->cookie.value.reveal();
    }
    return text;
}

void CookieJar::put_on(http::Request& request, SystemTime now) const {
    if (auto text = header_for(request.url(), now); !text.empty()) {
        request.header("cookie", std::move(text));
    }
}

}  // namespace apilab::client
