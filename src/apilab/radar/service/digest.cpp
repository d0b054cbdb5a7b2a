#include "apilab/radar/service/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/digest_page.hpp"

namespace apilab::radar {
namespace {

using internal::clean_text;
using internal::DigestEntry;
using internal::DigestField;
using internal::DigestPage;
using internal::DigestSection;

std::string day(SystemTime time) {
    return http::format_iso_time(time).substr(0, std::string_view("2026-11-30").size());
}

// `2026-11-30 08:00 UTC`
std::string moment(SystemTime time) {
    const auto text = http::format_iso_time(time);
    return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& all, std::string_view between = ", ") {
    std::string out;
    for (const auto& one : all) {
        out += out.empty() ? "" : between;
        out += one;
    }
    return out;
}

/// One watch as far as its last run tells.
struct Checked {
    std::string watch;
    const RunRecord* run = nullptr;
    /// `osv failed (HTTP 503)`: what makes it incomplete; empty: it is whole.
    std::vector<std::string> wrong;
    std::vector<std::string> sources;
    std::optional<std::int64_t> packages;
};

void read_sources(const RunRecord& run, Checked& out) {
    const auto report = http::JsonDocument::parse(run.report);
    if (!report) {
        out.wrong.emplace_back("its report cannot be read");
        return;
    }
    out.packages = report->root()["packages"].integer();
    for (const auto source : report->root()["sources"].elements()) {
        const auto name = clean_text(source["name"].string_or("a source"), 40);
        const auto status = source["status"].string_or("failed");
        const auto as_of = http::parse_iso_time(source["as_of"].string_or(""));
        auto said = fmt::format("{} {}", name, clean_text(status, 20));
        if (as_of) {
            said += ", as of " + moment(*as_of);
        }
        if (const auto error = source["error"].string_or(""); !error.empty()) {
            said += fmt::format(" ({})", clean_text(error, 200));
        }
        if (status != "ok") {
            out.wrong.push_back(said);
        }
        out.sources.push_back(std::move(said));
    }
}

Checked checked(const std::string& watch, const RunRecord* run, SystemTime since) {
    Checked out{.watch = watch, .run = run};
    if (run == nullptr) {
        out.wrong.emplace_back("never checked");
        return out;
    }
    if (!run->error.empty()) {
        out.wrong.push_back(fmt::format("could not be checked: {}", clean_text(run->error, 200)));
    } else if (run->report.empty()) {
        out.wrong.emplace_back("its last check has no report");
    } else {
        read_sources(*run, out);
    }
    if (run->finished < since) {
        out.wrong.push_back("not checked since " + moment(run->finished));
    }
    if (!run->complete && out.wrong.empty()) {
        out.wrong.emplace_back("not every source answered");
    }
    return out;
}

/// The facts, sorted by what is to be said of them.
struct Sorted {
    std::vector<Checked> checks;
    std::vector<const Item*> open;
    std::vector<const Item*> resolved;
    std::vector<const Item*> declined;
    std::vector<const Item*> snoozed;
    std::size_t fresh = 0;

