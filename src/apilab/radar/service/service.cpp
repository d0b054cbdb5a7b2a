#include "apilab/radar/service/service.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/credentials_auth.hpp"
#include "apilab/auth/file_token_store.hpp"
#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/base/try.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/provider/gmail.hpp"
#include "apilab/provider/notion.hpp"
#include "apilab/provider/slack.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/radar/internal/answers_heard.hpp"
#include "apilab/radar/internal/job_tools.hpp"
#include "apilab/radar/internal/known_origins.hpp"
#include "apilab/radar/internal/radar_clients.hpp"
#include "apilab/radar/internal/radar_plan.hpp"
#include "apilab/radar/internal/radar_web.hpp"
#include "apilab/radar/internal/shared_way.hpp"
#include "apilab/radar/internal/switches.hpp"
#include "apilab/radar/service/backup.hpp"
#include "apilab/radar/service/config_load.hpp"
#include "apilab/radar/service/dashboard.hpp"
#include "apilab/radar/service/gmail_target.hpp"
#include "apilab/radar/service/google_tokens.hpp"
#include "apilab/radar/service/guard.hpp"
#include "apilab/radar/service/handlers.hpp"
#include "apilab/radar/service/notion_reader.hpp"
#include "apilab/radar/service/notion_target.hpp"
#include "apilab/radar/service/operations.hpp"
#include "apilab/radar/service/service_log.hpp"
#include "apilab/radar/service/slack_target.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/radar/service/subscriptions.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/gap_filler.hpp"
#include "apilab/work/github_deliveries.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/retention.hpp"
#include "apilab/work/schedule_ticker.hpp"
#include "apilab/work/store_writer.hpp"
#include "apilab/work/sweeper.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::radar {
namespace {

using runtime::Task;

// Handlers are told to end a little before all is cut, so that what they hold can be given back.
constexpr int grace_percent = 80;

std::string worker_name() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) {
        return fmt::format("radar/{}", ::getpid());
    }
    return fmt::format("{:.200}/{}", host.data(), ::getpid());
}

Duration least(Duration wanted, Duration low, Duration high) {
    return std::clamp(wanted, low, high);
}

}  // namespace

/// All parts, in the order in which they need each other.
class RadarService::Impl {
public:
    Impl(Config config, Ground ground)
        : config_(std::move(config)),
          ground_(std::move(ground)),
          log_(
              ground_.scheduler, ground_.log,
              config_.log_format == "human" ? ServiceLog::Format::human : ServiceLog::Format::json),
          writer_(ground_.scheduler, ground_.store, {.own_thread = ground_.own_thread}),
          outbox_(ground_.scheduler, writer_, ground_.rng, outbox_options()),
          tasks_(ground_.scheduler) {
        internal::take_out(config_);
    }

    Result<void> assemble() {
        if (auto kept = work::validate(config_.retention); !kept) {
            return fail(std::move(kept).error().in("retention"));
        }
        APILAB_TRY(way_, internal::SharedWay::make(config_, ground_.scheduler, ground_.transport,
                                                   ground_.rng, ground_.budgets, worker_name()));
        answers_ = std::make_unique<internal::AnswersHeard>(
            way_->service(), ground_.scheduler,
            [this](const internal::HeardAnswer& heard) { log_.answer(heard); });
        origins_ = std::make_unique<internal::KnownOrigins>(config_.urls, *answers_);
        APILAB_TRY(clients_, internal::RadarClients::make(config_, ground_.scheduler, *origins_,
                                                          ground_.rng, ground_.log));
        sources_ = std::make_unique<Sources>(
            Sources{provider::Npm(endpoint(source("npm"), config_.urls.npm)),
                    provider::Osv(endpoint(source("osv"), config_.urls.osv)),
                    provider::GitHub(endpoint(source("github"), config_.urls.github),
                                     {.token = config_.github_token})});
        APILAB_CHECK(make_slack());
        APILAB_CHECK(make_notion());
        APILAB_CHECK(make_gmail());
        make_runner();
        APILAB_TRY(auto schedules, internal::schedules_of(config_));
        ticker_ = std::make_unique<work::ScheduleTicker>(
            ground_.scheduler, writer_, ground_.rng, std::move(schedules),
            work::ScheduleTickerOptions{.poll = least(ground_.poll * 10, std::chrono::seconds(1),
                                                      std::chrono::minutes(5))});
        sweeper_ =
            std::make_unique<work::Sweeper>(ground_.scheduler, writer_, ground_.rng,
                                            work::SweeperOptions{.times = config_.retention});
        make_filler();
        APILAB_CHECK(make_receiver());
        APILAB_CHECK(make_backups());
        make_web();
        return {};
    }

