#pragma once

#include <cstdint>
#include <string>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::shared {

/// `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, or `unix:PATH`. A value.
struct RedisUrl {
    /// Empty: `path`.
    std::string host;
    std::uint16_t port = 6379;
    /// Of a socket on this machine.
    std::string path;
    std::string user;
    Secret password;
    int database = 0;

    /// Percent-encoded parts are decoded. Error: `invalid_argument`, detail `redis`; nothing of the
    /// text is in it. TLS (`rediss://`) is not spoken: put a tunnel in front.
    [[nodiscard]] static Result<RedisUrl> parse(const Secret& text);
    /// Without the password: `redis://127.0.0.1:6379/0`.
    [[nodiscard]] std::string describe() const;
};

}  // namespace apilab::shared
