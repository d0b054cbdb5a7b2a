#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/url.hpp"

namespace apilab::http {

struct CallRecord;
struct WirePlan;

/// One HTTP request: a value, complete in memory.
///
///     Request::get(url).header("accept", "application/json")
class Request {
public:
    Request(std::string method, Url url) : method_(std::move(method)), url_(std::move(url)) {}
    [[nodiscard]] static Request get(Url url) { return {"GET", std::move(url)}; }
    /// A POST with its body and `content-type`.
    [[nodiscard]] static Request post(Url url, std::string body,
                                      std::string content_type = "application/json");

    [[nodiscard]] const std::string& method() const { return method_; }
    [[nodiscard]] const Url& url() const { return url_; }
    [[nodiscard]] const Headers& headers() const { return headers_; }
    [[nodiscard]] Headers& headers() { return headers_; }
    [[nodiscard]] const std::string& body() const { return body_; }

    /// Replaces a header.
    Request& header(std::string_view name, std::string value) &;
    Request&& header(std::string_view name, std::string value) &&;
    Request& body(std::string bytes) &;
    Request&& body(std::string bytes) &&;
    Request& url(Url url) &;

    /// Parameters of the query whose values are secrets though their names do not say so: records
    /// show them as `***` (see `redact.hpp`).
    [[nodiscard]] const std::vector<std::string>& hidden_parameters() const { return hidden_; }
    Request& hide_parameter(std::string name) &;
    /// Headers that are credentials though their names do not say so: a redirect to another origin
    /// leaves them behind like `authorization`.
    [[nodiscard]] const std::vector<std::string>& hidden_headers() const { return hidden_headers_; }
    Request& hide_header(std::string name) &;
    /// The body holds credentials: the request is never redirected to another origin.
    [[nodiscard]] bool hidden_body() const { return hidden_body_; }
    Request& hide_body() & {
        hidden_body_ = true;
        return *this;
    }

private:
    std::string method_;
    Url url_;
    Headers headers_;
    std::string body_;
    std::vector<std::string> hidden_;
    std::vector<std::string> hidden_headers_;
    bool hidden_body_ = false;
};

/// One complete HTTP answer. A 4xx or 5xx is an answer too, until `error_for_status()` is asked.
class Response {
public:
    explicit Response(int status = 200, std::string body = {}, Headers headers = {})
        : status_(status), headers_(std::move(headers)), body_(std::move(body)) {}
    /// An answer with `content-type: application/json`.
    [[nodiscard]] static Response json(int status, std::string body);

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] bool ok() const { return status_ >= 200 && status_ < 300; }
    /// The reason phrase as it came, or empty.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] const Headers& headers() const { return headers_; }
    [[nodiscard]] Headers& headers() { return headers_; }
    [[nodiscard]] const std::string& body() const& { return shared_ ? *shared_ : body_; }
    [[nodiscard]] std::string body() && {
        if (shared_) {
            return *shared_;
        }
        return std::move(body_);
    }
    /// Makes the body one that copies of this answer share instead of copying it, and hands it out.
    /// A view into the body before goes.
    [[nodiscard]] std::shared_ptr<const std::string> share_body();

    Response& header(std::string_view name, std::string value) &;
    Response&& header(std::string_view name, std::string value) &&;
    Response& status(int status) &;
    Response& body(std::string bytes) &;
    /// A body that others have as well: what a cache hands out without copying it. Null: empty.
    Response& shared_body(std::shared_ptr<const std::string> bytes) &;
    Response& reason(std::string text) &;

    /// Where a transport has undone the body's content codings: what `content-encoding` said
    /// (`gzip`). That header and `content-length`, which counted the coded bytes, are gone then;
    /// everything else, `etag` included, is as it came. Empty where the body is as it came.
    [[nodiscard]] const std::string& decoded_from() const { return decoded_from_; }
    Response& decoded_from(std::string codings) &;

    /// The answer itself where the status is 2xx or 304, else an `Error` of kind `rate_limited`
    /// (429), `auth` (401) or `status`, outcome `answered`.
    [[nodiscard]] Result<Response> error_for_status() const&;
    [[nodiscard]] Result<Response> error_for_status() &&;

    /// The fields behind a chunked body (RFC 9110 section 6.5), kept apart from the headers so
    /// that none of those can be replaced from behind.
    [[nodiscard]] const Headers& trailers() const { return trailers_; }
    [[nodiscard]] Headers& trailers() { return trailers_; }

    /// The story of the call that brought this answer; null where no client was involved.
    [[nodiscard]] const std::shared_ptr<const CallRecord>& record() const { return record_; }
    Response& record(std::shared_ptr<const CallRecord> record) &;

    /// Only on the way out of a server: how the bytes are to misbehave (see `WirePlan`). Null on
    /// every answer that a client receives.
    [[nodiscard]] const std::shared_ptr<const WirePlan>& wire() const { return wire_; }
    Response& wire(std::shared_ptr<const WirePlan> plan) &;

private:
    [[nodiscard]] Error as_error() const;
    [[nodiscard]] bool is_error() const { return !ok() && status_ != 304; }

    int status_;
    std::string reason_;
    std::string decoded_from_;
    Headers headers_;
    Headers trailers_;
    std::string body_;
    // Instead of `body_`, where it is not null.
    std::shared_ptr<const std::string> shared_;
    std::shared_ptr<const CallRecord> record_;
    std::shared_ptr<const WirePlan> wire_;
};

/// The standard phrase (`Not Found`), or empty for a status RFC 9110 does not name.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace apilab::http
