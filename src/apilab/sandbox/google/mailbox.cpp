#include "apilab/sandbox/google/mailbox.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/sandbox/internal/conditional.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr auto first_mail = SystemTime(std::chrono::seconds(1'761'955'200));  // 2025-11-01
constexpr std::uint64_t first_history = 10'000;

struct Sender {
    std::string_view name;
    std::string_view label;
    std::string_view subject;
};
// What arrives is about, in turns; every third mail has the second label too.
constexpr std::array<Sender, 3> senders{{
    {"releases@registry.example", "Label_1", "new release"},
    {"alerts@advisories.example", "Label_2", "security advisory"},
    {"mara@apilab.example", "", "about the plan"},
}};

std::string rfc5322_date(SystemTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(std::time_t(seconds)));
}

std::string part_text(std::string_view type, std::string_view filename, std::string_view body) {
    const auto named = filename.empty() ? std::string()
                                        : fmt::format(
                                              "Content-Disposition: attachment; filename=\"{}\"\r\n"
                                              "Content-Transfer-Encoding: base64\r\n",
                                              filename);
    return fmt::format("--apilab-part\r\nContent-Type: {}\r\n{}\r\n{}\r\n", type, named,
                       filename.empty() ? std::string(body) : base64_encode(body));
}

Mail seed_mail(std::uint64_t seed, int number, SystemTime at) {
    const auto& sender = senders[static_cast<std::size_t>(number) % senders.size()];
    const bool multipart = number % 3 == 0;
    const bool attached = number % 9 == 0;
    std::string raw = fmt::format(
        "From: {}\r\nTo: {}\r\nSubject: {} {}\r\nDate: {}\r\nMessage-ID: <{}@mail.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: {}\r\n\r\n",
        sender.name, Mailbox::address, sender.subject, number, rfc5322_date(at),
        stable_hash(fmt::format("mail {} {}", seed, number)),
        attached    ? "multipart/mixed; boundary=\"apilab-part\""
        : multipart ? "multipart/alternative; boundary=\"apilab-part\""
                    : "text/plain; charset=utf-8");
    const auto text = fmt::format("This is mail {}: {}.\r\n", number, sender.subject);
    if (!multipart) {
        return *parse_mail(raw + text);
    }
    raw += part_text("text/plain; charset=utf-8", "", text);
    raw += part_text("text/html; charset=utf-8", "", "<p>" + text + "</p>");
    if (attached) {
        raw += part_text("text/csv", fmt::format("report-{}.csv", number),
                         fmt::format("number,subject\r\n{},x\r\n", number));
    }
    return *parse_mail(raw + "--apilab-part--\r\n");
}

std::vector<std::string> seed_labels(int number) {
    std::vector<std::string> labels = {"INBOX"};
    const auto label = senders[static_cast<std::size_t>(number) % senders.size()].label;
    if (!label.empty()) {
        labels.emplace_back(label);
    }
    if (number % 4 == 0) {
        labels.emplace_back("UNREAD");
    }
    if (number % 10 == 0) {
        labels.emplace_back("STARRED");
    }
    return labels;
}

}  // namespace

bool Message::has_label(std::string_view label) const {
    return std::ranges::find(labels, label) != labels.end();
}

Mailbox::Mailbox(std::uint64_t seed) : seed_(seed) {
    reset();
}

void Mailbox::reset() {
    messages_.clear();
    history_records_.clear();
    drafts_.clear();
    labels_.clear();
    for (const auto* name : {"INBOX", "UNREAD", "STARRED", "SENT", "DRAFT", "SPAM", "TRASH"}) {
        labels_.push_back({.id = name, .name = name});
    }
    labelled_ = 0;
    (void)add_label({.name = "Releases"});
    (void)add_label({.name = "Security"});
    history_ = first_history;
    first_request_.reset();
    arrived_ = 0;
    added_ = 0;
    drafted_ = 0;
    for (int i = 1; i <= seed_mails; ++i) {
        const auto at = first_mail + std::chrono::hours(i);
        // 18 threads: the first 27 mails stand three to one, the others two.
        const auto thread = i <= 27 ? (i - 1) / 3 : 9 + (i - 28) / 2;
        const auto id = stable_hash(fmt::format("thread {} {}", seed_, thread));
        (void)add(seed_mail(seed_, i, at), seed_labels(i), id, at);
    }
    // What is older than the mailbox's last week is not told any more.
    history_records_.clear();
    oldest_history_ = history_;
}

std::uint64_t Mailbox::next_history() {
    // Increasing, with gaps, as the real ones.
    history_ += 1 + stable_number(fmt::format("{} {}", seed_, history_)) % 40;
    return history_;
}

void Mailbox::record(HistoryRecord::Kind kind, Message& message, std::vector<std::string> labels,
                     SystemTime now) {
    message.history = next_history();
    history_records_.push_back({.id = message.history,
                                .kind = kind,
                                .message = message.id,
                                .thread = message.thread,
                                .labels = std::move(labels),
                                .at = now});
}

