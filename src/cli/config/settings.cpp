#include "config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "apilab/base/environment.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "auth/auth.hpp"
#include "call/call.hpp"
#include "call/session.hpp"
#include "environment.hpp"
#include "secrets.hpp"
#include "settings_file.hpp"
#include "source_urls.hpp"
#include "suggestion.hpp"
#include "trace/trace_place.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;

std::string layer_of(const Setting& setting) {
    if (setting.origin == "default") {
        return "default";
    }
    if (setting.of_project) {
        return "project";
    }
    // A file is named by its whole path, a variable by its name.
    return setting.origin.starts_with('/') ? "user" : "environment";
}

ShownSetting address(const std::string& key) {
    ShownSetting shown{.name = "urls." + key,
                       .value = {},
                       .layer = "none",
                       .origin = "-",
                       .purpose = fmt::format("where {} is", key)};
    const auto found = provider_url(key, provider_address(key));
    if (!found) {
        // Nothing is wrong where there is none; a file that cannot be read hides what would be.
        const bool none = SettingsFiles::read().has_value();
        shown.layer = none ? "none" : "error";
        shown.origin = none ? fmt::format("set {}", url_variable(key)) : "a file has a mistake";
        return shown;
    }
    // What is no URL may hold a password.
    const auto url = http::Url::parse(found->value);
    shown.value = url ? url->without_query() : "(no URL)";
    shown.layer = layer_of(*found);
    shown.origin = found->origin;
    return shown;
}

// By the first of these variables that is set.
ShownSetting place(std::string name, const std::optional<fs::path>& path,
                   std::initializer_list<std::string_view> variables, std::string purpose) {
    ShownSetting shown{.name = std::move(name),
                       .value = path ? path->string() : std::string(),
                       .layer = path ? "default" : "none",
                       .origin = path ? "below HOME" : "HOME is not set",
                       .purpose = std::move(purpose)};
    for (const auto variable : variables) {
        if (environment(variable)) {
            shown.layer = "environment";
            shown.origin = std::string(variable);
            break;
        }
    }
    return shown;
}

std::optional<fs::path> user_settings() {
    if (const auto base = environment("XDG_CONFIG_HOME")) {
        return fs::path(*base) / "apilab" / "config.toml";
    }
    if (const auto home = environment("HOME")) {
        return fs::path(*home) / ".config" / "apilab" / "config.toml";
    }
    return std::nullopt;
}

void add_places(std::vector<ShownSetting>& all) {
    const auto sessions = session_folder();
    all.push_back(place("settings", user_settings(), {"XDG_CONFIG_HOME"}, "the user's own file"));
    all.push_back(place("traces", trace_store_path(), {"APILAB_TRACES", "XDG_STATE_HOME"},
                        "calls that are kept"));
    all.push_back(place("tokens", token_folder(), {"APILAB_TOKENS", "XDG_STATE_HOME"},
                        "what apilab auth keeps"));
    all.push_back(place("sessions", sessions ? std::optional(*sessions) : std::nullopt,
                        {"APILAB_SESSIONS", "XDG_STATE_HOME"}, "what apilab call --session keeps"));
}

ShownSetting variable(std::string name, std::string_view variable, std::string purpose) {
    const auto value = environment(variable);
    return {.name = std::move(name),
            .value = value.value_or(""),
            .layer = value ? "environment" : "none",
            .origin = value ? std::string(variable) : "-",
            .purpose = std::move(purpose)};
}

// In the order in which Terminal::of looks.
ShownSetting colour(const Globals& globals) {
    ShownSetting shown{.name = "color",
                       .value = globals.color,
                       .layer = "flag",
                       .origin = "--color",
                       .purpose = "when output is coloured"};
    if (globals.color != "auto") {
        return shown;
    }
    const auto force = environment("CLICOLOR_FORCE");
    shown.layer = "environment";
    if (environment("NO_COLOR") || environment("TERM") == "dumb") {
        shown.value = "never";
        shown.origin = environment("NO_COLOR") ? "NO_COLOR" : "TERM";
    } else if (force && *force != "0") {
        shown.value = "always";
        shown.origin = "CLICOLOR_FORCE";
    } else {
        shown.layer = "default";
        shown.origin = "default";
    }
    return shown;
}

