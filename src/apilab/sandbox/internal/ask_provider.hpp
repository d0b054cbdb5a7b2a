#pragma once

#include <map>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/router.hpp"

namespace apilab::sandbox {

/// For tests beside the providers: finds the route as the sandbox would and calls `answer`.
///
///     AskProvider ask(provider);
///     const auto reply = ask.get("/repos/octo/hello/releases?per_page=2");
class AskProvider {
public:
    /// Throws where the provider's routes are not sound.
    explicit AskProvider(Provider& provider);

    [[nodiscard]] http::Response get(std::string_view target,
                                     const http::Headers& headers = {}) const {
        return send("GET", target, headers, {});
    }
    [[nodiscard]] http::Response post(std::string_view target, std::string body) const {
        return send("POST", target, {{"content-type", "application/json"}}, std::move(body));
    }
    [[nodiscard]] http::Response send(std::string method, std::string_view target,
                                      const http::Headers& headers, std::string body = {}) const;
    /// The same for a link that an answer gave (it must begin with `base_url`).
    [[nodiscard]] http::Response follow(std::string_view link,
                                        const http::Headers& headers = {}) const;

    std::string base_url = "http://127.0.0.1:4010/provider";
    SystemTime system_now = SystemTime(std::chrono::seconds(1'790'000'000));
    /// Sent with every request unless it has its own.
    std::string user_agent = "apilab-test";
    mutable std::string operation;
    /// As `Incoming::now` and `Incoming::auth`.
    SteadyTime now;
    std::string auth;
    /// As `Incoming::hub`.
    webhook::Hub* hub = nullptr;
    /// What the last answer noted.
    mutable std::map<std::string, std::string> facts;

private:
    Provider& provider_;
    Router router_;
};

/// The body as JSON; `keep` owns it.
[[nodiscard]] http::Json parsed(const http::Response& reply, http::JsonDocument& keep);

}  // namespace apilab::sandbox
