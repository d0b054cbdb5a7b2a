#include "apilab/auth/internal/grant_request.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/http/query.hpp"

namespace apilab::auth::internal {

Result<http::Request> grant_request(
    const TokenEndpoint& endpoint,
    const std::vector<std::pair<std::string_view, std::string_view>>& fields, SystemTime now) {
    http::Query form;
    std::set<std::string_view> names{"client_id", "client_secret", "client_assertion",
                                     "client_assertion_type"};
    for (const auto& [name, value] : fields) {
        names.insert(name);
        if (!value.empty()) {  // RFC 6749 section 3.2: the same as left out
            form.add(name, value);
        }
    }
    for (const auto& [name, value] : endpoint.more) {
        if (name != "resource" && !names.insert(name).second) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("the field '{}' of a token request is set already", name));
        }
        form.add(name, value);
    }
    return form_request(endpoint.url, std::move(form), endpoint.client, now);
}

}  // namespace apilab::auth::internal
