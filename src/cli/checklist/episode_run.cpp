#include "checklist/episode_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

#include "apilab/base/environment.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/free_port.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "checklist/action.hpp"
#include "checklist/calls.hpp"
#include "checklist/episode_box.hpp"
#include "checklist/probe.hpp"
#include "checklist/service_process.hpp"

namespace apilab::cli::checklist {

using runtime::Task;

namespace {

namespace fs = std::filesystem;

constexpr Duration look_again = std::chrono::milliseconds(20);
constexpr Duration between_triggers = std::chrono::milliseconds(50);
constexpr Duration answers_within = std::chrono::seconds(12);
constexpr Duration quiet_within = std::chrono::seconds(15);
constexpr Duration effects_within = std::chrono::seconds(8);
constexpr Duration webhooks_within = std::chrono::seconds(30);
// Of one text that is handed in.
constexpr std::size_t handed_max = std::size_t{6} << 20U;

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) {
        text += line + "\n";
    }
    return text;
}

std::string newest(std::string text) {
    return text.size() <= handed_max ? text : text.substr(text.size() - handed_max);
}

class EpisodeRun {
public:
    EpisodeRun(Ground& ground, const EpisodePlan& plan)
        : ground_(ground),
          plan_(plan),
          folder_(ground.work / std::string(plan.id)),
          way_(ground.scheduler, probe_way()),
          box_(ground, folder_),
          watching_(ground.scheduler),
          asking_(ground.scheduler),
          world_(ground.scheduler) {
        episode_.id = plan.id;
    }

    Task<Episode> run() {
        if (auto opened = open(); !opened) {
            episode_.trouble = opened.error().to_string();
            co_await box_.close();
            co_return std::move(episode_);
        }
        watching_.spawn(watch());
        for (const auto& step : plan_.steps) {
            if (!episode_.trouble.empty()) {
                break;
            }
            if (co_await runtime::cancelled()) {
                episode_.trouble = "it was interrupted";
                break;
            }
            co_await take(step);
        }
        co_await end();
        co_return std::move(episode_);
    }

private:
    [[nodiscard]] const Service& service() const { return ground_.manifest.service; }
    [[nodiscard]] runtime::RealScheduler& scheduler() { return ground_.scheduler; }

    Result<void> open() {
        do {
            port_ = free_port();
        } while (port_ != 0 && !ground_.ports.insert(port_).second);
        return box_.open(plan_, port_);
    }

    // What it writes is read all the time: a full pipe would hold it up.
    Task<void> watch() {
        while (!over_) {
            if (process_) {
                process_->look();
            }
            (void)co_await scheduler().wait(nullptr, scheduler().now() + look_again);
        }
    }

    Task<void> take(Step step) {
        switch (step.kind) {
            case Step::Kind::start:
                co_await start();
                break;
            case Step::Kind::trigger:
                co_await trigger(step);
                break;
            case Step::Kind::quiet:
                co_await quiet(step.duration);
                break;
            case Step::Kind::effects:
                co_await effects(step.number);
                break;
            case Step::Kind::webhooks:
                co_await webhooks(step.duration);
                break;
            case Step::Kind::get:
                co_await get(path_of(step.text));
                break;
            case Step::Kind::act:
                co_await act(step.text);
                break;
            case Step::Kind::scrape:
                co_await scrape();
                break;
            case Step::Kind::kill:
                co_await kill();
                break;
            case Step::Kind::stop:
                co_await stop(step.number > 1 ? step.number : SIGTERM);
                break;
            case Step::Kind::wait:
                (void)co_await scheduler().sleep_for(step.duration);
                break;
            case Step::Kind::without_secret:
                leave_out(step.number);
                break;
            case Step::Kind::switch_off:
                co_await switch_off(step.number);
                break;
            case Step::Kind::rotate:
                if (auto done = box_.rotate(step.text); !done) {
                    episode_.trouble = done.error().to_string();
                }
                break;
        }
    }

    // --- its life

