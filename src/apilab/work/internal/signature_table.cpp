#include "apilab/work/internal/signature_table.hpp"

#include <algorithm>

namespace apilab::work {
namespace internal {
namespace {

// In the order of the enumeration. Names are compared without case; they stand here as a sender
// writes them.
constexpr std::array table{
    SchemeRow{.scheme = SignatureScheme::github,
              .name = "github",
              .header = "X-Hub-Signature-256",
              .prefix = "sha256="},
    SchemeRow{.scheme = SignatureScheme::slack,
              .name = "slack",
              .header = "X-Slack-Signature",
              .prefix = "v0=",
              .time_header = "X-Slack-Request-Timestamp",
              .lead = "v0:",
              .joint = ":"},
    SchemeRow{.scheme = SignatureScheme::stripe,
              .name = "stripe",
              .header = "Stripe-Signature",
              .prefix = "v1=",
              .separator = ',',
              .time_item = "t=",
              .joint = "."},
    SchemeRow{.scheme = SignatureScheme::standard,
              .name = "standard",
              .header = "webhook-signature",
              .prefix = "v1,",
              .separator = ' ',
              .time_header = "webhook-timestamp",
              .id_header = "webhook-id",
              .joint = ".",
              .encoding = SignatureEncoding::base64,
              .key = KeyRule::wrapped},
    SchemeRow{.scheme = SignatureScheme::standard_ed25519,
              .name = "standard-ed25519",
              .header = "webhook-signature",
              .prefix = "v1a,",
              .separator = ' ',
              .time_header = "webhook-timestamp",
              .id_header = "webhook-id",
              .joint = ".",
              .encoding = SignatureEncoding::base64,
              .key = KeyRule::ed25519},
    SchemeRow{.scheme = SignatureScheme::shopify,
              .name = "shopify",
              .header = "X-Shopify-Hmac-Sha256",
              .encoding = SignatureEncoding::base64},
    SchemeRow{.scheme = SignatureScheme::notion,
              .name = "notion",
              .header = "X-Notion-Signature",
              .prefix = "sha256="},
};

constexpr auto schemes = [] {
    std::array<SignatureScheme, table.size()> all{};
    std::ranges::transform(table, all.begin(), &SchemeRow::scheme);
    return all;
}();

static_assert(std::ranges::is_sorted(table, {}, &SchemeRow::scheme));

}  // namespace

std::span<const SchemeRow> scheme_table() {
    return table;
}

const SchemeRow& row_of(SignatureScheme scheme) {
    return table.at(static_cast<std::size_t>(scheme));
}

SignedBytes signed_bytes(const SchemeRow& row, std::string_view id, std::string_view timestamp,
                         std::string_view body) {
    SignedBytes made{.head = {row.lead}, .body = body};
    if (!row.id_header.empty()) {
        made.head[1] = id;
        made.head[2] = ".";
    }
    if (row.timed()) {
        made.head[3] = timestamp;
        made.head[4] = row.joint;
    }
    return made;
}

std::string SignedBytes::joined() const {
    std::string text;
    for (const auto part : head) {
        text += part;
    }
    return text.append(body);
}

}  // namespace internal

std::span<const SignatureScheme> all_signature_schemes() {
    return internal::schemes;
}

std::string_view to_string(SignatureScheme scheme) {
    return internal::row_of(scheme).name;
}

std::optional<SignatureScheme> find_signature_scheme(std::string_view name) {
    const auto rows = internal::scheme_table();
    const auto found = std::ranges::find(rows, name, &internal::SchemeRow::name);
    return found == rows.end() ? std::nullopt : std::optional(found->scheme);
}

}  // namespace apilab::work
