#include "apilab/data/bookmark.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace apilab::data {

std::optional<SystemTime> Bookmark::time() const {
    const auto* value = std::get_if<SystemTime>(&value_);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<std::uint64_t> Bookmark::number() const {
    const auto* value = std::get_if<std::uint64_t>(&value_);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<std::string> Bookmark::token() const {
    const auto* value = std::get_if<std::string>(&value_);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

Bookmark Bookmark::advanced_to(const Bookmark& other) const {
    if (other.kind() == Kind::none) {
        return *this;
    }
    const bool comparable =
        kind() == other.kind() && (kind() == Kind::time || kind() == Kind::number);
    return comparable ? Bookmark(std::max(value_, other.value_)) : other;
}

std::string Bookmark::to_json() const {
    switch (kind()) {
        case Kind::none:
            return "null";
        case Kind::time:
            return fmt::format(R"({{"time":{}}})", time()->time_since_epoch().count());
        case Kind::number:
            return fmt::format(R"({{"number":{}}})", *number());
        case Kind::token:
            return fmt::format(R"({{"token":{}}})", http::json_quote(*token()));
    }
    std::unreachable();
}

Result<Bookmark> Bookmark::parse(http::Json json, const std::string& pointer) {
    if (json.is_null()) {
        return Bookmark();
    }
    if (json.size() == 1) {
        if (const auto time = json["time"].integer()) {
            return at(SystemTime(Duration(*time)));
        }
        if (const auto number = json["number"].unsigned_integer()) {
            return at(*number);
        }
        if (const auto text = json["token"].string(); text && text->size() <= token_max) {
            return token(std::string(*text));
        }
    }
    return fail(ErrorKind::decode,
                fmt::format("{}: expected a bookmark (null, or an object with one of time, number, "
                            "token)",
                            pointer));
}

std::string Bookmark::to_string() const {
    switch (kind()) {
        case Kind::none:
            return "the beginning";
        case Kind::time:
            return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                               std::chrono::floor<std::chrono::seconds>(*time()));
        case Kind::number:
            return fmt::format("{}", *number());
        case Kind::token:
            return "a token";
    }
    std::unreachable();
}

}  // namespace apilab::data
