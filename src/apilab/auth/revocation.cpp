#include "apilab/auth/revocation.hpp"

#include <algorithm>
#include <utility>

#include "apilab/auth/internal/refusal.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/query.hpp"

namespace apilab::auth {

using runtime::Task;

namespace {

constexpr http::JsonLimits answer_limits{.size_max = std::size_t{64} * 1024, .depth_max = 8};

Result<http::Request> request_of(const TokenQuestion& question, SystemTime now) {
    using Hint = TokenQuestion::Hint;
    if (question.token.empty()) {
        return fail(Error(ErrorKind::invalid_argument, "the token is empty").with_detail("token"));
    }
    http::Query form;
    form.add("token", question.token.reveal());
    if (question.hint != Hint::none) {
        form.add("token_type_hint",
                 question.hint == Hint::access_token ? "access_token" : "refresh_token");
    }
    return form_request(question.endpoint, std::move(form), question.client, now);
}

Task<Result<http::Response>> ask(runtime::Scheduler& scheduler, runtime::Service& service,
                                 TokenQuestion question, std::string name, http::Effect effect) {
    APILAB_CO_TRY(auto request, request_of(question, scheduler.system_now()));
    runtime::CallContext context;
    context.deadline = scheduler.now() + question.deadline;
    context.operation.name = std::move(name);
    context.operation.effect = effect;
    co_return co_await service.call(std::move(request), std::move(context));
}

// The server's word in an answer that is no success, or empty.
std::string word_of(const http::Response& answer) {
    const auto document = http::JsonDocument::parse(answer.body(), answer_limits);
    return document ? std::string(document->root()["error"].string_or("")) : std::string();
}

// SystemTime counts nanoseconds: what it cannot hold is taken as its end.
SystemTime time_of(std::int64_t seconds) {
    constexpr std::int64_t last = std::chrono::floor<std::chrono::seconds>(Duration::max()).count();
    return SystemTime(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, last)));
}

}  // namespace

Result<void> read_revocation_answer(const Result<http::Response>& answer) {
    if (!answer) {
        return fail(answer.error());
    }
    if (answer->ok()) {
        return {};
    }
    const auto word = word_of(*answer);
    if (word == "invalid_token") {
        return {};
    }
    if (!word.empty()) {
        auto error = internal::refusal("revocation endpoint", word, answer->status());
        return fail(word == "unsupported_token_type"
                        ? std::move(error).with_ending(Ending::permanent)
                        : std::move(error));
    }
    APILAB_TRY([[maybe_unused]] const auto never, answer->error_for_status());
    return {};
}

Task<Result<void>> revoke(runtime::Scheduler& scheduler, runtime::Service& service,
                          TokenQuestion question) {
    const auto answer = co_await ask(scheduler, service, std::move(question), "oauth2_revoke",
                                     http::Effect::idempotent);
    auto gone = read_revocation_answer(answer);
    if (!gone) {
        co_return fail(std::move(gone).error().in("revoking a token"));
    }
    co_return Result<void>();
}

Result<TokenState> read_introspection_answer(const Result<http::Response>& answer) {
    if (!answer) {
        return fail(answer.error());
    }
    if (!answer->ok()) {
        if (const auto word = word_of(*answer); !word.empty()) {
            return fail(internal::refusal("introspection endpoint", word, answer->status()));
        }
        APILAB_TRY([[maybe_unused]] const auto never, answer->error_for_status());
    }
    const auto document = http::JsonDocument::parse(answer->body(), answer_limits);
    const auto root = document ? document->root() : http::Json();
    const auto active = root["active"].boolean();
    if (!active) {
        return fail(Error(ErrorKind::decode,
                          "the introspection answer does not say whether the "
                          "token is active")
                        .with_outcome(Outcome::answered)
                        .with_detail("/active"));
    }
    if (!*active) {
        return TokenState{};
    }
    const auto expires = root["exp"].integer();
    return TokenState{.active = true,
                      .scope = std::string(root["scope"].string_or("")),
                      .client_id = std::string(root["client_id"].string_or("")),
                      .subject = std::string(root["sub"].string_or("")),
                      .expires = expires ? std::optional(time_of(*expires)) : std::nullopt};
}

Task<Result<TokenState>> introspect(runtime::Scheduler& scheduler, runtime::Service& service,
                                    TokenQuestion question) {
    const auto answer = co_await ask(scheduler, service, std::move(question), "oauth2_introspect",
                                     http::Effect::read);
    auto state = read_introspection_answer(answer);
    if (!state) {
        co_return fail(std::move(state).error().in("asking about a token"));
    }
    co_return state;
}

}  // namespace apilab::auth
