#include "apilab/sandbox/oauth/devices.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/sandbox/credentials.hpp"

namespace apilab::sandbox::oauth {
namespace {

constexpr std::size_t half = 4;
constexpr Duration slower = std::chrono::seconds(5);
// Packets that left an interval apart may arrive a little closer.
constexpr Duration tolerance = std::chrono::milliseconds(200);
constexpr std::uint64_t approval_min = 6;
constexpr std::uint64_t approval_spread = 15;

std::string user_code_of(std::uint64_t seed, std::uint64_t number) {
    constexpr std::string_view letters = "BCDFGHJKLMNPQRST";
    std::string code;
    for (const char c : seed_secret(seed, fmt::format("user code {}", number), "")
                            .substr(0, std::size_t{2} * half)) {
        code += code.size() == half ? "-" : "";
        code += letters[static_cast<std::size_t>(c >= 'a' ? c - 'a' + 10 : c - '0')];
    }
    return code;
}

// In capitals, without what people put between.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c >= 'a' && c <= 'z') {
            out += static_cast<char>(c - 'a' + 'A');
        } else if (c >= 'A' && c <= 'Z') {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string_view error_of(DevicePoll::State state) {
    using State = DevicePoll::State;
    switch (state) {
        case State::pending:
            return "authorization_pending";
        case State::too_fast:
            return "slow_down";
        case State::denied:
            return "access_denied";
        case State::expired:
            return "expired_token";
        case State::unknown:
            return "invalid_grant";
        case State::approved:
            break;
    }
    return {};
}

Duration Devices::approval_of(std::uint64_t number) const {
    if (options_.approves_after) {
        return *options_.approves_after;
    }
    const auto digits = seed_secret(options_.seed, fmt::format("device approval {}", number), "");
    return std::chrono::seconds(approval_min +
                                std::stoul(digits.substr(0, half), nullptr, 16) % approval_spread);
}

DeviceCode Devices::add(std::string client, std::string scope, SteadyTime now) {
    DeviceCode fresh{.number = ++added_};
    fresh.device_code = seed_secret(options_.seed, fmt::format("device code {}", added_), "dc_");
    fresh.user_code = user_code_of(options_.seed, added_);
    Entry entry{.client = std::move(client),
                .scope = std::move(scope),
                .user_code = fresh.user_code,
                .number = added_,
                .expires = now + options_.lifetime,
                .interval = options_.interval};
    if (const auto after = approval_of(added_); after >= Duration::zero()) {
        entry.approved = now + after;
    }
    codes_.insert_or_assign(fresh.device_code, std::move(entry));
    if (codes_.size() > codes_max) {
        codes_.erase(std::ranges::min_element(codes_, {},
                                              [](const auto& one) { return one.second.number; }));
    }
    return fresh;
}

DevicePoll Devices::poll(std::string_view device_code, std::string_view client, SteadyTime now) {
    using State = DevicePoll::State;
    const auto found = codes_.find(device_code);
    if (found == codes_.end() || found->second.client != client) {
        return {};
    }
    Entry& entry = found->second;
    DevicePoll result{.number = entry.number, .client = entry.client, .scope = entry.scope};
    const bool hasty = entry.polled && now + tolerance < *entry.polled + entry.interval;
    entry.polled = now;
    if (entry.used) {
        result.state = State::unknown;
    } else if (entry.denied) {
        result.state = State::denied;
    } else if (now >= entry.expires) {
        result.state = State::expired;
    } else if (hasty) {
        entry.interval += slower;
        result.state = State::too_fast;
    } else if (entry.approved && now >= *entry.approved) {
        entry.used = true;
        result.state = State::approved;
    } else {
        result.state = State::pending;
    }
    return result;
}

bool Devices::decide(std::string_view user_code, bool consents, SteadyTime now) {
    const auto wanted = plain(user_code);
    for (auto& [code, entry] : codes_) {
        if (plain(entry.user_code) == wanted && !entry.used && !entry.denied &&
            now < entry.expires) {
            entry.denied = !consents;
            entry.approved = now;
            return true;
        }
    }
    return false;
}

void Devices::deny(std::string_view device_code) {
    if (const auto found = codes_.find(device_code); found != codes_.end()) {
        found->second.denied = true;
    }
}

void Devices::expire(std::string_view device_code) {
    if (const auto found = codes_.find(device_code); found != codes_.end()) {
        found->second.expires = SteadyTime::min();
    }
}

void Devices::reset() {
    codes_.clear();
    added_ = 0;
}

}  // namespace apilab::sandbox::oauth
