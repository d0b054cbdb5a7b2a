// apilab sandbox serve | env | journal | scenario list | checks; the rest has files of its own

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "apilab/base/scrubbed_stdio.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/blocking.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "command.hpp"
#include "environment.hpp"
#include "sandbox_run.hpp"
#include "sandbox_setup.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

ExitCode print_json(const json::object& object) {
    fmt::print("{}\n", json::serialize(object));
    return ExitCode::success;
}

struct ServeFlags {
    SandboxFlags sandbox;
    std::uint16_t port = 4010;
    std::uint16_t admin_port = 4011;
    std::optional<std::uint16_t> foreign_port;
    std::optional<std::uint16_t> tls_port;
    int speed = 1;
    std::string ready_file = default_ready_file;
};

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
        (void)print_json(object);
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
    runtime::run(scheduler, host.stop(std::chrono::seconds(2) * flags.speed));
    return ended_by == SIGTERM || ended_by == SIGINT ? ExitCode::success : ExitCode::internal;
}

Result<sandbox::Environment> running_sandbox(const std::string& ready_file) {
    auto environment = sandbox::read_ready_file(ready_file);
    if (!environment) {
        return fail(Error(ErrorKind::invalid_argument,
                          "no sandbox is running here: " + environment.error().to_string())
                        .with_remedy("start one: apilab sandbox serve"));
    }
    return environment;
}

std::string value_of(const sandbox::Environment& variables, std::string_view name) {
    for (const auto& [key, value] : variables) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

Result<std::string> ask_admin(const std::string& ready_file, std::string_view path) {
    sandbox::Environment variables;
    if (const auto url = environment("APILAB_ADMIN_URL")) {
        variables = {{"APILAB_ADMIN_URL", *url},
                     {"APILAB_ADMIN_TOKEN", environment("APILAB_ADMIN_TOKEN").value_or("")}};
    } else {
        APILAB_TRY(variables, running_sandbox(ready_file));
    }
    APILAB_TRY(auto client, client::blocking::Client::create());
    APILAB_TRY(auto url,
               http::Url::parse(value_of(variables, "APILAB_ADMIN_URL") + std::string(path)));
    auto request = http::Request::get(std::move(url));
    request.header("authorization", "Bearer " + value_of(variables, "APILAB_ADMIN_TOKEN"));
    APILAB_TRY(const auto reply, client.send(std::move(request)));
    APILAB_TRY(auto checked, reply.error_for_status());
    return std::move(checked).body();
}

ExitCode print_journal(const Result<std::string>& text, const Globals& globals) {
    if (!text) {
        return report(text.error(), globals);
    }
    fmt::print("{}", *text);
    if (globals.json) {
        fmt::print("{{\"type\":\"result\",\"rows\":{}}}\n", std::ranges::count(*text, '\n'));
    }
    return ExitCode::success;
}

ExitCode print_exports(const ServeFlags& flags, const Globals& globals) {
    const auto variables = running_sandbox(flags.ready_file);
    if (!variables) {
        return report(variables.error(), globals);
    }
    if (globals.json) {
        json::object object;
        for (const auto& [name, value] : *variables) {
            object[name] = value;
        }
        return print_unscrubbed(json::serialize(object) + "\n") ? ExitCode::success
                                                                : ExitCode::failure;
    }
    // Somebody asks for exactly this: credentials that may be among our own secrets.
    return print_unscrubbed(sandbox::shell_exports(*variables)) ? ExitCode::success
                                                                : ExitCode::failure;
}

ExitCode list_scenarios(const Globals& globals) {
    if (globals.json) {
        json::array all;
        for (const auto& scenario : sandbox::built_in_scenarios()) {
            all.push_back({{"name", scenario.name}, {"description", scenario.description}});
        }
        return print_json({{"version", 1}, {"scenarios", std::move(all)}});
    }
    Table table({"scenario", "what it does"});
    for (const auto& scenario : sandbox::built_in_scenarios()) {
        table.add({scenario.name, scenario.description});
    }
    fmt::print("{}", table.to_string(globals.out()));
    return ExitCode::success;
}

ExitCode list_checks(const Globals& globals) {
    if (globals.json) {
        json::array all;
        for (const auto& check : sandbox::all_checks()) {
            const auto& card = check->card();
            all.push_back({{"id", card.id},
                           {"kind", to_string(card.kind)},
                           {"title", card.title},
                           {"source", card.source}});
        }
        return print_json({{"version", 1}, {"checks", std::move(all)}});
    }
    Table table({"check", "kind", "a client passes that", "source"});
    for (const auto& check : sandbox::all_checks()) {
        const auto& card = check->card();
        table.add({std::string(card.id), std::string(to_string(card.kind)), std::string(card.title),
                   std::string(card.source)});
    }
    fmt::print("{}", table.to_string(globals.out()));
    return ExitCode::success;
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
        .add_flag("--auto-consent,!--ask-consent", flags.sandbox.auto_consent,
                  "At /oauth the user consents without a page (as is), or is asked")
        ->envname("OAUTH_AUTO_CONSENT");
    command.add_option("--ready-file", flags.ready_file, "Written once everything accepts")
        ->capture_default_str();
}

}  // namespace

void add_sandbox(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("sandbox", "Emulated providers that misbehave, and a judge");
    group->require_subcommand(1);
    const auto flags = std::make_shared<ServeFlags>();
    const auto choose = [&action](auto&& function) {
        action = std::forward<decltype(function)>(function);
    };

    auto* serve_command = group->add_subcommand("serve", "Serve until Ctrl-C");
    add_serve_flags(*serve_command, *flags);
    serve_command->callback(
        [=, &globals] { choose([=, &globals] { return serve(*flags, globals); }); });

    add_sandbox_run(*group, globals, action);
    add_sandbox_matrix(*group, globals, action);

    auto* env_command =
        group->add_subcommand("env", "The running sandbox's addresses as shell exports");
    env_command->add_option("--ready-file", flags->ready_file)->capture_default_str();
    env_command->callback(
        [=, &globals] { choose([=, &globals] { return print_exports(*flags, globals); }); });

    auto* journal_command =
        group->add_subcommand("journal", "The running sandbox's journal as NDJSON");
    journal_command->add_option("--ready-file", flags->ready_file)->capture_default_str();
    journal_command->callback([=, &globals] {
        choose([=, &globals] {
            return print_journal(ask_admin(flags->ready_file, "/_sandbox/journal"), globals);
        });
    });

    auto* scenario_command =
        group->add_subcommand("scenario", "What the sandbox can do to a client");
    scenario_command->require_subcommand(1);
    scenario_command->add_subcommand("list", "The built-in scenarios")->callback([=, &globals] {
        choose([&globals] { return list_scenarios(globals); });
    });
    group->add_subcommand("checks", "What the judge looks at")->callback([=, &globals] {
        choose([&globals] { return list_checks(globals); });
    });
}

}  // namespace apilab::cli
