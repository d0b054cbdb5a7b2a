#include "apilab/radar/service/guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "apilab/auth/unguessable.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/http/url.hpp"

namespace apilab::radar {
namespace {

using std::unexpected;

// Every family of proxies that there is adds one of these.
constexpr std::array proxies{"forwarded",
                             "x-forwarded-for",
                             "x-forwarded-host",
                             "x-real-ip",
                             "via",
                             "fly-client-ip",
                             "x-client-ip",
                             "cf-connecting-ip",
                             "true-client-ip",
                             "x-envoy-external-address"};

Refused other_site() {
    return {.status = 403,
            .why = "the request comes from a page of another site",
            .remedy = "open the dashboard itself"};
}

std::string cookie_name(const http::Request& request) {
    // Cookies do not know ports: two dashboards on one host would end each other's sessions.
    return fmt::format("apilab_radar_{}", request.url().port());
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ') || text.ends_with('\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// Every value of that name: a second one may have been set by somebody else.
std::vector<std::string_view> cookies_of(const http::Request& request, std::string_view name) {
    std::vector<std::string_view> found;
    for (std::string_view header : request.headers().get_all("cookie")) {
        while (!header.empty()) {
            const auto end = std::min(header.find(';'), header.size());
            const auto one = trimmed(header.substr(0, end));
            const auto equals = one.find('=');
            if (equals != std::string_view::npos && one.substr(0, equals) == name) {
                found.push_back(one.substr(equals + 1));
            }
            header.remove_prefix(std::min(end + 1, header.size()));
        }
    }
    return found;
}

// `radar.example:8080` of an origin; nothing for `null` and what is none. The scheme does not
// count: who ends TLS in front of us makes `https` of what is `http` here.
std::optional<std::string> authority_of(std::string_view origin) {
    const auto url = http::Url::parse(origin);
    if (!url || url->path() != "/" || !url->query().empty()) {
        return std::nullopt;
    }
    return url->authority();
}

bool from_our_page(const http::Request& request, bool must_say) {
    const auto site = request.headers().get_all("sec-fetch-site");
    const auto origin = request.headers().get_all("origin");
    if (site.size() > 1 || origin.size() > 1 || (must_say && site.empty() && origin.empty())) {
        return false;
    }
    if (!site.empty() && site.front() != "same-origin" && (must_say || site.front() != "none")) {
        return false;
    }
    if (origin.empty()) {
        return true;
    }
    // Both as a browser writes them: without the port where it is the scheme's own.
    const auto ours =
        http::Url::parse((origin.front().starts_with("https:") ? "https://" : "http://") +
                         std::string(request.headers().value("host")));
    return ours && authority_of(origin.front()) == ours->authority();
}

std::optional<Secret> bearer(const http::Request& request) {
    const auto values = request.headers().get_all("authorization");
    if (values.empty()) {
        return std::nullopt;
    }
    constexpr std::string_view scheme = "bearer ";
    const std::string_view value = values.front();
    if (values.size() > 1 || value.size() <= scheme.size() ||
        !http::iequals(value.substr(0, scheme.size()), scheme)) {
        return Secret();  // something was shown, and it is nothing that counts
    }
    return Secret(std::string(value.substr(scheme.size())));
}

bool is_json(const http::Request& request) {
    std::string_view type = request.headers().value("content-type");
    type = trimmed(type.substr(0, std::min(type.find(';'), type.size())));
    return http::iequals(type, "application/json");
}

std::int64_t seconds_of(SystemTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string_view to_string(Visitor::By by) {
    switch (by) {
        case Visitor::By::loopback:
            return "loopback";
        case Visitor::By::session:
            return "session";
        default:
            return "token";
    }
}

bool names_loopback(std::string_view host) {
    return host == "localhost" || is_loopback_address(host);
}

bool came_through_proxy(const http::Request& request) {
    return std::ranges::any_of(proxies,
                               [&](const char* name) { return request.headers().contains(name); });
}

bool is_loopback_address(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    if (address.starts_with(mapped)) {
        address.remove_prefix(mapped.size());
    }
    return address == "::1" ||
           (address.starts_with("127.") && std::ranges::all_of(address, [](char c) {
                return c == '.' || (c >= '0' && c <= '9');
            }));
}

bool is_local(const http::Request& request, const runtime::CallContext& context) {
    return context.inbound && is_loopback_address(context.inbound->peer_address) &&
           names_loopback(request.url().host()) && !came_through_proxy(request);
}

Guard::Guard(GuardOptions options, Rng& chance)
    : options_(std::move(options)),
      chance_(chance),
      key_(options_.token.empty()
               ? auth::unguessable(chance)
               : Secret(hmac_sha256(options_.token, "apilab radar: sessions of the dashboard"))) {
    options_.session_life =
        std::clamp<Duration>(options_.session_life, std::chrono::minutes(1), std::chrono::days(30));
    options_.wrong_max = std::clamp<std::size_t>(options_.wrong_max, 1, 1000);
}

bool Guard::right_host(const http::Request& request) const {
    const auto said = request.headers().get_all("host");
    // Nothing but a name and a port: a reader that takes less of it would see another name.
    if (said.size() != 1 || said.front().find_first_of("/?#@\\") != std::string_view::npos) {
        return false;
    }
    // A target that names another place than `Host` is nothing that a browser sends.
    const auto url = http::Url::parse("http://" + std::string(said.front()));
    if (!url || url->host() != request.url().host()) {
        return false;
    }
    return names_loopback(url->host()) ||
           std::ranges::find(options_.hosts, url->host()) != options_.hosts.end();
}

bool Guard::counts(const Secret& shown) const {
    // Of the hashes, so that not even the length is told.
    return !options_.token.empty() &&
           equal_in_constant_time(sha256(shown.reveal()), sha256(options_.token.reveal()));
}

std::expected<void, Refused> Guard::look_at(const Secret& shown, SystemTime now) {
    if (options_.token.empty()) {
        return unexpected(Refused{.status = 403,
                                  .why = "the dashboard is for this machine only: no token is set",
                                  .remedy = "set a dashboard token and open it with that"});
    }
    if (now < wrong_since_ || now - wrong_since_ >= std::chrono::minutes(1)) {
        wrong_since_ = now;
        wrong_ = 0;
    }
    if (wrong_ >= options_.wrong_max) {
        return unexpected(Refused{
            .status = 429, .why = "too many wrong tokens", .remedy = "come back in a minute"});
    }
    if (!counts(shown)) {
        ++wrong_;
        return unexpected(Refused{.status = 401,
                                  .why = "that is not the dashboard's token",
                                  .remedy = "it stands in the configuration of the radar"});
    }
    return {};
}

std::string Guard::signature(std::string_view text) const {
    return base64url_encode(hmac_sha256(key_, text));
}

std::string Guard::csrf_of(std::string_view session) const {
    return signature("csrf:" + std::string(session));
}

// `t.<id>.<end>.<signature>`: `t` by the token, `l` from loopback.
std::string Guard::begin(char kind, SystemTime now) {
    const auto text = fmt::format("{}.{}.{}", kind, auth::unguessable(chance_).reveal(),
                                  seconds_of(now + options_.session_life));
    return text + "." + signature("session:" + text);
}

std::string Guard::session_of(const http::Request& request, bool local, SystemTime now) const {
    for (const std::string_view value : cookies_of(request, cookie_name(request))) {
        const auto last = value.rfind('.');
        if (last == std::string_view::npos || value.size() > 200) {
            continue;
        }
        const auto text = value.substr(0, last);
        if (!equal_in_constant_time(value.substr(last + 1),
                                    signature("session:" + std::string(text)))) {
            continue;
        }
        const auto end = text.substr(text.rfind('.') + 1);
        std::int64_t until = 0;
        std::from_chars(end.data(), end.data() + end.size(), until);
        // Loopback's own is worth nothing elsewhere.
        if (until > seconds_of(now) && (local || text.starts_with("t."))) {
            return std::string(value);
        }
    }
    return {};
}

std::expected<Visitor, Refused> Guard::identify(const http::Request& request,
                                                const runtime::CallContext& context,
                                                SystemTime now) {
    const bool local = is_local(request, context);
    Visitor visitor{.peer = context.inbound ? context.inbound->peer_address : "unknown"};
    if (const auto shown = bearer(request)) {
        if (auto right = look_at(*shown, now); !right) {
            return unexpected(std::move(right).error());
        }
        visitor.by = Visitor::By::token;
        return visitor;
    }
    visitor.session = session_of(request, local, now);
    if (visitor.session.starts_with("t.")) {
        visitor.by = Visitor::By::session;
        return visitor;
    }
    if (local) {
        return visitor;
    }
    if (options_.token.empty()) {
        return unexpected(look_at({}, now).error());
    }
    return unexpected(Refused{.status = 401,
                              .why = "the dashboard's token is needed",
                              .remedy = "open it with #token=... behind its address, or show it"});
}

std::expected<Visitor, Refused> Guard::admit(const http::Request& request,
                                             const runtime::CallContext& context, Wants wants,
                                             SystemTime now) {
    if (!right_host(request)) {
        return unexpected(Refused{.status = 421,
                                  .why = "this dashboard is not known under that name",
                                  .remedy = "ask for localhost, or add the name to its hosts"});
    }
    if (wants == Wants::page) {
        return Visitor{};
    }
    const bool shows_token = request.headers().contains("authorization");
    const bool acts = wants != Wants::data;
    if (!from_our_page(request, acts && !shows_token)) {
        return unexpected(other_site());
    }
    if (acts && (request.method() != "POST" || !is_json(request))) {
        return unexpected(Refused{.status = 415,
                                  .why = "an action is a POST of application/json",
                                  .remedy = "send it as such"});
    }
    if (wants == Wants::entry) {
        return Visitor{};
    }
    auto visitor = identify(request, context, now);
    if (!visitor || wants == Wants::data || visitor->by == Visitor::By::token) {
        return visitor;
    }
    const auto csrf = request.headers().get_all("x-csrf-token");
    if (visitor->session.empty() || csrf.size() != 1 ||
        !equal_in_constant_time(csrf.front(), csrf_of(visitor->session))) {
        return unexpected(Refused{.status = 403,
                                  .why = "the CSRF token is missing, or not this session's",
                                  .remedy = "load the page again"});
    }
    return visitor;
}

std::string Guard::cookie_for(const http::Request& request, const runtime::CallContext& context,
                              std::string_view session) const {
    const bool secure = (context.inbound && context.inbound->tls) ||
                        request.headers().value("x-forwarded-proto") == "https";
    return fmt::format(
        "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", cookie_name(request), session,
        std::chrono::duration_cast<std::chrono::seconds>(options_.session_life).count(),
        secure ? "; Secure" : "");
}

Guard::Pass Guard::pass(const http::Request& request, const runtime::CallContext& context,
                        Visitor visitor, SystemTime now) {
    Pass pass{.visitor = std::move(visitor)};
    if (pass.visitor.by == Visitor::By::token) {
        return pass;
    }
    if (pass.visitor.session.empty()) {
        pass.visitor.session = begin('l', now);
        pass.set_cookie = cookie_for(request, context, pass.visitor.session);
    }
    pass.csrf = csrf_of(pass.visitor.session);
    return pass;
}

std::expected<Guard::Pass, Refused> Guard::enter(const http::Request& request,
                                                 const runtime::CallContext& context,
                                                 const Secret& shown, SystemTime now) {
    if (auto right = look_at(shown, now); !right) {
        return unexpected(std::move(right).error());
    }
    Pass pass{.visitor = {.by = Visitor::By::session,
                          .peer = context.inbound ? context.inbound->peer_address : "unknown",
                          .session = begin('t', now)}};
    pass.set_cookie = cookie_for(request, context, pass.visitor.session);
    pass.csrf = csrf_of(pass.visitor.session);
    return pass;
}

std::string Guard::farewell(const http::Request& request) {
    return cookie_name(request) + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict";
}

void Guard::protect(http::Response& response) {
    response.header("content-security-policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                    "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    response.header("x-content-type-options", "nosniff");
    response.header("referrer-policy", "no-referrer");
    response.header("cache-control", "no-store");
    response.header("cross-origin-opener-policy", "same-origin");
    response.header("cross-origin-resource-policy", "same-origin");
}

}  // namespace apilab::radar