    void start() {
        phase_.started = true;
        say(Level::info, "started", fmt::format("{} projects", config_.watches.size()));
        for (const auto& webhooks : config_.webhooks) {
            const auto known =
                std::ranges::find(subscriptions(), webhooks.sender, &Subscription::sender);
            if (known != subscriptions().end()) {
                say(Level::info, "webhooks",
                    fmt::format("/webhooks/{} does something because of {}", webhooks.sender,
                                fmt::join(known->events, ", ")));
            }
        }
        for (const auto& name : config_.off) {
            say(Level::warn, "off", name + " is switched off, and neither asked nor told");
        }
        run(runner_->run());
        run(outbox_.run());
        run(ticker_->run());
        run(sweeper_->run());
        run(first_checks());
        if (filler_) {
            run(filler_->run());
        }
        if (backups_) {
            run(backups_->run());
        }
    }

    Task<void> stop() {
        phase_.stopping = true;
        say(Level::info, "stopping", "");
        if (dashboard_) {
            dashboard_->stop();
        }
        ticker_->stop();
        sweeper_->stop();
        runner_->stop();
        outbox_.stop();
        if (filler_) {
            filler_->stop();
        }
        if (backups_) {
            backups_->stop();
        }
        if (running_ > 0) {
            (void)co_await ground_.scheduler.wait(&over_, ground_.scheduler.now() + config_.grace);
        }
        tasks_.cancel();
        co_await end();
        say(Level::info, "stopped", "");
    }

    Task<void> die() {
        phase_.stopping = true;
        tasks_.cancel();
        co_await end();
    }

    Task<bool> at_rest() {
        const auto now = ground_.scheduler.system_now();
        const auto open = co_await writer_.run<bool>([now](work::Store& store) -> Result<bool> {
            APILAB_TRY(const auto due, store.next_due(internal::radar_queue));
            APILAB_TRY(const auto jobs, store.counts(internal::radar_queue));
            APILAB_TRY(const auto messages, store.message_counts(""));
            return (due && *due <= now) || jobs.running > 0 ||
                   messages.pending + messages.sending + messages.unknown > 0;
        });
        co_return open && !*open;
    }

    [[nodiscard]] runtime::LiveService& web() { return *web_; }
    [[nodiscard]] runtime::Service& metrics() { return *scrape_; }
    [[nodiscard]] const Parts& parts() const { return *parts_; }

private:
    [[nodiscard]] work::OutboxOptions outbox_options() {
        return {.poll = ground_.poll,
                .settled = [this](const work::Message& message, const work::MessageChange& change) {
                    log_.effect(message, change);
                }};
    }

    [[nodiscard]] static provider::Endpoint endpoint(runtime::Service& service,
                                                     const http::Url& base) {
        return {.client = &service, .base = base};
    }
    [[nodiscard]] runtime::Service& source(std::string_view name) {
        return internal::is_off(config_, name) ? static_cast<runtime::Service&>(switched_off_)
                                               : *clients_->reads;
    }
    void drifted(std::string_view provider, std::string_view operation,
                 const data::DriftReport& drift) {
        if (!drift.none()) {
            drift_.add(fmt::format("{} {}", provider, operation), drift);
        }
    }

    Result<void> make_slack() {
        if (!config_.slack) {
            return {};
        }
        provider::Slack::Options options;
        options.noted = [this](std::string_view method, const data::DriftReport& drift,
                               const std::vector<std::string>& /*warnings*/) {
            drifted("slack", method, drift);
        };
        slack_ = std::make_unique<SlackTarget>(
            provider::Slack(endpoint(*clients_->effects, config_.urls.slack), config_.slack->token,
                            std::move(options)));
        return outbox_.add("slack", *slack_, {.pace = std::chrono::seconds(1)});
    }

    Result<void> make_notion() {
        if (!config_.notion) {
            return {};
        }
        provider::Notion::Options options{.token = config_.notion->token,
                                          .data_source = config_.notion->data_source};
        options.on_drift = [this](std::string_view operation, const data::DriftReport& drift) {
            drifted("notion", operation, drift);
        };
        APILAB_CHECK(options.validate());
        notion_ = std::make_unique<NotionTarget>(
            provider::Notion(endpoint(*clients_->effects, config_.urls.notion), options), writer_,
            ground_.scheduler);
        APILAB_CHECK(outbox_.add("notion", *notion_, NotionTarget::options()));
        people_ = std::make_unique<NotionReader>(
            provider::Notion(endpoint(*clients_->reads, config_.urls.notion), options));
        return {};
    }

