#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab::http {

/// An absolute http or https URL without user information (a password in a URL ends in logs) and
/// without fragment. A value type, always valid. Syntax: RFC 3986, through Boost.URL.
class Url {
public:
    /// At most 32 KiB. The host is a name of letters, digits, `-`, `.` and `_` whose last label is
    /// no number, or a whole address (`127.0.0.1`, `[::1]`; not `127.1`). Errors:
    /// `invalid_argument`, with the reason and without echoing a query string or a password.
    [[nodiscard]] static Result<Url> parse(std::string_view text);

    [[nodiscard]] const std::string& scheme() const { return scheme_; }
    /// Lower case; an IPv6 address without its brackets.
    [[nodiscard]] const std::string& host() const { return host_; }
    /// The port in force: 80 or 443 where the URL names none.
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] bool secure() const { return scheme_ == "https"; }
    /// Percent-encoded, starts with `/`.
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Percent-encoded, without `?`; empty where there is none.
    [[nodiscard]] const std::string& query() const { return query_; }
    /// What stands in the request line: path and query.
    [[nodiscard]] std::string target() const;
    /// `host` or `host:port` as the Host header has it (default ports are left out).
    [[nodiscard]] std::string authority() const;
    /// `scheme://authority`: what credentials, pools and limits are kept for.
    [[nodiscard]] std::string origin() const;
    [[nodiscard]] std::string to_string() const;
    /// Without the query: safe for logs and errors.
    [[nodiscard]] std::string without_query() const;

    /// A reference (absolute, `//host`, `/path`, `path`, `?query`) resolved against this URL
    /// (RFC 3986 section 5.2). Errors as for `parse`.
    [[nodiscard]] Result<Url> resolve(std::string_view reference) const;
    /// This URL as a base: `path` (percent-encoded, starting with `/`) is appended to its own path,
    /// and `query` replaces its query. `http://h/github` + `/repos/a/b` =
    /// `http://h/github/repos/a/b`. What may not stand in a URL (spaces, line ends, `?` in the
    /// path) is percent-encoded; dot segments stay.
    [[nodiscard]] Url with(std::string_view path, std::string_view query = {}) const;

    friend bool operator==(const Url&, const Url&) = default;

private:
    Url() = default;
    std::string scheme_;
    std::string host_;
    std::uint16_t port_ = 0;
    std::string path_ = "/";
    std::string query_;
};

/// Percent-encodes everything but RFC 3986 unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// Undoes it; malformed escapes stay as they are.
[[nodiscard]] std::string percent_decode(std::string_view text);

}  // namespace apilab::http
