#pragma once

#include <cstdint>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth {

/// How a client says to an OAuth 2.0 endpoint who it is (RFC 6749 section 2.3): one way a request.
struct ClientAuthentication {
    enum class Method : std::uint8_t {
        /// `client_secret_basic`: the header `Authorization: Basic`, both halves form-encoded
        /// first.
        basic,
        /// `client_secret_post`: id and secret in the form.
        post,
        /// A public client: its id alone in the form.
        none,
    };
    Method method = Method::basic;
    std::string client_id;
    Secret client_secret;
};

/// The POST of this form to an endpoint, with what says who the client is, asking for JSON.
[[nodiscard]] Result<http::Request> form_request(const http::Url& endpoint, http::Query form,
                                                 const ClientAuthentication& client,
                                                 SystemTime now);

}  // namespace apilab::auth
