// What `[limits.api]` of a scenario needs; the dialect is the scenario's choice.

#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/internal/limit_bucket.hpp"

namespace apilab::sandbox::api {

std::string ApiProvider::limit_bucket(const Incoming& incoming) const {
    const auto& headers = incoming.request->headers();
    for (const auto* name : {"authorization", "x-api-key", "cookie"}) {
        if (const auto value = headers.value(name); !value.empty()) {
            return internal::credential_bucket(value);
        }
    }
    return internal::credential_bucket({});
}

std::int64_t ApiProvider::limit_cost(const Incoming& incoming) const {
    constexpr std::int64_t of_a_list = 2;
    constexpr std::int64_t of_a_write = 5;
    if (incoming.route->effect != http::Effect::read) {
        return of_a_write;
    }
    return incoming.route->operation.starts_with("list_") ? of_a_list : 1;
}

}  // namespace apilab::sandbox::api
