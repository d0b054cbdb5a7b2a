#include "apilab/provider/gmail_models.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::provider::gmail {

std::string_view MessagePart::header(std::string_view name) const {
    if (headers) {
        for (const auto& one : *headers) {
            if (http::iequals(one.name, name)) {
                return one.value;
            }
        }
    }
    return {};
}

const MessagePart* MessagePart::find(std::string_view type) const {
    if (http::iequals(mime_type.value_or(""), type) && filename.value_or("").empty()) {
        return this;
    }
    if (parts) {
        for (const auto& part : *parts) {
            if (const auto* found = part.find(type); found != nullptr) {
                return found;
            }
        }
    }
    return nullptr;
}

bool Message::has_label(std::string_view label) const {
    return label_ids && std::ranges::find(*label_ids, label) != label_ids->end();
}

std::string_view Message::header(std::string_view name) const {
    return payload ? payload->header(name) : std::string_view();
}

std::optional<std::string> decode_bytes(std::string_view text) {
    std::string usual(text.substr(0, text.find_last_not_of('=') + 1));
    if (text.size() - usual.size() > 2) {
        return std::nullopt;
    }
    std::ranges::replace(usual, '-', '+');
    std::ranges::replace(usual, '_', '/');
    usual.append((4 - usual.size() % 4) % 4, '=');
    return base64_decode(usual);
}

}  // namespace apilab::provider::gmail

namespace apilab::data {

bool ValueDecoder<provider::gmail::Number>::decode(http::Json value, provider::gmail::Number& out) {
    if (const auto number = value.unsigned_integer()) {
        out.value = *number;
        return true;
    }
    const auto text = value.string();
    if (!text || text->empty()) {
        return false;
    }
    const auto* const end = text->data() + text->size();
    const auto [at, wrong] = std::from_chars(text->data(), end, out.value);
    return wrong == std::errc() && at == end;
}

bool ValueDecoder<provider::gmail::Moment>::decode(http::Json value, provider::gmail::Moment& out) {
    // What a `SystemTime` of nanoseconds can say.
    constexpr std::uint64_t milliseconds_max = 9'223'372'036'854;
    provider::gmail::Number number;
    if (!ValueDecoder<provider::gmail::Number>::decode(value, number) ||
        number.value > milliseconds_max) {
        return false;
    }
    out.at = SystemTime(std::chrono::milliseconds(static_cast<std::int64_t>(number.value)));
    return true;
}

}  // namespace apilab::data
