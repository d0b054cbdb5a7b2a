#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/sandbox/fault_set.hpp"
#include "apilab/sandbox/journal.hpp"
#include "apilab/sandbox/limits.hpp"
#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/router.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab {

namespace server {
class ConnectionWatch;
}

namespace sandbox {

namespace internal {
class IndexLag;
class PageBook;
struct PageAsk;
class SecretWatch;
}  // namespace internal
namespace webhook {
class DeliveryHub;
}

struct SandboxOptions {
    /// What every random choice of a run comes from; the scenario's own seed where it has one and
    /// this is absent, else 1.
    std::optional<std::uint64_t> seed;
    /// Default: no faults.
    Scenario scenario;
    std::vector<std::unique_ptr<Provider>> providers;
    /// What links in a provider's answers start with, by its name. Default: the request's own
    /// origin with the provider's prefix.
    std::function<std::string(std::string_view provider)> base_url;
    /// Another origin that is ours as well: where the fault `redirect` leads with `foreign`, and
    /// whose requests go to the provider `foreign`, whatever their path.
    std::string foreign_origin = "http://foreign.test";
    /// Webhooks may go to hosts that are not this machine. Default: the sandbox calls nobody else.
    bool webhooks_anywhere = false;
    Journal::Limits journal;
};

/// A stretch of time under one scenario and seed, which the judge looks at as a whole.
struct Run {
    /// `r-0001`.
    std::string id;
    std::string scenario;
    std::string description;
    std::uint64_t seed = 1;
    SteadyTime started;
    /// Nothing: still under way.
    std::optional<SteadyTime> stopped;
    /// What it is judged by (`Scenario::checks`).
    std::vector<ScenarioCheck> checks;
};

/// What holds for every request of a sandbox, over all runs (`PATCH /_sandbox/settings`).
struct Settings {
    /// False: no armed fault fires, and none counts a match.
    bool faults = true;
    /// False: the scenario's rate limits are off.
    bool limits = true;
    /// Before every answer of an operation, besides what faults say. Zero to 10 min.
    Duration delay{};
    /// At the authorisation servers: the user consents without a page. Nothing: there is none.
    std::optional<bool> auto_consent;
    Journal::Limits journal;
};

/// Emulated providers behind one service, with faults and a journal.
///
/// `GET /` lists the providers; `/npm/...` goes to the provider `npm`, whose routes are matched
/// below that prefix; what matches none is answered as the provider answers an unknown path, and
/// noted as `unsupported`. Faults are asked only for operations. An answer carries a
/// `http::WirePlan`, whose end completes the journal row.
///
///     SandboxOptions options;
///     options.scenario = *built_in_scenario("flaky");
///     options.providers.push_back(...);
///     auto sandbox = Sandbox::make(scheduler, std::move(options));
///     transport::LoopbackTransport transport(scheduler, **sandbox);
///
/// Belongs to the scheduler's thread; the scheduler outlives it. A cancelled call ends with
/// `cancelled`, its row as closed by the peer.
class Sandbox final : public runtime::Service {
public:
    /// Starts the first run. Errors (`invalid_argument`): a fault that names a provider or
    /// operation that is not served (detail: `/fault/0/where`), a provider's name that is empty,
    /// has a slash or stands there twice, a route that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<Sandbox>> make(runtime::Scheduler& scheduler,
                                                               SandboxOptions options);
    ~Sandbox() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// Ends the run under way and begins another: seed worlds, faults and journal anew. Errors as
    /// of `make`; then nothing has changed.
    [[nodiscard]] Result<Run> start_run(const Scenario& scenario,
                                        std::optional<std::uint64_t> seed);
    /// Faults stop; the journal stays to be judged. Requests are answered and noted still.
    void stop_run();
    /// The run under way from its beginning, under a new id.
    void reset();

    /// `SandboxOptions::foreign_origin` once its port is known.
    void set_foreign_origin(std::string origin) { foreign_origin_ = std::move(origin); }
    [[nodiscard]] const std::string& foreign_origin() const { return foreign_origin_; }

