#include "fortnight.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/bodies.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/sandbox/webhook/sender.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "intruder.hpp"
#include "life.hpp"
#include "site.hpp"
#include "target.hpp"
#include "weather.hpp"

namespace apilab::fortnight {

using namespace std::chrono_literals;
using runtime::Task;
using sandbox::webhook::Matter;

namespace {

constexpr std::string_view base = "http://127.0.0.1:1";
constexpr std::string_view hooks = "http://sandbox.test/github/repos/octo/hello/hooks";

std::string token(std::uint64_t seed) {
    for (const auto& [name, value] : sandbox::seed_credentials(seed)) {
        if (name == "APILAB_GITHUB_TOKEN") {
            return value;
        }
    }
    return {};
}

// As any client of the API: with a token, and now and then without an answer.
class GitHubApi final : public runtime::Service {
public:
    GitHubApi(runtime::Service& service, std::uint64_t seed)
        : service_(service), token_(token(seed)), rng_(seed + 3) {}
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        if (rng_.between(0, 49) == 0) {
            co_return http::Response(502);
        }
        request.header("authorization", "Bearer " + token_);
        request.header("user-agent", "apilab-test");
        co_return co_await service_.call(std::move(request), std::move(context));
    }

private:
    runtime::Service& service_;
    std::string token_;
    SeededRng rng_;
};

std::unique_ptr<sandbox::Sandbox> make_sandbox(runtime::Scheduler& scheduler, std::uint64_t seed) {
    sandbox::SandboxOptions options;
    const sandbox::WorldOptions world_options{.seed = seed};
    options.seed = seed;
    options.providers =
        sandbox::make_providers(sandbox::make_world(world_options).value(), world_options);
    options.journal = {.rows_max = 1'000'000, .bytes_max = std::size_t{1} << 30U};
    return sandbox::Sandbox::make(scheduler, std::move(options)).value();
}

// Goes with all that is in it.
class Folder {
public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "fortnight-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

struct World {
    explicit World(const Plan& asked) : plan(asked) {}

