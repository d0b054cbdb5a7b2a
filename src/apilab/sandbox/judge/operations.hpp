#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/journal.hpp"

namespace apilab::sandbox {

/// How one attempt ended, seen from the server.
enum class AttemptEnd : std::uint8_t {
    /// Still under way when the journal was read.
    pending,
    /// A complete answer below 400.
    success,
    /// A complete answer that may be better next time: 408, 425, 429, 500, 502, 503, 504, 529, a
    /// 403 that is a limit, a 409 because the key's first request is not over, Notion's 409.
    transient,
    /// A complete answer that will be the same next time: every other 4xx and 5xx.
    permanent,
    /// A fault kept the answer from arriving whole: the client cannot know what became of it.
    lost,
    /// The client went away by itself (its own timeout, or it was stopped).
    abandoned,
};
[[nodiscard]] AttemptEnd end_of(const Exchange& exchange);
/// `transient` or `lost`, and by a fault: what a client may be asked to get over.
[[nodiscard]] bool met_transient_fault(const Exchange& exchange);

/// Attempts that belong together: what a client meant to do once.
struct ObservedOperation {
    /// In order of arrival; at least one. They point into the journal.
    std::vector<const Exchange*> attempts;

    [[nodiscard]] const Exchange& first() const { return *attempts.front(); }
    [[nodiscard]] const Exchange& last() const { return *attempts.back(); }
    /// May be sent again without thinking: it only reads, is idempotent, or bears a key.
    [[nodiscard]] bool repeatable() const;
    /// Failed attempts in a row at the end.
    [[nodiscard]] std::size_t failures_at_end() const;
};

/// Puts the exchanges of known operations together: those with one idempotency key; else the same
/// method, path, query and body, where the one before failed and this one came within the causal
/// window of that failure (an announced wait is added, and one until a limit's reset). After a
/// success an equal request is a new operation, and so is one that was under way at the same time.
/// A 401 that is followed by other credentials is over, too.
///
/// `rows` must stay as they are while the operations are in use.
[[nodiscard]] std::vector<ObservedOperation> group_operations(const std::deque<Exchange>& rows,
                                                              Duration causal_window);

}  // namespace apilab::sandbox
