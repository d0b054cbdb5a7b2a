#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe {

struct TraceStoreOptions {
    /// Calls that are kept. Default 10,000; 1 to 10,000,000.
    std::uint64_t calls_max = 10'000;
    /// Bytes of all of them, as `story_json` has them. Default 256 MiB, at least 64 KiB.
    std::uint64_t bytes_max = std::uint64_t{256} << 20U;
    /// How long one is kept, from when it was saved. Default 30 days, at least 1 s.
    Duration age_max = std::chrono::hours(24 * 30);
    /// For ages; null: the machine's. Outlives the store.
    const Clock* clock = nullptr;

    [[nodiscard]] Result<void> validate() const;
};

/// A call as a line of a list.
struct TraceSummary {
    /// The store's own name for it: `t-7f3a`.
    std::string id;
    /// Counts up with each call that is saved.
    std::int64_t sequence = 0;
    SystemTime started;
    std::string method;
    std::string url_template;
    std::string origin;
    std::string provider;
    std::string operation;
    /// Of the final answer, or 0.
    int status = 0;
    std::optional<ErrorKind> error;
    /// Of the last attempt; `not_sent` where there was none.
    Outcome outcome = Outcome::not_sent;
    Ending ending = Ending::none;
    /// Requests that were sent, hops and hedges counted.
    int attempts = 0;
    Duration elapsed{};
    /// Of that, in waits.
    Duration waited{};

    /// It ended with an error, or with a status from 400 on.
    [[nodiscard]] bool failed() const { return error.has_value() || status >= 400; }
};

/// Which calls to list: those for which everything holds that is said.
struct TraceQuery {
    /// How many at most; the newest of those that fit. Default 50; 0: all.
    std::size_t limit = 50;
    /// Begun at that time or later, and before that time.
    std::optional<SystemTime> since;
    std::optional<SystemTime> before;
    /// Saved after that one (`TraceSummary::sequence`): for who looks again and again.
    std::int64_t after_sequence = 0;
    /// Exactly that status; or its class (4: 400 to 499). 0: any.
    int status = 0;
    int status_class = 0;
    /// Without regard to capitals; empty: any.
    std::string method;
    /// The whole origin (`https://api.github.com`) or its host.
    std::string origin;
    /// Took longer.
    std::optional<Duration> slower_than;
    bool only_failed = false;
    /// Stands in the URL or its template, without regard to capitals of ASCII.
    std::string text;
};

/// Calls that were made, in one SQLite file (WAL, mode 0600), for several processes at once.
/// Bounded: the oldest go first, when another is saved. What is in a story is fit to be shown
/// (`StoryObserver`); the file is not encrypted. Written with synchronous NORMAL: the last calls
/// before a power failure may be missing.
///
/// A file that is damaged, belongs to another program or was written by a newer version is an
/// error that names it, and stays as it is. Calls block the thread; one thread at a time.
///
///     APILAB_TRY(auto store, TraceStore::open("traces.db"));
///     APILAB_TRY(const auto id, store->save(story));
///     APILAB_TRY(const auto failed, store->list({.only_failed = true}));
class TraceStore {
public:
    /// Opens or makes the file; its folder exists. Errors: `invalid_argument` (an option out of its
    /// range, others may read the file, it is not a store of traces, or a newer version's), `io`.
    [[nodiscard]] static Result<std::unique_ptr<TraceStore>> open(
        const std::filesystem::path& file, const TraceStoreOptions& options = {});
    TraceStore(const TraceStore&) = delete;
    TraceStore& operator=(const TraceStore&) = delete;
    ~TraceStore();

    /// Keeps it and returns its id. Of one that is larger than an eighth of `bytes_max` (at most
    /// 32 MiB) only the record is kept. Error: `io`; `too_large` where the record alone is.
    [[nodiscard]] Result<std::string> save(const Story& story);
    /// Newest first.
    [[nodiscard]] Result<std::vector<TraceSummary>> list(const TraceQuery& query);
    /// The story of exactly that id; nothing where there is none (any more). Error: `io`; `decode`
    /// where what is kept cannot be read.
    [[nodiscard]] Result<std::optional<Story>> find(std::string_view id);
    /// Ids that begin so, newest first; an empty prefix: the newest.
    [[nodiscard]] Result<std::vector<std::string>> ids(std::string_view prefix, std::size_t limit);

    struct Size {
        std::uint64_t calls = 0;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] Result<Size> size();

private:
    struct Database;
    explicit TraceStore(std::unique_ptr<Database> database);
    std::unique_ptr<Database> database_;
};

}  // namespace apilab::observe
