// H: webhooks. Most of it is seen in the episode `webhooks`, in which senders deliver twice, late
// and in the wrong order, and others pretend to be them; what a kill or a silence does, in `gap`;
// what the change of a secret does, in `rotation`.
#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "checklist/deliveries.hpp"
#include "checklist/rules.hpp"
#include "checklist/seen_text.hpp"
#include "checklist/webhook_upkeep.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::Exchange;
using sandbox::Outbound;

// H01, the part that no check of the judge's says without effects: what is genuine is taken,
// whatever its bytes look like.
Answer takes_odd_bytes(const Observed& seen) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    for (const Event& event : deliveries.events()) {
        const bool odd = !event.fact("odd").empty();
        if (!event.genuine() || event.told->huge || event.answers() == 0) {
            continue;
        }
        if (const auto* refused = event.refusal()) {
            tally.bad(fmt::format("a genuine {} of {}'s{} was refused with {}", event.fact("type"),
                                  event.from, odd ? ", in odd bytes," : "", refused->status),
                      {refused->seq});
        } else if (odd) {
            tally.good(event.rows());
        }
    }
    return tally.answer("no genuine webhook in odd bytes was answered",
                        "genuine deliveries with odd blanks and escapes were taken");
}

// In constant time or not: a person says so, who has read it.
Answer h01(const Observed& seen) {
    return each_of({takes_odd_bytes(seen), judged(seen, "webhooks", {"WHK-02"}),
                    judged(seen, "webhooks", {"WHK-03"})});
}

// A second effect of what came again; where the service names no event in what it writes, its
// number of writes says it.
Answer once(const Observed& seen, std::initializer_list<std::string_view> copies) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    bool came = false;
    for (const Event& event : deliveries.events()) {
        const bool copied = std::ranges::any_of(
            copies, [&](std::string_view copy) { return event.told->has("copy", copy); });
        if (!event.genuine() || !copied || !event.accepted() || event.answers() < 2) {
            continue;
        }
        came = true;
        const auto* refused = event.refusal();
        if (refused != nullptr) {
            tally.bad(fmt::format("a copy from {} was refused with {}: its sender goes on",
                                  event.from, refused->status),
                      {refused->seq});
        } else if (event.effects.size() > 1) {
            tally.bad(
                fmt::format("one event of {}'s had {} effects", event.from, event.effects.size()),
                event.rows());
        } else if (!event.effects.empty()) {
            tally.good(event.rows());
        }
    }
    return tally.answer(came ? "copies were taken, and nothing that was written names its event"
                             : "no event was answered twice",
                        "events came more than once, and each had one effect");
}

// Requests for one trigger in the episode `calm`, where nothing came twice; 0: not known.
double work_of_one(const Observed& seen) {
    const Episode* calm = seen.episode("calm");
    if (calm == nullptr || !calm->trouble.empty() || calm->outbound.empty()) {
        return 0;
    }
    const auto first = calm->outbound.front().seq;
    const auto rows =
        std::ranges::count_if(calm->rows, [&](const Exchange& row) { return row.seq > first; });
    const auto told = std::ranges::count_if(
        calm->outbound, [](const Outbound& row) { return row.status >= 200 && row.status < 300; });
    return told == 0 ? 0 : static_cast<double>(rows) / static_cast<double>(told);
}

struct Written {
    std::size_t events = 0;
    std::size_t copies = 0;
    std::vector<std::uint64_t> rows;
};

// The writes of that operation which was called most often.
Written most_written(const Episode& episode, const Deliveries& deliveries) {
    Written written;
    for (const Event& event : deliveries.events()) {
        if (event.genuine() && !event.told->quiet && event.accepted()) {
            ++written.events;
            written.copies += event.answers() - 1;
        }
    }
    std::map<std::string, std::vector<std::uint64_t>> operations;
    for (const Exchange& row : episode.rows) {
        if (row.applied && row.effect != http::Effect::read && row.provider != "oauth") {
            auto& rows = operations[row.provider + " " + row.operation];
            rows.push_back(row.seq);
            if (rows.size() > written.rows.size()) {
                written.rows = rows;
            }
        }
    }
    return written;
}

