#include "weeks.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "apilab/base/rng.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/radar/service/service.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"
#include "people.hpp"
#include "truth.hpp"
#include "weather.hpp"

namespace apilab::radar_weeks {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr std::string_view watch_name = "hello";
constexpr std::string_view service_url = "http://127.0.0.1:1";

SystemTime monday() {
    return http::parse_iso_time("2026-11-09T06:00:00Z").value();
}

// Goes with all that is in it.
class Folder {
public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "radar-weeks-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// Whoever delivers while no process is there meets a closed port.
class Door final : public runtime::Service {
public:
    void serve(runtime::Service* service) { service_ = service; }
    [[nodiscard]] std::size_t asked() const { return asked_; }
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        if (service_ == nullptr) {
            http::Response none(500);
            none.wire(std::make_shared<http::WirePlan>(
                http::WirePlan{.reset = http::WirePlan::Reset::before_response}));
            co_return none;
        }
        ++asked_;
        auto answer = co_await service_->call(std::move(request), std::move(context));
        --asked_;
        co_return answer;
    }

private:
    runtime::Service* service_ = nullptr;
    std::size_t asked_ = 0;
};

std::unique_ptr<work::SqliteStore> open_store(const std::filesystem::path& folder) {
    // Whoever finds it taken does not wait, since the clock stands meanwhile; what a disk loses is
    // the matter of tests/durability.
    return work::SqliteStore::open(
               folder / "radar.db",
               {.synchronous = work::SqliteStoreOptions::Synchronous::off, .busy_timeout = {}})
        .value();
}

std::unique_ptr<sandbox::Sandbox> make_sandbox(runtime::Scheduler& scheduler, std::uint64_t seed) {
    const sandbox::WorldOptions world{.seed = seed};
    sandbox::SandboxOptions options;
    options.seed = seed;
    options.scenario = weather();
    options.providers = sandbox::make_providers(sandbox::make_world(world).value(), world);
    options.journal = {.rows_max = 1'000'000, .bytes_max = std::size_t{1} << 30U};
    return sandbox::Sandbox::make(scheduler, std::move(options)).value();
}

struct World {
    explicit World(const Plan& asked) : plan(asked) {}

