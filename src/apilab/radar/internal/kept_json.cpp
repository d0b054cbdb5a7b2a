#include "apilab/radar/internal/kept_json.hpp"

#include <fmt/format.h>

#include <chrono>

#include "apilab/http/date.hpp"
#include "apilab/radar/internal/json_fields.hpp"

namespace apilab::radar::internal {

void KeptJson::wrong_here(std::string_view what) const {
    if (!*error_) {
        *error_ = Error(ErrorKind::decode,
                        fmt::format("{}: {}", pointer_.empty() ? "top level" : pointer_, what))
                      .with_detail(pointer_);
    }
}

void KeptJson::wrong(std::string_view key, std::string_view what) const {
    if (!*error_) {
        const std::string pointer = pointer_ + step(key);
        *error_ =
            Error(ErrorKind::decode, fmt::format("{}: {}", pointer, what)).with_detail(pointer);
    }
}

bool KeptJson::has(std::string_view key) const {
    const auto value = at_[key];
    return !value.missing() && !value.is_null();
}

std::string KeptJson::text(std::string_view key) const {
    if (const auto text = at_[key].string()) {
        return std::string(*text);
    }
    wrong(key, "has to be a string");
    return {};
}

std::string KeptJson::text_or_empty(std::string_view key) const {
    return has(key) ? text(key) : std::string();
}

std::optional<std::string> KeptJson::maybe_text(std::string_view key) const {
    return has(key) ? std::optional(text(key)) : std::nullopt;
}

bool KeptJson::flag(std::string_view key) const {
    const auto flag = at_[key].boolean();
    if (!flag && has(key)) {
        wrong(key, "has to be true or false");
    }
    return flag.value_or(false);
}

std::int64_t KeptJson::integer(std::string_view key, std::int64_t least, std::int64_t most) const {
    const auto number = at_[key].integer();
    if (!number || *number < least || *number > most) {
        wrong(key, fmt::format("has to be a whole number from {} to {}", least, most));
        return least > 0 ? least : 0;
    }
    return *number;
}

SystemTime KeptJson::time(std::string_view key) const {
    if (const auto text = at_[key].string()) {
        if (const auto time = http::parse_iso_time(*text)) {
            return *time;
        }
    }
    wrong(key, "has to be a time such as 2026-11-22T10:00:00Z");
    return {};
}

std::optional<SystemTime> KeptJson::maybe_time(std::string_view key) const {
    return has(key) ? std::optional(time(key)) : std::nullopt;
}

std::string KeptJson::own_text() const {
    if (const auto text = at_.string()) {
        return std::string(*text);
    }
    wrong_here("has to be a string");
    return {};
}

std::vector<std::string> KeptJson::own_texts() const {
    if (!at_.is_array()) {
        wrong_here("has to be a list");
    }
    std::vector<std::string> out;
    for (const http::Json element : at_.elements()) {
        out.push_back(
            KeptJson(element, *error_, fmt::format("{}/{}", pointer_, out.size())).own_text());
    }
    return out;
}

std::vector<std::string> KeptJson::texts(std::string_view key) const {
    return has(key) ? KeptJson(at_[key], *error_, pointer_ + step(key)).own_texts()
                    : std::vector<std::string>();
}

KeptJson KeptJson::member(std::string_view key) const {
    if (has(key) && !at_[key].is_object()) {
        wrong(key, "has to be an object");
    }
    return {at_[key], *error_, pointer_ + step(key)};
}

std::vector<std::pair<std::string, KeptJson>> KeptJson::members() const {
    std::vector<std::pair<std::string, KeptJson>> out;
    for (const auto& [key, value] : at_.members()) {
        out.emplace_back(std::string(key), KeptJson(value, *error_, pointer_ + step(key)));
    }
    return out;
}

std::vector<KeptJson> KeptJson::elements(std::string_view key) const {
    std::vector<KeptJson> out;
    if (has(key) && !at_[key].is_array()) {
        wrong(key, "has to be a list");
    }
    for (const http::Json element : at_[key].elements()) {
        out.emplace_back(element, *error_, fmt::format("{}{}/{}", pointer_, step(key), out.size()));
    }
    return out;
}

std::string kept_time(SystemTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    std::string text = http::format_iso_time(second);
    const auto rest = (time - second).count();
    if (rest != 0) {
        text.pop_back();
        text += fmt::format(".{:09}", rest);
        text.erase(text.find_last_not_of('0') + 1);
        text += 'Z';
    }
    return text;
}

}  // namespace apilab::radar::internal
