#include "apilab/auth/token_set.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/json.hpp"
#include "apilab/policy/token_life.hpp"

namespace apilab::auth {

namespace {

constexpr std::size_t answer_size_max = std::size_t{1} << 20U;

Error refused(std::string_view code, int status) {
    auto error = Error(ErrorKind::auth, fmt::format("the token endpoint said {} {}", status, code))
                     .with_status(status)
                     .with_outcome(Outcome::answered)
                     .with_provider_code(std::string(code));
    switch (policy::classify_token_error(code)) {
        case policy::TokenRefusal::consent:
            return std::move(error)
                .with_ending(Ending::permanent)
                .with_remedy("the user has to consent again; the refresh token is dead");
        case policy::TokenRefusal::configuration:
            return std::move(error)
                .with_ending(Ending::permanent)
                .with_remedy("check client id, client secret and scope");
        case policy::TokenRefusal::transient:
            break;
    }
    return error;
}

}  // namespace

Result<TokenSet> read_token_answer(const Result<http::Response>& answer) {
    if (!answer) {
        return fail(answer.error());
    }
    const auto document =
        http::JsonDocument::parse(answer->body(), {.size_max = answer_size_max, .depth_max = 16});
    const auto root = document ? document->root() : http::Json();
    if (const auto code = root["error"].string_or(""); !code.empty()) {
        return fail(refused(code.substr(0, 64), answer->status()));
    }
    if (!answer->ok()) {
        APILAB_TRY([[maybe_unused]] const auto never, answer->error_for_status());
    }
    const auto access = root["access_token"].string_or("");
    const auto type = root["token_type"].string_or("bearer");
    if (access.empty() || !http::iequals(type, "bearer")) {
        return fail(Error(ErrorKind::decode, "the token endpoint gave no bearer token")
                        .with_outcome(Outcome::answered)
                        .with_detail(access.empty() ? "/access_token" : "/token_type"));
    }
    TokenSet tokens{.access_token = Secret(std::string(access)),
                    .refresh_token = Secret(std::string(root["refresh_token"].string_or(""))),
                    .lifetime = policy::read_expires_in(root["expires_in"]),
                    .scope = std::string(root["scope"].string_or("")),
                    .id_token = Secret(std::string(root["id_token"].string_or("")))};
    for (const Secret* token : {&tokens.access_token, &tokens.refresh_token, &tokens.id_token}) {
        Scrubber::of_process().add_passing(*token);
    }
    return tokens;
}

}  // namespace apilab::auth
