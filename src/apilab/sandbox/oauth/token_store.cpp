#include "apilab/sandbox/oauth/token_store.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/sandbox/credentials.hpp"

namespace apilab::sandbox::oauth {

std::string_view to_string(TokenState state) {
    switch (state) {
        case TokenState::unknown:
            return "unknown";
        case TokenState::live:
            return "live";
        case TokenState::expired:
            return "expired";
        case TokenState::revoked:
            return "revoked";
    }
    return "unknown";
}

void TokenStore::add_refresh(const std::string& token, Refresh refresh) {
    if (refresh_.insert_or_assign(token, std::move(refresh)).second) {
        refresh_order_.push_back(token);
    }
    if (refresh_.size() > tokens_max) {
        refresh_.erase(refresh_order_.front());
        refresh_order_.pop_front();
    }
}

void TokenStore::add_consent(const std::string& refresh_token, Grant grant, bool withdrawn) {
    add_refresh(refresh_token,
                {.grant = std::move(grant), .family = ++families_, .revoked = withdrawn});
}

Issued TokenStore::issue_in(std::uint64_t family, const Grant& grant, SteadyTime now) {
    Issued issued{
        .lifetime = options_.lifetime, .grant = grant, .number = ++issued_, .family = family};
    issued.access_token = seed_secret(options_.seed, fmt::format("access token {}", issued.number),
                                      options_.access_prefix);
    access_.insert_or_assign(issued.access_token, Access{.grant = grant,
                                                         .number = issued.number,
                                                         .family = family,
                                                         .expires = now + options_.lifetime});
    access_order_.push_back(issued.access_token);
    if (access_.size() > tokens_max) {
        access_.erase(access_order_.front());
        access_order_.pop_front();
    }
    return issued;
}

Issued TokenStore::issue(Grant grant, bool with_refresh, SteadyTime now) {
    auto issued = issue_in(++families_, grant, now);
    if (with_refresh) {
        issued.refresh_token = seed_secret(
            options_.seed, fmt::format("refresh token {}", issued.number), options_.refresh_prefix);
        add_refresh(issued.refresh_token, {.grant = std::move(grant), .family = issued.family});
    }
    return issued;
}

Issued TokenStore::issue_beside(std::string_view token, const Grant& grant, SteadyTime now) {
    return issue_in(family_of(token), grant, now);
}

Refreshed TokenStore::refresh(std::string_view refresh_token, std::string_view client,
                              RefreshRules rules, SteadyTime now) {
    const auto found = refresh_.find(refresh_token);
    if (found == refresh_.end() || found->second.grant.client != client) {
        return {};
    }
    Refresh& old = found->second;
    Refreshed result{.family = old.family, .replay_of = old.used_for};
    const bool replayed = old.used_for != 0 && now >= old.used_at + rules.grace;
    if (replayed && rules.revoke_family) {
        end_family(old.family);
    }
    if (replayed || old.revoked) {
        return result;
    }
    // A copy: adding the new one may forget the old.
    const Grant grant = old.grant;
    result.issued = issue_in(result.family, grant, now);
    if (rules.rotate) {
        if (old.used_for == 0) {
            old.used_for = result.issued->number;
            old.used_at = now;
        }
        result.issued->refresh_token =
            seed_secret(options_.seed, fmt::format("refresh token {}", result.issued->number),
                        options_.refresh_prefix);
        add_refresh(result.issued->refresh_token, {.grant = grant, .family = result.family});
    }
    return result;
}

TokenFacts TokenStore::access(std::string_view token, SteadyTime now) const {
    const auto found = access_.find(token);
    if (found == access_.end()) {
        return {};
    }
    const Access& known = found->second;
    const auto state = known.revoked          ? TokenState::revoked
                       : now >= known.expires ? TokenState::expired
                                              : TokenState::live;
    return {.state = state,
            .grant = known.grant,
            .number = known.number,
            .family = known.family,
            .expires = known.expires};
}

TokenFacts TokenStore::refresh_token(std::string_view token) const {
    const auto found = refresh_.find(token);
    if (found == refresh_.end()) {
        return {};
    }
    const Refresh& known = found->second;
    return {.state = known.revoked || known.used_for != 0 ? TokenState::revoked : TokenState::live,
            .grant = known.grant,
            .family = known.family,
            .expires = SteadyTime::max()};
}

bool TokenStore::expire(std::string_view token) {
    if (const auto found = access_.find(token); found != access_.end()) {
        found->second.expires = SteadyTime::min();
        return true;
    }
    const auto found = refresh_.find(token);
    if (found == refresh_.end()) {
        return false;
    }
    found->second.revoked = true;
    return true;
}

std::uint64_t TokenStore::family_of(std::string_view token) const {
    if (const auto access = access_.find(token); access != access_.end()) {
        return access->second.family;
    }
    const auto refresh = refresh_.find(token);
    return refresh == refresh_.end() ? 0 : refresh->second.family;
}

void TokenStore::end_family(std::uint64_t family) {
    if (family == 0) {
        return;
    }
    for (auto& [value, access] : access_) {
        access.revoked = access.revoked || access.family == family;
    }
    for (auto& [value, refresh] : refresh_) {
        refresh.revoked = refresh.revoked || refresh.family == family;
    }
}

bool TokenStore::revoke(std::string_view token) {
    if (const auto access = access_.find(token); access != access_.end()) {
        access->second.revoked = true;
        return true;
    }
    return revoke_family(token);
}

bool TokenStore::revoke_family(std::string_view token) {
    const auto family = family_of(token);
    end_family(family);
    return family != 0;
}

bool TokenStore::end(std::string_view token, std::string_view how) {
    std::string value(token);
    for (const auto& [name, access] : access_) {
        if (std::to_string(access.number) == token) {
            value = name;
        }
    }
    return how == "revoke" ? revoke_family(value) : expire(value);
}

void TokenStore::reset() {
    access_.clear();
    refresh_.clear();
    access_order_.clear();
    refresh_order_.clear();
    issued_ = 0;
    families_ = 0;
}

}  // namespace apilab::sandbox::oauth
