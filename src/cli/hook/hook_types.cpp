#include "hook/hook_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace apilab::cli {
namespace {

using sandbox::webhook::Matter;

constexpr std::array types{
    HookType{.from = "github", .name = "push"},
    HookType{.from = "github", .name = "issues.opened", .matter = Matter::created},
    HookType{.from = "github", .name = "issues.edited", .matter = Matter::updated},
    HookType{.from = "github", .name = "issues.deleted", .matter = Matter::deleted},
    HookType{.from = "github", .name = "repository_weather", .matter = Matter::unknown},
    HookType{.from = "github", .name = "ping", .handshake = true},
    HookType{.from = "notion", .name = "comment.created"},
    HookType{.from = "notion", .name = "page.created", .matter = Matter::created},
    HookType{.from = "notion", .name = "page.properties_updated", .matter = Matter::updated},
    HookType{.from = "notion", .name = "page.deleted", .matter = Matter::deleted},
    HookType{.from = "notion", .name = "weather.clouded_over", .matter = Matter::unknown},
    HookType{.from = "notion", .name = "verification_token", .handshake = true},
    HookType{.from = "slack", .name = "app_mention"},
    HookType{.from = "slack", .name = "message", .matter = Matter::created},
    HookType{.from = "slack", .name = "message_changed", .matter = Matter::updated},
    HookType{.from = "slack", .name = "message_deleted", .matter = Matter::deleted},
    HookType{.from = "slack", .name = "weather_changed", .matter = Matter::unknown},
    HookType{.from = "slack", .name = "url_verification", .handshake = true},
    HookType{.from = "standard", .name = "order.shipped"},
    HookType{.from = "standard", .name = "order.created", .matter = Matter::created},
    HookType{.from = "standard", .name = "order.updated", .matter = Matter::updated},
    HookType{.from = "standard", .name = "order.deleted", .matter = Matter::deleted},
    HookType{.from = "standard", .name = "weather.clouded_over", .matter = Matter::unknown},
    HookType{.from = "stripe", .name = "invoice.paid"},
    HookType{.from = "stripe", .name = "customer.created", .matter = Matter::created},
    HookType{.from = "stripe", .name = "customer.updated", .matter = Matter::updated},
    HookType{.from = "stripe", .name = "customer.deleted", .matter = Matter::deleted},
    HookType{.from = "stripe", .name = "weather.clouded_over", .matter = Matter::unknown},
};

// Names as the sandbox exports them (`apilab sandbox env`); Shopify has none there.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> variables{{
    {"github", "APILAB_GITHUB_WEBHOOK_SECRET"},
    {"notion", "APILAB_NOTION_WEBHOOK_SECRET"},
    {"shopify", "APILAB_SHOPIFY_WEBHOOK_SECRET"},
    {"slack", "APILAB_SLACK_SIGNING_SECRET"},
    {"standard", "APILAB_STANDARD_WEBHOOK_SECRET"},
    {"stripe", "APILAB_STRIPE_WEBHOOK_SECRET"},
}};

std::string joined(std::string_view from) {
    std::string all;
    for (const auto& type : types) {
        const auto& word = from.empty() ? type.from : type.name;
        const bool wanted = from.empty() ? !all.ends_with(type.from) : type.from == from;
        if (wanted) {
            all += (all.empty() ? "" : ", ") + std::string(word);
        }
    }
    return all;
}

}  // namespace

std::span<const HookType> hook_types() {
    return types;
}

Result<HookType> find_hook_type(std::string_view text) {
    const auto colon = text.find(':');
    const auto from = text.substr(0, colon);
    const auto name = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    const auto found = std::ranges::find_if(types, [&](const HookType& type) {
        return type.from == from && (colon == text.npos || type.name == name);
    });
    if (found != types.end()) {
        return *found;
    }
    const auto names = from.empty() ? std::string() : joined(from);
    return fail(Error(ErrorKind::invalid_argument,
                      names.empty()
                          ? fmt::format("TYPE: expected SENDER:NAME, with one of these senders: "
                                        "{}",
                                        joined({}))
                          : fmt::format("TYPE: {} sends {}", from, names))
                    .with_remedy("apilab hook trigger --list"));
}

std::string_view hook_secret_variable(std::string_view sender) {
    const auto found =
        std::ranges::find(variables, sender, &std::pair<std::string_view, std::string_view>::first);
    return found == variables.end() ? std::string_view() : found->second;
}

std::string hook_columns(std::string_view source, std::string_view type, std::string_view id) {
    return fmt::format("{:<8} {:<23} {:<36}  ", source, type, id);
}

http::Url hook_url(const http::Url& url, std::string_view source) {
    return url.path() == "/" && url.query().empty() ? url.with(fmt::format("/webhooks/{}", source))
                                                    : url;
}

}  // namespace apilab::cli
