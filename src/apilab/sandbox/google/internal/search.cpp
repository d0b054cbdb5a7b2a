#include "apilab/sandbox/google/internal/search.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>

#include "apilab/base/ascii.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::sandbox::google {
namespace {

/// `-from:x`, taken apart.
struct Word {
    bool wanted = true;
    std::string key;
    std::string value;
};

Word take_word(std::string_view& q) {
    Word word;
    std::string text;
    bool quoted = false;
    std::size_t i = 0;
    for (; i < q.size() && (quoted || q[i] != ' '); ++i) {
        if (q[i] == '"') {
            quoted = !quoted;
        } else {
            text += q[i];
        }
    }
    q.remove_prefix(std::min(i + 1, q.size()));
    if (text.starts_with('-')) {
        word.wanted = false;
        text.erase(0, 1);
    }
    const auto colon = text.find(':');
    if (colon != std::string::npos) {
        word.key = ascii_lowered(text.substr(0, colon));
        text.erase(0, colon + 1);
    }
    word.value = ascii_lowered(text);
    return word;
}

bool contains(std::string_view text, std::string_view value) {
    return ascii_lowered(text).contains(value);
}

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

// `2026/01/31`, `2026-1-31` or seconds since 1970.
std::optional<SystemTime> time_in(std::string_view text) {
    const auto first = text.find_first_of("/-");
    const auto second =
        first == std::string_view::npos ? first : text.find_first_of("/-", first + 1);
    const auto year = number_in(text);
    if (!year || first == std::string_view::npos) {
        return year ? std::optional(SystemTime(std::chrono::seconds(*year))) : std::nullopt;
    }
    const auto month = number_in(text.substr(first + 1));
    const auto day =
        second == std::string_view::npos ? std::nullopt : number_in(text.substr(second + 1));
    if (!month || !day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(SystemTime(std::chrono::sys_days(date))) : std::nullopt;
}

// `2d`, `3m`, `1y` before now.
std::optional<SystemTime> ago(std::string_view text, SystemTime now) {
    const auto count = number_in(text);
    if (!count || text.empty()) {
        return std::nullopt;
    }
    const int days = text.back() == 'y' ? 365 : text.back() == 'm' ? 30 : 1;
    return now - std::chrono::days(*count * days);
}

std::int64_t size_in(std::string_view text) {
    const auto count = number_in(text).value_or(0);
    return text.ends_with('m') ? count * 1024 * 1024 : text.ends_with('k') ? count * 1024 : count;
}

bool has_file(const MailPart& part, std::string_view name) {
    return (!part.filename.empty() && contains(part.filename, name)) ||
           std::ranges::any_of(part.parts, [&](const auto& one) { return has_file(one, name); });
}

bool has_label(const Message& message, std::string_view value, const Mailbox& mailbox) {
    if (value == "anywhere") {
        return true;
    }
    if (value == "read") {
        return !message.has_label("UNREAD");
    }
    return std::ranges::any_of(mailbox.labels(), [&](const Label& label) {
        return (http::iequals(label.name, value) || http::iequals(label.id, value)) &&
               message.has_label(label.id);
    });
}

bool in_time(const Message& message, const Word& word, SystemTime now) {
    const bool by_age = word.key == "newer_than" || word.key == "older_than";
    const auto at = by_age ? ago(word.value, now) : time_in(word.value);
    const bool later = word.key == "after" || word.key == "newer_than" || word.key == "newer";
    return at && (later ? message.date >= *at : message.date < *at);
}

bool same_message_id(std::string_view id, std::string_view value) {
    const auto lowered = ascii_lowered(id);
    return lowered == value || lowered == "<" + std::string(value) + ">";
}

bool fits(const Message& message, const Word& word, const Mailbox& mailbox, SystemTime now) {
    const auto& [wanted, key, value] = word;
    const auto& mail = message.mail;
    if (key == "rfc822msgid") {
        return same_message_id(mail.header("message-id"), value);
    }
    if (key == "from" || key == "to" || key == "cc" || key == "subject") {
        return contains(mail.header(key), value);
    }
    if (key == "label" || key == "in" || key == "is") {
        return has_label(message, value, mailbox);
    }
    if (key == "has" || key == "filename") {
        return has_file(mail.root, key == "has" ? std::string_view() : std::string_view(value));
    }
    if (key == "larger" || key == "smaller" || key == "size") {
        const auto size = static_cast<std::int64_t>(mail.raw.size());
        return key == "smaller" ? size < size_in(value) : size >= size_in(value);
    }
    if (key == "after" || key == "before" || key == "newer" || key == "older" ||
        key == "newer_than" || key == "older_than") {
        return in_time(message, word, now);
    }
    const auto text = key.empty() ? value : key + ":" + value;
    return contains(mail.header("subject"), text) || contains(mail.header("from"), text) ||
           contains(mail.snippet(), text);
}

}  // namespace

bool matches(const Message& message, std::string_view q, const Mailbox& mailbox, SystemTime now) {
    while (!q.empty()) {
        const auto word = take_word(q);
        if (!word.key.empty() || !word.value.empty()) {
            if (fits(message, word, mailbox, now) != word.wanted) {
                return false;
            }
        }
    }
    return true;
}

bool asks_for_trash(std::string_view q) {
    const auto lowered = ascii_lowered(q);
    return lowered.contains("in:trash") || lowered.contains("in:spam") ||
           lowered.contains("in:anywhere") || lowered.contains("label:trash") ||
           lowered.contains("label:spam");
}

}  // namespace apilab::sandbox::google
