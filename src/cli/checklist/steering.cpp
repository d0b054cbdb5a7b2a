#include "checklist/steering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "checklist/deliveries.hpp"
#include "checklist/rules.hpp"
#include "checklist/seen_text.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::Exchange;
using sandbox::Outbound;
using std::chrono::seconds;

bool refused(const Exchange& row) {
    return std::ranges::any_of(row.faults, [](const auto& hit) { return hit.kind == "status"; }) &&
           row.status == 503;
}

// A provider that was down, from then on and to the end.
struct Dead {
    std::string provider;
    std::uint64_t since = 0;
};

std::optional<Dead> dead_provider(const Episode& episode) {
    std::map<std::string, std::uint64_t> down;
    for (const Exchange& row : episode.rows) {
        if (refused(row)) {
            down.try_emplace(row.provider, row.seq);
        } else {
            down.erase(row.provider);  // it was there again
        }
    }
    return down.empty() ? std::nullopt
                        : std::optional(Dead{down.begin()->first, down.begin()->second});
}

// Requests to it after each webhook that was delivered, until the next one; from the one on that
// met its end first.
std::vector<std::size_t> calls_per_trigger(const Episode& episode, const Dead& dead) {
    std::vector<std::uint64_t> triggers;
    for (const Outbound& row : episode.outbound) {
        if (row.facts.contains("event")) {
            triggers.push_back(row.seq);
        }
    }
    const auto first = std::ranges::upper_bound(triggers, dead.since);
    triggers.erase(triggers.begin(), first == triggers.begin() ? first : std::prev(first));
    std::vector<std::size_t> calls(triggers.size());
    for (const Exchange& row : episode.rows) {
        const auto next = std::ranges::upper_bound(triggers, row.seq);
        if (row.provider == dead.provider && next != triggers.begin()) {
            ++calls[static_cast<std::size_t>(next - triggers.begin()) - 1];
        }
    }
    return calls;
}

constexpr std::initializer_list<std::string_view> breaker_words{"breaker", "circuit"};
constexpr std::initializer_list<std::string_view> reason_words{
    "failed", "failure", "failing", "errors", "timed out", "timeout", "connection", "503"};

// A breaker, and not far behind it why it is open. That it is says no more than that.
bool gives_reason(std::string_view text) {
    constexpr std::size_t near = 300;
    const auto low = ascii_lowered(text);
    return std::ranges::any_of(breaker_words, [&](std::string_view word) {
        for (auto at = low.find(word); at != std::string::npos; at = low.find(word, at + 1)) {
            if (says(low.substr(at, near), reason_words)) {
                return true;
            }
        }
        return false;
    });
}

// In its log, or on one of its pages: metrics have numbers, not reasons.
std::optional<Evidence> says_why(const Observed& seen, const Episode& episode) {
    for (const auto line : log_of(episode)) {
        if (gives_reason(line)) {
            return log_line(episode, line);
        }
    }
    for (const Probe& probe : episode.probes) {
        if (probe.what != "GET " + seen.manifest.service.metrics && gives_reason(probe.body)) {
            return Evidence{Evidence::Kind::process,
                            fmt::format("{}: its answer to {}", episode.id, probe.what)};
        }
    }
    return std::nullopt;
}

std::vector<const Exchange*> asked_of(const Episode& episode, const Dead& dead) {
    std::vector<const Exchange*> rows;
    for (const Exchange& row : episode.rows) {
        if (row.provider == dead.provider && row.seq >= dead.since) {
            rows.push_back(&row);
        }
    }
    return rows;
}

// A webhook came, and the dead were left alone for a while longer.
bool spared_between(const Episode& episode, SteadyTime from, SteadyTime to) {
    constexpr Duration soon = std::chrono::milliseconds(500);
    return std::ranges::any_of(episode.outbound, [&](const Outbound& told) {
        return told.facts.contains("event") && told.sent > from && told.sent + soon < to;
    });
}

// Who comes back to somebody dead sends one request to see, and no more until it has its answer and
// another pause is over.
Answer one_probe(const Episode& episode, const Dead& dead) {
    constexpr Duration pause = seconds(2);
    constexpr Duration together = seconds(1);
    const auto asked = asked_of(episode, dead);
    std::vector<std::uint64_t> probes;
    for (std::size_t i = 0; i + 1 < asked.size(); ++i) {
        const auto from = asked[i]->first_byte;
        const auto back = asked[i + 1]->first_byte;
        if (back - from < pause || !spared_between(episode, from, back)) {
            continue;
        }
        const auto end =
            std::find_if(asked.begin() + static_cast<std::ptrdiff_t>(i) + 1, asked.end(),
                         [&](const Exchange* row) { return row->first_byte - back > together; });
        const auto came = end - asked.begin() - static_cast<std::ptrdiff_t>(i) - 1;
        probes.push_back(asked[i + 1]->seq);
        if (came > 1) {
            return fails(fmt::format("after a pause {} requests at once went to {}, which was dead "
                                     "still",
                                     came, dead.provider),
                         {rows_of(episode, probes)});
        }
    }
    return probes.empty()
               ? untested(
                     fmt::format("{} was left alone to the end: no probe was seen", dead.provider))
               : passes("after a pause one request went to see", {rows_of(episode, probes)});
}

