#include "usage.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

// The words between two marks, at commas.
std::vector<std::string> words_between(std::string_view text, std::size_t from, std::size_t to) {
    std::vector<std::string> words;
    for (std::string_view rest = text.substr(from, to - from); !rest.empty();) {
        const auto end = std::min(rest.find(','), rest.size());
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return words;
}

// A value that is not among those of its flag, which the parser says as
// `--color: yelow not in {auto,always,never}`.
std::optional<Complaint> about_value(std::string_view what) {
    constexpr std::string_view mark = " not in {";
    const auto name_end = what.find(": ");
    const auto at = what.rfind(mark);
    if (name_end == std::string_view::npos || at == std::string_view::npos || at < name_end ||
        !what.ends_with('}')) {
        return std::nullopt;
    }
    const auto values = words_between(what, at + mark.size(), what.size() - 1);
    const auto value = what.substr(std::min(name_end + 2, at), at - std::min(name_end + 2, at));
    return Complaint{fmt::format("{}: '{}' is none of {}", what.substr(0, name_end), value,
                                 fmt::join(values, ", ")),
                     closest(value, values)};
}

bool wants_help(std::span<const char* const> arguments) {
    for (const std::string_view word : arguments) {
        if (word == "--") {
            break;  // what follows is another program's
        }
        if (word == "-h" || word == "--help") {
            return true;
        }
    }
    return false;
}

Complaint complaint(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<const CLI::App*>& path) {
    // What was typed instead says more than that something is missing.
    if (const auto words = app.remaining(true); !words.empty()) {
        return about(words.front(), path);
    }
    const bool required = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (const auto commands = commands_of(*path.back()); required && !commands.empty()) {
        constexpr std::size_t fit_a_line = 12;  // more are for the help
        const auto which = commands.size() > fit_a_line
                               ? std::string()
                               : fmt::format(": {}", fmt::join(commands, ", "));
        return {"a command is missing" + which, {}};
    }
    std::string what = error.what();
    std::ranges::replace(what, '\n', ' ');
    if (auto value = about_value(what)) {
        return *std::move(value);
    }
    return {what, {}};
}

}  // namespace

ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error,
                      std::span<const char* const> arguments, const Globals& globals) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        (void)app.exit(error);
        return ExitCode::success;
    }
    if (wants_help(arguments)) {
        (void)app.exit(CLI::CallForHelp());
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
