#include "apilab/sandbox/internal/secret_watch.hpp"

#include <algorithm>
#include <array>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/credentials.hpp"

namespace apilab::sandbox::internal {
namespace {

constexpr std::size_t body_looked_at = std::size_t{64} << 10U;

}  // namespace

SecretWatch::SecretWatch(std::uint64_t seed) : secrets_(seed_secrets(seed)) {}

bool SecretWatch::in_text(std::string_view text) const {
    return std::ranges::any_of(
        secrets_, [&](const std::string& secret) { return text.find(secret) != text.npos; });
}

std::string SecretWatch::places_in(const http::Request& request, std::string_view operation) const {
    std::string places;
    const auto note = [&](std::string_view place) {
        places += places.empty() ? "" : ",";
        places += place;
    };
    const auto in_url = [&](std::string_view url) {
        return in_text(url) || (url.contains('%') && in_text(http::percent_decode(url)));
    };
    if (in_url(request.url().path()) || in_url(request.url().query())) {
        note("url");
    }
    if (in_url(request.headers().value("referer"))) {
        note("referer");
    }
    constexpr std::array<std::string_view, 5> made_for_them{"log_in", "revoke", "introspect",
                                                            "device_authorization", "device_code"};
    const bool for_credentials = operation.contains("token") ||
                                 std::ranges::find(made_for_them, operation) != made_for_them.end();
    if (!for_credentials && in_text(std::string_view(request.body()).substr(0, body_looked_at))) {
        note("body");
    }
    return places;
}

}  // namespace apilab::sandbox::internal