    /// Where this origin is served without TLS: where the fault `redirect` leads with `http` from a
    /// request over TLS. Empty: to the same port.
    void set_plain_origin(std::string origin) { plain_origin_ = std::move(origin); }
    /// What rows and events call the listener on that port.
    void name_listener(std::uint16_t port, std::string name) { listeners_[port] = std::move(name); }
    /// Notes the connections of one listener, and lets faults strike its handshakes. The sandbox
    /// outlives it.
    [[nodiscard]] std::shared_ptr<server::ConnectionWatch> watch_listener(std::string name);
    /// What clients have to trust where it is served over TLS: PEM, empty where it is not.
    [[nodiscard]] const std::string& ca_certificate() const { return ca_certificate_; }
    void set_ca_certificate(std::string pem) { ca_certificate_ = std::move(pem); }

    /// Asks something of the program under test, once, and notes it: `outbound` says who asks and
    /// what only the asker knows; its method, path and times are filled in here. `way` leads to the
    /// program and outlives the call; no answer within `patience` is none.
    [[nodiscard]] runtime::Task<Result<http::Response>> call_out(transport::Transport& way,
                                                                 http::Request request,
                                                                 Duration patience,
                                                                 Outbound outbound);
    /// The same with a body that comes piece by piece (null: that of the request).
    [[nodiscard]] runtime::Task<Result<http::Response>> call_out(
        transport::Transport& way, http::Request request, Duration patience, Outbound outbound,
        std::shared_ptr<runtime::BodySource> upload);
    /// Who is told of what changes in the emulated worlds. Delivers once `deliver_over` says how
    /// programs are reached.
    [[nodiscard]] webhook::DeliveryHub& hub() { return *hub_; }
    /// Plays the scenario's visitors and senders of webhooks, all at once, each at its own pace,
    /// against a program whose own paths start at `base`. Each request of a visitor bears an
    /// `x-request-id` of its own, which is the fact `request_id` of its row. Ends with the last
    /// answer.
    [[nodiscard]] runtime::Task<void> play_world(transport::Transport& way, http::Url base);
    /// Notes something that befell the program and was no request that arrived: a kill, a delivery
    /// that was lost. Its times are filled in here.
    void note_outbound(Outbound outbound);

    /// Takes what the program under test hands in to be judged with the journal: its log, its
    /// metrics. Replaces what had the name before. Errors: `too_large` for more than 16 MiB or more
    /// than 16 names.
    [[nodiscard]] Result<void> hand_in(std::string name, std::string text);
    [[nodiscard]] const std::map<std::string, std::string>& handed_in() const { return handed_in_; }
    /// The names of those texts that show a secret of the run's seed.
    [[nodiscard]] std::vector<std::string> leaked_in() const;
    /// `Provider::numbers` of all providers (equal names are added up); `429s`: requests that were
    /// answered so; `connections` that requests came over; `places with a secret`: URLs, referers,
    /// bodies and texts handed in that show one, each kind once; what came of the webhooks
    /// (`webhook::Ledger`); and where there were visitors, how they fared: `visits` and `visits
    /// lost`; but for those who ask a program about itself, `answers` (200), `failed` (all others),
    /// `partial` and `stale` (answers with such a part), `p99 ms`, `calls to the dead` (while one
    /// source failed for 10 s and longer).
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const;

    /// Replaces a provider's limits (none: lifts them) until the next run of another scenario; all
    /// counters begin anew. Errors (`invalid_argument`, detail `/limits/<provider>...`): a provider
    /// or operation that is not served; then nothing has changed.
    [[nodiscard]] Result<void> set_limits(std::string_view provider, std::vector<LimitRule> rules);
    [[nodiscard]] Settings settings() const;
    /// Takes effect with the next request.
    void change_settings(const Settings& settings);
    /// Null where none of that name is served.
    [[nodiscard]] const Provider* find_provider(std::string_view name) const;
    /// `Provider::end_token` of one provider (empty: of all); returns whose token it was.
    [[nodiscard]] std::vector<std::string> end_token(std::string_view token, std::string_view how,
                                                     std::string_view provider);

