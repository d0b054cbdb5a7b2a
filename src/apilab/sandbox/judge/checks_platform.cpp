// A program on a host for small services: what `Platform` noted, and what its visitors met.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

constexpr int ready_within_ms = 5000;
// Ended by itself: 0, or as a shell tells the end by SIGINT and SIGTERM.
constexpr int by_sigint = 130;
constexpr int by_sigterm = 143;

std::vector<const Outbound*> events(const Evidence& evidence, std::string_view method) {
    std::vector<const Outbound*> found;
    for (const Outbound& row : *evidence.outbound) {
        if (row.from == "platform" && row.method == method) {
            found.push_back(&row);
        }
    }
    return found;
}

std::string fact(const Outbound& row, const std::string& name) {
    const auto found = row.facts.find(name);
    return found == row.facts.end() ? "" : found->second;
}

int number(const Outbound& row, const std::string& name) {
    const auto text = fact(row, name);
    return text.empty() ? 0 : std::stoi(text);  // written by Platform
}

Finding none() {
    return Finding::not_applicable("nothing was run on a platform");
}

void prove(Finding& finding, const Outbound& row) {
    if (finding.rows.size() < Finding::rows_max) {
        finding.rows.push_back(row.seq);
    }
}

// The visitors' requests that were under way, or began, while an instance was told to stop.
Finding replaced_under_load(const Evidence& evidence) {
    const auto stops = events(evidence, "STOP");
    if (stops.empty()) {
        return none();
    }
    const auto visits = std::ranges::count(*evidence.outbound, "visitor", &Outbound::from);
    const bool under_load = std::ranges::any_of(*evidence.outbound, [&](const Outbound& row) {
        return row.from == "visitor" && std::ranges::any_of(stops, [&](const Outbound* stop) {
                   return row.sent <= stop->sent && (!row.finished || *row.finished >= stop->sent);
               });
    });
    if (!under_load) {
        return Finding::not_exercised("no request was under way when an instance was stopped");
    }
    return Finding::pass(
        fmt::format("stopped {} times, {} requests of visitors", stops.size(), visits));
}

Finding listens_everywhere(const Evidence& evidence) {
    const auto ready = events(evidence, "READY");
    if (ready.empty()) {
        return none();
    }
    auto bad = Finding::fail(
        "answers on 127.0.0.1 only (or not at all): a platform's router comes from outside; listen "
        "on 0.0.0.0 and $PORT");
    for (const Outbound* row : ready) {
        if (fact(*row, "reachable") != "everywhere") {
            prove(bad, *row);
        }
    }
    return bad.rows.empty()
               ? Finding::pass(fmt::format("{} instances listened on every address", ready.size()))
               : bad;
}

Finding loses_nothing(const Evidence& evidence) {
    std::size_t asked = 0;
    std::size_t lost = 0;
    Finding proof;
    for (const Outbound& row : *evidence.outbound) {
        if (row.from != "visitor") {
            continue;
        }
        ++asked;
        if (row.status == 0 || row.status >= 500) {
            ++lost;
            prove(proof, row);
        }
    }
    if (events(evidence, "STOP").empty() || asked == 0) {
        return none();
    }
    if (lost == 0) {
        return Finding::pass(fmt::format("all {} requests were answered", asked));
    }
    auto finding =
        Finding::fail(fmt::format("{} of {} requests found nobody or were cut off", lost, asked));
    finding.rows = std::move(proof.rows);
    return finding;
}

Finding ends_by_itself(const Evidence& evidence) {
    const auto ends = events(evidence, "EXIT");
    if (ends.empty()) {
        return none();
    }
    int slowest = 0;
    auto bad = Finding::fail("");
    for (const Outbound* row : ends) {
        const int code = number(*row, "code");
        slowest = std::max(slowest, number(*row, "took_ms"));
        if (fact(*row, "killed") == "true") {
            bad.sentence = fmt::format("had to be killed {} ms after it was told to stop",
                                       number(*row, "took_ms"));
            prove(bad, *row);
        } else if (code != 0 && code != by_sigint && code != by_sigterm) {
            bad.sentence = fmt::format("ended with {}", code);
            prove(bad, *row);
        }
    }
    return bad.rows.empty()
               ? Finding::pass(fmt::format("{} instances ended by themselves, the slowest in {} ms",
                                           ends.size(), slowest))
               : bad;
}

Finding is_ready_soon(const Evidence& evidence) {
    const auto ready = events(evidence, "READY");
    if (ready.empty()) {
        return none();
    }
    int slowest = 0;
    auto bad = Finding::fail(fmt::format("not healthy within {} ms", ready_within_ms));
    for (const Outbound* row : ready) {
        slowest = std::max(slowest, number(*row, "since_start_ms"));
        if (fact(*row, "healthy") != "true" || number(*row, "since_start_ms") > ready_within_ms) {
            prove(bad, *row);
        }
    }
    return bad.rows.empty() ? Finding::pass(fmt::format("healthy after {} ms at most", slowest))
                            : bad;
}

}  // namespace

void add_platform_checks(CheckList& list) {
    const auto add = [&](std::string_view id, CheckKind kind, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check({.id = id,
                                   .kind = kind,
                                   .level = CheckLevel::recommended,
                                   .title = title,
                                   .source = source},
                                  judge));
    };
    add("PLT-00", CheckKind::should, "was replaced while it had visitors",
        "design: a program that nobody uses loses nothing", replaced_under_load);
    add("PLT-01", CheckKind::must, "listens on 0.0.0.0 and $PORT",
        "Railway: 0.0.0.0:$PORT; Fly.io: internal_port on 0.0.0.0", listens_everywhere);
    add("PLT-02", CheckKind::must, "answers every request while it is replaced",
        "Twelve-Factor App, disposability", loses_nothing);
    add("PLT-03", CheckKind::must, "ends by itself before the platform kills it",
        "Fly.io kill_timeout; Railway drainingSeconds", ends_by_itself);
    add("PLT-04", CheckKind::must, "is healthy within five seconds of its start",
        "Fly.io and Railway health checks", is_ready_soon);
}

}  // namespace apilab::sandbox::internal