    Result<void> make_gmail() {
        if (!config_.gmail) {
            return {};
        }
        if (!ground_.folder.empty()) {
            auto tokens = auth::FileTokenStore::open(ground_.folder / "tokens");
            if (!tokens) {
                return fail(std::move(tokens).error().in("gmail: where its tokens are kept"));
            }
            kept_tokens_ = *std::move(tokens);
        }
        APILAB_TRY(gmail_tokens_,
                   google_tokens(ground_.scheduler, *clients_->reads, ground_.rng, *config_.gmail,
                                 config_.urls.google_token, kept_tokens_.get()));
        gmail_user_ = std::make_unique<auth::BearerAuth>(
            *clients_->effects, *gmail_tokens_, config_.urls.google.origin(), &ground_.scheduler);
        provider::GmailOptions options;
        options.on_drift = [this](std::string_view operation, const data::DriftReport& drift) {
            drifted("gmail", operation, drift);
        };
        gmail_ = std::make_unique<GmailTarget>(
            provider::Gmail(endpoint(*gmail_user_, config_.urls.google), std::move(options)));
        return outbox_.add("gmail", *gmail_);
    }

    void make_runner() {
        work::JobRunnerOptions options{.queue = std::string(internal::radar_queue),
                                       .worker = worker_name(),
                                       .poll = ground_.poll,
                                       .grace = config_.grace * grace_percent / 100};
        options.told = [this](const work::JobNews& news) { log_.job(news); };
        runner_ = std::make_unique<work::JobRunner>(ground_.scheduler, writer_, ground_.rng,
                                                    std::move(options));
        context_.emplace(HandlerContext{.scheduler = ground_.scheduler,
                                        .rng = ground_.rng,
                                        .writer = writer_,
                                        .config = config_,
                                        .sources = *sources_});
        context_->wake_outbox = [this] { outbox_.wake(); };
        context_->wake_runner = [this] { runner_->wake(); };
        context_->told_run = [this](const RunRecord& one, std::string_view changes,
                                    std::string_view trace) { log_.run(one, changes, trace); };
        context_->log = [this](std::string_view kind, const work::Job& job,
                               const std::string& line) {
            log_.say(Level::info, kind, fmt::format("{} (job {})", line, job.ref.id));
        };
        context_->on_drift = [this](std::string_view operation, const data::DriftReport& drift) {
            drift_.add(operation, drift);
        };
        if (people_) {
            context_->read_people = read_people_by(*people_);
            context_->notion_bot = notion_bot_by(*people_);
        }
        add_handlers(*runner_, *context_);
    }
    void make_filler() {
        if (!config_.github_hook || !config_.github_token) {
            return;
        }
        github_ = std::make_unique<auth::CredentialsAuth>(
            *clients_->reads, auth::Credentials::bearer(*config_.github_token),
            config_.urls.github);
        deliveries_ = std::make_unique<work::GitHubDeliveries>(*github_, *config_.github_hook);
        work::GapFillerOptions options{.every = config_.hook_every};
        options.rule.settle = config_.hook_settle;
        if (!ground_.folder.empty()) {
            options.checkpoint = ground_.folder / "github-deliveries";
        }
        options.told = [this](const work::GapReport& report) { told(report); };
        filler_ = std::make_unique<work::GapFiller>(ground_.scheduler, writer_, *deliveries_,
                                                    std::move(options));
    }
    void told(const work::GapReport& report) {
        if (report.missing > 0 || report.error || !report.alarm.empty()) {
            say(report.alarm.empty() ? Level::info : Level::error, "deliveries",
                report.alarm.empty() ? report.describe() : report.alarm);
        }
        if (report.complete && filler_->checkpoint().through) {
            receiver_->checked_until("/webhooks/github", *filler_->checkpoint().through);
        }
    }

