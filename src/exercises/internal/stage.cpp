#include "internal/stage.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <memory>
#include <utility>

#include "apilab/base/temporary_folder.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/platform/platform.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "internal/addresses.hpp"
#include "internal/box.hpp"
#include "internal/noting_transport.hpp"
#include "internal/run_program.hpp"
#include "internal/supervisor.hpp"

namespace exercise::internal {
namespace {

namespace runtime = apilab::runtime;
namespace sandbox = apilab::sandbox;
namespace transport = apilab::transport;

// Visitors while instances come and go; a platform that cannot start one has said so in the
// journal.
Task<void> replace_under_load(runtime::Scheduler& scheduler, sandbox::Sandbox& box,
                              sandbox::Platform& platform, int replacements) {
    constexpr Duration pace = std::chrono::milliseconds(150);
    const auto base = apilab::http::Url::parse("http://program.test");
    bool up = (co_await platform.roll()).has_value();
    runtime::TaskGroup visitors(scheduler);
    visitors.spawn(box.play_world(platform.front(), *base));
    for (int i = 0; i < replacements && up; ++i) {
        (void)co_await scheduler.sleep_for(pace);
        up = (co_await platform.roll()).has_value();
    }
    co_await visitors.join();
    co_await platform.stop();
}

// The fault, and a row that tells the judge.
void arm(sandbox::Sandbox& box, const Incident& incident) {
    const auto ms = [](Duration time) {
        return std::to_string(time / std::chrono::milliseconds(1));
    };
    const auto times = incident.times == 0 ? "" : R"(,"times":)" + std::to_string(incident.times);
    const auto text = R"({"where":)" + apilab::http::json_quote(incident.where) + R"(,"what":)" +
                      incident.what + R"(,"when":{"window":[")" + ms(incident.from) + R"(ms",")" +
                      ms(incident.until) + R"(ms"]})" + times + "}";
    auto fault = or_refuse(sandbox::parse_fault_text(text));
    (void)or_refuse(box.faults().add(std::move(fault), box.scheduler().now()));
    sandbox::Outbound row{.from = "incident"};
    row.facts = {{"name", incident.name},
                 {"cure", incident.cure},
                 {"from", ms(incident.from)},
                 {"until", ms(incident.until)}};
    box.note_outbound(std::move(row));
}

// Tells those who asked to be told.
class Observers final : public apilab::http::Observer {
public:
    void add(apilab::http::Observer& observer) { all_.push_back(&observer); }
    void on_attempt(const apilab::http::CallRecord& call,
                    const apilab::http::AttemptRecord& attempt) override {
        for (auto* observer : all_) {
            observer->on_attempt(call, attempt);
        }
    }
    void on_wait(const apilab::http::CallRecord& call,
                 const apilab::http::WaitRecord& wait) override {
        for (auto* observer : all_) {
            observer->on_wait(call, wait);
        }
    }
    void on_decision(const apilab::http::CallRecord& call,
                     const apilab::http::DecisionRecord& decision) override {
        for (auto* observer : all_) {
            observer->on_decision(call, decision);
        }
    }
    void on_call(const apilab::http::CallRecord& call) override {
        for (auto* observer : all_) {
            observer->on_call(call);
        }
    }

private:
    std::vector<apilab::http::Observer*> all_;
};

// What a run stands on: built here over a sandbox in this process, or over the way to another one.
struct Ground {
    runtime::Scheduler& scheduler;
    transport::Transport& transport;
    Addresses addresses;
    Environment environment;
    /// Null where nobody but the providers is there.
    Box* box = nullptr;
    /// When the program is killed, and how long it is away.
    std::vector<Duration> kills = {};
    Duration away{};
    /// Null where nobody is killed.
    Lives* lives = nullptr;
};

class Stage final : public Lab {
public:
    Stage(Ground ground, const Program& program, Outcome& outcome)
        : ground_(std::move(ground)),
          scheduler_(ground_.scheduler),
          transport_(scheduler_, ground_.transport, outcome),
          rng_(outcome.seed),
          program_(program),
          outcome_(outcome) {}
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    Result<void> make_client() {
        auto options = program_.client;
        options.deadline = std::min(options.deadline, program_.deadline);
        options.timeouts.attempt = std::min(options.timeouts.attempt, options.deadline);
        APILAB_TRY(client_, apilab::client::Client::create(scheduler_, transport_, rng_, options,
                                                           {&observers_}));
        return {};
    }