// What the manifest says closes a breaker: the next webhook's work asks again.
Answer can_be_reset(const Observed& seen, const Episode& episode, const Dead& dead) {
    if (seen.manifest.service.reset_breaker.empty()) {
        return passes("nothing is said to close it by hand", {});
    }
    const auto reset = std::ranges::find_if(episode.probes, [](const Probe& probe) {
        return probe.what.starts_with("reset_breaker ");
    });
    if (reset == episode.probes.end()) {
        return untested("it was not closed by hand");
    }
    const Evidence proof{Evidence::Kind::process,
                         fmt::format("{}: {} answered {}", episode.id, reset->what, reset->status)};
    const auto asked = asked_of(episode, dead);
    const bool again = std::ranges::any_of(
        asked, [&](const Exchange* row) { return row->first_byte - episode.began >= reset->at; });
    return reset->status / 100 == 2 && again
               ? passes("closed by hand, it let calls pass", {proof})
               : fails(fmt::format("to close it by hand was answered {}, and {} was asked "
                                   "afterwards",
                                   reset->status, again ? "it" : "nothing"),
                       {proof});
}

Answer is_left_alone(const Observed& seen, const Episode& episode, const Dead& dead,
                     const std::vector<std::size_t>& calls) {
    std::vector<std::uint64_t> rows;
    for (const auto* row : asked_of(episode, dead)) {
        rows.push_back(row->seq);
    }
    // Of the second half: to find out takes a few.
    const auto half = calls.begin() + static_cast<std::ptrdiff_t>(calls.size() / 2);
    const auto spared = std::count(half, calls.end(), std::size_t{0});
    const auto sentence = fmt::format(
        "{} was down and was asked {} times for {} webhooks; {} of the last {} asked it nothing",
        dead.provider, rows.size(), calls.size(), spared, calls.end() - half);
    if (spared * 2 < calls.end() - half) {
        return fails(sentence, {rows_of(episode, rows)});
    }
    const auto why = says_why(seen, episode);
    if (!why) {
        return fails(sentence + ", and neither its log nor a page says why",
                     {rows_of(episode, rows)});
    }
    return passes(sentence, {rows_of(episode, rows), *why});
}

}  // namespace

Answer leaves_the_dead_alone(const Observed& seen) {
    if (auto why = nothing_seen(seen, "down")) {
        return *std::move(why);
    }
    constexpr std::size_t triggers_min = 5;
    const Episode& episode = *seen.episode("down");
    const auto dead = dead_provider(episode);
    const auto calls = dead ? calls_per_trigger(episode, *dead) : std::vector<std::size_t>();
    if (calls.size() < triggers_min) {
        return untested(
            fmt::format("a provider that was down was needed for {} webhooks, fewer "
                        "than {}",
                        calls.size(), triggers_min));
    }
    return each_of({is_left_alone(seen, episode, *dead, calls), one_probe(episode, *dead),
                    can_be_reset(seen, episode, *dead)});
}

namespace {

struct Waited {
    Duration longest{};
    std::size_t count = 0;
    std::uint64_t seq = 0;
    std::string what;
};

// Requests that a fault holds up, as stretches of time.
std::vector<const Exchange*> held_up(const Episode& episode) {
    std::vector<const Exchange*> rows;
    for (const Exchange& row : episode.rows) {
        const bool stalled = std::ranges::any_of(
            row.faults, [](const auto& hit) { return hit.kind == "stall" || hit.kind == "drip"; });
        if (stalled || row.delay >= seconds(1)) {
            rows.push_back(&row);
        }
    }
    return rows;
}

bool during(const Exchange& held, SteadyTime at) {
    return at >= held.first_byte && (!held.finished || at <= *held.finished);
}

}  // namespace

