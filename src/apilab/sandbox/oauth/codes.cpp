#include "apilab/sandbox/oauth/codes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/internal/jose.hpp"

namespace apilab::sandbox::oauth {
namespace {

constexpr std::size_t verifier_min = 43;
constexpr std::size_t verifier_max = 128;

bool proves(const Authorization& asked, std::string_view verifier) {
    return is_verifier(verifier) &&
           internal::same_secret(asked.challenge, asked.method == "S256" ? internal::s256(verifier)
                                                                         : std::string(verifier));
}

}  // namespace

bool is_verifier(std::string_view text) {
    return text.size() >= verifier_min && text.size() <= verifier_max &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      std::string_view("-._~").contains(c);
           });
}

std::string Codes::add(Authorization authorization, SteadyTime now) {
    const auto number = ++added_;
    auto code = seed_secret(options_.seed, fmt::format("code {}", number), "code_");
    codes_.insert_or_assign(code, Entry{.authorization = std::move(authorization),
                                        .number = number,
                                        .expires = now + options_.lifetime});
    if (codes_.size() > codes_max) {
        codes_.erase(std::ranges::min_element(
            codes_, {}, [](const auto& entry) { return entry.second.number; }));
    }
    return code;
}

Redeemed Codes::redeem(std::string_view code, std::string_view client,
                       std::optional<std::string_view> redirect_uri,
                       std::optional<std::string_view> verifier, SteadyTime now) const {
    const auto found = codes_.find(code);
    if (found == codes_.end()) {
        return {.why = "the code is not known"};
    }
    const Entry& entry = found->second;
    const Authorization& asked = entry.authorization;
    Redeemed result{.number = entry.number};
    if (asked.client != client) {
        result.why = "the code was given to another client";
    } else if (entry.family != 0) {
        result.why = "the code was used before; its tokens are revoked";
        result.replay_of = entry.family;
    } else if (now >= entry.expires) {
        result.why = "the code has expired";
    } else if (redirect_uri.value_or("") != asked.redirect_uri) {
        result.why = "redirect_uri is not that of the authorisation request";
    } else if (asked.challenge.empty() && verifier) {
        result.why = "a code_verifier for a request without code_challenge";
    } else if (!asked.challenge.empty() && !verifier) {
        result.why = "code_verifier is missing";
    } else if (!asked.challenge.empty() && !proves(asked, *verifier)) {
        result.why = "code_verifier does not fit the code_challenge";
    } else {
        result.granted = asked;
    }
    return result;
}

void Codes::use(std::string_view code, std::uint64_t family) {
    if (const auto found = codes_.find(code); found != codes_.end()) {
        found->second.family = family;
    }
}

void Codes::expire(std::string_view code) {
    if (const auto found = codes_.find(code); found != codes_.end()) {
        found->second.expires = SteadyTime::min();
    }
}

void Codes::reset() {
    codes_.clear();
    added_ = 0;
}

}  // namespace apilab::sandbox::oauth
