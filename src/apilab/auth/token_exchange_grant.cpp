#include "apilab/auth/token_exchange_grant.hpp"

#include <cstddef>

#include "apilab/auth/internal/grant_request.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth {
namespace {

constexpr std::size_t answer_size_max = std::size_t{1} << 20U;

}  // namespace

Result<http::Request> TokenExchangeGrant::request(const TokenSet& /*current*/,
                                                  SystemTime now) const {
    Secret subject;
    if (options_.subject_token) {
        APILAB_TRY(subject, options_.subject_token());
    }
    Secret actor;
    if (options_.actor_token) {
        APILAB_TRY(actor, options_.actor_token());
    }
    if (subject.empty() || options_.subject_token_type.empty()) {
        return fail(ErrorKind::invalid_argument,
                    "token exchange: subject_token and subject_token_type must not be empty");
    }
    if (actor.empty() != options_.actor_token_type.empty()) {
        return fail(ErrorKind::invalid_argument,
                    "token exchange: actor_token and actor_token_type go together");
    }
    return internal::grant_request(
        options_.endpoint,
        {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
         {"subject_token", subject.reveal()},
         {"subject_token_type", options_.subject_token_type},
         {"actor_token", actor.reveal()},
         {"actor_token_type", options_.actor_token_type},
         {"requested_token_type", options_.requested_token_type},
         {"audience", options_.audience},
         {"scope", options_.scope}},
        now);
}

Result<TokenSet> TokenExchangeGrant::read(const Result<http::Response>& answer,
                                          SystemTime /*now*/) const {
    auto tokens = read_token_answer(answer);
    if (!tokens) {
        return tokens;
    }
    const auto document =
        http::JsonDocument::parse(answer->body(), {.size_max = answer_size_max, .depth_max = 16});
    const auto issued = document ? document->root()["issued_token_type"].string_or("") : "";
    if (issued.empty() ||
        (!options_.requested_token_type.empty() && issued != options_.requested_token_type)) {
        return fail(Error(ErrorKind::decode,
                          issued.empty()
                              ? "the token endpoint did not say what kind of token it gave"
                              : "the token endpoint gave another kind of token")
                        .with_outcome(Outcome::answered)
                        .with_detail("/issued_token_type"));
    }
    return tokens;
}

}  // namespace apilab::auth
