#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/internal/token_bucket.hpp"
#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/slack/call.hpp"

namespace apilab::sandbox::slack {

class Workspace;

struct SlackOptions {
    /// Bot tokens that are accepted.
    std::vector<std::string> tokens = {"xoxb-stub"};
};

/// The emulated Slack Web API (providers/slack).
///
/// Copied: `auth.test`, `chat.postMessage`, `conversations.list`, `conversations.history`,
/// `users.list`; arguments in a query, a form or, where the method takes it, JSON; refusals as 200
/// with `ok: false`; cursors whose end is an empty text; `ts` as text; messages with metadata and
/// blocks; limits by method (20 and 50 calls a minute; posting one a second in a channel) as 429
/// with `Retry-After`. How much of a limit may be used at once is our choice: the minute's worth,
/// and five posts. Not copied: scopes, blocks beyond "an array of objects", files, events, updates,
/// threads beyond `thread_ts`, `oauth.v2.access`, the tighter history limit of unlisted apps.
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
    /// By token and method.
    [[nodiscard]] std::string limit_bucket(const Incoming& incoming) const override;
    void reset() override;
    /// `messages`, `messages doubled` (of one event).
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    [[nodiscard]] http::Response dispatch(const Incoming& incoming, const Call& call);
    [[nodiscard]] http::Response post_message(const Incoming& incoming, const Call& call);
    [[nodiscard]] http::Response list_channels(const Call& call) const;
    [[nodiscard]] http::Response history(const Call& call);
    [[nodiscard]] http::Response list_users(const Call& call) const;
    /// How long this call has to wait; zero: it may go on.
    [[nodiscard]] Duration limit(const Incoming& incoming, const Call& call);

    SlackOptions options_;
    std::unique_ptr<Workspace> workspace_;
    std::map<std::string, internal::TokenBucket> buckets_;
    /// How often each event was announced.
    std::map<std::string, std::int64_t> posted_;
};

}  // namespace apilab::sandbox::slack
