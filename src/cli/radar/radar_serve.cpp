// apilab radar serve: watches projects on a schedule and on webhooks, and tells who is to know.

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/radar/service/config_load.hpp"
#include "apilab/radar/service/service.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/work/receiver.hpp"
#include "environment.hpp"
#include "radar/radar.hpp"
#include "radar/radar_session.hpp"
#include "radar/radar_settings.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Requests that have begun; a webhook is answered within its sender's budget.
constexpr Duration answer_patience = std::chrono::seconds(2);

struct ServeFlags {
    RadarFlags radar;
    std::string ready_file;
};

constexpr std::string_view nothing_watched =
    "nothing is watched yet: name a project with --watch NAME=PATH, RADAR_WATCH or [[watch]] in "
    "radar.toml. apilab radar config explain shows every key";

/// A radar behind a server, from its first line to its last.
class Serving {
public:
    Serving(radar::Config config, const ServeFlags& flags)
        : config_(std::move(config)), flags_(flags), transport_(scheduler_, transport_options()) {}

    Result<ExitCode> run() {
        APILAB_TRY(store_, open_radar_store(config_));
        config_.simulated =
            config_.simulated || is_sandbox(scheduler_, transport_, config_.urls.osv);
        APILAB_TRY(radar_, radar::RadarService::create(config_, ground()));
        server_ = std::make_unique<server::Server>(scheduler_, radar_->web(), server_options());
        // Watched before anybody is told that we are here: who reads it may end us at once.
        const runtime::Signals signals(scheduler_, {SIGINT, SIGTERM},
                                       [this](int number) { end(number); });
        APILAB_CHECK(server_->listen());
        APILAB_CHECK(listen_for_scrapers());
        radar_->start();
        APILAB_CHECK(say_where());
        runtime::run(scheduler_, until_over());
        if (!flags_.ready_file.empty()) {
            std::error_code ignored;
            fs::remove(flags_.ready_file, ignored);
        }
        return ExitCode::success;
    }

private:
    // A second signal waits for nobody: what is on the disk is enough to go on from.
    void end(int number) {
        if (over_.is_set()) {
            std::fflush(stdout);
            std::_Exit(
                static_cast<int>(number == SIGINT ? ExitCode::interrupted : ExitCode::terminated));
        }
        over_.set();
    }

    Result<void> listen_for_scrapers() {
        if (config_.metrics_port == 0) {
            return {};
        }
        metrics_ =
            std::make_unique<server::Server>(scheduler_, radar_->metrics(),
                                             server::ServerOptions{.address = config_.address,
                                                                   .port = config_.metrics_port,
                                                                   .body_bytes_max = 0,
                                                                   .connections_max = 64});
        if (auto listening = metrics_->listen(); !listening) {
            return fail(std::move(listening).error().in("metrics_port"));
        }
        return {};
    }

    runtime::Task<void> until_over() {
        co_await scheduler_.wait(&over_, SteadyTime::max());
        runtime::TaskGroup group(scheduler_);
        group.spawn(radar_->stop());
        group.spawn(close_the_door());
        co_await group.join();
    }
    // It is not ready any more, and says so; those who send it requests learn that a little later.
    // What comes until then is taken as ever: webhooks go to the store, which is there to the end.
    runtime::Task<void> close_the_door() {
        const auto drain = radar::drain_of(config_);
        (void)co_await scheduler_.sleep_for(drain);
        if (metrics_) {
            co_await metrics_->stop(Duration::zero());
        }
        co_await server_->stop(std::min(answer_patience, config_.grace - drain));
        say("closed", "the port is closed");
    }

