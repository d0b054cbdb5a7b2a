#pragma once

#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"

namespace apilab::auth {

/// How a client says who it is: one secret and the header that is made for it. A value.
///
///     const auto credentials = Credentials::bearer(token).only_for(base);
///     APILAB_CHECK(credentials.put_on(request));
///
/// There is one way to put one into a URL, and its name says what it is: URLs end in logs,
/// histories and proxies (RFC 6750 section 2.3).
class Credentials {
public:
    /// The key as it is, in a header of its own.
    [[nodiscard]] static Credentials api_key(Secret key, std::string header = "x-api-key");
    /// The key in the query, for APIs that take it nowhere else. What is between us and the server,
    /// and the server itself, keeps it in logs; a page that is asked for this way may tell it on as
    /// referrer. Our own records show `***` (`Request::hide_parameter`), whatever the parameter's
    /// name. A parameter of that name in the URL is replaced.
    [[nodiscard]] static Credentials api_key_in_query_unsafe(Secret key,
                                                             std::string parameter = "api_key");
    /// `Authorization: Basic`, in UTF-8 (RFC 7617). The user has no colon and no control character;
    /// the password may have a colon.
    [[nodiscard]] static Credentials basic(std::string_view user, const Secret& password);
    /// `Authorization: Bearer` (RFC 6750).
    [[nodiscard]] static Credentials bearer(const Secret& token);

    /// The same for one origin (scheme, host, port): requests elsewhere are refused. Without it
    /// they go wherever the request goes.
    [[nodiscard]] Credentials only_for(const http::Url& origin) const;

    /// Sets the header or the parameter. Errors (`invalid_argument`): the request is for another
    /// origin, the secret is empty or may not stand in a header (CR, LF, NUL), the user of Basic
    /// has a colon. Then the request is unchanged.
    [[nodiscard]] Result<void> put_on(http::Request& request) const;
    /// Has the request the header or parameter that `put_on` would set, whatever its value?
    [[nodiscard]] bool are_on(const http::Request& request) const;
    /// `Basic in authorization`: for logs.
    [[nodiscard]] std::string describe() const;

private:
    Credentials(std::string scheme, std::string header, Secret field);
    [[nodiscard]] Result<void> put_in_query(http::Request& request) const;
    std::string scheme_;
    /// The header, or the parameter of the query.
    std::string header_;
    bool in_query_ = false;
    /// The whole value of the field; empty where it may not be written.
    Secret field_;
    /// Empty: any.
    std::string origin_;
};

}  // namespace apilab::auth
