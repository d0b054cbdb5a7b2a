// What a client does with tokens: judged by the facts that token endpoints and protected resources
// note (oauth/wire.hpp).

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

using std::chrono::seconds;

/// So soon after a token came, another one is not needed.
constexpr Duration fresh = seconds(5);
/// So many requests refused with one token make a crowd.
constexpr std::size_t crowd = 3;
/// Requests for one token: one is right, up to three are remarked on.
constexpr std::size_t refreshes_hard = 3;
/// A request may go round twice: the token may expire just after it was fetched.
constexpr std::size_t cycles_max = 2;

bool is_token_request(const Exchange& row) {
    return row.facts.contains("grant") && row.facts.contains("credential");
}

// Refused because of a token that had been good once.
bool is_stale(const Exchange& row) {
    return row.status == 401 && row.answered() && row.facts.contains("credential") &&
           row.facts.contains("token");
}

std::map<std::string_view, std::vector<const Exchange*>> by_credential(const Evidence& evidence) {
    std::map<std::string_view, std::vector<const Exchange*>> requests;
    for (const Exchange& row : *evidence.rows) {
        if (is_token_request(row)) {
            requests[fact(row, "credential")].push_back(&row);
        }
    }
    return requests;
}

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

// No fresh token could be had for that credential any more, or there was no time left.
bool excused(const Evidence& evidence, const Exchange& stale) {
    if (evidence.running_at && *evidence.running_at < *stale.finished + fresh) {
        return true;
    }
    for (const Exchange& row : *evidence.rows) {
        if (!is_token_request(row) || fact(row, "credential") != fact(stale, "credential")) {
            continue;
        }
        const bool after = !row.finished || *row.finished >= *stale.finished;
        if (fact(row, "error") == "invalid_grant" || (after && row.status >= 400)) {
            return true;
        }
        if (after && row.status == 200) {
            return false;  // there it was
        }
    }
    return false;
}

// The requests that repeat `stale`, up to the one that ended it.
std::vector<const Exchange*> repeats_of(const Evidence& evidence, const Exchange& stale) {
    std::vector<const Exchange*> repeats;
    for (const Exchange& row : *evidence.rows) {
        if (row.seq > stale.seq && row.provider == stale.provider &&
            row.identity == stale.identity && row.first_byte >= *stale.finished) {
            repeats.push_back(&row);
            if (row.status != 401) {
                break;
            }
        }
    }
    return repeats;
}

Finding one_refresh_one_replay(const Evidence& evidence) {
    std::size_t refused = 0;
    std::size_t replayed = 0;
    std::size_t given_up = 0;
    std::size_t stubborn = 0;
    Finding proof;
    Finding good;
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Exchange& stale : *evidence.rows) {
        if (!is_stale(stale) || !seen.emplace(stale.provider, stale.identity).second) {
            continue;
        }
        ++refused;
        const auto repeats = repeats_of(evidence, stale);
        const bool same = std::ranges::any_of(repeats, [&](const Exchange* row) {
            return fact(*row, "token") == fact(stale, "token");
        });
        if (same || repeats.size() > cycles_max) {
            ++stubborn;
            proof.prove(stale);
            proof.prove(*repeats.front());
        } else if (!repeats.empty()) {
            ++replayed;
            good.prove(stale);
            good.prove(*repeats.front());
        } else if (!excused(evidence, stale)) {
            ++given_up;
            proof.prove(stale);
        }
    }
    if (stubborn + given_up > 0) {
        return with_rows(
            Finding::fail(fmt::format("of {} requests refused for a stale token {} were given up "
                                      "and {} sent again with the same token or without end",
                                      refused, given_up, stubborn)),
            std::move(proof));
    }
    if (replayed == 0) {
        return Finding::not_exercised(refused == 0
                                          ? "no request was refused for a stale token"
                                          : "no fresh token could be had for what was refused");
    }
    return with_rows(Finding::pass(fmt::format(
                         "{} request{} refused for a stale token {} sent once more with a "
                         "fresh one",
                         replayed, replayed == 1 ? "" : "s", replayed == 1 ? "was" : "were each")),
                     std::move(good));
}

// Was a fresh token of that credential there, or on its way, when this request for one came?
bool needless(const Evidence& evidence, const std::vector<const Exchange*>& requests,
              const Exchange& asked) {
    return std::ranges::any_of(requests, [&](const Exchange* earlier) {
        if (earlier->seq >= asked.seq) {
            return false;
        }
        if (!earlier->finished || *earlier->finished > asked.first_byte) {
            return true;
        }
        const auto number = fact(*earlier, "issued");
        const bool spent = std::ranges::any_of(*evidence.rows, [&](const Exchange& row) {
            return is_stale(row) && fact(row, "token") == number &&
                   *row.finished <= asked.first_byte;
        });
        return !number.empty() && !spent && asked.first_byte < *earlier->finished + fresh;
    });
}

bool met_a_crowd(const Evidence& evidence) {
    std::map<std::string_view, std::size_t> refused;
    return std::ranges::any_of(*evidence.rows, [&](const Exchange& row) {
        return is_stale(row) && ++refused[fact(row, "token")] >= crowd;
    });
}