    Result<Beginning> beginning() {
        Beginning how{.command = {},
                      .variables = {},
                      .disk = folder_ / fmt::format("disk{}", ++starts_),
                      .volume = folder_ / "volume",
                      .port = port_,
                      .without = without_.value_or(""),
                      .off = off_ == nullptr ? "" : off_->provider};
        for (const auto& word : service().command) {
            APILAB_TRY(auto made, put_in(word, box_.values()));
            how.command.push_back(std::move(made));
        }
        how.command.front() = place_of(how.command.front());
        const auto& ours = environment_of_process_;
        if (const auto path = ours.find("PATH"); path != ours.end()) {
            how.variables.emplace_back("PATH", path->second);
        }
        for (const auto& [name, text] : service().environment) {
            if (!is_left_out(name)) {
                APILAB_TRY(auto made, put_in(text, box_.values()));
                how.variables.emplace_back(name, std::move(made));
            }
        }
        if (off_ != nullptr) {
            const auto at = off_->off.find('=');
            const auto name = off_->off.substr(0, at);
            std::erase_if(how.variables, [&](const auto& one) { return one.first == name; });
            how.variables.emplace_back(name, off_->off.substr(at + 1));
        }
        return how;
    }

    // Below the manifest's folder, or in PATH.
    [[nodiscard]] std::string place_of(const std::string& program) const {
        return program.contains('/') ? (ground_.folder / program).lexically_normal().string()
                                     : program;
    }

    void leave_out(int number) {
        const auto count = static_cast<int>(service().secrets.size());
        skip_start_ = number > count || count == 0;
        without_ = number == 0   ? "all"
                   : skip_start_ ? ""
                                 : service().secrets[static_cast<std::size_t>(number - 1)];
    }

    Task<void> switch_off(int number) {
        co_await stop(SIGTERM);
        const auto& all = ground_.manifest.integrations;
        const auto at = static_cast<std::size_t>(number - 1);
        off_ = at < all.size() && !all[at].off.empty() ? &all[at] : nullptr;
        skip_start_ = off_ == nullptr;
        skip_trigger_ = skip_start_;
        // As on the first day: what was said once is not said again.
        std::error_code failed;
        for (const auto& entry : fs::directory_iterator(folder_ / "volume", failed)) {
            fs::remove_all(entry.path(), failed);
        }
    }

    [[nodiscard]] bool is_left_out(const std::string& name) const {
        return without_ && (*without_ == name ||
                            (*without_ == "all" && std::ranges::find(service().secrets, name) !=
                                                       service().secrets.end()));
    }

    Task<void> start() {
        if (std::exchange(skip_start_, false)) {
            without_.reset();
            off_ = nullptr;
            co_return;
        }
        if (process_) {
            co_await stop(SIGTERM);
        }
        auto how = beginning();
        if (!how) {
            episode_.trouble = how.error().to_string();
            co_return;
        }
        auto started = ServiceProcess::start(scheduler(), way_, *how);
        if (!started) {
            episode_.trouble = started.error().to_string();
            co_return;
        }
        process_ = std::move(*started);
        began_ = box_.now();
        off_ = nullptr;
        auto trouble = co_await process_->gets_ready(service());
        if (without_) {
            first_start_ = true;
            if (!trouble.empty()) {
                co_await process_->stop(SIGTERM, service().kill_timeout);
                keep_life();
            }
            without_.reset();
        } else {
            episode_.trouble = std::move(trouble);
        }
    }

    Task<void> stop(int signal) {
        if (process_) {
            co_await process_->stop(signal, service().kill_timeout);
            keep_life();
        }
    }

    Task<void> kill() {
        if (process_) {
            co_await process_->kill();
            box_.sandbox().note_outbound({.from = "kill"});
            keep_life();
        }
    }

    void keep_life() {
        auto life = process_->life();
        life.began = began_;
        process_.reset();
        auto text = joined(life.log);
        if (std::exchange(first_start_, false)) {
            hand_in("first start", text);
        }
        log_ += text;
        episode_.lives.push_back(std::move(life));
    }

    // --- what is asked of it

    Task<void> deliver() {
        auto probe = co_await box_.trigger();
        --under_way_;
        episode_.probes.push_back(std::move(probe));
    }

    Task<void> trigger(Step step) {
        if (service().trigger.empty() || std::exchange(skip_trigger_, false)) {
            co_return;  // it works by itself
        }
        for (int i = 0; i < step.number; ++i) {
            ++under_way_;
            asking_.spawn(deliver());
            (void)co_await scheduler().sleep_for(between_triggers);
        }
        const SteadyTime last =
            scheduler().now() + (step.duration > Duration::zero() ? step.duration : answers_within);
        while (under_way_ > 0 && scheduler().now() < last) {
            if (const auto slept = co_await scheduler().sleep_for(look_again); !slept) {
                co_return;
            }
        }
    }

