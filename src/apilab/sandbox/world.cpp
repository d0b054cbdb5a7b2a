#include "apilab/sandbox/world.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/data_dir.hpp"
#include "apilab/sandbox/effects/provider.hpp"
#include "apilab/sandbox/facts.hpp"
#include "apilab/sandbox/foreign/provider.hpp"
#include "apilab/sandbox/google/provider.hpp"
#include "apilab/sandbox/notion/provider.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/seed/keys.hpp"
#include "apilab/sandbox/seed/seed.hpp"
#include "apilab/sandbox/slack/provider.hpp"
#include "apilab/sandbox/synthetic.hpp"

namespace apilab::sandbox {
namespace {

constexpr std::size_t synthetic_max = 20'000;

AuditEntry audit_entry(const AdvisoryFacts& facts, const Affected& affected) {
    return {.id = facts.id,
            .title = facts.summary,
            .severity = facts.severity == "medium" ? "moderate" : facts.severity,
            .cwes = facts.cwes,
            .cvss = facts.cvss,
            .score = facts.score.value_or(0),
            .affected = affected};
}

void add_audit(npm::Registry& registry, const AdvisoryFacts& facts) {
    // npm's audit is fed from GitHub's database.
    if (!facts.in_github || !facts.withdrawn.empty()) {
        return;
    }
    for (const auto& affected : facts.affected) {
        registry.audit[affected.package].push_back(audit_entry(facts, affected));
    }
}

void append(Facts& facts, Facts more) {
    std::ranges::move(more.packages, std::back_inserter(facts.packages));
    std::ranges::move(more.advisories, std::back_inserter(facts.advisories));
    std::ranges::move(more.repositories, std::back_inserter(facts.repositories));
}

/// npm's side and OSV's of what is known, in the making.
struct Parts {
    npm::Registry npm;
    std::vector<osv::Record> osv;
};

void add_packages(Parts& parts, const Facts& facts) {
    for (const auto& package : facts.packages) {
        parts.npm.packages.emplace(package.name, npm::make_packument(package));
    }
}

void add_advisories(Parts& parts, const Facts& facts) {
    for (const auto& advisory : facts.advisories) {
        add_audit(parts.npm, advisory);
        if (advisory.in_osv) {
            parts.osv.push_back(osv::make_record(advisory));
        }
    }
}

/// Records that no npm package gives rise to: every shape of the schema (seed/osv.json).
Result<void> add_shapes(Parts& parts) {
    const auto file = std::ranges::find(seed::files(), "osv.json", &EmbeddedFile::name);
    APILAB_TRY(const auto document, http::JsonDocument::parse(file->bytes));
    for (const auto entry : document.root()["records"].elements()) {
        APILAB_TRY(auto record, osv::read_record(entry));
        parts.osv.push_back(std::move(record));
    }
    return {};
}

/// What was recorded stands in place of the built-in part of its kind.
std::vector<std::string> add_recorded(Parts& parts, DataDir data, const Facts& built_in) {
    if (data.packuments.empty()) {
        data.warnings.emplace_back("npm: no packuments in the data folder: the built-in ones stay");
        add_packages(parts, built_in);
    }
    if (data.records.empty()) {
        data.warnings.emplace_back("osv: no records in the data folder: the built-in ones stay");
        add_advisories(parts, built_in);
    }
    for (auto& packument : data.packuments) {
        auto name = packument.name;
        parts.npm.packages.emplace(std::move(name), std::move(packument));
    }
    for (auto& entry : data.audit) {
        parts.npm.audit[entry.affected.package].push_back(std::move(entry));
    }
    parts.osv = parts.osv.empty() ? std::move(data.records) : std::move(parts.osv);
    return std::move(data.warnings);
}

// The fixed client and refresh token, and beside them what `seed_credentials` hands out.
oauth::OAuthOptions oauth_options(std::uint64_t seed, bool auto_consent) {
    oauth::OAuthOptions options{.seed = seed, .auto_consent = auto_consent};
    const auto client = seed_secret(seed, "oauth client", "client-");
    options.clients.push_back({client, seed_secret(seed, "oauth secret", "cs_")});
    options.clients.push_back({.id = "apilab-cli"});
    options.clients.push_back(
        {.id = "apilab-rs256", .key = std::string(seed::key("oauth-client-rs256"))});
    options.clients.push_back(
        {.id = "apilab-es256", .key = std::string(seed::key("oauth-client-es256"))});
    options.consents.push_back({seed_secret(seed, "oauth refresh token", "rt_"), client, "mara"});
    // Scripts that know one name for "the refresh token" use Google's here as well.
    options.consents.push_back({seed_secret(seed, "google refresh token", "1//"), client, "mara"});
    options.consents.push_back(
        {seed_secret(seed, "oauth withdrawn token", "rt_"), client, "ilse", true});
    return options;
}

google::GoogleOptions google_options(std::uint64_t seed) {
    google::GoogleOptions options{.seed = seed, .tokens = {.seed = seed}};
    const auto client = seed_secret(seed, "google client", "client-");
    options.tokens.clients.emplace_back(client, seed_secret(seed, "google secret", "GOCSPX-"));
    options.tokens.refresh_tokens.emplace_back(seed_secret(seed, "google refresh token", "1//"),
                                               client);
    return options;
}

}  // namespace

Result<World> make_world(const WorldOptions& options) {
    if (options.synthetic_packages > synthetic_max) {
        return fail(ErrorKind::invalid_argument, "synthetic packages: at most 20000");
    }
    APILAB_TRY(auto facts, seed::built_in_facts());
    Parts parts;
    std::vector<std::string> warnings;
    if (options.data_dir) {
        APILAB_TRY(auto data, read_data_dir(*options.data_dir));
        warnings = add_recorded(parts, std::move(data), facts);
    } else {
        add_packages(parts, facts);
        add_advisories(parts, facts);
        APILAB_CHECK(add_shapes(parts));
    }
    if (options.synthetic_packages > 0) {
        auto invented = synthetic_facts(options.synthetic_packages, options.seed);
        add_packages(parts, invented);
        add_advisories(parts, invented);
        append(facts, std::move(invented));
    }
    return World{.npm = std::make_shared<const npm::Registry>(std::move(parts.npm)),
                 .osv = std::make_shared<const osv::Database>(std::move(parts.osv)),
                 .github = std::make_shared<const github::Store>(facts),
                 .warnings = std::move(warnings)};
}

std::vector<std::unique_ptr<Provider>> make_providers(const World& world,
                                                      const WorldOptions& options) {
    std::vector<std::unique_ptr<Provider>> providers;
    providers.push_back(std::make_unique<npm::NpmProvider>(world.npm));
    providers.push_back(std::make_unique<osv::OsvProvider>(world.osv, options.osv));
    auto github = options.github;
    github.seed = options.seed;
    github.tokens.push_back(seed_secret(options.seed, "github token", "ghp_"));
    providers.push_back(std::make_unique<github::GitHubProvider>(world.github, std::move(github)));
    providers.push_back(std::make_unique<api::ApiProvider>(options.seed));
    providers.push_back(std::make_unique<effects::EffectsProvider>());
    providers.push_back(std::make_unique<foreign::ForeignProvider>());
    providers.push_back(
        std::make_unique<oauth::OAuthProvider>(oauth_options(options.seed, options.auto_consent)));
    slack::SlackOptions slack;
    slack.tokens.push_back(seed_secret(options.seed, "slack token", "xoxb-"));
    providers.push_back(std::make_unique<slack::SlackProvider>(std::move(slack)));
    notion::NotionOptions notion{.seed = options.seed};
    notion.tokens.push_back(seed_secret(options.seed, "notion token", "ntn_"));
    providers.push_back(std::make_unique<notion::NotionProvider>(std::move(notion)));
    providers.push_back(std::make_unique<google::GoogleProvider>(google_options(options.seed)));
    return providers;
}

}  // namespace apilab::sandbox
