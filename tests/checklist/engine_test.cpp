// The engine of a checklist run over a small real service (service.cpp) with one fault at a time.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "apilab/base/file.hpp"
#include "apilab/base/free_port.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/server/server.hpp"
#include "checklist/episode_run.hpp"
#include "checklist/folder_files.hpp"
#include "checklist/live_service.hpp"
#include "checklist/run.hpp"
#include "platform/instance.hpp"

namespace apilab::cli::checklist {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = Step::Kind;

const Step start{.kind = Kind::start};
const Step stop{.kind = Kind::stop};
const Step push{.kind = Kind::trigger};
const Step quiet{.kind = Kind::quiet, .duration = milliseconds(100)};

std::string manifest_text(std::string_view fault, std::string_view more = "") {
    return fmt::format(R"(name = "small"
[service]
command = ["{}", "{{port}}", "{{volume}}", "{}"{}]
trigger = "github"
metrics = "/metrics"
dead_letters = "/dead"
secrets = ["TOKEN", "WEBHOOK_SECRET_FILE"]
ready_within = "{}"
kill_timeout = "1s"
[service.environment]
GITHUB_URL = "{{APILAB_GITHUB_URL}}"
TOKEN = "{{APILAB_GITHUB_TOKEN}}"
WEBHOOK_SECRET_FILE = "{{APILAB_GITHUB_WEBHOOK_SECRET_FILE}}"
[service.webhooks]
github = "/webhooks/github"
[[integration]]
provider = "github"
off = "GITHUB_URL="
)",
                       "{programs}/checklist_service", fault, more,
                       fault == "deaf" || fault == "unready" ? "300ms" : "10s");
}

class ChecklistEngine : public testing::Test {
protected:
    Episode run(std::string_view fault, std::vector<Step> steps, std::string_view more = "") {
        auto manifest = parse_manifest(manifest_text(fault, more));
        EXPECT_TRUE(manifest) << manifest.error().to_string();
        return run_with(*manifest, std::move(steps));
    }

    Episode run_with(const Manifest& manifest, std::vector<Step> steps,
                     std::string_view id = "calm") {
        const auto world = sandbox::make_world({.seed = 1});
        runtime::RealScheduler scheduler;
        Ground ground{.scheduler = scheduler,
                      .manifest = manifest,
                      .folder = folder_,
                      .work = folder_ / "work",
                      .keep = folder_ / "kept",
                      .seed = 1,
                      .world = *world,
                      .ports = {}};
        const EpisodePlan plan{.id = id, .story = "a test", .steps = std::move(steps)};
        return runtime::run(scheduler, run_episode(ground, plan));
    }

    TemporaryFolder made_ = TemporaryFolder::make("apilab-engine-").value();
    fs::path folder_ = made_.path();
};

std::vector<std::string> probes_of(const Episode& episode) {
    std::vector<std::string> all;
    for (const auto& probe : episode.probes) {
        all.push_back(fmt::format("{} {}", probe.what, probe.status));
    }
    return all;
}

std::vector<std::string> requests(const Episode& episode) {
    std::vector<std::string> all;
    for (const auto& row : episode.rows) {
        all.push_back(fmt::format("{} {} {}", row.provider, row.path, row.status));
    }
    return all;
}

