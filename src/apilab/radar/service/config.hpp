#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/url.hpp"
#include "apilab/radar/cvss.hpp"
#include "apilab/work/store.hpp"

namespace apilab::radar {

/// A project whose dependencies are watched: a place on this machine, or a repository on GitHub.
struct Watch {
    /// 1 to 40 of `a-z0-9._-`: with a package's name it makes a key of 255 bytes at most. A new
    /// name is a new project.
    std::string name;
    /// A lockfile, package.json or folder, as `read_input` takes it. Empty: `repository`.
    std::string path;
    /// `owner/name`; the lockfile is read by GitHub's contents API.
    std::string repository;
    /// Branch, tag or commit; empty: the default branch.
    std::string ref;
    /// The lockfile's path within the repository; its package.json is looked for beside it.
    std::string file = "package-lock.json";
};

/// A time of the day in which nobody is interrupted; it may pass midnight.
struct QuietHours {
    /// Since midnight, in that zone.
    std::chrono::minutes from{};
    std::chrono::minutes to{};
    /// `Europe/Berlin`.
    std::string zone = "UTC";
};

struct SlackSink {
    Secret token;
    /// An id (`C...`), or a public channel's name.
    std::string channel;
    /// Who is below it waits for the digest. Malicious packages count as critical.
    Severity level = Severity::high;
    std::optional<QuietHours> quiet;
};

struct NotionSink {
    Secret token;
    std::string data_source;
    /// How often people's columns are read, besides webhooks. 1 min to 1 day.
    Duration read_every = std::chrono::minutes(15);
};

struct GmailSink {
    std::string from;
    std::vector<std::string> to;
    /// As `work::Schedule` reads it.
    std::string schedule = "0 8 * * mon UTC";
    /// A user's consent: client id, client secret and refresh token; or a service account's key
    /// file, acting for `from`.
    std::string client_id;
    Secret client_secret;
    Secret refresh_token;
    std::string service_account_file;
};

/// Whose webhooks are taken. Several secrets are for rotation: each of them counts.
struct WebhookSource {
    /// `github`, `slack`, `notion`, `stripe`, `standard`.
    std::string sender;
    std::vector<Secret> secrets;
};

/// Where the APIs are: the real ones, or a sandbox.
struct ApiUrls {
    http::Url npm;
    http::Url osv;
    http::Url github;
    http::Url slack;
    http::Url notion;
    /// Gmail's API is appended as `/gmail/v1/...`.
    http::Url google;
    /// Google's token endpoint.
    http::Url google_token;
};

/// How long whoever is asked may take: `client::ClientOptions::deadline` and `timeouts`.
struct CallTimes {
    Duration connect = std::chrono::seconds(5);
    Duration first_byte = std::chrono::seconds(15);
    Duration idle = std::chrono::seconds(15);
    /// 1 s to 30 s.
    Duration attempt = std::chrono::seconds(30);
    /// At least `attempt`.
    Duration deadline = std::chrono::seconds(60);
};

/// Everything that a running radar is told. A value; `load_config` (config_load.hpp) makes it of
/// flags, environment and file, and says where each value came from.
struct Config {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;
    /// A second port on the same address with `/metrics` alone, for a scraper that shows no token:
    /// whoever reaches it may read it. 0: none.
    std::uint16_t metrics_port = 0;
    /// `sqlite:PATH` or `postgres://...` (which may hold a password).
    Secret store;
    /// `redis://...` (which may hold a password) or `unix:PATH`: a budget of requests that several
    /// replicas spend together. Empty: none.
    Secret shared;
    /// When everything is checked, besides webhooks. As `work::Schedule` reads it.
    std::string schedule = "every 6h";
    std::vector<Watch> watches;
    ApiUrls urls;
    /// Who is neither asked nor told: `npm`, `osv`, `github`, `slack`, `notion`, `gmail`.
    std::vector<std::string> off;
    CallTimes calls;
    std::optional<Secret> github_token;
    /// The webhook whose deliveries the gap filler reads: `https://.../repos/o/r/hooks/1`.
    std::optional<http::Url> github_hook;
    /// How often they are read, and how old one has to be to count as missing.
    Duration hook_every = std::chrono::minutes(5);
    Duration hook_settle = std::chrono::minutes(1);
    std::optional<SlackSink> slack;
    std::optional<NotionSink> notion;
    std::optional<GmailSink> gmail;
    std::vector<WebhookSource> webhooks;
    /// Senders that have to be among them.
    std::vector<std::string> webhooks_from;
    /// False: there is no dashboard, only webhooks, health and metrics.
    bool dashboard = true;
    /// Whoever opens the dashboard from elsewhere shows it. Empty: loopback only.
    Secret dashboard_token;
    /// Names under which it may be asked for (`Host`), besides loopback's.
    std::vector<std::string> hosts;
    /// Where snapshots of the store go, and when; empty folder: none are made.
    std::string backup_folder;
    std::string backup_schedule = "30 3 * * * UTC";
    /// How long what is over is kept; valid by `work::validate`.
    work::RetentionTimes retention;
    /// Below so much room on the store's disk it is not ready.
    std::uint64_t disk_floor_bytes = std::uint64_t{64} << 20U;
    /// What is under way at SIGTERM has so long. Default 4 s: below Fly's 5 s.
    Duration grace = std::chrono::seconds(4);
    /// From SIGTERM on it is not ready, and goes on answering for so long before it closes its
    /// port: routers learn late. 0 to 5 s, within the grace. Empty: 300 ms, and nothing where it
    /// listens on loopback (`drain_of`, config_load.hpp).
    std::optional<Duration> drain;
    /// `json` or `human`.
    std::string log_format = "json";
    /// How answers are headed where the sources are a sandbox.
    bool simulated = false;
};

}  // namespace apilab::radar
