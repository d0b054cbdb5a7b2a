#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace apilab::cli {

/// Part of a text that looks like a credential of somebody's making.
struct ShapedSecret {
    std::string_view kind;
    std::size_t offset = 0;
    std::size_t size = 0;
};

/// On a line with this what looks like a secret is none: a test vector that somebody published. The
/// word is gitleaks' own.
constexpr std::string_view allowed_mark = "gitleaks:allow";

/// Tokens by their beginnings and lengths (GitHub, Slack, Notion, Google, npm, Stripe, webhook
/// secrets, AWS key ids), JSON Web Tokens, and private keys as PEM. What is visibly made up (few
/// different characters) does not count, nor what stands beside `allowed_mark`. In the order of
/// their offsets.
[[nodiscard]] std::vector<ShapedSecret> shaped_secrets(std::string_view text);

}  // namespace apilab::cli
