#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/npm/shelf.hpp"

namespace apilab::sandbox::npm {

/// A request's body without its content coding (npm sends `gzip`); nothing where it is of another
/// coding, broken, or above 16 MiB.
[[nodiscard]] std::optional<std::string> decoded_body(const http::Request& request);

/// `POST /-/npm/v1/security/advisories/bulk`: versions by name in, advisories by name out; names
/// without hits are absent. 400 for another body, or more than 10,000 names.
[[nodiscard]] http::Response bulk_advisories(const Registry& registry,
                                             const http::Request& request);

/// `POST /-/npm/v1/security/audits/quick`, the older one: the whole tree in, `actions`,
/// `advisories`, `muted` and `metadata` out. 400 for another body, a tree deeper than 100 or of
/// more than 10,000 packages.
[[nodiscard]] http::Response quick_audit(const Registry& registry, const http::Request& request);

}  // namespace apilab::sandbox::npm