    Result<void> make_receiver() {
        work::ReceiverOptions options;
        options.on_job = [this](const work::PutResult&, std::string_view) {
            store_error_.clear();
            runner_->wake();
        };
        options.on_alarm = [this](const work::ReceiverAlarm& alarm) { log_.alarm(alarm); };
        options.on_store_error = [this](const Error& error) {
            // Once for each trouble, not for each webhook.
            if (auto why = error.to_string(); why != store_error_) {
                say(Level::error, "webhook", "not stored, and the sender was told 503: " + why);
                store_error_ = std::move(why);
            }
        };
        options.on_request = [this](const work::ReceiverNews& news) { log_.webhook(news); };
        auto endpoints = internal::endpoints_of(config_, ground_.folder, ground_.rng, [this] {
            say(Level::warn, "notion",
                "Notion sent its verification token: it is in notion-webhook-token beside the "
                "store. Compare it with the one in Notion's settings, and paste it there");
        });
        APILAB_TRY(receiver_,
                   work::WebhookReceiver::create(ground_.scheduler, writer_, std::move(endpoints),
                                                 std::move(options)));
        return {};
    }

    void make_web() {
        parts_.emplace(Parts{.scheduler = ground_.scheduler,
                             .config = config_,
                             .writer = writer_,
                             .receiver = *receiver_,
                             .runner = *runner_,
                             .outbox = outbox_,
                             .ticker = *ticker_,
                             .sweeper = *sweeper_,
                             .client = *clients_->reads,
                             .metrics = clients_->metrics,
                             .calls = clients_->calls,
                             .phase = phase_,
                             .filler = filler_.get(),
                             .gmail_tokens = gmail_tokens_.get(),
                             .budgets = way_->budgets(),
                             .answers = answers_.get(),
                             .disk_free = ground_.disk_free});
        operations_ = std::make_unique<Operations>(*parts_, operations_options());
        if (config_.dashboard) {
            dashboard_ = std::make_unique<Dashboard>(*parts_, ground_.rng,
                                                     DashboardOptions{.drift = &drift_});
        }
        web_ = std::make_unique<internal::RadarWeb>(*receiver_, *operations_, dashboard_.get());
        // Whoever may reach its port may see it: the port is what is guarded.
        open_operations_ = std::make_unique<Operations>(
            *parts_,
            OperationsOptions{.backup = backups_.get(),
                              .drift = &drift_,
                              .ignored = &context_->ignored,
                              .refuse = [](const http::Request&, const runtime::CallContext&) {
                                  return std::optional<http::Response>();
                              }});
        scrape_ = std::make_unique<internal::MetricsAlone>(*open_operations_);
    }

    // Names of projects and packages are for whoever may see the dashboard: without a token this
    // machine, and no page of another site or name that was made to lead here.
    [[nodiscard]] OperationsOptions operations_options() {
        OperationsOptions options{
            .backup = backups_.get(), .drift = &drift_, .ignored = &context_->ignored};
        guard_ = std::make_unique<Guard>(
            GuardOptions{.token = config_.dashboard_token, .hosts = config_.hosts}, ground_.rng);
        options.refuse = [this](const http::Request& request, const runtime::CallContext& context) {
            const auto visitor =
                guard_->admit(request, context, Guard::Wants::data, ground_.scheduler.system_now());
            return visitor ? std::optional<http::Response>()
                           : http::Response(visitor.error().status, visitor.error().why + "\n",
                                            {{"content-type", "text/plain"}});
        };
        return options;
    }

    Result<void> make_backups() {
        const auto file = sqlite_path(config_);
        if (config_.backup_folder.empty()) {
            return {};
        }
        if (!file) {
            say(Level::warn, "backup", "snapshots are made of SQLite only: PostgreSQL has its own");
            return {};
        }
        BackupOptions options{.store = *file,
                              .folder = config_.backup_folder,
                              .schedule = config_.backup_schedule,
                              .own_thread = ground_.own_thread};
        options.told = [this](const Result<work::Snapshot>& made) { log_.backup(made); };
        if (auto valid = options.validate(); !valid) {
            return fail(std::move(valid).error().in("backup"));
        }
        backups_ = std::make_unique<BackupKeeper>(ground_.scheduler, std::move(options));
        return {};
    }

