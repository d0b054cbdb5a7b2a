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

namespace apilab::work {

struct InboxOptions {
    /// A job that was claimed and neither completed nor given back for so long belongs to nobody:
    /// its worker is taken for dead. 1 s to 1 day, default 1 min.
    Duration lease = std::chrono::minutes(1);
    /// After so many attempts a job is a dead letter. 1 to 100, default 12.
    int attempts_max = 12;
    /// Largest body that is taken. Default 25 MiB, what GitHub sends at most.
    std::size_t body_max = std::size_t{25} << 20U;
};

/// An event that was accepted, as its worker gets it.
struct InboxJob {
    std::int64_t id = 0;
    /// Who sent it: `github`.
    std::string source;
    /// The sender's id of the event, the same on every delivery of it.
    std::string key;
    std::string body;
    /// From 1.
    int attempt = 1;
    /// Which claim this is; whoever has an older one has lost the job.
    std::int64_t fence = 0;
};

/// Events that must not be lost, in one SQLite file: an inbox with the sender's ids, and the queue
/// of the work they mean. What `put` has returned `stored` for survives the process and the machine
/// (WAL, synchronous FULL).
///
///     APILAB_TRY(auto inbox, Inbox::open(folder / "inbox.db"));
///     APILAB_TRY(auto put, inbox->put("github", delivery_id, body, clock.system_now()));  //
///     commits
///     ... answer 2xx; then, in a worker:
///     APILAB_TRY(auto jobs, inbox->claim(10, clock.system_now()));
///     ... the effect, under an idempotency key of its own ...
///     APILAB_CHECK(inbox->complete(jobs[0], clock.system_now()));
///
/// Every call is one transaction, done when it returns; a `put` waits for the disk. Belongs to one
/// thread; several objects, in several processes too, may have the same file open. Errors: `io`,
/// with SQLite's own words.
class Inbox {
public:
    /// Opens or makes the file; its folder exists. `:memory:` is none, and nothing survives.
    /// Errors: `invalid_argument` for an option out of range (detail: its name) or a file that a
    /// newer version wrote, else `io`.
    [[nodiscard]] static Result<std::unique_ptr<Inbox>> open(const std::filesystem::path& file,
                                                             InboxOptions options = {});
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;
    ~Inbox();

    enum class Put : std::uint8_t {
        /// New, and on the disk.
        stored,
        /// This source sent this key before; nothing was added. Answer 2xx.
        duplicate,
        /// It was a dead letter and has another chance: somebody asked for it to be sent again.
        revived,
        /// The key is known with another body; the first one stays. Answer 2xx, and look into it.
        conflict,
    };
    /// Takes an event, to be worked from `now` on. Errors: `too_large`, `io`.
    [[nodiscard]] Result<Put> put(std::string_view source, std::string_view key,
                                  std::string_view body, SystemTime now);

    /// Up to `limit` jobs that are due, or whose lease ran out, the longest due first; each is the
    /// caller's until `now` plus the lease. A job whose last attempt ran out of lease becomes a
    /// dead letter instead.
    [[nodiscard]] Result<std::vector<InboxJob>> claim(std::size_t limit, SystemTime now);
    /// The job is done for good. False: it is not the caller's any more (its lease ran out and
    /// another has it, or it is done already); then nothing was changed.
    [[nodiscard]] Result<bool> complete(const InboxJob& job, SystemTime now);
    /// Gives it back, to be claimed again from `at` on; after the last attempt it is a dead letter.
    /// `reason` is kept with it. False as of `complete`.
    [[nodiscard]] Result<bool> retry(const InboxJob& job, SystemTime at, std::string_view reason);

    /// When the next job is due or loses its lease; nothing where none is open.
    [[nodiscard]] Result<std::optional<SystemTime>> next_due();

    struct Counts {
        /// Waiting, due or not.
        std::int64_t available = 0;
        /// Claimed.
        std::int64_t running = 0;
        std::int64_t done = 0;
        /// Dead letters.
        std::int64_t dead = 0;
        friend bool operator==(const Counts&, const Counts&) = default;
    };
    [[nodiscard]] Result<Counts> counts();

    struct DeadLetter {
        std::string source;
        std::string key;
        int attempts = 0;
        std::string reason;
    };
    /// The newest dead letters, at most `limit`.
    [[nodiscard]] Result<std::vector<DeadLetter>> dead_letters(std::size_t limit);

private:
    class Store;
    explicit Inbox(std::unique_ptr<Store> store);
    std::unique_ptr<Store> store_;
};

}  // namespace apilab::work
