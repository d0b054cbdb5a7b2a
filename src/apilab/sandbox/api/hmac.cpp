#include "apilab/sandbox/api/hmac.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "apilab/base/ascii.hpp"
#include "apilab/http/date.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/webhook/sign.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::string_view scheme = "HMAC-SHA256 ";
constexpr std::size_t field_max = 4096;

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::vector<std::string_view> pieces(std::string_view text, char separator) {
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const auto piece = text.substr(0, text.find(separator));
        text.remove_prefix(std::min(piece.size() + 1, text.size()));
        found.push_back(trimmed(piece));
    }
    return found;
}

std::map<std::string_view, std::string_view> parameters(std::string_view field) {
    std::map<std::string_view, std::string_view> found;
    for (const auto pair : pieces(field, ',')) {
        const auto equals = std::min(pair.find('='), pair.size());
        found.emplace(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    }
    return found;
}

std::string value_of(const http::Request& request, std::string_view name) {
    if (name == "host" && !request.headers().contains(name)) {
        return request.url().authority();
    }
    std::string joined;
    for (const auto value : request.headers().get_all(name)) {
        joined += (joined.empty() ? "" : ", ") + std::string(value);
    }
    return joined;
}

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

HmacVerdict check_hmac(const http::Request& request, std::string_view key_id,
                       const std::vector<std::string>& keys, SystemTime now) {
    const auto field = request.headers().value("authorization");
    if (!field.starts_with(scheme)) {
        return {.why = "missing", .text = {}};
    }
    const auto given = parameters(field.substr(scheme.size(), field_max));
    if (!given.contains("keyId") || !given.contains("signature")) {
        return {.why = "malformed", .text = {}};
    }
    if (given.at("keyId") != key_id) {
        return {.why = "unknown_key", .text = {}};
    }
    const auto listed = given.find("signedheaders");
    const auto names = pieces(listed == given.end() ? "" : listed->second, ';');
    const auto is_signed = [&](std::string_view name) {
        return std::ranges::find(names, name) != names.end();
    };
    const std::string_view date_header = is_signed("x-date") ? "x-date" : "date";
    if (!is_signed("host") || !is_signed(date_header)) {
        return {.why = "unsigned_header", .text = {}};
    }
    HmacVerdict verdict{.why = {}, .text = request.method() + "\n" + request.url().target() + "\n"};
    for (const auto name : names) {
        verdict.text += ascii_lowered(name) + ":" + value_of(request, name) + "\n";
    }
    verdict.text += internal::sha256_hex(request.body());
    const auto date = http::parse_http_date(request.headers().value(date_header));
    const bool good = std::ranges::any_of(keys, [&](const std::string& key) {
        return same(given.at("signature"), webhook::hmac_sha256_hex(key, verdict.text));
    });
    if (!good) {
        verdict.why = "wrong_signature";
    } else if (!date || std::chrono::abs(*date - now) > hmac_window) {
        verdict.why = "wrong_date";
    }
    return verdict;
}

}  // namespace apilab::sandbox::api
