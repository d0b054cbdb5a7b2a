#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/sandbox/google/mail.hpp"

namespace apilab::sandbox::google {

/// A mail as the mailbox holds it.
struct Message {
    /// 16 hexadecimal digits.
    std::string id;
    std::string thread;
    std::vector<std::string> labels;
    std::uint64_t history = 0;
    SystemTime date;
    Mail mail;

    [[nodiscard]] bool has_label(std::string_view label) const;
};

/// One entry of the mailbox's history.
struct HistoryRecord {
    enum class Kind : std::uint8_t { message_added, message_deleted, labels_added, labels_removed };
    std::uint64_t id = 0;
    Kind kind = Kind::message_added;
    std::string message;
    std::string thread;
    /// Those of the message when it was added or deleted, else those that were added or removed.
    std::vector<std::string> labels;
    SystemTime at;
};

struct Label {
    std::string id;
    std::string name;
    bool system = true;
    /// `labelShow`, `labelShowIfUnread`, `labelHide`.
    std::string in_list = "labelShow";
    /// `show`, `hide`.
    std::string in_messages = "show";
    std::string text_color = {};
    std::string background_color = {};
};

/// A mail that is being written: `message` stands in the mailbox with the label `DRAFT`.
struct Draft {
    std::string id;
    std::string message;
};

/// The emulated mailbox: 45 mails under 5 labels in 18 threads, plain and multipart, some with an
/// attachment. It lives: from the first request on, one mail a second arrives, 12 in all.
class Mailbox {
public:
    static constexpr std::string_view address = "me@apilab.example";
    static constexpr int seed_mails = 45;
    static constexpr int arrivals = 12;
    /// How long history is kept ("at least a week, often longer" in the provider's words).
    static constexpr Duration history_kept = std::chrono::hours(24 * 7);

    explicit Mailbox(std::uint64_t seed);
    /// Puts the seed world back.
    void reset();

    /// Lets arrive what is due. To be called before every request.
    void catch_up(SystemTime now);
    /// Oldest first.
    [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }
    [[nodiscard]] Message* find(std::string_view id);
    [[nodiscard]] const Message* find(std::string_view id) const;
    [[nodiscard]] bool has_thread(std::string_view id) const;
    /// A mail of ours: label `SENT`, and `INBOX` where it is sent to `address`. An empty thread:
    /// one of its own. Valid until the next change.
    Message& send(Mail mail, const std::string& thread, SystemTime now);
    /// A mail that is put there as it is.
    Message& add(Mail mail, std::vector<std::string> labels, const std::string& thread,
                 SystemTime now);
    /// Adds and removes labels, with history.
    void modify(Message& message, const std::vector<std::string>& add,
                const std::vector<std::string>& remove, SystemTime now);
    /// For ever, with history. False where there is none of that id.
    bool remove(std::string_view id, SystemTime now);

    [[nodiscard]] const std::vector<Label>& labels() const { return labels_; }
    [[nodiscard]] Label* find_label(std::string_view id);
    /// One of the user's; its id is given here.
    Label& add_label(Label label);
    /// Takes it from all messages, too.
    void remove_label(const std::string& id, SystemTime now);

    [[nodiscard]] const std::vector<Draft>& drafts() const { return drafts_; }
    Draft& add_draft(Mail mail, const std::string& thread, SystemTime now);
    [[nodiscard]] Draft* find_draft(std::string_view id);

    [[nodiscard]] std::uint64_t history_id() const { return history_; }
    /// Everything after `start`, oldest first; nothing where that is too old or was never given.
    [[nodiscard]] std::optional<std::vector<HistoryRecord>> history_since(
        std::uint64_t start) const;

private:
    void record(HistoryRecord::Kind kind, Message& message, std::vector<std::string> labels,
                SystemTime now);
    std::uint64_t next_history();

    std::uint64_t seed_;
    std::vector<Message> messages_;
    std::vector<HistoryRecord> history_records_;
    std::vector<Label> labels_;
    std::vector<Draft> drafts_;
    std::uint64_t history_ = 0;
    std::uint64_t oldest_history_ = 0;
    std::uint64_t added_ = 0;
    std::uint64_t drafted_ = 0;
    std::uint64_t labelled_ = 0;
    std::optional<SystemTime> first_request_;
    int arrived_ = 0;
};

}  // namespace apilab::sandbox::google