    [[nodiscard]] static transport::AsioTransportOptions transport_options() {
        const radar::GatherOptions lanes;
        return {.connections_per_origin =
                    lanes.npm_concurrency + lanes.osv_concurrency + lanes.github_concurrency,
                .ca_file = environment("APILAB_CA_FILE").value_or(std::string())};
    }
    [[nodiscard]] server::ServerOptions server_options() const {
        server::ServerOptions options{.address = config_.address, .port = config_.port};
        options.body_bytes_max =
            std::max(options.body_bytes_max, radar_->parts().receiver.body_max());
        options.body_timeout = std::chrono::seconds(30);
        return options;
    }
    [[nodiscard]] radar::Ground ground() {
        const auto file = radar::sqlite_path(config_);
        fs::path folder;
        if (file) {
            std::error_code ignored;
            folder = fs::absolute(*file, ignored).parent_path();
        }
        return {.scheduler = scheduler_,
                .rng = rng_,
                .transport = transport_,
                .store = *store_,
                .folder = folder,
                .log = [](std::string_view line) { print(line); },
                .disk_free = [folder]() -> std::int64_t {
                    std::error_code failed;
                    const auto space = fs::space(folder, failed);
                    return folder.empty() || failed ? -1
                                                    : static_cast<std::int64_t>(space.available);
                }};
    }

    static void print(std::string_view line) {
        fmt::print("{}\n", line);
        std::fflush(stdout);
    }
    void say(std::string_view event, std::string_view message) const {
        const auto time = http::format_iso_time(scheduler_.system_now());
        if (config_.log_format == "human") {
            print(fmt::format("{} info  {}: {}", time, event, message));
        } else {
            print(json::serialize(json::object{
                {"time", time}, {"level", "info"}, {"event", event}, {"message", message}}));
        }
    }
    Result<void> say_where() {
        const auto host =
            config_.address.contains(':') ? fmt::format("[{}]", config_.address) : config_.address;
        const auto origin = fmt::format("http://{}:{}", host, server_->port());
        say("listening", origin);
        if (config_.watches.empty()) {
            say("next", nothing_watched);
        }
        if (config_.simulated) {
            say("simulated", "the sources are a sandbox: nothing here says anything real");
        }
        if (flags_.ready_file.empty()) {
            return {};
        }
        return write_file_atomically(
            flags_.ready_file,
            json::serialize(json::object{{"url", origin}, {"pid", ::getpid()}}) + "\n");
    }

    radar::Config config_;
    const ServeFlags& flags_;
    runtime::RealScheduler scheduler_;
    SystemRng rng_;
    transport::AsioTransport transport_;
    runtime::Event over_;
    std::unique_ptr<work::Store> store_;
    std::unique_ptr<radar::RadarService> radar_;
    std::unique_ptr<server::Server> server_;
    /// Null: scrapers ask the same port as everybody.
    std::unique_ptr<server::Server> metrics_;
};

Result<ExitCode> serve(const ServeFlags& flags, const Globals& globals) {
    APILAB_TRY(auto loaded, load_radar_config(flags.radar, globals));
    for (const auto& problem : loaded.problems) {
        (void)report(problem, globals);
    }
    if (!loaded.config) {
        return ExitCode::usage;
    }
    for (const auto& note : loaded.notes) {
        if (!globals.quiet) {
            fmt::print(stderr, "note: {}\n", note);
        }
    }
    return Serving(*std::move(loaded.config), flags).run();
}

}  // namespace

void add_radar_serve(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand(
        "serve", "Watch projects on a schedule and on webhooks, and tell who is to know");
    const auto flags = std::make_shared<ServeFlags>();
    add_radar_serve_flags(*command, flags->radar);
    command->add_option("--ready-file", flags->ready_file, "Written once it accepts: its URL")
        ->type_name("FILE");
    command->footer(
        "Without any configuration it starts with nothing to watch. Every key: apilab explain\n"
        "radar-config. SIGTERM and Ctrl-C let what is under way end (grace, 4s), and it still\n"
        "answers for a moment (drain); a second one does not wait. Exit 2 where something is\n"
        "wrong with the configuration.\n\n"
        "Examples:\n  apilab radar serve --watch webshop=examples/webshop\n"
        "  apilab radar serve --config radar.toml --store sqlite:/data/radar.db --listen :8080");
    command->callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto code = serve(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
