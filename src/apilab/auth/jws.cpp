#include "apilab/auth/jws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/internal/key_material.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth {
namespace {

constexpr std::size_t header_depth_max = 8;

Result<std::string> header_text(const SigningKey& key, const JwsHeaderFields& fields) {
    static constexpr std::array ours{std::string_view("alg"), std::string_view("kid"),
                                     std::string_view("crit"), std::string_view("b64")};
    std::string text = fmt::format("{{\"alg\":\"{}\"", to_string(key.algorithm()));
    if (!key.key_id().empty()) {
        text += ",\"kid\":" + http::json_quote(key.key_id());
    }
    std::set<std::string_view> names(ours.begin(), ours.end());
    for (const auto& [name, value] : fields) {
        if (!names.insert(name).second) {
            return fail(
                ErrorKind::invalid_argument,
                fmt::format("JWS header field '{}' is set by the key or stands there twice", name));
        }
        text += "," + http::json_quote(name) + ":" + http::json_quote(value);
    }
    text += "}";
    if (!valid_utf8(text)) {
        return fail(ErrorKind::invalid_argument, "a JWS header field or key id is not UTF-8");
    }
    return text;
}

std::unexpected<Error> refused(std::string message, std::string_view why) {
    return fail(Error(ErrorKind::auth, std::move(message)).with_detail(std::string(why)));
}

struct Parts {
    /// Header and payload as they stand there, with the dot between.
    std::string_view signed_text;
    std::string header;
    std::string payload;
    std::string signature;
};

Result<Parts> take_apart(std::string_view compact) {
    if (compact.size() > jws_size_max) {
        return fail(ErrorKind::too_large,
                    fmt::format("a JWS of {} bytes is more than {}", compact.size(), jws_size_max));
    }
    if (std::ranges::count(compact, '.') != 2) {
        return refused("a JWS that is not three parts with dots between", "malformed");
    }
    const auto first = compact.find('.');
    const auto second = compact.rfind('.');
    auto header = base64url_decode(compact.substr(0, first));
    auto payload = base64url_decode(compact.substr(first + 1, second - first - 1));
    auto signature = base64url_decode(compact.substr(second + 1));
    if (!header || !payload || !signature) {
        return refused("a JWS with a part that is not base64url", "malformed");
    }
    return Parts{.signed_text = compact.substr(0, second),
                 .header = *std::move(header),
                 .payload = *std::move(payload),
                 .signature = *std::move(signature)};
}

// May this header stand before a signature of that algorithm? It is text from outside until then.
Result<void> check_header(http::Json header, JwsAlgorithm algorithm) {
    std::set<std::string_view> names;
    for (const auto& [name, value] : header.members()) {
        if (!names.insert(name).second) {
            return refused("a JWS header with a member that stands there twice", "malformed");
        }
    }
    const auto named = header["alg"].string_or("");
    if (named != to_string(algorithm)) {
        return refused(fmt::format("a JWS whose 'alg' is {} (expected {}, that of the key)",
                                   named.empty()     ? "missing"
                                   : named == "none" ? "none"
                                                     : "another",
                                   to_string(algorithm)),
                       "algorithm");
    }
    if (names.contains("crit") || names.contains("b64")) {
        return refused("a JWS with extensions that have to be understood", "critical");
    }
    return {};
}

}  // namespace

Result<std::string> sign_jws(const SigningKey& key, const JwsHeaderFields& fields,
                             std::string_view payload) {
    if (payload.size() > jws_size_max) {
        return fail(ErrorKind::too_large,
                    fmt::format("a payload of {} bytes is more than a JWS may have ({})",
                                payload.size(), jws_size_max));
    }
    APILAB_TRY(const auto header, header_text(key, fields));
    std::string text = base64url_encode(header) + "." + base64url_encode(payload);
    APILAB_TRY(const auto signature, internal::sign(key.material(), text));
    text += "." + base64url_encode(signature);
    if (text.size() > jws_size_max) {
        return fail(ErrorKind::too_large,
                    fmt::format("a JWS of {} bytes is more than {}", text.size(), jws_size_max));
    }
    return text;
}

Result<Jws> verify_jws(std::string_view compact, const VerificationKey& key) {
    APILAB_TRY(auto parts, take_apart(compact));
    const auto document = http::JsonDocument::parse(
        parts.header, {.size_max = jws_size_max, .depth_max = header_depth_max});
    if (!document || !document->root().is_object()) {
        return refused("a JWS whose header is no JSON object", "malformed");
    }
    const auto header = document->root();
    APILAB_CHECK(check_header(header, key.algorithm()));
    if (!internal::verify(key.material(), parts.signed_text, parts.signature)) {
        return refused("a JWS whose signature is not of this key", "mismatch");
    }
    return Jws{.header = std::move(parts.header),
               .type = std::string(header["typ"].string_or("")),
               .key_id = std::string(header["kid"].string_or("")),
               .payload = std::move(parts.payload)};
}

}  // namespace apilab::auth
