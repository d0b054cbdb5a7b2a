#include "usage.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "suggestion.hpp"

namespace apilab::cli {
namespace {

// `apilab`, `radar`, `check`: the commands that were understood, outermost first.
std::vector<const CLI::App*> understood(const CLI::App& app) {
    std::vector<const CLI::App*> path = {&app};
    while (!path.back()->get_subcommands().empty()) {
        path.push_back(path.back()->get_subcommands().front());
    }
    return path;
}

std::string words_of(const std::vector<const CLI::App*>& path) {
    std::string words;
    for (const auto* app : path) {
        words += (words.empty() ? "" : " ") + app->get_name();
    }
    return words;
}

std::vector<std::string> commands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return names;
}

std::vector<std::string> flags_of(const std::vector<const CLI::App*>& path) {
    std::vector<std::string> names;
    for (const auto* app : path) {
        for (const auto* option : app->get_options()) {
            for (const auto& name : option->get_lnames()) {
                names.push_back("--" + name);
            }
        }
    }
    return names;
}

struct Complaint {
    std::string what;
    std::string meant;
};

// About a word that was left over.
Complaint about(const std::string& word, const std::vector<const CLI::App*>& path) {
    if (word.starts_with('-')) {
        const auto name = word.substr(0, word.find('='));
        return {fmt::format("unknown flag '{}'", name), closest(name, flags_of(path))};
    }
    const auto commands = commands_of(*path.back());
    if (commands.empty()) {
        return {fmt::format("unexpected argument '{}'", word), {}};
    }
    return {fmt::format("unknown command '{}'", word), closest(word, commands)};
}

Complaint complaint(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<const CLI::App*>& path) {
    // What was typed instead says more than that something is missing.
    if (const auto words = app.remaining(true); !words.empty()) {
        return about(words.front(), path);
    }
    const bool required = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (required && !commands_of(*path.back()).empty()) {
        return {"a command is missing", {}};
    }
    std::string what = error.what();
    std::ranges::replace(what, '\n', ' ');
    return {what, {}};
}

}  // namespace

ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error, const Globals& globals) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        (void)app.exit(error);
        return ExitCode::success;
    }
    const auto path = understood(app);
    const auto [what, meant] = complaint(app, error, path);
    const auto hint = meant.empty() ? std::string() : fmt::format("did you mean {}? ", meant);
    fmt::print(stderr, "{} {} ({}see {} --help)\n", globals.err().red("error:"), what, hint,
               words_of(path));
    return ExitCode::usage;
}

}  // namespace apilab::cli
