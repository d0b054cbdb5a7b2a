#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"

namespace apilab::client {

/// A cookie-date (RFC 6265 section 5.1.1), which is read more kindly than an HTTP date. Nothing for
/// other text. Years outside 1678 to 2261 become the nearest of them.
[[nodiscard]] std::optional<SystemTime> parse_cookie_date(std::string_view text);

/// What one `Set-Cookie` asks for.
struct Cookie {
    std::string name;
    Secret value;
    /// The host itself where `host_only`, else every host below it.
    std::string domain;
    std::string path;
    /// Nothing: as long as the jar lives.
    std::optional<SystemTime> expires;
    bool host_only = true;
    bool secure = false;
};

/// Reads one `Set-Cookie` field that `url` answered with (RFC 6265 sections 5.2 and 5.3). Nothing
/// where it must be ignored: no name and value, above 4096 bytes, a domain that is not the
/// request's own or a parent of it, `Secure` from a host that is not, a name that begins with
/// `__Host-` or `__Secure-` without what that promises.
///
/// A domain without a dot inside (`com`, `test`) is refused unless it is the host; there is no list
/// of public suffixes, so `co.uk` is taken.
[[nodiscard]] std::optional<Cookie> parse_set_cookie(std::string_view field, const http::Url& url,
                                                     SystemTime now);

/// The cookies of one client: what was set, and what goes with which request (RFC 6265). A value;
/// pure: the time is an argument. `HttpOnly` and `SameSite` are for browsers and ignored.
///
///     CookieJar jar;
///     jar.put_on(request, now);                            // before each attempt
///     jar.store(answer->headers(), request.url(), now);    // after it, whatever its status
class CookieJar {
public:
    struct Limits {
        /// Range 1 to 10,000; the one that was set longest ago goes.
        std::size_t cookies_max = 1000;
        /// Of one domain. Range 1 to 1000.
        std::size_t per_domain_max = 50;
    };
    CookieJar() : CookieJar(Limits()) {}
    explicit CookieJar(Limits limits) : limits_(limits) {}

    /// Takes every `set-cookie` of an answer from `url`; one that has expired is forgotten.
    void store(const http::Headers& answer, const http::Url& url, SystemTime now);
    /// What belongs to `url`: `a=1; b=2`, longest path first, or empty. Holds secrets.
    [[nodiscard]] std::string header_for(const http::Url& url, SystemTime now) const;
    /// Sets the request's `cookie`; without cookies for it the request stays as it is.
    void put_on(http::Request& request, SystemTime now) const;

    /// A cookie that was kept elsewhere meanwhile; one that has expired is not taken.
    void put(Cookie cookie, SystemTime now) { keep(std::move(cookie), now); }
    /// What there is, oldest first, to be kept elsewhere. Holds secrets.
    [[nodiscard]] std::vector<Cookie> cookies() const;

    [[nodiscard]] std::size_t size() const { return cookies_.size(); }
    void clear() { cookies_.clear(); }

private:
    struct Kept {
        Cookie cookie;
        std::uint64_t created = 0;
    };
    void keep(Cookie cookie, SystemTime now);
    void make_room(const std::string& domain);

    Limits limits_;
    std::vector<Kept> cookies_;
    std::uint64_t next_ = 0;
};

}  // namespace apilab::client
