#include "apilab/client/client.hpp"

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/client/internal/validate.hpp"

namespace apilab::client {

using runtime::Task;

Result<std::unique_ptr<Client>> Client::create(runtime::Scheduler& scheduler,
                                               runtime::Service& transport, Rng& rng,
                                               ClientOptions options,
                                               std::vector<http::Observer*> observers) {
    if (auto valid = options.validate(); !valid) {
        return fail(std::move(valid).error().in("client options"));
    }
    return std::unique_ptr<Client>(
        new Client(scheduler, transport, rng, std::move(options), std::move(observers)));
}

Client::Client(runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
               ClientOptions options, std::vector<http::Observer*> observers)
    : deadline_(options.deadline),
      timeouts_(options.timeouts),
      driver_(scheduler, transport, rng, std::move(options), std::move(observers)) {}

Result<std::unique_ptr<Client>> Client::create_beside(Client& other, ClientOptions options,
                                                      std::vector<http::Observer*> observers) {
    if (auto valid = options.validate(); !valid) {
        return fail(std::move(valid).error().in("client options"));
    }
    return std::unique_ptr<Client>(new Client(other, std::move(options), std::move(observers)));
}

Client::Client(Client& other, ClientOptions options, std::vector<http::Observer*> observers)
    : deadline_(options.deadline),
      timeouts_(options.timeouts),
      driver_(other.driver_, std::move(options), std::move(observers)) {}

namespace {

Task<Result<http::Response>> refused(Error error) {
    co_return fail(std::move(error).in("call options"));
}

// Whoever calls a service, and does not know that it is a client, says nothing of limits.
bool says_nothing(const runtime::Timeouts& timeouts) {
    const runtime::Timeouts unsaid;
    return timeouts.connect == unsaid.connect && timeouts.first_byte == unsaid.first_byte &&
           timeouts.idle == unsaid.idle && timeouts.attempt == unsaid.attempt;
}

}  // namespace

// Not a coroutine itself: one frame less in every call. The deadline counts from here.
Task<Result<http::Response>> Client::send(http::Request request, CallOptions options) {
    if (auto valid = internal::validate(options); !valid) {
        return refused(std::move(valid).error());
    }
    runtime::CallContext context;
    context.timeouts = options.timeouts.value_or(timeouts_);
    context.operation = std::move(options.operation);
    context.idempotency_key = std::move(options.idempotency_key);
    context.cache = std::move(options.cache);
    context.trace = options.trace;
    context.tracestate = std::move(options.tracestate);
    context.upload = std::move(options.upload);
    context.download = std::move(options.download);
    return driver_.call_within(std::move(request), std::move(context),
                               options.deadline.value_or(deadline_));
}

Task<Result<http::Response>> Client::get(std::string url, CallOptions options) {
    APILAB_CO_TRY(auto parsed, http::Url::parse(url));
    co_return co_await send(http::Request::get(std::move(parsed)), std::move(options));
}

Task<Result<http::Response>> Client::post(std::string url, std::string body, CallOptions options) {
    APILAB_CO_TRY(auto parsed, http::Url::parse(url));
    co_return co_await send(http::Request::post(std::move(parsed), std::move(body)),
                            std::move(options));
}

Task<Result<http::Response>> Client::call(http::Request request, runtime::CallContext context) {
    if (says_nothing(context.timeouts)) {
        context.timeouts = timeouts_;
    }
    return driver_.call(std::move(request), std::move(context));
}

}  // namespace apilab::client
