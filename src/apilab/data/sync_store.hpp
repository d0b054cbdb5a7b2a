#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::data {

/// What one stream of rows remembers between runs. Kept by the store, beside the rows.
struct SyncState {
    /// The newest value seen, in the other side's words (a time, a number or a sync token); empty:
    /// none yet.
    std::string bookmark;
    /// The newest value of a walk that is not over: becomes the bookmark when it is.
    std::string pending;
    /// Where that walk stands (`Checkpoint::to_json`); empty: no walk is under way.
    std::string checkpoint;
    /// Counts the walks over the whole list; each row bears the number of the last one that saw it.
    std::uint64_t generation = 0;
};

struct SyncRow {
    std::string key;
    /// JSON text, as it came.
    std::string text;
};

/// What is written together or not at all.
struct SyncCommit {
    /// Inserted, or put in the place of the row of that key; they bear `state.generation`.
    std::vector<SyncRow> rows;
    /// Rows of earlier generations go.
    bool remove_stale = false;
    SyncState state;
};

struct SyncCounts {
    std::uint64_t rows = 0;
    /// Of these, rows of earlier generations.
    std::uint64_t stale = 0;
};

/// Where the rows of one stream are kept, with their state: a database of the caller's. Rows and
/// state are committed in **one transaction**; that is all that keeps them from telling different
/// stories after a crash.
class SyncStore {
public:
    SyncStore() = default;
    SyncStore(const SyncStore&) = delete;
    SyncStore& operator=(const SyncStore&) = delete;
    virtual ~SyncStore() = default;

    /// Nothing: the stream was never read.
    [[nodiscard]] virtual Result<std::optional<SyncState>> load() = 0;
    [[nodiscard]] virtual Result<void> commit(const SyncCommit& commit) = 0;
    [[nodiscard]] virtual Result<SyncCounts> count(std::uint64_t generation) = 0;
};

}  // namespace apilab::data
