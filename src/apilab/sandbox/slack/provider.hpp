#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/internal/token_bucket.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::slack {

class Installs;
class Workspace;
struct Access;
struct Call;
struct Method;

struct SlackOptions {
    /// Bot tokens that are accepted, with every scope.
    std::vector<std::string> tokens = {"xoxb-stub"};
    /// A bot's that may only list channels and post; a user's; an app's (for Socket Mode).
    std::string narrow_token = "xoxb-narrow";
    std::string user_token = "xoxp-stub";
    std::string app_token = "xapp-stub";
    /// The tighter limit of `conversations.history` and `.replies` for apps that are sold but not
    /// listed: one call a minute, 15 messages. Default no.
    bool unlisted = false;
};

/// The emulated Slack Web API (providers/slack); `fidelity()` says how true it is. Every method is
/// called by POST or GET (operation `<method>` and `<method>.get`), with arguments in a query, a
/// form or, where the method takes it, JSON. Files are sent to `/upload/v1/{key}`, an app is
/// installed at `/oauth/v2/authorize` (client `cid` / `sec`; `cid-rotating` has tokens that end).
class SlackProvider final : public Provider {
public:
    explicit SlackProvider(SlackOptions options = {});
    ~SlackProvider() override;

    [[nodiscard]] std::string_view name() const override { return "slack"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    /// Notes `makes` of a message: `event_id`, `key` or `id` of its metadata's payload, else its
    /// channel and text.
    void describe(const Incoming& incoming) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    [[nodiscard]] std::optional<http::Response> expired_page(
        const Incoming& incoming) const override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] bool keeps_tokens() const override { return true; }
    bool end_token(std::string_view token, std::string_view how) override;
    /// By method; for `chat.postMessage` by channel.
    [[nodiscard]] std::string limit_bucket(const Incoming& incoming) const override;
    [[nodiscard]] FidelityCard fidelity() const override;
    void reset() override;
    /// `messages`, `messages doubled` (of one event).
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    [[nodiscard]] http::Response dispatch(const Incoming& incoming, const Call& call,
                                          const Method& method);
    [[nodiscard]] http::Response run(const Incoming& incoming, const Call& call,
                                     const Method& method, const Access& access);
    [[nodiscard]] http::Response beside(const Incoming& incoming);
    /// How long this call has to wait; zero: it may go on.
    [[nodiscard]] Duration limit(const Incoming& incoming, const Call& call, const Method& method);
    void seed();

    SlackOptions options_;
    std::unique_ptr<Workspace> workspace_;
    std::unique_ptr<Installs> installs_;
    std::map<std::string, internal::TokenBucket> buckets_;
    std::uint64_t requests_ = 0;
    /// How often each event was announced.
    std::map<std::string, std::int64_t> posted_;
};

}  // namespace apilab::sandbox::slack
