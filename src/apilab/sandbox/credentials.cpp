#include "apilab/sandbox/credentials.hpp"

#include <fmt/format.h>

#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"
#include "apilab/sandbox/seed/keys.hpp"
#include "apilab/sandbox/webhook/sign.hpp"

namespace apilab::sandbox {

std::string seed_secret(std::uint64_t seed, std::string_view name, std::string_view prefix) {
    constexpr std::size_t digits = 24;
    const auto digest = internal::sha256_hex(fmt::format("apilab seed {} {}", seed, name));
    return std::string(prefix) + digest.substr(0, digits);
}

std::string webhook_secret(std::uint64_t seed, std::string_view from, bool former) {
    const std::string_view before = former ? "former " : "";
    if (from == "slack") {
        return seed_secret(seed, fmt::format("{}slack signing secret", before), "");
    }
    const auto secret = seed_secret(seed, fmt::format("{}{} webhook secret", before, from),
                                    from == "stripe"   ? "whsec_"
                                    : from == "notion" ? "secret_"
                                                       : "");
    return from == "standard" ? "whsec_" + internal::base64(secret) : secret;
}

std::string webhook_private_key(std::uint64_t seed, bool former) {
    constexpr std::size_t key_size = 32;
    const auto digits = internal::sha256_hex(
        fmt::format("apilab seed {} {}webhook key", seed, former ? "former " : ""));
    return webhook::standard_private_key(std::string_view(digits).substr(0, key_size));
}

std::vector<std::pair<std::string, std::string>> seed_credentials(std::uint64_t seed) {
    return {
        {"APILAB_GITHUB_TOKEN", seed_secret(seed, "github token", "ghp_")},
        {"APILAB_API_KEY", seed_secret(seed, "api key", "ak_")},
        {"APILAB_API_USER", "ada"},
        {"APILAB_API_PASSWORD", seed_secret(seed, "api password", "pw:")},
        {"APILAB_API_TOKEN", seed_secret(seed, "api token", "at_")},
        {"APILAB_API_SIGNING_KEY", seed_secret(seed, "api signing key", "sk_")},
        {"APILAB_GITHUB_WEBHOOK_SECRET", webhook_secret(seed, "github")},
        {"APILAB_SLACK_SIGNING_SECRET", webhook_secret(seed, "slack")},
        {"APILAB_STRIPE_WEBHOOK_SECRET", webhook_secret(seed, "stripe")},
        {"APILAB_NOTION_WEBHOOK_SECRET", webhook_secret(seed, "notion")},
        {"APILAB_STANDARD_WEBHOOK_SECRET", webhook_secret(seed, "standard")},
        {"APILAB_STANDARD_WEBHOOK_VERIFIER",
         webhook::standard_public_key(webhook_private_key(seed))},
        {"APILAB_OAUTH_CLIENT_ID", seed_secret(seed, "oauth client", "client-")},
        {"APILAB_OAUTH_CLIENT_SECRET", seed_secret(seed, "oauth secret", "cs_")},
        {"APILAB_OAUTH_REFRESH_TOKEN", seed_secret(seed, "oauth refresh token", "rt_")},
        {"APILAB_OAUTH_PUBLIC_CLIENT_ID", "apilab-cli"},
        {"APILAB_OAUTH_RS256_CLIENT_ID", "apilab-rs256"},
        {"APILAB_OAUTH_ES256_CLIENT_ID", "apilab-es256"},
        {"APILAB_OAUTH_WITHDRAWN_TOKEN", seed_secret(seed, "oauth withdrawn token", "rt_")},
        {"APILAB_SLACK_TOKEN", seed_secret(seed, "slack token", "xoxb-")},
        {"APILAB_SLACK_CHANNEL", "C00000003"},
        {"APILAB_NOTION_TOKEN", seed_secret(seed, "notion token", "ntn_")},
        {"APILAB_NOTION_DB", notion::database_id_of(seed)},
        {"APILAB_NOTION_DS", notion::data_source_id_of(seed)},
        {"APILAB_GOOGLE_CLIENT_ID", seed_secret(seed, "google client", "client-")},
        {"APILAB_GOOGLE_CLIENT_SECRET", seed_secret(seed, "google secret", "GOCSPX-")},
        {"APILAB_GOOGLE_REFRESH_TOKEN", seed_secret(seed, "google refresh token", "1//")},
        {"APILAB_GOOGLE_SA_EMAIL", "apilab@sandbox.iam.gserviceaccount.com"},
        {"APILAB_GITHUB_APP_ID", "4711"},
        {"APILAB_GITHUB_INSTALLATION_ID", "815"},
    };
}

std::vector<KeyFile> key_files() {
    return {
        {"APILAB_GITHUB_APP_KEY_FILE", "github-app.pem", seed::key("github-app")},
        {"APILAB_GOOGLE_SA_KEY_FILE", "google-service-account.pem",
         seed::key("google-service-account")},
        {"APILAB_OAUTH_RS256_KEY_FILE", "oauth-client-rs256.pem", seed::key("oauth-client-rs256")},
        {"APILAB_OAUTH_ES256_KEY_FILE", "oauth-client-es256.pem", seed::key("oauth-client-es256")}};
}

std::vector<std::string> seed_secrets(std::uint64_t seed) {
    constexpr int rotations = 8;
    std::vector<std::string> secrets;
    std::string user;
    for (auto& [name, value] : seed_credentials(seed)) {
        const std::string_view kind = std::string_view(name).substr(name.rfind('_') + 1);
        if (name == "APILAB_API_USER") {
            user = value;
        } else if (name == "APILAB_API_PASSWORD") {
            secrets.push_back(internal::base64(fmt::format("{}:{}", user, value)));
        }
        if (kind == "KEY" || kind == "PASSWORD" || kind == "SECRET" || kind == "TOKEN") {
            secrets.push_back(std::move(value));
        }
    }
    for (int i = 0; i < rotations; ++i) {
        secrets.push_back(seed_secret(seed, fmt::format("api key {}", i + 2), "ak_"));
    }
    return secrets;
}

}  // namespace apilab::sandbox
