#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/http/record.hpp"
#include "apilab/observe/server_side.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe {

/// What a piece of time was spent on. The same colour and pattern everywhere
/// (docs/explain/waterfall.md).
enum class Meaning : std::uint8_t {
    /// Names, connections, handshakes, bytes on their way. Blue.
    network,
    /// The other side works, or the request and the first byte are on their way. Green.
    server,
    /// Our own decision to wait: backoff, limiter, bulkhead, a place in the connection pool. Amber.
    own_wait,
    /// We were told to: `Retry-After`, an open breaker. Violet.
    told_to_wait,
    /// For a token. Teal.
    auth,
    /// From where an attempt stood when nothing came any more to where it was given up. Red.
    failure,
    /// Measured by nobody: our own work between the phases. Grey.
    rest,
};
inline constexpr std::size_t meanings = 7;
/// `network`, `server`, `own wait`, `told to wait`, `auth`, `failed`, `rest`.
[[nodiscard]] std::string_view to_string(Meaning meaning);

/// A piece of time in a row.
struct Segment {
    enum class What : std::uint8_t {
        // The phases of an attempt, in their order.
        queue,
        resolve,
        connect,
        tls,
        send,
        first_byte,
        receive,
        /// What is left of an attempt that ended with an error: the answer that did not come.
        no_answer,
        /// What is left of any other.
        rest,
        // Waits.
        backoff,
        retry_after,
        rate_limit,
        bulkhead,
        breaker,
        refresh,
        /// For the answer that another call was about to get.
        shared,
        /// The other side, from the first byte that it read until it was done.
        server,
    };
    What what = What::rest;
    /// Since the call began.
    Duration start{};
    Duration length{};

    [[nodiscard]] Duration end() const { return start + length; }
    bool operator==(const Segment&) const = default;
};
/// `first byte`, `retry-after`, `rate limit`, ...
[[nodiscard]] std::string_view to_string(Segment::What what);
[[nodiscard]] Meaning meaning_of(Segment::What what);

struct WaterfallRow {
    enum class Kind : std::uint8_t {
        attempt,
        /// The same attempt, where a redirect led it.
        redirect,
        /// A second one beside an attempt that was slow.
        hedge,
        /// Between attempts, or before the first.
        wait,
        /// Not waited, since it would have passed the deadline or our patience: dashed.
        refused_wait,
        /// A stored answer; takes no time.
        stored,
        /// Another call's answer.
        shared,
        /// What the other side saw of the attempt in the row above.
        server,
    };
    Kind kind = Kind::attempt;
    /// Of the attempt, from 1; of a wait: the one that it followed, 0 for before the first.
    int number = 0;
    /// Where it stands in `CallRecord::attempts`, for attempts and what the other side saw.
    std::optional<std::size_t> attempt;
    Duration start{};
    Duration length{};
    /// In order, without holes, from `start` to the end; empty where `length` is zero.
    std::vector<Segment> segments;
    /// What was answered, or 0 and what went wrong.
    int status = 0;
    std::optional<ErrorKind> error;
    Outcome outcome = Outcome::answered;
    /// In words, where there is more to say: `committed, reply lost`, `fresh for 30 s`.
    std::string note;

    [[nodiscard]] Duration end() const { return start + length; }
    /// Sent to somebody: an attempt, a redirect, a hedge.
    [[nodiscard]] bool sent() const { return kind <= Kind::hedge; }
    /// It ended with an error, or was answered with 400 and more.
    [[nodiscard]] bool failed() const { return error.has_value() || status >= 400; }
};

/// One logical call over time: what every picture of it is drawn from. Durations from its
/// beginning; no colours and no columns. A value.
struct Waterfall {
    std::string id;
    /// `POST /orders`.
    std::string title;
    /// The id of the call that this one repeats; empty: none.
    std::string follows;
    Duration elapsed{};
    /// Of the final answer, or 0.
    int status = 0;
    std::optional<ErrorKind> error;
    Ending ending = Ending::none;
    /// Ordered by when they began; what the other side saw stands below its attempt.
    std::vector<WaterfallRow> rows;
    /// How many of them were sent.
    std::size_t attempts = 0;
    /// When the call would have been given up; nothing: never.
    std::optional<Duration> deadline;
    /// Where the picture ends: `elapsed`, or later where the deadline is near or a wait was refused
    /// because of it.
    Duration axis{};
    /// `elapsed` by what it was spent on: adds up to it exactly. Where two rows overlap (a hedge),
    /// the time counts for the one that began first. By `Meaning`.
    std::array<Duration, meanings> shares{};

    [[nodiscard]] Duration share(Meaning meaning) const {
        return shares[static_cast<std::size_t>(meaning)];
    }
};

/// The rows of a call. `sides`: what the other side saw, where that is known; of an attempt that is
/// not in the record nothing is shown, of one attempt at most one. The two clocks are not compared:
/// the other side's row begins where the attempt had its connection.
///
/// Takes any story: moments before the call began count as its beginning, negative lengths as none,
/// and nothing is longer than a hundred years. Texts pass `Scrubber::of_process()`.
///
///     const auto waterfall = waterfall_of(story);
///     fmt::print("{}", waterfall_text(waterfall, {.width = 100}));
[[nodiscard]] Waterfall waterfall_of(const Story& story, std::span<const ServerSide> sides = {});

}  // namespace apilab::observe
