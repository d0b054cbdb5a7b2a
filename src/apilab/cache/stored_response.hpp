#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/cache/cache_control.hpp"
#include "apilab/http/message.hpp"

namespace apilab::cache {

/// A header that an answer depends on (`Vary`): its name in lower case and what the request had
/// there, or, of what may be a credential, a digest of it (see `key.hpp`). Nothing: it had none.
using VaryField = std::pair<std::string, std::optional<std::string>>;

/// Freshness as the origin gave it, worked out once.
struct Freshness {
    ResponseDirectives directives;
    /// How long it is fresh from when it was made (RFC 9111 section 4.2.1).
    Duration lifetime{};
    /// How old it was when it came (section 4.2.3, `corrected_initial_age`).
    Duration initial_age{};
    /// The lifetime is the origin's word, not a guess.
    bool is_explicit = false;
};

/// One answer as a cache keeps it: complete, without fields that belong to a connection and without
/// `set-cookie`. A value; never changed once it is stored, so several may hold it.
struct StoredResponse {
    int status = 200;
    std::string reason;
    http::Headers headers;
    /// See `http::Response::decoded_from()`.
    std::string decoded_from;
    std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
    std::vector<VaryField> vary;
    /// When it was asked for, and when it had come.
    SystemTime requested;
    SystemTime answered;
    Freshness freshness;

    [[nodiscard]] bool has_validator() const {
        return headers.contains("etag") || headers.contains("last-modified");
    }
    /// About what it takes in memory, in bytes.
    [[nodiscard]] std::size_t size() const;
};

}  // namespace apilab::cache
