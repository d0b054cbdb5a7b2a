#include "settings_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
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

using Urls = std::map<std::string, Setting, std::less<>>;

// One key of [urls].
Result<Setting> url_of(const fs::path& file, const std::string& key, const toml::node& node,
                       bool of_project) {
    if (std::ranges::find(url_keys(), key) == url_keys().end()) {
        return fail(unknown_key(file, key));
    }
    const auto value = node.value_exact<std::string>();
    if (!value) {
        return fail(
            wrong(file, fmt::format("[urls] {} is no text", key), "write the address in quotes"));
    }
    return Setting{*value, fmt::format("{} [urls] {}", file.string(), key), of_project};
}

// Null: there is none.
Result<const toml::table*> section_of(const fs::path& file, const toml::table& table) {
    const auto* section = table.get("urls");
    if (section != nullptr && !section->is_table()) {
        return fail(wrong(file, "'urls' is no table", "write [urls] on a line of its own"));
    }
    return section == nullptr ? nullptr : section->as_table();
}

Result<Urls> read_urls(const fs::path& file, bool of_project) {
    APILAB_TRY(const auto table, parse(file));
    APILAB_TRY(const auto* section, section_of(file, table));
    Urls urls;
    if (section != nullptr) {
        for (const auto& [toml_key, node] : *section) {
            const std::string key(toml_key.str());
            APILAB_TRY(urls[key], url_of(file, key, node, of_project));
        }
    }
    return urls;
}

// Nothing reads it; with the section or the key of [urls] that it was meant to be.
Error unread(const fs::path& file, const std::string& word) {
    const auto key = closest(word, url_keys());
    std::string remedy = "the only section is [urls]";
    if (!closest(word, {"urls"}).empty()) {
        remedy = "did you mean [urls]?";
    } else if (!key.empty()) {
        remedy = fmt::format("did you mean '{}' below [urls]?", key);
    }
    return wrong(file, fmt::format("nothing reads '{}'", word), std::move(remedy));
}

std::vector<Error> problems_of(const fs::path& file) {
    const auto table = parse(file);
    if (!table) {
        return {table.error()};
    }
    std::vector<Error> problems;
    for (const auto& [toml_key, node] : *table) {
        if (toml_key.str() != "urls") {
            problems.push_back(unread(file, std::string(toml_key.str())));
        }
    }
    const auto section = section_of(file, *table);
    if (!section) {
        problems.push_back(section.error());
    } else if (*section != nullptr) {
        for (const auto& [toml_key, node] : **section) {
            if (auto url = url_of(file, std::string(toml_key.str()), node, false); !url) {
                problems.push_back(std::move(url).error());
            }
        }
    }
    return problems;
}

}  // namespace

const std::vector<std::string>& url_keys() {
    static const std::vector<std::string> keys = {"npm",    "osv",    "github", "slack",
                                                  "notion", "google", "oauth",  "api"};
    return keys;
}

std::string url_variable(std::string_view key) {
    std::string variable = "APILAB_";
    std::ranges::transform(key, std::back_inserter(variable), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return variable + "_URL";
}

std::vector<SettingsFileState> inspect_settings_files() {
    std::vector<SettingsFileState> states;
    if (auto file = project_file()) {
        auto problems = problems_of(*file);
        states.push_back({*std::move(file), "project", std::move(problems)});
    }
    if (auto file = user_file()) {
        auto problems = problems_of(*file);
        states.push_back({*std::move(file), "user", std::move(problems)});
    }
    return states;
}

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
