#include "apilab/auth/credentials_auth.hpp"

#include "apilab/base/try.hpp"

namespace apilab::auth {

runtime::Task<Result<http::Response>> CredentialsAuth::call(http::Request request,
                                                            runtime::CallContext context) {
    if (request.url().origin() == origin_ && !credentials_.are_on(request)) {
        APILAB_CO_CHECK(credentials_.put_on(request));
    }
    co_return co_await inner_.call(std::move(request), std::move(context));
}

}  // namespace apilab::auth