    // A project that was never looked at is looked at now, not in six hours; schedules of projects
    // that are gone go, and what is open there is closed.
    Task<void> first_checks() {
        std::vector<std::string> names;
        for (const auto& watch : config_.watches) {
            names.push_back(watch.name);
        }
        const auto now = ground_.scheduler.system_now();
        const auto done = co_await writer_.run<std::size_t>(
            [names, now, rules = internal::rules_of(config_),
             trace = work::begin_trace(ground_.rng).traceparent()](work::Store& store) {
                return enqueue_first(store, names, rules, trace, now);
            });
        if (!done) {
            say(Level::error, "first checks", done.error().to_string());
        } else if (*done > 0) {
            runner_->wake();
        }
    }
    static Result<std::size_t> enqueue_first(work::Store& store,
                                             const std::vector<std::string>& names,
                                             const PlanRules& rules, const std::string& trace,
                                             SystemTime now) {
        APILAB_TRY([[maybe_unused]] const auto closed,
                   close_unwatched(store, names, rules, trace, now));
        APILAB_TRY(const auto schedules, store.schedules());
        for (const auto& row : schedules) {
            const auto& prefix = internal::check_schedule;
            if (row.name.starts_with(prefix) &&
                std::ranges::find(names, row.name.substr(prefix.size())) == names.end()) {
                APILAB_CHECK(store.remove_schedule(row.name));
            }
        }
        std::size_t added = 0;
        for (const auto& name : names) {
            APILAB_TRY(const auto run, store.document(run_kind, name));
            if (!run) {
                auto job = check_job(name, "start");
                job.trace_context = trace;
                APILAB_CHECK(store.enqueue(job, now));
                ++added;
            }
        }
        return added;
    }

    void run(Task<void> task) {
        ++running_;
        tasks_.spawn(counted(std::move(task)));
    }
    Task<void> counted(Task<void> task) {
        co_await std::move(task);
        if (--running_ == 0) {
            over_.set();
        }
    }
    Task<void> end() {
        co_await tasks_.join();
        if (gmail_tokens_) {
            co_await gmail_tokens_->close();
        }
        co_await clients_->reads->close();
        co_await clients_->effects->close();
    }

    using Level = ServiceLog::Level;
    void say(Level level, std::string_view event, std::string_view message) {
        log_.say(level, event, message);
    }

    Config config_;
    Ground ground_;
    ServiceLog log_;
    Phase phase_;
    std::string store_error_;
    data::DriftCounters drift_;
    std::unique_ptr<internal::SharedWay> way_;
    std::unique_ptr<internal::AnswersHeard> answers_;
    std::unique_ptr<internal::KnownOrigins> origins_;
    internal::SwitchedOff switched_off_;
    std::unique_ptr<internal::RadarClients> clients_;
    std::unique_ptr<Sources> sources_;
    std::unique_ptr<auth::CredentialsAuth> github_;
    std::unique_ptr<auth::FileTokenStore> kept_tokens_;
    std::unique_ptr<auth::RenewingTokenSource> gmail_tokens_;
    std::unique_ptr<auth::BearerAuth> gmail_user_;
    work::StoreWriter writer_;
    std::unique_ptr<SlackTarget> slack_;
    std::unique_ptr<NotionTarget> notion_;
    std::unique_ptr<NotionReader> people_;
    std::unique_ptr<GmailTarget> gmail_;
    std::optional<HandlerContext> context_;
    std::unique_ptr<work::JobRunner> runner_;
    work::Outbox outbox_;
    std::unique_ptr<work::ScheduleTicker> ticker_;
    std::unique_ptr<work::Sweeper> sweeper_;
    std::unique_ptr<work::GitHubDeliveries> deliveries_;
    std::unique_ptr<work::GapFiller> filler_;
    std::unique_ptr<work::WebhookReceiver> receiver_;
    std::optional<Parts> parts_;
    std::unique_ptr<BackupKeeper> backups_;
    std::unique_ptr<Guard> guard_;
    std::unique_ptr<Operations> operations_;
    std::unique_ptr<Dashboard> dashboard_;
    std::unique_ptr<internal::RadarWeb> web_;
    std::unique_ptr<Operations> open_operations_;
    std::unique_ptr<internal::MetricsAlone> scrape_;
    std::size_t running_ = 0;
    runtime::Event over_;
    runtime::TaskGroup tasks_;
};

Result<std::unique_ptr<RadarService>> RadarService::create(Config config, Ground ground) {
    auto impl = std::make_unique<Impl>(std::move(config), std::move(ground));
    APILAB_CHECK(impl->assemble());
    return std::unique_ptr<RadarService>(new RadarService(std::move(impl)));
}

RadarService::RadarService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RadarService::~RadarService() = default;

runtime::Service& RadarService::metrics() {
    return impl_->metrics();
}

runtime::LiveService& RadarService::web() {
    return impl_->web();
}
void RadarService::start() {
    impl_->start();
}
Task<void> RadarService::stop() {
    return impl_->stop();
}
Task<void> RadarService::die() {
    return impl_->die();
}
Task<bool> RadarService::at_rest() {
    return impl_->at_rest();
}
const Parts& RadarService::parts() const {
    return impl_->parts();
}

}  // namespace apilab::radar
