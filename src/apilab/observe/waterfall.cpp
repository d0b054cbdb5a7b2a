#include "apilab/observe/waterfall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/scrubber.hpp"

namespace apilab::observe {

using http::AttemptRecord;
using http::DecisionRecord;
using Kind = WaterfallRow::Kind;
using What = Segment::What;
using Verdict = DecisionRecord::Verdict;

namespace {

constexpr Duration longest = std::chrono::hours(24 * 36'525);

std::string scrubbed(std::string text) {
    Scrubber::of_process().scrub(text);
    return text;
}

// By `key`; equal ones stay as they are.
template <class T, class Key>
std::vector<T> sorted_by(std::vector<T> values, Key key) {
    std::vector<std::pair<decltype(key(values.front())), std::size_t>> places;
    for (std::size_t i = 0; i < values.size(); ++i) {
        places.emplace_back(key(values[i]), i);
    }
    std::ranges::sort(places);
    std::vector<T> sorted;
    sorted.reserve(values.size());
    for (const auto& place : places) {
        sorted.push_back(std::move(values[place.second]));
    }
    return sorted;
}

Duration sound(Duration duration) {
    return std::clamp(duration, Duration::zero(), longest);
}

// A stored record may hold any moment, and their difference may be no number of nanoseconds.
Duration between(std::int64_t from, std::int64_t to) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(to, from, &difference)) {
        return to > from ? longest : Duration::zero();
    }
    return sound(Duration(difference));
}

Duration between(SteadyTime from, SteadyTime to) {
    return between(from.time_since_epoch().count(), to.time_since_epoch().count());
}

Duration between(SystemTime from, SystemTime to) {
    return between(from.time_since_epoch().count(), to.time_since_epoch().count());
}

What what_of(http::WaitCause cause) {
    switch (cause) {
        case http::WaitCause::backoff:
            return What::backoff;
        case http::WaitCause::retry_after:
            return What::retry_after;
        case http::WaitCause::rate_limit:
            return What::rate_limit;
        case http::WaitCause::bulkhead:
            return What::bulkhead;
        case http::WaitCause::breaker:
            return What::breaker;
        case http::WaitCause::refresh:
            return What::refresh;
    }
    return What::backoff;
}

// Puts pieces one behind the other, never beyond the row's end.
void append(WaterfallRow& row, What what, Duration length) {
    const Duration start = row.segments.empty() ? row.start : row.segments.back().end();
    length = std::min(sound(length), row.end() - start);
    if (length > Duration::zero()) {
        row.segments.push_back({.what = what, .start = start, .length = length});
    }
}

WaterfallRow row_of(const AttemptRecord& attempt, std::size_t index, SteadyTime started) {
    WaterfallRow row{.kind = attempt.hop > 0 ? Kind::redirect
                             : attempt.hedge ? Kind::hedge
                                             : Kind::attempt,
                     .number = attempt.number,
                     .attempt = index,
                     .start = between(started, attempt.started),
                     .length = sound(attempt.elapsed),
                     .status = attempt.status,
                     .error = attempt.error,
                     .outcome = attempt.outcome};
    const auto& phases = attempt.phases;
    append(row, What::queue, phases.queue);
    append(row, What::resolve, phases.resolve);
    append(row, What::connect, phases.connect);
    append(row, What::tls, phases.tls);
    append(row, What::send, phases.send);
    append(row, What::first_byte, phases.first_byte);
    append(row, What::receive, phases.receive);
    append(row, attempt.error ? What::no_answer : What::rest, row.length);
    if (attempt.hedge && attempt.hop > 0) {
        row.note = "of the hedge";
    }
    return row;
}

WaterfallRow row_of(const http::WaitRecord& wait, SteadyTime started) {
    WaterfallRow row{.kind = Kind::wait,
                     .number = wait.after_attempt,
                     .start = between(started, wait.started),
                     .length = sound(wait.elapsed)};
    append(row, what_of(wait.cause), row.length);
    if (row.segments.empty()) {  // the cause is to be seen all the same
        row.segments.push_back({.what = what_of(wait.cause), .start = row.start});
    }
    return row;
}

// A refusal by our own queues bears the kind of error that says which one it was.
What refused_what(const DecisionRecord& decision) {
    if (decision.ending == Ending::breaker || decision.error == ErrorKind::breaker_open) {
        return What::breaker;
    }
    if (decision.ending == Ending::patience) {
        return What::retry_after;
    }
    if (decision.error == ErrorKind::rate_limited) {
        return What::rate_limit;
    }
    return decision.error == ErrorKind::overloaded ? What::bulkhead : what_of(decision.wait_cause);
}

std::optional<WaterfallRow> row_of(const DecisionRecord& decision, Duration elapsed,
                                   bool attempts) {
    WaterfallRow row{.number = decision.after_attempt, .start = elapsed};
    if (decision.verdict == Verdict::gave_up && decision.wait > Duration::zero()) {
        row.kind = Kind::refused_wait;
        row.length = sound(decision.wait);
        append(row, refused_what(decision), row.length);
        row.note = decision.ending == Ending::patience  ? "refused: our patience is shorter"
                   : decision.ending == Ending::breaker ? "refused: the breaker is open"
                                                        : "refused: it would pass the deadline";
        return row;
    }
    if (decision.verdict == Verdict::cached) {
        row.kind = Kind::stored;
        row.status = decision.status;
        row.note = scrubbed(http::explain(decision));
        return row;
    }
    if (decision.verdict == Verdict::coalesced) {
        row.kind = Kind::shared;
        if (!attempts) {  // all that this call did was wait for it
            row.start = Duration::zero();
            row.length = elapsed;
            append(row, What::shared, elapsed);
        }
        row.note = scrubbed(fmt::format("the answer of {}", decision.target));
        return row;
    }
    return std::nullopt;
}

// In the order of their beginnings; where two have the same, as the driver goes: an attempt, then
// the wait that follows it.
std::pair<Duration, std::int64_t> place_of(const WaterfallRow& row) {
    return {row.start, 2 * std::int64_t{row.number} + (row.kind == Kind::wait ? 1 : 0)};
}

// Where the connection was there and the request could leave.
Duration sending_began(const WaterfallRow& row) {
    Duration at = row.start;
    for (const auto& segment : row.segments) {
        if (segment.what >= What::send) {
            break;
        }
        at = segment.end();
    }
    return at;
}

WaterfallRow row_of(const ServerSide& side, const WaterfallRow& attempt) {
    WaterfallRow row{.kind = Kind::server,
                     .number = attempt.number,
                     .attempt = attempt.attempt,
                     .start = sending_began(attempt),
                     .status = side.status,
                     .note = scrubbed(explain(side))};
    if (side.answered) {
        row.length = between(side.received, *side.answered);
    } else {
        row.length = std::max(attempt.end() - row.start, Duration::zero());
    }
    append(row, What::server, row.length);
    return row;
}

void add_server_rows(std::vector<WaterfallRow>& rows, std::span<const ServerSide> sides) {
    std::vector<WaterfallRow> all;
    for (auto& row : rows) {
        const bool sent = row.sent();
        all.push_back(std::move(row));
        if (!sent) {
            continue;
        }
        const auto side = std::ranges::find(sides, *all.back().attempt, &ServerSide::attempt);
        if (side != sides.end()) {
            all.push_back(row_of(*side, all.back()));
        }
    }
    rows = std::move(all);
}

// Each moment of the call for the row that had it first.
std::array<Duration, meanings> shares_of(const std::vector<WaterfallRow>& rows, Duration elapsed) {
    std::array<Duration, meanings> shares{};
    std::vector<Segment> segments;
    for (const auto& row : rows) {
        if (row.kind != Kind::server && row.kind != Kind::refused_wait) {
            segments.insert(segments.end(), row.segments.begin(), row.segments.end());
        }
    }
    segments = sorted_by(std::move(segments), [](const Segment& one) { return one.start; });
    Duration done{};
    for (const auto& segment : segments) {
        const Duration from = std::clamp(segment.start, done, std::max(done, elapsed));
        const Duration to = std::clamp(segment.end(), from, std::max(from, elapsed));
        shares[static_cast<std::size_t>(Meaning::rest)] += from - done;
        shares[static_cast<std::size_t>(meaning_of(segment.what))] += to - from;
        done = to;
    }
    shares[static_cast<std::size_t>(Meaning::rest)] += elapsed - done;
    return shares;
}

// The deadline is shown where it is near, or where it decided.
Duration axis_of(const Waterfall& waterfall) {
    Duration axis = waterfall.elapsed;
    bool refused = false;
    for (const auto& row : waterfall.rows) {
        if (row.kind == Kind::refused_wait) {
            refused = true;
        } else {
            axis = std::max(axis, row.end());
        }
    }
    if (!waterfall.deadline) {
        return refused ? axis + axis / 4 : axis;
    }
    if (refused) {
        return std::max(axis, *waterfall.deadline + *waterfall.deadline / 10);
    }
    return *waterfall.deadline / 2 <= axis ? std::max(axis, *waterfall.deadline) : axis;
}

}  // namespace

