#include "apilab/auth/client_authentication.hpp"

#include "apilab/auth/jwt.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/uuid.hpp"
#include "apilab/http/query.hpp"

namespace apilab::auth {
namespace {

using Method = ClientAuthentication::Method;

constexpr std::string_view assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

Result<void> add_assertion(http::Query& form, const http::Url& endpoint,
                           const ClientAuthentication& client, SystemTime now) {
    const ClientAssertion& assertion = *client.assertion;
    APILAB_CHECK(assertion.validate());
    if (client.client_id.empty()) {
        return fail(ErrorKind::invalid_argument, "client authentication: client_id is empty");
    }
    APILAB_TRY(const auto jwt, sign_jwt(assertion.key, {.issuer = client.client_id,
                                                        .subject = client.client_id,
                                                        .audience = {assertion.audience.empty()
                                                                         ? endpoint.to_string()
                                                                         : assertion.audience},
                                                        .issued_at = now,
                                                        .expires_at = now + assertion.lifetime,
                                                        .id = uuid_v4(assertion.rng)}));
    form.add("client_id", client.client_id)
        .add("client_assertion_type", assertion_type)
        .add("client_assertion", jwt.reveal());
    return {};
}

}  // namespace

Result<void> ClientAssertion::validate() const {
    if (lifetime < std::chrono::seconds(10) || lifetime > std::chrono::minutes(10)) {
        return fail(ErrorKind::invalid_argument,
                    "client assertion: lifetime must be from 10 s to 10 min");
    }
    if (key.algorithm() == JwsAlgorithm::hs256) {
        return fail(ErrorKind::invalid_argument,
                    "client assertion: key must be RS256 or ES256, not HS256");
    }
    return {};
}

Result<http::Request> form_request(const http::Url& endpoint, http::Query form,
                                   const ClientAuthentication& client, SystemTime now) {
    const bool by_secret = !client.assertion;
    if (client.assertion) {
        APILAB_CHECK(add_assertion(form, endpoint, client, now));
    } else if (client.method == Method::post ||
               (client.method == Method::none && !client.client_id.empty())) {
        form.add("client_id", client.client_id);
    }
    if (by_secret && client.method == Method::post) {
        form.add("client_secret", client.client_secret.reveal());
    }
    auto request =
        http::Request::post(endpoint, form.to_string(), "application/x-www-form-urlencoded");
    request.header("accept", "application/json").hide_body();
    if (by_secret && client.method == Method::basic) {
        request.header(
            "authorization",
            "Basic " + base64_encode(http::percent_encode(client.client_id) + ":" +
                                     http::percent_encode(client.client_secret.reveal())));
    }
    return request;
}

}  // namespace apilab::auth
