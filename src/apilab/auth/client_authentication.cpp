#include "apilab/auth/client_authentication.hpp"

#include <utility>

#include "apilab/base/base64.hpp"

namespace apilab::auth {

Result<http::Request> form_request(const http::Url& endpoint, http::Query form,
                                   const ClientAuthentication& client, SystemTime /*now*/) {
    using Method = ClientAuthentication::Method;
    if (client.method != Method::basic) {
        form.add("client_id", client.client_id);
    }
    if (client.method == Method::post) {
        form.add("client_secret", client.client_secret.reveal());
    }
    auto request =
        http::Request::post(endpoint, form.to_string(), "application/x-www-form-urlencoded");
    request.header("accept", "application/json");
    if (client.method == Method::basic) {
        request.header(
            "authorization",
            "Basic " + base64_encode(http::percent_encode(client.client_id) + ":" +
                                     http::percent_encode(client.client_secret.reveal())));
    }
    return request;
}

}  // namespace apilab::auth
