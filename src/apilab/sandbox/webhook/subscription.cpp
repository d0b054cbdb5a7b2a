#include "apilab/sandbox/webhook/subscription.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "apilab/sandbox/webhook/sign.hpp"

namespace apilab::sandbox::webhook {

using internal::bad_field;

namespace {

constexpr std::size_t text_max = 2048;
constexpr std::size_t events_max = 100;

bool is_of_this_machine(std::string_view host) {
    static constexpr std::array names{"localhost", "127.0.0.1", "[::1]", "::1"};
    const bool dotted =
        host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
    return dotted || std::ranges::find(names, host) != names.end();
}

bool signs_with(std::string_view from, const Secret& secret) {
    return secret.empty() || from != "standard" ||
           standard_signature(secret.reveal(), "id", "0", "").has_value();
}

}  // namespace

Result<void> check_subscription(const Subscription& subscription, bool anywhere) {
    if (find_dialect(subscription.from) == nullptr) {
        return bad_field("/from", "expected one of " + dialect_names());
    }
    const auto url = http::Url::parse(subscription.url);
    if (!url || subscription.url.size() > text_max || subscription.url.contains('@')) {
        return bad_field("/url", fmt::format("expected a http or https URL of at most {} "
                                             "characters, without a password",
                                             text_max));
    }
    if (!anywhere && !is_of_this_machine(url->host())) {
        return bad_field("/url",
                         "expected a program on this machine: http://127.0.0.1 and its "
                         "port");
    }
    if (subscription.secret.reveal().size() > text_max ||
        !signs_with(subscription.from, subscription.secret)) {
        return bad_field("/secret",
                         "expected whsec_ and base64, or whsk_ and base64 of an ed25519 "
                         "key");
    }
    for (const auto& event : subscription.events) {
        if (subscription.events.size() > events_max || event.empty() || event.size() > events_max) {
            return bad_field("/events", "expected at most 100 names of 1 to 100 characters");
        }
    }
    return {};
}

bool wants(const Subscription& subscription, const Event& event) {
    if (subscription.events.empty()) {
        return event.from != "github" || event.type == "push";
    }
    return std::ranges::any_of(subscription.events, [&](const std::string& name) {
        return name == "*" || name == event.type || name.starts_with(event.type + ".");
    });
}

bool concerns(const Subscription& subscription, std::string_view from, std::string_view scope) {
    return (from.empty() || subscription.from == from) &&
           (scope.empty() || subscription.scope.empty() || subscription.scope == scope);
}

}  // namespace apilab::sandbox::webhook
