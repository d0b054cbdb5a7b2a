#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/transport/internal/channel.hpp"

namespace apilab::transport::internal {

struct TlsOptions {
    /// Trust what the system trusts.
    bool system_roots = true;
    /// PEM texts and files trusted as well.
    std::string ca_pem;
    std::filesystem::path ca_file;
    /// PEM: shown to a server that asks for it. The key belongs to its first certificate.
    std::string client_certificate;
    Secret client_key;
    /// SHA-256 of public keys (SubjectPublicKeyInfo), base64. Empty: none is asked for.
    std::vector<std::string> pinned_keys;
    /// Sessions kept to go on from; 0: none.
    std::size_t sessions_max = 256;
};

/// A TLS client on a connected socket. `handshake()` until `done`, then read and write.
class TlsChannel : public Channel {
public:
    [[nodiscard]] virtual IoResult handshake() = 0;
    /// Why the handshake failed: `tls` (detail `expired`, `not_yet_valid`, `wrong_host`,
    /// `self_signed`, `unknown_ca`, `revoked`, `pinned_key`, `certificate`, `too_old`,
    /// `client_certificate`, `handshake`), or `connect` (detail `handshake`) where the peer just
    /// closed. `not_sent` in any case.
    [[nodiscard]] virtual Error handshake_error() const = 0;
    /// The handshake went on from an earlier session.
    [[nodiscard]] virtual bool resumed() const = 0;
};

/// What all TLS connections of a transport share: TLS 1.2 and 1.3, the trusted roots, `http/1.1` by
/// ALPN. Certificates are always verified, and always against the name that was asked for.
class TlsContext {
public:
    /// Errors: `invalid_argument` naming the option whose text or file cannot be used.
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> create(const TlsOptions& options);
    TlsContext() = default;
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    virtual ~TlsContext() = default;

    /// `host`: a name (sent as SNI) or an IP address. `port` tells sessions apart. Null where
    /// OpenSSL is out of memory.
    [[nodiscard]] virtual std::unique_ptr<TlsChannel> channel(int socket, const std::string& host,
                                                              std::uint16_t port) = 0;
};

}  // namespace apilab::transport::internal
