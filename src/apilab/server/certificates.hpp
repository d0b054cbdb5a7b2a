#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::server {

/// A certificate (or chain) and the key that belongs to its first certificate, as PEM.
struct CertificateAndKey {
    std::string certificate;
    Secret key;
};

/// What a certificate says. A value; the defaults make a good one for a server on loopback.
struct CertificateOptions {
    /// Subject, for people who look at it. Clients compare the alternative names only
    /// (RFC 9525 section 6.3). 1 to 64 bytes.
    std::string common_name = "apilab sandbox";
    /// Names it is valid for. Another name here makes a certificate for the wrong host.
    std::vector<std::string> dns_names = {"localhost"};
    /// Numeric addresses it is valid for.
    std::vector<std::string> addresses = {"127.0.0.1", "::1"};
    /// Relative to `now`: one hour back, since clocks differ.
    Duration valid_from = -std::chrono::hours(1);
    /// Relative to `now`. Not after zero makes an expired certificate (`valid_from` before it).
    Duration valid_until = std::chrono::hours(24 * 30);
    /// For a client that shows it, instead of a server (extended key usage).
    bool for_client = false;
};

/// A certificate authority that lives in memory: for tests and the sandbox, never for the public.
/// Keys are EC P-256, signatures SHA-256. Time is passed in, so that an expired certificate is
/// expired by the caller's clock; chance comes from OpenSSL, since these are real keys.
class CertificateAuthority {
public:
    /// Valid for ten years from `now`. Errors: `internal` where OpenSSL fails.
    [[nodiscard]] static Result<CertificateAuthority> create(SystemTime now);
    CertificateAuthority(CertificateAuthority&&) noexcept;
    CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
    ~CertificateAuthority();

    /// The CA's own certificate, PEM: what a client is told to trust.
    [[nodiscard]] const std::string& certificate() const;
    /// A certificate signed by this CA, with a key of its own. Errors: `invalid_argument`
    /// for an address or name that cannot be one; `internal`.
    [[nodiscard]] Result<CertificateAndKey> issue(SystemTime now,
                                                  const CertificateOptions& options = {}) const;

private:
    struct Impl;
    explicit CertificateAuthority(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A server certificate that nobody but itself vouches for.
[[nodiscard]] Result<CertificateAndKey> self_signed_certificate(
    SystemTime now, const CertificateOptions& options = {});

}  // namespace apilab::server
