#include "apilab/radar/service/config_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace apilab::radar {
namespace {

using Type = ConfigType;

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t text_max = 1024;
constexpr std::int64_t secret_max = 8192;
constexpr std::int64_t years_max = 3650 * day;

// clang-format off
constexpr std::array keys{
    ConfigKey{"address", Type::address, "127.0.0.1", 0, 0, {}, {"RADAR_ADDRESS"},
              "Where it listens. With $PORT alone: 0.0.0.0"},
    ConfigKey{"port", Type::number, "8080", 0, 65'535, {}, {"PORT"},
              "On which port; 0: a free one"},
    ConfigKey{"metrics_port", Type::number, "0", 0, 65'535, {}, {"RADAR_METRICS_PORT"},
              "A second port with /metrics alone, without a token: for a scraper that nobody else reaches. 0: none"},
    ConfigKey{"store", Type::store, "sqlite:radar.db", 1, text_max, {}, {"RADAR_STORE"},
              "Where everything is kept: sqlite:PATH or postgres://..."},
    ConfigKey{"shared", Type::store, {}, 1, text_max, {}, {"RADAR_SHARED"},
              "Redis: a budget of requests that several replicas spend together. Not set: each has its own"},
    ConfigKey{"schedule", Type::schedule, "every 6h", 0, 0, {}, {"RADAR_SCHEDULE"},
              "When everything is checked, besides webhooks"},
    ConfigKey{"hosts", Type::list, {}, 0, 20, {}, {"RADAR_HOSTS"},
              "Names under which the dashboard may be asked for, besides loopback's"},
    ConfigKey{"grace", Type::duration, "4s", 0, 60, {}, {"RADAR_GRACE"},
              "What is under way at SIGTERM has so long; keep it below the platform's kill timeout"},
    ConfigKey{"drain", Type::duration, {}, 0, 5, {}, {"RADAR_DRAIN"},
              "Not ready since SIGTERM, it still answers for so long, within the grace. Not set: 300ms, and 0s on loopback"},
    ConfigKey{"disk_floor", Type::size, "64MiB", 0, std::int64_t{1} << 40U, {}, {"RADAR_DISK_FLOOR"},
              "With less room on the store's disk it is not ready"},
    ConfigKey{"log_format", Type::choice, "json", 0, 0, "json, human", {"RADAR_LOG_FORMAT"},
              "Lines for programs or for people"},
    ConfigKey{"simulated", Type::truth, "false", 0, 0, {}, {"RADAR_SIMULATED"},
              "The sources are a sandbox: every answer is headed SIMULATED"},

    ConfigKey{"off", Type::list, {}, 0, 6, {}, {"RADAR_OFF"},
              "Who is neither asked nor told for now: npm, osv, github, slack, notion, gmail"},

    ConfigKey{"urls.npm", Type::url, {}, 0, 0, {}, {"APILAB_NPM_URL"},
              "The npm registry; not set: the one that npm is configured for"},
    ConfigKey{"urls.osv", Type::url, "https://api.osv.dev", 0, 0, {}, {"APILAB_OSV_URL"}, "OSV"},
    ConfigKey{"urls.github", Type::url, "https://api.github.com", 0, 0, {}, {"APILAB_GITHUB_URL"},
              "GitHub's API"},
    ConfigKey{"urls.slack", Type::url, "https://slack.com", 0, 0, {}, {"APILAB_SLACK_URL"},
              "Slack's API, without /api"},
    ConfigKey{"urls.notion", Type::url, "https://api.notion.com", 0, 0, {}, {"APILAB_NOTION_URL"},
              "Notion's API, without /v1"},
    ConfigKey{"urls.google", Type::url, "https://gmail.googleapis.com", 0, 0, {}, {"APILAB_GOOGLE_URL"},
              "Gmail's API, without /gmail/v1"},
    ConfigKey{"urls.google_token", Type::url, {}, 0, 0, {}, {"APILAB_GOOGLE_TOKEN_URL"},
              "Google's token endpoint; not set: Google's own, or /token below a urls.google that is set"},

    ConfigKey{"calls.connect", Type::duration, "5s", 1, minute, {}, {"RADAR_CALLS_CONNECT"},
              "Of each attempt to ask somebody: until there is a connection"},
    ConfigKey{"calls.first_byte", Type::duration, "15s", 1, 5 * minute, {}, {"RADAR_CALLS_FIRST_BYTE"},
              "Until the answer begins; somewhat more than the slowest that comes (the page Calls shows them)"},
    ConfigKey{"calls.idle", Type::duration, "15s", 1, 5 * minute, {}, {"RADAR_CALLS_IDLE"},
              "Between two pieces of an answer"},
    ConfigKey{"calls.attempt", Type::duration, "30s", 1, 30, {}, {"RADAR_CALLS_ATTEMPT"},
              "The whole attempt; a breaker's window holds two of them"},
    ConfigKey{"calls.deadline", Type::duration, "60s", 1, hour, {}, {"RADAR_CALLS_DEADLINE"},
              "All attempts and all waits between them; not below calls.attempt"},

    ConfigKey{"github.token", Type::secret, {}, 1, secret_max, {},
              {"RADAR_GITHUB_TOKEN", "APILAB_GITHUB_TOKEN", "GITHUB_TOKEN"},
              "Reads repositories and advisories; with admin:repo_hook also deliveries"},
    ConfigKey{"github.hook", Type::url, {}, 0, 0, {}, {"RADAR_GITHUB_HOOK"},
              "The webhook whose missing deliveries are asked for again: .../repos/o/r/hooks/1"},
    ConfigKey{"github.hook_every", Type::duration, "5m", 1, day, {}, {"RADAR_GITHUB_HOOK_EVERY"},
              "How often its deliveries are read"},
    ConfigKey{"github.hook_settle", Type::duration, "1m", 0, hour, {}, {"RADAR_GITHUB_HOOK_SETTLE"},
              "What is younger may still be on its way here, and is not asked for"},

    ConfigKey{"slack.channel", Type::text, {}, 1, 80, {}, {"RADAR_SLACK_CHANNEL", "APILAB_SLACK_CHANNEL"},
              "Where what is new and urgent is announced; not set: nowhere"},
    ConfigKey{"slack.token", Type::secret, {}, 1, secret_max, {}, {"RADAR_SLACK_TOKEN", "APILAB_SLACK_TOKEN"},
              "The bot's token (xoxb-...), with chat:write and channels:history"},
    ConfigKey{"slack.level", Type::choice, "high", 0, 0, "low, moderate, high, critical", {"RADAR_SLACK_LEVEL"},
              "What is below waits for the digest"},
    ConfigKey{"slack.quiet", Type::quiet_hours, {}, 0, 0, {}, {"RADAR_SLACK_QUIET"},
              "When nobody is interrupted"},

    ConfigKey{"notion.data_source", Type::text, {}, 1, 100, {}, {"RADAR_NOTION_DATA_SOURCE", "APILAB_NOTION_DS"},
              "The id of the working list; not set: there is none"},
    ConfigKey{"notion.token", Type::secret, {}, 1, secret_max, {}, {"RADAR_NOTION_TOKEN", "APILAB_NOTION_TOKEN"},
              "The integration's token (ntn_...)"},
    ConfigKey{"notion.read_every", Type::duration, "15m", minute, day, {}, {"RADAR_NOTION_READ_EVERY"},
              "How often people's columns are read, besides webhooks"},

    ConfigKey{"gmail.from", Type::text, {}, 3, 254, {}, {"RADAR_GMAIL_FROM"},
              "Who sends the digest; not set: there is none"},
    ConfigKey{"gmail.to", Type::list, {}, 1, 50, {}, {"RADAR_GMAIL_TO"}, "Who gets it"},
    ConfigKey{"gmail.schedule", Type::schedule, "0 8 * * mon UTC", 0, 0, {}, {"RADAR_GMAIL_SCHEDULE"},
              "When it is sent"},
    ConfigKey{"gmail.client_id", Type::text, {}, 1, text_max, {}, {"RADAR_GMAIL_CLIENT_ID", "APILAB_GOOGLE_CLIENT_ID"},
              "A user's consent: the OAuth client"},
    ConfigKey{"gmail.client_secret", Type::secret, {}, 1, secret_max, {},
              {"RADAR_GMAIL_CLIENT_SECRET", "APILAB_GOOGLE_CLIENT_SECRET"}, "Its secret"},
    ConfigKey{"gmail.refresh_token", Type::secret, {}, 1, secret_max, {},
              {"RADAR_GMAIL_REFRESH_TOKEN", "APILAB_GOOGLE_REFRESH_TOKEN"}, "What the user's consent gave"},
    ConfigKey{"gmail.service_account_file", Type::text, {}, 1, 4096, {}, {"RADAR_GMAIL_SERVICE_ACCOUNT_FILE"},
              "Instead: a service account's key file, which acts for gmail.from"},

    ConfigKey{"webhooks.from", Type::list, {}, 0, 5, {}, {"RADAR_WEBHOOKS_FROM"},
              "Senders whose webhooks are counted on: without the secret of one nothing starts"},
    ConfigKey{"webhooks.github", Type::secrets, {}, 1, secret_max, {},
              {"RADAR_GITHUB_WEBHOOK_SECRET", "APILAB_GITHUB_WEBHOOK_SECRET"}, "Takes /webhooks/github"},
    ConfigKey{"webhooks.notion", Type::secrets, {}, 1, secret_max, {},
              {"RADAR_NOTION_WEBHOOK_SECRET", "APILAB_NOTION_WEBHOOK_SECRET"},
              "Takes /webhooks/notion: the verification token"},
    ConfigKey{"webhooks.slack", Type::secrets, {}, 1, secret_max, {},
              {"RADAR_SLACK_WEBHOOK_SECRET", "APILAB_SLACK_SIGNING_SECRET"},
              "Takes /webhooks/slack: the signing secret"},
    ConfigKey{"webhooks.standard", Type::secrets, {}, 1, secret_max, {},
              {"RADAR_STANDARD_WEBHOOK_SECRET", "APILAB_STANDARD_WEBHOOK_SECRET"},
              "Takes /webhooks/standard (whsec_...)"},
    ConfigKey{"webhooks.stripe", Type::secrets, {}, 1, secret_max, {},
              {"RADAR_STRIPE_WEBHOOK_SECRET", "APILAB_STRIPE_WEBHOOK_SECRET"},
              "Takes /webhooks/stripe (whsec_...)"},

    ConfigKey{"dashboard.enabled", Type::truth, "true", 0, 0, {}, {"RADAR_DASHBOARD_ENABLED"},
              "The pages at /. With $PORT alone and no token: false"},
    ConfigKey{"dashboard.token", Type::secret, {}, 16, secret_max, {}, {"RADAR_DASHBOARD_TOKEN"},
              "Whoever opens them from elsewhere shows it; needed where it listens beyond loopback"},

    ConfigKey{"backup.folder", Type::text, {}, 1, 4096, {}, {"RADAR_BACKUP_FOLDER"},
              "Where snapshots of the store go; not set: none are made"},
    ConfigKey{"backup.schedule", Type::schedule, "30 3 * * * UTC", 0, 0, {}, {"RADAR_BACKUP_SCHEDULE"},
              "When"},

    ConfigKey{"retention.bodies", Type::duration, "30d", 3 * day, years_max, {}, {"RADAR_RETENTION_BODIES"},
              "Bodies and headers of webhooks that were dealt with"},
    ConfigKey{"retention.keys", Type::duration, "30d", 30 * day, years_max, {}, {"RADAR_RETENTION_KEYS"},
              "Ids that tell a copy from an event: longer than any sender sends again"},
    ConfigKey{"retention.done_jobs", Type::duration, "1d", 0, years_max, {}, {"RADAR_RETENTION_DONE_JOBS"},
              "Jobs that are done"},
    ConfigKey{"retention.dead_jobs", Type::duration, "30d", 3 * day, years_max, {}, {"RADAR_RETENTION_DEAD_JOBS"},
              "Dead letters"},
    ConfigKey{"retention.messages", Type::duration, "30d", 3 * day, years_max, {}, {"RADAR_RETENTION_MESSAGES"},
              "Effects that are over, and the keys under which they were made"},
    ConfigKey{"retention.quarantine", Type::duration, "30d", 3 * day, years_max, {}, {"RADAR_RETENTION_QUARANTINE"},
              "Webhooks that were not believed"},
};

constexpr std::array of_watch{
    WatchKey{"name", {}, "1 to 40 of a-z0-9._-; a new name is a new project"},
    WatchKey{"path", {}, "A package-lock.json, package.json or folder on this machine"},
    WatchKey{"repository", {}, "Instead: owner/name on GitHub"},
    WatchKey{"ref", {}, "Branch, tag or commit; not set: the default branch"},
    WatchKey{"file", "package-lock.json", "The lockfile within the repository"},
};
// clang-format on

std::string seconds_text(std::int64_t seconds) {
    if (seconds != 0 && seconds % day == 0) {
        return fmt::format("{}d", seconds / day);
    }
    if (seconds != 0 && seconds % minute == 0) {
        return fmt::format("{}m", seconds / minute);
    }
    return fmt::format("{}s", seconds);
}

std::string cell(std::string_view text) {
    return text.empty() ? std::string() : fmt::format("`{}`", text);
}

}  // namespace