    Plan plan;
    Folder folder;
    runtime::VirtualScheduler scheduler;
    SeededRng rng{plan.seed};
    Site site{scheduler, plan.seed + 1};
    Target target{scheduler, plan.seed + 2};
    transport::LoopbackTransport way{scheduler, site};
    std::unique_ptr<sandbox::Sandbox> sandbox = make_sandbox(scheduler, plan.seed);
    GitHubApi github{*sandbox, plan.seed};
    Intruder intruder{scheduler, way, site, http::Url::parse(base).value(), plan.seed};
    http::Url hook = http::Url::parse(hooks).value();
    // Whoever holds this one's transaction keeps the disk from everybody else.
    std::unique_ptr<work::SqliteStore> disk = open_store(folder.path());
    std::unique_ptr<Life> life;
    work::GapFiller::Totals filled;
    std::size_t given_up = 0;
    Report report;
};

void start_life(World* world) {
    world->life = std::make_unique<Life>(Surroundings{.scheduler = world->scheduler,
                                                      .rng = world->rng,
                                                      .folder = world->folder.path(),
                                                      .seed = world->plan.seed,
                                                      .target = world->target,
                                                      .github = world->github,
                                                      .hook = world->hook,
                                                      .filled = world->filled,
                                                      .given_up = world->given_up});
    world->life->start();
    world->site.serve(&world->life->receiver());
    ++world->report.lives;
}

Task<void> end_life(World* world, bool crash) {
    const bool taken = crash && world->disk->begin().has_value();
    world->site.serve(nullptr);
    while (world->site.asked() > 0) {
        (void)co_await world->scheduler.sleep_for(1ms);
    }
    if (crash) {
        co_await world->life->die();
    } else {
        co_await world->life->stop();
    }
    world->life.reset();
    if (taken) {
        world->disk->rollback();
    } else if (crash) {
        world->report.stuck = "the disk could not be taken";
    }
}

Task<void> endure(World* world, Spell spell) {
    const SteadyTime until = world->scheduler.now() + (spell.until - spell.from);
    switch (spell.trouble) {
        case Trouble::crash:
        case Trouble::stopped:
            co_await end_life(world, spell.trouble == Trouble::crash);
            (void)co_await world->scheduler.sleep_until(until);
            start_life(world);
            break;
        case Trouble::disk:
            if (!world->disk->begin()) {
                world->report.stuck = "the disk could not be taken";
            }
            (void)co_await world->scheduler.sleep_until(until);
            world->disk->rollback();
            break;
        default:
            world->site.weather(spell.trouble);
            (void)co_await world->scheduler.sleep_until(until);
            world->site.weather(Trouble::none);
            break;
    }
}

Task<void> weather(World* world) {
    const SteadyTime begin = world->scheduler.now();
    const auto spells = plan_weather(world->plan.seed + 4, world->plan.span);
    world->report.spells = spells.size();
    for (const Spell& spell : spells) {
        (void)co_await world->scheduler.sleep_until(begin + spell.from);
        co_await endure(world, spell);
    }
}

// GitHub's own schedule: none. Its deliveries are listed and redelivered by the sandbox's API.
Task<void> send_from_github(World* world) {
    constexpr Duration every = 20min;
    const auto events = static_cast<std::uint64_t>(world->plan.span / every);
    for (std::uint64_t number = 1; number <= events; ++number) {
        (void)co_await world->scheduler.sleep_for(every);
        auto body = sandbox::webhook::write_body(
            {.from = "github",
             .seed = world->plan.seed,
             .number = number,
             .at = world->scheduler.system_now(),
             .matter = number % 3 == 0 ? Matter::created : Matter::plain,
             .odd = number % 7 == 0});
        world->sandbox->hub().emit({.from = "github",
                                    .type = std::move(body.type),
                                    .action = std::move(body.action),
                                    .scope = "octo/hello",
                                    .body = std::move(body.text)});
    }
}

// Slack's and Stripe's: those of the sandbox, with everything that they do wrong.
sandbox::Webhooks sender(const Plan& plan, std::string from, Duration every) {
    sandbox::Webhooks made;
    made.path = "/webhooks/" + from;
    made.from = std::move(from);
    made.events = static_cast<std::uint64_t>(plan.span / every);
    made.every = every;
    for (auto* places : {&made.odd, &made.lost, &made.duplicate, &made.twin, &made.altered,
                         &made.forged, &made.without_signature, &made.stale, &made.future,
                         &made.reorder, &made.unknown, &made.slow}) {
        places->count = made.events / 30;
    }
    return made;
}

Task<Result<void>> make_hook(World* world) {
    auto body = fmt::format(
        R"({{"events":["*"],"config":{{"url":"{}/webhooks/github","content_type":"json",)"
        R"("secret":{}}}}})",
        base, http::json_quote(sandbox::webhook_secret(world->plan.seed, "github")));
    std::string why;
    for (int i = 0; i < 5; ++i) {
        const auto answer = co_await world->github.call(http::Request::post(world->hook, body), {});
        if (answer && answer->status() == 201) {
            const auto document = http::JsonDocument::parse(answer->body());
            const auto id = document ? document->root()["id"].integer().value_or(0) : 0;
            world->hook = http::Url::parse(fmt::format("{}/{}", hooks, id)).value();
            co_return Result<void>();
        }
        why = answer ? answer->body() : answer.error().to_string();
    }
    co_return fail(ErrorKind::internal, "GitHub's webhook could not be made: " + why);
}

Task<void> come_to_rest(World* world) {
    world->site.calm();
    co_await world->sandbox->hub().settled();
    (void)co_await world->scheduler.sleep_for(8h);
    co_await world->sandbox->hub().settled();
    if (!co_await world->life->at_rest()) {
        world->report.stuck = "it did not come to rest within eight hours";
    }
    co_await end_life(world, false);
}

Task<void> live(World* world) {
    auto& hub = world->sandbox->hub();
    hub.reset({.seed = world->plan.seed, .mischief = [world](const sandbox::webhook::Event&) {
                   constexpr std::array<std::string_view, 4> all{"duplicate", "reorder", "slow",
                                                                 "lost"};
                   const auto which = static_cast<std::size_t>(world->rng.between(0, 39));
                   return std::string(which < all.size() ? all.at(which) : "");
               }});
    hub.deliver_over(&world->way);
    if (const auto made = co_await make_hook(world); !made) {
        world->report.stuck = made.error().to_string();
        co_return;
    }
    start_life(world);
    const auto to = http::Url::parse(base).value();
    runtime::TaskGroup all(world->scheduler);
    all.spawn(weather(world));
    all.spawn(send_from_github(world));
    all.spawn(sandbox::webhook::play(*world->sandbox, world->way, to,
                                     sender(world->plan, "slack", 15min)));
    all.spawn(sandbox::webhook::play(*world->sandbox, world->way, to,
                                     sender(world->plan, "stripe", 30min)));
    all.spawn(world->intruder.run(world->plan.span));
    co_await all.join();
    co_await come_to_rest(world);
    hub.deliver_over(nullptr);
}

// --- what the senders know against what the target has

struct Sent {
    bool told = false;
    /// Copies of it, by name, and how often each was tried.
    std::map<std::string, std::uint64_t> copies;
};

std::string fact(const sandbox::Outbound& row, const std::string& name) {
    const auto found = row.facts.find(name);
    return found == row.facts.end() ? std::string() : found->second;
}

bool is_handshake(const std::string& type) {
    return type == "ping" || type == "url_verification";
}

// A sender has given up when the last attempt of every copy failed.
bool gave_up(const std::string& from, const Sent& sent) {
    const std::uint64_t last = from == "slack" ? 4 : 10;
    return from != "github" && !sent.told &&
           std::ranges::all_of(sent.copies, [&](const auto& copy) { return copy.second == last; });
}

using Genuine = std::map<std::string, std::map<std::string, Sent>>;

Genuine read_journal(const sandbox::Journal& journal, Report& report) {
    Genuine genuine;
    for (const sandbox::Outbound& row : journal.outbound()) {
        if (is_handshake(fact(row, "type"))) {
            continue;
        }
        const bool ok = row.status >= 200 && row.status < 300;
        if (fact(row, "truth") != "genuine") {
            ++report.forgeries;
            report.believed += ok ? 1U : 0U;
            continue;
        }
        Tally& tally = report.senders[row.from];
        ++tally.attempts;
        tally.failed += ok ? 0U : 1U;
        Sent& sent = genuine[row.from][row.from + ":" + fact(row, "event")];
        sent.told = sent.told || ok;
        ++sent.copies[fact(row, "copy")];
    }
    if (journal.dropped() > 0) {
        report.stuck = "the journal was too small";
    }
    return genuine;
}

void judge(World& world) {
    Report& report = world.report;
    const auto& effects = world.target.effects();
    std::set<std::string> known;
    for (const auto& [from, events] : read_journal(world.sandbox->journal(), report)) {
        Tally& tally = report.senders[from];
        tally.events = events.size();
        for (const auto& [name, sent] : events) {
            known.insert(name);
            const bool over = gave_up(from, sent);
            const bool beyond = over && !world.site.taken().contains(name);
            tally.given_up += over ? 1U : 0U;
            tally.beyond_reach += beyond ? 1U : 0U;
            const auto found = effects.find(name);
            tally.effects += found != effects.end() ? 1U : 0U;
            if (found == effects.end() && !beyond) {
                tally.lost.push_back(name);
            } else if (found != effects.end() && (found->second > 1 || beyond)) {
                tally.doubled.push_back(name);
            }
        }
    }
    for (const auto& [name, times] : effects) {
        report.forged += known.contains(name) ? 0U : 1U;
    }
    report.forgeries += world.intruder.attempts();
    report.believed += world.intruder.believed();
    report.unheard_answers = world.site.unheard();
    report.unheard_sends = world.target.unheard();
    report.missing = world.filled.missing;
    report.asked = world.filled.asked;
    report.recovered = world.filled.recovered;
    report.filler_gave_up = world.given_up;
}

std::string names(std::string_view what, const std::vector<std::string>& all) {
    std::string text;
    for (std::size_t i = 0; i < all.size() && i < 5; ++i) {
        text += fmt::format("  {}: {}\n", what, all[i]);
    }
    return text;
}

}  // namespace

bool Report::good() const {
    return stuck.empty() && believed == 0 && forged == 0 && filler_gave_up == 0 &&
           senders.size() == 3 && std::ranges::all_of(senders, [](const auto& each) {
               const Tally& tally = each.second;
               return tally.lost.empty() && tally.doubled.empty() &&
                      tally.effects + tally.beyond_reach == tally.events &&
                      (each.first == "slack" || tally.given_up == 0);
           });
}

std::string Report::text() const {
    auto out = fmt::format("{} spells of trouble, {} processes\n", spells, lives);
    for (const auto& [name, tally] : senders) {
        out += fmt::format(
            "{}: {} events in {} attempts, {} of them failed; {} effects\n"
            "  the sender gave up {}, of which {} never came; lost {}, doubled {}\n{}{}",
            name, tally.events, tally.attempts, tally.failed, tally.effects, tally.given_up,
            tally.beyond_reach, tally.lost.size(), tally.doubled.size(), names("lost", tally.lost),
            names("doubled", tally.doubled));
    }
    out += fmt::format(
        "gap filler: {} missing, {} asked for, {} recovered, {} given up\n"
        "{} forgeries, {} believed, {} effects of them\n"
        "unheard: {} answers of ours, {} sends to the target\n",
        missing, asked, recovered, filler_gave_up, forgeries, believed, forged, unheard_answers,
        unheard_sends);
    return stuck.empty() ? out : out + "it proves nothing: " + stuck + "\n";
}

Report run_fortnight(const Plan& plan) {
    World world(plan);
    world.scheduler.run_until_complete(live(&world));
    judge(world);
    return world.report;
}

}  // namespace apilab::fortnight
