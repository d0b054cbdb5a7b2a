#pragma once

#include <string>
#include <utility>

#include "apilab/auth/credentials.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::auth {

/// Puts the same credentials on every request to one origin, and on no other: for keys and
/// passwords that are not renewed. (Tokens that are: `BearerAuth`.)
///
///     CredentialsAuth service(*client, Credentials::api_key(key), base);
///     auto reply = co_await service.call(http::Request::get(url), {});
///
/// Requests to other origins pass as they are, and so do those that bring their own: the header, or
/// the parameter, that these credentials would set. Around a `Client`, which leaves the header
/// behind, whatever its name, where a redirect leads to another origin. Inner service outlives it.
/// Errors: those of the inner service; those of `Credentials::put_on`, with nothing sent.
class CredentialsAuth final : public runtime::Service {
public:
    /// Of `base` only the origin counts.
    CredentialsAuth(runtime::Service& inner, const Credentials& credentials, const http::Url& base)
        : inner_(inner), credentials_(credentials.only_for(base)), origin_(base.origin()) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    runtime::Service& inner_;
    Credentials credentials_;
    std::string origin_;
};

}  // namespace apilab::auth
