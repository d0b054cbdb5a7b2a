#include "apilab/auth/login.hpp"

#include "apilab/auth/authorization.hpp"
#include "apilab/auth/pkce.hpp"
#include "apilab/auth/unguessable.hpp"
#include "apilab/base/try.hpp"

namespace apilab::auth {

using runtime::Task;

namespace {

Result<http::Url> url_of(const LoginOptions& options, const std::string& redirect_uri,
                         const Secret& state, const Pkce& pkce) {
    return AuthorizationRequest{.endpoint = options.authorization_url,
                                .client_id = options.client.client_id,
                                .redirect_uri = redirect_uri,
                                .scope = options.scope,
                                .state = state,
                                .code_challenge = pkce.challenge(),
                                .nonce = options.nonce,
                                .prompt = options.prompt,
                                .extra = options.extra}
        .url();
}

Task<Result<TokenSet>> redeem(runtime::Scheduler& scheduler, runtime::Service& service,
                              AuthorizationCodeGrant::Options code, Duration deadline) {
    const AuthorizationCodeGrant grant(std::move(code));
    APILAB_CO_TRY(auto request, grant.request({}, scheduler.system_now()));
    runtime::CallContext context;
    context.deadline = scheduler.now() + deadline;
    context.operation.name = "oauth2_token";
    // A code works once: not to be repeated blindly.
    context.operation.effect = http::Effect::write;
    const auto answer = co_await service.call(std::move(request), std::move(context));
    co_return grant.read(answer, scheduler.system_now());
}

Task<Result<Secret>> code_of(runtime::Scheduler& scheduler, LoopbackListener& listener,
                             Result<http::Url> url, LoginOptions options) {
    if (!url) {
        co_return fail(std::move(url).error());
    }
    options.show(*url);
    co_return co_await listener.code(scheduler.now() + options.patience);
}

}  // namespace

Task<Result<TokenSet>> login(runtime::Scheduler& scheduler, LoopbackListener& listener,
                             runtime::Service& service, Rng& chance, LoginOptions options) {
    if (!options.show) {
        co_return fail(Error(ErrorKind::invalid_argument, "a login needs somebody to show its URL")
                           .with_detail("show"));
    }
    const Secret state = unguessable(chance);
    const Pkce pkce = Pkce::fresh(chance);
    APILAB_CO_TRY(const auto redirect_uri,
                  listener.open({.state = state,
                                 .issuer = options.issuer,
                                 .issuer_required = options.issuer_required}));
    auto code =
        co_await code_of(scheduler, listener, url_of(options, redirect_uri, state, pkce), options);
    co_await listener.close();
    if (code && co_await runtime::cancelled()) {
        code = fail(Error(ErrorKind::cancelled, "cancelled").with_ending(Ending::cancelled));
    }
    if (!code) {
        co_return fail(std::move(code).error().in("logging in"));
    }
    auto tokens = co_await redeem(scheduler, service,
                                  {.token_url = options.token_url,
                                   .client = options.client,
                                   .code = *std::move(code),
                                   .redirect_uri = redirect_uri,
                                   .code_verifier = pkce.verifier(),
                                   .extra = {}},
                                  options.deadline);
    if (!tokens) {
        co_return fail(std::move(tokens).error().in("logging in"));
    }
    co_return tokens;
}

}  // namespace apilab::auth
