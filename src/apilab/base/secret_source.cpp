#include "apilab/base/secret_source.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/command.hpp"
#include "apilab/base/dotenv.hpp"
#include "apilab/base/file.hpp"

namespace apilab {
namespace {

constexpr std::size_t dotenv_max = std::size_t{1} << 20U;

struct FileFacts {
    /// Empty where nobody but its owner may read it.
    std::string warning;
    std::optional<SystemTime> written;
};

FileFacts facts_of(const std::filesystem::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return {};
    }
    constexpr unsigned group = 070;
    constexpr unsigned others = 07;
    FileFacts facts;
    facts.written = SystemTime(std::chrono::duration_cast<SystemTime::duration>(
        std::chrono::seconds(status.st_mtim.tv_sec) +
        std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
    if ((status.st_mode & (group | others)) != 0) {
        facts.warning = fmt::format("{} is open to {} (mode {:04o}): chmod 600", path.string(),
                                    (status.st_mode & others) != 0 ? "everybody" : "its group",
                                    status.st_mode & 07777U);
    }
    return facts;
}

void drop_line_end(std::string& text) {
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    if (text.ends_with('\r')) {
        text.pop_back();
    }
}

}  // namespace

struct SecretSources::Dotenv {
    struct Kept {
        Secret value;
        std::size_t line = 0;
    };
    std::map<std::string, Kept, std::less<>> entries;
    std::optional<Error> error;
    FileFacts facts;

