#include "deploy/facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/secret_source.hpp"
#include "secret_shapes.hpp"

namespace apilab::cli::deploy {
namespace {

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

bool has_word(std::string_view text, std::string_view word) {
    const auto lower = ascii_lowered(text);
    for (auto at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
        const bool begins = at == 0 || !ascii_alnum(lower[at - 1]);
        const auto end = at + word.size();
        if (begins && (end == lower.size() || !ascii_alnum(lower[end]))) {
            return true;
        }
    }
    return false;
}

// What stands behind `--grace` or `--grace=` on a line.
std::optional<std::string> option_of(std::string_view line, std::string_view name) {
    const auto at = line.find(name);
    if (at == std::string_view::npos || at + name.size() >= line.size()) {
        return std::nullopt;
    }
    auto rest = line.substr(at + name.size());
    if (rest.front() != '=' && rest.front() != ' ') {
        return std::nullopt;
    }
    rest.remove_prefix(std::min(rest.find_first_not_of("= "), rest.size()));
    return std::string(rest.substr(0, rest.find(' ')));
}

bool names_grace(std::string_view name) {
    const auto lower = ascii_lowered(name);
    return lower.ends_with("grace") || lower.ends_with("grace_period") ||
           lower.ends_with("graceful_timeout") || lower.ends_with("shutdown_timeout");
}

void find_grace(Facts& facts, const std::vector<Said>& commands,
                const std::vector<SaidVariable>& environment) {
    for (const auto& [value, file, line] : commands) {
        if (const auto text = option_of(value, "--grace")) {
            facts.grace = seconds_of(*text);
            facts.grace_from = fmt::format("--grace {} in {}:{}", *text, file, line);
        }
    }
    for (const auto& [variable, file, line] : environment) {
        if (!facts.grace && names_grace(variable.name)) {
            facts.grace = seconds_of(variable.value);
            facts.grace_from =
                fmt::format("{}={} in {}:{}", variable.name, variable.value, file, line);
        }
    }
}

std::optional<Said> scheduler_of(const std::vector<Said>& commands) {
    static constexpr std::array words{std::string_view("radar"),     std::string_view("cron"),
                                      std::string_view("crond"),     std::string_view("worker"),
                                      std::string_view("scheduler"), std::string_view("sidekiq"),
                                      std::string_view("celery"),    std::string_view("beat")};
    for (const auto& command : commands) {
        for (const auto word : words) {
            if (has_word(command.value, word)) {
                return Said{std::string(word), command.file, command.line};
            }
        }
    }
    return std::nullopt;
}

// The path of a store that is a file: `sqlite:/data/x.db`, `sqlite:///data/x.db`.
std::string file_store(std::string_view text) {
    const auto at = text.find("sqlite:");
    if (at == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(at + std::string_view("sqlite:").size());
    while (text.starts_with("//")) {
        text.remove_prefix(1);
    }
    return std::string(text.substr(0, text.find_first_of(" \"'")));
}

void find_store(Facts& facts, std::string_view text, const std::string& file, std::size_t line) {
    if (auto path = file_store(text); !path.empty() && !facts.store) {
        facts.store = Said{std::move(path), file, line};
    }
    facts.store_elsewhere = facts.store_elsewhere || text.contains("postgres:") ||
                            text.contains("postgresql:") || text.contains("mysql:");
}

std::optional<Said> port_of(const Project& project) {
    if (!project.docker) {
        return std::nullopt;
    }
    std::optional<Said> port;
    for (const auto* instruction : project.docker->final_stage()) {
        if (instruction->name == "EXPOSE" && !instruction->words.empty() && !port) {
            const auto& word = instruction->words.front();
            port = Said{word.substr(0, word.find('/')), project.docker->file, instruction->line};
        }
        for (const auto& variable :
             instruction->name == "ENV" ? variables_of(*instruction) : std::vector<Variable>()) {
            if (variable.name == "PORT") {
                port = Said{variable.value, project.docker->file, instruction->line};
            }
        }
    }
    return port;
}

}  // namespace

std::vector<Said> commands_of(const Project& project) {
    std::vector<Said> commands;
    if (project.docker) {
        std::string line;
        std::size_t number = 1;
        for (const char* name : {"ENTRYPOINT", "CMD"}) {
            if (const auto* instruction = project.docker->last(name)) {
                line += (line.empty() ? "" : " ") + joined(instruction->words);
                number = instruction->line;
            }
        }
        commands.push_back({line, project.docker->file, number});
    }
    const auto add = [&](const Settings& settings, std::string_view prefix) {
        for (const auto& setting : settings.all) {
            if (setting.key.starts_with(prefix)) {
                commands.push_back({setting.value, settings.file, setting.line});
            }
        }
    };
    if (project.fly) {
        add(*project.fly, "processes.");
    }
    if (project.railway) {
        add(*project.railway, "deploy.startCommand");
    }
    for (const auto& unit : project.units) {
        add(unit, "Service.ExecStart");
    }
    return commands;
}

std::vector<SaidVariable> environment_of(const Project& project) {
    std::vector<SaidVariable> all;
    if (project.docker) {
        for (const auto& instruction : project.docker->all) {
            for (auto& variable :
                 instruction.name == "ENV" ? variables_of(instruction) : std::vector<Variable>()) {
                all.push_back({std::move(variable), project.docker->file, instruction.line});
            }
        }
    }
    if (project.fly) {
        for (const auto& setting : project.fly->all) {
            if (setting.key.starts_with("env.")) {
                all.push_back(
                    {{setting.key.substr(4), setting.value}, project.fly->file, setting.line});
            }
        }
    }
    for (const auto& unit : project.units) {
        for (const auto* setting : unit.like("Service.Environment")) {
            for (auto& variable : variables_of(setting->value)) {
                all.push_back({std::move(variable), unit.file, setting->line});
            }
        }
    }
    return all;
}

Facts facts_of(const Project& project, const CheckOptions& options) {
    auto commands = commands_of(project);
    auto environment = environment_of(project);
    Facts facts{.port = port_of(project), .scheduler = scheduler_of(commands)};
    if (options.grace) {
        facts.grace = options.grace;
        facts.grace_from = "--grace";
    } else {
        find_grace(facts, commands, environment);
    }
    // A unit keeps its data on the disk of a machine of ours, which is no matter of a platform's.
    const auto of_unit = [](const auto& said) { return said.file.ends_with(".service"); };
    std::erase_if(commands, of_unit);
    std::erase_if(environment, of_unit);
    for (const auto& [value, file, line] : commands) {
        find_store(facts, value, file, line);
    }
    for (const auto& [variable, file, line] : environment) {
        find_store(facts, variable.value, file, line);
    }
    return facts;
}

std::optional<Duration> seconds_of(std::string_view value) {
    if (!value.empty() && std::ranges::all_of(value, ascii_digit) && value.size() < 9) {
        return std::chrono::seconds(std::stoi(std::string(value)));
    }
    const auto parsed = parse_duration(value);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::optional<std::string> asks_others(std::string_view path) {
    static constexpr std::array words{
        std::string_view("status"),       std::string_view("github"),
        std::string_view("slack"),        std::string_view("notion"),
        std::string_view("npm"),          std::string_view("osv"),
        std::string_view("google"),       std::string_view("gmail"),
        std::string_view("stripe"),       std::string_view("upstream"),
        std::string_view("dependencies"), std::string_view("external")};
    if (path.contains("://")) {
        return fmt::format("{} is somebody's address, not a path of this program", path);
    }
    for (const auto word : words) {
        if (has_word(path, word)) {
            return fmt::format("{} tells of others: '{}'", path, word);
        }
    }
    return std::nullopt;
}

std::optional<std::string> eats_signals(const std::vector<std::string>& words) {
    if (words.empty()) {
        return std::nullopt;
    }
    const auto program = words.front().substr(words.front().rfind('/') + 1);
    static constexpr std::array managers{std::string_view("npm"), std::string_view("yarn"),
                                         std::string_view("pnpm"), std::string_view("npx")};
    if (std::ranges::find(managers, program) != managers.end()) {
        return fmt::format("{} starts it and does not hand signals on", program);
    }
    const bool shell = program == "sh" || program == "bash" || program == "dash";
    if (shell && words.size() > 2 && words[1].starts_with('-') && words[1].ends_with('c') &&
        !words[2].starts_with("exec ")) {
        return fmt::format("{} -c stays in front of it and gets the signals", program);
    }
    return std::nullopt;
}

std::optional<std::string> eats_signals(std::string_view line) {
    std::vector<std::string> words;
    for (const auto& [name, value] : variables_of(line)) {
        words.push_back(value.empty() ? name : name + "=" + value);
    }
    return eats_signals(words);
}

bool is_open_secret(const Variable& variable) {
    return variable_names_a_secret(variable.name) && !variable.value.empty() &&
           !variable.value.starts_with('$') && !variable.value.starts_with('%');
}

bool is_below(std::string_view path, std::string_view folder) {
    while (folder.ends_with('/')) {
        folder.remove_suffix(1);
    }
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

namespace {

void check_credentials(const Project& project, Report& report) {
    for (const auto& [file, text] : project.texts) {
        for (const auto& one : shaped_secrets(text)) {
            const auto line = 1 + std::ranges::count(text.substr(0, one.offset), '\n');
            report.add("DPL-02", file, static_cast<std::size_t>(line),
                       fmt::format("a {}", one.kind));
        }
    }
}

void check_address(const Project& project, Report& report) {
    static constexpr std::array places{std::string_view("127.0.0.1"),
                                       std::string_view("localhost")};
    static constexpr std::array options{std::string_view("--address"), std::string_view("--host"),
                                        std::string_view("--bind"), std::string_view("-b")};
    // A service of one machine may stand behind a proxy of that machine.
    const auto on_platform = [&](const std::string& file) { return !file.ends_with(".service"); };
    for (const auto& [value, file, line] : commands_of(project)) {
        for (const auto option : options) {
            const auto said = option_of(value, option);
            if (said && on_platform(file) &&
                std::ranges::any_of(places, [&](auto place) { return said->starts_with(place); })) {
                report.add("DPL-03", file, line, fmt::format("{} {}", option, *said));
            }
        }
    }
    for (const auto& [variable, file, line] : environment_of(project)) {
        const auto name = ascii_lowered(variable.name);
        if (on_platform(file) &&
            (name == "host" || name.ends_with("_address") || name.ends_with("_host") ||
             name == "bind") &&
            std::ranges::find(places, variable.value) != places.end()) {
            report.add("DPL-03", file, line, fmt::format("{}={}", variable.name, variable.value));
        }
    }
}

}  // namespace

void check_common(const Project& project, const Facts& /*facts*/, Report& report) {
    for (const auto& [file, line, reason] : project.unreadable) {
        report.add("DPL-01", file, line, reason);
    }
    check_credentials(project, report);
    check_address(project, report);
}

}  // namespace apilab::cli::deploy
