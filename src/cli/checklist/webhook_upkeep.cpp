#include "checklist/webhook_upkeep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/http/json.hpp"
#include "checklist/deliveries.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"
#include "checklist/seen_text.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::Exchange;
using sandbox::Outbound;

bool is_2xx(const Outbound& row) {
    return row.status >= 200 && row.status < 300;
}

std::vector<std::uint64_t> rows_between(const Episode& episode, std::uint64_t from,
                                        std::uint64_t to) {
    std::vector<std::uint64_t> rows;
    for (const Exchange& row : episode.rows) {
        if (row.seq > from && row.seq < to) {
            rows.push_back(row.seq);
        }
    }
    return rows;
}

// Between two kills: what was acknowledged, and the requests.
struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = UINT64_MAX;
    /// The last delivery that was answered 2xx; 0: none was.
    std::uint64_t acknowledged = 0;
};

std::vector<Stretch> stretches_of(const Episode& episode) {
    std::vector<Stretch> stretches{{}};
    for (const Outbound& row : episode.outbound) {
        if (row.from == "kill") {
            stretches.back().end = row.seq;
            stretches.push_back({.begin = row.seq});
        } else if (row.facts.contains("event") && is_2xx(row)) {
            stretches.back().acknowledged = row.seq;
        }
    }
    return stretches;
}

}  // namespace

namespace {

// What was begun when it was killed may be left alone for as long as a lease lasts.
std::optional<Evidence> waits_in_queue(const Episode& episode) {
    for (const Sample& sample : samples_of(episode.metrics)) {
        const bool queue = says(sample.name, {"queue", "backlog", "pending"});
        if (sample.value > 0 && queue && !sample.name.ends_with("_total") &&
            says(sample.labels, {"running", "leased", "available", "pending", "queued"})) {
            return Evidence{Evidence::Kind::metric, fmt::format("{}: {}", episode.id, sample.line)};
        }
    }
    return std::nullopt;
}

}  // namespace

// The last kill but one came right after an answer, the last one while all was quiet: what a start
// asks by itself is not work for the webhook.
Answer survives_kill(const Observed& seen) {
    if (auto why = nothing_seen(seen, "gap")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("gap");
    const auto stretches = stretches_of(episode);
    constexpr std::size_t needed = 3;
    if (stretches.size() < needed || stretches[stretches.size() - 3].acknowledged == 0) {
        return untested("the service was not killed after it had acknowledged a webhook");
    }
    const auto& killed = stretches[stretches.size() - 3];
    const auto& next = stretches[stretches.size() - 2];
    const auto& idle = stretches.back();
    const auto before = rows_between(episode, killed.acknowledged, killed.end);
    const auto after = rows_between(episode, next.begin, next.end);
    const auto usual = rows_between(episode, idle.begin, idle.end);
    const auto sentence = fmt::format(
        "killed right after it had acknowledged a webhook: {} requests before the "
        "kill, {} after the next start, {} after a start with nothing to do",
        before.size(), after.size(), usual.size());
    auto shown = after;
    shown.insert(shown.begin(), killed.acknowledged);
    if (after.size() > usual.size()) {
        return passes(sentence, {rows_of(episode, shown)});
    }
    if (const auto waits = waits_in_queue(episode)) {
        return passes(sentence + "; it lies in its queue until its lease is over",
                      {rows_of(episode, shown), *waits});
    }
    if (before.empty()) {
        return fails(sentence, {rows_of(episode, shown)});
    }
    return untested(sentence + ": it may have been done in time");
}

namespace {

// A sample that counts what nobody handles: its name or a label says so.
const Sample* count_of_unknown(const std::vector<Sample>& samples,
                               const std::set<std::string, std::less<>>& types) {
    const auto found = std::ranges::find_if(samples, [&](const Sample& sample) {
        const bool hook = says(sample.line, {"webhook", "event", "deliver", "hook"});
        const bool word = says(sample.line, {"unknown", "unhandled", "ignored", "unsupported",
                                             "unrecognized", "unrecognised"});
        const bool type = std::ranges::any_of(
            types, [&](const std::string& one) { return sample.line.contains(one); });
        return sample.value > 0 && ((hook && word) || type);
    });
    return found == samples.end() ? nullptr : &*found;
}

}  // namespace

Answer counts_the_unknown(const Observed& seen) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    std::set<std::string, std::less<>> types;
    for (const Event& event : deliveries.events()) {
        if (!event.genuine() || !event.told->quiet || event.answers() == 0) {
            continue;
        }
        // Of Slack all are event_callback.
        if (event.from != "slack") {
            types.emplace(event.fact("type"));
        }
        if (!event.accepted()) {
            tally.bad(fmt::format("a {} of {}'s was answered {}", event.fact("type"), event.from,
                                  event.told->deliveries.back()->status),
                      event.rows());
        } else if (!event.effects.empty()) {
            tally.bad(fmt::format("something was written because of a {} of {}'s",
                                  event.fact("type"), event.from),
                      event.rows());
        } else {
            tally.good(event.rows());
        }
    }
    auto taken = tally.answer("no event of an unknown type was delivered",
                              "events of unknown types were answered 2xx");
    if (taken.state != State::pass) {
        return taken;
    }
    if (episode.metrics.empty()) {
        return fails(taken.sentence + ", and there are no metrics that count them",
                     {manifest_line(seen, "service.metrics")});
    }
    const auto samples = samples_of(episode.metrics);
    const auto* counted = count_of_unknown(samples, types);
    if (counted == nullptr) {
        return fails(taken.sentence + ", and none of the metrics counts them",
                     {taken.evidence.front(),
                      {Evidence::Kind::metric, fmt::format("{}: {} samples, none of unknown events",
                                                           episode.id, samples.size())}});
    }
    taken.sentence += " and counted";
    taken.evidence.push_back(
        {Evidence::Kind::metric, fmt::format("{}: {}", episode.id, counted->line)});
    return taken;
}

