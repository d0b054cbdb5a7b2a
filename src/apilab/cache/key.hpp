#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/cache/stored_response.hpp"
#include "apilab/http/message.hpp"

namespace apilab::cache {

/// Under what an answer is kept. Neither part holds a credential: values of secret query parameters
/// and credentials are keyed digests.
struct CacheKey {
    /// The URL without fragment.
    std::string url;
    /// `name:` and the principal, `key:` and a digest of the request's credentials, or empty.
    std::string principal;

    friend bool operator==(const CacheKey&, const CacheKey&) = default;
};

/// Makes keys, and finds out which of several stored answers a request selects (RFC 9111
/// section 4.1). Pure, but for the digest key, which belongs to one cache: digests of another say
/// nothing here. Remembers the last credentials' digest: for one thread at a time.
///
/// **Whose answer it is.** A principal that is named (`ClientOptions::cache`, `CallOptions`) is the
/// whole partition: tokens may come and go, the stored answers stay. Where none is named, the
/// request's credentials are: `authorization`, `cookie`, headers whose names sound like a secret,
/// and those that a request or the client declares to be one, together as one HMAC-SHA256. A token
/// that is renewed begins with nothing then, which is safe. Credentials that are added below the
/// cache (a transport that signs) are not seen here: name a principal.
class KeyMaker {
public:
    /// `secret_headers` are credentials in spite of their names.
    explicit KeyMaker(Secret digest_key, std::vector<std::string> secret_headers = {})
        : digest_key_(std::move(digest_key)), secret_headers_(std::move(secret_headers)) {}

    /// `principal` empty: none is named.
    [[nodiscard]] CacheKey key_of(const http::Request& request, std::string_view principal) const;
    [[nodiscard]] std::string url_of(const http::Url& url,
                                     const std::vector<std::string>& hidden = {}) const;

    /// What `Vary` of the answer selects by: `*` alone where nothing will ever match. Credentials
    /// are left out: the principal stands for them (a named one outlives its tokens).
    [[nodiscard]] std::vector<VaryField> vary_of(const http::Request& request,
                                                 const http::Headers& response) const;
    /// Does the request have in all these headers what the other had?
    [[nodiscard]] bool matches(const http::Request& request,
                               const std::vector<VaryField>& vary) const;

private:
    [[nodiscard]] bool is_credential(const http::Request& request, std::string_view name) const;
    [[nodiscard]] std::string digest(std::string_view text) const;
    [[nodiscard]] std::optional<std::string> vary_value(const http::Request& request,
                                                        std::string_view name) const;

    // The last digest: a client has the same credentials in most calls.
    struct Known {
        Secret credentials;
        std::string digest;
    };
    [[nodiscard]] const std::string& digest_of(std::string credentials) const;

    Secret digest_key_;
    std::vector<std::string> secret_headers_;
    mutable Known known_;
};

}  // namespace apilab::cache
