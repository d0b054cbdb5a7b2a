#include "platform/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <system_error>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/send.hpp"
#include "platform/instance.hpp"

namespace apilab::cli::platform {

using runtime::Task;

namespace {

constexpr Duration look_again = std::chrono::milliseconds(20);
constexpr Duration health_every = std::chrono::milliseconds(500);
constexpr Duration start_again_after = std::chrono::seconds(1);
constexpr Duration front_ends_within = std::chrono::seconds(2);
constexpr int bad_gateway = 502;
constexpr int unavailable = 503;
// Both are this machine; what listens on 127.0.0.1 alone does not answer on the second, as a
// router that comes from outside would not be answered.
constexpr std::string_view inside = "127.0.0.1";
constexpr std::string_view outside = "127.0.0.2";

Result<http::Url> url_of(std::string_view host, std::uint16_t port) {
    return http::Url::parse(fmt::format("http://{}:{}", host, port));
}

bool is_good(int status) {
    return status >= 200 && status < 300;
}

transport::AsioTransportOptions way_options() {
    transport::AsioTransportOptions options;
    // A connection for each request: what is lost is lost by the program, not by an old connection.
    options.idle_keep_alive = Duration{};
    options.decode_content = false;
    options.replay_stale = false;
    return options;
}

struct Running {
    explicit Running(Instance started) : process(std::move(started)) {}
    Instance process;
    std::optional<http::Url> url;
};

}  // namespace

class Supervisor::Impl final : public runtime::Service {
public:
    Impl(runtime::RealScheduler& loop, Plan given)
        : scheduler_(loop),
          plan_(std::move(given)),
          way_(loop, way_options()),
          front_(loop, *this, {.port = plan_.front_port}),
          group_(loop) {
        seen_.terms = plan_.terms;
    }

    Result<std::uint16_t> open() {
        APILAB_CHECK(front_.listen());
        return front_.port();
    }

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        ++seen_.asked;
        last_request_ = scheduler_.now();
        if (sleeping_) {
            co_await wake();
        }
        if (!target_) {
            ++seen_.in_gap;
            http::Response answer(unavailable, "no instance has the traffic\n");
            answer.header("retry-after", "1");
            co_return answer;
        }
        for (const char* name : {"connection", "keep-alive", "transfer-encoding", "expect"}) {
            request.headers().remove(name);
        }
        request.url(target_->with(request.url().path(), request.url().query()));
        ++under_way_;
        auto answer = co_await transport::send(way_, std::move(request));
        --under_way_;
        last_request_ = scheduler_.now();
        if (!answer) {
            ++seen_.lost;
            fmt::print(stderr, "lost: {}\n", answer.error().to_string());
            co_return http::Response(bad_gateway, "the instance did not answer\n");
        }
        answer->status() >= 500 ? ++seen_.lost : ++seen_.answered;
        // Of this connection, which is not that one.
        for (const char* name : {"connection", "keep-alive", "transfer-encoding"}) {
            answer->headers().remove(name);
        }
        co_return std::move(*answer);
    }

    Task<Result<Observed>> run(runtime::Event& told) {
        auto first = start();
        if (!first) {
            co_return fail(std::move(first).error());
        }
        current_ = std::move(*first);
        const bool healthy = co_await gets_ready(*current_);
        if (healthy) {
            take_traffic(*current_);
            group_.spawn(watch());
            group_.spawn(probe());
            if (plan_.rate > 0) {
                group_.spawn(visit());
            }
            co_await go_through(told);
        }
        over_ = true;
        group_.cancel();
        co_await group_.join();
        if (current_) {
            co_await end(*current_);
            keep(*current_);
            current_.reset();
        }
        target_.reset();
        co_await front_.stop(front_ends_within);
        co_return std::move(seen_);
    }

private:
    Result<std::unique_ptr<Running>> start() {
        ++count_;
        Start how{.command = plan_.command,
                  .variables = variables(),
                  .disk = plan_.folder / fmt::format("disk{}", count_),
                  .volume = plan_.volume,
                  .user = plan_.user};
        std::error_code failed;
        std::filesystem::create_directories(how.disk / "tmp", failed);
        if (failed) {
            return fail(ErrorKind::io, failed.message());
        }
        APILAB_TRY(auto process, Instance::start(how, count_, scheduler_.now()));
        return std::make_unique<Running>(std::move(process));
    }

