// apilab radar config: what a radar is told here, who said it, and what is wrong with it.

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>

#include "call/call_run.hpp"
#include "radar/radar.hpp"
#include "radar/radar_settings.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

json::array problems_json(const radar::ConfigLoad& loaded) {
    json::array all;
    for (const auto& problem : loaded.problems) {
        all.push_back({{"key", problem.detail()},
                       {"problem", problem.message()},
                       {"remedy", problem.remedy()}});
    }
    return all;
}

json::array notes_json(const radar::ConfigLoad& loaded) {
    json::array all;
    for (const auto& note : loaded.notes) {
        all.push_back(json::string(note));
    }
    return all;
}

ExitCode say_problems(const radar::ConfigLoad& loaded, const Globals& globals) {
    std::fflush(stdout);
    for (const auto& note : loaded.notes) {
        if (!globals.quiet) {
            fmt::print(stderr, "note: {}\n", note);
        }
    }
    for (const auto& problem : loaded.problems) {
        (void)report(problem, globals);
    }
    return loaded.problems.empty() ? ExitCode::success : ExitCode::usage;
}

ExitCode code_of(const radar::ConfigLoad& loaded) {
    return loaded.problems.empty() ? ExitCode::success : ExitCode::usage;
}

Result<ExitCode> check(const RadarFlags& flags, const Globals& globals) {
    auto loaded = load_radar_config(flags, globals);
    if (!loaded) {
        return fail(std::move(loaded).error());
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(json::object{{"version", 1},
                                                        {"ok", loaded->problems.empty()},
                                                        {"problems", problems_json(*loaded)},
                                                        {"notes", notes_json(*loaded)}}));
        return code_of(*loaded);
    }
    if (loaded->config && !globals.quiet) {
        const auto& config = *loaded->config;
        fmt::print("good: {} projects, {} senders of webhooks{}{}{}\n", config.watches.size(),
                   config.webhooks.size(), config.slack ? ", Slack" : "",
                   config.notion ? ", Notion" : "", config.gmail ? ", Gmail" : "");
    }
    return say_problems(*loaded, globals);
}

Result<ExitCode> explain(const RadarFlags& flags, const Globals& globals) {
    auto loaded = load_radar_config(flags, globals);
    if (!loaded) {
        return fail(std::move(loaded).error());
    }
    if (globals.json) {
        json::array settings;
        for (const auto& value : loaded->values) {
            const auto* key = radar::find_config_key(value.name);
            settings.push_back(
                {{"name", value.name},
                 {"value", value.value.empty() ? json::value() : json::value(value.value)},
                 {"origin", value.origin},
                 {"secret", key != nullptr && radar::is_secret(*key)},
                 {"purpose", key == nullptr ? "a project that is watched" : key->purpose}});
        }
        fmt::print("{}\n", json::serialize(json::object{{"version", 1},
                                                        {"settings", std::move(settings)},
                                                        {"problems", problems_json(*loaded)},
                                                        {"notes", notes_json(*loaded)}}));
        return code_of(*loaded);
    }
    Table table({"key", "value", "from", "what it is for"});
    for (const auto& value : loaded->values) {
        const auto* key = radar::find_config_key(value.name);
        table.add({without_controls(value.name),
                   value.value.empty() ? "not set" : without_controls(value.value), value.origin,
                   std::string(key == nullptr ? "a project that is watched" : key->purpose)});
    }
    fmt::print("{}", table.to_string(globals.out()));
    return say_problems(*loaded, globals);
}

template <auto function>
void on_call(CLI::App& command, const Globals& globals, Action& action) {
    const auto flags = std::make_shared<RadarFlags>();
    add_radar_serve_flags(command, *flags);
    command.callback([&action, &globals, flags] {
        action = [&globals, flags] {
            const auto code = function(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace

void add_radar_config(CLI::App& group, const Globals& globals, Action& action) {
    auto* config = group.add_subcommand("config", "What radar serve is told, and what is wrong");
    config->require_subcommand(1);
    config->footer(
        "Examples:\n  apilab radar config check\n"
        "  apilab radar config explain --config radar.toml");
    auto* checked =
        config->add_subcommand("check", "All that is wrong at once, each with its place");
    checked->footer(
        "Exit 2 where radar serve would not start.\n\n"
        "Examples:\n  apilab radar config check --config radar.toml\n"
        "  apilab radar config check --json");
    on_call<check>(*checked, globals, action);
    auto* explained = config->add_subcommand("explain", "Each key, its value, and who said it");
    explained->footer(
        "A flag comes before the environment, then the TOML file, the default. Of secrets only a\n"
        "fingerprint is shown.\n\n"
        "Examples:\n  apilab radar config explain\n"
        "  RADAR_SCHEDULE='every 1h' apilab radar config explain --json");
    on_call<explain>(*explained, globals, action);
}

}  // namespace apilab::cli
