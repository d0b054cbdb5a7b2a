#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "apilab/auth/client_authentication.hpp"
#include "apilab/auth/device_code.hpp"
#include "apilab/auth/token_set.hpp"
#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::auth {

struct DeviceLoginOptions {
    http::Url device_authorization_url;
    http::Url token_url;
    ClientAuthentication client;
    /// Separated by spaces; empty: what the server gives.
    std::string scope;
    /// Called once with what the person needs: `user_code` and `verification_uri`. Needed.
    std::function<void(const DeviceCode&)> show;
    /// Of one request, with all that the service does for it. Default 30 s.
    Duration deadline = std::chrono::seconds(30);
};

/// Logs a person in on another device (RFC 8628): for programs without a browser beside them. Asks
/// for a code, shows it, polls by the rules of `DevicePolling` until somebody consents, refuses, or
/// the code ends.
///
///     auto tokens = co_await device_login(scheduler, client, {.show = [](const DeviceCode& code) {
///         fmt::print("{}: {}\n", code.verification_uri.to_string(), code.user_code); }, ...});
///
/// No request is under way after the code's end. Errors: those of `read_device_answer` and
/// `DevicePolling`; `cancelled`, also between two polls; `invalid_argument` where nobody is there
/// to show the code. All that is passed by reference outlives the task.
[[nodiscard]] runtime::Task<Result<TokenSet>> device_login(runtime::Scheduler& scheduler,
                                                           runtime::Service& service,
                                                           DeviceLoginOptions options);

}  // namespace apilab::auth