ShownSetting secret(const WantedSecret& wanted, const SecretSources& sources) {
    ShownSetting shown{.name = wanted.name,
                       .value = {},
                       .layer = "none",
                       .origin = "-",
                       .purpose = wanted.purpose};
    const auto found = sources.find(wanted.name);
    if (!found) {
        shown.layer = "error";
        shown.origin = found.error().to_string();
    } else if (*found) {
        shown.value = "sha256:" + (*found)->value.fingerprint();
        shown.layer = (*found)->source.starts_with(".env") ? "project" : "environment";
        shown.origin = (*found)->source;
    }
    return shown;
}

// All that something of ours reads, without APILAB_ in front: also what a sandbox hands to the
// programs it runs.
std::vector<std::string> known_variables() {
    std::vector<std::string> names = {"ADMIN_TOKEN",
                                      "ADMIN_URL",
                                      "API_KEY_FILE",
                                      "API_TOKEN_COMMAND",
                                      "CA_FILE",
                                      "DATA",
                                      "EVERY_CHECK",
                                      "FOREIGN_URL",
                                      "GOOGLE_TOKEN_URL",
                                      "GITHUB_TOKEN",
                                      "GOLDEN",
                                      "JOBS",
                                      "OAUTH_CODE",
                                      "RUNS",
                                      "SESSIONS",
                                      "THINGS_URL",
                                      "TLS_EXPIRED_URL",
                                      "TLS_OLD_URL",
                                      "TLS_SELF_SIGNED_URL",
                                      "TLS_URL",
                                      "TLS_WRONG_HOST_URL",
                                      "TOKENS",
                                      "TRACES",
                                      "UPDATE_GOLDEN"};
    constexpr std::string_view prefix = "APILAB_";
    const auto add = [&](std::string_view name) {
        if (name.starts_with(prefix)) {
            names.emplace_back(name.substr(prefix.size()));
        }
    };
    for (const auto& [name, value] : sandbox::seed_credentials(1)) {
        add(name);
    }
    for (const auto& key : sandbox::key_files()) {
        add(key.variable);
    }
    for (const auto& key : url_keys()) {
        names.push_back(url_variable(key).substr(std::string_view("APILAB_").size()));
    }
    return names;
}

}  // namespace

std::vector<ShownSetting> settings_in_force(const Globals& globals) {
    std::vector<ShownSetting> all;
    for (const auto& key : url_keys()) {
        all.push_back(address(key));
    }
    add_places(all);
    all.push_back(variable("ca_file", "APILAB_CA_FILE", "certificates trusted as well"));
    all.push_back(variable("pager", "PAGER", "what shows long pages on a terminal"));
    all.push_back(colour(globals));
    // The value of a .env file is looked for where `apilab secrets check` looks.
    const auto sources = SecretsFlags().sources();
    for (const auto& wanted : own_secrets()) {
        all.push_back(secret(wanted, sources));
    }
    return all;
}

std::vector<Error> variable_problems() {
    std::vector<Error> problems;
    constexpr std::string_view prefix = "APILAB_";
    const auto known = known_variables();
    for (const auto& [name, value] : process_environment()) {
        if (!name.starts_with(prefix)) {
            continue;
        }
        const auto rest = name.substr(prefix.size());
        const auto meant = closest(rest, known);
        if (!meant.empty() && meant != rest && std::ranges::find(known, rest) == known.end()) {
            problems.push_back(Error(ErrorKind::invalid_argument,
                                     fmt::format("nothing reads the variable '{}'", name))
                                   .with_remedy(fmt::format("did you mean {}{}?", prefix, meant)));
        }
    }
    return problems;
}

std::vector<Error> settings_problems() {
    std::vector<Error> problems;
    for (auto& file : inspect_settings_files()) {
        std::ranges::move(file.problems, std::back_inserter(problems));
    }
    std::ranges::move(variable_problems(), std::back_inserter(problems));
    return problems;
}

}  // namespace apilab::cli