TEST_F(ChecklistEngine, a_push_makes_the_service_work_and_the_episode_shows_all_of_it) {
    const auto seen = run("", {start,
                               push,
                               quiet,
                               {.kind = Kind::get, .text = "{health}"},
                               {.kind = Kind::get, .text = "{dead_letters}"},
                               {.kind = Kind::get, .text = "/nowhere"}});
    EXPECT_EQ(seen.trouble, "");
    EXPECT_THAT(probes_of(seen), ElementsAre("github push 202", "GET /livez 200", "GET /dead 200",
                                             "GET /nowhere 404", "GET /metrics 200"));
    EXPECT_THAT(requests(seen), ElementsAre("github /repos/octo/webshop 200"));
    EXPECT_EQ(seen.outbound.size(), 1U);
    EXPECT_EQ(seen.metrics, "pushes_total 1\n");
    EXPECT_GT(seen.checks.size(), 100U) << "all of them, not only those of the scenario";
    EXPECT_THAT(seen.leaks, IsEmpty());
    ASSERT_EQ(seen.lives.size(), 1U);
    const auto& life = seen.lives[0];
    EXPECT_TRUE(life.ready);
    EXPECT_EQ(life.signal, SIGTERM);
    EXPECT_EQ(life.exit_code, 0);
    EXPECT_TRUE(life.end_took);
    EXPECT_TRUE(life.reachable);
    EXPECT_THAT(life.files, IsEmpty());
    EXPECT_THAT(life.log, ElementsAre("github answered 200", "ended as told"));
    EXPECT_EQ(life.arguments.at(1), std::to_string(life.port));
    EXPECT_THAT(life.variables,
                testing::UnorderedElementsAre("PATH", "GITHUB_URL", "TOKEN", "WEBHOOK_SECRET_FILE",
                                              "HOME", "TMPDIR"));
    ASSERT_EQ(life.volume.size(), 1U);
    EXPECT_EQ(life.volume[0].path, "pushes");
}

TEST_F(ChecklistEngine, what_was_seen_is_kept_for_its_owner_alone) {
    const auto seen = run("tells", {start, push, quiet});
    EXPECT_EQ(seen.kept, (folder_ / "kept" / "calm").string());
    for (const auto* name : {"journal.ndjson", "report.json", "service.log"}) {
        const auto file = fs::path(seen.kept) / name;
        EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write)
            << name;
        EXPECT_GT(fs::file_size(file), 10U) << name;
    }
    const auto log = read_file(fs::path(seen.kept) / "service.log", 10'000);
    EXPECT_THAT(*log, HasSubstr("using token ***"));
}

TEST_F(ChecklistEngine, a_secret_in_log_or_arguments_is_named_hidden_and_judged) {
    const auto seen = run("tells", {start}, ", \"{APILAB_GITHUB_TOKEN}\"");
    EXPECT_THAT(seen.leaks, ElementsAre("TOKEN in its log", "TOKEN in its arguments"));
    EXPECT_EQ(seen.lives.at(0).log.at(0), "using token ***");
    EXPECT_EQ(seen.lives.at(0).arguments.back(), "***");
    const auto check = std::ranges::find_if(seen.checks, [](const auto& each) {
        return each.finding.sentence.contains("a secret stands in: log");
    });
    ASSERT_NE(check, seen.checks.end()) << "the judge was handed the log as it was";
    EXPECT_EQ(check->finding.verdict, sandbox::Verdict::fail);
}

TEST_F(ChecklistEngine, a_service_that_ends_or_stays_silent_at_its_start_is_trouble) {
    const auto ended = run("ends", {start, push});
    EXPECT_THAT(ended.trouble, HasSubstr("ended with code 4 before it was ready"));
    EXPECT_THAT(ended.trouble, HasSubstr("cannot open the database"));
    EXPECT_EQ(ended.lives.at(0).exit_code, 4);
    EXPECT_THAT(ended.probes, IsEmpty()) << "what came after it was left";
    const auto deaf = run("deaf", {start, push});
    EXPECT_THAT(deaf.trouble, HasSubstr("answered nothing"));
    auto manifest = parse_manifest(manifest_text(""));
    manifest->service.command = {"./no-such-program"};
    EXPECT_THAT(run_with(*manifest, {start}).trouble, HasSubstr("cannot start"));
    manifest->service.command = {"./a", "{APILAB_NOBODY_URL}"};
    EXPECT_THAT(run_with(*manifest, {start}).trouble, HasSubstr("{APILAB_NOBODY_URL}"));
}

TEST_F(ChecklistEngine, one_that_does_not_say_that_it_is_ready_runs_all_the_same) {
    for (const auto* fault : {"bare", "unready"}) {
        const auto seen = run(fault, {start, push, quiet});
        EXPECT_EQ(seen.trouble, "") << fault;
        EXPECT_FALSE(seen.lives.at(0).ready) << fault;
        EXPECT_EQ(seen.rows.size(), 1U) << fault;
    }
}

