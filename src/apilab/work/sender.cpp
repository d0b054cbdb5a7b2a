#include "apilab/work/sender.hpp"

#include <algorithm>
#include <array>

namespace apilab::work {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr EventPlace header(std::string_view name) {
    return {.in = EventPlace::In::header, .name = name};
}
constexpr EventPlace body(std::string_view pointer) {
    return {.in = EventPlace::In::body, .name = pointer};
}

constexpr Sender github{.name = "github",
                        .source = "github",
                        .scheme = SignatureScheme::github,
                        .budget = seconds(10),
                        .retries = false,
                        .horizon = days(3),
                        .id_is_signed = false,
                        .id = header("x-github-delivery"),
                        .scope = header("x-github-hook-id"),
                        .type = header("x-github-event"),
                        .handshake = Handshake::github_ping,
                        .form = true};
constexpr Sender notion{.name = "notion",
                        .source = "notion",
                        .scheme = SignatureScheme::notion,
                        .budget = seconds(10),
                        .horizon = days(1),
                        .body_varies = true,
                        .id = body("/id"),
                        .type = body("/type"),
                        .entity_kind = body("/entity/type"),
                        .entity = body("/entity/id"),
                        .version = body("/timestamp"),
                        .handshake = Handshake::notion_token};
constexpr Sender shopify{.name = "shopify",
                         .source = "shopify",
                         .scheme = SignatureScheme::shopify,
                         .budget = seconds(5),
                         .horizon = hours(4),
                         .id_is_signed = false,
                         .id = header("x-shopify-event-id"),
                         .scope = header("x-shopify-topic"),
                         .type = header("x-shopify-topic"),
                         .entity_kind = header("x-shopify-topic"),
                         .entity = body("/id"),
                         .version = header("x-shopify-triggered-at")};
constexpr Sender slack{.name = "slack",
                       .source = "slack",
                       .scheme = SignatureScheme::slack,
                       .budget = seconds(3),
                       .horizon = minutes(10),
                       .id = body("/event_id"),
                       .scope = body("/team_id"),
                       .type = body("/type"),
                       .handshake = Handshake::slack_challenge,
                       .form = true};
constexpr Sender standard{.name = "standard",
                          .source = "standard",
                          .scheme = SignatureScheme::standard,
                          .budget = seconds(15),
                          .horizon = hours(76),
                          .id = header("webhook-id"),
                          .type = body("/type"),
                          .entity = body("/data/id"),
                          .version = body("/timestamp")};
constexpr Sender stripe{.name = "stripe",
                        .source = "stripe",
                        .scheme = SignatureScheme::stripe,
                        .budget = seconds(10),
                        .horizon = days(3),
                        .body_varies = true,
                        .id = body("/id"),
                        .type = body("/type"),
                        .entity_kind = body("/data/object/object"),
                        .entity = body("/data/object/id"),
                        .version = body("/created")};

constexpr Sender with_public_key(Sender sender) {
    sender.name = "standard_ed25519";
    sender.scheme = SignatureScheme::standard_ed25519;
    return sender;
}

constexpr std::array<Sender, 7> all{
    github, notion, shopify, slack, standard, with_public_key(standard), stripe};

}  // namespace

std::span<const Sender> senders() {
    return all;
}

const Sender* find_sender(std::string_view name) {
    const auto* found = std::ranges::find(all, name, &Sender::name);
    return found == all.end() ? nullptr : found;
}

}  // namespace apilab::work
