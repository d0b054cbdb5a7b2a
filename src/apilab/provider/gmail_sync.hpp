#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/data/sync_store.hpp"
#include "apilab/provider/gmail.hpp"

namespace apilab::provider {

/// How a mailbox was read.
enum class GmailSyncMode : std::uint8_t {
    /// What history says since the last time.
    partial,
    /// Everything.
    full,
};
/// Why in that way.
enum class GmailSyncReason : std::uint8_t {
    /// There is a history id, and Gmail knows it.
    history,
    /// Nothing was read before.
    first,
    /// Gmail has forgotten (404): it keeps about a week, sometimes hours.
    history_expired,
    /// The stored state is no history id.
    state_unreadable,
    /// `GmailSyncOptions::whole`.
    asked,
    /// A full one that was cut off goes on.
    continued,
};
[[nodiscard]] std::string_view to_string(GmailSyncMode mode);
[[nodiscard]] std::string_view to_string(GmailSyncReason reason);

struct GmailSyncOptions {
    /// What a row holds.
    Gmail::Format format = Gmail::Format::minimal;
    /// Rows in one commit: 1 to 1000.
    std::size_t commit_max = 100;
    /// Reads everything whatever is known.
    bool whole = false;

    /// Error: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

struct GmailSyncReport {
    GmailSyncMode mode = GmailSyncMode::partial;
    GmailSyncReason reason = GmailSyncReason::history;
    /// Mails that were fetched and written.
    std::uint64_t rows = 0;
    /// Of a partial one: mails that are gone.
    std::uint64_t gone = 0;
    /// Of a full one: rows that the mailbox does not have any more.
    std::uint64_t removed = 0;
    std::string history_before;
    std::string history_id;

    /// `full (history_expired): 57 rows, 2 removed, history 1042`.
    [[nodiscard]] std::string describe() const;
};

/// Keeps a store of mails in step with a mailbox: from history, and in full where history has
/// forgotten. A mail is one row under its id, `Gmail::document` as it came; one that is gone is
/// `{"id":...,"gone":true}` until the next full reading removes it.
///
/// - Nothing is missed: the history id is taken before the list is read, and kept only with the
///   last row of a reading. What changed meanwhile is told again by the next one.
/// - Nothing is doubled: rows are written by key. Rows and place are one transaction
///   (`data::SyncStore`).
/// - A full reading that is cut off goes on where it was: mails in the order of their ids, so that
///   what comes and goes meanwhile moves nothing.
/// - A list that holds less than half of what the profile counts is not believed: an error
///   (`decode`, detail `messages_total`), and nothing is removed.
///
/// Errors: those of `Gmail` and of the store; what was committed stays. The store outlives it.
class GmailSync {
public:
    GmailSync(Gmail gmail, data::SyncStore& store, GmailSyncOptions options = {})
        : gmail_(std::move(gmail)), store_(store), options_(options) {}

    /// Once. Cancellation leaves what was committed.
    [[nodiscard]] runtime::Task<Result<GmailSyncReport>> run();

private:
    [[nodiscard]] runtime::Task<Result<bool>> partial(std::uint64_t start);
    [[nodiscard]] runtime::Task<Result<void>> full(GmailSyncReason reason);
    [[nodiscard]] runtime::Task<Result<std::vector<std::string>>> all_ids(std::uint64_t since);
    [[nodiscard]] runtime::Task<Result<void>> fetch(std::string id);
    [[nodiscard]] Result<void> commit(bool remove_stale = false);

    Gmail gmail_;
    data::SyncStore& store_;
    GmailSyncOptions options_;
    data::SyncState state_;
    GmailSyncReport report_;
    std::vector<data::SyncRow> rows_;
};

}  // namespace apilab::provider
