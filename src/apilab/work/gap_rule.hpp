#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::work {

/// One attempt of a sender to deliver an event, as the sender lists it.
struct Delivery {
    /// Of the attempt: what is asked for again.
    std::string id;
    /// Of the event, equal for all attempts: `X-GitHub-Delivery`.
    std::string guid;
    /// `push`, `ping`.
    std::string event;
    /// What we answered; 0: nothing.
    int status = 0;
    SystemTime at;
    /// Somebody had asked for this attempt.
    bool redelivery = false;
};

/// How the gaps of one sender are filled.
struct GapOptions {
    /// As events of this sender are archived (`Event::source`).
    std::string source = "github";
    /// The sender forgets deliveries that are older. Default 3 days (GitHub), range 1 h to 30 days.
    Duration horizon = std::chrono::days(3);
    /// An attempt this young may still be on its way into the archive. Default 1 min, range 0 to 1
    /// h.
    Duration settle = std::chrono::minutes(1);
    /// From the first request for an event to the second; to each later one it is twice as long as
    /// before, 12 h at most, so that five of them outlast an outage of two hours. Default 10 min,
    /// range 1 min to 1 day.
    Duration ask_again_after = std::chrono::minutes(10);
    /// Requests for one event, those of others included; then a person has to look. Default 5,
    /// range 1 to 50.
    int asks_max = 5;
    /// Requests in one round, the oldest events first. Default 200, range 1 to 10,000.
    std::size_t asks_per_round = 200;
    /// From one request to the next. Default 1 s, range 0 to 1 min.
    Duration pace = std::chrono::seconds(1);
    /// Pages in one round; the next one goes on where it ended. Default 100, range 1 to 10,000.
    std::size_t pages_per_round = 100;
    /// An event that has been missing for so long is an alarm, and so is a sender that could not be
    /// listed for so long: soon it is too late. Default 2 days, range 1 h to `horizon`.
    Duration alarm_after = std::chrono::days(2);
    /// Events that are answered and not archived. Default `ping`.
    std::vector<std::string> ignore = {"ping"};

    /// Errors: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

/// Requests that were made for an event.
struct Asked {
    SystemTime last;
    int times = 0;
    friend bool operator==(const Asked&, const Asked&) = default;
};

/// The attempts to deliver one event, as far as they were listed.
struct EventAttempts {
    std::string guid;
    std::string event;
    /// The newest attempt's id.
    std::string newest_id;
    SystemTime first;
    SystemTime newest;
    /// The newest one that somebody had asked for, and how many of those there are.
    std::optional<SystemTime> redelivered;
    int redeliveries = 0;
    /// We answered one of them with 2xx.
    bool acknowledged = false;
};
/// By the order of their first attempts.
[[nodiscard]] std::vector<EventAttempts> by_event(const std::vector<Delivery>& deliveries);

enum class Gap : std::uint8_t {
    /// In the archive: never asked for, whatever we answered.
    stored,
    /// Not meant to be.
    ignored,
    /// Too young to tell.
    young,
    /// Not there, and was asked for a moment ago.
    waiting,
    /// Not there: it is asked for.
    missing,
    /// Was asked for too often.
    given_up,
    /// The sender has forgotten it.
    too_late,
};
[[nodiscard]] std::string_view to_string(Gap gap);

/// What is to be done about an event. Pure. The archive says what is missing, not the answers: one
/// whose 2xx got lost is there, and one that was acknowledged and then lost is not.
[[nodiscard]] Gap judge(const EventAttempts& event, bool stored, const std::optional<Asked>& asked,
                        const GapOptions& options, SystemTime now);

/// What the filler remembers from one round to the next. Without it, it looks at everything that
/// the sender still knows, and learns from that list what it had asked for.
struct GapCheckpoint {
    /// Whatever was delivered before is stored, or given up.
    std::optional<SystemTime> through;
    /// When a list was last read to its end.
    std::optional<SystemTime> walked;
    /// By guid: what was asked for and is not there yet. At most 10,000; the oldest go first.
    std::map<std::string, Asked> asked;

    void remember(const std::string& guid, SystemTime now);
    /// Lines of text; times in milliseconds.
    [[nodiscard]] std::string to_text() const;
    /// Error: `decode`, naming the line.
    [[nodiscard]] static Result<GapCheckpoint> parse(std::string_view text);
    friend bool operator==(const GapCheckpoint&, const GapCheckpoint&) = default;
};

}  // namespace apilab::work
