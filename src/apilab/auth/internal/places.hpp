#pragma once

#include "apilab/http/url.hpp"

namespace apilab::auth::internal {

/// May credentials go there, and people be sent there: https, or http on this machine itself
/// (`127.0.0.0/8`, `::1`, `localhost`)?
[[nodiscard]] bool trusted_place(const http::Url& url);

}  // namespace apilab::auth::internal
