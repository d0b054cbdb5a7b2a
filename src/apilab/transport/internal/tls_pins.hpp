#pragma once

#include <openssl/x509.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::transport::internal {

/// SHA-256 of SubjectPublicKeyInfo.
using PinnedKeys = std::set<std::array<unsigned char, 32>>;

/// From base64. Error: `invalid_argument`, detail `pinned_keys`.
[[nodiscard]] Result<PinnedKeys> parse_pinned_keys(const std::vector<std::string>& texts);

/// For SSL_CTX_set_cert_verify_callback; `pinned` is a `const PinnedKeys*`. OpenSSL's own
/// verification, and then: one of the keys in the chain that it built is pinned (RFC 7469 section
/// 2.6). A chain that the peer sent but nobody verified proves nothing.
int verify_with_pins(X509_STORE_CTX* store, void* pinned);

}  // namespace apilab::transport::internal