    Plan plan;
    Folder folder;
    runtime::VirtualScheduler scheduler{monday()};
    SeededRng rng{plan.seed};
    std::unique_ptr<sandbox::Sandbox> sandbox = make_sandbox(scheduler, plan.seed);
    People people{*sandbox, plan.seed};
    transport::LoopbackTransport out{scheduler, *sandbox};
    Door door;
    transport::LoopbackTransport in{scheduler, door};
    // Whoever holds this one's transaction keeps the disk from everybody else.
    std::unique_ptr<work::SqliteStore> disk = open_store(folder.path());
    std::string hook;
    bool consented_again = false;
    std::unique_ptr<work::SqliteStore> store;
    std::unique_ptr<radar::RadarService> life;
    Installed installed;
    std::set<std::string> urgent;
    Count count;
};

http::Url url(const std::string& text) {
    return http::Url::parse(text).value();
}

radar::Config config_of(World& world) {
    const auto secret = [&](std::string_view name) {
        return Secret(world.people.credential(name));
    };
    const std::string origin = "http://sandbox.test";
    radar::Config config{.schedule = "every 6h",
                         .watches = {{.name = std::string(watch_name), .repository = "octo/hello"}},
                         .urls = {.npm = url(origin + "/npm"),
                                  .osv = url(origin + "/osv"),
                                  .github = url(origin + "/github"),
                                  .slack = url(origin + "/slack"),
                                  .notion = url(origin + "/notion"),
                                  .google = url(origin + "/google"),
                                  .google_token = url(origin + "/google/token")}};
    config.github_token = secret("APILAB_GITHUB_TOKEN");
    config.github_hook = url(world.hook);
    config.slack = radar::SlackSink{.token = secret("APILAB_SLACK_TOKEN"),
                                    .channel = world.people.credential("APILAB_SLACK_CHANNEL")};
    config.notion = radar::NotionSink{.token = secret("APILAB_NOTION_TOKEN"),
                                      .data_source = world.people.credential("APILAB_NOTION_DS")};
    radar::GmailSink gmail{.from = "radar@apilab.example", .to = {"team@apilab.example"}};
    if (world.consented_again) {
        gmail.client_id = "cid";
        gmail.client_secret = Secret("sec");
        gmail.refresh_token = Secret("seed-refresh-token");
    } else {
        gmail.client_id = world.people.credential("APILAB_GOOGLE_CLIENT_ID");
        gmail.client_secret = secret("APILAB_GOOGLE_CLIENT_SECRET");
        gmail.refresh_token = secret("APILAB_GOOGLE_REFRESH_TOKEN");
    }
    config.gmail = std::move(gmail);
    config.webhooks = {{.sender = "github", .secrets = {secret("APILAB_GITHUB_WEBHOOK_SECRET")}}};
    config.simulated = true;
    return config;
}

void start_life(World* world) {
    world->store = open_store(world->folder.path());
    auto life = radar::RadarService::create(config_of(*world), {.scheduler = world->scheduler,
                                                                .rng = world->rng,
                                                                .transport = world->out,
                                                                .store = *world->store,
                                                                .folder = world->folder.path(),
                                                                .own_thread = false,
                                                                .poll = 1min});
    if (!life) {
        world->count.stuck = life.error().to_string();
        return;
    }
    world->life = *std::move(life);
    world->life->start();
    world->door.serve(&world->life->web());
    ++world->count.lives;
}

Task<void> end_life(World* world, bool killed) {
    const bool taken = killed && world->disk->begin().has_value();
    if (killed && !taken) {
        world->count.stuck = "the disk could not be taken";
    }
    world->door.serve(nullptr);
    if (killed) {
        ++world->count.kills;
        co_await world->life->die();
    }
    while (world->door.asked() > 0) {
        (void)co_await world->scheduler.sleep_for(1ms);
    }
    if (!killed) {
        co_await world->life->stop();
    }
    world->life.reset();
    world->store.reset();
    if (taken) {
        world->disk->rollback();
    }
}

// --- what happens

Task<void> commit(World* world, Installed installed) {
    world->installed = installed;
    const auto truth = truth_of(installed, world->scheduler.system_now(), world->plan.seed);
    world->urgent.insert(truth.urgent.begin(), truth.urgent.end());
    co_await world->people.commit(std::move(installed));
}

Task<void> until(World* world, SteadyTime begin, Duration at) {
    (void)co_await world->scheduler.sleep_until(begin + at);
}

Task<void> look_at_runs(World* world) {
    const auto documents = co_await world->life->parts().writer.run<std::vector<work::Document>>(
        [](work::Store& store) { return store.documents("run", "", 10); });
    for (const auto& document : documents.value_or(std::vector<work::Document>())) {
        const auto run = radar::read_run(document.body);
        if (!run) {
            world->count.stuck = run.error().to_string();
            continue;
        }
        ++world->count.degraded_runs;
        const auto report = http::JsonDocument::parse(run->report);
        bool told = run->report.empty() && !run->error.empty();
        for (const auto& source :
             report ? report->root()["sources"].elements() : http::Json().elements()) {
            told = told || (source["name"].string() == "osv" && source["status"].string() != "ok");
        }
        if (!told || run->complete) {
            world->count.unlabelled.push_back(document.key);
        }
    }
}

struct Written {
    std::string package;
    std::string properties;
    std::string column;
    std::string value;
};

std::vector<Written> writings() {
    const auto rich = [](const std::string& text) {
        return R"({"rich_text":[{"text":{"content":")" + text + R"("}}]})";
    };
    return {{"lodash", R"({"Decision":)" + rich("accepted") + "}", "Decision", "accepted"},
            {"minimist", R"({"Snooze until":{"date":{"start":"2026-12-24"}}})", "Snooze until",
             "2026-12-24"},
            {"ip", R"({"Decision":)" + rich("on it") + R"(,"Owner":)" + rich("Ines") + "}", "Owner",
             "Ines"}};
}

Task<void> people_live(World* world) {
    const auto begin = world->scheduler.now();
    co_await until(world, begin, 50h + 5min);
    co_await commit(world, world->installed);  // nothing new, but everything is looked at
    co_await until(world, begin, 50h + 50min);
    co_await look_at_runs(world);
    co_await until(world, begin, 72h);
    auto more = world->installed;
    more["axios"] = "0.21.1";
    co_await commit(world, more);
    co_await until(world, begin, 100h);
    for (const auto& writing : writings()) {
        const std::string key = std::string(watch_name) + "/" + writing.package;
        if (!co_await world->people.write(key, writing.properties) && world->count.stuck.empty()) {
            world->count.stuck = "no row to write into: " + key + " " + world->people.trouble();
        }
    }
    co_await until(world, begin, 6 * 24h);
    more.erase("minimist");
    co_await commit(world, more);
    co_await until(world, begin, 9 * 24h + 3h);
    more["jsonwebtoken"] = "8.5.1";
    more["node-fetch"] = "2.6.0";
    co_await commit(world, more);
    co_await until(world, begin, 12 * 24h);
    more.erase("left-pad");
    co_await commit(world, more);
    co_await until(world, begin, world->plan.span);
}

// Consent is withdrawn before the second digest, and given again the day after.
Task<void> consent(World* world) {
    const auto begin = world->scheduler.now();
    co_await until(world, begin, 6 * 24h + 12h);
    (void)world->sandbox->end_token(world->people.credential("APILAB_GOOGLE_REFRESH_TOKEN"),
                                    "revoke", "google");
    co_await until(world, begin, 8 * 24h + 1h);
    world->consented_again = true;
    co_await end_life(world, false);
    start_life(world);
}

Task<void> accidents(World* world) {
    const auto begin = world->scheduler.now();
    for (int day = 0; day < 14; ++day) {
        // Right after a commit's webhook now and then, else somewhere; never where consent is seen
        // to.
        const Duration within = day == 3 || day == 9
                                    ? Duration(day == 9 ? 3h : 0h) +
                                          std::chrono::milliseconds(world->rng.between(50, 4000))
                                    : std::chrono::minutes(world->rng.between(120, 1400));
        if (day == 8) {
            continue;
        }
        co_await until(world, begin, day * 24h + within);
        co_await end_life(world, true);
        (void)co_await world->scheduler.sleep_for(std::chrono::seconds(world->rng.between(1, 300)));
        start_life(world);
    }
}

Task<void> come_to_rest(World* world) {
    auto settings = world->sandbox->settings();
    settings.faults = false;
    world->sandbox->change_settings(settings);
    co_await world->sandbox->hub().settled();
    (void)co_await world->scheduler.sleep_for(9h);
    if (!co_await world->life->at_rest() && world->count.stuck.empty()) {
        world->count.stuck = "it did not come to rest within nine hours";
    }
}

// --- the count

void count_effects(World& world, const std::vector<work::Message>& messages) {
    for (const auto& message : messages) {
        switch (message.state) {
            case work::MessageState::applied:
                ++world.count.applied;
                break;
            case work::MessageState::reconciled:
                ++world.count.reconciled;
                break;
            case work::MessageState::duplicated:
                ++world.count.duplicated;
                break;
            case work::MessageState::escalated:
                ++world.count.escalated;
                break;
            case work::MessageState::failed:
                ++world.count.failed;
                break;
            default:
                world.count.stuck = "a message is still open: " + message.key;
                break;
        }
    }
}

Task<void> count_store(World* world) {
    const auto messages = co_await world->life->parts().writer.run<std::vector<work::Message>>(
        [](work::Store& store) { return store.messages({}, 10'000); });
    count_effects(*world, messages.value_or(std::vector<work::Message>()));
    const auto counts = co_await world->life->parts().writer.run<work::JobCounts>(
        [](work::Store& store) { return store.counts(""); });
    world->count.dead_jobs = static_cast<std::size_t>(counts ? counts->dead : -1);
    const auto dead = co_await world->life->parts().writer.run<std::vector<work::JobRow>>(
        [](work::Store& store) { return store.jobs({.state = work::JobState::dead}, 1'000); });
    for (const auto& job : dead.value_or(std::vector<work::JobRow>())) {
        ++world->count.dead_for[job.job.kind + ": " + job.reason];
    }
}

Task<void> count_rows(World* world) {
    const auto rows = co_await world->people.rows();
    std::set<std::string> keys;
    for (const auto& row : rows) {
        if (!keys.insert(row.key).second) {
            world->count.doubled_rows.push_back(row.key);
        }
        if (row.status == "open") {
            world->count.open_rows.push_back(row.package);
        }
        for (const auto& writing : writings()) {
            if (row.key != std::string(watch_name) + "/" + writing.package) {
                continue;
            }
            const auto& now = writing.column == "Decision" ? row.decision
                              : writing.column == "Owner"  ? row.owner
                                                           : row.snooze;
            if (!now.starts_with(writing.value)) {
                world->count.overwritten.push_back(fmt::format(
                    "{} {}: '{}' instead of '{}'", row.key, writing.column, now, writing.value));
            }
        }
    }
    std::ranges::sort(world->count.open_rows);
}

Task<void> count_notes(World* world) {
    std::set<std::string> keys;
    const auto notes = co_await world->people.notes();
    for (const auto& note : notes) {
        if (!keys.insert(note.key).second) {
            world->count.doubled_notes.push_back(note.key);
        }
    }
    world->count.notes = notes.size();
    for (const auto& package : world->urgent) {
        world->count.urgent[package] = static_cast<std::size_t>(std::ranges::count_if(
            notes, [&](const Note& note) { return note.all.contains(package); }));
    }
}

void count_mails(World& world) {
    std::set<std::string> ids;
    for (const auto& mail : world.people.mails()) {
        ++world.count.mails;
        if (!ids.insert(mail.message_id).second) {
            world.count.doubled_mails.push_back(mail.message_id);
        }
    }
    world.count.mondays = 3;  // the first two hours after the beginning, the last after the end
}

bool is_ours(const sandbox::Exchange& row) {
    return row.headers == nullptr || row.headers->value("user-agent") != "a-person";
}

template <class Accept>
std::map<std::string, std::size_t> busiest(const std::deque<sandbox::Exchange>& rows,
                                           Duration window, Accept accept) {
    std::map<std::string, std::size_t> most;
    std::map<std::string, std::deque<SteadyTime>> recent;
    for (const auto& row : rows) {
        if (!accept(row)) {
            continue;
        }
        auto& times = recent[row.provider];
        times.push_back(row.complete);
        while (times.front() + window < row.complete) {
            times.pop_front();
        }
        most[row.provider] = std::max(most[row.provider], times.size());
    }
    return most;
}

void count_requests(World& world) {
    const auto& rows = world.sandbox->journal().rows();
    world.count.busiest_minute = busiest(rows, 1min, is_ours);
    const auto begin = world.sandbox->journal().started();
    const auto hours = busiest(rows, 1h, [&](const sandbox::Exchange& row) {
        return row.provider == "google" && row.path.contains("token") &&
               row.complete > begin + 6 * 24h + 12h && row.complete < begin + 8 * 24h;
    });
    const auto found = hours.find("google");
    world.count.token_requests_in_an_hour = found == hours.end() ? 0 : found->second;
    for (const auto& status : world.sandbox->faults().status(world.scheduler.now())) {
        world.count.struck[status.fault->where.provider + ": " + status.fault->what_text] +=
            status.hits;
    }
    if (world.sandbox->journal().dropped() > 0) {
        world.count.stuck = "the journal was too small";
    }
}

Task<void> live(World* world) {
    world->sandbox->hub().deliver_over(&world->in);
    world->hook = co_await world->people.make_hook(std::string(service_url) + "/webhooks/github");
    co_await world->people.add_columns();
    co_await commit(
        world,
        {{"lodash", "4.17.11"}, {"minimist", "1.2.0"}, {"ip", "1.1.5"}, {"left-pad", "1.3.0"}});
    start_life(world);
    if (world->life != nullptr) {
        runtime::TaskGroup all(world->scheduler);
        all.spawn(people_live(world));
        all.spawn(consent(world));
        all.spawn(accidents(world));
        co_await all.join();
        co_await come_to_rest(world);
        co_await count_store(world);
        co_await count_rows(world);
        co_await count_notes(world);
        co_await end_life(world, false);
    }
    count_mails(*world);
    count_requests(*world);
    world->sandbox->hub().deliver_over(nullptr);
    world->count.actionable =
        truth_of(world->installed, world->scheduler.system_now(), world->plan.seed).actionable;
    std::ranges::sort(world->count.actionable);
    if (world->count.stuck.empty()) {
        world->count.stuck = world->people.trouble();
    }
}

}  // namespace

bool Count::good() const {
    return stuck.empty() && actionable == open_rows && doubled_rows.empty() &&
           std::ranges::all_of(urgent, [](const auto& each) { return each.second == 1; }) &&
           doubled_notes.empty() && mails == mondays && doubled_mails.empty() &&
           overwritten.empty() && duplicated == 0 && failed == 0 && dead_jobs == 0 &&
           unlabelled.empty() && degraded_runs > 0 && token_requests_in_an_hour <= 1;
}

std::string Count::text() const {
    auto out = fmt::format(
        "{} processes, {} of them killed\nactionable: {}\nopen rows:  {}\n"
        "rows doubled: {}; overwritten: {}\n",
        lives, kills, fmt::join(actionable, ", "), fmt::join(open_rows, ", "),
        fmt::join(doubled_rows, ", "), fmt::join(overwritten, ", "));
    out += fmt::format("{} Slack messages, doubled: {}\n", notes, fmt::join(doubled_notes, ", "));
    for (const auto& [package, times] : urgent) {
        out += fmt::format("  {} in {}\n", package, times);
    }
    out += fmt::format("{} mails for {} Mondays, doubled: {}\n", mails, mondays,
                       fmt::join(doubled_mails, ", "));
    out += fmt::format(
        "effects: {} applied, {} reconciled, {} duplicated, {} escalated, {} failed; {} dead "
        "jobs\n{} runs without OSV, {} hid it\n{} token requests in an hour without consent\n",
        applied, reconciled, duplicated, escalated, failed, dead_jobs, degraded_runs,
        unlabelled.size(), token_requests_in_an_hour);
    for (const auto& [provider, most] : busiest_minute) {
        out += fmt::format("  {} requests to {} in the busiest minute\n", most, provider);
    }
    for (const auto& [fault, hits] : struck) {
        out += fmt::format("  {} times {}\n", hits, fault);
    }
    for (const auto& [why, times] : dead_for) {
        out += fmt::format("  {} dead: {}\n", times, why);
    }
    return stuck.empty() ? out : out + "it proves nothing: " + stuck + "\n";
}

Count run_weeks(const Plan& plan) {
    World world(plan);
    world.scheduler.run_until_complete(live(&world));
    return world.count;
}

}  // namespace apilab::radar_weeks