    Task<void> quiet(Duration duration) {
        const SteadyTime last = scheduler().now() + quiet_within;
        std::uint64_t seen = 0;
        SteadyTime since = scheduler().now();
        while (scheduler().now() < last) {
            const auto& rows = box_.sandbox().journal().rows();
            const std::uint64_t newest_row = rows.empty() ? 0 : rows.back().seq;
            const bool waits = std::ranges::any_of(
                rows, [](const sandbox::Exchange& row) { return !row.finished; });
            if (newest_row != seen || waits) {
                seen = newest_row;
                since = scheduler().now();
            }
            if (scheduler().now() - since >= duration) {
                co_return;
            }
            if (const auto slept = co_await scheduler().sleep_for(look_again); !slept) {
                co_return;
            }
        }
    }

    Task<void> effects(int number) {
        const SteadyTime last = scheduler().now() + effects_within;
        while (scheduler().now() < last) {
            const auto made = std::ranges::count_if(
                box_.sandbox().journal().rows(),
                [](const sandbox::Exchange& row) { return is_write(row) && row.applied; });
            if (made >= number) {
                co_return;
            }
            if (const auto slept = co_await scheduler().sleep_for(look_again); !slept) {
                co_return;
            }
        }
    }

    Task<void> play() {
        const auto base = http::Url::parse(fmt::format("http://127.0.0.1:{}", port_));
        co_await box_.sandbox().play_world(way_, *base);
        playing_ = false;
    }

    Task<void> webhooks(Duration duration) {
        if (!playing_) {
            playing_ = true;
            world_.spawn(play());
        }
        const SteadyTime last =
            scheduler().now() + (duration > Duration::zero() ? duration : webhooks_within);
        while (playing_ && scheduler().now() < last) {
            if (const auto slept = co_await scheduler().sleep_for(look_again); !slept) {
                co_return;
            }
        }
    }

    [[nodiscard]] std::string path_of(std::string_view text) const {
        return text == "{health}"         ? service().health
               : text == "{ready}"        ? service().ready
               : text == "{dead_letters}" ? service().dead_letters
                                          : std::string(text);
    }

    Task<Probe> ask(std::string path) {
        const auto at = box_.now();
        const auto base = http::Url::parse(fmt::format("http://127.0.0.1:{}", port_));
        auto probe = co_await probe_get(scheduler(), way_, *base, std::move(path));
        probe.at = at;
        co_return probe;
    }

    Task<void> get(std::string path) {
        if (path.empty()) {
            co_return;
        }
        auto probe = co_await ask(std::move(path));
        probe.body = probe.body.substr(0, probe_body_max);
        episode_.probes.push_back(std::move(probe));
    }

    // Of whom the last refusal was.
    [[nodiscard]] std::string refusing() {
        const auto& rows = box_.sandbox().journal().rows();
        const auto last =
            std::find_if(rows.rbegin(), rows.rend(),
                         [](const sandbox::Exchange& row) { return row.status >= 500; });
        return last == rows.rend() ? std::string() : last->provider;
    }

