#include "apilab/client/cookie_session.hpp"

namespace apilab::client {

using runtime::Task;

Task<Result<http::Response>> CookieSession::call(http::Request request,
                                                 runtime::CallContext context) {
    if (!request.headers().contains("cookie")) {
        jar_.put_on(request, scheduler_.system_now());
    }
    const http::Url url = request.url();
    auto answer = co_await transport_.call(std::move(request), std::move(context));
    if (answer) {
        jar_.store(answer->headers(), url, scheduler_.system_now());
    }
    co_return answer;
}

}  // namespace apilab::client