std::span<const ConfigKey> config_keys() {
    return keys;
}

const ConfigKey* find_config_key(std::string_view name) {
    const auto found = std::ranges::find(keys, name, &ConfigKey::name);
    return found == keys.end() ? nullptr : &*found;
}

bool is_secret(const ConfigKey& key) {
    return key.type == Type::secret || key.type == Type::secrets;
}

bool has_file(const ConfigKey& key) {
    return is_secret(key) || key.type == Type::store;
}

std::string expected(const ConfigKey& key) {
    switch (key.type) {
        case Type::text:
            return fmt::format("a text of {} to {} bytes", key.low, key.high);
        case Type::number:
            return fmt::format("a number from {} to {}", key.low, key.high);
        case Type::truth:
            return "true or false";
        case Type::duration:
            return fmt::format("a duration from {} to {}, such as 90s, 15m, 6h or 30d",
                               seconds_text(key.low), seconds_text(key.high));
        case Type::size:
            return "a size from 0 to 1024GiB, such as 64MiB or 1GiB";
        case Type::choice:
            return fmt::format("one of {}", key.choices);
        case Type::list:
            return fmt::format("a list of {} to {} texts", key.low, key.high);
        case Type::url:
            return "an http or https URL";
        case Type::address:
            return "a numeric address, such as 127.0.0.1, 0.0.0.0 or ::1";
        case Type::schedule:
            return "a schedule, such as every 6h or 30 7 * * mon-fri Europe/Berlin";
        case Type::quiet_hours:
            return "two times of the day and a time zone, such as 22:00-07:00 Europe/Berlin";
        case Type::store:
            return key.name == "store" ? "sqlite:PATH or postgres://..."
                                       : "redis://... or unix:PATH";
        case Type::secret:
        case Type::secrets:
            return fmt::format("a secret of {} to {} bytes", key.low, key.high);
    }
    return {};
}