TEST_F(ChecklistEngine, who_does_not_end_when_told_is_killed) {
    const auto seen = run("stubborn", {start, stop});
    EXPECT_EQ(seen.trouble, "");
    const auto& life = seen.lives.at(0);
    EXPECT_FALSE(life.exit_code);
    EXPECT_FALSE(life.killed) << "that is said of those that were to be killed";
    EXPECT_GE(*life.end_took, seconds(1));
}

TEST_F(ChecklistEngine, what_it_does_to_its_surroundings_is_seen) {
    const auto loopback = run("loopback", {start});
    EXPECT_FALSE(loopback.lives.at(0).reachable);
    EXPECT_TRUE(loopback.lives.at(0).ready);
    const auto litters = run("litters", {start});
    ASSERT_EQ(litters.lives.at(0).files.size(), 1U);
    EXPECT_THAT(litters.lives.at(0).files[0], HasSubstr("notes.txt"));
}

TEST_F(ChecklistEngine, nothing_that_it_started_outlives_the_run) {
    for (const auto& last : {stop, Step{.kind = Kind::kill}}) {
        const auto seen = run("parent", {start, last});
        const auto& said = seen.lives.at(0).log.at(0);
        ASSERT_TRUE(said.starts_with("child "));
        const int child = std::stoi(said.substr(6));
        std::ifstream stat(fmt::format("/proc/{}/stat", child));
        std::string text;
        std::getline(stat, text);
        // Gone, or dead and not yet taken away by who adopted it.
        EXPECT_TRUE(text.empty() || text.contains(") Z ")) << text;
    }
}

TEST_F(ChecklistEngine, killed_and_stopped_it_starts_again_on_its_volume) {
    const auto seen = run("", {start,
                               push,
                               quiet,
                               {.kind = Kind::kill},
                               push,
                               start,
                               push,
                               quiet,
                               {.kind = Kind::stop, .number = SIGINT}});
    EXPECT_EQ(seen.trouble, "");
    EXPECT_THAT(probes_of(seen),
                ElementsAre("github push 202", "github push 0", "github push 202"));
    ASSERT_EQ(seen.lives.size(), 2U);
    EXPECT_TRUE(seen.lives[0].killed);
    EXPECT_EQ(seen.lives[0].exit_code, 128 + SIGKILL);
    EXPECT_EQ(seen.lives[0].port, seen.lives[1].port);
    EXPECT_EQ(seen.lives[1].signal, SIGINT);
    EXPECT_EQ(seen.lives[1].exit_code, 128 + SIGINT) << "it does not know that one";
    EXPECT_THAT(seen.outbound, Contains(testing::Field(&sandbox::Outbound::from, "kill")));
}

TEST_F(ChecklistEngine, without_a_secret_it_may_refuse_and_goes_on_with_it) {
    const auto seen = run("", {{.kind = Kind::without_secret, .number = 0},
                               start,
                               {.kind = Kind::without_secret, .number = 2},
                               start,
                               {.kind = Kind::without_secret, .number = 3},
                               start,
                               start,
                               push,
                               quiet});
    EXPECT_EQ(seen.trouble, "");
    ASSERT_EQ(seen.lives.size(), 3U) << "it has no third secret: that start is left out";
    EXPECT_EQ(seen.lives[0].without, "all");
    EXPECT_EQ(seen.lives[0].exit_code, 2);
    EXPECT_THAT(seen.lives[0].log, ElementsAre("TOKEN is not set"));
    EXPECT_EQ(seen.lives[1].without, "WEBHOOK_SECRET_FILE");
    EXPECT_EQ(seen.lives[2].without, "");
    EXPECT_EQ(seen.rows.size(), 1U);
    const auto next = run("", {{.kind = Kind::without_secret, .number = 1}, start, start, push});
    EXPECT_EQ(next.trouble, "");
    ASSERT_EQ(next.lives.size(), 2U);
    EXPECT_EQ(next.lives[1].without, "") << "for one start alone";
}

