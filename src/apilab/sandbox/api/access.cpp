#include "apilab/sandbox/api/access.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/api/hmac.hpp"
#include "apilab/sandbox/api/problem.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::string_view fixed_key = "api_stub";
constexpr std::string_view fixed_token = "api_bearer_stub";
constexpr std::string_view fixed_signing_key = "api_signing_stub";
constexpr std::string_view signing_key_id = "api";
constexpr std::string_view user = "ada";
constexpr std::string_view fixed_password = "api_password_stub";
constexpr std::size_t sessions_max = 1000;

// What stands behind the scheme, or nothing where it is another one.
std::optional<std::string_view> authorization(const http::Request& request,
                                              std::string_view scheme) {
    const auto field = request.headers().value("authorization");
    const auto space = field.find(' ');
    if (space == std::string_view::npos || !http::iequals(field.substr(0, space), scheme)) {
        return std::nullopt;
    }
    return field.substr(space + 1);
}

Access::Shown refuse(std::string_view why, std::string_view challenge, std::string_view detail) {
    Access::Shown shown;
    shown.why = why;
    shown.refused = problem(401, why.empty() ? "missing_credentials" : why, detail);
    shown.refused->header("www-authenticate", std::string(challenge));
    return shown;
}

Access::Shown let_in(std::string_view scheme) {
    Access::Shown shown;
    shown.visitor = Access::Visitor{.scheme = scheme, .set_cookie = {}};
    return shown;
}

std::string query_key(const http::Request& request) {
    for (auto& [name, value] : split_query(request.url().query())) {
        if (name == "api_key") {
            return value;
        }
    }
    return {};
}

}  // namespace

std::string_view cookie_of(const http::Request& request, std::string_view name) {
    for (const auto field : request.headers().get_all("cookie")) {
        std::string_view rest = field;
        while (!rest.empty()) {
            auto pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
            pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
            if (pair.substr(0, pair.find('=')) == name && pair.size() > name.size()) {
                return pair.substr(name.size() + 1);
            }
        }
    }
    return {};
}

Access::Access(std::uint64_t seed) : seed_(seed) {
    reset();
}

void Access::reset() {
    keys_ = {{std::string(fixed_key)}, {seed_secret(seed_, "api key", "ak_")}};
    sessions_.clear();
    ids_ = 0;
}

Access::Shown Access::by_key(const http::Request& request, SteadyTime now) const {
    std::string given(request.headers().value("x-api-key"));
    const bool in_query = given.empty() && !(given = query_key(request)).empty();
    constexpr std::string_view challenge = "ApiKey realm=\"api\"";
    if (given.empty()) {
        return refuse("", challenge, "this path takes an API key in the header X-Api-Key");
    }
    Shown shown = refuse("wrong_key", challenge, "this API key is not known");
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i].value == given) {
            shown = now < keys_[i].until
                        ? let_in("key")
                        : refuse("expired_key", challenge, "this API key was replaced");
            if (shown.visitor) {
                shown.visitor->key = i < 2 ? 0 : i - 1;
            }
        }
    }
    shown.in_query = in_query;
    return shown;
}

Access::Shown Access::by_basic(const http::Request& request) const {
    constexpr std::string_view challenge = "Basic realm=\"api\", charset=\"UTF-8\"";
    const auto given = authorization(request, "basic");
    if (!given) {
        return refuse("", challenge, "this path takes user and password (Basic)");
    }
    const auto matches = [&](std::string_view password) {
        return *given == internal::base64(fmt::format("{}:{}", user, password));
    };
    return matches(fixed_password) || matches(seed_secret(seed_, "api password", "pw:"))
               ? let_in("basic")
               : refuse("wrong_password", challenge, "user and password do not fit");
}

Access::Shown Access::by_bearer(const http::Request& request) const {
    const auto given = authorization(request, "bearer");
    if (!given) {
        return refuse("", "Bearer realm=\"api\"", "this path takes a token (Bearer)");
    }
    return *given == fixed_token || *given == seed_secret(seed_, "api token", "at_")
               ? let_in("bearer")
               : refuse("wrong_token", "Bearer realm=\"api\", error=\"invalid_token\"",
                        "this token is not known");
}

