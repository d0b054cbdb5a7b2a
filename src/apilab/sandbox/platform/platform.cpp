#include "apilab/sandbox/platform/platform.hpp"

#include <fmt/format.h>

#include <csignal>
#include <map>
#include <optional>

#include "apilab/base/free_port.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/platform/internal/instance.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::sandbox {

using internal::Instance;
using runtime::Task;

namespace {

constexpr Duration look_again = std::chrono::milliseconds(10);
constexpr Duration probe_patience = std::chrono::milliseconds(500);
// Both are this machine; what listens on 127.0.0.1 alone does not answer on the second, as a
// platform's router, which comes from outside, would not be answered.
constexpr std::string_view inside = "127.0.0.1";
constexpr std::string_view outside = "127.0.0.2";

struct Running {
    explicit Running(Instance started) : process(std::move(started)) {}
    Instance process;
    int number = 0;
    std::uint16_t port = 0;
    SteadyTime started;
    std::string address;
};

// Every request goes to one instance; who that is changes with a roll.
class Front final : public transport::Transport {
public:
    explicit Front(runtime::RealScheduler& scheduler) : inner_(scheduler) {}
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        if (!target) {
            co_return fail(ErrorKind::connect, "no instance has the traffic");
        }
        request.url(target->with(request.url().path(), request.url().query()));
        co_return co_await inner_.call(std::move(request), std::move(context));
    }
    std::string describe() const override { return "the front of a platform"; }
    transport::AsioTransport& inner() { return inner_; }

    std::optional<http::Url> target;

private:
    transport::AsioTransport inner_;
};

Result<http::Url> url_of(std::string_view host, std::uint16_t port) {
    return http::Url::parse(fmt::format("http://{}:{}", host, port));
}

}  // namespace

struct Platform::Impl {
    Impl(runtime::RealScheduler& loop, Sandbox& world, PlatformRules given)
        : scheduler(loop), sandbox(world), rules(std::move(given)), front(loop) {}

    void note(std::string event, const Running& instance,
              std::map<std::string, std::string> facts) const {
        facts["instance"] = std::to_string(instance.number);
        facts["since_start_ms"] =
            std::to_string((scheduler.now() - instance.started) / std::chrono::milliseconds(1));
        auto& journal = sandbox.edit_journal();
        journal.add_outbound({.from = "platform",
                              .method = std::move(event),
                              .path = rules.health_path,
                              .sent = scheduler.now(),
                              .finished = scheduler.now(),
                              .facts = std::move(facts)});
    }

    Task<bool> healthy(std::string_view host, std::uint16_t port) {
        const auto url = url_of(host, port);
        transport::SendOptions options;
        options.timeouts.attempt = probe_patience;
        const auto answer = co_await transport::send(
            front.inner(), http::Request::get(url->with(rules.health_path)), options);
        co_return answer && answer->status() == 200;
    }

    // Where it answers within its time; nothing where it does not, or has ended.
    Task<bool> gets_ready(Running& instance) {
        const SteadyTime end = scheduler.now() + rules.ready_within;
        while (scheduler.now() < end && !instance.process.exit_code()) {
            bool reachable = co_await healthy(outside, instance.port);
            if (!reachable && co_await healthy(inside, instance.port)) {
                // It may have begun to listen between the two questions.
                reachable = co_await healthy(outside, instance.port);
                instance.address = reachable ? outside : inside;
                co_return true;
            }
            if (reachable) {
                instance.address = outside;
                co_return true;
            }
            (void)co_await scheduler.sleep_for(look_again);
        }
        co_return false;
    }

    Task<void> end(Running& instance) {
        const SteadyTime told = scheduler.now();
        note("STOP", instance, {{"signal", std::to_string(rules.stop_signal)}});
        instance.process.signal(rules.stop_signal);
        bool killed = false;
        std::optional<int> code;
        while (!(code = instance.process.exit_code())) {
            if (!killed && scheduler.now() - told >= rules.kill_timeout) {
                instance.process.signal(SIGKILL);
                killed = true;
            }
            (void)co_await scheduler.sleep_for(look_again);
        }
        note(
            "EXIT", instance,
            {{"code", std::to_string(*code)},
             {"killed", killed ? "true" : "false"},
             {"took_ms", std::to_string((scheduler.now() - told) / std::chrono::milliseconds(1))}});
    }

    runtime::RealScheduler& scheduler;
    Sandbox& sandbox;
    PlatformRules rules;
    std::vector<std::string> command;
    Variables variables;
    Front front;
    std::unique_ptr<Running> current;
    int count = 0;
};

PlatformRules fly_rules() {
    return {.name = "fly", .stop_signal = SIGINT};
}

PlatformRules railway_rules() {
    return {.name = "railway", .stop_signal = SIGTERM};
}

Result<PlatformRules> platform_rules(std::string_view name) {
    if (name == "fly") {
        return fly_rules();
    }
    if (name == "railway") {
        return railway_rules();
    }
    return fail(Error(ErrorKind::invalid_argument, fmt::format("no platform '{}'", name))
                    .with_remedy("there are fly and railway"));
}

Platform::Platform(runtime::RealScheduler& scheduler, Sandbox& sandbox, PlatformRules rules,
                   std::vector<std::string> command, Variables variables)
    : impl_(std::make_unique<Impl>(scheduler, sandbox, std::move(rules))) {
    impl_->command = std::move(command);
    impl_->variables = std::move(variables);
}

Platform::~Platform() = default;

transport::Transport& Platform::front() {
    return impl_->front;
}

Task<Result<void>> Platform::roll() {
    Impl& self = *impl_;
    const auto port = free_port();
    auto variables = self.variables;
    variables.emplace_back("PORT", std::to_string(port));
    APILAB_CO_TRY(auto process, Instance::start(self.command, variables));
    auto next = std::make_unique<Running>(std::move(process));
    next->number = ++self.count;
    next->port = port;
    next->started = self.scheduler.now();
    self.note("START", *next, {{"port", std::to_string(port)}});
    if (!co_await self.gets_ready(*next)) {
        self.note("READY", *next, {{"healthy", "false"}});
        co_return fail(ErrorKind::timeout,
                       fmt::format("the program did not answer {} on port {} within {} s",
                                   self.rules.health_path, port,
                                   self.rules.ready_within / std::chrono::seconds(1)));
    }
    self.note(
        "READY", *next,
        {{"healthy", "true"}, {"reachable", next->address == outside ? "everywhere" : "loopback"}});
    auto url = url_of(next->address, port);
    const auto old = std::exchange(self.current, std::move(next));
    if (old) {
        // The front learns late: what comes in meanwhile still goes to the one that was told to
        // stop.
        runtime::TaskGroup ending(self.scheduler);
        ending.spawn(self.end(*old));
        (void)co_await self.scheduler.sleep_for(self.rules.routing_lag);
        self.front.target = std::move(*url);
        co_await ending.join();
    } else {
        self.front.target = std::move(*url);
    }
    co_return Result<void>();
}

Task<void> Platform::stop() {
    if (impl_->current) {
        const auto last = std::move(impl_->current);
        co_await impl_->end(*last);
        impl_->front.target.reset();
    }
}

}  // namespace apilab::sandbox