TEST_F(ChecklistEngine, a_secret_is_replaced_under_use) {
    const auto seen = run("", {start,
                               push,
                               {.kind = Kind::rotate, .text = "webhook_secret"},
                               push,
                               {.kind = Kind::rotate, .text = "former_secret"},
                               push,
                               quiet});
    EXPECT_EQ(seen.trouble, "");
    EXPECT_THAT(probes_of(seen), ElementsAre("github push 202", "github push 202",
                                             "github push 202", "GET /metrics 200"));
    auto manifest = parse_manifest(manifest_text(""));
    manifest->service.environment["WEBHOOK_SECRET_FILE"] = "/dev/null";
    const auto fixed = run_with(*manifest, {start, push});
    EXPECT_EQ(fixed.probes.at(0).status, 401) << "it is a real signature";
    EXPECT_THAT(run("", {start, {.kind = Kind::rotate, .text = "APILAB_NOTHING"}}).trouble,
                HasSubstr("no APILAB_NOTHING to replace"));
}

TEST_F(ChecklistEngine, an_integration_is_switched_off_for_one_start_that_knows_nothing_yet) {
    const auto seen = run("", {start,
                               push,
                               quiet,
                               {.kind = Kind::switch_off, .number = 2},
                               start,
                               push,
                               {.kind = Kind::switch_off, .number = 1},
                               start,
                               stop,
                               start});
    EXPECT_EQ(seen.trouble, "");
    ASSERT_EQ(seen.lives.size(), 3U) << "there is no second one: that start is left out";
    EXPECT_THAT(probes_of(seen), testing::Contains(testing::StartsWith("github push")).Times(1));
    EXPECT_EQ(seen.lives[0].volume.size(), 1U);
    EXPECT_EQ(seen.lives[1].off, "github");
    EXPECT_THAT(seen.lives[1].volume, IsEmpty());
    EXPECT_EQ(seen.lives[2].off, "");
}

TEST_F(ChecklistEngine, what_the_scenario_delivers_goes_to_the_paths_of_the_manifest) {
    auto manifest = parse_manifest(manifest_text(""));
    manifest->service.webhooks["github"] = "/livez";
    const Step play{.kind = Kind::webhooks, .duration = seconds(1)};
    const auto seen = run_with(*manifest, {start, play}, "webhooks");
    EXPECT_EQ(seen.trouble, "");
    ASSERT_FALSE(seen.outbound.empty());
    for (const auto& row : seen.outbound) {
        EXPECT_EQ(row.from, "github") << "it takes no other's";
        EXPECT_EQ(row.path, "/livez");
    }
}

TEST_F(ChecklistEngine, the_first_dead_letter_is_delivered_again_by_who_shows_the_token) {
    const Step again{.kind = Kind::act, .text = "redeliver"};
    const Step look{.kind = Kind::get, .text = "{dead_letters}"};
    auto manifest = *parse_manifest(manifest_text("dead"));
    manifest.service.redeliver = "POST /dead/{id}/again";
    const auto stranger = run_with(manifest, {start, again, quiet});
    EXPECT_THAT(probes_of(stranger), Contains("redeliver POST /dead/7/again 401"));
    EXPECT_THAT(stranger.rows, IsEmpty());
    manifest.service.token = "TOKEN";
    const auto seen = run_with(manifest, {start, again, look, quiet, again});
    EXPECT_EQ(seen.trouble, "");
    EXPECT_THAT(probes_of(seen), ElementsAre("redeliver POST /dead/7/again 202", "GET /dead 200",
                                             "GET /metrics 200"))
        << "after that none is dead";
    EXPECT_EQ(seen.probes.at(1).body, "[]");
    EXPECT_THAT(requests(seen), ElementsAre("github /repos/octo/webshop 200"));
    EXPECT_THAT(probes_of(run("dead", {start, again})), ElementsAre("GET /metrics 200"))
        << "its manifest says nothing of it";
}

TEST_F(ChecklistEngine, a_breaker_is_closed_by_hand_of_whom_the_last_refusal_was) {
    auto manifest = *parse_manifest(manifest_text(""));
    manifest.service.reset_breaker = "POST /breakers/{provider}/close";
    manifest.service.token = "TOKEN";
    const Step close{.kind = Kind::act, .text = "reset_breaker"};
    const auto seen = run_with(manifest, {start, close, push, quiet, close, quiet}, "flaky");
    EXPECT_THAT(probes_of(seen),
                ElementsAre("github push 202", "reset_breaker POST /breakers/github/close 202",
                            "GET /metrics 200"))
        << "nobody had refused anything at first";
    EXPECT_THAT(requests(seen),
                ElementsAre("github /repos/octo/webshop 503", "github /repos/octo/webshop 200"));
}