namespace {

// Where source or configuration says the name of an event as a word of its own.
std::optional<Evidence> handled_in(const Observed& seen, std::string_view event) {
    for (const File& file : seen.files) {
        if (file.path.ends_with(manifest_name) || file.path.ends_with(".md") ||
            file.path.contains("test")) {
            continue;
        }
        for (const char quote : {'"', '\''}) {
            const auto name = fmt::format("{}{}{}", quote, event, quote);
            const auto at = file.text.find(name);
            if (at != std::string::npos) {
                const auto line = std::count(
                    file.text.begin(), file.text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
                return line_in(file.path, static_cast<std::size_t>(line) + 1);
            }
        }
    }
    return std::nullopt;
}

// Deliveries of that type because of which something was written, or asked right after it alone.
std::optional<Evidence> handled_on_the_wire(const Observed& seen, std::string_view from,
                                            std::string_view type) {
    for (const auto& [id, episode] : seen.episodes) {
        const Deliveries deliveries(episode);
        for (const Event& event : deliveries.events()) {
            if (event.from == from && event.genuine() && event.fact("type") == type &&
                !event.effects.empty()) {
                return rows_of(episode, event.rows());
            }
        }
        // The trigger of an episode in which nothing else is told.
        const bool alone = std::ranges::all_of(episode.outbound, [&](const Outbound& row) {
            const auto told = row.facts.find("type");
            return row.from == from && told != row.facts.end() && told->second == type;
        });
        if (alone && !episode.outbound.empty()) {
            const auto after = rows_between(episode, episode.outbound.front().seq, UINT64_MAX);
            if (!after.empty()) {
                return rows_of(episode, after);
            }
        }
    }
    return std::nullopt;
}

}  // namespace

Answer subscribes_to_what_it_handles(const Observed& seen) {
    if (seen.manifest.service.webhooks.empty()) {
        return untested("the manifest names no webhooks");
    }
    std::vector<Evidence> handled;
    std::size_t subscribed = 0;
    for (const auto& [sender, path] : seen.manifest.service.webhooks) {
        const auto one =
            std::ranges::find(seen.manifest.integrations, sender, &Integration::provider);
        const auto key = fmt::format("integration.{}.events", sender);
        if (one == seen.manifest.integrations.end() || one->events.empty()) {
            return fails(fmt::format("{} delivers webhooks, and it is not said which events are "
                                     "subscribed to",
                                     sender),
                         {manifest_line(seen, fmt::format("service.webhooks.{}", sender))});
        }
        for (const auto& event : one->events) {
            ++subscribed;
            if (event == "*") {
                return fails(fmt::format("all events of {} are subscribed to", sender),
                             {manifest_line(seen, key)});
            }
            auto proof = handled_on_the_wire(seen, sender, event);
            proof = proof ? proof : handled_in(seen, event);
            if (!proof) {
                return fails(fmt::format("{} of {} is subscribed to; nothing followed it, and no "
                                         "file of the folder names it",
                                         event, sender),
                             {manifest_line(seen, key)});
            }
            handled.push_back(*std::move(proof));
        }
    }
    return passes(fmt::format("each of {} events that are subscribed to is handled", subscribed),
                  std::move(handled));
}

namespace {

bool is_redelivery(const Outbound* row) {
    return sandbox::webhook::fact(row->facts, "copy") == "redelivery";
}

bool missed(const Event& event) {
    return std::ranges::all_of(event.told->deliveries, [](const Outbound* row) {
        return is_redelivery(row) || row->status == 0 || row->status >= 500;
    });
}

}  // namespace

Answer fills_gaps(const Observed& seen) {
    if (auto why = nothing_seen(seen, "gap")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("gap");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    for (const Event& event : deliveries.events()) {
        if (!event.genuine() || event.told->quiet) {
            continue;
        }
        const bool asked = std::ranges::any_of(event.told->deliveries, is_redelivery);
        if (missed(event) && !asked) {
            tally.bad(
                fmt::format("an event of {}'s did not arrive, and nobody asked for it", event.from),
                event.rows());
        } else if (missed(event) && !event.accepted()) {
            tally.bad(
                fmt::format("an event of {}'s was asked for again, and was not taken", event.from),
                event.rows());
        } else if (missed(event)) {
            tally.good(event.rows());
        } else if (asked) {
            tally.bad(
                fmt::format("an event of {}'s that had arrived was asked for again", event.from),
                event.rows());
        }
    }
    return tally.answer("every event arrived, so nothing had to be found",
                        "events that had not arrived were asked for, and taken");
}

namespace {

// What a list of dead letters has in it: elements of an array, or of the first array in an object;
// 0 where there is none.
std::size_t entries_in(std::string_view body) {
    const auto document = http::JsonDocument::parse(body);
    if (!document) {
        // A page or lines of text: anything that tells of a failure.
        return says(body, {"dead", "failed", "error"}) ? 1 : 0;
    }
    const auto root = document->root();
    if (root.is_array()) {
        return root.size();
    }
    std::size_t found = 0;
    for (const auto& [name, value] : root.members()) {
        found += value.is_array() ? value.size() : 0;
    }
    return found;
}

Answer dead_letters_are_seen(const Observed& seen) {
    const auto& path = seen.manifest.service.dead_letters;
    Answer best = untested(fmt::format("{} was not asked for in any episode", path));
    for (const auto& [id, episode] : seen.episodes) {
        for (const Probe& probe : episode.probes) {
            if (probe.what != "GET " + path) {
                continue;
            }
            const Evidence proof{Evidence::Kind::process,
                                 fmt::format("{}: {} answered {}, {} bytes", id, probe.what,
                                             probe.status, probe.body.size())};
            const auto entries = entries_in(probe.body);
            if (probe.status != 200) {
                best = fails(fmt::format("{} answered {}", path, probe.status), {proof});
            } else if (entries > 0) {
                return passes(
                    fmt::format("{} showed {} of what had failed for good", path, entries),
                    {proof});
            } else if (best.state == State::untested) {
                best = untested(fmt::format("{} was empty: nothing had failed for good", path));
            }
        }
    }
    return best;
}

// What was written over there after that moment.
std::vector<std::uint64_t> written_after(const Episode& episode, Duration at) {
    std::vector<std::uint64_t> rows;
    for (const Exchange& row : episode.rows) {
        if (row.effect != http::Effect::read && row.applied &&
            row.first_byte - episode.began >= at) {
            rows.push_back(row.seq);
        }
    }
    return rows;
}

// The list before and after one of them was delivered again.
struct Lists {
    const Probe* before = nullptr;
    const Probe* after = nullptr;
};

Lists lists_around(const Episode& episode, const Probe& again, std::string_view path) {
    Lists lists;
    for (const Probe& probe : episode.probes) {
        if (probe.what != fmt::format("GET {}", path) || probe.status != 200) {
            continue;
        }
        if (probe.at < again.at) {
            lists.before = &probe;
        } else if (lists.after == nullptr) {
            lists.after = &probe;
        }
    }
    return lists;
}

Answer one_again(const Episode& episode, const Probe& again, std::string_view path) {
    const Evidence proof{Evidence::Kind::process,
                         fmt::format("{}: {} answered {}", episode.id, again.what, again.status)};
    if (again.status < 200 || again.status > 299) {
        return fails(fmt::format("to deliver one again was answered {}", again.status), {proof});
    }
    const auto lists = lists_around(episode, again, path);
    if (lists.before == nullptr || lists.after == nullptr) {
        return untested("what was dead before and after one was delivered again was not seen");
    }
    const auto rows = written_after(episode, again.at);
    const auto before = entries_in(lists.before->body);
    const auto after = entries_in(lists.after->body);
    if (rows.empty() || after >= before) {
        return fails(fmt::format("one was delivered again: {} written, and {} of {} were dead "
                                 "still",
                                 counted(rows.size(), "thing was", "things were"), after, before),
                     {proof});
    }
    return passes(fmt::format("one was delivered again: {} written, and {} of {} were left",
                              counted(rows.size(), "thing was", "things were"), after, before),
                  {proof, rows_of(episode, rows)});
}

Answer can_be_delivered_again(const Observed& seen) {
    const auto& service = seen.manifest.service;
    if (service.redeliver.empty()) {
        return fails("the manifest names nothing that delivers a dead letter again",
                     {manifest_line(seen, "service.dead_letters")});
    }
    Answer best = untested("none was delivered again in any episode");
    for (const auto& [id, episode] : seen.episodes) {
        for (const Probe& probe : episode.probes) {
            if (probe.what.starts_with("redeliver ")) {
                best = first_decided({best, one_again(episode, probe, service.dead_letters)});
            }
        }
    }
    return best;
}

}  // namespace

Answer shows_dead_letters(const Observed& seen) {
    if (seen.manifest.service.dead_letters.empty()) {
        return fails("the manifest names no place where dead letters can be seen",
                     {manifest_line(seen, "service")});
    }
    return each_of({dead_letters_are_seen(seen), can_be_delivered_again(seen)});
}

Answer knows_its_own(const Observed& seen) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    bool came = false;
    for (const Event& event : deliveries.events()) {
        if (event.fact("own").empty() || !event.genuine() || event.answers() == 0) {
            continue;
        }
        came = true;
        if (!event.effects.empty()) {
            tally.bad(fmt::format("a message of our own bot, back from {}, was answered with {} "
                                  "more",
                                  event.from, event.effects.size()),
                      event.rows());
        } else if (!event.accepted()) {
            tally.bad(fmt::format("our own event from {} was refused with {}", event.from,
                                  event.told->deliveries.back()->status),
                      event.rows());
        } else if (deliveries.shows_effects(event.from)) {
            tally.good(event.rows());
        }
    }
    return tally.answer(came ? "our own messages came back; nobody else's was answered either, so "
                               "it is not seen that they are told apart"
                             : "no event of our own came back",
                        "messages of our own bot came back and were left alone, while others' "
                        "were answered");
}

namespace {

constexpr std::initializer_list<std::string_view> off_words{
    "inactive", "not active", "switched off", "disabled", "deactivated", "no longer active"};
constexpr std::initializer_list<std::string_view> hook_words{"hook", "subscription"};

bool tells_of_off(std::string_view line) {
    return says(line, off_words) && says(line, hook_words);
}

// An alert on webhooks that have not come for long.
std::optional<Evidence> alert_on_silence(const Observed& seen) {
    const auto file = std::ranges::find(seen.files, seen.manifest.alerts, &File::path);
    if (seen.manifest.alerts.empty() || file == seen.files.end()) {
        return std::nullopt;
    }
    std::size_t number = 0;
    for (const auto line : lines_of(file->text)) {
        ++number;
        if (says(line, {"webhook"}) && says(line, {"time()", "absent", "silent", "== 0"}) &&
            !line.starts_with('#')) {
            return line_in(file->path, number);
        }
    }
    return std::nullopt;
}

}  // namespace

Answer notices_being_switched_off(const Observed& seen) {
    if (seen.manifest.service.webhooks.empty()) {
        return untested("the manifest names no webhooks");
    }
    if (auto why = nothing_seen(seen, "gap")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("gap");
    for (const auto line : log_of(episode)) {
        if (tells_of_off(line)) {
            return passes("the log says that the subscription was switched off",
                          {log_line(episode, line)});
        }
    }
    const auto samples = samples_of(episode.metrics);
    const auto last = std::ranges::find_if(samples, [](const Sample& sample) {
        return says(sample.name, {"hook", "delivery", "deliveries"}) &&
               says(sample.name, {"timestamp", "age", "last", "active"});
    });
    const auto alert = alert_on_silence(seen);
    if (last != samples.end() && alert) {
        return passes(
            "a metric says when each sender delivered last, and an alert fires when it is silent",
            {{Evidence::Kind::metric, fmt::format("{}: {}", episode.id, last->line)}, *alert});
    }
    std::vector<std::uint64_t> looks;
    for (const Exchange& row : episode.rows) {
        if (row.operation == "get_hook" || row.operation == "list_hooks") {
            looks.push_back(row.seq);
        }
    }
    if (!looks.empty()) {
        return fails(fmt::format("it looked at its subscription {} times, which said that it is "
                                 "switched off, and neither log nor metrics say so",
                                 looks.size()),
                     {rows_of(episode, looks)});
    }
    return fails(fmt::format("nothing looks at the subscription, and neither log nor metrics{} "
                             "would tell that a sender has gone silent",
                             last == samples.end() ? "" : ", without an alert on them,"),
                 {{Evidence::Kind::log, fmt::format("{}: {} lines, none about a subscription",
                                                    episode.id, log_of(episode).size())}});
}

}  // namespace apilab::cli::checklist
