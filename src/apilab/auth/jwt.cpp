#include "apilab/auth/jwt.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth {
namespace {

constexpr std::size_t value_depth_max = 16;

// Members of one object, in the order in which they are added.
class Members {
public:
    void json(std::string_view name, std::string_view value) {
        text_ += text_.empty() ? "{" : ",";
        text_ += http::json_quote(name) + ":";
        text_ += value;
        twice_ = twice_ || !names_.insert(std::string(name)).second;
    }
    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            json(name, http::json_quote(value));
        }
    }
    void time(std::string_view name, const std::optional<SystemTime>& value) {
        if (value) {
            const auto whole = std::chrono::floor<std::chrono::seconds>(*value);
            json(name, fmt::format("{}", whole.time_since_epoch().count()));
        }
    }
    [[nodiscard]] bool has_one_twice() const { return twice_; }
    [[nodiscard]] std::string take() const { return text_.empty() ? "{}" : text_ + "}"; }

private:
    std::string text_;
    std::set<std::string> names_;
    bool twice_ = false;
};

std::string audience_text(const std::vector<std::string>& audience) {
    if (audience.size() == 1) {
        return http::json_quote(audience.front());
    }
    std::string text = "[";
    for (const auto& one : audience) {
        text += (text.size() > 1 ? "," : "") + http::json_quote(one);
    }
    return text + "]";
}

bool ends_before_it_begins(const JwtClaims& claims) {
    return claims.expires_at && ((claims.issued_at && *claims.expires_at <= *claims.issued_at) ||
                                 (claims.not_before && *claims.expires_at <= *claims.not_before));
}

}  // namespace

Result<std::string> claims_text(const JwtClaims& claims) {
    if (ends_before_it_begins(claims)) {
        return fail(ErrorKind::invalid_argument, "a JWT whose exp is not behind its iat and nbf");
    }
    Members members;
    members.text("iss", claims.issuer);
    members.text("sub", claims.subject);
    if (!claims.audience.empty()) {
        members.json("aud", audience_text(claims.audience));
    }
    members.time("iat", claims.issued_at);
    members.time("nbf", claims.not_before);
    members.time("exp", claims.expires_at);
    members.text("jti", claims.id);
    members.text("scope", claims.scope);
    for (const auto& [name, value] : claims.more) {
        if (!http::JsonDocument::parse(value,
                                       {.size_max = jws_size_max, .depth_max = value_depth_max})) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("the value of the JWT claim '{}' is no JSON", name))
                            .with_remedy("quote text: http::json_quote"));
        }
        members.json(name, value);
    }
    auto text = members.take();
    if (members.has_one_twice()) {
        return fail(ErrorKind::invalid_argument, "a JWT claim stands there twice");
    }
    if (!valid_utf8(text)) {
        return fail(ErrorKind::invalid_argument, "a JWT claim is not UTF-8");
    }
    return text;
}

Result<Secret> sign_jwt(const SigningKey& key, const JwtClaims& claims,
                        const JwsHeaderFields& fields) {
    APILAB_TRY(const auto text, claims_text(claims));
    APILAB_TRY(auto token, sign_jws(key, fields, text));
    return Secret(std::move(token));
}

}  // namespace apilab::auth
