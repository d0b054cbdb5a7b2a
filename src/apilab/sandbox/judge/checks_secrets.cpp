// Where a client's credentials are seen, and what it does when one is missing or replaced. The
// sandbox looks for this seed's credentials (fact `secret_in`); nobody else's are known to it.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

constexpr std::string_view start_text = "first start";

bool shows_itself(const Exchange& row) {
    return row.headers && std::ranges::any_of(*row.headers, [](const auto& field) {
               return secret_header(field.first);
           });
}

Finding credentials_in_headers_only(const Evidence& evidence) {
    std::size_t shown = 0;
    std::size_t bare = 0;
    std::set<std::string, std::less<>> places;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        const auto where =
            !fact(row, "secret_in").empty() ? fact(row, "secret_in") : fact(row, "credential_in");
        if (!where.empty()) {
            ++bare;
            places.emplace(where);
            proof.prove(row);
        } else if (shows_itself(row)) {
            ++shown;
        }
    }
    if (shown + bare == 0) {
        return Finding::not_exercised("no request had credentials");
    }
    if (bare == 0) {
        return Finding::pass(
            fmt::format("{} requests with credentials, all in the header for it", shown));
    }
    std::string list;
    for (const auto& place : places) {
        list += list.empty() ? place : ", " + place;
    }
    auto finding = Finding::fail(fmt::format("{} of {} requests showed a credential elsewhere: {}",
                                             bare, shown + bare, list));
    finding.rows = std::move(proof.rows);
    return finding;
}

Finding follows_a_rotation(const Evidence& evidence) {
    std::size_t with_new = 0;
    std::size_t refused = 0;
    bool rotated = false;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        rotated = rotated || (row.operation == "rotate_key" && row.applied);
        if (fact(row, "refused") == "expired_key") {
            ++refused;
            proof.prove(row);
        }
        const auto key = fact(row, "key");
        with_new += rotated && !key.empty() && key != "0" ? 1 : 0;
    }
    if (!rotated) {
        return Finding::not_exercised("no key was replaced");
    }
    if (refused > 0) {
        auto finding = Finding::fail(
            fmt::format("{} requests came with the key that had been replaced", refused));
        finding.rows = std::move(proof.rows);
        return finding;
    }
    return with_new > 0 ? Finding::pass(fmt::format(
                              "{} requests with the new key, none refused for the old", with_new))
                        : Finding::not_exercised("no request followed that needed the new key");
}

Finding output_shows_none(const Evidence& evidence) {
    if (evidence.handed_in == nullptr || evidence.handed_in->empty()) {
        return Finding::not_applicable("the program handed nothing in");
    }
    std::string guilty;
    for (const auto& name : evidence.leaked_in) {
        guilty += guilty.empty() ? name : ", " + name;
    }
    return guilty.empty() ? Finding::pass(fmt::format("{} texts handed in, no secret in any",
                                                      evidence.handed_in->size()))
                          : Finding::fail(fmt::format("a secret stands in: {}", guilty));
}

Finding names_all_that_is_missing(const Evidence& evidence) {
    const auto found = evidence.handed_in == nullptr
                           ? std::map<std::string, std::string>::const_iterator()
                           : evidence.handed_in->find(std::string(start_text));
    if (evidence.handed_in == nullptr || found == evidence.handed_in->end()) {
        return Finding::not_applicable("the program handed in no 'first start'");
    }
    std::string silent;
    std::size_t named = 0;
    for (const std::string_view name :
         {"APILAB_API_KEY", "APILAB_API_USER", "APILAB_API_PASSWORD", "APILAB_API_TOKEN"}) {
        if (found->second.contains(name)) {
            ++named;
        } else {
            silent += fmt::format("{}{}", silent.empty() ? "" : ", ", name);
        }
    }
    return silent.empty()
               ? Finding::pass(fmt::format("a start without secrets was refused, and "
                                           "all {} missing names were said",
                                           named))
               : Finding::fail(fmt::format("a start without secrets did not name {}", silent));
}

}  // namespace

void add_secret_checks(CheckList& list) {
    list.push_back(make_check({.id = "AUT-01",
                               .kind = CheckKind::never,
                               .level = CheckLevel::normative,
                               .title = "never shows a credential outside the header for it",
                               .source = "RFC 6750 section 2.3; RFC 9700 section 4.3.2"},
                              credentials_in_headers_only));
    list.push_back(make_check({.id = "AUT-14",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "goes over to a replaced key without a refused request",
                               .source = "reference: rotation with two valid keys"},
                              follows_a_rotation));
    list.push_back(make_check({.id = "SEC-01",
                               .kind = CheckKind::never,
                               .level = CheckLevel::normative,
                               .title = "never puts a secret into a log or a metric",
                               .source = "OWASP Logging Cheat Sheet, data to exclude"},
                              output_shows_none));
    list.push_back(make_check({.id = "SEC-02",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "does not start without its secrets and names all of them",
                               .source = "twelve-factor app, config"},
                              names_all_that_is_missing));
}

}  // namespace apilab::sandbox::internal
