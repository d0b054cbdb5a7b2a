#pragma once

#include "apilab/base/error.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::provider {

/// What an answer that is no 2xx says: Notion's `code` as the provider's code, its `request_id`,
/// its words cut to 200 bytes, and how long to wait. 429 and 529 are `rate_limited`, 401 and 403
/// `auth`, the others `status`.
[[nodiscard]] Error notion_error(const http::Response& answer);

/// A client whose refusals are errors as above and whose calls are within `trace`, for walks over
/// many pages. Both outlive the calls.
class NotionVoice final : public runtime::Service {
public:
    explicit NotionVoice(runtime::Service& client, http::TraceContext trace = {})
        : client_(client), trace_(trace) {}
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    runtime::Service& client_;
    http::TraceContext trace_;
};

}  // namespace apilab::provider
