// apilab sandbox: the group, and what only shows something. Serving, judging, recording and what
// steers a running one stand in sandbox/.

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/base/scrubbed_stdio.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "command.hpp"
#include "sandbox/sandbox_admin.hpp"
#include "sandbox/sandbox_commands.hpp"
#include "sandbox_setup.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

ExitCode print_json(const json::object& object) {
    fmt::print("{}\n", json::serialize(object));
    return ExitCode::success;
}

ExitCode print_exports(const std::string& ready_file, const Globals& globals) {
    const auto variables = running_sandbox(ready_file);
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

}  // namespace

void add_sandbox(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("sandbox", "Emulated providers that misbehave, and a judge");
    group->require_subcommand(1);
    const auto choose = [&action](auto&& function) {
        action = std::forward<decltype(function)>(function);
    };
    add_sandbox_serve(*group, globals, action);
    add_sandbox_run(*group, globals, action);
    add_sandbox_matrix(*group, globals, action);

    auto* env_command =
        group->add_subcommand("env", "The running sandbox's addresses as shell exports");
    const auto ready = add_ready_file(*env_command);
    env_command->callback(
        [=, &globals] { choose([=, &globals] { return print_exports(*ready, globals); }); });

    add_sandbox_journal(*group, globals, action);
    auto* scenario_command =
        group->add_subcommand("scenario", "What the sandbox can do to a client");
    scenario_command->require_subcommand(1);
    scenario_command->add_subcommand("list", "The built-in scenarios")->callback([=, &globals] {
        choose([&globals] { return list_scenarios(globals); });
    });
    group->add_subcommand("checks", "What the judge looks at")->callback([=, &globals] {
        choose([&globals] { return list_checks(globals); });
    });
    add_sandbox_services(*group, globals, action);
    add_sandbox_chaos(*group, globals, action);
    add_sandbox_clock(*group, globals, action);
    add_sandbox_record(*group, globals, action);
}

}  // namespace apilab::cli
