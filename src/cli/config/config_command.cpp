// apilab config explain: what is in force here, and who said so.

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "config/settings.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

void print_json(const std::vector<ShownSetting>& settings, const std::vector<Error>& problems) {
    json::array all;
    for (const auto& setting : settings) {
        all.push_back({{"name", setting.name},
                       {"value", setting.value.empty() ? json::value() : setting.value.c_str()},
                       {"layer", setting.layer},
                       {"origin", setting.origin},
                       {"purpose", setting.purpose}});
    }
    json::array wrong;
    for (const auto& problem : problems) {
        wrong.push_back({{"problem", problem.message()}, {"remedy", problem.remedy()}});
    }
    fmt::print("{}\n",
               json::serialize(json::object{
                   {"version", 1}, {"settings", std::move(all)}, {"problems", std::move(wrong)}}));
}

ExitCode explain_config(const Globals& globals) {
    const auto settings = settings_in_force(globals);
    const auto problems = settings_problems();
    if (globals.json) {
        print_json(settings, problems);
    } else {
        Table table({"setting", "value", "from", "where", "what it is for"});
        for (const auto& setting : settings) {
            table.add({setting.name, setting.value.empty() ? "not set" : setting.value,
                       setting.layer, setting.origin, setting.purpose});
        }
        fmt::print("{}", table.to_string(globals.out()));
        std::fflush(stdout);
        for (const auto& problem : problems) {
            (void)report(problem, globals);
        }
    }
    return problems.empty() ? ExitCode::success : ExitCode::usage;
}

}  // namespace

void add_config(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("config", "What apilab is told by files and variables");
    group->require_subcommand(1);
    group->footer("Examples:\n  apilab config explain");
    auto* explain = group->add_subcommand(
        "explain", "Each setting, its value, and whether a flag, the environment, a file said it");
    explain->footer(
        "A flag comes before the environment, then apilab.toml of the project, the user's\n"
        "apilab/config.toml, the default. Of secrets only a fingerprint is shown. Exit 2 where a\n"
        "file has a mistake or a variable is close to one that is read.\n\n"
        "Examples:\n  apilab config explain\n  apilab config explain --json");
    explain->callback(
        [&globals, &action] { action = [&globals] { return explain_config(globals); }; });
}

}  // namespace apilab::cli
