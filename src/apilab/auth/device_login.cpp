#include "apilab/auth/device_login.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::auth {

using runtime::Task;

namespace {

runtime::CallContext context_of(std::string name, http::Effect effect, SteadyTime deadline) {
    runtime::CallContext context;
    context.deadline = deadline;
    context.operation.name = std::move(name);
    context.operation.effect = effect;
    return context;
}

Task<Result<TokenSet>> poll(runtime::Scheduler& scheduler, runtime::Service& service,
                            DevicePolling polling, DeviceLoginOptions options, Secret device_code) {
    const DeviceCodeGrant grant(options.token_url, options.client, std::move(device_code));
    while (const auto next = polling.next()) {
        if (!co_await scheduler.sleep_until(*next)) {
            co_return fail(Error(ErrorKind::cancelled, "cancelled while waiting for consent")
                               .with_ending(Ending::cancelled));
        }
        APILAB_CO_TRY(auto request, grant.request({}, scheduler.system_now()));
        // When to ask again is decided here, not below.
        auto context = context_of("oauth2_device_poll", http::Effect::write,
                                  std::min(polling.end(), scheduler.now() + options.deadline));
        const auto answer = co_await service.call(std::move(request), std::move(context));
        if (auto over = polling.take(answer, scheduler.now(), scheduler.system_now())) {
            co_return *std::move(over);
        }
    }
    co_return fail(DevicePolling::expired());
}

}  // namespace

Task<Result<TokenSet>> device_login(runtime::Scheduler& scheduler, runtime::Service& service,
                                    DeviceLoginOptions options) {
    if (!options.show) {
        co_return fail(
            Error(ErrorKind::invalid_argument, "a device login needs somebody to show its code")
                .with_detail("show"));
    }
    const SteadyTime asked = scheduler.now();
    APILAB_CO_TRY(auto request, device_request(options.device_authorization_url, options.client,
                                               options.scope, scheduler.system_now()));
    // Twice is two codes, of which one is never used: no harm.
    auto context =
        context_of("oauth2_device_code", http::Effect::idempotent, asked + options.deadline);
    const auto answer = co_await service.call(std::move(request), std::move(context));
    auto code = read_device_answer(answer);
    if (!code) {
        co_return fail(std::move(code).error().in("asking for a device code"));
    }
    options.show(*code);
    const DevicePolling polling(code->interval, code->lifetime, asked);
    auto tokens = co_await poll(scheduler, service, polling, std::move(options), code->device_code);
    if (!tokens) {
        co_return fail(std::move(tokens).error().in("logging in on another device"));
    }
    co_return tokens;
}

}  // namespace apilab::auth
