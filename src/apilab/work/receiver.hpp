#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/incoming.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/redelivery_watch.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::work {

/// Where one sender delivers.
struct ReceiverEndpoint {
    /// `/webhooks/github`; nothing behind it counts. Empty: `/webhooks/` and the sender's source.
    std::string path;
    /// A name of `find_sender`.
    std::string sender;
    /// As in `SignatureOptions`. Empty only for Notion, and only with `keep_token`.
    std::vector<Secret> secrets;
    /// As in `SignatureOptions`.
    Duration tolerance = std::chrono::minutes(5);
    /// Where its jobs go, and which handler they are for; empty: the sender's source.
    std::string queue = "default";
    std::string kind;
    /// Beyond: 413. 1 byte to 512 MiB; default 25 MiB, what GitHub sends at most. The server in
    /// front has a limit of its own (`ServerOptions::body_bytes_max`), which is lower by default.
    std::size_t body_max = std::size_t{25} << 20U;
    /// Its jobs have entity and version as `read_event` found them: one that is older than what was
    /// done already comes as `stale` and is not run. Right where a job looks at an object's state,
    /// wrong where each event means something by itself.
    bool skip_older = false;
    /// Called with each new delivery before it is stored, to say more about its job: order,
    /// coalescing, priority. Null: nothing more is said.
    std::function<void(const Incoming&, NewJob&)> prepare;
    /// Notion: called with the verification token while no secret is known. True: it is kept
    /// somewhere, and from now on it is the secret; false: 401. Nobody signed it: a person compares
    /// it in Notion's settings before anything is delivered.
    std::function<bool(const Secret&)> keep_token;
};

/// Something that a person should hear of.
struct ReceiverAlarm {
    enum class What : std::uint8_t {
        /// A known id with another body, or a known body under another id; it is in the quarantine.
        conflict,
        replayed,
        /// A delivery of a sender that does not try again was answered 503.
        refused,
        /// What was refused can be asked for only for a day or so longer; it cannot any more.
        redelivery_ends,
        redelivery_ended,
    };
    What what = What::conflict;
    std::string path;
    /// Empty for the last two.
    std::string sender_id;
};
[[nodiscard]] std::string_view to_string(ReceiverAlarm::What what);

/// How one request ended, for logs: never with a body or a header. Views into the receiver's own.
struct ReceiverNews {
    /// Of one of the endpoints; empty: none of them was meant.
    std::string_view path;
    /// `github`; empty likewise.
    std::string_view source;
    /// As the sender has them; empty where it was not found genuine, or came to no answer yet.
    std::string_view sender_id;
    std::string_view type;
    std::size_t bytes = 0;
    /// What was answered.
    int status = 0;
    /// What was stored; nothing: nothing was, or nobody knows yet (503).
    std::optional<PutResult> put;
    /// Of the job it means.
    std::string_view trace_context;
    Duration took{};
};

struct ReceiverOptions {
    /// This part of the writer's queue (`StoreWriterOptions::waiting_max`) and of `waiting_bytes`
    /// is for senders that do not try again; the others are told 503 before. 0 to 90 %.
    int reserve_percent = 25;
    /// Bodies that wait for the disk. 1 MiB to 16 GiB.
    std::size_t waiting_bytes_max = std::size_t{256} << 20U;
    /// `Retry-After` of a 503, in whole seconds. 1 s to 1 h.
    Duration retry_after = std::chrono::seconds(30);
    /// An answer 503 is given when so much of the sender's budget has passed, counted from when the
    /// request was complete. What is committed later is a duplicate when it comes again. 10 to 95.
    int budget_percent = 80;
    RedeliveryWatchOptions redelivery;
    /// Called on the scheduler's thread; never with a body. Null: nobody hears it.
    std::function<void(const ReceiverAlarm&)> on_alarm;
    /// Called where an event was not stored, with what the store or its writer says: the sender is
    /// told 503 and nothing else. Not where too much waits (`shed`). Null: nobody hears it.
    std::function<void(const Error&)> on_store_error;
    /// Called after the commit where there is a job to be done, with its queue: to wake a worker.
    std::function<void(const PutResult&, std::string_view queue)> on_job;
    /// Called once for each request, when it is answered, on the scheduler's thread; must not
    /// block. Null: nobody hears it.
    std::function<void(const ReceiverNews&)> on_request = nullptr;
};