    Task<void> act(std::string_view which) {
        const bool again = which == "redeliver";
        const auto& text = again ? service().redeliver : service().reset_breaker;
        if (text.empty()) {
            co_return;
        }
        std::string dead;
        if (again) {
            dead = (co_await ask(service().dead_letters)).body;
        }
        const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
            return again                ? field_of_first(dead, name)
                   : name == "provider" ? std::optional(refusing())
                                        : std::nullopt;
        };
        const auto action = filled(*parse_action(text), value_of);
        if (action) {
            co_await carry_out(*action, std::string(which));
        }
    }

    Task<void> carry_out(Action action, std::string which) {
        const auto base = http::Url::parse(fmt::format("http://127.0.0.1:{}", port_));
        http::Request request(action.method, base->with(action.path, ""));
        if (!action.body.empty()) {
            request.body(action.body).header("content-type", "application/json");
        }
        if (!service().token.empty()) {
            const auto token = put_in(service().environment.at(service().token), box_.values());
            request.header("authorization", "Bearer " + token.value_or(""));
        }
        const auto at = box_.now();
        auto probe =
            co_await probe_send(scheduler(), way_, std::move(request),
                                fmt::format("{} {} {}", which, action.method, action.path));
        probe.at = at;
        probe.body = probe.body.substr(0, probe_body_max);
        episode_.probes.push_back(std::move(probe));
    }

    Task<void> scrape() {
        if (service().metrics.empty() || !process_ || !process_->look()) {
            co_return;
        }
        auto probe = co_await ask(service().metrics);
        if (probe.status == 200) {
            episode_.metrics = newest(probe.body);
        }
        probe.body.resize(std::min(probe.body.size(), probe_body_max));
        episode_.probes.push_back(std::move(probe));
    }

    // --- its end

    void hand_in(std::string name, std::string text) {
        // Too much of it: then what was handed in before has to do.
        (void)box_.sandbox().hand_in(std::move(name), newest(std::move(text)));
    }

    Task<void> end() {
        // Before it is told to end: what it still waits for is seen as it is.
        episode_.rows = box_.sandbox().journal().rows();
        episode_.over = scheduler().now();
        world_.cancel();
        co_await world_.join();
        co_await scrape();
        co_await stop(SIGTERM);
        asking_.cancel();
        co_await asking_.join();
        over_ = true;
        co_await watching_.join();
        judge();
        hide_secrets();
        co_await box_.close();
    }

    void judge() {
        auto& sandbox = box_.sandbox();
        sandbox.stop_run();
        if (!log_.empty()) {
            hand_in("log", log_);
        }
        if (!episode_.metrics.empty()) {
            hand_in("metrics", episode_.metrics);
        }
        auto report = sandbox::judge_run(sandbox);
        if (!report) {
            episode_.trouble = report.error().to_string();
            return;
        }
        episode_.began = sandbox.run().started;
        episode_.outbound = sandbox.journal().outbound();
        episode_.numbers = sandbox.numbers();
        std::ranges::sort(episode_.probes, {}, &Probe::at);
        episode_.checks = report->checks;
        if (auto kept = keep(*report); !kept && episode_.trouble.empty()) {
            episode_.trouble = kept.error().to_string();
        }
    }

    Result<void> keep(const sandbox::RunReport& report) {
        if (ground_.keep.empty()) {
            return {};
        }
        const auto folder = ground_.keep / std::string(plan_.id);
        std::error_code failed;
        fs::create_directories(folder, failed);
        if (failed) {
            return fail(ErrorKind::io, fmt::format("{}: {}", folder.string(), failed.message()));
        }
        fs::permissions(folder, fs::perms::owner_all, failed);
        const auto& journal = box_.sandbox().journal();
        APILAB_CHECK(
            write_file_atomically(folder / "journal.ndjson", sandbox::journal_ndjson(journal)));
        APILAB_CHECK(write_file_atomically(folder / "report.json", sandbox::report_json(report)));
        auto log = log_;
        (void)mask(log, box_.secrets());
        APILAB_CHECK(write_file_atomically(folder / "service.log", log));
        episode_.kept = folder.string();
        return {};
    }

    void hide(std::string& text, std::string_view where) {
        for (const auto& name : mask(text, box_.secrets())) {
            auto leak = fmt::format("{} in {}", name, where);
            if (std::ranges::find(episode_.leaks, leak) == episode_.leaks.end()) {
                episode_.leaks.push_back(std::move(leak));
            }
        }
    }

    void hide_secrets() {
        for (auto& life : episode_.lives) {
            for (auto& line : life.log) {
                hide(line, "its log");
            }
            for (auto& argument : life.arguments) {
                hide(argument, "its arguments");
            }
        }
        hide(episode_.metrics, "its metrics");
        for (auto& probe : episode_.probes) {
            hide(probe.body, fmt::format("what it answers to {}", probe.what));
        }
        (void)mask(episode_.trouble, box_.secrets());
    }

    Ground& ground_;
    const EpisodePlan& plan_;
    fs::path folder_;
    transport::AsioTransport way_;
    EpisodeBox box_;
    runtime::TaskGroup watching_;
    /// Deliveries of the trigger.
    runtime::TaskGroup asking_;
    runtime::TaskGroup world_;
    std::unique_ptr<ServiceProcess> process_;
    const Environment environment_of_process_ = process_environment();
    Episode episode_;
    std::string log_;
    std::uint16_t port_ = 0;
    int starts_ = 0;
    int under_way_ = 0;
    /// What the next start is without; empty text: nothing.
    std::optional<std::string> without_;
    bool skip_start_ = false;
    bool skip_trigger_ = false;
    /// What the next start is to be without; null: nothing.
    const Integration* off_ = nullptr;
    /// Of the life under way.
    Duration began_{};
    /// This life began without a secret.
    bool first_start_ = false;
    bool playing_ = false;
    bool over_ = false;
};

}  // namespace

Task<Episode> run_episode(Ground& ground, const EpisodePlan& plan) {
    EpisodeRun episode(ground, plan);
    co_return co_await episode.run();
}

}  // namespace apilab::cli::checklist
