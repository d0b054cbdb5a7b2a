#pragma once

#include <openssl/bio.h>

#include <cstdint>

namespace apilab::transport::internal {

/// What OpenSSL's own socket BIO does not offer: no SIGPIPE, a count of what the kernel took, and
/// the difference between a peer that closed and a connection that broke.
struct SocketState {
    int socket = -1;
    std::uint64_t bytes_sent = 0;
    bool ended = false;
    bool failed = false;
};

/// A BIO over `state`, which outlives it. Null where OpenSSL is out of memory.
[[nodiscard]] BIO* make_socket_bio(SocketState& state);

}  // namespace apilab::transport::internal
