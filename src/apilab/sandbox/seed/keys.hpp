#pragma once

#include <span>
#include <string_view>

#include "apilab/base/embedded.hpp"

namespace apilab::sandbox::seed {

/// The private keys of the seed world (PKCS#8, PEM), the same for every seed: `github-app.pem`,
/// `google-service-account.pem`, `oauth-client-es256.pem`, `oauth-client-rs256.pem`,
/// `oauth-id-token.pem`. Public knowledge, and good for nothing but the sandbox.
[[nodiscard]] std::span<const EmbeddedFile> keys();

/// The key of that name (`github-app`), or empty.
[[nodiscard]] std::string_view key(std::string_view name);

}  // namespace apilab::sandbox::seed
