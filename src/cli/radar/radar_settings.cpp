// What the commands around a running radar share: its configuration and its store.

#include "radar/radar_settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "apilab/base/environment.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/secret_source.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/postgres_store.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "environment.hpp"
#include "source_urls.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view default_file = "radar.toml";

struct ConfigText {
    std::string text;
    std::string file{default_file};
};

Result<ConfigText> text_of(const RadarFlags& flags) {
    ConfigText config;
    if (!flags.config.empty()) {
        config.file = flags.config;
    } else if (auto named = environment("RADAR_CONFIG")) {
        config.file = *std::move(named);
    } else {
        std::error_code ignored;
        if (!fs::exists(default_file, ignored)) {
            return config;
        }
    }
    APILAB_TRY(config.text, read_file(config.file, radar::config_text_max));
    return config;
}

void given(std::vector<radar::ConfigGiven>& all, std::string key, const std::string& value,
           std::string origin) {
    if (!value.empty()) {
        all.push_back({std::move(key), value, std::move(origin)});
    }
}

Result<std::vector<radar::ConfigGiven>> given_by(const RadarFlags& flags) {
    std::vector<radar::ConfigGiven> all;
    if (!flags.listen.empty()) {
        const auto colon = flags.listen.rfind(':');
        if (colon == std::string::npos || colon + 1 == flags.listen.size()) {
            return fail(Error(ErrorKind::invalid_argument, "--listen: expected ADDRESS:PORT")
                            .with_remedy("such as 127.0.0.1:8080, [::1]:8080 or :8080"));
        }
        auto address = flags.listen.substr(0, colon);
        if (address.starts_with('[') && address.ends_with(']')) {
            address = address.substr(1, address.size() - 2);
        }
        given(all, "address", address, "--listen");
        given(all, "port", flags.listen.substr(colon + 1), "--listen");
    }
    given(all, "store", flags.store, "--store");
    given(all, "shared", flags.shared, "--shared");
    given(all, "schedule", flags.schedule, "--schedule");
    given(all, "log_format", flags.log_format, "--log-format");
    for (const auto& watch : flags.watches) {
        given(all, "watch", watch, "--watch");
    }
    for (const auto& setting : flags.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos) {
            // The word may be a secret.
            return fail(Error(ErrorKind::invalid_argument, "--set: expected KEY=VALUE")
                            .with_remedy("such as --set slack.level=critical"));
        }
        given(all, setting.substr(0, equals), setting.substr(equals + 1), "--set");
    }
    return all;
}

// Only where a registry is asked for: to find out what npm is configured for may start npm.
bool needs_registry(const radar::ConfigLoad& loaded) {
    const auto npm = std::ranges::find(loaded.values, "urls.npm", &radar::ConfigValue::name);
    return npm != loaded.values.end() && npm->origin == "-" &&
           std::ranges::any_of(loaded.values, [](const radar::ConfigValue& value) {
               return value.name.starts_with("watch.");
           });
}

}  // namespace

void add_radar_flags(CLI::App& command, RadarFlags& flags) {
    command
        .add_option("--config", flags.config,
                    "TOML; default: RADAR_CONFIG, else radar.toml here where there is one")
        ->type_name("FILE");
    command
        .add_option("--store", flags.store,
                    "sqlite:PATH or postgres://... (RADAR_STORE; with a password only there)")
        ->type_name("URL");
    command.add_option("--set", flags.settings, "Any other key: slack.level=critical")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("KEY=VALUE");
}

void add_radar_serve_flags(CLI::App& command, RadarFlags& flags) {
    add_radar_flags(command, flags);
    command
        .add_option("--shared", flags.shared, "redis://..., for several replicas (RADAR_SHARED)")
        ->type_name("URL");
    command
        .add_option("--listen", flags.listen,
                    "Where (RADAR_ADDRESS, PORT); default 127.0.0.1:8080; port 0 is a free one")
        ->type_name("ADDRESS:PORT");
    command
        .add_option("--watch", flags.watches,
                    "A project: NAME=PATH or NAME=github:OWNER/NAME@REF; several times")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("NAME=PLACE");
    command.add_option("--schedule", flags.schedule,
                       "When all are checked: every 6h, or cron (RADAR_SCHEDULE)");
    command
        .add_option("--log-format", flags.log_format,
                    "json or human (RADAR_LOG_FORMAT); default: human on a terminal")
        ->check(CLI::IsMember({"json", "human"}));
}

Result<radar::ConfigLoad> load_radar_config(const RadarFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto config, text_of(flags));
    APILAB_TRY(auto given, given_by(flags));
    radar::ConfigSources sources{.text = config.text,
                                 .file = config.file,
                                 .environment = process_environment(),
                                 .flags = std::move(given),
                                 .read_file = [](const std::string& path) {
                                     return read_file(path, SecretSources::file_max);
                                 }};
    if (!globals.json && globals.out().is_terminal) {
        sources.otherwise.push_back({"log_format", "human", "terminal"});
    }
    auto loaded = radar::load_config(sources);
    if (needs_registry(loaded)) {
        if (const auto npm = provider_url("npm", "")) {
            sources.otherwise.push_back({"urls.npm", npm->value, npm->origin});
            loaded = radar::load_config(sources);
        }
    }
    if (loaded.config) {
        for (const auto& secret : radar::secrets_of(*loaded.config)) {
            Scrubber::of_process().add(secret);
        }
    }
    return loaded;
}

Result<std::optional<radar::Config>> usable_radar_config(const RadarFlags& flags,
                                                         const Globals& globals) {
    APILAB_TRY(auto loaded, load_radar_config(flags, globals));
    for (const auto& problem : loaded.problems) {
        (void)report(problem, globals);
    }
    return std::move(loaded.config);
}

Result<std::unique_ptr<work::Store>> open_radar_store(const radar::Config& config) {
    const auto file = radar::sqlite_path(config);
    if (!file) {
        APILAB_TRY(auto store, work::PostgresStore::open(config.store));
        return std::unique_ptr<work::Store>(std::move(store));
    }
    const auto folder = fs::path(*file).parent_path();
    std::error_code failed;
    if (!folder.empty() && fs::create_directories(folder, failed)) {
        fs::permissions(folder, fs::perms::owner_all, failed);
    }
    if (failed) {
        return fail(Error(ErrorKind::io, folder.string() + ": " + failed.message())
                        .with_remedy("name a place that can be written: --store sqlite:PATH"));
    }
    APILAB_TRY(auto store, work::SqliteStore::open(*file));
    return std::unique_ptr<work::Store>(std::move(store));
}

Result<std::unique_ptr<work::Store>> find_radar_store(const radar::Config& config) {
    const auto file = radar::sqlite_path(config);
    std::error_code ignored;
    if (file && !fs::exists(*file, ignored)) {
        return std::unique_ptr<work::Store>();
    }
    return open_radar_store(config);
}

}  // namespace apilab::cli
