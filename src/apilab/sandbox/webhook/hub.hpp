#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::sandbox::webhook {

/// Something that changed in a provider's world.
struct Event {
    /// Whose way of delivering it is: `github`, `slack`, `stripe`, `notion`, `standard`.
    std::string from;
    /// `issues`, `message`, `page.content_updated`, `invoice.paid`.
    std::string type;
    /// GitHub's `opened`; else empty.
    std::string action;
    /// Whose subscribers are told: `octo/hello`, a workspace; empty: all of that sender.
    std::string scope;
    /// The body as it is delivered, or for Slack the inner `event`; JSON.
    std::string body;
};

/// Who wants to be told.
struct Subscription {
    /// Given by the hub; digits.
    std::string id;
    /// As `Event::from`.
    std::string from;
    /// Where deliveries go: http or https, to this machine's loopback unless the host of the
    /// sandbox allows others.
    std::string url;
    /// Empty: deliveries are not signed.
    Secret secret;
    /// Event types; `*` for all. Empty: GitHub's `push`, all of the others.
    std::vector<std::string> events;
    std::string scope;
    bool active = true;
    SystemTime created;
    SystemTime updated;
    /// GitHub: `json`, or `form` for the body as the form field `payload`.
    std::string content_type = "json";
};

/// One attempt to deliver, as GitHub lists it.
struct DeliveryRecord {
    /// Given by the hub; digits, growing.
    std::string id;
    std::string subscription;
    /// Equal for the redeliveries of one event: `X-GitHub-Delivery`, `webhook-id`.
    std::string guid;
    std::string event;
    std::string action;
    SystemTime delivered_at;
    Duration took{};
    bool redelivery = false;
    /// 0: no answer; then `error` says why.
    int status = 0;
    std::string error;
    /// Signatures included, secrets not.
    std::vector<std::pair<std::string, std::string>> request_headers;
    std::string request_body;
    std::vector<std::pair<std::string, std::string>> response_headers;
    /// At most 16 KiB.
    std::string response_body;
};

/// Who is told of changes in emulated providers, what was delivered, and doing it again. Providers
/// write to it; the sandbox delivers. Belongs to the scheduler's thread; bounded.
class Hub {
public:
    Hub() = default;
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;
    virtual ~Hub() = default;

    /// Returns its id. Errors (`invalid_argument`, detail `/url`, `/events`, ...): what cannot be
    /// delivered to, more than 100 subscriptions.
    [[nodiscard]] virtual Result<std::string> subscribe(Subscription subscription) = 0;
    /// Replaces the one of that id; `invalid_argument` where there is none.
    [[nodiscard]] virtual Result<void> change(Subscription subscription) = 0;
    virtual bool unsubscribe(std::string_view id) = 0;
    [[nodiscard]] virtual std::optional<Subscription> find(std::string_view id) const = 0;
    /// Of one sender and scope (empty: of every one), oldest first.
    [[nodiscard]] virtual std::vector<Subscription> subscriptions(std::string_view from,
                                                                  std::string_view scope) const = 0;

    /// Delivers to every active subscriber that wants it, after the answer under way.
    virtual void emit(Event event) = 0;
    /// To one subscriber whatever its events are: GitHub's `ping` and `test`.
    virtual void emit_to(std::string_view subscription, Event event) = 0;

    /// Newest first, at most 1000 are kept. Empty: of all subscriptions.
    [[nodiscard]] virtual std::vector<DeliveryRecord> deliveries(
        std::string_view subscription) const = 0;
    [[nodiscard]] virtual std::optional<DeliveryRecord> delivery(std::string_view id) const = 0;
    /// The same body once more, now. False where there is none such.
    virtual bool redeliver(std::string_view delivery) = 0;
};

}  // namespace apilab::sandbox::webhook
