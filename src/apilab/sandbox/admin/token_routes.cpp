#include <fmt/format.h>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"

namespace apilab::sandbox::admin {

using http::Response;

namespace {

Response end_token(Context& context, const Call& call, std::string_view how) {
    std::string provider;
    for (const auto& [name, value] : call.query) {
        if (name != "provider") {
            return refuse(bad_parameter(name, "unknown; known is provider").error());
        }
        provider = value;
    }
    if (!provider.empty() && context.sandbox.find_provider(provider) == nullptr) {
        return refuse(bad_parameter("provider", "no such provider is served").error());
    }
    const auto ended = context.sandbox.end_token(call.at("id"), how, provider);
    if (ended.empty()) {
        return internal::problem(404, "no such token",
                                 "expected a token that was issued in this run, or the number that "
                                 "rows give it (the fact token)");
    }
    std::string names;
    for (const auto& name : ended) {
        names += fmt::format("{}{}", names.empty() ? "" : ",", http::json_quote(name));
    }
    return Response::json(200, fmt::format("{{\"ended\":\"{}\",\"by\":[{}]}}", how, names));
}

}  // namespace

void add_token_routes(Routes& routes, Context& context) {
    routes.push_back(
        {.method = "POST",
         .path = "/tokens/{id}/expire",
         .operation = "expire_token",
         .summary = "The access token is over before its time",
         .parameters = {"provider"},
         .gives = "EndedToken",
         .answer = [&context](const Call& call) { return end_token(context, call, "expire"); }});
    routes.push_back(
        {.method = "POST",
         .path = "/tokens/{id}/revoke",
         .operation = "revoke_token",
         .summary = "The token's consent is withdrawn: its whole family ends",
         .parameters = {"provider"},
         .gives = "EndedToken",
         .answer = [&context](const Call& call) { return end_token(context, call, "revoke"); }});
}

}  // namespace apilab::sandbox::admin