TEST_F(ChecklistEngine, an_episode_without_a_scenario_is_trouble) {
    const auto manifest = parse_manifest(manifest_text(""));
    const auto seen = run_with(*manifest, {start}, "nothing");
    EXPECT_THAT(seen.trouble, HasSubstr("no scenario 'checklist-nothing'"));
    EXPECT_THAT(seen.lives, IsEmpty());
}

// --- the whole run

TEST_F(ChecklistEngine, a_run_reads_the_folder_and_runs_what_is_asked_for) {
    std::ofstream(folder_ / "integrations.toml") << manifest_text("");
    std::ofstream(folder_ / "notes.md") << "text";
    std::vector<std::string> told;
    const auto seen =
        observe({.folder = folder_,
                 .episodes = {"calm", "redirects"},
                 .jobs = 1,
                 .keep = folder_ / ".apilab",
                 .progress = [&](std::string_view id, bool over) {
                     told.push_back(fmt::format("{} {}", id, over ? "over" : "begins"));
                 }});
    ASSERT_TRUE(seen) << seen.error().to_string();
    EXPECT_EQ(seen->manifest.name, "small");
    ASSERT_EQ(seen->files.size(), 2U);
    EXPECT_EQ(seen->files[1].path, "notes.md");
    EXPECT_THAT(told,
                ElementsAre("calm begins", "calm over", "redirects begins", "redirects over"));
    ASSERT_NE(seen->episode("calm"), nullptr);
    EXPECT_EQ(seen->episode("calm")->trouble, "");
    EXPECT_GE(seen->episode("calm")->rows.size(), 5U);
    EXPECT_EQ(seen->episode("flaky"), nullptr);
}

TEST_F(ChecklistEngine, a_run_that_is_interrupted_ends_and_so_does_all_that_it_started) {
    std::ofstream(folder_ / "integrations.toml") << manifest_text("parent");
    std::vector<std::string> told;
    const auto seen = observe({.folder = folder_,
                               .episodes = {"calm", "redirects"},
                               .jobs = 1,
                               .keep = folder_ / ".apilab",
                               .progress = [&](std::string_view id, bool over) {
                                   told.emplace_back(id);
                                   if (!over) {
                                       std::raise(SIGINT);
                                   }
                               }});
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::cancelled);
    EXPECT_THAT(told, ElementsAre("calm", "calm")) << "the next one is not begun";
}

TEST_F(ChecklistEngine, a_run_that_cannot_begin_says_why) {
    const auto error = [](const RunOptions& options) {
        const auto seen = observe(options);
        return seen ? "no error" : seen.error().to_string();
    };
    EXPECT_THAT(error({.folder = folder_}), HasSubstr("there is no integrations.toml"));
    EXPECT_THAT(error({.folder = folder_, .episodes = {"clam"}}), HasSubstr("did you mean calm?"));
    std::ofstream(folder_ / "integrations.toml") << "name = 1";
    EXPECT_THAT(error({.folder = folder_}), HasSubstr("integrations.toml: name"));
}

TEST_F(ChecklistEngine, where_nothing_can_be_run_the_folder_is_read_all_the_same) {
    std::ofstream(folder_ / "integrations.toml") << "name = \"plans\"";
    const auto seen = observe({.folder = folder_});
    ASSERT_TRUE(seen) << seen.error().to_string();
    EXPECT_THAT(seen->episodes, IsEmpty());
    EXPECT_EQ(seen->files.size(), 1U);
}

