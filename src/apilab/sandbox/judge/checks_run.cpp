// Was the run worth judging, and does the client say who it is?

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

Finding faults_fired(const Evidence& evidence) {
    std::size_t fired = 0;
    std::string silent;
    for (const auto& status : evidence.faults) {
        if (status.hits > 0) {
            ++fired;
        } else {
            silent += fmt::format("{}{} ({})", silent.empty() ? "" : ", ", status.id,
                                  status.fault->what.kind());
        }
    }
    const auto limited = std::ranges::count_if(*evidence.rows, [](const Exchange& row) {
        return std::ranges::any_of(row.faults,
                                   [](const auto& hit) { return hit.id.starts_with("limits."); });
    });
    if (limited > 0 && fired == 0) {
        auto finding = Finding::pass(
            fmt::format("limits refused {} request{}", limited, limited == 1 ? "" : "s"));
        for (const Exchange& row : *evidence.rows) {
            if (!row.faults.empty()) {
                finding.prove(row);
            }
        }
        return finding;
    }
    if (evidence.faults.empty()) {
        return Finding::not_exercised("no fault was armed");
    }
    if (fired == 0) {
        return Finding::not_exercised("no fault fired: the requests it waits for never came");
    }
    auto finding = Finding::pass(
        fmt::format("{} of {} faults fired{}", fired, evidence.faults.size(),
                    silent.empty() ? "" : fmt::format("; never came to it: {}", silent)));
    for (const Exchange& row : *evidence.rows) {
        if (!row.faults.empty()) {
            finding.prove(row);
        }
    }
    return finding;
}

// What is asked of every request of a provider, beside the credential.
struct Signature {
    std::string_view provider;
    std::string_view header;
    /// What the real one does without it.
    std::string_view otherwise;
};
constexpr std::array<Signature, 3> signatures{{
    {"github", "user-agent", "refuses with 403"},
    {"notion", "user-agent", "wants to know whom to write to"},
    {"notion", "notion-version", "refuses with 400"},
}};

Finding names_itself(const Evidence& evidence) {
    std::size_t asked = 0;
    std::size_t nameless = 0;
    std::string lacking;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        for (const auto& one : signatures) {
            if (row.provider != one.provider) {
                continue;
            }
            ++asked;
            if (!row.headers || row.headers->value(one.header).empty()) {
                ++nameless;
                lacking = fmt::format("{} to {} ({})", one.header, one.provider, one.otherwise);
                proof.prove(row);
            }
        }
    }
    if (asked == 0) {
        return Finding::not_applicable("nothing was asked of github or notion");
    }
    if (nameless == 0) {
        return Finding::pass(
            "every request named its program, and its API version where one has to");
    }
    auto finding =
        Finding::fail(fmt::format("{} times a header was lacking: {}", nameless, lacking));
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_run_checks(CheckList& list) {
    list.push_back(make_check({.id = "FIRED",
                               .kind = CheckKind::pre,
                               .level = CheckLevel::normative,
                               .title = "the scenario really happened",
                               .source = "design: a fault that never fired proves nothing"},
                              faults_fired));
    list.push_back(
        make_check({.id = "OBS-01",
                    .kind = CheckKind::must,
                    .level = CheckLevel::recommended,
                    .title = "names itself and the API version it is written for",
                    .source = "GitHub REST API, user agent required; Notion, versioning"},
                   names_itself));
}

}  // namespace apilab::sandbox::internal
