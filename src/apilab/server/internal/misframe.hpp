#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "apilab/http/message.hpp"
#include "apilab/http/wire.hpp"

namespace apilab::server::internal {

/// What `WirePlan::framing` and `WirePlan::interim` make of an answer's bytes.
struct Misframed {
    enum class Then : std::uint8_t {
        as_usual,
        /// Close: what was announced never comes.
        fin,
        /// Silence first.
        hold,
    };
    /// Goes out before the head.
    std::string before;
    /// In place of the answer's body.
    std::optional<std::string> body;
    /// What `content-length` says instead of the truth.
    std::optional<std::size_t> announced;
    bool chunked = false;
    Then then = Then::as_usual;
};

/// `plan` may be null. `with_body`: the answer has one (no HEAD, 204 or 304). May add a field to
/// `response`.
[[nodiscard]] Misframed misframe(const http::WirePlan* plan, http::Response& response,
                                 bool with_body, bool http10);

}  // namespace apilab::server::internal