    [[nodiscard]] std::vector<std::pair<std::string, std::string>> variables() const {
        const auto id = std::to_string(count_);
        if (plan_.terms.name == "fly") {
            return {{"FLY_APP_NAME", "local"}, {"FLY_MACHINE_ID", id}, {"FLY_REGION", "local"}};
        }
        return {{"RAILWAY_ENVIRONMENT_NAME", "local"}, {"RAILWAY_REPLICA_ID", id}};
    }

    // What the health path answers there; 0: nothing.
    Task<int> health(std::string_view host, std::uint16_t port) {
        const auto url = url_of(host, port);
        transport::SendOptions options;
        options.timeouts.attempt = plan_.terms.health_within;
        const auto answer = co_await transport::send(
            way_, http::Request::get(url->with(plan_.terms.health_path)), options);
        co_return answer ? answer->status() : 0;
    }

    Task<bool> gets_ready(Running& instance) {
        auto& life = instance.process.life;
        const SteadyTime last = instance.process.started + plan_.terms.ready_within;
        while (scheduler_.now() < last && !instance.process.exit_code()) {
            instance.process.look();
            int status = co_await health(outside, life.port);
            life.reachable = life.reachable || status > 0;
            if (status == 0) {
                status = co_await health(inside, life.port);
                // It may have begun to listen between the two questions.
                life.reachable = status > 0 && co_await health(outside, life.port) > 0;
            }
            life.listens = life.listens || status > 0;
            if (is_good(status)) {
                life.ready = scheduler_.now() - instance.process.started;
                instance.url = *url_of(life.reachable ? outside : inside, life.port);
                co_return true;
            }
            if (auto slept = co_await scheduler_.sleep_for(look_again); !slept) {
                co_return false;
            }
        }
        co_return false;
    }

    void take_traffic(const Running& instance) {
        target_ = instance.url;
        last_request_ = scheduler_.now();
    }

    // Not cancelled: a process that was told to end is waited for.
    Task<void> end(Running& instance) {
        auto& process = instance.process;
        if (process.exit_code()) {
            co_return;
        }
        const SteadyTime told = scheduler_.now();
        process.life.told = true;
        process.signal(plan_.terms.signal);
        while (!process.exit_code()) {
            process.look();
            if (!process.life.killed && scheduler_.now() - told >= plan_.terms.kill_timeout) {
                process.signal(SIGKILL);
                process.life.killed = true;
            }
            (void)co_await scheduler_.wait(nullptr, scheduler_.now() + look_again);
        }
        process.life.end_took = scheduler_.now() - told;
    }

    void keep(Running& instance) {
        instance.process.look_at_disk();
        seen_.lives.push_back(instance.process.life);
        std::error_code ignored;  // its folder goes with the run's at the latest
        std::filesystem::remove_all(
            plan_.folder / fmt::format("disk{}", instance.process.life.number), ignored);
    }

    Task<void> roll() {
        // One change at a time: it may be starting again just now.
        while (rolling_) {
            (void)co_await scheduler_.wait(nullptr, scheduler_.now() + look_again);
        }
        ++seen_.rolls;
        rolling_ = true;
        sleeping_ = false;
        const SteadyTime gap = scheduler_.now();
        if (plan_.terms.volume && current_) {
            target_.reset();
            co_await end(*current_);
            keep(*current_);
            current_.reset();
        }
        auto next = start();
        if (next && co_await gets_ready(**next)) {
            const auto old = std::exchange(current_, std::move(*next));
            if (old) {
                // The front learns late: what comes meanwhile goes to the one that was told.
                runtime::TaskGroup ending(scheduler_);
                ending.spawn(end(*old));
                (void)co_await scheduler_.sleep_for(plan_.terms.routing_lag);
                take_traffic(*current_);
                co_await ending.join();
                keep(*old);
            } else {
                take_traffic(*current_);
                seen_.gap_longest = std::max(seen_.gap_longest, scheduler_.now() - gap);
            }
        } else if (next) {
            (*next)->process.signal(SIGKILL);
            keep(**next);
        }
        rolling_ = false;
    }

    Task<void> go_through(runtime::Event& told) {
        for (int i = 0; i < plan_.rolls && !told.is_set(); ++i) {
            if (co_await scheduler_.wait(&told, scheduler_.now() + plan_.every) ==
                runtime::Scheduler::Woken::event) {
                co_return;
            }
            co_await roll();
        }
        if (told.is_set() || (plan_.rolls > 0 && !plan_.lasts)) {
            co_return;
        }
        const auto last = plan_.lasts ? scheduler_.now() + *plan_.lasts : SteadyTime::max();
        (void)co_await scheduler_.wait(&told, last);
    }

