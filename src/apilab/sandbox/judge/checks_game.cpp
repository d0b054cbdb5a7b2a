// A game day: troubles that befell the run and that the program was not told of (rows from
// `incident`, with what each is called, when it lasts and what cures it), against what whoever was
// on duty wrote down (handed in as `incident log`, lines of `MILLISECONDS NAME`) and against the
// journal.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/webhook_tally.hpp"

namespace apilab::sandbox::internal {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using webhook::Ledger;

/// Half of the incidents are to be seen within this.
constexpr auto detect_max = minutes(2);
/// An alarm this long after the end of an incident is still about it.
constexpr auto tail = minutes(3);
/// After so long in an incident its cure is to be seen in the journal.
constexpr auto cure_within = minutes(5);
/// What is left alone may be asked so often whether it is well again.
constexpr auto probe_every = minutes(1);

struct Incident {
    std::string_view name;
    /// `leave PROVIDER`, `rotate` or `reconcile`.
    std::string_view cure;
    SteadyTime from;
    SteadyTime until;
    const Outbound* row = nullptr;
};
struct Named {
    SteadyTime at;
    std::string_view name;
};
struct Day {
    std::vector<Incident> incidents;
    std::vector<Named> log;
};

// Milliseconds since the day began.
SteadyTime moment(SteadyTime begin, std::string_view text) {
    std::int64_t number = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), number);
    return begin + milliseconds(number);
}

Day read_day(const Evidence& evidence) {
    Day day;
    for (const Outbound& row : *evidence.outbound) {
        if (row.from == "incident") {
            day.incidents.push_back({.name = webhook::fact(row.facts, "name"),
                                     .cure = webhook::fact(row.facts, "cure"),
                                     .from = moment(row.sent, webhook::fact(row.facts, "from")),
                                     .until = moment(row.sent, webhook::fact(row.facts, "until")),
                                     .row = &row});
        }
    }
    const auto found = evidence.handed_in->find("incident log");
    if (found == evidence.handed_in->end() || day.incidents.empty()) {
        return day;
    }
    const SteadyTime begin = day.incidents.front().row->sent;
    std::string_view text = found->second;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto blank = std::min(line.find(' '), line.size());
        day.log.push_back({.at = moment(begin, line.substr(0, blank)),
                           .name = line.substr(std::min(blank + 1, line.size()))});
    }
    return day;
}

bool during(const Incident& incident, SteadyTime at) {
    return at >= incident.from && at <= incident.until;
}

Finding calm() {
    return Finding::not_exercised("nothing befell the run");
}

// Of so many the first few by name.
std::string some(const std::vector<std::string_view>& names) {
    constexpr std::size_t shown_max = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), shown_max); ++i) {
        text += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
    }
    return text + (names.size() > shown_max ? ", ..." : "");
}

Finding of_incidents(const Day& day, bool (*good)(const Day&, const Incident&),
                     std::string_view what) {
    if (day.incidents.empty()) {
        return calm();
    }
    Finding finding;
    std::vector<std::string_view> missed;
    for (const auto& incident : day.incidents) {
        if (!good(day, incident)) {
            missed.push_back(incident.name);
            finding.prove(*incident.row);
        }
    }
    const auto counts = fmt::format("{} of {} incidents {}", day.incidents.size() - missed.size(),
                                    day.incidents.size(), what);
    auto said = missed.empty() ? Finding::pass(counts)
                               : Finding::fail(fmt::format("{}; not: {}", counts, some(missed)));
    said.rows = std::move(finding.rows);
    return said;
}

Finding names_each(const Evidence& evidence) {
    return of_incidents(
        read_day(evidence),
        [](const Day& day, const Incident& incident) {
            return std::ranges::any_of(day.log, [&](const Named& named) {
                return named.name == incident.name && during(incident, named.at);
            });
        },
        "were called by their name while they lasted");
}

Finding sees_soon(const Evidence& evidence) {
    const Day day = read_day(evidence);
    if (day.incidents.empty()) {
        return calm();
    }
    std::vector<Duration> after;
    for (const auto& incident : day.incidents) {
        Duration first = Duration::max();
        for (const auto& named : day.log) {
            first = during(incident, named.at) ? std::min(first, named.at - incident.from) : first;
        }
        after.push_back(first);
    }
    std::ranges::sort(after);
    const Duration median = after[(after.size() - 1) / 2];
    if (median == Duration::max()) {
        return Finding::fail("most incidents were never seen");
    }
    const auto sentence =
        fmt::format("half of {} incidents were seen within {}, {} are allowed", after.size(),
                    format_duration(median), format_duration(Duration(detect_max)));
    return median <= detect_max ? Finding::pass(sentence) : Finding::fail(sentence);
}

