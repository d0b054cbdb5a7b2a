#include "source_urls.hpp"

#include <toml++/toml.h>

#include <array>
#include <cstdio>
#include <memory>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/provider/npm_config.hpp"
#include "environment.hpp"

namespace apilab::cli {
namespace {

constexpr std::size_t config_size_max = std::size_t{1} << 20U;

/// A value and where it was found, for messages.
struct Found {
    std::string value;
    std::string origin;
};

Result<std::optional<Found>> from_project_file(std::string_view name) {
    const std::filesystem::path path = "apilab.toml";
    if (!std::filesystem::exists(path)) {
        return std::nullopt;
    }
    APILAB_TRY(const auto text, read_file(path, config_size_max));
    try {
        const auto table = toml::parse(text);
        if (const auto value = table["urls"][name].value<std::string>()) {
            return Found{*value, "apilab.toml [urls] " + std::string(name)};
        }
    } catch (const toml::parse_error& error) {
        return fail(Error(ErrorKind::invalid_argument,
                          "apilab.toml line " + std::to_string(error.source().begin.line) + ": " +
                              std::string(error.description())));
    }
    return std::nullopt;
}

Result<std::optional<Found>> look_up(const std::string& flag, std::string_view flag_name,
                                     std::string_view variable, std::string_view key) {
    if (!flag.empty()) {
        return Found{flag, std::string(flag_name)};
    }
    if (auto value = environment(variable)) {
        return Found{std::move(*value), std::string(variable)};
    }
    return from_project_file(key);
}

// What npm prints, where there is an npm. It is asked last: starting it takes half a second.
std::optional<std::string> ask_npm() {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
        ::popen("npm config get registry 2>/dev/null", "r"), ::pclose);
    std::array<char, 1024> buffer{};
    if (!pipe || std::fgets(buffer.data(), buffer.size(), pipe.get()) == nullptr) {
        return std::nullopt;
    }
    return provider::clean_registry(buffer.data());
}

std::optional<Found> from_npm(const std::filesystem::path& project) {
    const auto lookup = [](std::string_view name) { return environment(name); };
    if (auto value = provider::registry_of_environment(lookup)) {
        return Found{std::move(*value), "npm_config_registry"};
    }
    std::vector<std::filesystem::path> files = {project / ".npmrc"};
    if (const auto home = environment("HOME")) {
        files.push_back(std::filesystem::path(*home) / ".npmrc");
    }
    for (const auto& file : files) {
        const auto text = read_file(file, config_size_max);
        if (!text) {
            continue;
        }
        if (auto value = provider::registry_of_npmrc(*text, lookup)) {
            return Found{std::move(*value), file.string()};
        }
    }
    if (auto value = ask_npm()) {
        return Found{std::move(*value), "npm config get registry"};
    }
    return std::nullopt;
}

Result<http::Url> to_url(const Found& found) {
    auto url = http::Url::parse(found.value);
    if (!url) {
        return fail(std::move(url).error().in(found.origin));
    }
    return url;
}

}  // namespace

Result<SourceUrls> find_sources(const SourceFlags& flags, const std::filesystem::path& project) {
    APILAB_TRY(auto npm, look_up(flags.registry, "--registry", "APILAB_NPM_URL", "npm"));
    if (!npm) {
        npm = from_npm(project);
    }
    if (!npm) {
        return fail(
            Error(ErrorKind::invalid_argument, "no npm registry is configured")
                .with_remedy("give --registry URL, or configure npm: npm config set registry URL"));
    }
    APILAB_TRY(const auto osv, look_up(flags.osv_url, "--osv-url", "APILAB_OSV_URL", "osv"));
    APILAB_TRY(const auto github,
               look_up(flags.github_url, "--github-url", "APILAB_GITHUB_URL", "github"));
    APILAB_TRY(auto npm_url, to_url(*npm));
    APILAB_TRY(auto osv_url, to_url(osv.value_or(Found{"https://api.osv.dev", "default"})));
    APILAB_TRY(auto github_url,
               to_url(github.value_or(Found{"https://api.github.com", "default"})));
    SourceUrls urls{
        .npm = std::move(npm_url), .osv = std::move(osv_url), .github = std::move(github_url)};
    for (const char* name : {"APILAB_GITHUB_TOKEN", "GITHUB_TOKEN"}) {
        if (auto token = environment(name); token && !urls.github_token) {
            urls.github_token = Secret(std::move(*token));
        }
    }
    return urls;
}

}  // namespace apilab::cli