TEST_F(ChecklistEngine, of_a_folder_only_its_own_text_is_read) {
    for (const auto* name : {"b/two.txt", "a.txt", ".git/config", "x/node_modules/y", "build/z"}) {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << name;
    }
    std::ofstream(folder_ / "binary") << std::string("a\0b", 3);
    std::ofstream(folder_ / "large") << std::string(file_bytes_max + 1, 'a');
    fs::create_symlink("/etc/passwd", folder_ / "link");
    const auto files = read_folder(folder_);
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 2U);
    EXPECT_EQ((*files)[0].path, "a.txt");
    EXPECT_EQ((*files)[1].path, "b/two.txt");
    EXPECT_FALSE(read_folder(folder_ / "nowhere"));
    const auto parts = read_folder(folder_, {"b", "a.txt", "b/two.txt"});
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->size(), 2U) << "each once";
    EXPECT_FALSE(read_folder(folder_, {"link"})) << "it leads elsewhere";
}

TEST_F(ChecklistEngine, of_a_folder_with_very_many_files_the_first_are_read) {
    for (std::size_t i = 0; i <= files_max; ++i) {
        std::ofstream(folder_ / fmt::format("{:05}", i)) << "x";
    }
    const auto files = read_folder(folder_);
    ASSERT_TRUE(files);
    EXPECT_EQ(files->size(), files_max);
    EXPECT_EQ(files->back().path, fmt::format("{:05}", files_max - 1));
}

TEST_F(ChecklistEngine, of_a_log_without_end_the_beginning_is_kept) {
    const auto seen = run("chatty", {start, push, quiet});
    EXPECT_EQ(seen.trouble, "");
    EXPECT_EQ(seen.lives.at(0).log.size(), 20'000U);
    EXPECT_EQ(seen.lives.at(0).log.front(), "line 1");
    EXPECT_EQ(seen.rows.size(), 1U) << "it is not held up by what nobody keeps";
}

// --- a service that runs already

class Trusting final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        const bool hook = request.url().path().starts_with("/webhooks/");
        co_return http::Response(hook || request.url().path() == "/livez" ? 200 : 404, "ok");
    }
};

runtime::Task<Episode> ask_trusting(runtime::RealScheduler& scheduler, const Manifest& manifest,
                                    const sandbox::World& world) {
    Trusting trusting;
    server::Server server(scheduler, trusting);
    EXPECT_TRUE(server.listen());
    const auto base = http::Url::parse(fmt::format("http://127.0.0.1:{}", server.port()));
    auto seen = co_await ask_live(scheduler, manifest, *base, world, 1);
    co_await server.stop({});
    co_return seen;
}

TEST_F(ChecklistEngine, a_service_that_runs_already_is_asked_what_it_refuses) {
    auto manifest = parse_manifest(manifest_text(""));
    manifest->service.webhooks["slack"] = "/webhooks/slack";
    const auto world = sandbox::make_world({.seed = 1});
    runtime::RealScheduler scheduler;
    const auto seen = runtime::run(scheduler, ask_trusting(scheduler, *manifest, *world));
    EXPECT_EQ(seen.id, "live");
    EXPECT_EQ(seen.trouble, "");
    EXPECT_THAT(probes_of(seen), testing::IsSupersetOf({"GET /livez 200", "GET /readyz 404",
                                                        "github push, forged 200",
                                                        "slack event_callback, stale 200"}));
    EXPECT_EQ(seen.outbound.size(), 7U) << "github signs no time";
    for (const auto& row : seen.outbound) {
        EXPECT_NE(row.facts.at("truth"), "genuine") << "it is given no work";
    }
    EXPECT_THAT(seen.checks, Contains(testing::Truly([](const sandbox::CheckResult& each) {
                    return each.card.id.starts_with("WHK") &&
                           each.finding.verdict == sandbox::Verdict::fail;
                })));
}

TEST_F(ChecklistEngine, at_an_url_that_nobody_answers_it_says_so_and_nothing_is_started) {
    std::ofstream(folder_ / "integrations.toml") << manifest_text("");
    const auto seen =
        observe({.folder = folder_, .url = fmt::format("http://127.0.0.1:{}", free_port())});
    ASSERT_TRUE(seen) << seen.error().to_string();
    EXPECT_THAT(seen->episode("live")->trouble, HasSubstr("nobody answers at http://127.0.0.1"));
    EXPECT_THAT(seen->episode("calm")->trouble, HasSubstr("run the checklist against its folder"));
    EXPECT_THAT(seen->episode("calm")->lives, IsEmpty());
}

}  // namespace
}  // namespace apilab::cli::checklist
