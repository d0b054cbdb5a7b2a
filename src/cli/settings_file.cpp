#include "settings_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "environment.hpp"
#include "suggestion.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t size_max = std::size_t{1} << 20U;

// One for each APILAB_..._URL.
const std::vector<std::string>& url_keys() {
    static const std::vector<std::string> keys = {"npm",    "osv",    "github", "slack",
                                                  "notion", "google", "oauth",  "api"};
    return keys;
}

std::optional<fs::path> project_file() {
    std::error_code error;
    auto folder = fs::current_path(error);
    while (!error) {
        if (auto file = folder / "apilab.toml"; fs::exists(file, error)) {
            return file;
        }
        if (folder == folder.parent_path()) {
            break;
        }
        folder = folder.parent_path();
    }
    return std::nullopt;
}

std::optional<fs::path> user_file() {
    fs::path folder;
    if (const auto base = environment("XDG_CONFIG_HOME")) {
        folder = *base;
    } else if (const auto home = environment("HOME")) {
        folder = fs::path(*home) / ".config";
    } else {
        return std::nullopt;
    }
    auto file = folder / "apilab" / "config.toml";
    std::error_code error;
    return fs::exists(file, error) ? std::optional(std::move(file)) : std::nullopt;
}

Error wrong(const fs::path& file, std::string_view what, std::string remedy) {
    return Error(ErrorKind::invalid_argument, fmt::format("{}: {}", file.string(), what))
        .with_remedy(std::move(remedy));
}

Error unknown_key(const fs::path& file, const std::string& key) {
    const auto meant = closest(key, url_keys());
    return wrong(file, fmt::format("[urls] has no key '{}'", key),
                 meant.empty() ? fmt::format("the keys are {}", fmt::join(url_keys(), ", "))
                               : fmt::format("did you mean '{}'?", meant));
}

Result<toml::table> parse(const fs::path& file) {
    APILAB_TRY(const auto text, read_file(file, size_max));
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        return fail(wrong(
            file,
            fmt::format("line {}: {}", error.source().begin.line, std::string(error.description())),
            "write it as TOML: [urls] and lines of key = \"value\""));
    }
}

Result<std::map<std::string, Setting, std::less<>>> read_urls(const fs::path& file,
                                                              bool of_project) {
    APILAB_TRY(const auto table, parse(file));
    std::map<std::string, Setting, std::less<>> urls;
    const auto* section = table.get("urls");
    if (section != nullptr && !section->is_table()) {
        return fail(wrong(file, "'urls' is no table", "write [urls] on a line of its own"));
    }
    if (section != nullptr) {
        for (const auto& [toml_key, node] : *section->as_table()) {
            const std::string key(toml_key.str());
            if (std::ranges::find(url_keys(), key) == url_keys().end()) {
                return fail(unknown_key(file, key));
            }
            const auto value = node.value_exact<std::string>();
            if (!value) {
                return fail(wrong(file, fmt::format("[urls] {} is no text", key),
                                  "write the address in quotes"));
            }
            urls[key] = {*value, fmt::format("{} [urls] {}", file.string(), key), of_project};
        }
    }
    return urls;
}

}  // namespace

Result<SettingsFiles> SettingsFiles::read() {
    SettingsFiles settings;
    if (const auto file = project_file()) {
        APILAB_TRY(settings.urls_, read_urls(*file, true));
    }
    if (const auto file = user_file()) {
        APILAB_TRY(auto urls, read_urls(*file, false));
        settings.urls_.merge(urls);  // keeps what the project file said
    }
    return settings;
}

std::optional<Setting> SettingsFiles::url(std::string_view key) const {
    const auto found = urls_.find(key);
    return found == urls_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace apilab::cli