std::vector<std::string> variables_of(const ConfigKey& key) {
    std::vector<std::string> names;
    for (const auto variable : key.variables) {
        if (variable.empty()) {
            continue;
        }
        const std::size_t count = key.type == Type::secrets ? secrets_max : 1;
        for (std::size_t number = 1; number <= count; ++number) {
            auto name =
                number == 1 ? std::string(variable) : fmt::format("{}_{}", variable, number);
            if (has_file(key)) {
                names.push_back(name);
                name += "_FILE";
            }
            names.push_back(std::move(name));
        }
    }
    return names;
}

std::span<const WatchKey> watch_keys() {
    return of_watch;
}

std::string config_reference() {
    std::string text =
        "| key | default | what is right | environment | what it is for |\n"
        "| --- | --- | --- | --- | --- |\n";
    for (const auto& key : keys) {
        std::string variables;
        for (const auto variable : key.variables) {
            if (!variable.empty()) {
                variables += (variables.empty() ? "" : ", ") + cell(variable);
            }
        }
        text += fmt::format("| `{}`{} | {} | {} | {} | {} |\n", key.name,
                            is_secret(key) ? " (secret)" : "", cell(key.fallback), expected(key),
                            variables, key.purpose);
    }
    text +=
        "\nA project, in `[[watch]]`:\n\n| key | default | what it is for |\n| --- | --- | --- |\n";
    for (const auto& key : of_watch) {
        text += fmt::format("| `{}` | {} | {} |\n", key.name, cell(key.fallback), key.purpose);
    }
    return text;
}

}  // namespace apilab::radar
