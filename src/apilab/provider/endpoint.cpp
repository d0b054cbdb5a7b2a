#include "apilab/provider/endpoint.hpp"

#include <cstddef>
#include <utility>

#include "apilab/base/as_kind.hpp"
#include "apilab/policy/profile.hpp"

namespace apilab::provider {
namespace {

// A refusal has a few lines; what is longer is a page for people.
constexpr std::size_t refusal_max = std::size_t{64} << 10U;
constexpr std::size_t code_max = 100;

std::string code_of(std::string_view body) {
    if (body.size() > refusal_max) {
        return {};
    }
    const auto document = http::JsonDocument::parse(body);
    if (!document) {
        return {};
    }
    for (const auto* place :
         {"/errors/0/code", "/error/errors/0/reason", "/error", "/code", "/error/status"}) {
        const auto value = document->root().at_pointer(place);
        if (const auto text = value.string(); text && !text->empty() && text->size() <= code_max) {
            return std::string(*text);
        }
        if (const auto number = value.integer()) {
            return std::to_string(*number);
        }
    }
    return {};
}

}  // namespace

runtime::Task<Result<http::Response>> call(Endpoint endpoint, http::Request request,
                                           runtime::Operation operation) {
    const std::string provider = operation.provider;
    const std::string what = provider + " " + operation.name;
    runtime::CallContext context;
    context.operation = std::move(operation);
    context.deadline = endpoint.deadline;
    context.trace = endpoint.trace;
    auto reply = co_await endpoint.client->call(std::move(request), std::move(context));
    if (!reply) {
        co_return fail(std::move(reply).error().in(what));
    }
    if (!reply->ok() && reply->status() != 304) {
        co_return fail(refusal_of(*reply, provider).in(what));
    }
    co_return reply;
}

Error refusal_of(const http::Response& response, std::string_view provider) {
    const auto checked = response.error_for_status();
    Error error = checked ? Error(ErrorKind::status, "an answer that refuses nothing")
                                .with_outcome(Outcome::answered)
                                .with_status(response.status())
                          : checked.error();
    // The same rule that the client retries by: what is a limit there is none that lasts here.
    const policy::AttemptOutcome outcome{
        .status = response.status(), .headers = &response.headers(), .body = response.body()};
    if (policy::is_limited(policy::profile_of(provider), outcome)) {
        error = as_kind(error, ErrorKind::rate_limited);
    }
    if (auto code = code_of(response.body()); !code.empty()) {
        error = std::move(error).with_provider_code(std::move(code));
    }
    return error;
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
