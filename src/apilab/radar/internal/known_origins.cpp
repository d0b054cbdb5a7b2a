#include "apilab/radar/internal/known_origins.hpp"

#include <utility>

namespace apilab::radar::internal {

KnownOrigins::KnownOrigins(const ApiUrls& urls, runtime::Service& beyond) : beyond_(beyond) {
    for (const auto* url : {&urls.npm, &urls.osv, &urls.github, &urls.slack, &urls.notion,
                            &urls.google, &urls.google_token}) {
        origins_.insert(url->origin());
    }
}

runtime::Task<Result<http::Response>> KnownOrigins::call(http::Request request,
                                                         runtime::CallContext context) {
    if (!origins_.contains(request.url().origin())) {
        co_return fail(Error(ErrorKind::protocol, "not asked: " + request.url().origin() +
                                                      " is nobody that radar is configured for")
                           .with_outcome(Outcome::not_sent)
                           .with_detail("origin")
                           .with_remedy("where this is right, name it under [urls]"));
    }
    co_return co_await beyond_.call(std::move(request), std::move(context));
}

}  // namespace apilab::radar::internal