// By numbers: no more messages than events, no more requests than they cost in `calm`.
Answer no_more_than_events(const Observed& seen) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    const auto written = most_written(episode, deliveries);
    if (written.copies == 0) {
        return untested("no event was answered twice");
    }
    const double one = work_of_one(seen);
    if (written.rows.empty() && one == 0) {
        return untested("nothing was written or asked because of an event");
    }
    std::vector<std::uint64_t> asked;
    for (const Exchange& row : episode.rows) {
        asked.push_back(row.seq);
    }
    const auto sentence = fmt::format(
        "{} events and {} copies of them were taken; {} writes of one kind and {} "
        "requests followed, where one event alone costs {:.0f}",
        written.events, written.copies, written.rows.size(), asked.size(), one);
    // What a trigger asks is not the same each time: half a copy's work is a doubt, no proof.
    const double bound =
        one * (static_cast<double>(written.events) + static_cast<double>(written.copies) / 2);
    const bool many = one > 0 && static_cast<double>(asked.size()) > bound;
    if (written.rows.size() > written.events || many) {
        return fails(sentence, {rows_of(episode, written.rows.size() > written.events ? written.rows
                                                                                      : asked)});
    }
    return passes(sentence, {rows_of(episode, written.rows.empty() ? asked : written.rows)});
}

Answer h02(const Observed& seen) {
    const auto dated = judged(seen, "webhooks", {"WHK-04"});
    const auto replay = once(seen, {"again"});
    return replay.state == State::untested ? dated : each_of({dated, replay});
}

// Senders that sign with one secret at a time: in `rotation` the trigger's sender signs with the
// one, then with the other, then with the first again.
Answer takes_either(const Observed& seen) {
    if (auto why = nothing_seen(seen, "rotation")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("rotation");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    for (const Event& event : deliveries.events()) {
        if (!event.genuine() || !event.told->by_hub || event.answers() == 0) {
            continue;
        }
        if (event.accepted()) {
            tally.good(event.rows());
        } else {
            tally.bad(fmt::format("{}, around the change of its secret, was answered {}",
                                  event.from, event.told->deliveries.back()->status),
                      event.rows());
        }
    }
    constexpr std::size_t before_and_after = 2;
    if (tally.looked_at() < before_and_after) {
        return untested("no secret was changed between two deliveries");
    }
    return tally.answer("", "deliveries were taken while the secret was changed and changed back");
}

Answer h03(const Observed& seen) {
    const auto both =
        first_decided({judged(seen, "rotation", {"WHK-11"}), judged(seen, "webhooks", {"WHK-11"})});
    const auto either = takes_either(seen);
    if (both.state == State::untested || either.state == State::untested) {
        return first_decided({either, both});
    }
    return each_of({either, both});
}

// The slowest answer of each sender is well within half of its patience.
Answer answers_soon(const Observed& seen) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    Duration slowest{};
    for (const Event& event : deliveries.events()) {
        const auto* dialect = sandbox::webhook::find_dialect(event.from);
        for (const Outbound* row : event.told->deliveries) {
            const bool lost = !sandbox::webhook::fact(row->facts, "lost").empty();
            if (!event.genuine() || dialect == nullptr || lost || !event.fact("slow").empty() ||
                !row->finished) {
                continue;
            }
            const Duration took = *row->finished - row->sent;
            slowest = std::max(slowest, took);
            if (took * 2 >= dialect->patience) {
                tally.bad(
                    fmt::format("{} waited {} for an answer, and gives up after {}", event.from,
                                format_duration(took), format_duration(dialect->patience)),
                    {row->seq});
            } else if (row->status >= 200 && row->status < 300) {
                tally.good({row->seq});
            }
        }
    }
    return tally.answer("no genuine webhook was answered",
                        fmt::format("deliveries were acknowledged, the slowest after {}",
                                    format_duration(slowest)));
}

Answer h04(const Observed& seen) {
    return each_of({answers_soon(seen), survives_kill(seen)});
}

Answer h05(const Observed& seen) {
    const auto named = once(seen, {"twin", "again"});
    const auto judge =
        first_decided({judged(seen, "webhooks", {"WHK-06"}), judged(seen, "webhooks", {"WHK-05"})});
    // Without effects that it can see the judge finds nothing wrong; that is no proof.
    if (named.state != State::untested) {
        return judge.state == State::fail ? judge : named;
    }
    return judge.state == State::fail ? judge : no_more_than_events(seen);
}

