#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::cli::checklist {

/// `integrations.toml`: what a folder says of the integration that it holds. Read by `apilab
/// checklist run`; a key that is not known is an error that names it.
///
///     name = "release-notes"
///     owner = "team platform"
///     on_call = "#platform-on-call"
///     runbook = "docs/runbook.md"
///
///     [service]
///     command = ["./release-notes", "--port", "{port}"]
///     trigger = "github"
///     health = "/livez"
///     [service.environment]
///     GITHUB_URL = "{APILAB_GITHUB_URL}"
///     [service.webhooks]
///     github = "/webhooks/github"
///
///     [[integration]]
///     provider = "github"
///     role = "reads lockfiles"
///
///     [answers]
///     K02 = { answer = "Mara tried for a day", by = "Mara", on = 2026-11-02 }
///     [not_applicable]
///     D05 = "Nothing of anybody else's is updated"
constexpr std::string_view manifest_name = "integrations.toml";
/// A larger file is refused.
constexpr std::size_t manifest_bytes_max = std::size_t{256} << 10U;

/// How the service is run by us. In values of `command` and `environment`, `{port}` (a free one),
/// `{volume}` (a folder that stays over restarts), `{folder}` (where `integrations.toml` lies),
/// `{programs}` (where the `apilab` lies that runs it) and the names of the sandbox's environment
/// (`{APILAB_NPM_URL}`, `apilab sandbox env`) are replaced. Besides these there are, for each such
/// secret `NAME`, `{NAME_NEXT}`: what follows it when it is replaced (`Step::rotate`), and
/// `{NAME_FILE}`: a file that holds what is good just now; of each webhook secret `{NAME_FORMER}`;
/// and `{APILAB_GITHUB_HOOK_URL}`: the hook that it is subscribed with.
///
/// It gets PATH, HOME, TMPDIR and what stands in `environment`, nothing else. It runs in an empty
/// folder of its own, which is gone with it. A first word of `command` with a slash is a path from
/// the manifest's folder, one without is looked for in PATH.
struct Service {
    /// Empty: nothing can be run, and what a run would show is `untested`.
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;
    /// Names in `environment` whose values are secrets: looked for in everything it writes, and
    /// left out one by one to see how it refuses to start.
    std::vector<std::string> secrets;
    /// The sender whose webhook makes it do its work; one of `webhooks`. Empty: it works by itself.
    std::string trigger;
    /// Sender (`github`, `slack`, `notion`, `stripe`) to the path it is called at.
    std::map<std::string, std::string> webhooks;
    std::string health = "/livez";
    std::string ready = "/readyz";
    /// Empty: it has none.
    std::string metrics;
    /// Where it shows what it gave up on; empty: nowhere.
    std::string dead_letters;
    /// What delivers one of them again (`Action`); `{id}` or `{jobs.id}` is a field of the first.
    /// Empty: nothing does.
    std::string redeliver;
    /// What closes an open breaker by hand (`Action`); `{provider}` is whose. Empty: nothing does.
    std::string reset_breaker;
    /// The name in `environment` of what these two show as `Authorization: Bearer`; empty: nothing.
    std::string token;
    /// From its start to its first 200 on `ready`.
    Duration ready_within = std::chrono::seconds(10);
    /// From SIGTERM to its end.
    Duration kill_timeout = std::chrono::seconds(5);
};

/// One provider that the service talks to: a row of the inventory.
struct Integration {
    /// `github`, `npm`, `osv`, `slack`, `notion`, `gmail`, or another name.
    std::string provider;
    /// What it is for, which data it moves, how sensitive they are (`public`, `internal`,
    /// `personal`, `secret`), which environments there are, which API version is spoken.
    std::string role;
    std::string data;
    std::string sensitivity;
    std::vector<std::string> environments;
    std::string api_version;
    std::string status_page;
    std::string support;
    /// Who reads the provider's changelog.
    std::string changelog;
    /// What happens while it is down: `fail`, `stale` or `queue`.
    std::string fallback;
    std::optional<std::int64_t> calls_per_day;
    std::string cost;
    /// The limit that it is held to, with its unit: `5000 requests/h`.
    std::string limit;
    /// The limits of time in force, and the measured percentile beside them: `10 s (p99.9 2.1 s)`.
    std::string timeout;
    /// Scope to the sentence that says what for.
    std::map<std::string, std::string> scopes;
    /// Event types that it subscribes to.
    std::vector<std::string> events;
    /// What the consent screen says: `published`, `testing`, `none`.
    std::string consent;
    /// What switches it off at the next start: a variable of the environment and its value,
    /// `SLACK_ENABLED=false`. Empty: nothing does.
    std::string off;
};

/// What a person has said about an item.
struct PersonsAnswer {
    std::string answer;
    std::string by;
    /// `2026-11-02`.
    std::string on;
    std::string link;
};

struct Manifest {
    std::string name;
    std::string owner;
    std::string on_call;
    /// Where the files of the integration are, if the manifest lies deeper: `../..`. It leads up
    /// only, four folders at most, and the manifest's lies in it. Empty: the manifest's own.
    std::string root;
    /// What of `root` is its, where others live there too: files and folders. Empty: everything.
    std::vector<std::string> parts;
    /// Files and folders, relative to `root`.
    std::string runbook;
    std::string alerts;
    std::string tests;
    std::string fixtures;
    /// How long personal data are kept.
    std::string retention;
    Service service;
    std::vector<Integration> integrations;
    /// By item.
    std::map<std::string, PersonsAnswer> answers;
    /// By item; never empty sentences.
    std::map<std::string, std::string> not_applicable;
};

/// Errors: `invalid_argument` that names the key and says what would be right: an unknown key or
/// item, a wrong type, a `not_applicable` that is no sentence (fewer than three words), an answer
/// without `by` or `on`, a `trigger` that is none of `webhooks`, a path that leaves `root`.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view toml);

/// The line of the manifest on which `key` is set (`owner`, `integration.github.limit`,
/// `answers.K02`), from 1; 0 where it is not there. For evidence.
[[nodiscard]] std::size_t line_of(std::string_view toml, std::string_view key);

}  // namespace apilab::cli::checklist
