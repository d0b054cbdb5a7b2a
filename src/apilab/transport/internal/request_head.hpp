#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/context.hpp"

namespace apilab::transport::internal {

/// `apilab/<version>`, what `user-agent` says where nobody said anything else.
[[nodiscard]] std::string default_user_agent();

/// What the transport adds where the request has nothing to say.
struct Additions {
    std::string_view user_agent;
    /// Ask for content codings, to undo them in the answer.
    bool accept_codings = false;
};

struct Prepared {
    http::Request request;
    /// `accept-encoding` is ours, so undoing the codings is ours too.
    bool decode = false;
    /// The body comes from the call's `upload`, which does not know its length.
    bool chunked = false;
};

/// The request as it goes out: checked, and with `host`, `user-agent`, `content-length`,
/// `idempotency-key` and `accept-encoding` added where they are missing. A request for a range gets
/// no `accept-encoding`: a piece of a coded body cannot be decoded.
///
/// Errors, all `invalid_argument` and `not_sent`, the field in `detail`: a method that is no token
/// or is CONNECT; a header name that is no token; a header value with CR, LF or NUL; more than one
/// `host`; a `content-length` that is not the body's; any `transfer-encoding` (it is added where an
/// upload does not know its length); a body in the request although there is an upload (detail
/// `upload`). An `expect` without a body goes (RFC 9110 section 10.1.1).
[[nodiscard]] Result<Prepared> prepare(http::Request request, const runtime::CallContext& context,
                                       const Additions& additions);

/// The target in the request line (RFC 9112 section 3.2): path and query, or, for a proxy, the
/// whole URL.
enum class TargetForm : std::uint8_t { origin, absolute };

/// Appends request line and header section, blank line included (RFC 9112 section 3). The request
/// comes from `prepare`.
void write_head(const http::Request& request, TargetForm form, std::string& out);

/// Shall the body wait for `100 Continue` (RFC 9110 section 10.1.1)?
[[nodiscard]] bool expects_continue(const http::Headers& headers);

/// Does the connection have to be closed after this request?
[[nodiscard]] bool asks_to_close(const http::Headers& headers);

}  // namespace apilab::transport::internal
