#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/google/mailbox.hpp"
#include "apilab/sandbox/google/upload.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::google {

/// Who wants to be told of changes by Pub/Sub.
struct Watch {
    std::string topic;
    std::vector<std::string> labels;
    bool exclude = false;
    SystemTime expires;
    /// Of the last message that was sent.
    std::uint64_t history = 0;
    SystemTime told;
};

/// What is there beside the mailbox.
struct State {
    explicit State(std::uint64_t seed) : mailbox(seed) {}

    Mailbox mailbox;
    std::optional<Watch> watch;
    Uploads uploads;
    /// Messages that were fetched with their content.
    std::set<std::string, std::less<>> fetched;
    /// How often each Message-ID was sent.
    std::map<std::string, std::int64_t> sent;
    /// Counts attachment ids, which are new in every answer.
    std::uint64_t handed_out = 0;
    std::uint64_t told = 0;
};

/// A request that has come through the door: token, user and quota are right.
struct Call {
    const Incoming* incoming = nullptr;
    State* state = nullptr;
    http::Json body;
    /// The mail in it, of those operations that take one.
    std::optional<Upload> upload;

    [[nodiscard]] Mailbox& mailbox() const { return state->mailbox; }
    [[nodiscard]] SystemTime now() const { return incoming->system_now; }
    /// The texts of an array in the body.
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
    /// The values of a parameter that may stand more than once.
    [[nodiscard]] std::vector<std::string> params(std::string_view name) const;
};
using Handler = http::Response (*)(const Call& call);

/// A stretch of a list by `maxResults` and `pageToken`; the token is opaque to clients.
struct Stretch {
    std::size_t first = 0;
    std::size_t end = 0;
    std::string next;
};
[[nodiscard]] std::expected<Stretch, http::Response> stretch(const Incoming& incoming,
                                                             std::size_t total);

/// Labels to add and remove, of a body; the error names the one that cannot be.
struct LabelChange {
    std::vector<std::string> add;
    std::vector<std::string> remove;
};
[[nodiscard]] std::expected<LabelChange, http::Response> read_labels(const Call& call);

/// Tells the watcher that the mailbox changed since it was last told: at most once a second.
void tell_watcher(const Incoming& incoming, State& state);

// One for each operation of the route table (provider.cpp).
[[nodiscard]] http::Response get_profile(const Call& call);
[[nodiscard]] http::Response list_messages(const Call& call);
[[nodiscard]] http::Response get_message(const Call& call);
[[nodiscard]] http::Response get_attachment(const Call& call);
[[nodiscard]] http::Response send_message(const Call& call);
[[nodiscard]] http::Response insert_message(const Call& call);
[[nodiscard]] http::Response import_message(const Call& call);
[[nodiscard]] http::Response modify_message(const Call& call);
[[nodiscard]] http::Response trash_message(const Call& call);
[[nodiscard]] http::Response untrash_message(const Call& call);
[[nodiscard]] http::Response delete_message(const Call& call);
[[nodiscard]] http::Response batch_modify(const Call& call);
[[nodiscard]] http::Response batch_delete(const Call& call);
[[nodiscard]] http::Response list_threads(const Call& call);
[[nodiscard]] http::Response get_thread(const Call& call);
[[nodiscard]] http::Response modify_thread(const Call& call);
[[nodiscard]] http::Response trash_thread(const Call& call);
[[nodiscard]] http::Response untrash_thread(const Call& call);
[[nodiscard]] http::Response delete_thread(const Call& call);
[[nodiscard]] http::Response list_labels(const Call& call);
[[nodiscard]] http::Response get_label(const Call& call);
[[nodiscard]] http::Response create_label(const Call& call);
[[nodiscard]] http::Response update_label(const Call& call);
[[nodiscard]] http::Response delete_label(const Call& call);
[[nodiscard]] http::Response list_history(const Call& call);
[[nodiscard]] http::Response list_drafts(const Call& call);
[[nodiscard]] http::Response get_draft(const Call& call);
[[nodiscard]] http::Response create_draft(const Call& call);
[[nodiscard]] http::Response update_draft(const Call& call);
[[nodiscard]] http::Response delete_draft(const Call& call);
[[nodiscard]] http::Response send_draft(const Call& call);
[[nodiscard]] http::Response watch(const Call& call);
[[nodiscard]] http::Response stop(const Call& call);

}  // namespace apilab::sandbox::google
