#pragma once

#include <memory>
#include <optional>

#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::transport {

struct SendOptions {
    /// Limits of the attempt and its phases; the defaults of `runtime::Timeouts`.
    runtime::Timeouts timeouts;
    /// Sent as `idempotency-key`; empty: none.
    std::string idempotency_key;
    /// What the request does to the other side. Default: by method.
    std::optional<http::Effect> effect;
    /// A body that is streamed; see `runtime::CallContext`.
    std::shared_ptr<runtime::BodySource> upload;
    std::shared_ptr<runtime::BodySink> download;
    /// Filled in where not null; outlives the task.
    http::AttemptRecord* attempt = nullptr;
};

/// Sends a request once: no retry, no waiting, no policy. For whoever writes the loop by hand; a
/// client is built with `apilab::client`. Errors and outcomes: see `Transport`. `transport`
/// outlives the task.
///
///     auto answer = co_await transport::send(transport, http::Request::get(url));
[[nodiscard]] runtime::Task<Result<http::Response>> send(Transport& transport,
                                                         http::Request request,
                                                         SendOptions options = {});

}  // namespace apilab::transport
