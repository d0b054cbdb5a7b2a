#include "stampede.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/scenario.hpp"

namespace apilab::stampede {

namespace {

using namespace std::chrono_literals;
using runtime::RealScheduler;
using runtime::Task;

constexpr std::string_view rotating = R"(
name = "stampede"
[[fault]]
where = "oauth:token"
what = { auth = "rotate" }
)";

struct Worker {
    int pid = -1;
    std::filesystem::path said;
};

Worker start(const Plan& plan, const std::string& url, std::int64_t anchor_ms, int number,
             int dies_at_save) {
    Worker worker{.said = plan.folder / fmt::format("worker-{}.txt", number)};
    std::vector<std::string> words{plan.worker, url, (plan.folder / "tokens").string(),
                                   std::to_string(plan.speed), std::to_string(anchor_ms)};
    if (dies_at_save > 0) {
        words.push_back(std::to_string(dies_at_save));
    }
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    constexpr mode_t owner_only = 0600;
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, worker.said.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, owner_only);
    if (::posix_spawn(&worker.pid, plan.worker.c_str(), &actions, nullptr, arguments.data(),
                      environ) != 0) {
        worker.pid = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    return worker;
}

void add_up(const Worker& worker, Told& told) {
    std::ifstream file(worker.said);
    int answered = 0;
    int failed = 0;
    std::string state;
    if (!(file >> answered >> failed >> state)) {
        ++told.silent;
        return;
    }
    told.answered += answered;
    told.failed += failed;
    told.want_consent += state == "needs_consent" ? 1 : 0;
    std::string error;
    std::getline(file, error);
    told.last_error = error.size() > 1 ? error.substr(1) : told.last_error;
}

struct Stage {
    const Plan& plan;
    RealScheduler& scheduler;
    sandbox::Provider& provider;
    std::vector<Worker> workers;
};

// Until all tokens were given, all have ended by themselves, or the time is up. The dead are
// replaced once.
Task<void> watch(Stage* stage, std::string url, std::int64_t anchor_ms) {
    const auto& plan = stage->plan;
    const SteadyTime end = stage->scheduler.now() + plan.patience * plan.speed;
    bool replaced = plan.dies_at_save == 0;
    std::size_t running = stage->workers.size();
    while (running > 0 && stage->scheduler.now() < end &&
           stage->provider.numbers().at("tokens issued") < plan.lives) {
        (void)co_await stage->scheduler.sleep_for(1s);
        for (int i = 0; i < plan.processes; ++i) {
            Worker& worker = stage->workers[static_cast<std::size_t>(i)];
            int status = 0;
            if (worker.pid <= 0 || ::waitpid(worker.pid, &status, WNOHANG) <= 0) {
                continue;
            }
            worker.pid = -1;
            if (WIFSIGNALED(status) && !replaced) {
                worker = start(plan, url, anchor_ms, i, 0);
                replaced = true;
            } else {
                --running;
            }
        }
    }
}

}  // namespace

Told play(const Plan& plan) {
    const auto anchor = std::chrono::system_clock::now();
    const auto anchor_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(anchor.time_since_epoch()).count();
    RealScheduler scheduler(plan.speed, SystemTime(std::chrono::milliseconds(anchor_ms)));
    auto oauth = std::make_unique<sandbox::oauth::OAuthProvider>(
        sandbox::oauth::OAuthOptions{.lifetime = 10s});
    Stage stage{.plan = plan, .scheduler = scheduler, .provider = *oauth};
    sandbox::SandboxOptions options;
    options.scenario = *sandbox::parse_scenario(rotating);
    options.providers.push_back(std::move(oauth));
    const auto server = *sandbox::Sandbox::make(scheduler, std::move(options));
    sandbox::SandboxHost host(scheduler, *server, {.port = 0, .admin_port = 0});
    if (auto started = host.start(); !started) {
        throw std::runtime_error(started.error().to_string());
    }
    const auto url = host.origin() + "/oauth";
    for (int i = 0; i < plan.processes; ++i) {
        stage.workers.push_back(start(plan, url, anchor_ms, i, plan.dies_at_save));
    }
    runtime::run(scheduler, watch(&stage, url, anchor_ms));
    for (const auto& worker : stage.workers) {
        if (worker.pid > 0) {
            ::kill(worker.pid, SIGTERM);
        }
    }
    Told told;
    for (const auto& worker : stage.workers) {
        // They still talk to the server while they end.
        while (worker.pid > 0 && ::waitpid(worker.pid, nullptr, WNOHANG) == 0) {
            (void)runtime::run(scheduler, scheduler.sleep_for(100ms));
        }
        add_up(worker, told);
    }
    const auto numbers = stage.provider.numbers();
    told.token_requests = numbers.at("token requests");
    told.tokens = numbers.at("tokens issued");
    told.unauthorized = numbers.at("401s");
    runtime::run(scheduler, host.stop(1s));
    return told;
}

}  // namespace apilab::stampede