Access::Shown Access::by_hmac(const http::Request& request, SystemTime now) const {
    const auto verdict = check_hmac(
        request, signing_key_id,
        {std::string(fixed_signing_key), seed_secret(seed_, "api signing key", "sk_")}, now);
    if (verdict.why.empty()) {
        return let_in("hmac");
    }
    constexpr std::string_view challenge = "HMAC-SHA256 realm=\"api\"";
    auto shown =
        verdict.why == "missing"
            ? refuse("", challenge, "this path takes signed requests (HMAC-SHA256)")
            : refuse(verdict.why, challenge,
                     verdict.text.empty()
                         ? std::string("host and date have to be signed, with keyId and signature")
                         : "signed is, by our reading: " + verdict.text);
    shown.refused->header("date", http::format_http_date(now));
    return shown;
}

Access::Session* Access::find_session(const http::Request& request) {
    const auto id = cookie_of(request, "sid");
    const auto found = std::ranges::find_if(sessions_, [&](const Session& session) {
        return !id.empty() && (session.id == id || session.old_id == id);
    });
    return found == sessions_.end() ? nullptr : &*found;
}

std::string Access::next_id() {
    return seed_secret(seed_, fmt::format("api session {}", ++ids_), "");
}

Access::Shown Access::by_session(const http::Request& request, SteadyTime now) {
    constexpr std::string_view challenge = "Cookie realm=\"api\", cookie-name=sid";
    const auto id = cookie_of(request, "sid");
    if (id.empty()) {
        return refuse("", challenge, "log in first: POST /session");
    }
    Session* session = find_session(request);
    const bool old = session != nullptr && session->old_id == id;
    if (session == nullptr || now - session->last_used > idle_max ||
        (old && session->old_uses_left-- <= 0)) {
        return refuse("stale_session", challenge, "this session is over: log in again");
    }
    session->last_used = now;
    Shown shown = let_in("session");
    shown.visitor->session = session->number;
    if (!old) {
        session->old_id.clear();
    }
    if (++session->requests % requests_per_id == 0 && !old) {
        session->old_id = session->id;
        session->old_uses_left = grace_requests;
        session->id = next_id();
    }
    // Said again until the client shows that it has arrived.
    if (!session->old_id.empty()) {
        shown.visitor->set_cookie = fmt::format("sid={}{}", session->id, session->cookie_end);
    }
    return shown;
}

Access::Shown Access::by_any(const http::Request& request, SteadyTime now) {
    if (request.headers().contains("x-api-key") || !query_key(request).empty()) {
        return by_key(request, now);
    }
    if (authorization(request, "basic")) {
        return by_basic(request);
    }
    if (request.headers().contains("authorization")) {
        return by_bearer(request);
    }
    return cookie_of(request, "sid").empty() ? Shown() : by_session(request, now);
}

std::optional<Access::Visitor> Access::log_in(std::string_view name, std::string_view password,
                                              std::string_view path, bool secure, SteadyTime now) {
    if (name != user ||
        (password != fixed_password && password != seed_secret(seed_, "api password", "pw:"))) {
        return std::nullopt;
    }
    if (sessions_.size() == sessions_max) {
        sessions_.erase(sessions_.begin());
    }
    Session session;
    session.number = static_cast<int>(ids_) + 1;
    session.id = next_id();
    session.last_used = now;
    session.cookie_end =
        fmt::format("; Path={}; HttpOnly; SameSite=Lax{}", path, secure ? "; Secure" : "");
    Visitor visitor{.scheme = "session",
                    .set_cookie = fmt::format("sid={}{}", session.id, session.cookie_end),
                    .session = session.number};
    sessions_.push_back(std::move(session));
    return visitor;
}

void Access::log_out(const http::Request& request) {
    if (const Session* session = find_session(request)) {
        std::erase_if(sessions_, [number = session->number](const Session& other) {
            return other.number == number;
        });
    }
}

std::string Access::rotate_key(SteadyTime now) {
    for (Key& key : keys_) {
        if (key.value != fixed_key) {
            key.until = std::min(key.until, now + old_key_life);
        }
    }
    keys_.push_back({seed_secret(seed_, fmt::format("api key {}", keys_.size()), "ak_")});
    return keys_.back().value;
}

}  // namespace apilab::sandbox::api
