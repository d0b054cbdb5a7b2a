#pragma once

#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"
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
};

/// Sends a request of a declared operation. Redirects are the client's business (GitHub answers 301
/// for a renamed repository). Errors: those of the client, and `rate_limited`, `auth` or `status`
/// for an answer that is neither 2xx nor 304, with the operation's name as context.
[[nodiscard]] runtime::Task<Result<http::Response>> call(Endpoint endpoint, http::Request request,
                                                         runtime::Operation operation);
/// The body as JSON. Error: `decode` or `too_large`, naming the operation, outcome `answered`.
[[nodiscard]] Result<http::JsonDocument> decode(const http::Response& response,
                                                std::string_view operation);

}  // namespace apilab::provider