std::string_view to_string(Meaning meaning) {
    constexpr std::array<std::string_view, meanings> names = {
        "network", "server", "own wait", "told to wait", "auth", "failed", "rest"};
    return names[std::min(static_cast<std::size_t>(meaning), meanings - 1)];
}

std::string_view to_string(What what) {
    constexpr std::array<std::string_view, 17> names = {
        "queue",    "resolve",   "connect", "tls",     "send",        "first byte",
        "receive",  "no answer", "rest",    "backoff", "retry-after", "rate limit",
        "bulkhead", "breaker",   "refresh", "shared",  "server"};
    return names[std::min(static_cast<std::size_t>(what), names.size() - 1)];
}

Meaning meaning_of(What what) {
    switch (what) {
        case What::resolve:
        case What::connect:
        case What::tls:
        case What::send:
        case What::receive:
            return Meaning::network;
        case What::first_byte:
        case What::server:
            return Meaning::server;
        case What::queue:
        case What::backoff:
        case What::rate_limit:
        case What::bulkhead:
        case What::shared:
            return Meaning::own_wait;
        case What::retry_after:
        case What::breaker:
            return Meaning::told_to_wait;
        case What::refresh:
            return Meaning::auth;
        case What::no_answer:
            return Meaning::failure;
        case What::rest:
            break;
    }
    return Meaning::rest;
}