Finding cries_no_wolf(const Evidence& evidence) {
    const Day day = read_day(evidence);
    if (day.incidents.empty()) {
        return calm();
    }
    std::vector<std::string_view> false_ones;
    for (const auto& named : day.log) {
        if (std::ranges::none_of(day.incidents, [&](const Incident& incident) {
                return named.at >= incident.from && named.at <= incident.until + tail;
            })) {
            false_ones.push_back(named.name);
        }
    }
    return false_ones.empty()
               ? Finding::pass(fmt::format("none of {} alarms was about nothing", day.log.size()))
               : Finding::fail(fmt::format("{} of {} alarms were about nothing: {}",
                                           false_ones.size(), day.log.size(), some(false_ones)));
}

// Does the row show that nobody has done yet what cures it?
bool shows_uncured(const Exchange& row, const Incident& incident) {
    if (row.complete < incident.from + cure_within || row.complete > incident.until) {
        return false;
    }
    constexpr std::string_view leave = "leave ";
    return incident.cure.starts_with(leave)
               ? row.provider == incident.cure.substr(leave.size()) && !row.faults.empty()
               : incident.cure == "rotate" && row.status == 401;
}

// Of those all, but for the few that ask whether it is well again; none: it was cured.
std::vector<const Exchange*> uncured(const Evidence& evidence, const Incident& incident) {
    std::vector<const Exchange*> rows;
    for (const Exchange& row : *evidence.rows) {
        if (shows_uncured(row, incident)) {
            rows.push_back(&row);
        }
    }
    const auto probes = (incident.until - incident.from - cure_within) / Duration(probe_every) + 1;
    if (incident.cure != "rotate" && std::ssize(rows) <= probes) {
        rows.clear();
    }
    return rows;
}

bool asked_for_missing(const Evidence& evidence, const Incident& incident) {
    return std::ranges::any_of(*evidence.rows, [&](const Exchange& row) {
        return row.complete >= incident.from && row.method == "POST" &&
               row.path.ends_with("/attempts");
    });
}

Finding acts(const Evidence& evidence) {
    const Day day = read_day(evidence);
    if (day.incidents.empty()) {
        return calm();
    }
    Finding proof;
    std::vector<std::string_view> left;
    for (const auto& incident : day.incidents) {
        const auto rows = uncured(evidence, incident);
        const bool asked = incident.cure != "reconcile" || asked_for_missing(evidence, incident);
        if (!rows.empty() || !asked) {
            left.push_back(incident.name);
            if (rows.empty()) {
                proof.prove(*incident.row);
            } else {
                proof.prove(*rows.front());
            }
        }
    }
    auto said =
        left.empty()
            ? Finding::pass(
                  fmt::format("what cures each of {} incidents was done", day.incidents.size()))
            : Finding::fail(fmt::format("{} of {} incidents went on although there is a cure: {}",
                                        left.size(), day.incidents.size(), some(left)));
    said.rows = std::move(proof.rows);
    return said;
}

Finding loses_nothing(const Evidence& evidence) {
    if (read_day(evidence).incidents.empty()) {
        return calm();
    }
    const Ledger ledger = read_ledger(evidence);
    WebhookTally tally;
    for (const auto& [event, entry] : ledger.entries()) {
        if (!entry.genuine() || !entry.by_hub ||
            webhook::fact(entry.deliveries.front()->facts, "type") == "ping") {
            continue;
        }
        tally.look_at(entry);
        if (entry.effects.size() != 1) {
            tally.blame(entry,
                        fmt::format("an event of the day had {} effects", entry.effects.size()));
        }
    }
    return tally.finding("no event was told of", "events of the day had one effect each");
}

}  // namespace

void add_game_checks(CheckList& list) {
    constexpr auto must = CheckKind::must;
    constexpr auto recommended = CheckLevel::recommended;
    constexpr std::string_view sre = "Site Reliability Engineering, ch. 6 and 12";
    list.push_back(make_check({.id = "GAM-01",
                               .kind = must,
                               .level = recommended,
                               .title = "calls each trouble by its name while it lasts",
                               .source = sre},
                              names_each));
    list.push_back(make_check({.id = "GAM-02",
                               .kind = must,
                               .level = recommended,
                               .title = "sees half of the troubles within two minutes",
                               .source = sre},
                              sees_soon));
    list.push_back(make_check({.id = "GAM-03",
                               .kind = CheckKind::never,
                               .level = recommended,
                               .title = "raises no alarm while nothing is wrong",
                               .source = sre},
                              cries_no_wolf));
    list.push_back(make_check({.id = "GAM-04",
                               .kind = must,
                               .level = recommended,
                               .title = "does what cures a trouble, and is seen to",
                               .source = sre},
                              acts));
    list.push_back(make_check({.id = "GAM-05",
                               .kind = must,
                               .level = recommended,
                               .title = "has lost and doubled nothing at the end of the day",
                               .source = "at least once in, exactly once in effect"},
                              loses_nothing));
}

}  // namespace apilab::sandbox::internal