    // Null where it is not there or empty.
    [[nodiscard]] const Kept* entry(const std::string& name) const {
        const auto found = entries.find(name);
        return found == entries.end() || found->second.value.empty() ? nullptr : &found->second;
    }
};

std::string FoundSecret::describe() const {
    return fmt::format("{}  {}  sha256:{}", name, source, value.fingerprint());
}

SecretSources::SecretSources(Environment environment, std::filesystem::path dotenv,
                             SecretSourcesOptions options)
    : environment_(std::move(environment)), dotenv_(std::move(dotenv)), options_(options) {}

void SecretSources::set(std::string name, Secret value) {
    explicit_.insert_or_assign(std::move(name), std::move(value));
}

void SecretSources::set_command(std::string name, std::string line) {
    commands_.insert_or_assign(std::move(name), std::move(line));
}

SecretSources::Dotenv SecretSources::read_dotenv() const {
    Dotenv dotenv;
    std::error_code ignored;
    if (dotenv_.empty() || !std::filesystem::exists(dotenv_, ignored)) {
        return dotenv;
    }
    dotenv.facts = facts_of(dotenv_);
    auto text = read_file(dotenv_, dotenv_max);
    if (!text) {
        dotenv.error = std::move(text).error();  // it names the path
        return dotenv;
    }
    auto entries = parse_dotenv(*text);
    if (!entries) {
        dotenv.error = std::move(entries).error().in(dotenv_.string());
        return dotenv;
    }
    if (options_.strict && !dotenv.facts.warning.empty()) {
        dotenv.error = Error(ErrorKind::invalid_argument, dotenv.facts.warning);
        return dotenv;
    }
    for (auto& entry : *entries) {
        dotenv.entries.insert_or_assign(std::move(entry.name),
                                        Dotenv::Kept{std::move(entry.value), entry.line});
    }
    return dotenv;
}

SecretSources::Found SecretSources::from_file(const std::string& name,
                                              const std::string& path) const {
    auto text = read_file(path, file_max);
    if (!text) {
        return fail(std::move(text).error().in(name + "_FILE"));
    }
    drop_line_end(*text);
    if (text->empty()) {
        return std::nullopt;
    }
    FoundSecret found{
        .name = name, .value = Secret(*std::move(text)), .source = fmt::format("file {}", path)};
    auto facts = facts_of(path);
    found.written = facts.written;
    if (!facts.warning.empty()) {
        if (options_.strict) {
            return fail(
                Error(ErrorKind::invalid_argument, std::move(facts.warning)).in(name + "_FILE"));
        }
        found.warnings.push_back(std::move(facts.warning));
    }
    return found;
}

SecretSources::Found SecretSources::in_environment(const std::string& name) const {
    const auto variable = environment_.find(name);
    if (variable == environment_.end() || variable->second.empty()) {
        return std::nullopt;
    }
    return FoundSecret{.name = name, .value = Secret(variable->second), .source = "environment"};
}

SecretSources::Found SecretSources::in_dotenv(const Dotenv& dotenv, const std::string& name) const {
    if (dotenv.error) {
        return fail(*dotenv.error);
    }
    Found found = std::nullopt;
    if (const auto* entry = dotenv.entry(name)) {
        found = FoundSecret{.name = name,
                            .value = entry->value,
                            .source = fmt::format(".env line {}", entry->line),
                            .written = dotenv.facts.written};
    } else if (const auto* pointer = dotenv.entry(name + "_FILE")) {
        found = from_file(name, std::string(pointer->value.reveal()));
    }
    if (found && *found && !dotenv.facts.warning.empty()) {
        (*found)->warnings.push_back(dotenv.facts.warning);
    }
    return found;
}

std::string SecretSources::command_of(const Dotenv& dotenv, const std::string& name) const {
    if (const auto given = commands_.find(name); given != commands_.end()) {
        return given->second;
    }
    const auto variable = environment_.find(name + "_COMMAND");
    if (variable != environment_.end() && !variable->second.empty()) {
        return variable->second;
    }
    const auto* entry = dotenv.entry(name + "_COMMAND");
    return entry == nullptr ? std::string() : std::string(entry->value.reveal());
}

SecretSources::Found SecretSources::from_command(const std::string& name,
                                                 const std::string& line) const {
    const auto in = [&](Error error) {
        return fail(std::move(error).in(fmt::format("the command for {}", name)));
    };
    auto words = split_command(line);
    if (!words) {
        return in(std::move(words).error());
    }
    const std::string program = words->front();
    auto output = run_command(*std::move(words), environment_lines());
    if (!output) {
        return in(std::move(output).error());
    }
    if (output->truncated) {
        return in({ErrorKind::too_large, fmt::format("'{}' printed more than 64 KiB", program)});
    }
    if (output->exit_code != 0) {
        return in(
            {ErrorKind::io, fmt::format("'{}' ended with code {}", program, output->exit_code)});
    }
    drop_line_end(output->text);
    if (output->text.empty()) {
        return std::nullopt;
    }
    return FoundSecret{.name = name,
                       .value = Secret(std::move(output->text)),
                       .source = fmt::format("command {}", program)};
}

// With `all` they are asked to the end; else to the first that answers.
std::vector<SecretSources::Place> SecretSources::places(const Dotenv& dotenv,
                                                        const std::string& name, bool all) const {
    std::vector<Place> places;
    bool decided = false;
    const auto note = [&](std::string place, Found found) {
        if (found && *found && options_.scrubber != nullptr &&
            options_.scrubber->add((*found)->value) == Scrubber::Added::too_short) {
            (*found)->warnings.push_back(fmt::format(
                "shorter than {} bytes: not looked for in what is printed", Scrubber::value_min));
        }
        decided = decided || !found || *found;
        places.push_back({std::move(place), std::move(found)});
        return decided && !all;
    };
    if (const auto given = explicit_.find(name); given != explicit_.end()) {
        if (note("given", FoundSecret{.name = name, .value = given->second, .source = "given"})) {
            return places;
        }
    }
    if (note("environment " + name, in_environment(name))) {
        return places;
    }
    const auto file = environment_.find(name + "_FILE");
    const bool has_file = file != environment_.end() && !file->second.empty();
    if (note(fmt::format("environment {}_FILE", name),
             has_file ? from_file(name, file->second) : Found(std::nullopt))) {
        return places;
    }
    if (note(dotenv_.empty() ? ".env" : dotenv_.string(), in_dotenv(dotenv, name))) {
        return places;
    }
    const auto line = command_of(dotenv, name);
    const bool allowed = options_.commands || commands_.contains(name);
    std::string place = "command";
    if (!line.empty() && (decided || !allowed)) {
        place += allowed ? " (not run)" : " (commands are off)";
    }
    const bool runs = !line.empty() && allowed && !decided;
    (void)note(std::move(place), runs ? from_command(name, line) : Found(std::nullopt));
    return places;
}

std::vector<SecretSources::Place> SecretSources::places(const std::string& name) const {
    return places(read_dotenv(), name, true);
}

SecretSources::Found SecretSources::find(const Dotenv& dotenv, const std::string& name) const {
    return std::move(places(dotenv, name, false).back().found);
}

Result<std::optional<FoundSecret>> SecretSources::find(const std::string& name) const {
    return find(read_dotenv(), name);
}

Result<std::vector<FoundSecret>> SecretSources::require(
    std::span<const WantedSecret> wanted) const {
    const auto dotenv = read_dotenv();
    std::vector<FoundSecret> all;
    std::string missing;
    std::string unreadable;
    std::string detail;
    for (const auto& [name, purpose] : wanted) {
        auto found = find(dotenv, name);
        if (found && *found) {
            all.push_back(**std::move(found));
            continue;
        }
        detail += (detail.empty() ? "" : ",") + name;
        auto what = name + (purpose.empty() ? "" : fmt::format(" [{}]", purpose));
        if (found) {
            what += command_of(dotenv, name).empty() || options_.commands
                        ? ""
                        : fmt::format(" ({}_COMMAND is set, and commands are off)", name);
            missing += (missing.empty() ? "" : ", ") + what;
        } else {
            unreadable += fmt::format("{}{} ({})", unreadable.empty() ? "" : ", ", what,
                                      found.error().to_string());
        }
    }
    if (detail.empty()) {
        return all;
    }
    std::string message = missing.empty() ? "" : "not set: " + missing;
    if (!unreadable.empty()) {
        message += (message.empty() ? "" : "; ") + fmt::format("cannot be read: {}", unreadable);
    }
    return fail(Error(ErrorKind::invalid_argument, std::move(message))
                    .with_detail(std::move(detail))
                    .with_remedy("set NAME, or NAME_FILE to the path of a file, or write it into "
                                 ".env"));
}

Result<std::vector<FoundSecret>> SecretSources::require(
    std::initializer_list<WantedSecret> wanted) const {
    return require(std::span(wanted.begin(), wanted.size()));
}

Result<std::vector<FoundSecret>> SecretSources::require(
    const std::vector<std::string>& names) const {
    std::vector<WantedSecret> wanted;
    std::ranges::transform(names, std::back_inserter(wanted),
                           [](const auto& name) { return WantedSecret{name, {}}; });
    return require(std::span<const WantedSecret>(wanted));
}

bool variable_names_a_secret(std::string_view name) {
    static constexpr std::array parts{
        std::string_view("token"),      std::string_view("secret"),
        std::string_view("password"),   std::string_view("passwd"),
        std::string_view("apikey"),     std::string_view("api_key"),
        std::string_view("access_key"), std::string_view("credential"),
        std::string_view("cookie")};
    static constexpr std::array ends{
        std::string_view("_key"), std::string_view("_pass"),      std::string_view("_pat"),
        std::string_view("_pem"), std::string_view("_code"),      std::string_view("_verifier"),
        std::string_view("_pwd"), std::string_view("_assertion"), std::string_view("_auth")};
    static constexpr std::array harmless{
        std::string_view("_file"), std::string_view("_path"),    std::string_view("_dir"),
        std::string_view("_url"),  std::string_view("_uri"),     std::string_view("_id"),
        std::string_view("_name"), std::string_view("_type"),    std::string_view("_ttl"),
        std::string_view("_host"), std::string_view("_command"), std::string_view("_header")};
    const auto lower = ascii_lowered(name);
    const auto ends_so = [&](std::string_view end) { return lower.ends_with(end); };
    const auto has = [&](std::string_view part) { return lower.contains(part); };
    return std::ranges::none_of(harmless, ends_so) &&
           (std::ranges::any_of(parts, has) || std::ranges::any_of(ends, ends_so));
}

void add_secrets(Scrubber& scrubber, const Environment& environment) {
    for (const auto& [name, value] : environment) {
        if (variable_names_a_secret(name)) {
            scrubber.add(Secret(value));
        }
        const auto scheme = value.find("://");
        if (scheme == std::string::npos) {
            continue;
        }
        const auto authority = std::string_view(value).substr(scheme + 3);
        const auto user = authority.substr(0, authority.substr(0, authority.find('/')).rfind('@'));
        const auto colon = user.find(':');
        if (user.size() < authority.size() && colon != std::string_view::npos) {
            scrubber.add(Secret(std::string(user.substr(colon + 1))));
        }
    }
}

}  // namespace apilab
