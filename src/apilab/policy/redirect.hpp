#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"

namespace apilab::policy {

struct RedirectOptions {
    /// Redirects of one attempt. Default 10, range 1 to 50.
    int hops_max = 10;
    /// Addresses that only exist inside a network (loopback, 0.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12,
    /// 192.168.0.0/16, 169.254.0.0/16, 100.64.0.0/10, fc00::/7, fe80::/10, `::`, what
    /// maps one of them into IPv6, `localhost`) are not
    /// followed to from elsewhere: a public API has no business in ours. Default off.
    bool private_from_public = false;

    [[nodiscard]] Result<void> validate() const;
    [[nodiscard]] std::string describe() const;
};

/// Is this a host that only exists inside a network? For literal addresses and `localhost`; a name
/// that resolves to such an address is the transport's to refuse.
[[nodiscard]] bool is_private_host(std::string_view host);

/// Takes off what is meant for one origin alone: `authorization`, `cookie`, `proxy-authorization`,
/// every header whose name says so (`http::names_a_secret`), that `secret_headers` names or that
/// the request hides. The body stays: see `Request::hidden_body()`.
void drop_credentials(http::Request& request, const std::vector<std::string>& secret_headers = {});

/// What an answer with `Location` leads to.
struct Redirection {
    http::Request request;
    /// Whoever added credentials for the first origin must not do so again.
    bool credentials_dropped = false;
};

/// Follows redirects as RFC 9110 section 15.4 has them: 303 by GET without the body (by HEAD for
/// HEAD), 301 and 302 likewise after a POST, 307 and 308 with method and body as they are. On any
/// change of scheme, host or port the credentials that the request carries are dropped, and stay
/// dropped: `authorization`, `cookie`, `proxy-authorization`, every header whose name says so, that
/// `secret_headers` names or that the request hides. A request whose body holds credentials
/// (`Request::hide_body`) goes to no other origin at all. One object for each attempt. Pure.
class RedirectPolicy {
public:
    RedirectPolicy(const RedirectOptions& options, const http::Request& first);

    /// What to ask next; nothing: the answer is the answer (no redirect, no `Location`, or one that
    /// is not to be followed, such as 304). Errors (`protocol`, detail `redirect`, outcome
    /// `answered`): too many, a loop, a `Location` that is no URL, from https to http, into a
    /// private network, elsewhere with credentials in the body.
    [[nodiscard]] Result<std::optional<Redirection>> next(
        const http::Request& sent, const http::Response& answer,
        const std::vector<std::string>& secret_headers);

    [[nodiscard]] int hops() const { return static_cast<int>(seen_.size()) - 1; }

private:
    RedirectOptions options_;
    /// Method and URL of everything asked.
    std::vector<std::string> seen_;
    bool dropped_ = false;
};

}  // namespace apilab::policy
