#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/wire.hpp"

namespace apilab::server::internal {

/// What the head says besides what the service answered.
struct HeadOptions {
    /// The request was HEAD: the head is that of a GET, the body stays away.
    bool head_request = false;
    /// The peer speaks HTTP/1.0, where keeping a connection open has to be said.
    bool http10 = false;
    /// The connection ends after this answer, and the answer says so.
    bool close = false;
    /// What Content-Length says instead of the body's size.
    std::optional<std::size_t> announced;
    /// `transfer-encoding: chunked` instead of Content-Length.
    bool chunked = false;
    /// The body ends with the connection (RFC 9112 section 6.3, item 8): no length is said.
    bool endless = false;
    /// Written unless the service gave a Date of its own.
    std::string_view date;
    /// Written as Server unless empty or given by the service.
    std::string_view server;
};

/// Does an answer of that status to that request carry a body (RFC 9112 section 6.3)?
[[nodiscard]] bool has_body(int status, bool head_request);

/// Appends status line, fields and the empty line to `out`. Framing is ours: Content-Length,
/// Transfer-Encoding, Connection and Keep-Alive of the service are left out (a HEAD answer without
/// body keeps the service's Content-Length). Error (`invalid_argument`, nothing appended): a
/// status outside 200 to 999, a field name that is no token, CR, LF or NUL in a value or reason.
[[nodiscard]] Result<void> append_head(std::string& out, const http::Response& response,
                                       const HeadOptions& options);

/// How much of an answer goes out, and what then happens to the connection.
struct Delivery {
    enum class End : std::uint8_t { complete, fin, reset, stall };
    /// Of head and body together.
    std::size_t bytes = 0;
    End end = End::complete;
    /// The plan kept bytes back that it never will send.
    bool cut = false;
};

/// What `plan` (may be null) makes of an answer with so many bytes of head and body.
[[nodiscard]] Delivery plan_delivery(const http::WirePlan* plan, std::size_t head,
                                     std::size_t body);
/// What is left of a plan once its stall is over.
[[nodiscard]] http::WirePlan without_stall(http::WirePlan plan);

/// The bytes `from` up to `to` of an answer, as parts of its head and its body.
struct Piece {
    std::string_view head;
    std::string_view body;
};
[[nodiscard]] Piece piece(std::string_view head, std::string_view body, std::size_t from,
                          std::size_t to);

}  // namespace apilab::server::internal
