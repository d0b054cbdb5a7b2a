#include "apilab/radar/service/config_load.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "apilab/radar/internal/config_gather.hpp"
#include "apilab/radar/internal/config_rules.hpp"
#include "apilab/radar/internal/config_scalar.hpp"
#include "apilab/radar/service/guard.hpp"
#include "apilab/shared/redis_url.hpp"

namespace apilab::radar {
namespace {

using internal::ConfigScalar;
using internal::GivenConfig;

constexpr std::string_view sqlite_scheme = "sqlite:";
// The fronts of platforms were seen to send requests for tens of milliseconds more.
constexpr Duration drain_default = std::chrono::milliseconds(300);

std::string shown(const ConfigKey& key, const std::vector<std::string>& texts) {
    if (key.type == ConfigType::store) {
        return internal::shown_store(texts.front());
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

/// Reads each key's value and keeps it; makes a `Config` of all of them.
class Loader {
public:
    explicit Loader(const ConfigSources& sources) : given_(internal::gather_config(sources)) {}

    ConfigLoad load() {
        load_.problems = std::move(given_.problems);
        platform_port();
        for (const auto& key : config_keys()) {
            if (is_secret(key)) {
                read_secrets(key);
            } else {
                read_value(key);
            }
        }
        auto config = assemble();
        add_sinks(config);
        add_webhooks(config);
        add_watches(config);
        internal::check_config(config, given_, load_);
        if (load_.problems.empty()) {
            load_.config = std::move(config);
        }
        return std::move(load_);
    }

private:
    // A platform that says on which port means: from outside. Nobody asked for the pages then, and
    // without a token strangers could open them.
    void platform_port() {
        const auto port = given_.texts.find("port");
        if (port == given_.texts.end() || port->second.origin != "environment PORT") {
            return;
        }
        const auto origin = port->second.origin;
        if (given_.texts.contains("address")) {
            return;
        }
        given_.texts["address"] = {.texts = {"0.0.0.0"}, .origin = origin};
        if (!given_.secrets.contains("dashboard.token") &&
            given_.texts
                .try_emplace("dashboard.enabled",
                             internal::GivenText{.texts = {"false"}, .origin = origin})
                .second) {
            load_.notes.emplace_back(
                "the dashboard is off, because others can reach this port: set "
                "RADAR_DASHBOARD_TOKEN to have it");
        }
    }

    void read_value(const ConfigKey& key) {
        const auto given = given_.texts.find(key.name);
        const bool is_set = given != given_.texts.end();
        if (!is_set && key.fallback.empty()) {
            load_.values.push_back({std::string(key.name), {}, "-"});
            return;
        }
        const auto texts =
            is_set ? given->second.texts : std::vector<std::string>{std::string(key.fallback)};
        const std::string origin = is_set ? given->second.origin : "default";
        auto read = is_set && given->second.is_list ? internal::read_list(key, texts)
                                                    : internal::read_scalar(key, texts.front());
        if (!read) {
            load_.problems.push_back(internal::config_problem(
                origin, key.name, read.error().message(), std::string(key.purpose)));
            load_.values.push_back({std::string(key.name), "(cannot be used)", origin});
            return;
        }
        load_.values.push_back({std::string(key.name), shown(key, texts), origin});
        values_.insert_or_assign(std::string(key.name), *std::move(read));
    }

    void read_secrets(const ConfigKey& key) {
        const auto given = given_.secrets.find(key.name);
        if (given == given_.secrets.end()) {
            load_.values.push_back({std::string(key.name), {}, "-"});
            return;
        }
        std::vector<std::string> prints;
        std::vector<std::string> origins;
        for (const auto& one : given->second) {
            const auto text = one.value.reveal();
            if (text.size() < static_cast<std::size_t>(key.low) ||
                text.size() > static_cast<std::size_t>(key.high) || !internal::is_plain(text)) {
                load_.problems.push_back(internal::config_problem(
                    one.origin, key.name,
                    fmt::format("expected {} without line ends and control characters",
                                expected(key)),
                    std::string(key.purpose)));
            }
            prints.push_back("sha256:" + one.value.fingerprint());
            if (origins.empty() || origins.back() != one.origin) {
                origins.push_back(one.origin);
            }
        }
        load_.values.push_back({std::string(key.name), fmt::format("{}", fmt::join(prints, ", ")),
                                fmt::format("{}", fmt::join(origins, ", "))});
    }

    /// Null: it is not set, or cannot be used.
    template <class T>
    [[nodiscard]] const T* find(std::string_view name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? nullptr : std::get_if<T>(&found->second);
    }
    [[nodiscard]] std::string text(std::string_view name) const {
        const auto* value = find<std::string>(name);
        return value == nullptr ? std::string() : *value;
    }
    [[nodiscard]] Duration duration(std::string_view name) const {
        const auto* value = find<Duration>(name);
        return value == nullptr ? Duration::zero() : *value;
    }
    [[nodiscard]] std::int64_t number(std::string_view name) const {
        const auto* value = find<std::int64_t>(name);
        return value == nullptr ? 0 : *value;
    }
    [[nodiscard]] bool truth(std::string_view name) const {
        const auto* value = find<bool>(name);
        return value != nullptr && *value;
    }
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const {
        const auto* value = find<std::vector<std::string>>(name);
        return value == nullptr ? std::vector<std::string>() : *value;
    }
    [[nodiscard]] Secret secret(std::string_view name) const {
        const auto found = given_.secrets.find(name);
        return found == given_.secrets.end() ? Secret() : found->second.front().value;
    }
    /// Where there is none: an address that is asked for nothing.
    [[nodiscard]] http::Url url(std::string_view name) const {
        const auto* value = find<http::Url>(name);
        return value == nullptr ? *http::Url::parse("http://not-set.invalid") : *value;
    }
    [[nodiscard]] http::Url google_token() const {
        if (const auto* value = find<http::Url>("urls.google_token")) {
            return *value;
        }
        return given_.texts.contains("urls.google")
                   ? url("urls.google").with("/token")
                   : *http::Url::parse("https://oauth2.googleapis.com/token");
    }

    [[nodiscard]] Config assemble() const {
        Config config{.urls = {.npm = url("urls.npm"),
                               .osv = url("urls.osv"),
                               .github = url("urls.github"),
                               .slack = url("urls.slack"),
                               .notion = url("urls.notion"),
                               .google = url("urls.google"),
                               .google_token = google_token()}};
        config.address = text("address");
        config.port = static_cast<std::uint16_t>(number("port"));
        config.metrics_port = static_cast<std::uint16_t>(number("metrics_port"));
        config.store = Secret(text("store"));
        config.shared = Secret(text("shared"));
        config.schedule = text("schedule");
        if (const auto token = secret("github.token"); !token.empty()) {
            config.github_token = token;
        }
        if (const auto* hook = find<http::Url>("github.hook")) {
            config.github_hook = *hook;
        }
        config.hook_every = duration("github.hook_every");
        config.hook_settle = duration("github.hook_settle");
        config.webhooks_from = list("webhooks.from");
        config.dashboard = truth("dashboard.enabled");
        config.dashboard_token = secret("dashboard.token");
        config.hosts = list("hosts");
        config.backup_folder = text("backup.folder");
        config.backup_schedule = text("backup.schedule");
        config.retention = {.bodies = duration("retention.bodies"),
                            .keys = duration("retention.keys"),
                            .done_jobs = duration("retention.done_jobs"),
                            .dead_jobs = duration("retention.dead_jobs"),
                            .messages = duration("retention.messages"),
                            .quarantine = duration("retention.quarantine")};
        config.disk_floor_bytes = static_cast<std::uint64_t>(number("disk_floor"));
        config.off = list("off");
        config.calls = {.connect = duration("calls.connect"),
                        .first_byte = duration("calls.first_byte"),
                        .idle = duration("calls.idle"),
                        .attempt = duration("calls.attempt"),
                        .deadline = duration("calls.deadline")};
        config.grace = duration("grace");
        if (const auto* drain = find<Duration>("drain")) {
            config.drain = *drain;
        }
        config.log_format = text("log_format");
        config.simulated = truth("simulated");
        return config;
    }

    void add_sinks(Config& config) const {
        if (!text("slack.channel").empty()) {
            SlackSink slack{.token = secret("slack.token"), .channel = text("slack.channel")};
            slack.level = parse_severity(text("slack.level")).value_or(Severity::high);
            if (const auto* quiet = find<QuietHours>("slack.quiet")) {
                slack.quiet = *quiet;
            }
            config.slack = std::move(slack);
        }
        if (!text("notion.data_source").empty()) {
            config.notion = NotionSink{.token = secret("notion.token"),
                                       .data_source = text("notion.data_source"),
                                       .read_every = duration("notion.read_every")};
        }
        if (!text("gmail.from").empty()) {
            config.gmail = GmailSink{.from = text("gmail.from"),
                                     .to = list("gmail.to"),
                                     .schedule = text("gmail.schedule"),
                                     .client_id = text("gmail.client_id"),
                                     .client_secret = secret("gmail.client_secret"),
                                     .refresh_token = secret("gmail.refresh_token"),
                                     .service_account_file = text("gmail.service_account_file")};
        }
    }
    void add_webhooks(Config& config) const {
        constexpr std::string_view section = "webhooks.";
        for (const auto& [name, secrets] : given_.secrets) {
            if (name.starts_with(section)) {
                WebhookSource source{.sender = name.substr(section.size())};
                for (const auto& one : secrets) {
                    source.secrets.push_back(one.value);
                }
                config.webhooks.push_back(std::move(source));
            }
        }
    }
    void add_watches(Config& config) {
        for (const auto& [watch, origin] : given_.watches) {
            load_.values.push_back(
                {"watch." + watch.name.substr(0, 64),
                 watch.repository.empty()
                     ? watch.path
                     : fmt::format("github:{}{}{} {}", watch.repository,
                                   watch.ref.empty() ? "" : "@", watch.ref, watch.file),
                 origin});
            config.watches.push_back(watch);
        }
    }

    GivenConfig given_;
    std::map<std::string, ConfigScalar, std::less<>> values_;
    ConfigLoad load_;
};

}  // namespace

ConfigLoad load_config(const ConfigSources& sources) {
    return Loader(sources).load();
}

std::vector<Secret> secrets_of(const Config& config) {
    std::vector<Secret> secrets = {config.shared, config.dashboard_token};
    // Its client speaks of the password alone.
    if (auto redis = shared::RedisUrl::parse(config.shared); redis) {
        secrets.push_back(redis->password);
    }
    if (!config.store.reveal().starts_with(sqlite_scheme)) {
        secrets.push_back(config.store);
    }
    if (config.github_token) {
        secrets.push_back(*config.github_token);
    }
    if (config.slack) {
        secrets.push_back(config.slack->token);
    }
    if (config.notion) {
        secrets.push_back(config.notion->token);
    }
    if (config.gmail) {
        secrets.push_back(config.gmail->client_secret);
        secrets.push_back(config.gmail->refresh_token);
    }
    for (const auto& source : config.webhooks) {
        secrets.insert(secrets.end(), source.secrets.begin(), source.secrets.end());
    }
    std::erase_if(secrets, [](const Secret& secret) { return secret.empty(); });
    return secrets;
}

bool is_loopback(std::string_view address) {
    return is_loopback_address(address);
}

Duration drain_of(const Config& config) {
    const auto fallback = is_loopback(config.address) ? Duration::zero() : drain_default;
    return std::min(config.drain.value_or(fallback), config.grace);
}

std::optional<std::string> sqlite_path(const Config& config) {
    const auto text = config.store.reveal();
    return text.starts_with(sqlite_scheme)
               ? std::optional(std::string(text.substr(sqlite_scheme.size())))
               : std::nullopt;
}

}  // namespace apilab::radar
