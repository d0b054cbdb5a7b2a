// apilab sandbox serve

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/host.hpp"
#include "command.hpp"
#include "sandbox/sandbox_commands.hpp"
#include "sandbox_setup.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

struct ServeFlags {
    SandboxFlags sandbox;
    std::uint16_t port = 4010;
    std::uint16_t admin_port = 4011;
    std::optional<std::uint16_t> foreign_port;
    std::optional<std::uint16_t> tls_port;
    int speed = 1;
    std::string clock = "real";
    std::vector<std::string> listen;
    std::string ready_file = default_ready_file;
};

using OwnPorts = std::vector<std::pair<std::string, std::uint16_t>>;

Result<OwnPorts> own_ports(const std::vector<std::string>& words) {
    OwnPorts ports;
    for (const auto& word : words) {
        const auto sign = std::min(word.find('='), word.size());
        const auto number = std::string_view(word).substr(std::min(sign + 1, word.size()));
        std::uint16_t port = 0;
        const auto [end, code] =
            std::from_chars(number.data(), number.data() + number.size(), port);
        if (sign == 0 || code != std::errc() || end != number.data() + number.size()) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("--listen: '{}' is no PROVIDER=PORT", word))
                            .with_remedy("such as --listen slack=4020"));
        }
        ports.emplace_back(word.substr(0, sign), port);
    }
    return ports;
}

void print_addresses(const sandbox::Sandbox& box, const sandbox::SandboxHost& host,
                     const ServeFlags& flags, const Globals& globals) {
    if (globals.quiet) {
        return;
    }
    if (globals.json) {
        json::object object{{"version", 1},
                            {"scenario", box.run().scenario},
                            {"seed", box.run().seed},
                            {"ready_file", flags.ready_file}};
        fmt::print("{}\n", json::serialize(object));
        std::fflush(stdout);
        return;
    }
    Table table({"name", "value"});
    for (const auto& [name, value] : host.environment()) {
        table.add({name, name == "APILAB_ADMIN_TOKEN" ? "(in the ready file)" : value});
    }
    fmt::print("sandbox  scenario {}, seed {}\n{}", box.run().scenario, box.run().seed,
               table.to_string(globals.out()));
    // To be pasted in any folder.
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    fmt::print(
        "\nIn another terminal: eval \"$({} sandbox env --ready-file {})\"\nCtrl-C ends it.\n",
        program.empty() ? "apilab" : program.string(),
        std::filesystem::absolute(flags.ready_file, ignored).string());
    std::fflush(stdout);
}

ExitCode serve(const ServeFlags& flags, const Globals& globals) {
    runtime::RealScheduler scheduler(flags.speed);
    if (flags.clock == "virtual") {
        scheduler.freeze_at(runtime::VirtualScheduler::default_start());
    }
    const auto listen = own_ports(flags.listen);
    if (!listen) {
        return report(listen.error(), globals);
    }
    const auto box = make_sandbox(scheduler, flags.sandbox);
    if (!box) {
        return report(box.error(), globals);
    }
    const std::filesystem::path ready = flags.ready_file;
    if (ready.has_parent_path()) {
        std::error_code ignored;  // writing the file says it better
        std::filesystem::create_directories(ready.parent_path(), ignored);
    }
    sandbox::SandboxHost host(
        scheduler, **box,
        {.port = flags.port,
         .admin_port = flags.admin_port,
         .foreign_port = flags.foreign_port.value_or(flags.port == 0 ? 0 : 4013),
         .tls_port = flags.tls_port.value_or(flags.port == 0 ? 0 : 4012),
         .listen = *listen,
         .ready_file = ready,
         .key_dir = ready.parent_path() / "sandbox-keys"});
    int ended_by = 0;
    {
        // Watched before the ready file says that we are here: who reads it may end us at once.
        const runtime::Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int number) {
            ended_by = number;
            scheduler.stop();
        });
        if (const auto started = host.start(); !started) {
            return report(started.error(), globals);
        }
        print_addresses(**box, host, flags, globals);
        scheduler.run();
    }
    scheduler.resume();  // else what waits for the clock would never end
    runtime::run(scheduler, host.stop(std::chrono::seconds(2) * flags.speed));
    return ended_by == SIGTERM || ended_by == SIGINT ? ExitCode::success : ExitCode::internal;
}

void add_serve_flags(CLI::App& command, ServeFlags& flags) {
    add_world_flags(command, flags.sandbox);
    command.add_option("--port", flags.port, "Data port; 0 for a free one")->capture_default_str();
    command.add_option("--admin-port", flags.admin_port, "Admin port; 0 for a free one")
        ->capture_default_str();
    command.add_option("--foreign-port", flags.foreign_port,
                       "Port of another origin, for redirects that lead away; 4013, or a free one");
    command.add_option("--tls-port", flags.tls_port,
                       "The same over TLS, and hosts with bad certificates; 4012, or a free one");
    command
        .add_option("--speed", flags.speed,
                    "So many seconds of the sandbox in one of yours, for what takes hours")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command
        .add_option("--clock", flags.clock,
                    "real, or virtual: from 2026-01-01 on it stands until `sandbox clock advance`")
        ->check(CLI::IsMember({"real", "virtual"}))
        ->capture_default_str();
    command
        .add_option("--listen", flags.listen,
                    "PROVIDER=PORT: a port of its own, without prefix; 0 for a free one")
        ->type_name("PROVIDER=PORT");
    command
        .add_flag("--auto-consent,!--ask-consent", flags.sandbox.auto_consent,
                  "At /oauth the user consents without a page (as is), or is asked")
        ->envname("OAUTH_AUTO_CONSENT");
    command.add_option("--ready-file", flags.ready_file, "Written once everything accepts")
        ->capture_default_str();
}

}  // namespace

void add_sandbox_serve(CLI::App& group, const Globals& globals, Action& action) {
    auto* command = group.add_subcommand("serve", "Serve until Ctrl-C");
    const auto flags = std::make_shared<ServeFlags>();
    add_serve_flags(*command, *flags);
    command->callback(
        [=, &globals, &action] { action = [=, &globals] { return serve(*flags, globals); }; });
}

}  // namespace apilab::cli
