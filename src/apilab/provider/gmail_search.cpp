#include "apilab/provider/gmail_search.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/provider/internal/when.hpp"

namespace apilab::provider {
namespace {

bool can_be_asked(std::string_view value) {
    return !value.empty() && std::ranges::none_of(value, [](unsigned char c) {
        return c < 0x20 || c == 0x7F || c == '"';
    });
}

// Blanks end a term; brackets, braces and a sign in front mean something.
bool needs_quotes(std::string_view value) {
    return value.find_first_of(" (){}:") != std::string_view::npos || value.starts_with('-') ||
           value.starts_with('+');
}

std::string quoted(std::string_view value) {
    return fmt::format("\"{}\"", value);
}

}  // namespace

GmailSearch& GmailSearch::term(std::string_view name, std::string_view value) {
    if (wrong_.empty() && !can_be_asked(value)) {
        wrong_ = fmt::format("{}: expected a text without control characters and '\"'", name);
    }
    return append(fmt::format("{}:{}", name, needs_quotes(value) ? quoted(value) : value));
}

GmailSearch& GmailSearch::label(std::string_view name) {
    std::string written(name);
    std::ranges::replace(written, ' ', '-');
    return term("label", written);
}

GmailSearch& GmailSearch::has_attachment() {
    return append("has:attachment");
}

GmailSearch& GmailSearch::unread() {
    return append("is:unread");
}

GmailSearch& GmailSearch::phrase(std::string_view words) {
    if (wrong_.empty() && !can_be_asked(words)) {
        wrong_ = "phrase: expected a text without control characters and '\"'";
    }
    return append(quoted(words));
}

GmailSearch& GmailSearch::after(SystemTime when) {
    return append("after:" + internal::epoch_seconds(when));
}

GmailSearch& GmailSearch::before(SystemTime when) {
    return append("before:" + internal::epoch_seconds(when));
}

GmailSearch& GmailSearch::larger_than(std::uint64_t bytes) {
    return append(fmt::format("larger:{}", bytes));
}

GmailSearch& GmailSearch::without(const GmailSearch& other) {
    take_error(other);
    return other.text_.empty() ? *this : append(fmt::format("-({})", other.text_));
}

GmailSearch& GmailSearch::any_of(const std::vector<GmailSearch>& searches) {
    std::string list;
    for (const auto& one : searches) {
        take_error(one);
        if (wrong_.empty() && one.text_.empty()) {
            wrong_ = "any_of: one of the searches is empty, and would match everything";
        }
        list += list.empty() ? "" : " ";
        list += one.text_.contains(' ') ? fmt::format("({})", one.text_) : one.text_;
    }
    if (wrong_.empty() && searches.empty()) {
        wrong_ = "any_of: expected one search at least";
    }
    return append("{" + list + "}");
}

GmailSearch& GmailSearch::append(std::string_view text) {
    text_ += text_.empty() ? "" : " ";
    text_ += text;
    return *this;
}

void GmailSearch::take_error(const GmailSearch& other) {
    if (wrong_.empty()) {
        wrong_ = other.wrong_;
    }
}

Result<std::string> GmailSearch::q() const {
    if (!wrong_.empty()) {
        return fail(ErrorKind::invalid_argument, "Gmail search: " + wrong_);
    }
    if (text_.size() > size_max) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("Gmail search: expected at most {} bytes, there are {}", size_max,
                                text_.size()));
    }
    return text_;
}

}  // namespace apilab::provider
