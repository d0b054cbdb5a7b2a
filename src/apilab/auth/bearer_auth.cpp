#include "apilab/auth/bearer_auth.hpp"

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/body.hpp"  // NOLINT(misc-include-cleaner): its members are called

namespace apilab::auth {

using runtime::Task;

namespace {

constexpr int unauthorized = 401;

void put_on(http::Request& request, const Secret& token) {
    request.header("authorization", "Bearer " + std::string(token.reveal()));
}

}  // namespace

Task<Result<http::Response>> BearerAuth::call(http::Request request, runtime::CallContext context) {
    if (request.url().origin() != origin_ || request.headers().contains("authorization")) {
        co_return co_await inner_.call(std::move(request), std::move(context));
    }
    Secret token;
    if (const Secret* ready = source_.ready(); ready != nullptr) {
        token = *ready;
    } else {
        APILAB_CO_TRY(token, co_await source_.token(context.deadline));
    }
    put_on(request, token);
    auto answer = co_await inner_.call(request, context);
    if (answer && answer->status() != unauthorized) {
        source_.accepted(token);
    }
    const bool once_only = context.upload && !context.upload->replayable();
    if (!answer || answer->status() != unauthorized || once_only) {
        co_return answer;
    }
    auto fresh = co_await source_.replace(token, context.deadline);
    if (!fresh) {
        co_return fail(std::move(fresh).error().with_outcome(Outcome::answered).in("after a 401"));
    }
    put_on(request, *fresh);
    answer = co_await inner_.call(std::move(request), std::move(context));
    if (answer && answer->status() != unauthorized) {
        source_.accepted(*fresh);
    }
    co_return answer;
}

}  // namespace apilab::auth