Answer is_not_starved(const Observed& seen) {
    if (auto why = nothing_seen(seen, "down")) {
        return *std::move(why);
    }
    constexpr Duration patience = seconds(1);
    const Episode& episode = *seen.episode("down");
    const auto held = held_up(episode);
    Waited waited;
    const auto look = [&](SteadyTime at, std::optional<SteadyTime> end, std::uint64_t seq,
                          std::string_view what) {
        if (std::ranges::none_of(held, [&](const auto* row) { return during(*row, at); })) {
            return;
        }
        const Duration took = end ? *end - at : Duration::max();
        ++waited.count;
        if (took >= waited.longest) {
            waited.longest = took;
            waited.seq = seq;
            waited.what = what;
        }
    };
    for (const Outbound& row : episode.outbound) {
        if (row.facts.contains("event")) {
            look(row.sent, row.finished, row.seq, "a webhook of " + row.from);
        }
    }
    if (held.empty() || waited.count == 0) {
        return untested("no webhook came while a provider kept the service waiting");
    }
    std::vector<std::uint64_t> rows{held.front()->seq, waited.seq};
    Duration slowest_probe{};
    for (const Probe& probe : episode.probes) {
        if (probe.what.starts_with("GET ")) {
            slowest_probe = std::max(slowest_probe, probe.took);
        }
    }
    const auto others = std::ranges::count_if(episode.rows, [&](const Exchange& row) {
        return row.provider != held.front()->provider &&
               std::ranges::any_of(held,
                                   [&](const auto* one) { return during(*one, row.first_byte); });
    });
    const auto longest = waited.longest == Duration::max()
                             ? std::string("was never answered")
                             : "took " + format_duration(waited.longest);
    const auto sentence = fmt::format(
        "while {} kept {} requests waiting, {} webhooks came; the slowest {}; health and readiness "
        "answered within {}, and {} requests went to others",
        held.front()->provider, held.size(), waited.count, longest, format_duration(slowest_probe),
        others);
    if (waited.longest >= patience || slowest_probe >= patience || others == 0) {
        return fails(sentence, {rows_of(episode, rows)});
    }
    return passes(sentence, {rows_of(episode, rows)});
}

namespace {

// What each life asked.
std::vector<std::vector<const Exchange*>> work_of_lives(const Episode& episode) {
    std::vector<std::vector<const Exchange*>> work(episode.lives.size());
    for (const Exchange& row : episode.rows) {
        const auto next = std::ranges::upper_bound(episode.lives, row.first_byte - episode.began,
                                                   {}, &Life::began);
        if (next != episode.lives.begin()) {
            work[static_cast<std::size_t>(next - episode.lives.begin()) - 1].push_back(&row);
        }
    }
    return work;
}

// As the sandbox calls it.
std::string_view served_as(std::string_view provider) {
    return provider == "gmail" ? "google" : provider;
}

Answer tried(const Episode& episode, std::size_t integrations) {
    const auto work = work_of_lives(episode);
    std::size_t switched = 0;
    std::vector<std::uint64_t> rows;
    for (std::size_t i = 0; i < work.size(); ++i) {
        const auto& off = episode.lives[i].off;
        if (off.empty()) {
            continue;
        }
        std::vector<std::uint64_t> asked;
        for (const auto* row : work[i]) {
            if (row->provider == served_as(off)) {
                asked.push_back(row->seq);
            } else {
                rows.push_back(row->seq);
            }
        }
        if (!asked.empty()) {
            return fails(fmt::format("{} was switched off and asked {} times all the same", off,
                                     asked.size()),
                         {rows_of(episode, asked)});
        }
        ++switched;
    }
    if (switched < integrations || rows.empty()) {
        return untested(
            fmt::format("{} of {} integrations were switched off, and {} requests went "
                        "to the others",
                        switched, integrations, rows.size()));
    }
    return passes(fmt::format("each of {} integrations was switched off in turn: it was asked "
                              "nothing, while the others were asked {} times",
                              switched, rows.size()),
                  {rows_of(episode, rows)});
}

}  // namespace

Answer can_be_switched_off(const Observed& seen) {
    const auto not_run = nothing_seen(seen, "switched");
    const auto& integrations = seen.manifest.integrations;
    if (integrations.empty()) {
        return untested("the manifest names no integrations");
    }
    std::string without;
    std::vector<Evidence> lines;
    for (const auto& one : integrations) {
        if (one.off.empty()) {
            without += (without.empty() ? "" : ", ") + one.provider;
            lines.push_back(manifest_line(seen, fmt::format("integration.{}", one.provider)));
        }
    }
    if (!without.empty()) {
        return fails(fmt::format("nothing switches off {}", without), std::move(lines));
    }
    if (not_run) {
        return *not_run;
    }
    return tried(*seen.episode("switched"), integrations.size());
}

}  // namespace apilab::cli::checklist
