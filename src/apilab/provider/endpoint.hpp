#pragma once

#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::provider {

/// What every typed API of a provider stands on: a client and where the provider is.
struct Endpoint {
    /// The client that sends (a `client::Client`, or something around it). Outlives the endpoint.
    runtime::Service* client = nullptr;
    /// `http://127.0.0.1:4010/npm`; paths are appended.
    http::Url base;
    /// No call passes it; later than the client's own deadline it changes nothing.
    SteadyTime deadline = SteadyTime::max();
    /// The trace that calls are within (that of the job which makes them); none: each begins its
    /// own.
    http::TraceContext trace;
};

/// Sends a request of a declared operation. Redirects are the client's business (GitHub answers 301
/// for a renamed repository). Errors: those of the client, and `rate_limited`, `auth` or `status`
/// for an answer that is neither 2xx nor 304, with the operation's name as context and the
/// provider's own code (`refusal_of`).
[[nodiscard]] runtime::Task<Result<http::Response>> call(Endpoint endpoint, http::Request request,
                                                         runtime::Operation operation);
/// What an answer that is neither 2xx nor 304 says, as an error: kinds as of `call`; what is a
/// limit by the provider's profile (`policy::is_limited`: GitHub's 403 of its secondary limits too)
/// is `rate_limited`. Its `provider_code()`
/// is what the body calls it: GitHub's first `errors[].code`, npm's `error`, a `code` (OSV's
/// number, Notion's word), Google's first `error.errors[].reason`; empty where the body is no JSON
/// or has none of up to 100 bytes.
[[nodiscard]] Error refusal_of(const http::Response& response, std::string_view provider = {});
/// The body as JSON. Error: `decode` or `too_large`, naming the operation, outcome `answered`.
[[nodiscard]] Result<http::JsonDocument> decode(const http::Response& response,
                                                std::string_view operation);

}  // namespace apilab::provider
