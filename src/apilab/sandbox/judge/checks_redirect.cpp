// Where a client goes when an answer sends it elsewhere, and what it takes along: judged by the
// facts of the fault `redirect` (`redirect`, `redirect_to`) and of the provider `foreign`
// (`carried`).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

/// Where browsers stop, and a little beyond.
constexpr std::size_t hops_max = 30;
/// What no client may take to another origin.
constexpr std::array<std::string_view, 3> never_elsewhere{"authorization", "cookie",
                                                          "proxy-authorization"};

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

// Does the row carry a credential of the kind that is looked for?
bool carries(const Exchange& row, bool standard) {
    auto names = fact(row, "carried");
    while (!names.empty()) {
        const auto one = names.substr(0, names.find(' '));
        const bool known = std::ranges::find(never_elsewhere, one) != never_elsewhere.end();
        if (known == standard) {
            return true;
        }
        names.remove_prefix(std::min(one.size() + 1, names.size()));
    }
    return false;
}

Finding nothing_taken_along(const Evidence& evidence, bool standard) {
    std::size_t led_away = 0;
    std::size_t leaks = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (fact(row, "redirect") == "foreign") {
            ++led_away;
            good.prove(row);
        }
        if (row.provider == "foreign" && carries(row, standard)) {
            ++leaks;
            proof.prove(row);
        }
    }
    if (led_away == 0) {
        return Finding::not_exercised("no redirect led to another origin");
    }
    return leaks == 0
               ? with_rows(Finding::pass(fmt::format(
                               "{} redirect{} to another origin, where no such credential arrived",
                               led_away, led_away == 1 ? "" : "s")),
                           std::move(good))
               : with_rows(Finding::fail(fmt::format(
                               "{} requests to another origin carried credentials", leaks)),
                           std::move(proof));
}

Finding credentials_stay(const Evidence& evidence) {
    return nothing_taken_along(evidence, true);
}
Finding keys_stay(const Evidence& evidence) {
    return nothing_taken_along(evidence, false);
}

// Does a row carry what only its origin may see? (Their values are fingerprints here.)
bool shows_credentials(const Exchange& row) {
    return row.headers && std::ranges::any_of(never_elsewhere, [&](std::string_view name) {
               return row.headers->contains(name);
           });
}

Finding not_without_tls(const Evidence& evidence) {
    std::size_t led = 0;
    std::size_t leaks = 0;
    Finding good;
    Finding bad;
    for (const Exchange& row : *evidence.rows) {
        if (!row.tls || fact(row, "redirect") != "http" || !row.finished) {
            continue;
        }
        ++led;
        good.prove(row);
        for (const Exchange& next : *evidence.rows) {
            if (next.seq > row.seq && !next.tls && next.first_byte >= *row.finished &&
                fmt::format("/{}{}", next.provider, next.path) == fact(row, "redirect_to") &&
                shows_credentials(next)) {
                ++leaks;
                bad.prove(row);
                bad.prove(next);
                break;
            }
        }
    }
    if (led == 0) {
        return Finding::not_exercised("no redirect led from https to http");
    }
    return leaks == 0
               ? with_rows(Finding::pass(fmt::format("{} redirects led from https to http, and no "
                                                     "credential went there",
                                                     led)),
                           std::move(good))
               : with_rows(Finding::fail(fmt::format(
                               "{} of {} redirects from https to http were followed with "
                               "credentials, for everybody on the way to read",
                               leaks, led)),
                           std::move(bad));
}

// The request with which a client follows; null: it does not.
const Exchange* followed(const Evidence& evidence, const Exchange& redirected) {
    const auto path = fact(redirected, "redirect_to");
    const bool away = fact(redirected, "redirect") == "foreign";
    for (const Exchange& row : *evidence.rows) {
        const bool there = away ? row.provider == "foreign" && row.path == path
                                : fmt::format("/{}{}", row.provider, row.path) == path;
        if (row.seq > redirected.seq && there && redirected.finished &&
            row.first_byte >= *redirected.finished) {
            return &row;
        }
    }
    return nullptr;
}

// RFC 9110 sections 15.4.4, 15.4.8 and 15.4.9; 301 and 302 let a POST become a GET.
bool as_it_should(const Exchange& redirected, const Exchange& row) {
    const bool same = row.method == redirected.method && row.body_sha256 == redirected.body_sha256;
    const bool fetch = (row.method == "GET" || row.method == "HEAD") && row.body_sha256.empty();
    switch (redirected.status) {
        case 303:
            return fetch;
        case 307:
        case 308:
            return same;
        default:
            return same || (redirected.method == "POST" && fetch);
    }
}

Finding method_is_kept(const Evidence& evidence) {
    std::size_t seen = 0;
    std::size_t wrong = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (!row.facts.contains("redirect") || row.method == "GET" || row.method == "HEAD") {
            continue;
        }
        if (const auto* next = followed(evidence, row)) {
            ++seen;
            const bool right = as_it_should(row, *next);
            wrong += right ? 0 : 1;
            (right ? good : proof).prove(row);
            (right ? good : proof).prove(*next);
        }
    }
    if (seen == 0) {
        return Finding::not_exercised("no redirect of a write was followed");
    }
    return wrong == 0
               ? with_rows(
                     Finding::pass(fmt::format(
                         "{} redirected write{} followed by the method and body of its status",
                         seen, seen == 1 ? "" : "s")),
                     std::move(good))
               : with_rows(Finding::fail(fmt::format("of {} redirected writes {} were followed by "
                                                     "another method or body than the status says",
                                                     seen, wrong)),
                           std::move(proof));
}

Finding circles_end(const Evidence& evidence) {
    std::map<std::string_view, std::size_t> rounds;
    std::size_t most = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (fact(row, "redirect") == "loop") {
            most = std::max(most, ++rounds[row.identity]);
            proof.prove(row);
        }
    }
    if (most == 0) {
        return Finding::not_exercised("no redirect led in a circle");
    }
    return most <= hops_max
               ? with_rows(Finding::pass(fmt::format("a circle was left after {} requests", most)),
                           std::move(proof))
               : with_rows(Finding::fail(fmt::format("{} rounds in one circle", most)),
                           std::move(proof));
}

}  // namespace

void add_redirect_checks(CheckList& list) {
    const auto add = [&](std::string_view id, CheckKind kind, CheckLevel level,
                         std::string_view title, std::string_view source,
                         Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("RDR-01", CheckKind::never, CheckLevel::normative,
        "never takes Authorization or cookies to another origin",
        "RFC 9110 section 15.4; CVE-2018-18074, CVE-2024-45336", credentials_stay);
    add("RDR-03", CheckKind::should, CheckLevel::advice,
        "takes no key in a header of its own to another origin", "RFC 9110 section 15.4",
        keys_stay);
    add("RDR-04", CheckKind::never, CheckLevel::normative,
        "never takes credentials from https to http", "RFC 9110 section 15.4; CVE-2018-18074",
        not_without_tls);
    add("RDR-05", CheckKind::must, CheckLevel::normative,
        "follows a redirected write by the method and body that the status says",
        "RFC 9110 sections 15.4.4, 15.4.8 and 15.4.9", method_is_kept);
    add("RDR-06", CheckKind::never, CheckLevel::recommended, "never goes in circles without end",
        "RFC 9110 section 15.4", circles_end);
}

}  // namespace apilab::sandbox::internal
