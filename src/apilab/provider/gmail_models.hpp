#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/data/decode.hpp"
#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"

// What the Gmail API sends, as far as we read it, for `data::decode`. Source: gmail.v1 discovery
// document, revision 20240520. Google leaves out what is empty or zero, so that nearly everything
// may be absent; a member that is there and not of use is ignored by name, so that a new one shows
// as drift.
namespace apilab::provider::gmail {

/// An integer of 64 bits, which Google writes as a text; a number is taken as well.
struct Number {
    std::uint64_t value = 0;
    friend auto operator<=>(Number, Number) = default;
};

/// Milliseconds since 1970, written as `Number`.
struct Moment {
    SystemTime at;
};

struct Header {
    std::string name;
    std::string value;
};
BOOST_DESCRIBE_STRUCT(Header, (), (name, value))

struct PartBody {
    /// Where the bytes have to be asked for (`Gmail::attachment`); another one in every answer.
    std::optional<std::string> attachment_id;
    std::optional<std::int64_t> size;
    /// Base64 for URLs.
    std::optional<std::string> data;
};
BOOST_DESCRIBE_STRUCT(PartBody, (), (attachment_id, size, data))

/// A part of a mail, or the mail itself.
struct MessagePart {
    std::optional<std::string> part_id;
    std::optional<std::string> mime_type;
    std::optional<std::string> filename;
    std::optional<std::vector<Header>> headers;
    std::optional<PartBody> body;
    std::optional<std::vector<MessagePart>> parts;

    /// The first field of that name (in any case), or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    /// The first part of that type, this one included, that is no attachment; null: none.
    [[nodiscard]] const MessagePart* find(std::string_view type) const;
};
BOOST_DESCRIBE_STRUCT(MessagePart, (), (part_id, mime_type, filename, headers, body, parts))

/// A mail, or only what a list says of it (`id`, `thread_id`).
struct Message {
    std::string id;
    std::string thread_id;
    std::optional<std::vector<std::string>> label_ids;
    std::optional<std::string> snippet;
    std::optional<Number> history_id;
    std::optional<Moment> internal_date;
    std::optional<std::int64_t> size_estimate;
    std::optional<MessagePart> payload;
    /// Base64 for URLs (`Format::raw`).
    std::optional<std::string> raw;

    [[nodiscard]] bool has_label(std::string_view label) const;
    /// A field of its head, or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};
BOOST_DESCRIBE_STRUCT(Message, (),
                      (id, thread_id, label_ids, snippet, history_id, internal_date, size_estimate,
                       payload, raw))

enum class LabelType : std::uint8_t { system, user };
BOOST_DESCRIBE_ENUM(LabelType, system, user)

struct Label {
    std::string id;
    std::string name;
    std::optional<data::Open<LabelType>> type;
    std::optional<std::string> message_list_visibility;
    std::optional<std::string> label_list_visibility;
    /// Only where one label is asked for.
    std::optional<std::int64_t> messages_total;
    std::optional<std::int64_t> messages_unread;
    std::optional<std::int64_t> threads_total;
    std::optional<std::int64_t> threads_unread;
};
BOOST_DESCRIBE_STRUCT(Label, (),
                      (id, name, type, message_list_visibility, label_list_visibility,
                       messages_total, messages_unread, threads_total, threads_unread))

struct LabelList {
    std::optional<std::vector<Label>> labels;
};
BOOST_DESCRIBE_STRUCT(LabelList, (), (labels))

struct Thread {
    std::string id;
    std::optional<std::string> snippet;
    std::optional<Number> history_id;
    /// Oldest first.
    std::optional<std::vector<Message>> messages;
};
BOOST_DESCRIBE_STRUCT(Thread, (), (id, snippet, history_id, messages))

struct Profile {
    std::string email_address;
    std::optional<std::int64_t> messages_total;
    std::optional<std::int64_t> threads_total;
    Number history_id;
};
BOOST_DESCRIBE_STRUCT(Profile, (), (email_address, messages_total, threads_total, history_id))

/// The answer to a watch.
struct Watching {
    Number history_id;
    Moment expiration;
};
BOOST_DESCRIBE_STRUCT(Watching, (), (history_id, expiration))

struct HistoryEntry {
    Message message;
    /// Of labels that were added or removed.
    std::optional<std::vector<std::string>> label_ids;
};
BOOST_DESCRIBE_STRUCT(HistoryEntry, (), (message, label_ids))

struct HistoryRecord {
    Number id;
    std::optional<std::vector<Message>> messages;
    std::optional<std::vector<HistoryEntry>> messages_added;
    std::optional<std::vector<HistoryEntry>> messages_deleted;
    std::optional<std::vector<HistoryEntry>> labels_added;
    std::optional<std::vector<HistoryEntry>> labels_removed;
};
BOOST_DESCRIBE_STRUCT(HistoryRecord, (),
                      (id, messages, messages_added, messages_deleted, labels_added,
                       labels_removed))

struct HistoryPage {
    std::optional<std::vector<HistoryRecord>> history;
    std::optional<std::string> next_page_token;
    Number history_id;
};
BOOST_DESCRIBE_STRUCT(HistoryPage, (), (history, next_page_token, history_id))

/// Bytes as Gmail writes them: base64 for URLs or the usual one, padded or not. Nothing for other
/// text, and beyond 16 MiB.
[[nodiscard]] std::optional<std::string> decode_bytes(std::string_view text);

}  // namespace apilab::provider::gmail

namespace apilab::data {

template <>
struct ValueDecoder<provider::gmail::Number> {
    static constexpr std::string_view expected = "a whole number, as a text or as it is";
    static bool decode(http::Json value, provider::gmail::Number& out);
};
template <>
struct ValueDecoder<provider::gmail::Moment> {
    static constexpr std::string_view expected = "milliseconds since 1970";
    static bool decode(http::Json value, provider::gmail::Moment& out);
};

template <>
struct Model<provider::gmail::PartBody> {
    static constexpr auto naming = Naming::camel_case;
};
template <>
struct Model<provider::gmail::MessagePart> {
    static constexpr auto naming = Naming::camel_case;
};
template <>
struct Model<provider::gmail::Message> {
    static constexpr auto naming = Naming::camel_case;
    static constexpr std::array<std::string_view, 1> ignored{"classificationLabelValues"};
};
template <>
struct Model<provider::gmail::Label> {
    static constexpr auto naming = Naming::camel_case;
    static constexpr std::array<std::string_view, 1> ignored{"color"};
};
template <>
struct Model<provider::gmail::Thread> {
    static constexpr auto naming = Naming::camel_case;
};
template <>
struct Model<provider::gmail::Profile> {
    static constexpr auto naming = Naming::camel_case;
};
template <>
struct Model<provider::gmail::Watching> {
    static constexpr auto naming = Naming::camel_case;
};
template <>
struct Model<provider::gmail::HistoryEntry> {
    static constexpr auto naming = Naming::camel_case;
};
template <>
struct Model<provider::gmail::HistoryRecord> {
    static constexpr auto naming = Naming::camel_case;
};
template <>
struct Model<provider::gmail::HistoryPage> {
    static constexpr auto naming = Naming::camel_case;
};

}  // namespace apilab::data
