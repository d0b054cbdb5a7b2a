#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth {

/// Where an OAuth 2.0 grant asks, and as whom.
struct TokenEndpoint {
    http::Url url;
    ClientAuthentication client;
    /// Further fields of the form, for what servers add to the standard (`audience` of Auth0,
    /// `resource` of RFC 8707). None that the grant sends itself: twice would be refused (RFC 6749
    /// section 3.2).
    std::vector<std::pair<std::string, std::string>> more;
};

}  // namespace apilab::auth