    transport::Transport& transport() override { return transport_; }
    apilab::client::Client& client() override { return *client_; }
    void observe(apilab::http::Observer& observer) override { observers_.add(observer); }
    runtime::Scheduler& scheduler() override { return scheduler_; }
    apilab::Rng& rng() override { return rng_; }
    Request get(std::string_view path) const override { return request("GET", path, {}); }
    Request request(std::string method, std::string_view path, std::string body) const override {
        Request made(std::move(method), ground_.addresses.of(path));
        if (!body.empty()) {
            made.header("content-type", "application/json").body(std::move(body));
        }
        return made;
    }
    const Environment& environment() const override { return ground_.environment; }
    std::uint64_t seed() const override { return outcome_.seed; }
    const std::string& scenario() const override { return outcome_.scenario; }
    void show(std::string lines) override { outcome_.shown += lines; }
    const std::filesystem::path& folder() override {
        if (!folder_) {
            folder_.emplace(or_refuse(apilab::TemporaryFolder::make("apilab-")));
        }
        return folder_->path();
    }
    void hand_in(std::string name, std::string text) override {
        if (ground_.box != nullptr) {
            ground_.box->hand_in(std::move(name), std::move(text));
        }
    }
    void number(std::string name, std::int64_t value) override {
        outcome_.numbers.insert_or_assign(std::move(name), value);
    }
    Task<void> deploy(std::string platform, int replacements,
                      std::vector<std::pair<std::string, std::string>> variables) override {
        auto* real = dynamic_cast<runtime::RealScheduler*>(&scheduler_);
        if (ground_.box == nullptr || ground_.box->here() == nullptr) {
            throw CannotStart("the platform is this program's own: leave out --base-url");
        }
        if (real == nullptr) {
            throw std::logic_error("only a program in real time is deployed");
        }
        auto rules = sandbox::platform_rules(platform);
        if (!rules) {
            throw std::invalid_argument(rules.error().to_string());
        }
        rules->kill_timeout =
            std::chrono::milliseconds(1500);  // as fly.toml or railway.json may say
        sandbox::Platform host(*real, *ground_.box->here(), *rules,
                               {std::filesystem::read_symlink("/proc/self/exe")},
                               std::move(variables));
        co_await replace_under_load(scheduler_, *ground_.box->here(), host, replacements);
    }
    Task<void> meet_the_world(runtime::Service& service) override {
        if (ground_.box == nullptr) {
            throw CannotStart(
                "this program is called by a sandbox, and none that can be asked to is there: "
                "eval \"$(apilab sandbox env)\" first, or leave out --base-url");
        }
        transport::LoopbackTransport way(scheduler_, service);
        co_await ground_.box->play_world(way);
    }
    Task<void> be_told(runtime::Service& service, Task<void> meanwhile) override {
        if (ground_.box == nullptr || ground_.box->here() == nullptr) {
            throw CannotStart("who is told is this program's own: leave out --base-url");
        }
        auto& hub = ground_.box->here()->hub();
        transport::LoopbackTransport way(scheduler_, service);
        hub.deliver_over(&way);
        co_await std::move(meanwhile);
        co_await hub.settled();
        hub.deliver_over(nullptr);
    }
    void befall(const std::vector<Incident>& incidents) override {
        if (ground_.box == nullptr || ground_.box->here() == nullptr) {
            throw CannotStart("what befalls it is this program's own: leave out --base-url");
        }
        for (const auto& incident : incidents) {
            if (outcome_.scenario != "none") {
                arm(*ground_.box->here(), incident);
            }
        }
    }
    Task<void> live(Task<void> (*life)(Lab&)) override {
        if (ground_.lives == nullptr) {
            co_await life(*this);
            co_return;
        }
        Supervisor supervisor(
            *this, {.kills = ground_.kills,
                    .away = ground_.away,
                    .lives = *ground_.lives,
                    .world = [box = ground_.box](
                                 transport::Transport& way) { return box->play_world(way); },
                    .killed = [box = ground_.box] { box->note_kill(); }});
        co_await supervisor.run(life);
    }
    std::string shown_by(const std::string& program, std::string_view check) override {
        const auto [place, fresh] = runs_.try_emplace(program);
        if (fresh) {
            std::vector<std::string> arguments{"--seed", std::to_string(outcome_.seed)};
            if (outcome_.scenario == "none") {
                arguments.emplace_back("--chaos=none");
            }
            place->second = run_once(program, std::move(arguments), folder());
            hand_in("run " + program, place->second);
        }
        return status_in(place->second, check);
    }
    bool broken(std::string_view sin) const override { return outcome_.sin == sin; }