/// What became of the requests. Every one counts in `requests` and in exactly one of the others.
struct ReceiverStats {
    std::uint64_t requests = 0;
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t revived = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t replayed = 0;
    std::uint64_t handshakes = 0;
    /// 404.
    std::uint64_t not_found = 0;
    /// 405 and 415.
    std::uint64_t unsupported = 0;
    /// 413.
    std::uint64_t too_large = 0;
    /// 401: rightly signed but out of time, and all others. Many of the former: look at the clock.
    std::uint64_t out_of_time = 0;
    std::uint64_t unverified = 0;
    /// 400: a header twice, no id.
    std::uint64_t malformed = 0;
    /// 503: too much waited; the store failed; it took too long.
    std::uint64_t shed = 0;
    std::uint64_t failed = 0;
    std::uint64_t late = 0;
    /// When the last genuine one came, stored or known; nothing: none did. Not of all senders
    /// together.
    std::optional<SystemTime> last;
};

/// Takes webhooks in: verified, then deduplicated and stored in one step, and only then a 2xx.
///
///     auto receiver = WebhookReceiver::create(scheduler, writer, {{.sender = "github",
///                                                                  .secrets = {secret}}});
///     server::Server server(scheduler, **receiver, {.port = 8080,
///                                                   .body_bytes_max = (*receiver)->body_max()});
///
/// | answer | when |
/// | --- | --- |
/// | 200 | it is on the disk, or was before; a copy that is not believed (another body, a caught
/// body under another id) is told nothing else and is in the quarantine |
/// | 200 | a handshake; nothing is stored |
/// | 400 | a header that has to be there once is there twice; no id |
/// | 401 | not genuine; why stands nowhere in the answer |
/// | 404, 405, 413 | the path, the method (only POST), the size |
/// | 415 | neither JSON nor, from who sends them, a form; any content coding |
/// | 503 | it could not be stored; `Retry-After` where the sender tries again by itself |
///
/// When much waits for the disk, senders that try again are refused first; who does not (GitHub)
/// has a reserve. What is refused nevertheless is watched until it arrives (`RedeliveryWatch`).
///
/// Slow and endless bodies are the server's to refuse (`ServerOptions::body_timeout`). Bodies and
/// secrets are in no answer, alarm or error. Belongs to the scheduler's thread; scheduler and
/// writer outlive it.
class WebhookReceiver final : public runtime::Service {
public:
    /// Error `invalid_argument`: an option out of range, an unknown sender, a path twice, secrets
    /// that are none (detail: the field).
    [[nodiscard]] static Result<std::unique_ptr<WebhookReceiver>> create(
        runtime::Scheduler& scheduler, StoreWriter& writer, std::vector<ReceiverEndpoint> endpoints,
        ReceiverOptions options = {});
    ~WebhookReceiver() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// From now on these count, for requests that come then. Error as of `create`, and then the old
    /// ones stay.
    [[nodiscard]] Result<void> set_secrets(std::string_view path, std::vector<Secret> secrets);
    /// A gap filler has looked for everything that was delivered there before `time`.
    void checked_until(std::string_view path, SystemTime time);
    /// Raises the alarms that time brings. Call it every few minutes; a request does it too.
    void check();

    /// Of all paths together.
    [[nodiscard]] ReceiverStats stats() const;
    /// All zero for an unknown path.
    [[nodiscard]] ReceiverStats stats_of(std::string_view path) const;
    /// The largest of all endpoints: what the server in front has to let through.
    [[nodiscard]] std::size_t body_max() const;

private:
    class Impl;
    explicit WebhookReceiver(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::work
