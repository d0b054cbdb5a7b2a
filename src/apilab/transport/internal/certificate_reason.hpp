#pragma once

#include <string_view>

namespace apilab::transport::internal {

/// Why OpenSSL did not accept a certificate (X509_V_ERR_...), as a word of ours: `expired`,
/// `not_yet_valid`, `wrong_host`, `self_signed`, `unknown_ca`, `revoked`, `pinned_key`, and
/// `certificate` for the rest. A caller branches on it.
[[nodiscard]] std::string_view certificate_reason(long verify_result);

}  // namespace apilab::transport::internal
