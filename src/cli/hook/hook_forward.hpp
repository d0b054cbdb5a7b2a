#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/transport/transport.hpp"
#include "apilab/work/job_retry.hpp"
#include "apilab/work/signature.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::cli {

struct ForwardOptions {
    /// Without a path: each sender's has `/webhooks/<source>` there.
    http::Url target;
    /// By source: signs anew what is forwarded, since what was signed an hour ago is refused.
    /// Empty: the signatures go as they came.
    std::map<std::string, work::SignatureSigner, std::less<>> signers;
    work::JobRetryOptions retry;
    /// How long one attempt may take.
    Duration attempt = std::chrono::seconds(30);
};

/// What came of one attempt to forward an event, or why it waits.
struct Forwarded {
    std::int64_t event = 0;
    std::string source;
    std::string type;
    std::string sender_id;
    int attempt = 1;
    /// 0: no answer.
    int status = 0;
    /// `done`, `retry`, `dead`, or `waiting`: nobody could be reached, and that counts as no
    /// attempt.
    std::string_view outcome;
    std::string reason;
    /// Of `retry`: when it is due again.
    SystemTime again;
};

/// Forwards what waits, one after the other in the order of its coming: byte by byte with the
/// headers that it came with, and an `idempotency-key` that is the same over all attempts. A 2xx is
/// done; what may succeed later (429, 5xx, no answer in time) is tried again by `retry`; anything
/// else is a dead letter. While nobody is there, everything waits, and costs no attempts.
///
/// Belongs to the scheduler's thread. All that it is given outlives `run()`.
class Forwarder {
public:
    Forwarder(runtime::Scheduler& scheduler, work::StoreWriter& writer, transport::Transport& way,
              Rng& rng, ForwardOptions options, std::function<void(const Forwarded&)> told);

    /// Until `stop()`; what is under way then ends by itself. Cancelled, it ends at once, and the
    /// job is given back: it may have been forwarded, and is once more under the same key.
    [[nodiscard]] runtime::Task<void> run();
    void stop();
    /// There is something new. (It looks by itself twice a second: others write to the store, too.)
    void wake();

private:
    [[nodiscard]] runtime::Task<void> pause(Duration duration);
    [[nodiscard]] runtime::Task<Result<std::vector<work::Job>>> next();
    [[nodiscard]] runtime::Task<void> forward(work::Job job);
    [[nodiscard]] runtime::Task<Result<bool>> give_back(work::JobRef ref);
    [[nodiscard]] runtime::Task<std::optional<Result<http::Response>>> send(work::Job job,
                                                                            work::Event event,
                                                                            Forwarded& told);
    [[nodiscard]] runtime::Task<Result<void>> end(work::Job job, work::JobOutcome outcome,
                                                  Forwarded& told);
    [[nodiscard]] http::Request request_of(const work::Event& event);

    runtime::Scheduler& scheduler_;
    work::StoreWriter& writer_;
    transport::Transport& way_;
    Rng& rng_;
    ForwardOptions options_;
    std::function<void(const Forwarded&)> told_;
    std::unique_ptr<runtime::Event> news_ = std::make_unique<runtime::Event>();
    bool stopped_ = false;
};

}  // namespace apilab::cli
