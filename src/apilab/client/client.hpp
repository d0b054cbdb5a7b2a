#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/client/call_driver.hpp"
#include "apilab/client/options.hpp"

namespace apilab::client {

/// Calls that behave like production: deadline, retries by effect, budget, `Retry-After`, one
/// record each. Not thread-safe: it belongs to its scheduler's thread (`blocking::Client` is for
/// scripts).
///
///     auto client = Client::create(scheduler, transport, rng);
///     auto reply = co_await (*client)->get("http://127.0.0.1:4010/npm/lodash");
///     if (reply) { use(reply->body()); } else { log(reply.error().to_string()); }
///
/// A 4xx or 5xx is a reply; `reply->error_for_status()` turns it into an error. `reply->record()`
/// is the story of the call.
class Client final : public runtime::Service {
public:
    /// The scheduler, transport, rng and observers outlive the client. Error: `invalid_argument`
    /// naming the option.
    [[nodiscard]] static Result<std::unique_ptr<Client>> create(
        runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
        ClientOptions options = {}, std::vector<http::Observer*> observers = {});
    /// A client beside another one, over the same transport, for calls with other rules (no
    /// retries, no cache): what either of them learns of the other side counts for both, for
    /// freezes, rate limits, bulkheads and breakers are `other`'s, and those of `options` are not
    /// looked at. The other may go first. Errors as of `create`.
    ///
    ///     ClientOptions once{.id_prefix = "e"};
    ///     once.retry.max_attempts = 1;
    ///     auto effects = Client::create_beside(*reads, once);
    [[nodiscard]] static Result<std::unique_ptr<Client>> create_beside(
        Client& other, ClientOptions options, std::vector<http::Observer*> observers = {});

    /// Error at once: `invalid_argument` naming an option of the call that is out of the range that
    /// it has in `ClientOptions`.
    [[nodiscard]] runtime::Task<Result<http::Response>> send(http::Request request,
                                                             CallOptions options = {});
    [[nodiscard]] runtime::Task<Result<http::Response>> get(std::string url,
                                                            CallOptions options = {});
    /// Sends `body` as JSON.
    [[nodiscard]] runtime::Task<Result<http::Response>> post(std::string url, std::string body,
                                                             CallOptions options = {});

    /// The same as a `Service`, for composing.
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// Ends what runs in the background (revalidations of a cache). Needed only where a client goes
    /// within a task; elsewhere the destructor does it.
    [[nodiscard]] runtime::Task<void> close() { return driver_.close(); }

    /// The policies and their order.
    [[nodiscard]] std::string describe() const { return driver_.describe(); }
    /// Which origins are left alone, and why; for a status page and metrics.
    [[nodiscard]] std::vector<policy::CircuitBreaker::Snapshot> breakers() const {
        return driver_.breakers();
    }
    /// What is left of each quota, and who waits for it.
    [[nodiscard]] std::vector<policy::RateLimiter::Snapshot> limits() const {
        return driver_.limits();
    }

private:
    Client(runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
           ClientOptions options, std::vector<http::Observer*> observers);
    Client(Client& other, ClientOptions options, std::vector<http::Observer*> observers);
    Duration deadline_;
    runtime::Timeouts timeouts_;
    CallDriver driver_;
};

}  // namespace apilab::client
