// What a client does before it has a token, and when tokens do not help: judged by the facts of
// oauth/wire.hpp. Its neighbour checks_auth.cpp looks at the everyday life of tokens.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

/// Two requests of one identity so far apart are two operations.
constexpr Duration apart = std::chrono::seconds(30);
/// A refresh so soon after a refusal is because of it.
constexpr Duration because = std::chrono::seconds(5);
/// The first one that was refused, and two fresh ones: a token may die just after it was fetched.
constexpr std::size_t dead_tokens_max = 3;
/// Shorter than this is no wait.
constexpr Duration wait_min = std::chrono::milliseconds(50);
/// So many tokens lived through make a habit.
constexpr std::size_t lives_min = 3;

bool asks_for_token(const Exchange& row) {
    return row.facts.contains("grant") && row.facts.contains("credential");
}

bool bears_token(const Exchange& row) {
    return row.facts.contains("token") && row.facts.contains("credential");
}

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

/// Requests that mean the same, each soon after the one before.
using Chain = std::vector<const Exchange*>;
std::vector<Chain> chains_of(const Evidence& evidence) {
    std::map<std::pair<std::string_view, std::string_view>, Chain> open;
    std::vector<Chain> chains;
    for (const Exchange& row : *evidence.rows) {
        if (!bears_token(row)) {
            continue;
        }
        auto& chain = open[{row.provider, row.identity}];
        if (!chain.empty() && row.first_byte > chain.back()->complete + apart) {
            chains.push_back(std::exchange(chain, {}));
        }
        chain.push_back(&row);
    }
    for (auto& [identity, chain] : open) {
        chains.push_back(std::move(chain));
    }
    return chains;
}

Finding fresh_tokens_that_do_not_help(const Evidence& evidence) {
    std::size_t met = 0;
    std::size_t endless = 0;
    Finding proof;
    Finding good;
    for (const Chain& chain : chains_of(evidence)) {
        std::set<std::string_view> refused;
        for (const Exchange* row : chain) {
            if (row->status == 401 && row->answered()) {
                refused.insert(fact(*row, "token"));
            }
        }
        if (refused.size() < 2) {
            continue;
        }
        ++met;
        const bool bad = refused.size() > dead_tokens_max;
        endless += bad ? 1 : 0;
        for (const Exchange* row : chain) {
            (bad ? proof : good).prove(*row);
        }
    }
    if (met == 0) {
        return Finding::not_exercised("no fresh token was refused as well");
    }
    return endless == 0
               ? with_rows(Finding::pass(fmt::format(
                               "{} request{} whose fresh token was refused as well ended there",
                               met, met == 1 ? "" : "s")),
                           std::move(good))
               : with_rows(Finding::fail(fmt::format(
                               "{} requests were sent with more than {} tokens, each refused",
                               endless, dead_tokens_max)),
                           std::move(proof));
}

// A refresh for which there is no other reason than that refusal.
const Exchange* needless_refresh(const Evidence& evidence, const Exchange& refused) {
    for (const Exchange& row : *evidence.rows) {
        if (row.seq <= refused.seq || fact(row, "credential") != fact(refused, "credential")) {
            continue;
        }
        if (row.first_byte > *refused.finished + because ||
            (bears_token(row) && row.status == 401)) {
            return nullptr;
        }
        if (asks_for_token(row) && row.first_byte >= *refused.finished) {
            return &row;
        }
    }
    return nullptr;
}

Finding scope_is_not_refreshed(const Evidence& evidence) {
    std::size_t refused = 0;
    std::size_t refreshed = 0;
    std::size_t again = 0;
    Finding proof;
    Finding good;
    for (const Chain& chain : chains_of(evidence)) {
        const auto first = std::ranges::find_if(
            chain, [](const Exchange* row) { return row->status == 403 && row->answered(); });
        if (first == chain.end()) {
            continue;
        }
        ++refused;
        good.prove(**first);
        if (const auto* row = needless_refresh(evidence, **first)) {
            ++refreshed;
            proof.prove(**first);
            proof.prove(*row);
        }
        if (std::distance(first, chain.end()) > 1) {
            ++again;
            proof.prove(**first);
            proof.prove(**(first + 1));
        }
    }
    if (refused == 0) {
        return Finding::not_exercised("no token was refused with 403");
    }
    if (refreshed + again == 0) {
        return with_rows(Finding::pass(fmt::format("{} refusal{} with 403 taken as they are",
                                                   refused, refused == 1 ? "" : "s")),
                         std::move(good));
    }
    return with_rows(Finding::fail(fmt::format("of {} refusals with 403 {} were answered by a "
                                               "refresh and {} by the same request again",
                                               refused, refreshed, again)),
                     std::move(proof));
}

