// What a receiver makes of webhooks that come out of order, of types it does not know, with a
// changed secret, or by the hundreds.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <vector>

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

std::uint64_t order_of(const Ledger::Entry& entry) {
    const auto text = fact(entry.deliveries.front()->facts, "order");
    std::uint64_t order = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), order);
    return order;
}

// Everything that was told of one object.
struct Told {
    std::vector<const Ledger::Entry*> events;

    // The latest state of it that the program was told of and took.
    [[nodiscard]] const Ledger::Entry* newest() const {
        const Ledger::Entry* found = nullptr;
        for (const auto* entry : events) {
            if (entry->accepted() && (found == nullptr || order_of(*entry) > order_of(*found))) {
                found = entry;
            }
        }
        return found;
    }
    // The last thing that was done because of any of them, and because of which.
    [[nodiscard]] std::pair<const Ledger::Entry*, const Exchange*> last() const {
        std::pair<const Ledger::Entry*, const Exchange*> found;
        for (const auto* entry : events) {
            for (const Exchange* row : entry->effects) {
                if (found.second == nullptr || row->seq > found.second->seq) {
                    found = {entry, row};
                }
            }
        }
        return found;
    }
};

// WHK-07. What was written last has to be the newest state: by the version that the effect names,
// else by the event that it was for.
Finding newest_wins(const Evidence& evidence) {
    const Ledger ledger = read_ledger(evidence);
    std::map<std::pair<std::string_view, std::string_view>, Told> objects;
    for (const auto& [event, entry] : ledger.entries()) {
        const auto object = fact(entry.deliveries.front()->facts, "object");
        if (entry.genuine() && !object.empty()) {
            objects[{entry.deliveries.front()->from, object}].events.push_back(&entry);
        }
    }
    Tally tally;
    for (const auto& [name, told] : objects) {
        const auto* newest = told.newest();
        const auto [cause, row] = told.last();
        const bool overtaken = std::ranges::any_of(
            told.events, [](const auto* entry) { return entry->late && entry->accepted(); });
        if (newest == nullptr || newest->late || row == nullptr || !overtaken) {
            continue;
        }
        tally.look_at(*cause);
        const auto version = fact(row->facts, "version");
        const auto right = fact(newest->deliveries.front()->facts, "version");
        if (version.empty() ? cause != newest : version != right) {
            tally.blame(*cause, fmt::format("{} ended as it had been before what was told first",
                                            name.second));
        }
    }
    return tally.finding("no object's states were told out of order, or nothing came of them",
                         "objects ended in their newest state, whatever was told last");
}

// WHK-10.
Finding lets_pass_what_is_new(const Evidence& evidence) {
    Tally tally;
    const Ledger ledger = read_ledger(evidence);
    for (const auto& [event, entry] : ledger.entries()) {
        const auto* row = entry.deliveries.back();
        if (entry.truth != "genuine" || !entry.quiet || row->status == 0) {
            continue;
        }
        tally.look_at(entry);
        if (!entry.accepted()) {
            tally.blame(entry, fmt::format("an event of an unknown type was answered with {}: its "
                                           "sender goes on, or switches the hook off",
                                           row->status));
        } else if (!entry.effects.empty()) {
            tally.blame(entry, "something was done because of an event of an unknown type");
        }
    }
    return tally.finding("no event of an unknown type was delivered",
                         "events of unknown types were taken and had no effect");
}

// WHK-11.
Finding changes_secrets(const Evidence& evidence) {
    Tally tally;
    const Ledger ledger = read_ledger(evidence);
    for (const auto& [event, entry] : ledger.entries()) {
        const auto* row = entry.deliveries.front();
        const auto answered = std::ranges::find_if(
            entry.deliveries, [](const Outbound* each) { return each->status != 0; });
        if (answered == entry.deliveries.end()) {
            continue;
        }
        const bool both = entry.genuine() && !fact(row->facts, "both").empty();
        const bool retired = entry.truth == "retired";
        if (both || retired) {
            tally.look_at(entry);
        }
        if (both && (*answered)->status >= 400 && (*answered)->status < 500) {
            tally.blame(entry, fmt::format("a delivery with two signatures, one of them right, was "
                                           "refused with {}",
                                           (*answered)->status));
        } else if (retired && (entry.accepted() || !entry.effects.empty())) {
            tally.blame(entry, "a delivery was believed that only the former secret had signed");
        }
    }
    return tally.finding("no secret was changed",
                         "deliveries around the change of a secret were taken or refused rightly");
}

// The genuine events of one sender, by the time of their first delivery.
using Stream = std::vector<const Ledger::Entry*>;

bool is_flood(const Stream& stream) {
    constexpr std::size_t many = 500;
    constexpr Duration within = std::chrono::milliseconds(5500);
    for (std::size_t i = many; i <= stream.size(); ++i) {
        if (stream[i - 1]->deliveries.front()->sent - stream[i - many]->deliveries.front()->sent <=
            within) {
            return true;
        }
    }
    return false;
}

