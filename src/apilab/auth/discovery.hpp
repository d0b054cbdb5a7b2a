#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::auth {

/// What an authorization server says about itself (RFC 8414 section 2, OpenID Connect Discovery
/// section 3), as far as this library uses it. Endpoints are https, or http on this machine. Lists
/// are as the server has them, empty where it has none.
struct ServerMetadata {
    /// Exactly the issuer that was asked for.
    std::string issuer;
    http::Url token_endpoint;
    /// Nothing where the server has no grant that needs it.
    std::optional<http::Url> authorization_endpoint;
    std::optional<http::Url> device_authorization_endpoint;
    std::optional<http::Url> revocation_endpoint;
    std::optional<http::Url> introspection_endpoint;
    std::optional<http::Url> userinfo_endpoint;
    std::optional<http::Url> jwks_uri;
    std::vector<std::string> grant_types_supported;
    std::vector<std::string> code_challenge_methods_supported;
    std::vector<std::string> token_endpoint_auth_methods_supported;
    std::vector<std::string> id_token_signing_alg_values_supported;
    /// RFC 9207: for `ExpectedAnswer::issuer_required`.
    bool authorization_response_iss_parameter_supported = false;
};

/// Where the metadata of an issuer are. For `https://id.test/tenant`:
enum class WellKnown : std::uint8_t {
    /// `https://id.test/.well-known/oauth-authorization-server/tenant` (RFC 8414 section 3.1).
    oauth,
    /// `https://id.test/tenant/.well-known/openid-configuration`.
    openid,
};
/// Error `invalid_argument` (detail `issuer`): the issuer is no URL, is neither https nor on this
/// machine, or has a query or a fragment.
[[nodiscard]] Result<http::Url> well_known_url(std::string_view issuer, WellKnown which);

/// Reads such a document (at most 256 KiB, 16 levels; unknown members are ignored). Errors: `auth`
/// ending `permanent`, detail `/issuer`, where it is not exactly the one that was asked for: then
/// the document is somebody else's (RFC 8414 section 3.3); `decode` with a JSON pointer for a
/// member that is missing or of the wrong kind, or an endpoint that is neither https nor on this
/// machine; `too_large`.
[[nodiscard]] Result<ServerMetadata> read_server_metadata(std::string_view document,
                                                          std::string_view issuer);

/// Fetches the metadata of an issuer: OAuth's place first, then OpenID Connect's where the first
/// has none (a 4xx other than 401, 408 and 429, or a 200 that is not JSON). Keep what comes: it
/// changes rarely.
///
///     auto metadata = co_await discover(client, "https://accounts.google.com");
///
/// Errors: those above and those of the service; `status` where neither place has a document.
/// `service` outlives the task.
[[nodiscard]] runtime::Task<Result<ServerMetadata>> discover(
    runtime::Service& service, std::string issuer, SteadyTime deadline = SteadyTime::max());

}  // namespace apilab::auth