    // Memory, log, an end that nobody asked for, and sleep.
    Task<void> watch() {
        while (co_await scheduler_.sleep_for(look_again)) {
            if (rolling_ || !current_) {
                continue;
            }
            auto& process = current_->process;
            process.look();
            if (process.life.memory_max > plan_.terms.memory_max && !process.life.out_of_memory) {
                process.life.out_of_memory = true;
                process.signal(SIGKILL);
            }
            if (process.exit_code()) {
                co_await start_again();
            } else if (plan_.terms.auto_stop && under_way_ == 0 && target_ &&
                       scheduler_.now() - last_request_ > *plan_.terms.auto_stop) {
                co_await fall_asleep();
            }
        }
    }

    Task<void> start_again() {
        target_.reset();
        keep(*current_);
        current_.reset();
        if (seen_.restarts >= plan_.terms.restarts_max) {
            co_return;
        }
        ++seen_.restarts;
        rolling_ = true;
        if (auto slept = co_await scheduler_.sleep_for(start_again_after); slept) {
            if (auto next = start(); next) {
                current_ = std::move(*next);
                if (co_await gets_ready(*current_)) {
                    take_traffic(*current_);
                }
            }
        }
        rolling_ = false;
    }

    Task<void> fall_asleep() {
        rolling_ = true;
        target_.reset();
        sleeping_ = true;
        slept_from_ = scheduler_.now();
        ++seen_.sleeps;
        co_await end(*current_);
        keep(*current_);
        current_.reset();
        rolling_ = false;
    }

    // Several requests may come at once: the first one starts it, all of them wait.
    Task<void> wake() {
        while (sleeping_ && !over_) {
            if (!rolling_ && !current_) {
                co_await start_for_request();
            } else if (!co_await scheduler_.sleep_for(look_again)) {
                co_return;
            }
        }
    }

    Task<void> start_for_request() {
        rolling_ = true;
        seen_.slept += scheduler_.now() - slept_from_;
        const SteadyTime begun = scheduler_.now();
        if (auto next = start(); next) {
            current_ = std::move(*next);
            if (co_await gets_ready(*current_)) {
                take_traffic(*current_);
            }
        }
        seen_.wake_slowest = std::max(seen_.wake_slowest, scheduler_.now() - begun);
        sleeping_ = false;
        rolling_ = false;
    }

    Task<void> probe() {
        while (co_await scheduler_.sleep_for(health_every)) {
            if (rolling_ || !current_ || !target_ || current_->process.life.told) {
                continue;
            }
            auto* const asked = current_.get();
            const auto number = asked->process.life.number;
            const SteadyTime begun = scheduler_.now();
            const auto host = asked->process.life.reachable ? outside : inside;
            const bool good = is_good(co_await health(host, asked->process.life.port));
            // It may have gone meanwhile, or been told to.
            if (!current_ || current_->process.life.number != number || rolling_ || over_ ||
                current_->process.exit_code()) {
                continue;
            }
            auto& life = current_->process.life;
            life.health_slowest = std::max(life.health_slowest, scheduler_.now() - begun);
            life.health_failed += good ? 0 : 1;
        }
    }

    Task<void> one_visit() {
        auto url = http::Url::parse(fmt::format("http://127.0.0.1{}", plan_.path));
        (void)co_await call(http::Request::get(std::move(*url)), {});
    }

    Task<void> visit() {
        const Duration apart = std::chrono::nanoseconds(std::chrono::seconds(1)) / plan_.rate;
        runtime::TaskGroup visits(scheduler_);
        while (co_await scheduler_.sleep_for(apart)) {
            visits.spawn(one_visit());
        }
        co_await visits.join();
    }

    runtime::RealScheduler& scheduler_;
    Plan plan_;
    transport::AsioTransport way_;
    server::Server front_;
    runtime::TaskGroup group_;
    std::unique_ptr<Running> current_;
    std::optional<http::Url> target_;
    Observed seen_;
    SteadyTime last_request_;
    SteadyTime slept_from_;
    int count_ = 0;
    int under_way_ = 0;
    bool rolling_ = false;
    bool sleeping_ = false;
    bool over_ = false;
};

Supervisor::Supervisor(runtime::RealScheduler& scheduler, Plan plan)
    : impl_(std::make_unique<Impl>(scheduler, std::move(plan))) {}

Supervisor::~Supervisor() = default;

Result<std::uint16_t> Supervisor::open() {
    return impl_->open();
}

Task<Result<Observed>> Supervisor::run(runtime::Event& told) {
    return impl_->run(told);
}

}  // namespace apilab::cli::platform
