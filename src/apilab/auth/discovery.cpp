#include "apilab/auth/discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/auth/internal/places.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth {

using runtime::Task;

namespace {

constexpr std::size_t document_size_max = std::size_t{256} * 1024;
constexpr std::size_t list_max = 100;

Error unreadable(std::string_view member, std::string_view why) {
    return Error(ErrorKind::decode,
                 fmt::format("authorization server metadata: {} {}", member, why))
        .with_outcome(Outcome::answered)
        .with_detail(http::pointer_step(member));
}

Result<std::optional<http::Url>> endpoint(http::Json root, std::string_view member) {
    const auto value = root[member];
    if (value.missing() || value.is_null()) {
        return std::nullopt;
    }
    auto url = http::Url::parse(value.string_or(""));
    if (!url || !internal::trusted_place(*url)) {
        return fail(unreadable(member, "is no https URL"));
    }
    return *std::move(url);
}

std::vector<std::string> list(http::Json root, std::string_view member) {
    std::vector<std::string> words;
    for (const auto element : root[member].elements()) {
        if (const auto word = element.string(); word && words.size() < list_max) {
            words.emplace_back(*word);
        }
    }
    return words;
}

Result<void> check_issuer(http::Json root, std::string_view issuer) {
    const auto named = root["issuer"].string();
    if (!named) {
        return fail(unreadable("issuer", "is missing"));
    }
    if (*named != issuer) {
        return fail(Error(ErrorKind::auth,
                          "the metadata are those of another issuer than the one asked for")
                        .with_outcome(Outcome::answered)
                        .with_ending(Ending::permanent)
                        .with_detail("/issuer")
                        .with_remedy("write the issuer exactly as the server does"));
    }
    return {};
}

// Has this place no document, so that the other may have it?
bool is_elsewhere(const http::Response& answer) {
    const int status = answer.status();
    if (status == 200) {
        return !http::JsonDocument::parse(answer.body(),
                                          {.size_max = document_size_max, .depth_max = 16});
    }
    return status >= 400 && status < 500 && status != 401 && status != 408 && status != 429;
}

}  // namespace

Result<http::Url> well_known_url(std::string_view issuer, WellKnown which) {
    const auto wrong = [](std::string_view why) {
        return fail(Error(ErrorKind::invalid_argument, fmt::format("the issuer {}", why))
                        .with_detail("issuer")
                        .with_remedy("write https://host or https://host/path"));
    };
    const auto url = http::Url::parse(issuer);
    if (!url || issuer.contains('?') || issuer.contains('#')) {
        return wrong("is no URL, or one with a query or a fragment");
    }
    if (!internal::trusted_place(*url)) {
        return wrong("is not https");
    }
    std::string path = url->path();
    path.erase(path.find_last_not_of('/') + 1);
    // Not as a reference: a path that begins with `//` would be another host.
    return http::Url::parse(url->origin() + (which == WellKnown::oauth
                                                 ? "/.well-known/oauth-authorization-server" + path
                                                 : path + "/.well-known/openid-configuration"));
}

Result<ServerMetadata> read_server_metadata(std::string_view document, std::string_view issuer) {
    APILAB_TRY(const auto json, http::JsonDocument::parse(
                                    document, {.size_max = document_size_max, .depth_max = 16}));
    const auto root = json.root();
    APILAB_CHECK(check_issuer(root, issuer));
    APILAB_TRY(const auto token, endpoint(root, "token_endpoint"));
    if (!token) {
        return fail(unreadable("token_endpoint", "is missing"));
    }
    ServerMetadata metadata{.issuer = std::string(issuer), .token_endpoint = *token};
    APILAB_TRY(metadata.authorization_endpoint, endpoint(root, "authorization_endpoint"));
    APILAB_TRY(metadata.device_authorization_endpoint,
               endpoint(root, "device_authorization_endpoint"));
    APILAB_TRY(metadata.revocation_endpoint, endpoint(root, "revocation_endpoint"));
    APILAB_TRY(metadata.introspection_endpoint, endpoint(root, "introspection_endpoint"));
    APILAB_TRY(metadata.userinfo_endpoint, endpoint(root, "userinfo_endpoint"));
    APILAB_TRY(metadata.jwks_uri, endpoint(root, "jwks_uri"));
    metadata.grant_types_supported = list(root, "grant_types_supported");
    metadata.code_challenge_methods_supported = list(root, "code_challenge_methods_supported");
    metadata.token_endpoint_auth_methods_supported =
        list(root, "token_endpoint_auth_methods_supported");
    metadata.id_token_signing_alg_values_supported =
        list(root, "id_token_signing_alg_values_supported");
    metadata.authorization_response_iss_parameter_supported =
        root["authorization_response_iss_parameter_supported"].boolean().value_or(false);
    return metadata;
}

Task<Result<ServerMetadata>> discover(runtime::Service& service, std::string issuer,
                                      SteadyTime deadline) {
    for (const auto which : {WellKnown::oauth, WellKnown::openid}) {
        APILAB_CO_TRY(const auto url, well_known_url(issuer, which));
        runtime::CallContext context;
        context.deadline = deadline;
        context.operation.name = "oauth2_metadata";
        auto request = http::Request::get(url).header("accept", "application/json");
        const auto answer = co_await service.call(std::move(request), std::move(context));
        if (!answer) {
            co_return fail(Error(answer.error()).in("asking for the metadata of a server"));
        }
        if (is_elsewhere(*answer)) {
            continue;
        }
        APILAB_CO_TRY(const auto good, answer->error_for_status());
        co_return read_server_metadata(good.body(), issuer);
    }
    co_return fail(Error(ErrorKind::status, "the issuer has no metadata at either well-known place")
                       .with_outcome(Outcome::answered)
                       .with_ending(Ending::permanent)
                       .with_status(404)
                       .with_remedy("check the issuer, or configure the endpoints by hand"));
}

}  // namespace apilab::auth
