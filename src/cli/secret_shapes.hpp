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

/// Tokens by their beginnings and lengths (GitHub, Slack, Notion, Google, npm, Stripe, webhook
/// secrets, AWS key ids), JSON Web Tokens, and private keys as PEM. What is visibly made up (few
/// different characters) does not count. In the order of their offsets.
[[nodiscard]] std::vector<ShapedSecret> shaped_secrets(std::string_view text);

}  // namespace apilab::cli