/// The token requests of each credential.
std::map<std::string_view, Chain> token_requests(const Evidence& evidence) {
    std::map<std::string_view, Chain> requests;
    for (const Exchange& row : *evidence.rows) {
        if (asks_for_token(row)) {
            requests[fact(row, "credential")].push_back(&row);
        }
    }
    return requests;
}

bool is_trouble(const Exchange& row) {
    return row.answered() && (row.status >= 500 || row.status == 429);
}

Finding trouble_is_waited_out(const Evidence& evidence) {
    std::size_t troubles = 0;
    std::size_t hasty = 0;
    std::size_t lost = 0;
    Finding proof;
    Finding good;
    for (const auto& [credential, requests] : token_requests(evidence)) {
        for (auto row = requests.begin(); row != requests.end(); ++row) {
            if (!is_trouble(**row)) {
                continue;
            }
            ++troubles;
            good.prove(**row);
            const bool soon = row + 1 != requests.end() &&
                              (*(row + 1))->first_byte >= *(*row)->finished &&
                              (*(row + 1))->first_byte < *(*row)->finished + wait_min;
            const bool came_back = std::any_of(row + 1, requests.end(), [](const Exchange* later) {
                return later->status >= 200 && later->status < 300;
            });
            hasty += soon ? 1 : 0;
            lost += came_back ? 0 : 1;
            if (soon || !came_back) {
                proof.prove(**row);
            }
        }
    }
    if (troubles == 0) {
        return Finding::not_exercised("the token endpoint had no trouble");
    }
    if (hasty + lost == 0) {
        return with_rows(Finding::pass(fmt::format(
                             "{} troubles of the token endpoint were waited out", troubles)),
                         std::move(good));
    }
    return with_rows(Finding::fail(fmt::format(
                         "of {} troubles of the token endpoint {} were met by a request at "
                         "once, and after {} no token was had any more",
                         troubles, hasty, lost)),
                     std::move(proof));
}

Finding lost_rotation(const Evidence& evidence) {
    std::size_t lost = 0;
    std::size_t wrong = 0;
    Finding proof;
    Finding good;
    for (const auto& [credential, requests] : token_requests(evidence)) {
        for (const Exchange* row : requests) {
            if (fact(*row, "grant") != "refresh_token" || !row->facts.contains("issued") ||
                row->answered() || !row->finished) {
                continue;
            }
            ++lost;
            const auto again = std::ranges::count_if(requests, [&](const Exchange* later) {
                return fact(*later, "replay_of") == fact(*row, "issued");
            });
            wrong += again == 1 ? 0 : 1;
            (again == 1 ? good : proof).prove(*row);
        }
    }
    if (lost == 0) {
        return Finding::not_exercised("no new refresh token was lost on its way");
    }
    return wrong == 0
               ? with_rows(Finding::pass(fmt::format(
                               "{} lost answer{} asked for once more with the old refresh token",
                               lost, lost == 1 ? " was" : "s were each")),
                           std::move(good))
               : with_rows(Finding::fail(fmt::format(
                               "of {} lost answers {} were not asked for exactly once more", lost,
                               wrong)),
                           std::move(proof));
}

Finding refreshed_in_time(const Evidence& evidence) {
    std::map<std::string_view, std::set<std::string_view>> lived;
    std::set<std::string_view> ended;
    std::size_t late = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (!bears_token(row)) {
            continue;
        }
        const auto token = fact(row, "token");
        lived[fact(row, "credential")].insert(token);
        if (row.decision == Exchange::Decision::fault) {
            ended.insert(token);  // not of old age
        }
        if (row.status == 401 && fact(row, "token_state") == "expired" && !ended.contains(token)) {
            ++late;
            proof.prove(row);
        }
    }
    if (late > 0) {
        return with_rows(
            Finding::fail(fmt::format("{} requests with a token that had expired", late)),
            std::move(proof));
    }
    const auto most =
        std::ranges::max_element(lived, {}, [](const auto& entry) { return entry.second.size(); });
    if (most == lived.end() || most->second.size() < lives_min) {
        return Finding::not_exercised(fmt::format("no {} tokens were lived through", lives_min));
    }
    return Finding::pass(
        fmt::format("{} tokens one after the other, none used too late", most->second.size()));
}

