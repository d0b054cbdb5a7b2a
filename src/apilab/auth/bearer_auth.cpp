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

// How long a call waits for its token is a part of its story, which begins there.
class TokenWait {
public:
    TokenWait(const Clock* clock, runtime::CallContext& context) : clock_(clock) {
        if (clock_ != nullptr) {
            if (!context.record) {
                context.record = std::make_shared<http::CallRecord>();
            }
            record_ = context.record;
            started_ = clock_->now();
        }
    }
    void over() const {
        if (record_) {
            const Duration elapsed = clock_->now() - started_;  // planned: nobody knew
            record_->waits.push_back({.cause = http::WaitCause::refresh,
                                      .started = started_,
                                      .planned = elapsed,
                                      .elapsed = elapsed});
        }
    }

private:
    const Clock* clock_;
    std::shared_ptr<http::CallRecord> record_;
    SteadyTime started_;
};

// The call that asks again, within the same trace.
runtime::CallContext again(const http::CallRecord* first, runtime::CallContext context) {
    context.record = nullptr;
    if (first != nullptr) {
        context.record = std::make_shared<http::CallRecord>();
        context.record->follows = first->id;
        context.trace = first->trace;
        context.trace.span = first->parent_span;
    }
    return context;
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
        const TokenWait wait(clock_, context);
        APILAB_CO_TRY(token, co_await source_.token(context.deadline));
        wait.over();
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
    context = again(answer->record().get(), std::move(context));
    const TokenWait wait(clock_, context);
    auto fresh = co_await source_.replace(token, context.deadline);
    if (!fresh) {
        co_return fail(std::move(fresh).error().with_outcome(Outcome::answered).in("after a 401"));
    }
    wait.over();
    put_on(request, *fresh);
    answer = co_await inner_.call(std::move(request), std::move(context));
    if (answer && answer->status() != unauthorized) {
        source_.accepted(*fresh);
    }
    co_return answer;
}

}  // namespace apilab::auth
