// Was the run worth judging, and does the client say who it is?

#include <fmt/format.h>

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

Finding names_itself(const Evidence& evidence) {
    std::size_t asked = 0;
    std::size_t nameless = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (row.provider != "github") {
            continue;
        }
        ++asked;
        if (!row.headers || row.headers->value("user-agent").empty()) {
            ++nameless;
            proof.prove(row);
        }
    }
    if (asked == 0) {
        return Finding::not_applicable("nothing was asked of github");
    }
    if (nameless == 0) {
        return Finding::pass(fmt::format("all {} requests to github had a User-Agent", asked));
    }
    auto finding =
        Finding::fail(fmt::format("{} of {} requests to github had no User-Agent, which the real "
                                  "one refuses with 403",
                                  nameless, asked));
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
    list.push_back(make_check({.id = "OBS-01",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "names itself in User-Agent",
                               .source = "GitHub REST API, user agent required"},
                              names_itself));
}

}  // namespace apilab::sandbox::internal