Message& Mailbox::add(Mail mail, std::vector<std::string> labels, const std::string& thread,
                      SystemTime now) {
    const auto id = stable_hash(fmt::format("message {} {}", seed_, added_++));
    messages_.push_back({.id = id,
                         .thread = thread.empty() ? id : thread,
                         .labels = std::move(labels),
                         .date = now,
                         .mail = std::move(mail)});
    auto& added = messages_.back();
    record(HistoryRecord::Kind::message_added, added, added.labels, now);
    return added;
}

bool Mailbox::remove(std::string_view id, SystemTime now) {
    Message* message = find(id);
    if (message == nullptr) {
        return false;
    }
    record(HistoryRecord::Kind::message_deleted, *message, message->labels, now);
    messages_.erase(messages_.begin() + (message - messages_.data()));
    std::erase_if(drafts_, [&](const Draft& draft) { return draft.message == id; });
    return true;
}

void Mailbox::catch_up(SystemTime now) {
    if (!first_request_) {
        first_request_ = now;
    }
    while (arrived_ < arrivals) {
        const auto due = *first_request_ + std::chrono::seconds(arrived_ + 1);
        if (due > now) {
            break;
        }
        ++arrived_;
        (void)add(seed_mail(seed_, seed_mails + arrived_, due), seed_labels(seed_mails + arrived_),
                  "", due);
    }
    const auto old = std::ranges::find_if(history_records_, [&](const HistoryRecord& record) {
        return record.at + history_kept > now;
    });
    if (old != history_records_.begin()) {
        oldest_history_ = std::prev(old)->id;
        history_records_.erase(history_records_.begin(), old);
    }
}

Message* Mailbox::find(std::string_view id) {
    const auto found = std::ranges::find(messages_, id, &Message::id);
    return found == messages_.end() ? nullptr : &*found;
}

const Message* Mailbox::find(std::string_view id) const {
    const auto found = std::ranges::find(messages_, id, &Message::id);
    return found == messages_.end() ? nullptr : &*found;
}

bool Mailbox::has_thread(std::string_view id) const {
    return std::ranges::find(messages_, id, &Message::thread) != messages_.end();
}

Message& Mailbox::send(Mail mail, const std::string& thread, SystemTime now) {
    std::vector<std::string> labels = {"SENT"};
    if (mail.header("to").contains(address)) {
        labels.emplace_back("INBOX");
    }
    if (mail.header("message-id").empty()) {
        mail.add_header(
            "Message-ID",
            fmt::format("<{}@mail.gmail.com>", stable_hash(fmt::format("{} {}", seed_, added_))));
    }
    return add(std::move(mail), std::move(labels), thread, now);
}

void Mailbox::modify(Message& message, const std::vector<std::string>& add,
                     const std::vector<std::string>& remove, SystemTime now) {
    using Kind = HistoryRecord::Kind;
    for (const auto& [labels, kind] :
         {std::pair(&add, Kind::labels_added), std::pair(&remove, Kind::labels_removed)}) {
        std::vector<std::string> changed;
        for (const auto& label : *labels) {
            if (message.has_label(label) != (kind == Kind::labels_added)) {
                changed.push_back(label);
            }
        }
        if (changed.empty()) {
            continue;
        }
        for (const auto& label : changed) {
            std::erase(message.labels, label);
            if (kind == Kind::labels_added) {
                message.labels.push_back(label);
            }
        }
        record(kind, message, changed, now);
    }
}

Label* Mailbox::find_label(std::string_view id) {
    const auto found = std::ranges::find(labels_, id, &Label::id);
    return found == labels_.end() ? nullptr : &*found;
}

Label& Mailbox::add_label(Label label) {
    label.id = fmt::format("Label_{}", ++labelled_);
    label.system = false;
    labels_.push_back(std::move(label));
    return labels_.back();
}

void Mailbox::remove_label(const std::string& id, SystemTime now) {
    for (auto& message : messages_) {
        modify(message, {}, {id}, now);
    }
    std::erase_if(labels_, [&](const Label& label) { return label.id == id; });
}

Draft& Mailbox::add_draft(Mail mail, const std::string& thread, SystemTime now) {
    const auto& message = add(std::move(mail), {"DRAFT"}, thread, now);
    drafts_.push_back(
        {.id = fmt::format("r{}", stable_number(fmt::format("draft {} {}", seed_, ++drafted_))),
         .message = message.id});
    return drafts_.back();
}

Draft* Mailbox::find_draft(std::string_view id) {
    const auto found = std::ranges::find(drafts_, id, &Draft::id);
    return found == drafts_.end() ? nullptr : &*found;
}

std::optional<std::vector<HistoryRecord>> Mailbox::history_since(std::uint64_t start) const {
    if (start < oldest_history_ || start > history_) {
        return std::nullopt;
    }
    std::vector<HistoryRecord> since;
    std::ranges::copy_if(history_records_, std::back_inserter(since),
                         [&](const HistoryRecord& record) { return record.id > start; });
    return since;
}

}  // namespace apilab::sandbox::google