Finding one_refresh_for_all(const Evidence& evidence) {
    std::size_t most = 1;
    Finding proof;
    for (const auto& [credential, requests] : by_credential(evidence)) {
        std::size_t hits = 0;
        Finding these;
        for (const Exchange* asked : requests) {
            if (!needless(evidence, requests, *asked)) {
                hits = 0;
                these.rows.clear();
            }
            ++hits;
            these.prove(*asked);
            if (hits > most || proof.rows.empty()) {
                most = std::max(most, hits);
                proof = these;
            }
        }
    }
    if (most > refreshes_hard) {
        return with_rows(
            Finding::fail(fmt::format("{} requests for one new token of one credential", most)),
            std::move(proof));
    }
    if (most == 1 && !met_a_crowd(evidence)) {
        return Finding::not_exercised(
            fmt::format("never did {} requests meet the same stale token", crowd));
    }
    auto finding = with_rows(
        Finding::pass(most == 1 ? std::string("one request for each new token, however many waited")
                                : fmt::format("up to {} requests for one new token", most)),
        std::move(proof));
    finding.warning = most > 1;
    return finding;
}

Finding stops_at_invalid_grant(const Evidence& evidence) {
    std::size_t ended = 0;
    std::size_t offences = 0;
    Finding proof;
    Finding good;
    for (const auto& [credential, requests] : by_credential(evidence)) {
        const auto refused = std::ranges::find_if(requests, [](const Exchange* row) {
            return fact(*row, "error") == "invalid_grant" && row->answered();
        });
        if (refused == requests.end()) {
            continue;
        }
        ++ended;
        good.prove(**refused);
        const SteadyTime silence = *(*refused)->finished + evidence.options.drain;
        std::size_t asked_again = 0;
        for (const Exchange& row : *evidence.rows) {
            if (fact(row, "credential") != credential || row.first_byte <= silence) {
                continue;
            }
            // One look more at the token endpoint is forgiven.
            const bool again = is_token_request(row) && ++asked_again > 1;
            if (again || is_stale(row)) {
                ++offences;
                proof.prove(**refused);
                proof.prove(row);
            }
        }
    }
    if (ended == 0) {
        return Finding::not_exercised("no refresh was answered invalid_grant");
    }
    if (offences == 0) {
        return with_rows(Finding::pass(fmt::format(
                             "after invalid_grant nothing more was asked for {} credential{}",
                             ended, ended == 1 ? "" : "s")),
                         std::move(good));
    }
    return with_rows(
        Finding::fail(
            fmt::format("{} requests after invalid_grant, which only a person can mend", offences)),
        std::move(proof));
}

Finding newest_refresh_token(const Evidence& evidence) {
    std::size_t rotations = 0;
    std::size_t old = 0;
    Finding proof;
    Finding good;
    for (const auto& [credential, requests] : by_credential(evidence)) {
        std::map<std::string_view, const Exchange*> issued;
        for (const Exchange* row : requests) {
            const auto replay = issued.find(fact(*row, "replay_of"));
            // Those that set out together know nothing of each other: AUT-03 sees them. Whose
            // answer was lost has nothing but the old one: AUT-09 does.
            if (replay != issued.end() && replay->second->answered() &&
                row->first_byte > *replay->second->finished) {
                ++old;
                proof.prove(*replay->second);
                proof.prove(*row);
            }
            if (fact(*row, "grant") == "refresh_token" && row->status == 200) {
                rotations += issued.empty() ? 0 : 1;
                good.prove(*row);
                issued.emplace(fact(*row, "issued"), row);
            }
        }
    }
    if (old > 0) {
        return with_rows(
            Finding::fail(fmt::format(
                "{} times a refresh token was used that had been exchanged before", old)),
            std::move(proof));
    }
    if (rotations == 0) {
        return Finding::not_exercised("no credential was refreshed twice");
    }
    return with_rows(Finding::pass(fmt::format("{} refresh{} by the newest token", rotations,
                                               rotations == 1 ? "" : "es")),
                     std::move(good));
}

Finding secrets_stay_home(const Evidence& evidence) {
    std::size_t leaks = 0;
    bool tokens = false;
    bool resources = false;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        tokens = tokens || is_token_request(row);
        resources = resources || row.facts.contains("token");
        if (row.facts.contains("leak")) {
            ++leaks;
            proof.prove(row);
        }
    }
    if (leaks > 0) {
        return with_rows(
            Finding::fail(fmt::format("{} requests carried a refresh token, a client secret or a "
                                      "token in the query to where it does not belong",
                                      leaks)),
            std::move(proof));
    }
    return tokens && resources
               ? Finding::pass("refresh tokens and client secrets went to the token endpoint only")
               : Finding::not_exercised("no token was fetched and used");
}

}  // namespace

void add_auth_checks(CheckList& list) {
    const auto add = [&](std::string_view id, CheckKind kind, CheckLevel level,
                         std::string_view title, std::string_view source,
                         Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("AUT-02", CheckKind::must, CheckLevel::recommended,
        "after 401 fetches a fresh token and sends the request once more",
        "RFC 6750 section 3.1; RFC 6749 section 1.5", one_refresh_one_replay);
    add("AUT-03", CheckKind::must, CheckLevel::recommended,
        "fetches one new token for all who wait", "RFC 9700 section 4.14", one_refresh_for_all);
    add("AUT-06", CheckKind::never, CheckLevel::normative, "never goes on after invalid_grant",
        "RFC 6749 section 5.2", stops_at_invalid_grant);
    add("AUT-08", CheckKind::never, CheckLevel::normative,
        "never uses a refresh token that has been exchanged", "RFC 9700 section 4.14",
        newest_refresh_token);
    add("AUT-11", CheckKind::never, CheckLevel::normative,
        "never shows refresh token or client secret to anyone but the token endpoint",
        "RFC 6749 section 10.4", secrets_stay_home);
}

}  // namespace apilab::sandbox::internal
