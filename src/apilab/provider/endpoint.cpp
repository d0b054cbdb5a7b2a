#include "apilab/provider/endpoint.hpp"

#include <utility>

namespace apilab::provider {

runtime::Task<Result<http::Response>> call(Endpoint endpoint, http::Request request,
                                           runtime::Operation operation) {
    const std::string what = operation.provider + " " + operation.name;
    runtime::CallContext context;
    context.operation = std::move(operation);
    context.deadline = endpoint.deadline;
    auto reply = co_await endpoint.client->call(std::move(request), std::move(context));
    if (!reply) {
        co_return fail(std::move(reply).error().in(what));
    }
    auto checked = reply->error_for_status();
    if (!checked) {
        co_return fail(std::move(checked).error().in(what));
    }
    co_return checked;
}

Result<http::JsonDocument> decode(const http::Response& response, std::string_view operation) {
    auto document = http::JsonDocument::parse(response.body());
    if (!document) {
        return fail(
            std::move(document).error().with_outcome(Outcome::answered).in(std::string(operation)));
    }
    return document;
}

}  // namespace apilab::provider
