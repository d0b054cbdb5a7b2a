#pragma once

#include "apilab/base/rng.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::auth {

/// 256 bits of chance in 43 characters of `A-Z a-z 0-9 - _` (base64url): a `state`, a `nonce`, a
/// PKCE verifier. Only as good as `chance`: programs give a `SystemRng`, tests a seed.
[[nodiscard]] Secret unguessable(Rng& chance);

}  // namespace apilab::auth