Waterfall waterfall_of(const Story& story, std::span<const ServerSide> sides) {
    const auto& record = story.record;
    Waterfall waterfall{.id = record.id,
                        .title = scrubbed(fmt::format("{} {}", record.method, record.url_template)),
                        .follows = record.follows,
                        .elapsed = sound(record.elapsed),
                        .status = record.status,
                        .error = record.error,
                        .ending = record.ending,
                        .attempts = record.attempts.size()};
    for (const auto& wait : record.waits) {
        waterfall.rows.push_back(row_of(wait, record.started));
    }
    for (std::size_t i = 0; i < record.attempts.size(); ++i) {
        waterfall.rows.push_back(row_of(record.attempts[i], i, record.started));
    }
    waterfall.rows = sorted_by(std::move(waterfall.rows), place_of);
    for (const auto& decision : record.decisions) {
        if (auto row = row_of(decision, waterfall.elapsed, !record.attempts.empty())) {
            waterfall.rows.push_back(*std::move(row));
        }
    }
    add_server_rows(waterfall.rows, sides);
    if (record.deadline != SteadyTime::max()) {
        waterfall.deadline = between(record.started, record.deadline);
    }
    waterfall.shares = shares_of(waterfall.rows, waterfall.elapsed);
    waterfall.axis = axis_of(waterfall);
    return waterfall;
}

}  // namespace apilab::observe