    [[nodiscard]] bool complete() const {
        return std::ranges::all_of(checks, [](const auto& one) { return one.wrong.empty(); });
    }
    /// Did any check end that said something?
    [[nodiscard]] bool anything_known() const {
        return std::ranges::any_of(
            checks, [](const auto& one) { return one.run != nullptr && !one.run->report.empty(); });
    }
};

bool is_fresh(const Item& item, SystemTime since) {
    return item.first_seen >= since;
}

Sorted sorted(const DigestFacts& facts) {
    Sorted out;
    std::map<std::string, const RunRecord*> runs;
    for (const auto& watch : facts.watches) {
        runs[watch] = nullptr;
    }
    for (const auto& run : facts.runs) {
        runs[run.watch] = &run;
    }
    for (const auto& [watch, run] : runs) {
        out.checks.push_back(checked(watch, run, facts.since));
    }
    for (const auto& item : facts.items) {
        if (item.resolved) {
            if (*item.resolved >= facts.since) {
                out.resolved.push_back(&item);
            }
        } else if (!item.actionable()) {
            continue;
        } else if (declines(item.human.decision)) {
            out.declined.push_back(&item);
        } else if (item.human.snooze_until && *item.human.snooze_until > facts.now) {
            out.snoozed.push_back(&item);
        } else {
            out.open.push_back(&item);
            out.fresh += is_fresh(item, facts.since) ? 1 : 0;
        }
    }
    std::ranges::sort(out.open, [](const Item* a, const Item* b) {
        return a->decision.score != b->decision.score ? a->decision.score > b->decision.score
                                                      : a->key() < b->key();
    });
    return out;
}

// `lodash 4.17.11 -> 4.17.21 in webshop`
std::string name_of(const Item& item) {
    const auto& decision = item.decision;
    auto out = clean_text(fmt::format("{} {}", decision.package, joined(decision.installed)), 200);
    if (decision.candidate) {
        out += " -> " + clean_text(*decision.candidate, 60);
    }
    return out + " in " + clean_text(item.watch, 64);
}

std::string risk_of(const Decision& decision) {
    std::string out(to_string(decision.action));
    if (decision.change != Change::none) {
        out += decision.change == Change::in_range
                   ? ", in range"
                   : fmt::format(", a {} step", to_string(decision.change));
    }
    out += decision.level ? fmt::format(", {}", to_string(*decision.level)) : "";
    return out + fmt::format(", {}{}, score {}", decision.direct ? "direct" : "transitive",
                             decision.dev ? " for development" : "", decision.score);
}

std::string why_of(const Decision& decision) {
    std::vector<std::string> points;
    for (const auto& point : decision.points) {
        points.push_back(fmt::format("{} {:+}", point.why, point.points));
    }
    return joined(points);
}

std::string evidence_of(const Decision& decision) {
    std::vector<std::string> all;
    for (const auto& id : decision.advisories) {
        auto one = id;
        for (const auto& [of, others] : decision.aliases) {
            one += of == id ? fmt::format(" ({})", joined(others)) : "";
        }
        all.push_back(std::move(one));
    }
    return joined(all);
}

DigestEntry open_entry(const Item& item, SystemTime since) {
    constexpr std::size_t notes_max = 5;
    const auto& decision = item.decision;
    DigestEntry entry{.title = name_of(item) + (is_fresh(item, since) ? " (new)" : "")};
    const auto add = [&](std::string label, std::string_view text, bool code = false) {
        if (!text.empty()) {
            entry.fields.push_back({std::move(label), clean_text(text), code});
        }
    };
    add("do", risk_of(decision));
    // A command that was cut would be another command.
    constexpr std::size_t command_max = 300;
    if (decision.command && decision.command->size() > command_max) {
        add("run", "(longer than a mail shows)");
    } else {
        add("run", decision.command.value_or(""), true);
    }
    add("why", why_of(decision));
    add("see", evidence_of(decision));
    for (std::size_t i = 0; i < std::min(decision.notes.size(), notes_max); ++i) {
        add("note", decision.notes[i]);
    }
    add("owner", item.human.owner);
    add("said", item.human.decision);
    if (decision.confidence != Confidence::full) {
        add("but", fmt::format("confidence {}: not every source answered for it",
                               to_string(decision.confidence)));
    }
    return entry;
}

template <class Entry>
void add_section(DigestPage& page, std::string heading, const std::vector<const Item*>& items,
                 std::size_t items_max, bool ranked, Entry entry) {
    if (items.empty()) {
        return;
    }
    DigestSection section{.heading = std::move(heading), .ranked = ranked};
    for (const Item* item : items) {
        if (section.entries.size() == items_max) {
            section.more = items.size() - items_max;
            break;
        }
        section.entries.push_back(entry(*item));
    }
    page.sections.push_back(std::move(section));
}

DigestEntry check_entry(const Checked& check) {
    DigestEntry entry{.title = clean_text(check.watch, 64)};
    if (check.run != nullptr) {
        entry.fields.push_back(
            {"last",
             fmt::format("{}{}", moment(check.run->finished),
                         check.packages ? fmt::format(", {} packages", *check.packages) : "")});
    }
    for (const auto& source : check.sources) {
        entry.fields.push_back({"source", source});
    }
    if (check.wrong.empty()) {
        entry.fields.push_back({"", "complete: every source answered"});
        return entry;
    }
    entry.fields.push_back({"but", "incomplete: " + joined(check.wrong, "; ")});
    if (check.run != nullptr && check.run->last_complete) {
        entry.fields.push_back({"whole", "last on " + moment(*check.run->last_complete)});
    }
    return entry;
}

std::string counts_of(const Sorted& sorted) {
    std::vector<std::string> all{
        fmt::format("{} to do, {} of them new", sorted.open.size(), sorted.fresh)};
    const auto add = [&](std::size_t count, std::string_view what) {
        if (count > 0) {
            all.push_back(fmt::format("{} {}", count, what));
        }
    };
    add(sorted.resolved.size(), "resolved");
    add(sorted.declined.size(), "declined");
    add(sorted.snoozed.size(), "snoozed");
    return joined(all, "; ") + ".";
}

// What the whole amounts to, and never more than the runs support.
std::string verdict_of(const Sorted& sorted, bool simulated) {
    if (sorted.checks.empty()) {
        return "Nothing is watched, so nothing is known.";
    }
    if (!sorted.anything_known() && sorted.open.empty()) {
        return "Nothing is known: no check has come to a result. This is no all-clear.";
    }
    if (!sorted.open.empty()) {
        return counts_of(sorted);
    }
    if (!sorted.complete()) {
        return "Nothing to do is known, but not everything could be asked: this is no all-clear.";
    }
    return simulated ? "Nothing to do in the simulation, which says nothing about the real world."
                     : fmt::format("Nothing to do: every source answered for {}.",
                                   plural(sorted.checks.size(), "project", "projects"));
}

std::string subject_of(const Sorted& sorted, bool simulated) {
    std::string what;
    if (sorted.checks.empty() || (!sorted.anything_known() && sorted.open.empty())) {
        what = "nothing is known";
    } else if (!sorted.open.empty()) {
        what = fmt::format("{} to do, {} new", sorted.open.size(), sorted.fresh);
    } else {
        what = sorted.complete() ? "nothing to do" : "nothing to do is known";
    }
    return fmt::format("{}Radar: {}{}", simulated ? "[SIMULATED] " : "", what,
                       sorted.complete() || sorted.checks.empty() ? "" : " (incomplete)");
}

DigestPage page_of(const Sorted& sorted, const DigestFacts& facts, std::size_t items_max) {
    DigestPage page{.title = fmt::format("Radar, {} to {}", day(facts.since), day(facts.now))};
    if (facts.simulated) {
        page.warnings.emplace_back("SIMULATED: the sources were the sandbox, not the world");
    }
    page.summary.push_back(verdict_of(sorted, facts.simulated));
    if (!sorted.open.empty() && !sorted.complete()) {
        page.warnings.emplace_back(
            "Incomplete: not everything could be asked. What is missing here may be open all the "
            "same.");
    }
    std::vector<const Item*> fresh;
    std::ranges::copy_if(sorted.open, std::back_inserter(fresh),
                         [&](const Item* item) { return is_fresh(*item, facts.since); });
    const auto short_entry = [](const Item& item) {
        return DigestEntry{
            .title = fmt::format("{}: {}", name_of(item), clean_text(risk_of(item.decision)))};
    };
    add_section(page, "New", fresh, items_max, false, short_entry);
    add_section(page, "To do, most urgent first", sorted.open, items_max, true,
                [&](const Item& item) { return open_entry(item, facts.since); });
    add_section(page, "Resolved", sorted.resolved, items_max, false, [](const Item& item) {
        return DigestEntry{.title = name_of(item) + ", on " + day(*item.resolved)};
    });
    add_section(page, "Declined", sorted.declined, items_max, false, [](const Item& item) {
        return DigestEntry{.title = name_of(item),
                           .fields = {{"said", clean_text(item.human.decision)}}};
    });
    add_section(page, "Snoozed", sorted.snoozed, items_max, false, [](const Item& item) {
        return DigestEntry{.title = name_of(item) + ", until " + day(*item.human.snooze_until)};
    });
    DigestSection asked{.heading = "What was asked"};
    for (const auto& check : sorted.checks) {
        if (asked.entries.size() == items_max) {
            asked.more = sorted.checks.size() - items_max;
            break;
        }
        asked.entries.push_back(check_entry(check));
    }
    if (!asked.entries.empty()) {
        page.sections.push_back(std::move(asked));
    }
    return page;
}

}  // namespace

std::string digest_key(SystemTime now) {
    return "digest-" + day(now);
}

GmailEffect digest(const GmailSink& sink, const DigestFacts& facts, const DigestLimits& limits) {
    const auto all = sorted(facts);
    GmailEffect effect{
        .from = sink.from, .to = sink.to, .subject = subject_of(all, facts.simulated)};
    auto items_max = std::clamp<std::size_t>(limits.items_max, 1, 500);
    while (true) {
        const auto page = page_of(all, facts, items_max);
        effect.html = internal::digest_html(page);
        if (effect.html.size() <= limits.bytes_max || items_max == 1) {
            effect.text = internal::digest_text(page);
            return effect;
        }
        items_max /= 2;
    }
}

}  // namespace apilab::radar