Finding foreign_answers_are_refused(const Evidence& evidence) {
    std::map<std::string_view, const Exchange*> tampered;
    std::size_t redeemed = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (row.facts.contains("tampered")) {
            tampered.emplace(fact(row, "authorization"), &row);
            good.prove(row);
        }
        if (const auto asked = tampered.find(fact(row, "code")); asked != tampered.end()) {
            ++redeemed;
            proof.prove(*asked->second);
            proof.prove(row);
        }
    }
    if (tampered.empty()) {
        return Finding::not_exercised("no answer of an authorisation endpoint was another's");
    }
    return redeemed == 0
               ? with_rows(Finding::pass(fmt::format(
                               "{} answer{} with another's state or issuer went no further",
                               tampered.size(), tampered.size() == 1 ? "" : "s")),
                           std::move(good))
               : with_rows(Finding::fail(fmt::format(
                               "{} codes were redeemed that came with another's state or issuer",
                               redeemed)),
                           std::move(proof));
}

Finding challenges_are_sent(const Evidence& evidence) {
    std::size_t asked = 0;
    std::size_t open = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (!row.facts.contains("pkce")) {
            continue;
        }
        ++asked;
        if (fact(row, "pkce") != "S256") {
            ++open;
            proof.prove(row);
        }
    }
    if (asked == 0) {
        return Finding::not_exercised("nobody was asked for consent");
    }
    return open == 0
               ? Finding::pass(fmt::format("{} authorisation requests, each with S256", asked))
               : with_rows(Finding::fail(fmt::format(
                               "{} of {} authorisation requests came without an S256 challenge",
                               open, asked)),
                           std::move(proof));
}

Finding devices_are_patient(const Evidence& evidence) {
    std::map<std::string_view, const Exchange*> over;
    std::set<std::string_view> polled;
    std::size_t hasty = 0;
    std::size_t after = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (!row.facts.contains("device") || !row.facts.contains("grant")) {
            continue;
        }
        const auto device = fact(row, "device");
        const auto error = fact(row, "error");
        polled.insert(device);
        const auto end = over.find(device);
        // Those under way when the end came know nothing of it.
        if (end != over.end() && end->second->finished && row.first_byte > *end->second->finished) {
            ++after;
            proof.prove(row);
        }
        if (error == "slow_down") {
            ++hasty;
            proof.prove(row);
        } else if (error != "authorization_pending" && row.answered()) {
            over.emplace(device, &row);
        }
    }
    if (polled.empty()) {
        return Finding::not_exercised("no device code was polled");
    }
    return hasty + after == 0
               ? Finding::pass(fmt::format("{} device code{} polled no faster than told",
                                           polled.size(), polled.size() == 1 ? "" : "s"))
               : with_rows(Finding::fail(fmt::format(
                               "{} polls came too fast, {} after the last word", hasty, after)),
                           std::move(proof));
}

}  // namespace

void add_consent_checks(CheckList& list) {
    const auto add = [&](std::string_view id, CheckKind kind, CheckLevel level,
                         std::string_view title, std::string_view source,
                         Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    using Kind = CheckKind;
    using Level = CheckLevel;
    add("AUT-04", Kind::never, Level::recommended,
        "never fetches tokens without end where fresh ones are refused", "RFC 6750 section 3.1",
        fresh_tokens_that_do_not_help);
    add("AUT-05", Kind::never, Level::recommended,
        "never answers insufficient_scope with a refresh or the same request",
        "RFC 6750 section 3.1", scope_is_not_refreshed);
    add("AUT-07", Kind::must, Level::recommended,
        "waits where the token endpoint has trouble, and keeps its refresh token",
        "RFC 6749 section 5.2; RFC 9110 section 15.6.4", trouble_is_waited_out);
    add("AUT-09", Kind::should, Level::advice,
        "asks once more with the old refresh token where the new one was lost on its way",
        "RFC 9700 section 4.14", lost_rotation);
    add("AUT-10", Kind::should, Level::advice, "refreshes before a token expires",
        "RFC 6749 section 5.1", refreshed_in_time);
    add("AUT-12", Kind::never, Level::normative,
        "never redeems a code that came with another's state or issuer",
        "RFC 9700 section 2.1; RFC 9207 section 2.4", foreign_answers_are_refused);
    add("AUT-15", Kind::must, Level::normative, "asks for consent with an S256 challenge",
        "RFC 9700 section 2.1.1; RFC 7636 section 4.2", challenges_are_sent);
    add("AUT-16", Kind::never, Level::normative,
        "never polls for a device's token faster than told, or after the last word",
        "RFC 8628 section 3.5", devices_are_patient);
}

}  // namespace apilab::sandbox::internal
