#pragma once

// What the programs of day 11 are given: findings, the accounts that they belong into, and the
// requests for it as values, so that the programs can be about what to send when.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "apilab/provider/notion.hpp"
#include "apilab/provider/slack.hpp"
#include "exercise.hpp"

namespace exercise {

/// Something to be told: a row of a Notion table and a message on Slack, both with its key, and a
/// tick in the row once the message is out.
struct Finding {
    std::string key;
    /// Some are longer than Notion takes in one piece.
    std::string text;
    apilab::provider::Notion notion;
    apilab::provider::Slack slack;
    std::string channel;

    /// The row of that key.
    [[nodiscard]] Request find_row() const;
    /// Makes the row; the text in pieces of at most `piece` characters.
    [[nodiscard]] Request make_row(std::size_t piece = apilab::provider::Notion::piece_max) const;
    /// Ticks off the row that `row`, the answer to one of the two above, is about.
    [[nodiscard]] Request tick(const Result<Response>& row) const;
    [[nodiscard]] static bool is_ticked(const Result<Response>& row);
    /// The newest messages of the channel.
    [[nodiscard]] Request read_channel() const;
    [[nodiscard]] Request post_message() const;

    // The same for the library's typed calls.
    [[nodiscard]] apilab::provider::Slack::Message message() const;
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> values() const;
    [[nodiscard]] static std::string tick_value();
};
/// So many findings of this run's seed. Throws `CannotStart` where a credential is missing.
[[nodiscard]] std::vector<Finding> findings(Lab& lab, std::size_t count = 14);
/// `bring` for one finding after the other.
[[nodiscard]] Task<void> each_finding(Lab& lab, Task<void> (*bring)(Lab&, Finding));

/// Sends once, below the limits by one's own clock: three requests a second for Notion, one a
/// second for Slack (how: day11_notion_pace).
[[nodiscard]] Task<Result<Response>> paced(Lab& lab, Request request);
/// The wait after attempt `attempt` (from 1) as day 1 has it: random, below a bound that doubles,
/// and never less than `Retry-After` says.
[[nodiscard]] Duration pause(Lab& lab, const Result<Response>& answer, int attempt);
/// What `Retry-After` of an answer says; zero where there is none.
[[nodiscard]] Duration announced(Lab& lab, const Result<Response>& answer);
/// Is that an answer, or none, after which the same request may be let in? 409: Notion collided
/// with itself.
[[nodiscard]] bool passing(const Result<Response>& answer);
/// Sends up to twenty times, a tenth of a second apart, until the status is 2xx.
[[nodiscard]] Task<Result<Response>> until_ok(Lab& lab, Request request);
/// `bring` up to five times, with pauses, while it may be better next time or nobody knows what was
/// done: for what looks before it writes.
[[nodiscard]] Task<void> bring_until_sure(Lab& lab, Finding finding,
                                          Task<Result<void>> (*bring)(Lab&, Finding));
template <Task<Result<void>> (*bring)(Lab&, Finding)>
[[nodiscard]] Task<void> until_sure(Lab& lab, Finding finding) {
    return bring_until_sure(lab, std::move(finding), bring);
}

}  // namespace exercise
