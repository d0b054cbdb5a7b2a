#include "source_urls.hpp"

#include <fmt/format.h>

#include <system_error>
#include <vector>

#include "apilab/base/command.hpp"
#include "apilab/base/environment.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/provider/npm_config.hpp"
#include "environment.hpp"
#include "settings_file.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t npmrc_size_max = std::size_t{1} << 20U;
// npm needs half a second; one that waits for something is not waited for.
constexpr auto npm_patience = std::chrono::seconds(10);

std::optional<Setting> look_up(const std::string& flag, std::string_view flag_name,
                               std::string_view variable, const SettingsFiles& files,
                               std::string_view key) {
    if (!flag.empty()) {
        return Setting{flag, std::string(flag_name)};
    }
    if (auto value = environment(variable)) {
        return Setting{std::move(*value), std::string(variable)};
    }
    return files.url(key);
}

// What npm prints, where there is an npm. It is asked last: starting it takes half a second.
std::optional<std::string> ask_npm() {
    const auto output = run_command({"npm", "config", "get", "registry"}, environment_lines(),
                                    {.output_max = 1024, .patience = npm_patience});
    return output ? provider::clean_registry(output->text.substr(0, output->text.find('\n')))
                  : std::nullopt;
}

std::optional<Setting> from_npm(const std::filesystem::path& project) {
    const auto lookup = [](std::string_view name) { return environment(name); };
    if (auto value = provider::registry_of_environment(lookup)) {
        return Setting{std::move(*value), "npm_config_registry"};
    }
    std::vector<std::filesystem::path> files = {project / ".npmrc"};
    if (const auto home = environment("HOME")) {
        files.push_back(std::filesystem::path(*home) / ".npmrc");
    }
    for (const auto& file : files) {
        const auto text = read_file(file, npmrc_size_max);
        if (!text) {
            continue;
        }
        if (auto value = provider::registry_of_npmrc(*text, lookup)) {
            return Setting{std::move(*value), file.string()};
        }
    }
    if (auto value = ask_npm()) {
        return Setting{std::move(*value), "npm config get registry"};
    }
    return std::nullopt;
}

Result<http::Url> to_url(const Setting& found) {
    auto url = http::Url::parse(found.value);
    if (!url) {
        return fail(std::move(url).error().in(found.origin));
    }
    return url;
}

}  // namespace

Result<SourceUrls> find_sources(const SourceFlags& flags, const std::filesystem::path& project) {
    APILAB_TRY(const auto files, SettingsFiles::read());
    auto npm = look_up(flags.registry, "--registry", "APILAB_NPM_URL", files, "npm");
    if (!npm) {
        npm = from_npm(project);
    }
    if (!npm) {
        return fail(
            Error(ErrorKind::invalid_argument, "no npm registry is configured")
                .with_remedy("give --registry URL, or configure npm: npm config set registry URL"));
    }
    const auto osv = look_up(flags.osv_url, "--osv-url", "APILAB_OSV_URL", files, "osv")
                         .value_or(Setting{"https://api.osv.dev", "default"});
    const auto github =
        look_up(flags.github_url, "--github-url", "APILAB_GITHUB_URL", files, "github")
            .value_or(Setting{"https://api.github.com", "default"});
    APILAB_TRY(auto npm_url, to_url(*npm));
    APILAB_TRY(auto osv_url, to_url(osv));
    APILAB_TRY(auto github_url, to_url(github));
    SourceUrls urls{
        .npm = std::move(npm_url), .osv = std::move(osv_url), .github = std::move(github_url)};
    for (const char* name : {"APILAB_GITHUB_TOKEN", "GITHUB_TOKEN"}) {
        if (auto token = environment(name); token && !urls.github_token && !github.of_project) {
            urls.github_token = Secret(std::move(*token));
        }
    }
    return urls;
}

Result<Setting> provider_url(std::string_view key, std::string_view otherwise) {
    const auto variable = url_variable(key);
    if (auto value = environment(variable)) {
        return Setting{*std::move(value), variable};
    }
    APILAB_TRY(const auto files, SettingsFiles::read());
    if (auto found = files.url(key)) {
        return *std::move(found);
    }
    if (key == "npm") {
        std::error_code ignored;  // then there is no .npmrc of the project
        if (auto found = from_npm(std::filesystem::current_path(ignored))) {
            return *std::move(found);
        }
    }
    if (otherwise.empty()) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("no address is known for '{}'", key))
                .with_remedy(fmt::format("set {}, or {} in [urls] of apilab.toml", variable, key)));
    }
    return Setting{std::string(otherwise), "default"};
}

}  // namespace apilab::cli