    [[nodiscard]] const Run& run() const { return run_; }
    [[nodiscard]] const Scenario& scenario() const { return scenario_; }
    [[nodiscard]] const Journal& journal() const { return *journal_; }
    /// For what happens beside the requests (a platform that stops a program).
    [[nodiscard]] Journal& edit_journal() { return *journal_; }
    [[nodiscard]] FaultSet& faults() { return *faults_; }
    [[nodiscard]] const FaultSet& faults() const { return *faults_; }
    [[nodiscard]] const Surface& surface() const { return surface_; }
    [[nodiscard]] runtime::Scheduler& scheduler() const { return scheduler_; }

private:
    struct Mount {
        std::unique_ptr<Provider> provider;
        Router router;
        /// The provider's clock is ahead by so much (a fault `auth` = `skew`).
        Duration skew{};
    };
    struct Target;

    Sandbox(runtime::Scheduler& scheduler, SandboxOptions options);
    [[nodiscard]] Result<void> mount(std::unique_ptr<Provider> provider);
    [[nodiscard]] Target find_target(const http::Request& request);
    [[nodiscard]] http::Response list_providers(const http::Request& request) const;
    [[nodiscard]] std::string base_url(std::string_view provider,
                                       const http::Request& request) const;
    [[nodiscard]] http::Response refuse(const Target& target, const FaultDecision& decision) const;
    [[nodiscard]] Incoming incoming_of(const Target& target, const http::Request& request,
                                       const FaultDecision& decision, Exchange& row) const;
    [[nodiscard]] LimitAnswer count(const Target& target, const http::Request& request,
                                    const FaultDecision& decision, Exchange& row);
    [[nodiscard]] http::Response produce(const Target& target, const http::Request& request,
                                         const FaultDecision& decision, LimitAnswer& limit,
                                         Exchange& row);
    [[nodiscard]] std::optional<http::Response> answer_in_place(const Target& target,
                                                                const Incoming& incoming,
                                                                const FaultDecision& decision,
                                                                Exchange& row) const;
    void lag_behind(const internal::PageAsk& ask, const FaultDecision& decision,
                    http::Response& response, Exchange& row);
    void turn_page(const internal::PageAsk& ask, const FaultDecision& decision,
                   http::Response& response, Exchange& row);
    [[nodiscard]] http::Response redirect(const http::Request& request, const FaultRedirect& how,
                                          Exchange& row) const;
    [[nodiscard]] SystemTime clock_of(const Target& target) const;
    void note(std::uint64_t seq, const FaultDecision& decision, const LimitAnswer& limit,
              SystemTime their_now, http::Response& response);
    void reset_hub();

    runtime::Scheduler& scheduler_;
    std::function<std::string(std::string_view)> base_url_;
    std::string foreign_origin_;
    std::string plain_origin_;
    std::string ca_certificate_;
    std::map<std::uint16_t, std::string> listeners_;
    std::vector<Mount> mounts_;
    Surface surface_;
    Scenario scenario_;
    Run run_;
    std::uint64_t runs_ = 0;
    // But for what is asked of providers and journal.
    Settings settings_;
    std::unique_ptr<FaultSet> faults_;
    // Shared with the answers under way, as the journal is.
    std::shared_ptr<LimitSet> limits_;
    std::map<std::string, std::string> handed_in_;
    std::unique_ptr<internal::SecretWatch> secrets_;
    std::unique_ptr<internal::PageBook> pages_;
    std::unique_ptr<internal::IndexLag> lag_;
    // Shared with the answers under way: their ends may be told after the sandbox has gone.
    std::shared_ptr<Journal> journal_;
    bool webhooks_anywhere_;
    std::unique_ptr<webhook::DeliveryHub> hub_;
};

}  // namespace sandbox
}  // namespace apilab