    std::string sin() const override { return outcome_.sin; }

    void ended(std::string_view /*what*/, const Result<Response>& answer) override {
        if (answer && (answer->ok() || answer->status() == 304)) {
            ++outcome_.answered;
        } else if (answer && answer->status() < 500 && answer->status() != 429) {
            ++outcome_.refused;
        } else {
            ++outcome_.lost;
        }
    }

    Task<void> sleep(Duration duration) override {
        outcome_.waited += duration;
        co_await scheduler_.sleep_for(duration);
    }

    Task<void> side_by_side(std::size_t count,
                            std::function<Task<void>(Lab&, std::size_t)> worker) override {
        runtime::TaskGroup group(scheduler_);
        for (std::size_t i = 0; i < count; ++i) {
            group.spawn(worker(*this, i));
        }
        co_await group.join_or_cancel();
    }

private:
    Ground ground_;
    runtime::Scheduler& scheduler_;
    NotingTransport transport_;
    apilab::SeededRng rng_;
    const Program& program_;
    Outcome& outcome_;
    std::optional<apilab::TemporaryFolder> folder_;
    Observers observers_;
    /// Of other programs, by their names.
    std::map<std::string, std::string> runs_;
    std::unique_ptr<apilab::client::Client> client_;
};

Result<void> act(Ground ground, const Program& program, Outcome& outcome) {
    runtime::Scheduler& scheduler = ground.scheduler;
    // Before anything is printed or traced.
    apilab::add_secrets(apilab::Scrubber::of_process(), ground.environment);
    Stage stage(std::move(ground), program, outcome);
    APILAB_CHECK(stage.make_client());
    outcome.started = scheduler.now();
    const auto variant = outcome.variant == Variant::naive     ? program.naive
                         : outcome.variant == Variant::library ? program.library
                                                               : program.production;
    runtime::run(scheduler, variant(stage));
    outcome.elapsed = scheduler.now() - outcome.started;
    return {};
}

// By these names `Program::numbers` may ask for how the calls ended, unless the sandbox counts
// something else by them: an event is lost, too.
void name_the_calls(Outcome& outcome) {
    for (const auto& [name, count] :
         {std::pair("answered", outcome.answered), std::pair("refused", outcome.refused),
          std::pair("lost", outcome.lost)}) {
        outcome.numbers.try_emplace(name, static_cast<std::int64_t>(count));
    }
}

// Tells the lives in time that the scheduler goes.
class Closing {
public:
    explicit Closing(Lives& lives) : lives_(lives) {}
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;
    ~Closing() { lives_.close(); }

private:
    Lives& lives_;
};

// In this process: a fresh world, and a journal that we may read.
Result<void> act_here(runtime::Scheduler& scheduler, Lives& lives, const Program& program,
                      Outcome& outcome) {
    APILAB_TRY(auto scenario, sandbox::load_scenario(outcome.scenario));
    sandbox::SandboxOptions options;
    options.seed = outcome.seed;
    const auto kills = sandbox::kill_times(scenario.kills, outcome.seed);
    const auto away = scenario.kills.away;
    options.scenario = std::move(scenario);
    const sandbox::WorldOptions world_options{.seed = outcome.seed};
    APILAB_TRY(const auto world, sandbox::make_world(world_options));
    options.providers = sandbox::make_providers(world, world_options);
    APILAB_TRY(auto sandbox, sandbox::Sandbox::make(scheduler, std::move(options)));
    transport::LoopbackTransport loopback(scheduler, *sandbox);
    LocalBox box(*sandbox);
    APILAB_TRY(auto base, apilab::http::Url::parse("http://sandbox.test"));
    Environment environment;
    for (auto& [name, value] : sandbox::seed_credentials(outcome.seed)) {
        environment.emplace(std::move(name), std::move(value));
    }
    APILAB_CHECK(act({.scheduler = scheduler,
                      .transport = loopback,
                      .addresses = Addresses(std::move(base)),
                      .environment = std::move(environment),
                      .box = &box,
                      .kills = kills,
                      .away = away,
                      .lives = &lives},
                     program, outcome));
    APILAB_TRY(auto judged, box.judge(program.deadline));
    outcome.numbers.merge(judged.numbers);
    outcome.report = std::move(judged.report);
    if (outcome.rows) {
        outcome.rows = rows_of(outcome.sent, sandbox->journal());
    }
    return {};
}