// WHK-12.
Finding stands_a_flood(const Evidence& evidence) {
    const Ledger ledger = read_ledger(evidence);
    std::map<std::string_view, Stream> streams;
    for (const auto& [event, entry] : ledger.entries()) {
        if (entry.wants_effect()) {
            streams[entry.deliveries.front()->from].push_back(&entry);
        }
    }
    Tally tally;
    for (auto& [from, stream] : streams) {
        std::ranges::sort(stream, {},
                          [](const auto* entry) { return entry->deliveries.front()->seq; });
        if (!is_flood(stream)) {
            continue;
        }
        std::vector<Duration> waits;
        for (const auto* entry : stream) {
            tally.look_at(*entry);
            const Outbound& row = *entry->deliveries.front();
            waits.push_back(row.finished.value_or(row.sent) - row.sent);
            if (entry->effects.empty()) {
                tally.blame(*entry, "an event was lost");
            }
        }
        std::ranges::sort(waits);
        const Duration p99 = waits[waits.size() * 99 / 100];
        const auto* dialect = webhook::find_dialect(from);
        if (dialect != nullptr && p99 >= dialect->patience) {
            tally.blame(*stream.back(), fmt::format("one of a hundred waited {} for its answer",
                                                    format_duration(p99)));
        }
    }
    return tally.finding("no sender had 500 events within 5 s",
                         "events that came by the hundreds were all worked");
}

bool is_redelivery(const Outbound* row) {
    return fact(row->facts, "copy") == "redelivery";
}

// What subscriptions told that has an effect: of a type for which the program has any.
std::vector<const Ledger::Entry*> worked_subscriptions(const Ledger& ledger) {
    std::vector<const Ledger::Entry*> told;
    std::set<std::string_view> types;
    for (const auto& [event, entry] : ledger.entries()) {
        if (entry.genuine() && entry.by_hub && !entry.huge) {
            told.push_back(&entry);
            if (!entry.effects.empty()) {
                types.insert(fact(entry.deliveries.front()->facts, "type"));
            }
        }
    }
    std::erase_if(told, [&](const Ledger::Entry* entry) {
        return !types.contains(fact(entry->deliveries.front()->facts, "type"));
    });
    return told;
}

// WHK-13. A refusal with 4xx is meant so; no answer and a 5xx are a gap.
Finding fills_gaps(const Evidence& evidence) {
    const Ledger ledger = read_ledger(evidence);
    Tally tally;
    for (const auto* entry : worked_subscriptions(ledger)) {
        bool arrived = false;
        bool missed = false;
        for (const Outbound* row : entry->deliveries) {
            if (!is_redelivery(row)) {
                arrived |= webhook_accepted(*row);
                missed |= row->status == 0 || row->status >= 500;
            }
        }
        const auto asked = std::ranges::count_if(entry->deliveries, is_redelivery);
        if (arrived ? asked == 0 : !missed) {
            continue;
        }
        tally.look_at(*entry);
        if (arrived) {
            tally.blame(*entry, "an event that had arrived was asked for again");
        } else if (entry->effects.empty()) {
            tally.blame(*entry, asked == 0 ? "an event did not arrive, and nobody asked for it"
                                           : "an event was asked for, and nothing came of it");
        } else if (entry->effects.size() > 1) {
            tally.blame(*entry, fmt::format("an event that was asked for had {} effects",
                                            entry->effects.size()));
        }
    }
    return tally.finding("every event that a subscription told of arrived",
                         "events that had not arrived were asked for, and worked once");
}

}  // namespace

void add_delivery_checks(CheckList& list) {
    constexpr auto must = CheckKind::must;
    constexpr auto recommended = CheckLevel::recommended;
    list.push_back(make_check({.id = "WHK-07",
                               .kind = must,
                               .level = recommended,
                               .title = "ends with the newest state, in whatever order it is told",
                               .source = "GitHub, best practices for webhooks; Standard Webhooks"},
                              newest_wins));
    list.push_back(make_check({.id = "WHK-10",
                               .kind = must,
                               .level = recommended,
                               .title = "takes events of types it does not know, and does nothing",
                               .source = "GitHub, best practices for webhooks"},
                              lets_pass_what_is_new));
    list.push_back(make_check({.id = "WHK-11",
                               .kind = must,
                               .level = recommended,
                               .title = "believes any of two signatures, and none of a former "
                                        "secret alone",
                               .source = "Standard Webhooks; Stripe, rolling signing secrets"},
                              changes_secrets));
    list.push_back(make_check({.id = "WHK-12",
                               .kind = CheckKind::should,
                               .level = CheckLevel::advice,
                               .title = "loses nothing of 500 events in 5 s",
                               .source = "Slack Events API: who fails is switched off"},
                              stands_a_flood));
    list.push_back(
        make_check({.id = "WHK-13",
                    .kind = must,
                    .level = recommended,
                    .title = "asks for the events that did not arrive, and for no others",
                    .source = "GitHub, handling failed webhook deliveries"},
                   fills_gaps));
}

}  // namespace apilab::sandbox::internal
