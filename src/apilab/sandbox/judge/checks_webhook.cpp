// Does the program believe only genuine webhooks, all of them, and each once? The senders' side of
// the journal is held against the effects the program had (`POST /effects`).

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/webhook_tally.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"

namespace apilab::sandbox::internal {
namespace {

using std::chrono::seconds;
using webhook::fact;
using webhook::Ledger;
using Tally = WebhookTally;

// WHK-01. Only what arrived plainly, once and first: retries, copies and kills are other checks'
// matter.
void judge_genuine(const Ledger::Entry& entry, bool kills, Tally& tally) {
    for (const Outbound* row : entry.deliveries) {
        if (row->status == 0) {
            continue;
        }
        tally.look_at(entry);
        const auto challenge = fact(row->facts, "challenge");
        if ((entry.huge && row->status == 413) ||
            fact(row->facts, "type") == "verification_token") {
            continue;  // its right; and Notion's token is known already
        }
        if (row->status >= 400 && row->status < 500) {
            tally.blame(entry, fmt::format("a genuine {}{} was refused with {}",
                                           fact(row->facts, "odd").empty() ? "" : "(odd bytes) ",
                                           fact(row->facts, "type"), row->status));
        } else if (!challenge.empty() && row->body.find(challenge) == std::string::npos) {
            tally.blame(entry, "the challenge of url_verification was not sent back");
        } else if (!kills && entry.wants_effect() && entry.deliveries.size() == 1 &&
                   webhook_accepted(*row) && entry.effects.empty()) {
            tally.blame(entry, "an event was accepted and nothing came of it");
        }
    }
}

Finding accepts_genuine(const Evidence& evidence) {
    Tally tally;
    std::size_t events = 0;
    std::size_t taken = 0;
    const Ledger ledger = read_ledger(evidence);
    for (const auto& [event, entry] : ledger.entries()) {
        if (entry.truth == "genuine") {
            judge_genuine(entry, ledger.kills() > 0, tally);
            events += entry.wants_effect() ? 1 : 0;
            taken += entry.wants_effect() && entry.accepted() ? 1 : 0;
        }
    }
    // A 5xx refuses nothing, and takes nothing either.
    if (tally.tried > 0 && tally.wrong == 0 && events > 0 && taken == 0) {
        return Finding::not_exercised(
            fmt::format("{} genuine events were told to come again, and none was taken", events));
    }
    return tally.finding("no genuine webhook was delivered",
                         "genuine deliveries were taken, whatever their bytes looked like");
}

Finding refuses(const Evidence& evidence, std::initializer_list<std::string_view> truths) {
    Tally tally;
    const Ledger ledger = read_ledger(evidence);
    for (const auto& [event, entry] : ledger.entries()) {
        if (std::ranges::find(truths, entry.truth) == truths.end()) {
            continue;
        }
        const bool answered = std::ranges::any_of(
            entry.deliveries, [](const Outbound* row) { return row->status != 0; });
        if (answered || !entry.effects.empty()) {
            tally.look_at(entry);
        }
        if (!entry.effects.empty()) {
            tally.blame(entry, fmt::format("something was done because of a delivery that was {}",
                                           entry.truth));
        } else if (entry.accepted()) {
            tally.blame(entry,
                        fmt::format("a delivery that was {} was answered with 2xx", entry.truth));
        }
    }
    return tally.finding("no such delivery was answered", "were refused and had no effect");
}

Finding refuses_altered(const Evidence& evidence) {
    return refuses(evidence, {"altered"});
}
Finding refuses_forged(const Evidence& evidence) {
    return refuses(evidence, {"forged", "without_signature"});
}
Finding refuses_out_of_time(const Evidence& evidence) {
    return refuses(evidence, {"stale", "future"});
}

// No copies but of this kind: what goes wrong with others is another check's matter.
bool only_copies(const Ledger::Entry& entry, std::string_view copy) {
    return std::ranges::all_of(entry.deliveries, [&](const Outbound* row) {
        const auto kind = fact(row->facts, "copy");
        return kind == "first" || kind == copy;
    });
}

// WHK-05 and WHK-06.
Finding once_for_copies(const Evidence& evidence, std::string_view copy) {
    Tally tally;
    const Ledger ledger = read_ledger(evidence);
    for (const auto& [event, entry] : ledger.entries()) {
        if (!entry.genuine() || !entry.accepted() || !entry.has("copy", copy) ||
            !only_copies(entry, copy)) {
            continue;
        }
        tally.look_at(entry);
        const auto refused = std::ranges::find_if(entry.deliveries, [&](const Outbound* row) {
            return fact(row->facts, "copy") == copy && row->status != 0 && !webhook_accepted(*row);
        });
        if (entry.effects.size() > 1) {
            tally.blame(entry, fmt::format("one event had {} effects", entry.effects.size()));
        } else if (refused != entry.deliveries.end()) {
            tally.blame(entry, fmt::format("the copy was refused with {}: its sender goes on",
                                           (*refused)->status));
        }
    }
    return tally.finding("no event was accepted twice", "events came twice and worked once");
}

Finding once_for_replays(const Evidence& evidence) {
    return once_for_copies(evidence, "again");
}
Finding once_for_twins(const Evidence& evidence) {
    return once_for_copies(evidence, "twin");
}

// WHK-08. The sender's own limits: Slack 3 s, GitHub 10 s, Standard Webhooks 15 s.
Finding answers_in_time(const Evidence& evidence) {
    const bool slow = std::ranges::any_of(*evidence.rows, [](const Exchange& row) {
        return row.provider == "effects" && !row.faults.empty();
    });
    Tally tally;
    Duration slowest{};
    const Ledger ledger = read_ledger(evidence);
    for (const auto& [event, entry] : ledger.entries()) {
        for (const Outbound* row : entry.deliveries) {
            const auto* dialect = webhook::find_dialect(row->from);
            const Duration limit = dialect == nullptr ? seconds(10) : dialect->patience;
            const Duration took = row->finished.value_or(row->sent) - row->sent;
            const bool drips = !fact(row->facts, "slow").empty();
            if (!entry.genuine() || drips || (row->status == 0 && took < limit)) {
                continue;  // never arrived, or was itself slow to
            }
            tally.look_at(entry);
            slowest = std::max(slowest, took);
            if (took >= limit) {
                tally.blame(entry, fmt::format("{} waited {} for an answer and gave up", row->from,
                                               format_duration(took)));
            }
        }
    }
    if (!slow) {
        return Finding::not_exercised("what the program does for an event was never slow");
    }
    return tally.finding(
        "no webhook was delivered",
        fmt::format("deliveries were answered in time, the slowest after {}, while the work took "
                    "longer",
                    format_duration(slowest)));
}

// WHK-09.
Finding redelivery_works(const Evidence& evidence) {
    Tally tally;
    const Ledger ledger = read_ledger(evidence);
    for (const auto& [event, entry] : ledger.entries()) {
        const bool again = std::ranges::any_of(entry.deliveries, [](const Outbound* row) {
            const bool asked = fact(row->facts, "copy") == "redelivery";
            return (asked || fact(row->facts, "attempt") > "1") && row->status != 0;
        });
        if (!entry.wants_effect() || !entry.accepted() || !again ||
            !only_copies(entry, "redelivery")) {
            continue;
        }
        tally.look_at(entry);
        if (entry.effects.size() != 1) {
            tally.blame(entry, fmt::format("an event that had to be sent again had {} effects",
                                           entry.effects.size()));
        }
    }
    return tally.finding("nothing had to be sent again",
                         "events that were sent again worked exactly once");
}

// DUR-01 and DUR-02: only where somebody died.
Finding survives(const Evidence& evidence, bool (*wrong)(const Ledger::Entry&),
                 std::string_view what, std::string_view passed) {
    const Ledger ledger = read_ledger(evidence);
    Tally tally;
    for (const auto& [event, entry] : ledger.entries()) {
        if (entry.genuine() && entry.accepted()) {
            tally.look_at(entry);
            if (wrong(entry)) {
                tally.blame(entry, std::string(what));
            }
        }
    }
    if (ledger.kills() == 0) {
        return Finding::not_exercised("the program was never killed");
    }
    return tally.finding("no event was accepted",
                         fmt::format("{} over {} kills", passed, ledger.kills()));
}

Finding loses_nothing(const Evidence& evidence) {
    return survives(
        evidence,
        [](const Ledger::Entry& entry) { return entry.wants_effect() && entry.effects.empty(); },
        "an event was answered with 2xx and then lost", "accepted events were worked");
}

Finding doubles_nothing(const Evidence& evidence) {
    return survives(
        evidence, [](const Ledger::Entry& entry) { return entry.effects.size() > 1; },
        "an event had more than one effect", "accepted events had no second effect");
}

constexpr auto must = CheckKind::must;
constexpr auto normative = CheckLevel::normative;

void add_receiving_checks(CheckList& list) {
    list.push_back(make_check({.id = "WHK-01",
                               .kind = must,
                               .level = normative,
                               .title = "takes every genuine webhook, whatever its bytes look like",
                               .source = "GitHub, validating webhook deliveries; Slack Events API"},
                              accepts_genuine));
    list.push_back(make_check({.id = "WHK-02",
                               .kind = must,
                               .level = normative,
                               .title = "refuses a body that was changed by one byte",
                               .source = "GitHub, validating webhook deliveries"},
                              refuses_altered));
    list.push_back(make_check({.id = "WHK-03",
                               .kind = must,
                               .level = normative,
                               .title = "refuses a signature that is missing or somebody else's",
                               .source = "GitHub, validating webhook deliveries; Slack, verifying "
                                         "requests"},
                              refuses_forged));
    list.push_back(
        make_check({.id = "WHK-04",
                    .kind = must,
                    .level = normative,
                    .title = "refuses what was signed more than five minutes ago or ahead",
                    .source = "Slack, verifying requests"},
                   refuses_out_of_time));
    list.push_back(make_check({.id = "WHK-05",
                               .kind = must,
                               .level = normative,
                               .title = "does nothing twice for a delivery that comes again",
                               .source = "GitHub, best practices for webhooks (delivery id)"},
                              once_for_replays));
    list.push_back(make_check({.id = "WHK-06",
                               .kind = must,
                               .level = normative,
                               .title = "does nothing twice for two copies in the same instant",
                               .source = "GitHub, best practices for webhooks (delivery id)"},
                              once_for_twins));
    list.push_back(make_check({.id = "WHK-08",
                               .kind = must,
                               .level = normative,
                               .title = "answers first and works later",
                               .source = "Slack Events API (3 s); GitHub webhooks (10 s)"},
                              answers_in_time));
    list.push_back(make_check({.id = "WHK-09",
                               .kind = must,
                               .level = CheckLevel::recommended,
                               .title = "takes what is sent again as what it is, an event",
                               .source = "Slack Events API, retries"},
                              redelivery_works));
}

}  // namespace

void add_webhook_checks(CheckList& list) {
    add_receiving_checks(list);
    list.push_back(make_check({.id = "DUR-01",
                               .kind = must,
                               .level = CheckLevel::recommended,
                               .title = "loses nothing it has accepted, whenever it is killed",
                               .source = "GitHub does not deliver again by itself"},
                              loses_nothing));
    list.push_back(make_check({.id = "DUR-02",
                               .kind = CheckKind::never,
                               .level = CheckLevel::recommended,
                               .title = "has no effect twice, whenever it is killed",
                               .source = "at least once in, exactly once in effect"},
                              doubles_nothing));
}

}  // namespace apilab::sandbox::internal