template <class Scheduler>
Result<void> act_here_on(const Program& program, Outcome& outcome) {
    Lives lives;  // goes after the scheduler
    Scheduler scheduler;
    const Closing closing(lives);
    return act_here(scheduler, lives, program, outcome);
}

// In a sandbox of another process whose admin port is known: a run of its own begins there, and its
// judge is asked.
Result<void> act_in(runtime::RealScheduler& scheduler, Lives& lives, RemoteBox& box, Ground ground,
                    const Program& program, Outcome& outcome) {
    APILAB_TRY(auto begun, runtime::run(scheduler, box.begin(outcome.scenario, outcome.seed)));
    for (auto& [name, value] : begun.credentials) {
        ground.environment.insert_or_assign(name, std::move(value));
    }
    ground.box = &box;
    ground.kills = std::move(begun.kills);
    ground.away = begun.away;
    ground.lives = &lives;
    APILAB_CHECK(act(std::move(ground), program, outcome));
    APILAB_TRY(auto judged, runtime::run(scheduler, box.judge(program.deadline)));
    outcome.numbers.merge(judged.numbers);
    outcome.report = std::move(judged.report);
    return {};
}

Result<int> speed_of(const AdminAddress& admin) {
    runtime::RealScheduler scheduler;
    RemoteBox box(scheduler, admin);
    return runtime::run(scheduler, box.speed());
}

// Somewhere else: real sockets, and time as fast as that sandbox's. Where it is the real API, or a
// sandbox that nobody told us how to ask, there is no verdict.
Result<void> act_there(const Program& program, const std::string& base_url, Outcome& outcome) {
    auto environment = apilab::process_environment();
    APILAB_TRY(auto addresses, Addresses::from(base_url, environment));
    APILAB_TRY(const auto admin, admin_address(environment, addresses));
    int speed = 1;
    if (admin) {
        APILAB_TRY(speed, speed_of(*admin));
    }
    Lives lives;  // goes after the scheduler
    runtime::RealScheduler scheduler(speed);
    const Closing closing(lives);
    transport::AsioTransport transport(scheduler);
    Ground ground{.scheduler = scheduler,
                  .transport = transport,
                  .addresses = std::move(addresses),
                  .environment = std::move(environment)};
    if (!admin) {
        APILAB_CHECK(act(std::move(ground), program, outcome));
        if (!outcome.sent.empty() && std::ranges::all_of(outcome.sent, &Sent::unreached)) {
            return apilab::fail(
                apilab::Error(apilab::ErrorKind::connect,
                              "nobody is at " + base_url + ": " + outcome.sent.back().error)
                    .with_remedy("start one: build/release/bin/apilab sandbox serve"));
        }
        return {};
    }
    RemoteBox box(scheduler, *admin);
    return act_in(scheduler, lives, box, std::move(ground), program, outcome);
}

}  // namespace

std::string_view Outcome::verdict() const {
    return report ? sandbox::to_string(report->verdict) : "unknown";
}

std::size_t Outcome::peak() const {
    constexpr Duration bin = std::chrono::milliseconds(100);
    std::deque<SteadyTime> window;
    std::size_t most = 0;
    for (const Sent& one : sent) {
        if (one.at == started) {
            continue;
        }
        window.push_back(one.at);
        while (one.at - window.front() >= bin) {
            window.pop_front();
        }
        most = std::max(most, window.size());
    }
    return most;
}

Result<Outcome> perform(const Program& program, const Flags& flags, Variant variant,
                        std::uint64_t seed) {
    Outcome outcome{.variant = variant, .seed = seed};
    outcome.sin = variant == Variant::naive ? "" : flags.sin;
    outcome.scenario = flags.chaos.empty() ? program.scenario : flags.chaos;
    if (!flags.trace_file.empty()) {
        outcome.trace.emplace();
    }
    if (flags.show_attempts) {
        outcome.rows.emplace();
    }
    Result<void> acted;
    if (!flags.base_url.empty()) {
        acted = act_there(program, flags.base_url, outcome);
        if (outcome.rows) {
            outcome.rows = rows_of(outcome.sent);
        }
    } else if (program.real_time) {
        acted = act_here_on<runtime::RealScheduler>(program, outcome);
    } else {
        acted = act_here_on<runtime::VirtualScheduler>(program, outcome);
    }
    if (!acted) {
        return apilab::fail(acted.error());
    }
    name_the_calls(outcome);
    return outcome;
}

}  // namespace exercise::internal