// Is there a read of the sender's between these two? Then what is written is what was read.
bool read_before(const Episode& episode, const Exchange& write, const Outbound& late) {
    return std::ranges::any_of(episode.rows, [&](const Exchange& row) {
        return row.seq > late.seq && row.seq < write.seq && row.provider == late.from &&
               row.effect == http::Effect::read && row.status < 400;
    });
}

// H06 of a service that does not report its effects: it either writes nothing because of what came
// late, or reads what is true before it does.
Answer reads_before_it_writes(const Observed& seen) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    std::size_t late = 0;
    for (const Event& event : deliveries.events()) {
        if (!event.genuine() || !event.told->late || !event.accepted()) {
            continue;
        }
        ++late;
        for (const Exchange* write : event.effects) {
            if (read_before(episode, *write, *event.told->deliveries.front())) {
                tally.good(event.rows());
            } else {
                tally.bad(fmt::format("an older state from {} was acted on after a newer one",
                                      event.from),
                          event.rows());
            }
        }
        // Of the trigger's sender there is always something read: it has to be the object.
        const auto* last = event.told->deliveries.front();
        const bool busy = event.from == seen.manifest.service.trigger;
        const auto next = std::ranges::find_if(episode.rows, [&](const Exchange& row) {
            return row.seq > last->seq && row.provider == event.from &&
                   row.effect == http::Effect::read &&
                   (!busy || row.path.contains(event.fact("object")));
        });
        if (event.effects.empty() && next != episode.rows.end()) {
            auto rows = event.rows();
            rows.push_back(next->seq);
            tally.good(rows);
        }
    }
    return tally.answer(
        late == 0 ? "no state was told out of order"
                  : fmt::format("{} older states came after newer ones, and nothing was asked or "
                                "written because of them",
                                late),
        "older states came after newer ones, and the provider was asked for what is true");
}

Answer h06(const Observed& seen) {
    const auto judge = judged(seen, "webhooks", {"WHK-07"});
    const auto own = reads_before_it_writes(seen);
    return judge.state == State::untested ? own : judge;
}

bool sent_again(const Event& event) {
    const bool lost = std::ranges::any_of(event.told->deliveries, [](const Outbound* row) {
        return row->status == 0 || !sandbox::webhook::fact(row->facts, "lost").empty();
    });
    const bool again = std::ranges::any_of(event.told->deliveries, [](const Outbound* row) {
        const auto attempt = sandbox::webhook::fact(row->facts, "attempt");
        const auto copy = sandbox::webhook::fact(row->facts, "copy");
        return row->status != 0 && (copy == "redelivery" || (!attempt.empty() && attempt != "1"));
    });
    return lost && again;
}

Answer h07(const Observed& seen) {
    if (auto why = nothing_seen(seen, "webhooks")) {
        return *std::move(why);
    }
    const Episode& episode = *seen.episode("webhooks");
    const Deliveries deliveries(episode);
    Tally tally(episode);
    bool came = false;
    for (const Event& event : deliveries.events()) {
        if (!event.genuine() || event.told->quiet || !sent_again(event)) {
            continue;
        }
        came = true;
        if (!event.accepted()) {
            tally.bad(fmt::format("the only copy of an event of {}'s that arrived was answered {}",
                                  event.from, event.told->deliveries.back()->status),
                      event.rows());
        } else if (event.effects.size() == 1) {
            tally.good(event.rows());
        } else if (!event.effects.empty() || deliveries.should_show(event)) {
            tally.bad(fmt::format("an event of {}'s that only its redelivery brought had {} "
                                  "effects",
                                  event.from, event.effects.size()),
                      event.rows());
        }
    }
    return tally.answer(came ? "redeliveries were taken, and nothing that was written names them"
                             : "nothing had to be sent again",
                        "events arrived with their redelivery alone, and each had one effect");
}

constexpr ItemRule rules[] = {
    {"H01", h01},
    {"H02", h02},
    {"H03", h03},
    {"H04", h04},
    {"H05", h05},
    {"H06", h06},
    {"H07", h07},
    {"H08", counts_the_unknown},
    {"H09", subscribes_to_what_it_handles},
    {"H10", fills_gaps},
    {"H11", shows_dead_letters},
    {"H12", knows_its_own},
    {"H13", notices_being_switched_off},
};

}  // namespace

std::span<const ItemRule> webhook_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
