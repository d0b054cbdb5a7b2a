#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::auth {

struct HmacSignerOptions {
    /// Names the key to the server: a token of RFC 9110, at most 256 characters.
    std::string key_id;
    Secret key;
    /// As of `Url::origin()`. Requests elsewhere pass as they are.
    std::string origin;
    /// Bears the date: `x-date`, or `date`, which proxies and browsers may set themselves.
    std::string date_header = "x-date";
    /// Signed besides `host` and the date where a request has them, such as `content-type`. Lower
    /// case.
    std::vector<std::string> headers;
    /// Where the server's clock is further from ours than this, a refusal is about the clock.
    /// Default 30 s, range 1 s to 1 h.
    Duration tolerance = std::chrono::seconds(30);
    /// A server whose clock is further away is not followed: whoever could answer in its place
    /// would get signatures for a day of his choice. Default 24 h.
    Duration skew_max = std::chrono::hours(24);

    /// Error: `invalid_argument`, with the name of the option.
    [[nodiscard]] Result<void> validate() const;
};

/// The bytes that are signed: lines with a line feed (0x0A) between, none at the end.
///
///     POST                                   the method
///     /items?b=2&a=1                         path and query as in the request line, nothing sorted
///     host:api.test                          each signed header, in the order of `names`: its
///     x-date:Sun, 06 Nov 1994 08:49:37 GMT   name in lower case, a colon, its value; of several
///                                            fields the values with ", " between, of none nothing
///     9f86d081884c7d659a2feaa0c55ad015…      SHA-256 of the body in 64 lower-case hex digits
///
/// `host` is the header of that name, or the URL's authority. Pure.
[[nodiscard]] std::string hmac_text(const http::Request& request,
                                    const std::vector<std::string>& names);

/// What a server would not take.
struct HmacRefusal {
    int status = 0;
    /// What was signed, to be laid beside what the server says it signed. Has the query.
    std::string text;
    /// The server's `date` as it came.
    std::string server_date;
    /// By how much our clock was corrected for it; behind: below zero.
    Duration correction{};
};

/// Signs requests with HMAC-SHA256 (`hmac_text`, with the date header set), in
/// `authorization: HMAC-SHA256 keyId=K, signedheaders=host;x-date, signature=HEX`.
///
/// A signature is good for a moment, so clocks have to agree. Where an answer 401 or 403 has a
/// `date` that differs by more than `tolerance` from the time that was signed, the difference is
/// learned, and the request is sent once more with the corrected time. Both statuses say that the
/// request was not applied. What was learned holds for later requests.
///
///     HmacSigner signer(transport, scheduler, {.key_id = "k1", .key = key, .origin = origin});
///     auto client = Client::create(scheduler, signer, rng, options);
///
/// Best below a client, as there: then each attempt has a date of its own, and a redirect within
/// the origin is signed anew. Requests to other origins, and those with an `authorization` of their
/// own, pass as they are. Inner service and scheduler outlive it. Errors: those of the inner
/// service; `invalid_argument`, with nothing sent, for bad options or a streamed body, which cannot
/// be signed before it is read.
class HmacSigner final : public runtime::Service {
public:
    /// `clock` says what `system_now()` is: a scheduler.
    HmacSigner(runtime::Service& inner, const Clock& clock, HmacSignerOptions options)
        : inner_(inner), clock_(clock), options_(std::move(options)) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// The last answer 401 or 403 that was passed on, or nothing. For a person who compares.
    [[nodiscard]] const std::optional<HmacRefusal>& last_refusal() const { return last_refusal_; }
    /// What is added to our clock; zero until a server said otherwise.
    [[nodiscard]] Duration correction() const { return correction_; }

private:
    [[nodiscard]] std::string sign(http::Request& request, SystemTime time) const;
    [[nodiscard]] std::optional<Duration> learn(const http::Response& answer, SystemTime now,
                                                Duration used) const;

    runtime::Service& inner_;
    const Clock& clock_;
    HmacSignerOptions options_;
    Duration correction_{};
    std::optional<HmacRefusal> last_refusal_;
};

}  // namespace apilab::auth
