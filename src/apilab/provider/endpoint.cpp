#include "apilab/provider/endpoint.hpp"

#include <utility>

namespace apilab::provider {

namespace {

constexpr int redirects_max = 5;

// Where a moved resource is now. Another origin would be handed our credentials: refused.
Result<http::Url> moved_to(const http::Response& reply, const http::Url& from) {
    auto url = from.resolve(reply.headers().value("location"));
    if (url && url->origin() != from.origin()) {
        return fail(Error(ErrorKind::protocol, "redirected to another origin, " + url->origin())
                        .with_outcome(Outcome::answered)
                        .with_status(reply.status()));
    }
    return url;
}

bool is_redirect(const http::Response& reply) {
    const int status = reply.status();
    return (status == 301 || status == 302 || status == 307 || status == 308) &&
           reply.headers().contains("location");
}

}  // namespace

runtime::Task<Result<http::Response>> call(Endpoint endpoint, http::Request request,
                                           runtime::Operation operation) {
    const std::string what = operation.provider + " " + operation.name;
    for (int hop = 0;; ++hop) {
        runtime::CallContext context;
        context.operation = operation;
        context.deadline = endpoint.deadline;
        auto reply = co_await endpoint.client->call(request, std::move(context));
        if (!reply) {
            co_return fail(std::move(reply).error().in(what));
        }
        if (request.method() == "GET" && is_redirect(*reply) && hop < redirects_max) {
            auto url = moved_to(*reply, request.url());
            if (!url) {
                co_return fail(std::move(url).error().in(what));
            }
            request.url(std::move(*url));
            continue;
        }
        auto checked = reply->error_for_status();
        if (!checked) {
            co_return fail(std::move(checked).error().in(what));
        }
        co_return checked;
    }
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
